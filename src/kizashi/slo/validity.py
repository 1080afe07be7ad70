"""When figures are impossible: what was counted cannot have happened.

Such figures are no measurement: no budget is drawn from them, and somebody is told.
Everything that shows them asks here.
"""

from fractions import Fraction

import numpy as np

from kizashi.model.arrays import FloatArray
from kizashi.model.windows import Window
from kizashi.slo.faults import Fault
from kizashi.slo.intervals import LONGEST_BRIDGED_GAP_MS
from kizashi.slo.window_sums import WindowSums, exact

#: Requests in flight have been counted on both sides by then, or never will be.
SETTLED_MS = LONGEST_BRIDGED_GAP_MS


def excess(bad: float, valid: float) -> float:
    """Return by how many events a window holds more of a part than of the whole.

    More bad events than valid ones, or more good ones, which leaves fewer bad ones
    than none; 0 and less where neither is so.
    """
    return max(bad - valid, -bad)


def largest_slice(bad: FloatArray, valid: FloatArray) -> float:
    """Return the most events of one side, bad, good or valid, in any slice, shape (m,)."""
    return float(slice_sizes(bad, valid).max(initial=0.0))


def slice_sizes(bad: FloatArray, valid: FloatArray) -> FloatArray:
    """Return the most events of one side, bad, good or valid, in each slice, shape (m,)."""
    sizes: FloatArray = np.maximum(np.abs(bad), np.abs(valid))
    return np.maximum(sizes, np.abs(valid - bad))


def counts_fault(
    sums: WindowSums, window: Window, largest: float, settled_bad: float
) -> Fault | None:
    """Return why the counts of a whole budget window are impossible, None if not.

    A request in flight at a scrape is counted on one side and not yet on the other, so
    that single slices hold more bad events than valid ones. Over a whole window that
    leaves less than what one slice holds. Where `valid` never moved there is nothing
    to be in flight for: then bad events that are no news decide.

    Args:
        sums: The window, late events included.
        window: The window whose counts these are.
        largest: What `largest_slice` says of it, late events included.
        settled_bad: Its bad events that are older than `SETTLED_MS`.
    """
    bad = sums.bad + float(sums.late_bad)
    valid = sums.valid + float(sums.late_valid)
    over = excess(bad, valid)
    stands = bad > 0 and valid == 0
    if not (over > largest or (stands and settled_bad > 0)):
        return None
    code = "invalid.bad-above-valid" if bad > valid else "invalid.good-above-valid"
    return Fault(
        "invalid.valid-stands" if stands else code,
        {
            "bad": _count(bad),
            "good": _count(valid - bad),
            "valid": _count(valid),
            "largest": _count(largest),
            "window": str(window),
        },
    )


def _count(value: float) -> str:
    whole = exact(value)
    return f"{float(whole) if isinstance(whole, Fraction) else whole:,}"
