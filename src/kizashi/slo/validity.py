"""When figures are impossible: what was counted cannot have happened.

Such figures are no measurement: no budget is drawn from them, and somebody is told.
Everything that shows them asks here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

import numpy as np

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.durations import format_duration
from kizashi.model.scraping import REPORT_SERIES
from kizashi.sli._base import Indicator
from kizashi.slo.counting import LONGEST_BRIDGED_GAP_MS
from kizashi.slo.ledger import Ledger
from kizashi.slo.slices import WindowSums, exact

#: How faces spell the state of an objective whose figures are impossible. It is no
#: state of a slice: a single slice may well hold more bad events than valid ones.
INVALID = "invalid"
#: Requests in flight have been counted on both sides by then, or never will be.
SETTLED_MS = LONGEST_BRIDGED_GAP_MS
#: Edges next to a threshold that are named, on each side.
_EDGES_NAMED = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something cannot be, or cannot be used.

    Attributes:
        code: Message id: its first line says what is wrong, its second what to do.
        params: The message's parameters.
    """

    code: str
    params: Mapping[str, str]

    @property
    def is_impossible(self) -> bool:
        """Whether figures cannot be, and are not only less than they should."""
        return self.code.startswith(INVALID)


def excess(bad: float, valid: float) -> float:
    """Return by how many events a window holds more of a part than of the whole.

    More bad events than valid ones, or more good ones, which leaves fewer bad ones
    than none; 0 and less where neither is so.
    """
    return max(bad - valid, -bad)


def largest_slice(bad: FloatArray, valid: FloatArray) -> float:
    """Return the most events of one side, bad, good or valid, in any slice, shape (m,)."""
    if not len(bad):
        return 0.0
    sides = (np.abs(bad), np.abs(valid), np.abs(valid - bad))
    return float(max(side.max() for side in sides))


def counts_fault(
    sums: WindowSums, window_ms: int, largest: float, settled_bad: float
) -> Fault | None:
    """Return why the counts of a whole budget window are impossible, None if not.

    A request in flight at a scrape is counted on one side and not yet on the other, so
    that single slices hold more bad events than valid ones. Over a whole window that
    leaves less than what one slice holds. Where `valid` never moved there is nothing
    to be in flight for: then bad events that are no news decide.

    Args:
        sums: The window, late events included.
        window_ms: Its length.
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
            "window": format_duration(window_ms),
        },
    )


def edge_fault(threshold: float, edges: Sequence[float]) -> Fault:
    """Return why nothing of a histogram is counted that lacks the threshold's edge."""
    below = [e for e in sorted(edges) if e < threshold][-_EDGES_NAMED:]
    above = [e for e in sorted(edges) if threshold < e < inf][:_EDGES_NAMED]
    named = ", ".join(format(e, "g") for e in (*below, *above))
    told = {"threshold": format(threshold, "g"), "edges": named or "–"}
    return Fault("invalid.no-edge", told)


def retention_fault(window_ms: int, retention_ms: int | None) -> Fault | None:
    """Return why a window cannot be filled from what is kept, None where it can."""
    if retention_ms is None or retention_ms >= window_ms:
        return None
    window, kept = format_duration(window_ms), format_duration(retention_ms)
    return Fault("invalid.retention", {"window": window, "retention": kept})


def processes_fault(instance: str) -> Fault:
    """Return why counters of two processes behind one address count nothing sound."""
    return Fault("invalid.two-processes", {"instance": instance})


def gauge_fault(indicator: Indicator) -> Fault | None:
    """Return why an indicator's counters cannot be, None where they may well be.

    What a scraper writes of its own scrapes are gauges: their growth means nothing.
    """
    if indicator.sample_test is not None:
        return None
    sides = (
        indicator.valid_selector,
        indicator.bad_selector,
        indicator.good_selector,
    )
    names = [s.selector.metric_name for s in sides if s is not None]
    found = next((name for name in names if name in REPORT_SERIES), None)
    return None if found is None else Fault("invalid.gauge", {"metric": found})


class ExcessScan:
    """Finds, in one pass over arrays, whose window may hold more of a part than it can.

    Args:
        ledger: The ledger; its windows hold those of every objective.
        windows: Each objective's window in slices.
    """

    def __init__(self, ledger: Ledger, windows: Sequence[int]) -> None:
        self._ledger = ledger
        self._groups: list[tuple[int, Int64Array, Int64Array]] = []
        for length in sorted(set(windows)):
            members = [m for m, own in enumerate(windows) if own == length]
            rows = [ledger.row(m, length) for m in members]
            group = length, np.array(members, np.int64), np.array(rows, np.int64)
            self._groups.append(group)

    def suspects(self) -> Iterable[int]:
        """Yield the objectives that `counts_fault` has to look at, late events aside."""
        for length, members, rows in self._groups:
            counts = self._ledger.running(length).counts
            # All rows at once: to gather those of the group costs more than to look at
            # windows of the same length that are no budget's.
            odd = (counts[:, 0] > counts[:, 1]) | (counts[:, 0] < 0)
            if odd.any():
                yield from members[odd[rows]].tolist()


def _count(value: float) -> str:
    whole = exact(value)
    return f"{float(whole) if isinstance(whole, Fraction) else whole:,}"
