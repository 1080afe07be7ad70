"""When scrapes are too far apart for what is counted from them: said in one place.

All that know an interval, from a configuration, a command line, a server or the data,
ask here and say the same sentence.
"""

from collections.abc import Iterable
from math import gcd

from kizashi.model.durations import format_duration
from kizashi.slo.faults import Fault
from kizashi.slo.policy import PairPlan

#: Growth across a gap longer than this is late. Source: rule 4; it is also the
#: look-back of a Prometheus instant vector.
LONGEST_BRIDGED_GAP_MS = 300_000

#: Growth between samples more than five minutes apart is late (rule 4), and no scrape
#: starts to the millisecond: scraped every five minutes, about half of all growth is.
#: A second is far more than scrapes of a loop that keeps its times are off.
LONGEST_INTERVAL_MS = LONGEST_BRIDGED_GAP_MS - 1_000
#: A window of fewer scrapes is empty after one that failed, or that started late; it
#: is seen all the same, and says that all is well.
FEWEST_SCRAPES = 2


def step_ms(slice_ms: int, interval_ms: int) -> int:
    """Return how often compiled rules count: at every slice, or at a part of it.

    Where targets are scraped more often than that, it divides the slice and the
    interval between two scrapes, so that every step holds whole scrapes.
    """
    return gcd(slice_ms, interval_ms) if interval_ms < slice_ms else slice_ms


def gap_fault(interval_ms: int) -> Fault | None:
    """Return why no growth between two scrapes is on time, None where it is.

    Source: rule 4.
    """
    if interval_ms <= LONGEST_INTERVAL_MS:
        return None
    return _fault(
        "interval.gap",
        interval=interval_ms,
        gap=LONGEST_BRIDGED_GAP_MS,
        most=LONGEST_INTERVAL_MS,
    )


def window_fault(
    windows_ms: Iterable[int], interval_ms: int, slice_ms: int
) -> Fault | None:
    """Return why scrapes are too far apart for a policy's windows, None where not.

    A window that is short beside the slice only is the window's fault, not theirs;
    what `gap_fault` refuses is not refused twice.
    """
    shortest_ms = min(windows_ms, default=0)
    if not shortest_ms or not slice_ms < interval_ms <= LONGEST_INTERVAL_MS:
        return None
    if FEWEST_SCRAPES * interval_ms <= shortest_ms:
        return None
    return _fault(
        "interval.window",
        interval=interval_ms,
        window=shortest_ms,
        most=max(1_000, shortest_ms // FEWEST_SCRAPES),
        least=FEWEST_SCRAPES * interval_ms,
    )


def plan_fault(plan: PairPlan, interval_ms: int) -> Fault | None:
    """Return why scrapes are too far apart for an objective's pairs of windows."""
    windows = [w for p in plan.pairs for w in (p.long_ms, p.short_ms)]
    slices = [p.slice_ms for p in plan.pairs]
    return window_fault(windows, interval_ms, max(slices, default=0))


def rules_fault(interval_ms: int, compiled_ms: int) -> Fault | None:
    """Return why scrapes are too far apart for compiled rules, None where not.

    Args:
        interval_ms: How often the server scrapes.
        compiled_ms: What the rules were compiled for.

    Source: rules 11 and 17: how long a scrape counts as seen, and how short a window
    may be, are both multiples of the interval.
    """
    if interval_ms <= compiled_ms:
        return None
    return _fault(
        "interval.rules",
        interval=interval_ms,
        compiled=compiled_ms,
        seen=compiled_ms * 5 // 2,
    )


def _fault(code: str, **durations_ms: int) -> Fault:
    return Fault(code, {name: format_duration(ms) for name, ms in durations_ms.items()})
