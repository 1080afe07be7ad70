"""Unit tests of an objective's rules, as promtool and vmalert-tool run them.

The quick rules live through short stories told by an imagined exporter. Thresholds are
tried on both sides with slices and blocks that are fed in as if they had been recorded,
so that a window of days takes two evaluations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import Final

from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.compiler.example_series import (
    example_counters,
    example_gauge,
    example_value,
    example_values,
)
from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.promql_text import number
from kizashi.compiler.rule_stories import (
    RuleStory,
    Scrape,
    Shape,
    expect,
    shape_of,
)
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.severity import Severity
from kizashi.rules.series_names import SEVERITY, WINDOW, Series, select
from kizashi.sli._base import CounterGrowth, GaugeSamples

_JOB: Final = "example"
_INSTANCE: Final = "example:9000"
#: A burst that is not told by then has too long a first window for a story.
_LONGEST_BURST: Final = 60


@dataclass(frozen=True, slots=True)
class EvaluationTime:
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
    shape = shape_of(plan, offset_ms)
    known = exists_series(plan)
    if not known:
        return []
    # Where targets name their job or instance themselves, births cannot be told.
    own = {(labels.get("job"), labels.get("instance")) for labels in known}
    has_births = len(own) == 1
    return [
        {
            "name": f"{plan.spec.service}/{plan.spec.name}: {story.name}",
            "interval": format_duration(plan.interval_ms),
            "input_series": _inputs(plan, story),
            "promql_expr_test": list(_story_checks(plan, shape, story)),
        }
        for story in _stories(shape, _least_limit(plan))
        if has_births or not story.has_births
    ]


def _least_limit(plan: ObjectivePlan) -> Fraction:
    limits = [Fraction(*pair.limit) for pair in plan.pairs]
    return min(limits, default=Fraction(1, 1000))


@lru_cache(maxsize=1024)
def _stories(shape: Shape, limit: Fraction) -> tuple[RuleStory, ...]:
    """Return the stories that an objective's rules are put through.

    Args:
        shape: What they depend on.
        limit: The least limit of its pairs.
    """
    if shape.is_of_samples:
        good, bad, none = Scrape(good=1), Scrape(bad=1), Scrape(fails=True)
        return tuple(
            RuleStory(
                name,
                _until_told(shape, scrapes, is_of_samples=True),
                is_of_samples=True,
            )
            for name, scrapes in (
                ("gap", (*[good] * 5, none, *[good] * 5)),
                ("burst", (*[good] * 8, *[bad] * _LONGEST_BURST)),
            )
        )
    clean, failed = Scrape(good=100), Scrape(good=100, fails=True)
    # Half as fast as the slowest burn that fires at all.
    little = max(1, int(5000 * limit))
    burn = Scrape(good=10_000 - little, bad=little)
    again = Scrape(good=40, bad=2, restarts=True)
    burst = _until_told(shape, (*[clean] * 8, *[Scrape(bad=100)] * _LONGEST_BURST))
    gap = (failed, failed, Scrape(good=90, bad=10))
    first = (*[clean] * 4, Scrape(good=95, bad=5), *[clean] * 4)
    return (
        RuleStory("no traffic", (clean, *[Scrape()] * 12)),
        RuleStory("no error series ever", (clean,) * 12, bad_appears=True),
        RuleStory("first error ever", first, bad_appears=True, has_births=True),
        RuleStory("gap", (*[clean] * 4, *gap, *[clean] * 4)),
        RuleStory("reset", (*[Scrape(good=90, bad=10)] * 4, again, *[clean] * 4)),
        RuleStory("burst", burst),
        RuleStory("slow burn", (*[clean] * 8, *[burn] * 12)),
    )


def _until_told(
    shape: Shape, scrapes: tuple[Scrape, ...], *, is_of_samples: bool = False
) -> tuple[Scrape, ...]:
    """Return scrapes cut off some after the first alert."""
    for each in expect(shape, RuleStory("", scrapes, is_of_samples=is_of_samples)):
        if any(each.held.values()):
            return scrapes[: ceil(each.at_ms / shape.interval_ms) + 3]
    return scrapes


def exists_series(plan: ObjectivePlan) -> list[Labels]:
    """Return ``up`` and the series of one target; none where none can be thought of."""
    target = imagined_target(plan)
    match plan.spec.indicator.events:
        case GaugeSamples() as samples:
            gauge = example_gauge(samples, target)
            return [] if gauge is None else [*dict.fromkeys((_up(plan, target), gauge))]
        case CounterGrowth() as growth:
            counters = example_counters(growth, target)
            return (
                [_up(plan, target), *(c.labels for c in counters)] if counters else []
            )


def imagined_target(plan: ObjectivePlan) -> Labels:
    """Return the labels of the imagined target, which its series carry if they can."""
    events = plan.spec.indicator.events
    sides, valid = events.selectors, events.valid
    found = {}
    for name, likeliest in (("job", plan.spec.job or _JOB), ("instance", _INSTANCE)):
        every, first = (
            [m for side in some for m in side.selector.matchers if m.name == name]
            for some in (sides, (valid,))
        )
        value = example_value(every, likeliest) or example_value(first, likeliest)
        found[name] = value or likeliest
    # Its targets are looked for by this name, whatever its series are called.
    return Labels.of(found, job=plan.spec.job or found["job"])


def _up(plan: ObjectivePlan, target: Labels) -> Labels:
    """Return the series that says whether the target answers.

    What the scraper writes of a scrape carries the target's labels, whichever.
    """
    gauge, events = None, plan.spec.indicator.events
    if isinstance(events, GaugeSamples) and events.are_scrapes:
        gauge = example_gauge(events, target)
    return (gauge or target).merged({METRIC_NAME: "up"})


def _inputs(plan: ObjectivePlan, story: RuleStory) -> list[Yaml]:
    """Return the input series of a story."""
    target = imagined_target(plan)
    match plan.spec.indicator.events:
        case GaugeSamples() as samples:
            columns = _gauge_columns(samples, story, target)
        case CounterGrowth() as growth:
            columns = _counter_columns(growth, story, target)
    answers = ["0" if s.fails else "1" for s in story.scrapes]
    up = _up(plan, target)
    # An event that is a scrape is not there where none was made.
    columns = {up: list(answers), **columns}
    return [
        {"series": str(labels), "values": _values(column, vanishes=labels != up)}
        for labels, column in columns.items()
    ]


def _gauge_columns(
    samples: GaugeSamples, story: RuleStory, target: Labels
) -> dict[Labels, list[str | None]]:
    gauge = example_gauge(samples, target)
    if gauge is None:
        return {}
    good, bad = example_values(samples.test)
    values = [
        None if s.fails else number(good if s.good else bad) for s in story.scrapes
    ]
    return {gauge: values}


def _counter_columns(
    growth: CounterGrowth, story: RuleStory, target: Labels
) -> dict[Labels, list[str | None]]:
    columns: dict[Labels, list[str | None]] = {}
    for counter in example_counters(growth, target):
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


def _values(column: Sequence[str | None], *, vanishes: bool) -> str:
    """Return a column as promtool writes it.

    Args:
        column: Its samples.
        vanishes: Whether it is stale where it is left out.
    """
    parts, known = [], False
    for value, run in groupby(column):
        count = len(list(run))
        if value is not None:
            known = True
            parts.append(f"{value}x{count - 1}" if count > 1 else value)
            continue
        if known and vanishes:
            parts.append("stale")
            count -= 1
        if count:
            parts.append(f"_x{count}")
        known = False
    return " ".join(parts)


def _story_checks(
    plan: ObjectivePlan, shape: Shape, story: RuleStory
) -> Iterator[Yaml]:
    expected, offset_ms = expect(shape, story), shape.offset_ms
    last = expected[-1]
    when = EvaluationTime(last.at_ms, offset_ms)
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
                plan,
                severity,
                EvaluationTime(each.at_ms, offset_ms),
                each.fires(severity),
            )


def _told(
    plan: ObjectivePlan, severity: Severity, when: EvaluationTime, told: bool
) -> Yaml:
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
    when: EvaluationTime,
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
