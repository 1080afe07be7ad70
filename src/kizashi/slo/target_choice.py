"""Which target, and which edge of a histogram, the events that were seen support."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kizashi.slo.budget import error_budget, share_of
from kizashi.slo.window_sums import exact

#: What was seen may spend so much of a budget that is proposed: a target stands a little
#: below what a service does today.
_MOST_SPENT = Fraction(1, 2)
#: Where nothing failed among n events, up to 3 ÷ n of all may fail nevertheless. Source:
#: Hanley and Lippman-Hand, "If Nothing Goes Wrong, Is Everything All Right?", 1983.
_RULE_OF_THREE = 3
#: A budget of fewer events than this is spent by a handful of unlucky ones.
_LEAST_BUDGET = 10
#: A past that is shorter has seen neither a night nor a busy hour.
_SHORT_MS = 86_400_000
#: Faster than this nobody notices. Source: Nielsen, "Usability Engineering", chapter 5.
_NOTICED_S = 0.1
#: The edge where no event was seen.
_USUAL_S = 0.5


@dataclass(frozen=True, slots=True)
class TargetLadder:
    """Targets that are proposed, the highest first.

    Attributes:
        rungs: The targets.
        modest: One of them: too few events lower a proposal as far as this, failures
            further.
    """

    rungs: tuple[Decimal, ...]
    modest: Decimal


AVAILABILITY = TargetLadder(
    tuple(map(Decimal, ("0.999", "0.995", "0.99", "0.98", "0.95", "0.9"))),
    Decimal("0.99"),
)
LATENCY = TargetLadder(
    tuple(map(Decimal, ("0.99", "0.98", "0.95", "0.9"))), Decimal("0.95")
)


class TargetReason(StrEnum):
    """Why a target is proposed."""

    #: A person said so.
    GIVEN = "given"
    #: Nothing was counted.
    UNSEEN = "unseen"
    #: Too few events to show that a higher one holds, or for its budget to be of any use.
    FEW = "few"
    #: A higher one would have been spent by what failed.
    FAILURES = "failures"
    #: What was seen supports the highest one that is proposed.
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class SeenEvents:
    """Events that were counted before there was an objective.

    Attributes:
        bad: Those that would have been bad.
        valid: All of them.
        span_ms: Over how long; None where nobody said.
    """

    bad: float
    valid: float
    span_ms: int | None = None

    @property
    def bad_share(self) -> float | None:
        """The share of bad events; None without events."""
        return share_of(self.bad, self.valid)

    @property
    def is_of_short_past(self) -> bool:
        """Whether they are of less than a day, or of nobody knows how long."""
        return self.span_ms is None or self.span_ms < _SHORT_MS

    def spent(self, target: Decimal) -> Fraction | None:
        """Return the share of a target's budget that was spent; None without events."""
        if not self.valid:
            return None
        return Fraction(exact(self.bad)) / (exact(self.valid) * error_budget(target))

    def exceeds_budget(self, target: Decimal) -> bool:
        """Return whether more failed than a target allows."""
        spent = self.spent(target)
        return spent is not None and spent > 1

    def _holds(self, target: Decimal) -> bool:
        spent = self.spent(target)
        return spent is None or spent <= _MOST_SPENT

    def _suffices(self, target: Decimal, window_ms: int) -> bool:
        allowed = exact(self.valid) * error_budget(target)
        if allowed < _RULE_OF_THREE:
            return False
        return not self.span_ms or allowed * window_ms / self.span_ms >= _LEAST_BUDGET


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """A target, why it is that one, and what was seen."""

    target: Decimal
    reason: TargetReason
    seen: SeenEvents

    @property
    def is_overspent(self) -> bool:
        """Whether what was seen would have spent all of its budget."""
        return self.seen.exceeds_budget(self.target)


def choose_target(
    seen: SeenEvents,
    ladder: TargetLadder,
    window_ms: int,
    given: Decimal | None = None,
) -> TargetChoice | None:
    """Return the highest target that what was seen supports.

    Args:
        seen: What was counted.
        ladder: Which targets may be proposed.
        window_ms: The objective's window.
        given: What a person wants instead.

    Returns:
        None where more fails than the lowest of them allows.
    """
    if given is not None:
        return TargetChoice(given, TargetReason.GIVEN, seen)
    if not seen.valid:
        return TargetChoice(ladder.modest, TargetReason.UNSEEN, seen)
    held = [target for target in ladder.rungs if seen._holds(target)]  # noqa: SLF001
    if not held:
        return None
    is_enough = [seen._suffices(target, window_ms) for target in held]  # noqa: SLF001
    enough = (
        target
        for target, enough in zip(held, is_enough, strict=True)
        if enough or target <= ladder.modest
    )
    target = next(enough)
    if held[0] < ladder.rungs[0] and target == held[0]:
        reason = TargetReason.FAILURES
    elif target == ladder.rungs[0] and is_enough[0]:
        reason = TargetReason.STEADY
    else:
        reason = TargetReason.FEW
    return TargetChoice(target, reason, seen)


@dataclass(frozen=True, slots=True)
class SeenDurations:
    """What a histogram counted before there was an objective.

    Attributes:
        within: Its finite edges in seconds, ascending, each with the events at most so
            long.
        valid: All events.
        span_ms: Over how long; None where nobody said.
    """

    within: Sequence[tuple[float, float]]
    valid: float
    span_ms: int | None = None

    def at_edges(self) -> dict[float, SeenEvents]:
        """Return the events as an objective at each edge would have counted them."""
        return {
            edge: SeenEvents(max(self.valid - good, 0), self.valid, self.span_ms)
            for edge, good in self.within
        }


def choose_edge(
    seen: SeenDurations, window_ms: int, given: Decimal | None = None
) -> tuple[float, TargetChoice] | None:
    """Return an edge that the histogram has, and a target that what was seen supports.

    The highest target for which there is an edge, and of its edges the lowest that is
    worth a promise: one that is faster than anybody notices is not.

    Returns:
        None where the histogram has no edge, or too much is slower than every one.
    """
    at = seen.at_edges()
    noticed = [edge for edge in at if edge >= _NOTICED_S] or list(at)[-1:]
    if not noticed:
        return None
    if not seen.valid:
        usual = next((edge for edge in noticed if edge >= _USUAL_S), noticed[-1])
        choice = choose_target(at[usual], LATENCY, window_ms, given)
        return None if choice is None else (usual, choice)
    for target in LATENCY.rungs if given is None else (given,):
        for edge in noticed:
            if at[edge]._holds(target):  # noqa: SLF001
                choice = choose_target(at[edge], LATENCY, window_ms, given)
                return None if choice is None else (edge, choice)
    if given is None:
        return None
    choice = choose_target(at[noticed[-1]], LATENCY, window_ms, given)
    return None if choice is None else (noticed[-1], choice)
