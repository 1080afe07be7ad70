"""What a pair of windows says about its alert, in whole numbers: rules 14 and 15."""

from dataclasses import dataclass
from fractions import Fraction

from kizashi.rules.alert_state import PairEvidence
from kizashi.slo.objective import NoData
from kizashi.slo.policy import Pair
from kizashi.slo.slices import SEEN_ONE, Count, WindowSums, exact


@dataclass(frozen=True, slots=True)
class Guard:
    """What an objective asks beside the limit.

    Attributes:
        min_bad_events: Fewer bad events in the long window fire nothing.
        no_data: What unseen time counts as.
    """

    min_bad_events: int = 3
    no_data: NoData = NoData.FREEZE


def pair_evidence(
    pair: Pair, long: WindowSums, short: WindowSums, guard: Guard
) -> PairEvidence:
    """Return whether a pair fires, and whether its own data says that it is over.

    Late events are in no burn rate (rule 4), so they neither fire nor resolve.

    Source: rules 14 and 15.
    """
    fires = (
        exceeds(pair.limit, long, guard.no_data)
        and exceeds(pair.limit, short, guard.no_data)
        and _bad(long, guard.no_data) >= guard.min_bad_events
    )
    return PairEvidence(fires, not fires and _resolves(pair, long, short, guard))


def exceeds(limit: tuple[int, int], sums: WindowSums, no_data: NoData) -> bool:
    """Return whether a window burns faster than its limit p/q, exactly.

    Unseen time counts as good at the seen rate: ``bad / (valid / coverage) > p / q``.
    Where it is declared to count as bad: ``(bad + unseen) / (valid / coverage)``. At
    exactly the limit nothing fires. A window of which nothing was seen says nothing.
    """
    p, q = limit
    seen, whole = sums.seen, sums.slices * SEEN_ONE
    bad, valid = exact(sums.bad), exact(sums.valid)
    weighted = bad * seen
    if no_data is NoData.BAD and seen:
        weighted += valid * (whole - seen)
    return bool(weighted * q > p * valid * whole)


def _resolves(pair: Pair, long: WindowSums, short: WindowSums, guard: Guard) -> bool:
    if any(_is_over(pair.limit, sums, guard.no_data) for sums in (long, short)):
        return True
    few = _bad(long, guard.no_data) < guard.min_bad_events
    return few and _is_seen(long, guard.no_data)


def _is_over(limit: tuple[int, int], sums: WindowSums, no_data: NoData) -> bool:
    if not _is_seen(sums, no_data):
        return False
    if no_data is NoData.BAD:
        return not exceeds(limit, sums, no_data)
    p, q = limit
    return bool(exact(sums.bad) * q <= p * exact(sums.valid))


def _is_seen(sums: WindowSums, no_data: NoData) -> bool:
    """Return whether enough of a window was seen for it to end an alert."""
    return no_data is NoData.GOOD or 2 * sums.seen >= sums.slices * SEEN_ONE


def _bad(sums: WindowSums, no_data: NoData) -> Count:
    """Return bad events, with unseen ones where they are declared to count."""
    bad = exact(sums.bad)
    if no_data is not NoData.BAD or sums.seen == 0:
        return bad
    unseen = sums.slices * SEEN_ONE - sums.seen
    return bad + Fraction(exact(sums.valid) * unseen, sums.seen)
