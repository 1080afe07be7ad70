"""What a policy will do for an objective, in figures: all its alerts, several burns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kizashi.model.severity import Severity
from kizashi.model.windows import Window
from kizashi.slo.detection import (
    Alarm,
    Forecast,
    UndetectedRatio,
    budget_spent_ratio,
    forecast,
    forecast_sliced,
    silence_of,
)
from kizashi.slo.policy import (
    CustomPair,
    CustomPolicy,
    Policy,
    PresetPair,
    SliceTiming,
    WindowPair,
    is_dead,
    plan_pairs,
    preset_scale,
)

#: Shares of failing events that everybody asks for, and burn rates beside them.
_USUAL_RATIOS = (Fraction(1), Fraction(1, 2), Fraction(1, 10))
_USUAL_BURNS = (20, 10, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class OutlookRequest:
    """A policy, and the objective that it is to watch.

    Attributes:
        policy: The policy.
        target: The objective's target, inside (0, 1).
        window: Its window.
        timing: Slice and scrape interval.
        for_ms: How long a condition must hold before a person is told.
        min_bad_events: Fewer bad events in a long window fire nothing.
        events_per_s: Traffic, above 0; None where it is not known, and then there are
            always enough bad events.
    """

    policy: Policy
    target: Decimal
    window: Window
    timing: SliceTiming
    for_ms: int = 0
    min_bad_events: int = 1
    events_per_s: Fraction | None = None


@dataclass(frozen=True, slots=True)
class DeadPair:
    """A pair that never fires, because ``factor × (1 − target)`` is 1 or more."""

    long_ms: Fraction
    factor: Decimal
    severity: Severity


@dataclass(frozen=True, slots=True)
class Case:
    """What one alert does at one constant error ratio.

    Attributes:
        error_ratio: Share of events that are bad.
        severity: The alert's.
        continuous: Watched without a break.
        sliced: From scrapes, in slices.
        budget_spent_ratio: Share of the error budget that is spent at the continuous
            detection; None where there is none.
        sliced_budget_spent_ratio: The same from scrapes, in slices.
    """

    error_ratio: Fraction
    severity: Severity
    continuous: Forecast
    sliced: Forecast
    budget_spent_ratio: Fraction | None
    sliced_budget_spent_ratio: Fraction | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer.

    Attributes:
        pairs: Pairs that can fire, in the policy's order.
        dead: Pairs that cannot fire.
        silences: The error ratio that stays silent for ever, for each severity of the policy.
        silence: The error ratio that stays silent at every severity.
        cases: By error ratio as asked for, then by severity.
    """

    pairs: tuple[WindowPair, ...]
    dead: tuple[DeadPair, ...]
    silences: Mapping[Severity, UndetectedRatio]
    silence: UndetectedRatio
    cases: tuple[Case, ...]


def usual_error_ratios(target: Decimal) -> tuple[Fraction, ...]:
    """Return error ratios worth a look at a target, the highest first.

    Three that everybody asks for, and burn rates from 20 down to 1, of which the last
    spends just the budget.
    """
    budget = 1 - Fraction(target)
    found = {*_USUAL_RATIOS, *(burn * budget for burn in _USUAL_BURNS)}
    return tuple(sorted((ratio for ratio in found if ratio <= 1), reverse=True))


def outlook(question: OutlookRequest, error_ratios: Iterable[Fraction]) -> Outlook:
    """Return what a policy will do.

    Args:
        question: The policy and its objective.
        error_ratios: Constant shares of bad events, inside (0, 1].

    Returns:
        What its alerts do.

    Raises:
        ObjectiveError: If the preset is unknown.
    """
    pairs, dead = _sort_out(question)
    named = {p.severity for p in pairs} | {p.severity for p in dead}
    alarms = {
        severity: Alarm(
            tuple(p for p in pairs if p.severity is severity),
            question.for_ms,
            question.min_bad_events,
            question.events_per_s,
        )
        for severity in Severity
        if severity in named
    }
    cases = (
        _case(question, severity, alarm, ratio)
        for ratio in error_ratios
        for severity, alarm in alarms.items()
    )
    return Outlook(
        pairs,
        dead,
        {severity: silence_of([alarm]) for severity, alarm in alarms.items()},
        silence_of(alarms.values()),
        tuple(cases),
    )


def _case(
    question: OutlookRequest, severity: Severity, alarm: Alarm, error_ratio: Fraction
) -> Case:
    continuous = forecast(alarm, error_ratio)
    sliced = forecast_sliced(alarm, error_ratio, question.timing)
    spent = (
        None
        if told_ms is None
        else budget_spent_ratio(error_ratio, told_ms, question.target, question.window)
        for told_ms in (continuous.detection_ms, sliced.detection_ms)
    )
    return Case(error_ratio, severity, continuous, sliced, *spent)


def _sort_out(
    question: OutlookRequest,
) -> tuple[tuple[WindowPair, ...], tuple[DeadPair, ...]]:
    """Return the pairs that can fire, and those that cannot.

    A declaration with dead pairs of one's own is refused. Here they are named, because
    which of them are dead is part of the question.
    """
    policy = question.policy
    dead: list[PresetPair | CustomPair] = []
    scale = preset_scale(question.window)
    if isinstance(policy, CustomPolicy):
        scale = Fraction(1)
        dead = [p for p in policy.pairs if is_dead(p.factor, question.target)]
        policy = CustomPolicy(tuple(p for p in policy.pairs if p not in dead))
    plan = plan_pairs(policy, question.target, question.window, question.timing)
    return plan.pairs, tuple(
        DeadPair(pair.long_ms * scale, pair.factor, pair.severity)
        for pair in (*dead, *plan.dropped)
    )
