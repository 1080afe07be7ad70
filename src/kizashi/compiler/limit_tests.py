"""Unit tests of limits: a pair is silent at its limit, and held one event above it.

What the rules would have recorded is fed in, so that a window of days takes two
evaluations. All events of a window lie in one sample of it: sums do not care.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan, is_slow
from kizashi.compiler.rule_tests import When, check, exists_series
from kizashi.compiler.series_names import SEVERITY, SHORT, WINDOW, Series, select
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.slo.policy import Pair

_HOUR_MS: Final = 3_600_000
#: As many scrapes as it takes for a target to be known and its series to be old.
_RECENT: Final = 8
#: promtool takes no sample that is half a day older than the newest.
_OLDEST_MS: Final = 11 * _HOUR_MS


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
    longest_ms = max((max(p.long_ms, p.short_ms) for p in pairs), default=0)
    end_ms = (ceil((longest_ms + offset_ms) / _HOUR_MS) + 1) * _HOUR_MS
    tests = [
        _test(
            plan, pair, _Times(plan.step_ms, end_ms, offset_ms), slow=slow, above=above
        )
        for pair in pairs
        for above in (False, True)
    ]
    return LimitTests(end_ms, tests)


@dataclass(frozen=True, slots=True)
class _Times:
    """Where samples stand: steps of a grid, the last evaluation looking at one time."""

    step_ms: int
    end_ms: int
    offset_ms: int

    @property
    def at_ms(self) -> int:
        """The time that the last evaluation looks at."""
        return self.end_ms - self.offset_ms

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
    plan: ObjectivePlan, pair: Pair, times: _Times, *, slow: bool, above: bool
) -> dict[str, Yaml]:
    p, q = pair.limit
    # At the limit nothing fires however many events there are.
    often = ceil(plan.spec.min_bad_events / p)
    bad, valid = p * often + above, q * often
    inputs = (_blocks if slow else _slices)(plan, pair, times, bad, valid)
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
            {"series": series, "values": values} for series, values in inputs
        ],
        "promql_expr_test": [
            check(held, [(held, int(above))], When(times.at_ms, times.offset_ms))
        ],
    }


def _slices(
    plan: ObjectivePlan, pair: Pair, times: _Times, bad: int, valid: int
) -> Iterator[tuple[str, str]]:
    """Yield slices; the last evaluation records the newest one, an idle one, itself."""
    names = (Series.SLICE_BAD, Series.SLICE_VALID, Series.SLICE_SEEN)
    yield from _summed(plan, pair, times, (bad, valid), names, plan.step_ms)
    # The slow rules have run, so that a pair may be taken for not held.
    blocks = {times.step_before(plan.step_ms): BLOCK_MS // plan.step_ms}
    yield select(Series.BLOCK_SEEN, **plan.identity), times.values(blocks)
    # The target answers, and nothing grows. A gauge has no sample in the last slice.
    now = times.step_before(plan.step_ms)
    first = now - _RECENT * plan.interval_ms // plan.step_ms
    for labels in exists_series(plan):
        yield str(labels), times.values(dict.fromkeys(range(first, now + 1), 1))


def _blocks(
    plan: ObjectivePlan, pair: Pair, times: _Times, bad: int, valid: int
) -> Iterator[tuple[str, str]]:
    """Yield blocks; the last evaluation records the newest one from slices itself."""
    names = (Series.BLOCK_BAD, Series.BLOCK_VALID, Series.BLOCK_SEEN)
    yield from _summed(plan, pair, times, (bad, valid), names, BLOCK_MS)
    now = times.step_before(0)
    slices = range(now - BLOCK_MS // plan.step_ms + 1, now + 1)
    for name, value in (
        (Series.SLICE_BAD, 0),
        (Series.SLICE_VALID, 0),
        (Series.SLICE_SEEN, 1),
    ):
        yield select(name, **plan.identity), times.values(dict.fromkeys(slices, value))
    if pair.short_ms in plan.quick_windows_ms:
        window = {WINDOW: format_duration(pair.short_ms)}
        for name, value in (
            (Series.WINDOW_BAD, bad),
            (Series.WINDOW_VALID, valid),
            (Series.WINDOW_COVERAGE, 1),
        ):
            series = select(name, **plan.identity, **window)
            yield series, times.values({now: value})


def _summed(
    plan: ObjectivePlan,
    pair: Pair,
    times: _Times,
    events: tuple[int, int],
    names: tuple[Series, Series, Series],
    newest_ms: int,
) -> Iterator[tuple[str, str]]:
    """Yield the sums of both windows: all events, and every slice seen.

    One sample lies in both windows and one in the longer only. All but the newest
    milliseconds, which the rules sum up themselves.
    """
    inner_ms, outer_ms = sorted((pair.short_ms, pair.long_ms))
    near = times.step_before(newest_ms)
    far = times.step_before(inner_ms)
    if inner_ms > _OLDEST_MS:
        # The inner window is then more than covered, so that the outer one decides.
        inner_ms, far = outer_ms, near
    rest = (outer_ms - inner_ms) // plan.step_ms
    seen = (inner_ms - newest_ms) // plan.step_ms
    for name, at_far, at_near in (
        (names[0], 0, events[0]),
        (names[1], 0, events[1]),
        (names[2], rest, seen),
    ):
        samples = {far: at_far} if rest else {}
        yield select(name, **plan.identity), times.values({**samples, near: at_near})
