"""How an objective is watched by rules: which windows, how often, how late.

Rules run at two paces. The quick ones count every slice and add up short windows; the
slow ones add up long windows from blocks of slices. See ADR 0027.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kizashi.compiler._base import CompileOptions
from kizashi.rules.series_names import (
    OBJECTIVE,
    SERVICE,
)
from kizashi.sli._base import CounterGrowth
from kizashi.slo.intervals import step_ms
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.policy import WindowPair, plan_pairs

#: Pairs whose long window is longer are watched at the slow pace. Source: rule 19.
LONGEST_QUICK_MS = 6 * 3_600_000
#: A block of slices, and the slow pace. An instant query looks back for five minutes;
#: at a pace of five minutes a series would be missing until its next sample lands.
BLOCK_MS = 240_000
#: How much later than the quick rules the slow ones look, so that every slice of a
#: block has been recorded by then.
SLOW_LAG_MS = 10_000
#: The windows of which Sloth records the error ratio, whatever the policy is.
SLOTH_WINDOWS_MS = tuple(
    minutes * 60_000 for minutes in (5, 30, 60, 120, 360, 1_440, 4_320)
)
#: Of those, the ones that are added up from slices.
_QUICK_SLOTH_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class ObjectivePlan:
    """An objective with what its rules need to know; times in milliseconds.

    Attributes:
        spec: The objective.
        slice_ms: A slice of the ledger.
        step_ms: The quick pace: a slice, or what divides it and the scrape interval
            where targets are scraped more often than that.
        interval_ms: Between two scrapes of its job.
        timeout_ms: A scrape takes no longer.
        pairs: In the policy's order.
        quick_windows_ms: Windows added up from slices, ascending.
        slow_windows_ms: Windows added up from blocks, ascending.
    """

    spec: ObjectiveSpec
    slice_ms: int
    step_ms: int
    interval_ms: int
    timeout_ms: int
    pairs: tuple[WindowPair, ...]
    quick_windows_ms: tuple[int, ...]
    slow_windows_ms: tuple[int, ...]

    @property
    def identity(self) -> Mapping[str, str]:
        """The labels that name the objective on every series."""
        return {SERVICE: self.spec.service, OBJECTIVE: self.spec.name}

    @property
    def counts_growth(self) -> bool:
        """Whether its events are what counters grow by, and not samples of gauges."""
        return isinstance(self.spec.indicator.events, CounterGrowth)

    @property
    def shortest_ms(self) -> int | None:
        """The shortest window of the policy; None where it has no pair."""
        return min((pair.short_ms for pair in self.pairs), default=None)


def is_slow(pair: WindowPair) -> bool:
    """Return whether a pair is watched at the slow pace."""
    return max(pair.long_ms, pair.short_ms) > LONGEST_QUICK_MS


def plan_objective(spec: ObjectiveSpec, options: CompileOptions) -> ObjectivePlan:
    """Return how an objective is watched."""
    timing = options.timing(spec)
    planned = _plan_pairs(spec.policy, spec.target, spec.window, timing).pairs
    pairs = _distinct(planned)
    quick = {
        window for p in pairs if not is_slow(p) for window in (p.long_ms, p.short_ms)
    }
    # Whether data is lost is asked of the shortest window, at the quick pace.
    quick.update(sorted({p.short_ms for p in pairs})[:1])
    every = {window for p in pairs for window in (p.long_ms, p.short_ms)}
    # What is shorter than a block is no sum of blocks.
    quick.update(window for window in every if window < BLOCK_MS)
    every.add(spec.window.length_ms)
    if spec.window.length_ms <= LONGEST_QUICK_MS:
        quick.add(spec.window.length_ms)
    if options.sloth_names:
        every.update(SLOTH_WINDOWS_MS)
        quick.update(w for w in SLOTH_WINDOWS_MS if w <= _QUICK_SLOTH_MS)
    job = options.job(spec.job)
    return ObjectivePlan(
        spec,
        timing.slice_ms,
        step_ms(timing.slice_ms, job.interval_ms),
        job.interval_ms,
        job.timeout_ms,
        pairs,
        tuple(sorted(quick)),
        tuple(sorted(every - quick)),
    )


#: Ten thousand objectives have a handful of different policies.
_plan_pairs = lru_cache(maxsize=1024)(plan_pairs)


def _distinct(pairs: Sequence[WindowPair]) -> tuple[WindowPair, ...]:
    """Return pairs that differ in windows or severity, the lowest limit of the others.

    Where two differ in their factors only, the higher one never decides anything.
    """
    lowest: dict[tuple[str, int, int], WindowPair] = {}
    for pair in pairs:
        key = (pair.severity.value, pair.long_ms, pair.short_ms)
        known = lowest.get(key)
        if known is None or pair.factor < known.factor:
            lowest[key] = pair
    return tuple(lowest.values())
