"""Unit tests of the ticket of impossible figures: raised, and silent beside it.

What other rules would have recorded is fed in, so that each takes two evaluations. A
ticket that is to come is pending at the second one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kizashi.alert.kinds.invalid_figures import NAME as INVALID_FIGURES
from kizashi.compiler.limit_tests import LimitTests, Times, window_series
from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.rule_tests import (
    EvaluationTime,
    check,
    exists_series,
    imagined_target,
)
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.model.labels import METRIC_NAME
from kizashi.rules.series_names import Series, select
from kizashi.sli._base import CounterGrowth, Side

_END_MS: Final = 7_200_000
#: The largest slice of a window, and what stands beside it.
_LARGEST: Final = 10
_START: Final = {METRIC_NAME: "process_start_time_seconds"}
_STARTS: Final = {
    "two processes by turns": ((1_000, 2_000, 1_000, 2_000, 1_000), True),
    "a start that is worked out anew": ((1_000.4, 1_000, 1_000.4, 1_000, 1_000.4), False),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Case:
    """What a test feeds in, and whether that is a ticket."""

    name: str
    inputs: tuple[tuple[str, dict[int, object]], ...]
    told: bool


def figure_tests(plan: ObjectivePlan, offset_ms: int) -> LimitTests:
    """Return tests of the ticket; none where events are the samples of gauges.

    Args:
        plan: The objective.
        offset_ms: How far in the past the slow rules look.
    """
    times = Times(plan.step_ms // 2, _END_MS, offset_ms)
    cases = _cases(plan, times)
    return LimitTests(_END_MS, [_test(plan, case, times) for case in cases])


def _cases(plan: ObjectivePlan, times: Times) -> Iterator[_Case]:
    growth = plan.spec.indicator.events
    if not isinstance(growth, CounterGrowth):
        return
    part, is_good = growth.part, growth.side is Side.GOOD
    # More good events than valid ones leave fewer bad ones than none.
    over = -_LARGEST if is_good else 2 * _LARGEST
    side = "good" if is_good else "bad"
    for name, more, told in (
        (f"as many {side} events too many as are in flight", 0, False),
        (f"one more {side} event than that", 1, True),
    ):
        bad = over - more if is_good else over + more
        yield _Case(name, _counts(plan, times, (bad, _LARGEST), _LARGEST), told)
    if not is_good:
        name = "bad events beside a valid that never moves"
        yield _Case(name, _counts(plan, times, (1, 0), 1), told=True)
    series = exists_series(plan)
    recent: dict[int, object] = {times.step_before(plan.step_ms): 1}
    # Where targets name their job or instance themselves, nobody knows whose start it is.
    is_known = len({(x.get("job"), x.get("instance")) for x in series}) == 1
    started = str(imagined_target(plan).merged(_START))
    for name, (told_s, told) in _STARTS.items() if is_known else ():
        column: dict[int, object] = {
            times.step_before(plan.interval_ms * ago): start
            for ago, start in enumerate(told_s, 1)
        }
        there = tuple((str(labels), recent) for labels in series)
        yield _Case(name, (*there, (started, column)), told)
    if series and part.edge is not None:
        lacking = tuple(
            (str(labels), recent) for labels in series if not part.matches(labels)
        )
        yield _Case("a threshold that is no edge", lacking, told=True)


def _counts(
    plan: ObjectivePlan, times: Times, events: tuple[int, int], largest: int
) -> tuple[tuple[str, dict[int, object]], ...]:
    """Return what has been recorded of a budget's window, and its largest slice."""
    budget_ms = plan.spec.window.length_ms
    newest: dict[int, object] = {times.newest: largest}
    found = [(select(Series.BLOCK_LARGEST, **plan.identity), newest)]
    if budget_ms in plan.quick_windows_ms:
        recorded = window_series(plan, budget_ms, times, events)
        found += [(series, dict(column)) for series, column in recorded]
        return tuple(found)
    for series, value in zip(
        (Series.BLOCK_BAD, Series.BLOCK_VALID), events, strict=True
    ):
        found.append((select(series, **plan.identity), {times.newest: value}))
    return tuple(found)


def _test(plan: ObjectivePlan, case: _Case, times: Times) -> dict[str, Yaml]:
    alerts = select("ALERTS", alertname=INVALID_FIGURES, **plan.identity)
    when = EvaluationTime(times.at_ms, times.offset_ms)
    return {
        "name": f"{plan.spec.service}/{plan.spec.name}: {case.name}",
        "interval": format_duration(times.step_ms),
        "input_series": [
            {"series": series, "values": times.values(column)}
            for series, column in case.inputs
        ],
        "promql_expr_test": [
            check(alerts, [("{}", 1)] if case.told else [], when, "group({})")
        ],
    }
