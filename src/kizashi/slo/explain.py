"""What would change a decision: how many bad events fire a pair, how few end it.

The decision itself is `kizashi.slo.firing`; this turns its inequalities round, exactly.
"""

from fractions import Fraction
from math import ceil, floor

from kizashi.slo.firing import Decision, LimitCheck
from kizashi.slo.window_sums import exact


def bad_events_to_fire(decision: Decision) -> int | None:
    """Return how many more bad events, right now, would make a pair fire.

    They would lie in both windows and count as valid too; all else stays. 0 where the
    pair fires; None where no number would do, because too little of a window was seen.
    """
    needed = 0
    for window in (decision.long, decision.short):
        if window.exceeds:
            continue
        p, q = window.limit
        gain = _weight(window) * q - p
        if gain <= 0:
            return None
        needed = max(needed, floor((window.right - window.left) / gain) + 1)
    missing = decision.min_bad_events - decision.long.weighed_bad
    if missing > 0:
        # Where unseen time is bad, one event more makes the unseen ones more as well.
        long = decision.long
        each = long.coverage if long.counts_unseen else 1
        needed = max(needed, ceil(missing * each))
    return needed


def most_bad_to_end(window: LimitCheck) -> int:
    """Return the most bad events with which a window says that its pair is over.

    All else stays. Below 0 where none would be too many: what was not seen, and counts
    as bad, is more than the limit allows.
    """
    p, q = window.limit
    valid = exact(window.sums.valid)
    if not window.counts_unseen:
        return floor(Fraction(p, q) * valid)
    unseen = 1 - window.coverage
    return floor((Fraction(p, q) - unseen) * valid / window.coverage)


def _weight(window: LimitCheck) -> Fraction:
    """Return what one more bad event adds to the left side, before it is times q."""
    return Fraction(1) if window.counts_unseen else window.coverage
