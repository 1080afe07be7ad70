"""Who is told, as what other programs can be asked to do.

Settings of receivers may be secrets, and so none of those is written down: what is
generated names where each is kept, and a note says what to put there.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from kizashi.compiler._base import CompileNote, note
from kizashi.compiler.yaml_text import Yaml
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers._base import (
    KeptSecret,
    NotInAlertmanager,
    Setting,
)

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret that is kept elsewhere.

    Attributes:
        receiver: The name of its receiver.
        kind: The kind of the settings that it is part of.
        number: Their place among those of the kind, from 1.
        entry: Names it: a file, or a key of a Secret; unique.
        secret: How each program calls it.
    """

    receiver: str
    kind: str
    number: int
    entry: str
    secret: KeptSecret


@dataclass(frozen=True, slots=True)
class CarriedSettings:
    """One way to reach a receiver, as Alertmanager has it.

    Attributes:
        kind: The kind's name, with which the key of its list begins.
        references: Its secrets.
        settings: Its other keys, in a configuration file.
        operator: Its other keys, in an ``AlertmanagerConfig``.
    """

    kind: str
    references: tuple[SecretReference, ...]
    settings: Mapping[str, Setting]
    operator: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class CarriedRouting:
    """What can be carried of route and receivers.

    Attributes:
        route: The root of the routing tree.
        receivers: Each receiver's name and settings, in the order written; a receiver
            that nothing else can be asked of has none.
        notes: What cannot be carried.
    """

    route: Route
    receivers: tuple[tuple[str, tuple[CarriedSettings, ...]], ...]
    notes: tuple[CompileNote, ...]

    @property
    def references(self) -> tuple[SecretReference, ...]:
        """Every secret that has to be put somewhere."""
        return tuple(
            reference
            for _, carried in self.receivers
            for each in carried
            for reference in each.references
        )


def routing_of(configuration: Configuration) -> CarriedRouting | None:
    """Return what can be carried; None where nobody is told."""
    if configuration.route is None:
        return None
    receivers: list[tuple[str, tuple[CarriedSettings, ...]]] = []
    notes: list[CompileNote] = []
    entries: set[str] = set()
    for receiver in configuration.receivers:
        carried = tuple(_carried(receiver, entries, notes))
        receivers.append((receiver.name, carried))
    if configuration.heartbeat is not None:
        notes.append(note("targets.receivers.heartbeat"))
    return CarriedRouting(configuration.route, tuple(receivers), tuple(notes))


def _carried(
    receiver: Receiver, entries: set[str], notes: list[CompileNote]
) -> Iterator[CarriedSettings]:
    numbers: Counter[str] = Counter()
    for settings in receiver.settings:
        made, kind = settings.for_alertmanager(), settings.kind
        if isinstance(made, NotInAlertmanager):
            notes.append(note(made.note, receiver=receiver.name))
            continue
        numbers[kind] += 1
        number = numbers[kind]
        notes += [note(n, receiver=receiver.name, number=number) for n in made.notes]
        references = tuple(
            SecretReference(
                receiver.name,
                kind,
                number,
                _entry(receiver.name, number, secret.key, entries),
                secret,
            )
            for secret in made.secrets
        )
        yield CarriedSettings(kind, references, made.settings, made.operator)


def _entry(receiver: str, number: int, key: str, taken: set[str]) -> str:
    stem = _UNSAFE.sub("-", receiver).strip("-.") or "receiver"
    entry, attempt = f"{stem}-{number}.{key}", 1
    while entry in taken:
        attempt += 1
        entry = f"{stem}-{number}.{attempt}.{key}"
    taken.add(entry)
    return entry


def lists_of(
    carried: Iterable[CarriedSettings],
    suffix: str,
    write: Callable[[CarriedSettings], Yaml],
) -> dict[str, Yaml]:
    """Return the lists of a receiver, one for each kind that it has.

    Args:
        carried: Its settings.
        suffix: What the key of a list ends in.
        write: Writes an entry of a list.
    """
    lists: dict[str, list[Yaml]] = {}
    for each in carried:
        lists.setdefault(f"{each.kind}{suffix}", []).append(write(each))
    return dict(lists)
