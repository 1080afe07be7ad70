"""What is asked of both sides' rules about a story, and what the answers say."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.objective_plan import (
    BLOCK_MS,
    ObjectivePlan,
    is_slow,
    plan_objective,
)
from kizashi.compiler.promql_text import edge_spellings
from kizashi.importers.former import Former
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.proof.own_rules import own_groups
from kizashi.proof.playing import Played, play
from kizashi.proof.stories import Story
from kizashi.proof.unit_test import Answers, RuleQuery, RuleSet
from kizashi.proof.verdict import (
    NO_FORMER,
    AlertComparison,
    DifferenceReason,
    FiringSpan,
    Policies,
    RatioComparison,
    why_alert,
    why_number,
)
from kizashi.rules.series_names import (
    OBJECTIVE,
    SERVICE,
    SEVERITY,
    WINDOW,
    Series,
    select,
)
from kizashi.sli._base import format_edge, threshold_edge
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec

_TIMING = JobTiming(15_000, 10_000)
_STEP_MS = 15_000
#: Rules that came into the world at the story's beginning know nothing before it.
_OPTIONS = CompileOptions(
    slice_ms=_STEP_MS, default_job=_TIMING, query_offset_ms=0, with_tests=False
)


@dataclass(frozen=True)
class ComparedObjective:
    """An objective, and how the other tool watched it.

    Attributes:
        spec: The objective.
        former: How it was watched; None where it was not.
    """

    spec: ObjectiveSpec
    former: Former | None

    @property
    def plan(self) -> ObjectivePlan:
        """How the compiled rules watch it."""
        return plan_objective(self.spec, _OPTIONS)

    def play(self, story: Story) -> Played | None:
        """Return a story as its series tell it; None where there can be none."""
        return play(self.plan, story, _edge(self))


@dataclass(frozen=True, slots=True)
class StoryComparison:
    """What both sides said of one story.

    Attributes:
        readings: By window, the shortest first.
        told: By severity.
    """

    readings: tuple[RatioComparison, ...]
    told: tuple[AlertComparison, ...]

    @property
    def is_true(self) -> bool:
        """Whether every number of the compiled rules is the truth."""
        return all(reading.is_true for reading in self.readings)


def _edge(matter: ComparedObjective) -> str | None:
    """Return the spelling of a bucket's edge that the other tool's rules ask for.

    They compare texts: an edge that is spelt otherwise is none of theirs.
    """
    edge = threshold_edge(matter.spec.indicator)
    if edge is None:
        return None
    known = matter.former
    asked = "" if known is None else json.dumps([*known.groups, *_queries(known)])
    spellings = [text for text in edge_spellings(edge) if f'\\"{text}\\"' in asked]
    return spellings[0] if spellings else format_edge(edge)


def _queries(former: Former) -> list[str]:
    return [number.query for number in former.numbers]


def own_question(matter: ComparedObjective, played: Played) -> RuleQuery:
    """Return what is asked of the compiled rules."""
    spec = matter.spec
    name = LocalText(spec.service, spec.service)
    service = ServiceSpec(spec.service, name, objectives=(spec,))
    queries = [q for w in _own_windows(matter) for q in _own_counts(spec, w)]
    for severity in Severity:
        queries += _spans(_own_alert(spec, severity), _STEP_MS, played.story)
    rules = RuleSet(own_groups(service, _OPTIONS), _STEP_MS // 1_000)
    return _question(rules, queries, played)


def former_question(former: Former, played: Played) -> RuleQuery:
    """Return what is asked of the other tool's rules."""
    queries = _queries(former)
    for alert in former.alerts:
        queries += _spans(_firing(alert.labels), former.step_ms, played.story)
    return _question(RuleSet(former.groups, former.step_ms // 1_000), queries, played)


def judge(
    matter: ComparedObjective, played: Played, own: Answers, former: Answers | None
) -> StoryComparison:
    """Return what the answers say beside what happened.

    Args:
        matter: The objective.
        played: The story as it lived through it.
        own: What `own_question` was answered.
        former: What `former_question` was answered; None where nobody was asked.
    """
    return StoryComparison(
        tuple(_readings(matter, played, own, former)),
        tuple(_told(matter, played, own, former)),
    )


def _readings(
    matter: ComparedObjective, played: Played, own: Answers, former: Answers | None
) -> Iterator[RatioComparison]:
    numbers = {}
    if matter.former is not None and former is not None:
        numbers = {number.window_ms: number for number in matter.former.numbers}
    ours = _own_windows(matter)
    for window_ms in sorted({*numbers, *ours}):
        number, counts, said, why = numbers.get(window_ms), None, None, None
        if window_ms in ours:
            bad, valid = (_first(own[q]) for q in _own_counts(matter.spec, window_ms))
            counts = (bad or 0.0, valid or 0.0)
        if number is not None and former is not None:
            said = _first(former[number.query])
            why = why_number(played, number, said)
        truth = played.counted.window(played.story.end_s, window_ms / 1_000)
        yield RatioComparison(window_ms, truth, said, number is not None, counts, why)


def _told(
    matter: ComparedObjective, played: Played, own: Answers, former: Answers | None
) -> Iterator[AlertComparison]:
    story = played.story
    for severity in Severity:
        ours = _span(own, _spans(_own_alert(matter.spec, severity), _STEP_MS, story))
        known, theirs, why = matter.former, None, DifferenceReason(NO_FORMER)
        if known is not None and former is not None:
            alerts = [a for a in known.alerts if a.severity is severity]
            found = [
                _span(former, _spans(_firing(a.labels), known.step_ms, story))
                for a in alerts
            ]
            theirs = _union([span for span in found if span is not None])
            policies = Policies(
                Fraction(matter.spec.target),
                matter.spec.min_bad_events,
                tuple(alerts),
                max(known.step_ms, _STEP_MS) / 1_000,
                _own_pace_ms(matter, severity) / 1_000,
            )
            yield AlertComparison(
                severity, theirs, ours, why_alert(played, policies, theirs, ours)
            )
        else:
            yield AlertComparison(severity, None, ours, why)


def _own_pace_ms(matter: ComparedObjective, severity: Severity) -> int:
    pairs = [pair for pair in matter.plan.pairs if pair.severity is severity]
    return BLOCK_MS if any(is_slow(pair) for pair in pairs) else _STEP_MS


def _question(rules: RuleSet, queries: Sequence[str], played: Played) -> RuleQuery:
    story = played.story
    at_s = story.end_s // rules.step_s * rules.step_s
    unique = list(dict.fromkeys(queries))
    return RuleQuery(rules, played.inputs, unique, story.grid_s, at_s)


def _own_windows(matter: ComparedObjective) -> tuple[int, ...]:
    plan = matter.plan
    return (*plan.quick_windows_ms, *plan.slow_windows_ms)


def _own_counts(spec: ObjectiveSpec, window_ms: int) -> tuple[str, str]:
    """Return the queries of bad and of valid events over a window."""
    labels = {
        SERVICE: spec.service,
        OBJECTIVE: spec.name,
        WINDOW: format_duration(window_ms),
    }
    return (
        select(Series.WINDOW_BAD, **labels),
        select(Series.WINDOW_VALID, **labels),
    )


def _own_alert(spec: ObjectiveSpec, severity: Severity) -> str:
    return _firing(
        {
            "alertname": BURN,
            SERVICE: spec.service,
            OBJECTIVE: spec.name,
            SEVERITY: severity.value,
        }
    )


def _firing(labels: Mapping[str, str]) -> str:
    return select("ALERTS", alertstate="firing", **labels)


def _spans(alerts: str, step_ms: int, story: Story) -> tuple[str, str]:
    """Return the queries of when some alerts fired first, and last."""
    step_s = step_ms // 1_000
    steps = f"timestamp({alerts})[{story.end_s + step_s}s:{step_s}s]"
    return f"min(min_over_time({steps}))", f"max(max_over_time({steps}))"


def _span(answers: Answers, queries: tuple[str, str]) -> FiringSpan | None:
    first, last = (_first(answers[query]) for query in queries)
    return None if first is None or last is None else FiringSpan(first, last)


def _union(spans: Sequence[FiringSpan]) -> FiringSpan | None:
    if not spans:
        return None
    return FiringSpan(min(s.first_s for s in spans), max(s.last_s for s in spans))


def _first(found: Mapping[str, float]) -> float | None:
    """Return the value of the only series; None without one, and for no number."""
    value = next(iter(found.values()), math.nan)
    return None if math.isnan(value) else value
