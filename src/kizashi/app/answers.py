"""The figures that every face shows, as plain values, and who answers for them.

Times are Unix seconds, ratios are 0..1, windows are Prometheus durations, no data is
None. A count is a whole number where its counters are.
"""

from dataclasses import dataclass
from typing import Protocol

Number = int | float


@dataclass(frozen=True, slots=True)
class BudgetView:
    """An error budget over the objective's window, in events.

    Attributes:
        allowed: valid x (1 - target); None where figures are impossible.
        spent: Bad events, late ones included.
        remaining: allowed - spent; negative when overspent; None where figures are
            impossible.
        remaining_ratio: remaining / allowed; None without events.
        minutes: remaining_ratio x (1 - target) x window, in minutes.
        time_to_empty_s: Seconds until nothing is left if the burn of the last hour
            (or of the window, where it is shorter) goes on; 0 when nothing is left,
            None when it does not burn or there is no data.
    """

    allowed: Number | None
    spent: Number
    remaining: Number | None
    remaining_ratio: float | None
    minutes: float | None
    time_to_empty_s: float | None


@dataclass(frozen=True, slots=True)
class BurnRateView:
    """How many times faster than allowed the budget burns, over one window."""

    window: str
    bad: Number
    valid: Number
    coverage: float
    value: float | None


@dataclass(frozen=True, slots=True)
class PairView:
    """One pair of windows of an alert and whether its condition holds now."""

    long: str
    short: str
    factor: float
    holds: bool


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert of an objective.

    Times are Unix seconds.

    Attributes:
        severity: ``page`` or ``ticket``.
        state: Where it stands.
        since: Since when; None where it never was anything else.
        pairs: What each pair of windows says, by our own figures.
        source: Who decides and tells people: ``kizashi``, or ``upstream``, the server
            that is read instead of scraping.
    """

    severity: str
    state: str
    since: float | None
    pairs: tuple[PairView, ...]
    source: str = "kizashi"


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where a stretch of the figures came from.

    Times are Unix seconds.

    Attributes:
        source: ``recorded``: a server's recorded counts; ``raw``: counted here from
            its raw samples; ``raw_unreported``: the same, where it does not tell of
            changed scrape configurations; ``scraped``: counted here from our own scrapes;
            ``missing``: it has neither; ``unread``: not asked yet.
        start: Left edge, not included.
        end: Right edge, included.
    """

    source: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ExplainView:
    """How one figure came to be, so that it can be worked out again by hand.

    Times are Unix seconds.

    Attributes:
        figure: What is explained, such as ``sli`` or ``burn_rate[1h]``.
        value: The figure, None without data.
        formula: The arithmetic in symbols.
        query: The selectors that were counted.
        start: Left edge of the window, not included.
        end: Right edge, included.
        bad: Bad events in the window.
        valid: Valid events in the window.
        seen: Slices seen (a sum of shares).
        expected: Slices in the window.
        result: The arithmetic with its numbers.
    """

    figure: str
    value: float | None
    formula: str
    query: str
    start: float
    end: float
    bad: Number
    valid: Number
    seen: float
    expected: int
    result: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """Something a reader should know: an inferred birth, a missing edge, a dead pair.

    Attributes:
        code: Message id in the catalogue.
        params: Its parameters.
    """

    code: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class ObjectiveView:
    """One objective at one instant. `good` and `valid` include `late`.

    `simulated_until` is the end of what a demo made up, where its window holds some of
    that; None where every event is real.
    `fault` says why the figures are impossible, where `state` is `invalid`; then there is
    no indicator, no budget and no burn rate.
    `sources` says where the slices of the window came from, oldest first; it is empty
    where all of them are of our own scrapes.
    """

    service: str
    objective: str
    target: float
    window: str
    at: float
    good: Number
    valid: Number
    late: Number
    sli: float | None
    coverage: float
    state: str
    generation: int
    budget: BudgetView
    burn_rates: tuple[BurnRateView, ...]
    alerts: tuple[AlertView, ...]
    explain: tuple[ExplainView, ...]
    notes: tuple[NoteView, ...] = ()
    simulated_until: float | None = None
    sources: tuple[SourceView, ...] = ()
    fault: NoteView | None = None


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A declared service."""

    name: str
    display_name: dict[str, str]
    owner: str | None
    tier: int | None
    state: str
    objectives: tuple[str, ...]
    depends_on: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class LedgerPoint:
    """The ledger between ``at - step`` (not included) and ``at`` (included).

    Times are Unix seconds.
    """

    at: float
    bad: Number
    valid: Number
    late: Number
    coverage: float
    state: str


@dataclass(frozen=True, slots=True)
class LedgerView:
    """A stretch of an objective's ledger."""

    service: str
    objective: str
    generation: int
    slice: str
    step: str
    points: tuple[LedgerPoint, ...]


@dataclass(frozen=True, slots=True)
class TargetView:
    """A scrape target as it stands. `health` is up, down or unknown.

    `last_error` is in English, `error` the same as a message of the catalogue.

    Times are Unix seconds.
    """

    job: str
    instance: str
    labels: dict[str, str]
    url: str
    health: str
    last_scrape: float | None
    last_duration_s: float | None
    last_error: str | None
    samples: int | None
    limit_hit: str | None
    interval: str
    timeout: str
    error: NoteView | None = None


class Answers(Protocol):
    """What the HTTP face and the command line ask. Calls are quick and synchronous."""

    def services(self) -> tuple[ServiceView, ...]:
        """Return the declared services, by name."""
        ...

    def objectives(self, at: float | None = None) -> tuple[ObjectiveView, ...]:
        """Return every objective, by service and name, without `explain`.

        Args:
            at: Unix seconds; None for the newest closed slice.
        """
        ...

    def objective(
        self, service: str, objective: str, at: float | None = None
    ) -> ObjectiveView:
        """Return one objective with its explanation.

        Raises:
            NotFoundError: If no such objective is (or, at that time, was) declared.
        """
        ...

    def ledger(
        self,
        service: str,
        objective: str,
        *,
        start: float,
        end: float,
        step_s: float | None = None,
    ) -> LedgerView:
        """Return the ledger over ``(start, end]``, summed over each step.

        Args:
            service: The service's name.
            objective: The objective's name.
            start: Unix seconds, rounded down to a slice edge.
            end: Unix seconds, rounded down to a slice edge.
            step_s: Seconds, rounded up to whole slices; None for one slice, or as
                many as keep the answer within 11,000 points.

        Raises:
            NotFoundError: If no such objective is declared.
            InputError: If end is not after start, or there would be more than 11,000
                points.
        """
        ...

    def targets(self) -> tuple[TargetView, ...]:
        """Return the discovered targets, by job and instance."""
        ...
