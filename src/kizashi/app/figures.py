"""From window sums to the figures that faces show. Exact until the last division."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from kizashi.app.answers import (
    BudgetView,
    BurnRateView,
    ExplainView,
    NoteView,
    Number,
    ObjectiveView,
)
from kizashi.ledger.tracking import Tracked
from kizashi.slo.budget import (
    ErrorBudget,
    Ratio,
    burn_rate,
    burn_ratio,
    value_of,
)
from kizashi.slo.faults import INVALID, Fault
from kizashi.slo.window_sums import SEEN_ONE, Count, State, WindowSums, exact


@dataclass(frozen=True, slots=True)
class Instant:
    """What is known of an objective at the closing edge of a slice.

    Attributes:
        at_ms: The edge.
        budget: Sums over the objective's window.
        hour: Sums over the last hour, or the window where it is shorter.
        burns: Sums over the policy's windows, shortest first.
        state: State of the slice.
        notes: What a reader should know.
        fault: Why its figures are impossible, None where they are not.
    """

    at_ms: int
    budget: WindowSums
    hour: WindowSums
    burns: tuple[WindowSums, ...]
    state: State
    notes: tuple[NoteView, ...] = ()
    fault: Fault | None = None

    @property
    def word(self) -> str:
        """The state as faces spell it."""
        return self.state.word if self.fault is None else INVALID


def objective_view(
    tracked: Tracked, instant: Instant, *, explain: bool
) -> ObjectiveView:
    """Return an objective's figures at an instant."""
    spec, sums = tracked.spec, instant.budget
    whole = whole_budget(tracked, sums)
    burns = tuple(_burn_view(tracked, b, instant, whole) for b in instant.burns)
    budget, sli = _budget_view(instant, whole)
    fault = None
    if instant.fault is not None:
        fault = NoteView(instant.fault.code, dict(instant.fault.params))
    return ObjectiveView(
        service=spec.service,
        objective=spec.name,
        target=float(spec.target),
        window=str(tracked.window),
        at=instant.at_ms / 1000,
        good=number(whole.good),
        valid=number(whole.valid),
        late=number(exact(float(sums.late_valid))),
        sli=sli,
        coverage=sums.coverage,
        state=instant.word,
        generation=tracked.generation.number,
        budget=budget,
        burn_rates=burns,
        alerts=(),
        explain=_explain(tracked, instant) if explain else (),
        notes=instant.notes,
        fault=fault,
    )


def number(value: Count) -> Number:
    """Return a whole number where the value is one, else the nearest float."""
    return value.numerator if value.denominator == 1 else float(value)


def whole_budget(tracked: Tracked, sums: WindowSums) -> ErrorBudget:
    """Return the error budget of an objective's window."""
    return ErrorBudget.of(tracked.spec.target, tracked.window.length_ms, sums)


def budget_of(tracked: Tracked, instant: Instant) -> tuple[BudgetView, float | None]:
    """Return an objective's budget and its SLI at an instant.

    From figures that are impossible there is neither.
    """
    return _budget_view(instant, whole_budget(tracked, instant.budget))


def _budget_view(
    instant: Instant, budget: ErrorBudget
) -> tuple[BudgetView, float | None]:
    if instant.fault is not None:
        return BudgetView(None, number(budget.bad), None, None, None, None), None
    empty_s = budget.empty_after_s(_hour_burn(instant, budget))
    view = BudgetView(
        allowed=_number(budget.allowed_events),
        spent=number(budget.bad),
        remaining=_number(budget.left_events),
        remaining_ratio=value_of(budget.left),
        minutes=value_of(budget.minutes),
        time_to_empty_s=value_of(empty_s),
    )
    return view, value_of(budget.indicator)


def _hour_burn(instant: Instant, whole: ErrorBudget) -> Ratio | None:
    """Return the burn rate that what is left is held against."""
    return burn_ratio(instant.hour.bad, instant.hour.valid, whole.allowed)


def _burn_view(
    tracked: Tracked, sums: WindowSums, instant: Instant, whole: ErrorBudget
) -> BurnRateView:
    burn = burn_rate(sums.bad, sums.valid, whole.allowed)
    return BurnRateView(
        window=tracked.window_text(sums.slices),
        bad=number(exact(sums.bad)),
        valid=number(exact(sums.valid)),
        coverage=sums.coverage,
        value=burn if instant.fault is None else None,
    )


def _number(found: Ratio) -> Number:
    """Return a quotient as a whole number where it is one."""
    value = found.value
    return int(value) if value.is_integer() and found.exact == int(value) else value


def _explain(tracked: Tracked, instant: Instant) -> tuple[ExplainView, ...]:
    sums = instant.budget
    whole = whole_budget(tracked, sums)
    bad, valid = whole.bad, whole.valid
    late = f" ({_text(sums.late_valid)} late)" if sums.late_valid else ""
    told = _Told(tracked, instant, str(tracked.spec.indicator.events))
    rows = [
        told.figure(
            "sli",
            sums,
            value_of(whole.indicator),
            "(valid - bad) / valid",
            f"({_text(valid)} - {_text(bad)}) / {_text(valid)}{late}",
        ),
        told.figure(
            "coverage",
            sums,
            sums.coverage,
            "seen slices / slices of the window",
            f"{_text(Fraction(sums.seen, SEEN_ONE))} / {sums.slices}",
        ),
        told.figure(
            "budget.remaining_ratio",
            sums,
            value_of(whole.left),
            "1 - bad / (valid x (1 - target))",
            f"1 - {_text(bad)} / ({_text(valid)} x (1 - {tracked.spec.target}))",
        ),
    ]
    rows += [_spent(told, sums, whole), _late(told, sums), _empty(told, instant, whole)]
    rows += [
        told.figure(
            f"burn_rate[{tracked.window_text(burn.slices)}]",
            burn,
            burn_rate(burn.bad, burn.valid, whole.allowed),
            "bad / valid / (1 - target)",
            f"{_text(burn.bad)} / {_text(burn.valid)} / (1 - {tracked.spec.target})",
        )
        for burn in instant.burns
    ]
    return tuple(rows)


def _spent(told: "_Told", sums: WindowSums, whole: ErrorBudget) -> ExplainView:
    work = f"{_text(sums.bad)} + {_text(sums.late_bad)}"
    return told.figure(
        "budget.spent", sums, number(whole.bad), "bad on time + bad late", work
    )


def _late(told: "_Told", sums: WindowSums) -> ExplainView:
    late = number(exact(float(sums.late_valid)))
    formula = "growth across gaps of more than 5 minutes"
    found = told.figure("late", sums, late, formula, _text(sums.late_valid))
    bad = number(exact(float(sums.late_bad)))
    return replace(found, bad=bad, valid=late)


def _empty(told: "_Told", instant: Instant, whole: ErrorBudget) -> ExplainView:
    is_sound = instant.fault is None
    burn = _hour_burn(instant, whole) if is_sound else None
    left = whole.left if is_sound else None
    seconds = value_of(whole.empty_after_s(burn)) if is_sound else None
    window_s = number(Fraction(whole.window_ms, 1000))
    work = f"{_or_no_data(value_of(left))} x {window_s} / {_or_no_data(value_of(burn))}"
    figure = told.figure(
        "budget.time_to_empty_s",
        instant.hour,
        seconds,
        "remaining_ratio x window / burn rate of the last hour, if that is above 1",
        work,
    )
    is_never = seconds is None and left is not None and burn is not None
    return replace(figure, result=f"{work} = never") if is_never else figure


def _or_no_data(value: float | None) -> str:
    return "no data" if value is None else repr(value)


#: Figures that are counts, and told even where they are impossible.
_COUNTED = frozenset({"coverage", "budget.spent", "late"})


@dataclass(frozen=True, slots=True)
class _Told:
    """Explains figures of one objective at one instant.

    Attributes:
        tracked: The objective.
        instant: Its windows then.
        query: What is counted, as PromQL; the same for every figure.
    """

    tracked: Tracked
    instant: Instant
    query: str

    def figure(
        self,
        name: str,
        sums: WindowSums,
        value: float | None,
        formula: str,
        work: str,
    ) -> ExplainView:
        at_ms, fault = self.instant.at_ms, self.instant.fault
        if fault is not None and name not in _COUNTED:
            value = None
        is_burn = name.startswith(("burn_rate", "budget.time_to_empty"))
        late_bad = 0.0 if is_burn else sums.late_bad
        late_valid = 0.0 if is_burn else sums.late_valid
        span_ms = sums.slices * self.tracked.slice_ms
        return ExplainView(
            figure=name,
            value=value,
            formula=formula,
            query=self.query,
            start=(at_ms - span_ms) / 1000,
            end=at_ms / 1000,
            bad=number(exact(sums.bad) + exact(float(late_bad))),
            valid=number(exact(sums.valid) + exact(float(late_valid))),
            seen=sums.seen_slices,
            expected=sums.slices,
            result=f"{work} = {INVALID}"
            if fault is not None and value is None
            else f"{work} = {_or_no_data(value)}",
        )


def _text(value: Fraction | float) -> str:
    return str(number(Fraction(value)))


def worst_state(states: Sequence[str]) -> str:
    """Return the state that needs a look most: invalid, unknown, broken and so on."""
    order = [INVALID, *(s.word for s in State)]
    return min(states, key=order.index, default=State.UNKNOWN.word)
