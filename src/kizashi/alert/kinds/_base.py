"""What every alert has: its name, its severities and labels, and what is said of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.alert.facts import Facts
from kizashi.alert.words import AlertWords
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity


@dataclass(frozen=True, slots=True)
class LabelledCondition:
    """When an alert fires that its labels name: of a job, or of Kizashi itself.

    Attributes:
        labels: The alert's.
        fires: Whether what it tells of holds.
        facts: What is told.
        wait_ms: How long it has to hold first.
        resolves: Whether it is over; None for wherever it does not fire.
    """

    labels: Labels
    fires: bool
    facts: Facts = field(default_factory=dict)
    wait_ms: int = 0
    resolves: bool | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The newest dead letter of one receiver."""

    at_ms: int
    kind: str
    answer: str


@dataclass(frozen=True, slots=True)
class FileDamage:
    """What is known to be damaged in a file of the data folder.

    Attributes:
        damages: Every damage that is known.
        since_ms: For how long nothing new was found.
    """

    damages: Sequence[Damage]
    since_ms: int


@dataclass(frozen=True, slots=True)
class SelfKnowledge:
    """What Kizashi knows about itself, as far as alerts ask.

    Attributes:
        now_ms: The time of day.
        data: The data folder.
        failure: Why what is measured cannot be stored, empty where it can again; None
            where it always could.
        is_kept: Whether what is stored lies in the data folder, not in a copy.
        damages: By file, where any was ever known.
        aside: By file, the rows by table that nothing is done by, as they are damaged;
            where there ever were any.
        dead: By receiver, its newest dead letter.
    """

    now_ms: int = 0
    data: str = ""
    failure: str | None = None
    is_kept: bool = True
    damages: Mapping[str, FileDamage] = field(default_factory=dict)
    aside: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    dead: Mapping[str, DeadLetter] = field(default_factory=dict)


def _never(_: SelfKnowledge) -> Iterable[LabelledCondition]:
    return ()


@dataclass(frozen=True, slots=True)
class AlertKind:
    """A row of the table of alerts.

    Attributes:
        name: Its ``alertname``.
        title: Id of the message that pages call it by.
        handbook: The page of the handbook that says what it means and what to do.
        severities: Those that it may have.
        labels: What its labels are beside ``alertname``, ``severity`` and those that a
            service declares.
        say: Returns summary and description of a notification.
        reason: Id of the message that says why an objective with it needs a person;
            empty where its burn says so, or it is of no objective.
        is_in_rules: Whether compiled rules raise it too, under this name.
        conditions: Returns when it holds, of an alert about Kizashi itself. For the
            others the windows, the figures and the targets decide.
    """

    name: str
    title: str
    handbook: str
    severities: tuple[Severity, ...]
    labels: tuple[str, ...]
    say: Callable[[AlertWords], tuple[str, str]]
    reason: str = ""
    is_in_rules: bool = False
    conditions: Callable[[SelfKnowledge], Iterable[LabelledCondition]] = _never
