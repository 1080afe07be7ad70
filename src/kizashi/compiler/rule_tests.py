"""Unit tests of an objective's rules, as promtool and vmalert-tool run them.

The quick rules live through short stories told by an imagined exporter. Thresholds are
tried on both sides with slices and blocks that are fed in as if they had been recorded,
so that a window of days takes two evaluations.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import Final

from kizashi.compiler.example_series import (
    example_counters,
    example_gauge,
    example_value,
    example_values,
)
from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.promql_text import number
from kizashi.compiler.rule_stories import Expected, RuleStory, Scrape, expect
from kizashi.compiler.series_names import SEVERITY, WINDOW, Series, select
from kizashi.compiler.telling import BURN
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.slo.policy import Severity

_INSTANCE: Final = "example:9000"
#: A burst that is not told by then has too long a first window for a story.
_LONGEST_BURST: Final = 60
_CLEAN = Scrape(good=100)
_FAILED = Scrape(good=100, fails=True)


@dataclass(frozen=True, slots=True)
class When:
    """An evaluation: the time that it looks at, and how far that is in its past."""

    at_ms: int
    offset_ms: int


def story_tests(plan: ObjectivePlan, offset_ms: int) -> list[dict[str, Yaml]]:
    """Return tests in which the quick rules live through stories.

    Args:
        plan: The objective.
        offset_ms: How far in the past its quick rules look.

    Returns:
        None at all where no series can be thought of that its selectors match.
    """
    return [
        _story_test(plan, story, inputs, offset_ms)
        for story in _stories(plan, offset_ms)
        if (inputs := _inputs(plan, story))
    ]


def _stories(plan: ObjectivePlan, offset_ms: int) -> Iterator[RuleStory]:
    if plan.spec.indicator.sample_test is not None:
        good, bad = Scrape(good=1), Scrape(bad=1)
        yield RuleStory(
            "gap", [*[good] * 5, Scrape(fails=True), *[good] * 5], is_of_samples=True
        )
        yield _until_told(
            plan,
            RuleStory(
                "burst", [*[good] * 8, *[bad] * _LONGEST_BURST], is_of_samples=True
            ),
            offset_ms,
        )
        return
    quiet = [Scrape()] * 12
    yield RuleStory("no traffic", [_CLEAN, *quiet])
    yield RuleStory("no error series ever", [_CLEAN] * 12, bad_appears=True)
    if all(labels.get("job") == _target(plan)["job"] for labels in exists_series(plan)):
        # Where targets name their job themselves, births cannot be told.
        first = [*[_CLEAN] * 4, Scrape(good=95, bad=5), *[_CLEAN] * 4]
        yield RuleStory("first error ever", first, bad_appears=True)
    lost = [*[_CLEAN] * 4, _FAILED, _FAILED, Scrape(good=90, bad=10), *[_CLEAN] * 4]
    yield RuleStory("gap", lost)
    again = Scrape(good=40, bad=2, restarts=True)
    yield RuleStory("reset", [*[Scrape(good=90, bad=10)] * 4, again, *[_CLEAN] * 4])
    burst = [*[_CLEAN] * 8, *[Scrape(bad=100)] * _LONGEST_BURST]
    yield _until_told(plan, RuleStory("burst", burst), offset_ms)
    slow = [*[_CLEAN] * 8, *[_little(plan)] * 12]
    yield RuleStory("slow burn", slow)


def _little(plan: ObjectivePlan) -> Scrape:
    """Return a scrape that burns half as fast as the least burn that fires at all."""
    limits = [p / q for p, q in (pair.limit for pair in plan.pairs)]
    bad = max(1, int(5000 * min(limits, default=0.001)))
    return Scrape(good=10_000 - bad, bad=bad)


def _until_told(plan: ObjectivePlan, story: RuleStory, offset_ms: int) -> RuleStory:
    """Return a story cut off some scrapes after its first alert."""
    for each in expect(plan, story, offset_ms):
        if any(each.held.values()):
            last = ceil(each.at_ms / plan.interval_ms) + 3
            return RuleStory(
                story.name,
                story.scrapes[:last],
                story.bad_appears,
                story.is_of_samples,
            )
    return story


def exists_series(plan: ObjectivePlan) -> list[Labels]:
    """Return ``up`` and the series of one target; none where none can be thought of."""
    target = _target(plan)
    up = Labels.of(target, __name__="up")
    if plan.spec.indicator.sample_test is not None:
        gauge = example_gauge(plan.spec.indicator.valid_selector, target)
        return [] if gauge is None else [up, gauge]
    counters = example_counters(plan.spec.indicator, target)
    return [up, *(c.labels for c in counters)] if counters else []


def _target(plan: ObjectivePlan) -> dict[str, str]:
    matchers = plan.spec.indicator.valid_selector.selector.matchers
    implied = example_value([m for m in matchers if m.name == "job"])
    job = plan.spec.job or implied or "example"
    return {"job": job, "instance": _INSTANCE}


def _inputs(plan: ObjectivePlan, story: RuleStory) -> list[Yaml]:
    """Return the input series of a story; empty where none can be thought of."""
    target = _target(plan)
    test = plan.spec.indicator.sample_test
    if test is not None:
        gauge = example_gauge(plan.spec.indicator.valid_selector, target)
        good, bad = example_values(test)
        if gauge is None:
            return []
        columns = {
            gauge: [
                None if s.fails else number(good if s.good else bad)
                for s in story.scrapes
            ]
        }
    else:
        columns = _counter_columns(plan, story, target)
        if not columns:
            return []
    answers = ["0" if s.fails else "1" for s in story.scrapes]
    up = Labels.of(target, __name__="up")
    columns = {up: list(answers), **columns}
    return [
        {"series": str(labels), "values": _values(column)}
        for labels, column in columns.items()
    ]


def _counter_columns(
    plan: ObjectivePlan, story: RuleStory, target: Mapping[str, str]
) -> dict[Labels, list[str | None]]:
    columns: dict[Labels, list[str | None]] = {}
    for counter in example_counters(plan.spec.indicator, target):
        column: list[str | None] = []
        for total in story.totals():
            if total is None:
                column.append(None)
                continue
            value = counter.value(*total)
            hidden = story.bad_appears and not counter.counts_good and not value
            column.append(None if hidden else str(value))
        columns[counter.labels] = column
    return columns


def _values(column: Sequence[str | None]) -> str:
    """Return a column as promtool writes it: stale where a series is left out."""
    parts, known = [], False
    for value, run in groupby(column):
        count = len(list(run))
        if value is not None:
            known = True
            parts.append(f"{value}x{count - 1}" if count > 1 else value)
            continue
        if known:
            parts.append("stale")
            count -= 1
        if count:
            parts.append(f"_x{count}")
        known = False
    return " ".join(parts)


def _story_test(
    plan: ObjectivePlan, story: RuleStory, inputs: list[Yaml], offset_ms: int
) -> dict[str, Yaml]:
    expected = expect(plan, story, offset_ms)
    return {
        "name": f"{plan.spec.service}/{plan.spec.name}: {story.name}",
        "interval": format_duration(plan.interval_ms),
        "input_series": inputs,
        "promql_expr_test": list(_story_checks(plan, expected, offset_ms)),
    }


def _story_checks(
    plan: ObjectivePlan, expected: Sequence[Expected], offset_ms: int
) -> Iterator[Yaml]:
    last = expected[-1]
    when = When(last.at_ms, offset_ms)
    if last.shortest is not None and plan.shortest_ms is not None:
        window = {WINDOW: format_duration(plan.shortest_ms)}
        for series, value in (
            (Series.WINDOW_BAD, last.shortest.bad),
            (Series.WINDOW_VALID, last.shortest.valid),
        ):
            selector = select(series, **plan.identity, **window)
            yield check(selector, [(selector, int(value))], when)
    for severity in Severity:
        if not any(pair.severity is severity for pair in last.held):
            continue
        looked_at = [last]
        first = next((n for n, e in enumerate(expected) if e.fires(severity)), None)
        if first is not None:
            looked_at = [*expected[first - 1 : first + 1], last]
        for each in looked_at:
            yield _told(
                plan, severity, When(each.at_ms, offset_ms), each.fires(severity)
            )


def _told(plan: ObjectivePlan, severity: Severity, when: When, told: bool) -> Yaml:
    """Return a check of whether a severity is told, or held where telling waits."""
    own = {**plan.identity, SEVERITY: severity.value}
    found = [("{}", 1)] if told else []
    if plan.spec.for_ms:
        held = select(Series.PAIR_HELD, **own)
        return check(held, found, when, "group({} == 1)")
    alerts = select("ALERTS", alertname=BURN, alertstate="firing", **own)
    return check(alerts, found, when, "group({})")


def check(
    selector: str,
    found: Sequence[tuple[str, int]],
    when: When,
    form: str = "{}",
) -> Yaml:
    """Return a check of what rules have recorded: label sets and values.

    It is made when they are evaluated, and looks as far back as they do.

    Args:
        selector: The series.
        found: What must be there.
        when: The evaluation.
        form: The expression around the selector.
    """
    back = f" offset {format_duration(when.offset_ms)}" if when.offset_ms else ""
    samples: list[Yaml] = [{"labels": labels, "value": v} for labels, v in found]
    return {
        "expr": form.format(f"{selector}{back}"),
        "eval_time": format_duration(when.at_ms + when.offset_ms),
        "exp_samples": samples,
    }
