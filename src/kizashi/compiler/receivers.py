"""Who is told, as what other programs can be asked to do.

Addresses of webhooks may hold secrets, and so none of them is written down: whatever is
generated names where the address is kept, and a note says what to put there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kizashi.compiler._base import Note, note
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.notification import Receiver, Route, Webhook

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class WebhookReference:
    """A webhook whose address is kept elsewhere.

    Attributes:
        receiver: The name of its receiver.
        number: Its place among the receiver's webhooks, from 1.
        key: Names its address: a file, or a key of a Secret; unique.
        webhook: What else is said of it.
    """

    receiver: str
    number: int
    key: str
    webhook: Webhook = field(repr=False)


@dataclass(frozen=True, slots=True)
class Routing:
    """What can be carried of route and receivers.

    Attributes:
        route: The root of the routing tree.
        receivers: Each receiver's name and webhooks, in the order written; a receiver
            that nothing else can be asked of has none.
        notes: What cannot be carried.
    """

    route: Route
    receivers: tuple[tuple[str, tuple[WebhookReference, ...]], ...]
    notes: tuple[Note, ...]


def routing_of(configuration: Configuration) -> Routing | None:
    """Return what can be carried; None where nobody is told."""
    if configuration.route is None:
        return None
    receivers: list[tuple[str, tuple[WebhookReference, ...]]] = []
    notes: list[Note] = []
    keys: set[str] = set()
    for receiver in configuration.receivers:
        webhooks = tuple(_references(receiver, keys))
        receivers.append((receiver.name, webhooks))
        notes += _notes(receiver, webhooks)
    if configuration.heartbeat is not None:
        notes.append(note("targets.receivers.heartbeat"))
    return Routing(configuration.route, tuple(receivers), tuple(notes))


def _references(receiver: Receiver, taken: set[str]) -> Iterator[WebhookReference]:
    stem = _UNSAFE.sub("-", receiver.name).strip("-.") or "receiver"
    for number, webhook in enumerate(receiver.webhooks, 1):
        wanted = f"{stem}-{number}.url"
        key, attempt = wanted, 1
        while key in taken:
            attempt += 1
            key = f"{stem}-{number}.{attempt}.url"
        taken.add(key)
        yield WebhookReference(receiver.name, number, key, webhook)


def _notes(
    receiver: Receiver, references: tuple[WebhookReference, ...]
) -> Iterator[Note]:
    if receiver.logs:
        yield note("targets.receivers.log", receiver=receiver.name)
    for reference in references:
        if reference.webhook.secret or reference.webhook.secret_file:
            yield note(
                "targets.receivers.signature",
                receiver=receiver.name,
                number=reference.number,
            )
