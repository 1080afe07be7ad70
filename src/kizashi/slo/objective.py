"""What a team promised: services and their objectives, checked."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from kizashi.errors import ObjectiveError
from kizashi.model.labels import Labels
from kizashi.model.positions import Position
from kizashi.model.windows import RollingWindow, Window
from kizashi.sli._base import Indicator
from kizashi.slo.policy import Policy, PresetPolicy

#: One failed request in twelve wakes nobody, twelve of twelve do.
DEFAULT_MIN_BAD_EVENTS = 3
#: The window where a document may leave it out, and does.
DEFAULT_WINDOW = RollingWindow(30 * 86_400_000)


class NoData(StrEnum):
    """What too little data does to an alert."""

    FREEZE = "freeze"
    BAD = "bad"
    GOOD = "good"


def no_data_of(word: str) -> NoData:
    """Return what a word of an answer says; one that is not known freezes."""
    return next((known for known in NoData if known == word), NoData.FREEZE)


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in both languages; the same twice where only one was written."""

    en: str
    ja: str

    def as_dict(self) -> dict[str, str]:
        """Return language to text."""
        return {"en": self.en, "ja": self.ja}


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another service that this one needs, ``hard`` or ``soft``."""

    service: str
    kind: str


@dataclass(frozen=True, slots=True)
class RunbookRef:
    """The runbook for an objective's alerts; ``on`` is the objective's name."""

    on: str
    ref: str


@dataclass(frozen=True, slots=True)
class ObjectiveSpec:
    """One objective of one service.

    Attributes:
        service: The service's name.
        name: The objective's name, unique in its service.
        target: Share of good events promised, inside (0, 1).
        window: Over how long.
        indicator: What is counted.
        job: The scrape job whose targets coverage is measured on; None where neither
            the declaration nor its selectors name one.
        policy: When a person is told.
        min_bad_events: Fewer bad events than this in a long window fire nothing.
        no_data: What too little data does to an alert.
        for_ms: How long a condition must hold before a person is told.
        display_name: For people.
        position: Where it was declared; no part of equality.

    Raises:
        ObjectiveError: If target or minBadEvents are out of range.
    """

    service: str
    name: str
    target: Decimal
    window: Window
    indicator: Indicator
    job: str | None = None
    policy: Policy = field(default_factory=PresetPolicy)
    min_bad_events: int = DEFAULT_MIN_BAD_EVENTS
    no_data: NoData = NoData.FREEZE
    for_ms: int = 0
    display_name: LocalText = field(default_factory=lambda: LocalText("", ""))
    position: Position = field(default=Position(""), compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ObjectiveError(
                f"target is {self.target}; expected above 0 and below 1, such as"
                " 0.9995. At 1 the error budget is empty and any burn is infinite."
            )
        if self.min_bad_events < 1:
            raise ObjectiveError("minBadEvents is below 1")

    @property
    def key(self) -> tuple[str, str]:
        """Service and objective: what names it everywhere."""
        return self.service, self.name


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A declared service.

    Attributes:
        name: Unique over all declarations.
        display_name: For people.
        owner: The team that answers for it.
        tier: How much depends on it, 1 the most.
        depends_on: Services it needs.
        signals_preset: Where the golden signals are read; None for nowhere.
        job: The scrape job whose targets are the service; None where it names none. No
            part of equality: it is a part of its objectives.
        objectives: In the order declared.
        runbooks: By objective.
        labels: Carried by every alert of the service.
        position: Where it was declared; no part of equality.
    """

    name: str
    display_name: LocalText
    owner: str | None = None
    tier: int | None = None
    depends_on: tuple[Dependency, ...] = ()
    signals_preset: str | None = None
    job: str | None = field(default=None, compare=False)
    objectives: tuple[ObjectiveSpec, ...] = ()
    runbooks: tuple[RunbookRef, ...] = ()
    labels: Labels = field(default_factory=Labels)
    position: Position = field(default=Position(""), compare=False)
