"""Alerts as faces show them, and what people may do to them.

Times are Unix seconds; no data is None.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from kizashi.ports.alerts import SilenceMatcher, attributed
from kizashi.slo.budget import Ratio, burn_ratio
from kizashi.slo.firing import Decision, Guard
from kizashi.slo.objective import no_data_of
from kizashi.slo.window_sums import SEEN_ONE, WindowSums


@dataclass(frozen=True, slots=True)
class AcknowledgedView:
    """Who acknowledged an alert, by the token's name, when, and what was said of it.

    Times are Unix seconds.
    """

    by: str
    at: float
    remark: str = ""

    @property
    def who(self) -> str:
        """Who it was, as people read it."""
        return attributed(self.by, self.remark)


@dataclass(frozen=True, slots=True)
class AlertListView:
    """One alert as it stands, or stood at a time.

    Times are Unix seconds.

    Attributes:
        id: Sixteen hex digits.
        name: ErrorBudgetBurn, DataLoss or TargetDown.
        labels: All labels.
        severity: page or ticket.
        state: inactive, pending, firing, frozen or resolved.
        since: When this state began.
        began: When the condition of this episode began to hold.
        fired: When people were first told in this episode.
        episode: How many times it has fired.
        ending: What ended it: data, person or deleted.
        facts: The pair that holds, windows, burn, counts, coverage, budget left, time
            to empty; numbers as text.
        runbook: Reference of the runbook, or None.
        acknowledged: Who acknowledged it, or None.
        silenced_by: Silences that mute it now.
        held_back: Why nobody is told of it although it is active: ``silenced`` or
            ``acknowledged`` (no repeats); None where people are told.
        source: Who decides and tells people: ``kizashi``, or ``upstream``, the server
            that is read instead of scraping.
    """

    id: str
    name: str
    labels: dict[str, str]
    severity: str
    state: str
    since: float | None
    began: float | None
    fired: float | None
    episode: int
    ending: str | None
    facts: dict[str, str]
    runbook: str | None
    acknowledged: AcknowledgedView | None
    silenced_by: tuple[str, ...]
    held_back: str | None
    source: str = "kizashi"


@dataclass(frozen=True, slots=True)
class EvidenceWindowView:
    """One window of a pair, as the decision saw it.

    Attributes:
        window: Its length, such as ``1h``.
        bad: Bad events in it.
        valid: Valid events in it.
        seen: Seen slices in it, the sum of their seen shares.
        expected: All slices of it.
        coverage: Seen by expected, 0 to 1.
    """

    window: str
    bad: float
    valid: float
    seen: float
    expected: int
    coverage: float

    @property
    def sums(self) -> WindowSums:
        """What the window held, its seen shares in whole parts again."""
        seen = round(self.seen * SEEN_ONE)
        return WindowSums(self.expected, self.bad, self.valid, seen)


@dataclass(frozen=True, slots=True)
class EvidencePairView:
    """One pair of windows: what it held, its limit, and what it said."""

    factor: str
    limit: str
    long: EvidenceWindowView
    short: EvidenceWindowView
    fires: bool
    resolves: bool
    held: bool | None

    @property
    def limit_fraction(self) -> Fraction:
        """The limit as a number: it is told as text, such as ``9/625``."""
        return Fraction(self.limit)

    @property
    def error_budget(self) -> Fraction:
        """The share of events that may be bad: the limit without its factor."""
        return self.limit_fraction / Fraction(self.factor)

    def burn(self, window: EvidenceWindowView) -> Ratio | None:
        """Return how fast one of its windows burns; None without events."""
        return burn_ratio(window.bad, window.valid, self.error_budget)


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The evidence of a step, enough to work the decision out again by hand.

    Times are Unix seconds.
    """

    at: float
    min_bad_events: int
    no_data: str
    for_s: float
    pairs: tuple[EvidencePairView, ...]

    def decision(self, pair: EvidencePairView) -> Decision:
        """Return the decision on a pair, worked out again from what is told here."""
        limit = pair.limit_fraction.as_integer_ratio()
        guard = Guard(self.min_bad_events, no_data_of(self.no_data))
        return Decision.of(limit, pair.long.sums, pair.short.sums, guard)


@dataclass(frozen=True, slots=True)
class AlertEventView:
    """One change in an alert's history. `why` is its evidence, free in form.

    Times are Unix seconds.
    """

    at: float
    before: str
    after: str
    episode: int
    why: dict[str, object]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try to deliver, and what the receiver answered.

    Times are Unix seconds.
    """

    at: float
    outcome: str
    answer: str


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A notification of a group of alerts.

    `state` is pending, delivered, dead or muted; `group` is the group's key, and
    `alerts` are the ids of those in it.

    Times are Unix seconds.
    """

    id: str
    receiver: str
    kind: str
    state: str
    created: float
    next_attempt: float | None
    attempts: tuple[AttemptView, ...]
    group: str = ""
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertDetailView:
    """An alert with its evidence, its history and its notifications.

    Attributes:
        alert: As it stands, or stood at the time asked for.
        evidence: What its windows say now, or said then; None for alerts without
            windows.
        history: All its changes up to then, oldest first.
        notifications: Newest first.
    """

    alert: AlertListView
    evidence: EvidenceView | None
    history: tuple[AlertEventView, ...]
    notifications: tuple[NotificationView, ...]


@dataclass(frozen=True, slots=True)
class SilenceView:
    """A silence. `state`: pending, active or expired.

    `owner` answers for it, by its owner's word; `made_by` and `ended_by` are the names of
    the tokens, empty where none is known.

    Times are Unix seconds.
    """

    id: str
    matchers: tuple[dict[str, str], ...]
    starts: float
    ends: float
    owner: str
    reason: str
    created: float
    state: str
    mutes: tuple[str, ...] = field(default=())
    made_by: str = ""
    ended_by: str = ""

    @property
    def who(self) -> str:
        """Who made it, as people read it, and who answers for it."""
        is_other = self.made_by and self.owner != self.made_by
        return attributed(self.made_by, self.owner) if is_other else self.owner


@dataclass(frozen=True, slots=True)
class DamagedSilencesView:
    """Silences that mute nothing because they are damaged: how many, found since when.

    Times are Unix seconds.
    """

    count: int
    since: float


@dataclass(frozen=True, slots=True)
class SilenceListView:
    """Silences that are pending or active, and those that ended today.

    Attributes:
        silences: They, by their end.
        damaged: Those that were found damaged in the last seven days; None for none.
    """

    silences: tuple[SilenceView, ...]
    damaged: DamagedSilencesView | None = None


@dataclass(frozen=True, slots=True)
class NewSilence:
    """What someone asks to silence. Times are Unix seconds; starts None means now."""

    matchers: tuple[SilenceMatcher, ...]
    ends: float
    owner: str
    reason: str
    starts: float | None = None
    made_by: str = ""


class AlertService(Protocol):
    """What faces ask of alerts. Every call may read the disk, so all are async."""

    async def alerts(self, at: float | None = None) -> tuple[AlertListView, ...]:
        """Return alerts that are pending, firing, frozen or resolved a moment ago."""
        ...

    async def alert(self, alert_id: str, at: float | None = None) -> AlertDetailView:
        """Return one alert with everything that explains it, now or at a time.

        Raises:
            NotFoundError: If there is no such alert.
        """
        ...

    async def objective_alerts(
        self, service: str, objective: str, at: float | None = None
    ) -> tuple[AlertDetailView, ...]:
        """Return every alert an objective can have, inactive ones too, explained.

        This answers why nobody was told as well as why somebody was.

        Raises:
            NotFoundError: If no such objective is, or at that time was, declared.
        """
        ...

    async def acknowledge(
        self, alert_id: str, who: str, remark: str = ""
    ) -> AlertListView:
        """Note who acknowledges an active alert: it is no longer repeated.

        Args:
            alert_id: The alert.
            who: The token's name.
            remark: What was said of who it is; it stands beside.

        Raises:
            NotFoundError: If no active alert has this id.
        """
        ...

    async def resolve(
        self, alert_id: str, who: str, reason: str, remark: str = ""
    ) -> AlertListView:
        """End an active alert by a person's word.

        Raises:
            InputError: If the reason is empty.
            NotFoundError: If no active alert has this id.
        """
        ...

    async def notifications(self, limit: int = 100) -> tuple[NotificationView, ...]:
        """Return the newest notifications of all alerts, the newest first."""
        ...

    async def silences(self) -> tuple[SilenceView, ...]:
        """Return silences that are pending or active, and those that ended today."""
        ...

    async def damaged_silences(self) -> DamagedSilencesView | None:
        """Return the silences that were found damaged in the last seven days."""
        ...

    async def add_silence(self, new: NewSilence) -> SilenceView:
        """Add a silence.

        Raises:
            InputError: If it could match everything, ends in the past, or lacks owner
                or reason.
        """
        ...

    async def delete_silence(self, silence_id: str, who: str) -> None:
        """End a silence now.

        Raises:
            NotFoundError: If there is none of this id.
        """
        ...
