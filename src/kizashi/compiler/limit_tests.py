"""Unit tests of limits: a pair is silent at its limit, and held one event above it.

What the rules would have recorded is fed in, so that a window of days takes two
evaluations. All events of a window lie in one sample of it: sums do not care.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan, is_slow
from kizashi.compiler.rule_tests import EvaluationTime, check, exists_series
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.rules.series_names import SEVERITY, SHORT, WINDOW, Series, select
from kizashi.slo.policy import WindowPair

_HOUR_MS: Final = 3_600_000
#: As many scrapes as it takes for a target to be known and its series to be old.
_RECENT: Final = 8
#: Samples by their step of the grid.
_Column = dict[int, int]


@dataclass(frozen=True, slots=True)
class LimitTests:
    """Tests of one kind of rules.

    Attributes:
        evaluation_ms: The interval of their only two evaluations, at 0 and at it.
        tests: The tests; none where the objective has no such pairs.
    """

    evaluation_ms: int
    tests: list[dict[str, Yaml]]


def limit_tests(plan: ObjectivePlan, offset_ms: int, *, slow: bool) -> LimitTests:
    """Return tests of each pair's limit.

    Args:
        plan: The objective.
        offset_ms: How far in the past the rules look.
        slow: Whether it is the pairs that are watched at the slow pace.
    """
    pairs = [pair for pair in plan.pairs if is_slow(pair) is slow]
    # The longer window may begin before all time.
    farthest_ms = max((min(p.long_ms, p.short_ms) for p in pairs), default=0)
    end_ms = (ceil((farthest_ms + offset_ms) / _HOUR_MS) + 1) * _HOUR_MS
    times = Times(plan.step_ms // 2, end_ms, offset_ms)
    tests = [
        _test(plan, pair, times, slow=slow, above=above)
        for pair in pairs
        for above in (False, True)
    ]
    return LimitTests(end_ms, tests)


@dataclass(frozen=True, slots=True)
class Times:
    """Where samples stand: steps of a grid, the last evaluation looking at one time.

    Half a slice apart, so that one stands in the newest slice, which the evaluation
    itself records at its edge.
    """

    step_ms: int
    end_ms: int
    offset_ms: int

    @property
    def at_ms(self) -> int:
        """The time that the last evaluation looks at."""
        return self.end_ms - self.offset_ms

    @property
    def newest(self) -> int:
        """The last step before that time."""
        return self.step_before(1)

    def step_before(self, ago_ms: int) -> int:
        """Return the last step of the grid no later than some time before."""
        return (self.at_ms - ago_ms) // self.step_ms

    def values(self, samples: Mapping[int, object]) -> str:
        """Return samples, by step, as promtool writes them."""
        parts, next_step = [], 0
        for step, value in sorted(samples.items()):
            if step > next_step:
                parts.append(f"_x{step - next_step}")
            parts.append(str(value))
            next_step = step + 1
        return " ".join(parts)


def _test(
    plan: ObjectivePlan, pair: WindowPair, times: Times, *, slow: bool, above: bool
) -> dict[str, Yaml]:
    p, q = pair.limit
    # At the limit nothing fires however many events there are.
    often = ceil(plan.spec.min_bad_events / p)
    events = (p * often + above, q * often)
    inputs = (_blocks if slow else _slices)(plan, pair, times, events)
    long, short = format_duration(pair.long_ms), format_duration(pair.short_ms)
    held = select(
        Series.PAIR_HELD,
        **plan.identity,
        **{SEVERITY: pair.severity.value, WINDOW: long, SHORT: short},
    )
    side = "just above" if above else "exactly at"
    return {
        "name": f"{plan.spec.service}/{plan.spec.name}: {long}/{short} {side}"
        f" {pair.factor.normalize():f} times the budget",
        "interval": format_duration(times.step_ms),
        "input_series": [
            {"series": series, "values": times.values(column)}
            for series, column in inputs
        ],
        "promql_expr_test": [
            check(
                held, [(held, int(above))], EvaluationTime(times.at_ms, times.offset_ms)
            )
        ],
    }


def _slices(
    plan: ObjectivePlan, pair: WindowPair, times: Times, events: tuple[int, int]
) -> Iterator[tuple[str, _Column]]:
    """Yield slices; the last evaluation records the newest one, an idle one, itself."""
    step_ms = plan.step_ms
    inner_ms, outer_ms = sorted((pair.short_ms, pair.long_ms))
    seen = {
        times.step_before(inner_ms): (outer_ms - inner_ms) // step_ms,
        times.newest: inner_ms // step_ms - 1,
    }
    for name, column in (
        (Series.SLICE_BAD, {times.newest: events[0]}),
        (Series.SLICE_VALID, {times.newest: events[1]}),
        (Series.SLICE_SEEN, seen),
        # The slow rules have run, so that a pair may be taken for not held.
        (Series.BLOCK_SEEN, {times.step_before(step_ms): BLOCK_MS // step_ms}),
    ):
        yield select(name, **plan.identity), column
    # The target answers, and nothing grows. A gauge has no sample in the last slice.
    recent = range(step_ms, step_ms + _RECENT * plan.interval_ms, step_ms)
    for labels in exists_series(plan):
        yield str(labels), {times.step_before(ago): 1 for ago in recent}


def _blocks(
    plan: ObjectivePlan, pair: WindowPair, times: Times, events: tuple[int, int]
) -> Iterator[tuple[str, _Column]]:
    """Yield blocks; the last evaluation records the newest one from slices itself."""
    step_ms = plan.step_ms
    inner_ms, outer_ms = sorted((pair.short_ms, pair.long_ms))
    if pair.short_ms in plan.quick_windows_ms:
        yield from window_series(plan, pair.short_ms, times, events)
        inner_ms = outer_ms
    rest = (outer_ms - inner_ms) // step_ms
    far = {times.step_before(inner_ms): rest} if rest else {}
    slices = {times.step_before(ago): 1 for ago in range(0, BLOCK_MS, step_ms)}
    blocks = {times.newest: (inner_ms - BLOCK_MS) // step_ms}
    # What is no whole block of the longer window is summed from slices.
    (blocks if outer_ms // BLOCK_MS * BLOCK_MS > inner_ms else slices).update(far)
    # promtool takes no sample that is half a day older than the first one it takes.
    blocks.setdefault(0, 0)
    for name, column in (
        (Series.BLOCK_BAD, {times.newest: events[0]}),
        (Series.BLOCK_VALID, {times.newest: events[1]}),
        (Series.BLOCK_SEEN, blocks),
        (Series.SLICE_BAD, dict.fromkeys(slices, 0)),
        (Series.SLICE_VALID, dict.fromkeys(slices, 0)),
        (Series.SLICE_SEEN, slices),
    ):
        yield select(name, **plan.identity), column


def window_series(
    plan: ObjectivePlan, window_ms: int, times: Times, events: tuple[int, int]
) -> Iterator[tuple[str, _Column]]:
    """Yield a window as the quick rules record it, all of it seen."""
    window = {WINDOW: format_duration(window_ms)}
    for name, value in (
        (Series.WINDOW_BAD, events[0]),
        (Series.WINDOW_VALID, events[1]),
        (Series.WINDOW_COVERAGE, 1),
    ):
        yield select(name, **plan.identity, **window), {times.step_before(0): value}
