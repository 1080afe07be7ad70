"""What every kind of receiver has: settings, how they are read, and Alertmanager's form.

Settings are a frozen dataclass. What the names of its fields say is acted on everywhere,
without a list to forget: a field that is kept out of ``repr`` is a secret, and masked in
logs and on pages; one whose name ends in ``_file`` names a file beside the configuration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kizashi.declarations.fields import Fields
from kizashi.model.durations import format_duration

#: With the time between attempts, it keeps a delivery within ten seconds of recovery.
DEFAULT_TIMEOUT_MS = 5_000
#: A receiver that takes longer holds up the notifications behind it.
LONGEST_TIMEOUT_MS = 60_000

#: What Alertmanager's keys hold.
Setting = str | int | Mapping[str, "Setting"] | Sequence["Setting"]


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret as generated files name it; what it is stands elsewhere.

    Attributes:
        key: What Kizashi's configuration calls it.
        file_key: Alertmanager's key for a file that holds it.
        operator_key: The operator's key for an entry of a Secret that holds it.
    """

    key: str
    file_key: str
    operator_key: str


@dataclass(frozen=True, slots=True)
class InAlertmanager:
    """Settings as Alertmanager has them.

    Attributes:
        secrets: What is not written down.
        settings: The other keys, as in its configuration file.
        operator: The other keys, as in an ``AlertmanagerConfig``.
        notes: Ids of messages that say what cannot be carried; they are told the
            receiver, and the number of the settings in their list.
    """

    secrets: tuple[KeptSecret, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)
    operator: Mapping[str, Setting] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotInAlertmanager:
    """Alertmanager has nothing like it; a message says so, and is told the receiver."""

    note: str


class ReceiverSettings(Protocol):
    """One way in which a receiver can be reached; a frozen dataclass."""

    @property
    def kind(self) -> str:
        """The kind's name."""
        ...

    @property
    def send_resolved(self) -> bool:
        """Whether the end of alerts is told."""
        ...

    @property
    def timeout_ms(self) -> int:
        """How long one attempt may take in all; 0 where nothing is waited for."""
        ...

    def for_alertmanager(self) -> InAlertmanager | NotInAlertmanager:
        """Return how Alertmanager has it, or the note that it has not."""
        ...


@dataclass(frozen=True, slots=True)
class ReceiverKind:
    """A row of the table of kinds.

    Attributes:
        name: Such as ``webhook``; `kizashi.notify` has a file of this name that sends.
        keys: What an entry of its list may say.
        read: Returns the settings of an entry, None where they are wrong.
        unsupported: Keys that Alertmanager knows and we do not read yet.
    """

    name: str
    keys: tuple[str, ...]
    read: Callable[[Fields], ReceiverSettings | None]
    unsupported: tuple[str, ...] = ()

    @property
    def list_key(self) -> str:
        """The key of its list, such as ``webhook_configs``."""
        return f"{self.name}_configs"


def read_timeout(fields: Fields) -> int:
    """Return how long one attempt may take; so does every kind that waits."""
    timeout_ms = fields.duration_ms("timeout") or DEFAULT_TIMEOUT_MS
    if timeout_ms <= LONGEST_TIMEOUT_MS:
        return timeout_ms
    fields.report(
        "timeout",
        "receiver.timeout",
        given=format_duration(timeout_ms),
        most=format_duration(LONGEST_TIMEOUT_MS),
    )
    return LONGEST_TIMEOUT_MS
