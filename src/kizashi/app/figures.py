"""From window sums to the figures that faces show. Exact until the last division."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from kizashi.app.answers import (
    BudgetView,
    BurnRateView,
    ExplainView,
    NoteView,
    Number,
    ObjectiveView,
)
from kizashi.app.tracking import Tracked
from kizashi.slo.faults import INVALID, Fault
from kizashi.slo.slices import SEEN_ONE, Count, State, WindowSums, exact


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
    bad, valid = _with_late(sums)
    error_budget = _error_budget(spec.target)
    burns = tuple(_burn_view(tracked, b, instant, error_budget) for b in instant.burns)
    budget, sli = budget_of(tracked, instant)
    fault = None
    if instant.fault is not None:
        fault = NoteView(instant.fault.code, dict(instant.fault.params))
    return ObjectiveView(
        service=spec.service,
        objective=spec.name,
        target=float(spec.target),
        window=tracked.window_text(tracked.budget_slices),
        at=instant.at_ms / 1000,
        good=number(valid - bad),
        valid=number(valid),
        late=number(exact(float(sums.late_valid))),
        sli=sli,
        coverage=sums.coverage,
        state=instant.word,
        generation=tracked.generation.number,
        budget=budget,
        burn_rates=burns,
        alerts=(),
        explain=_explain(tracked, instant, error_budget) if explain else (),
        notes=instant.notes,
        fault=fault,
    )


def number(value: Count) -> Number:
    """Return a whole number where the value is one, else the nearest float."""
    return value.numerator if value.denominator == 1 else float(value)


def ratio(part: Count, whole: Count) -> float:
    """Return the float nearest to a quotient."""
    if isinstance(part, int) and isinstance(whole, int):
        return part / whole
    return float(Fraction(part) / Fraction(whole))


def budget_of(tracked: Tracked, instant: Instant) -> tuple[BudgetView, float | None]:
    """Return an objective's budget and its SLI at an instant.

    From figures that are impossible there is neither.
    """
    bad, valid = _with_late(instant.budget)
    if instant.fault is not None:
        return BudgetView(None, number(bad), None, None, None, None), None
    sli = ratio(valid - bad, valid) if valid else None
    return _budget_view(tracked, instant, _error_budget(tracked.spec.target)), sli


def burn_rate(sums: WindowSums, error_budget: Fraction) -> float | None:
    """Return how many times faster than allowed the budget burns; None without events.

    Late events are in no burn rate (rule 4).

    Source: SRE Workbook, chapter 5, "Alert on Burn Rate".
    """
    if not sums.valid:
        return None
    p, q = error_budget.numerator, error_budget.denominator
    return ratio(exact(sums.bad) * q, exact(sums.valid) * p)


@lru_cache(maxsize=1024)
def _error_budget(target: Decimal) -> Fraction:
    return 1 - Fraction(target)


def _with_late(sums: WindowSums) -> tuple[Count, Count]:
    return (
        exact(sums.bad) + exact(float(sums.late_bad)),
        exact(sums.valid) + exact(float(sums.late_valid)),
    )


def _burn_view(
    tracked: Tracked, sums: WindowSums, instant: Instant, error_budget: Fraction
) -> BurnRateView:
    return BurnRateView(
        window=tracked.window_text(sums.slices),
        bad=number(exact(sums.bad)),
        valid=number(exact(sums.valid)),
        coverage=sums.coverage,
        value=burn_rate(sums, error_budget) if instant.fault is None else None,
    )


def _budget_view(
    tracked: Tracked, instant: Instant, error_budget: Fraction
) -> BudgetView:
    bad, valid = _with_late(instant.budget)
    p, q = error_budget.numerator, error_budget.denominator
    left: float | None = None
    minutes: float | None = None
    if valid:
        # Allowed events are valid x p / q; scaled by q all of it stays whole.
        rest, whole = valid * p - bad * q, valid * p
        window_ms = tracked.budget_slices * tracked.slice_ms
        left = ratio(rest, whole)
        minutes = ratio(rest * p * window_ms, whole * q * 60_000)
    return BudgetView(
        allowed=_scaled(valid * p, q),
        spent=number(bad),
        remaining=_scaled(valid * p - bad * q, q),
        remaining_ratio=left,
        minutes=minutes,
        time_to_empty_s=_time_to_empty_s(tracked, instant, left, error_budget),
    )


def _scaled(events: Count, divisor: int) -> Number:
    if isinstance(events, int):
        whole, rest = divmod(events, divisor)
        return whole if rest == 0 else events / divisor
    return number(events / divisor)


def _time_to_empty_s(
    tracked: Tracked, instant: Instant, left: float | None, error_budget: Fraction
) -> float | None:
    """Return seconds until nothing is left if the last hour's burn goes on.

    A rolling window that burns at 1 or slower is never empty: what it spends is no
    more than what leaves it.
    """
    if left is None:
        return None
    if left <= 0:
        return 0.0
    burn = burn_rate(instant.hour, error_budget)
    if burn is None or burn <= 1:
        return None
    window_s = tracked.budget_slices * tracked.slice_ms / 1000
    return left * window_s / burn


def _explain(
    tracked: Tracked, instant: Instant, error_budget: Fraction
) -> tuple[ExplainView, ...]:
    sums = instant.budget
    bad, valid = _with_late(sums)
    good, allowed = valid - bad, valid * error_budget
    late = f" ({_text(sums.late_valid)} late)" if sums.late_valid else ""
    told = _Told(tracked, instant)
    rows = [
        told.figure(
            "sli",
            sums,
            ratio(good, valid) if valid else None,
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
            float((allowed - bad) / allowed) if allowed else None,
            "1 - bad / (valid x (1 - target))",
            f"1 - {_text(bad)} / ({_text(valid)} x (1 - {tracked.spec.target}))",
        ),
    ]
    rows += [_spent(told, sums), _late(told, sums)]
    rows.append(_empty(told, instant, error_budget))
    rows += [
        told.figure(
            f"burn_rate[{tracked.window_text(burn.slices)}]",
            burn,
            burn_rate(burn, error_budget),
            "bad / valid / (1 - target)",
            f"{_text(burn.bad)} / {_text(burn.valid)} / (1 - {tracked.spec.target})",
        )
        for burn in instant.burns
    ]
    return tuple(rows)


def _spent(told: "_Told", sums: WindowSums) -> ExplainView:
    bad, _ = _with_late(sums)
    work = f"{_text(sums.bad)} + {_text(sums.late_bad)}"
    return told.figure(
        "budget.spent", sums, number(bad), "bad on time + bad late", work
    )


def _late(told: "_Told", sums: WindowSums) -> ExplainView:
    late = number(exact(float(sums.late_valid)))
    formula = "growth across gaps of more than 5 minutes"
    found = told.figure("late", sums, late, formula, _text(sums.late_valid))
    bad = number(exact(float(sums.late_bad)))
    return replace(found, bad=bad, valid=late)


def _empty(told: "_Told", instant: Instant, error_budget: Fraction) -> ExplainView:
    tracked = told.tracked
    bad, valid = _with_late(instant.budget)
    p, q = error_budget.numerator, error_budget.denominator
    is_sound = instant.fault is None
    left = ratio(valid * p - bad * q, valid * p) if valid and is_sound else None
    burn = burn_rate(instant.hour, error_budget) if is_sound else None
    window_s = number(Fraction(tracked.budget_slices * tracked.slice_ms, 1000))
    seconds = _time_to_empty_s(tracked, instant, left, error_budget)
    work = f"{_or_no_data(left)} x {window_s} / {_or_no_data(burn)}"
    found = told.figure(
        "budget.time_to_empty_s",
        instant.hour,
        seconds,
        "remaining_ratio x window / burn rate of the last hour, if that is above 1",
        work,
    )
    is_never = seconds is None and left is not None and burn is not None
    return replace(found, result=f"{work} = never") if is_never else found


def _or_no_data(value: float | None) -> str:
    return "no data" if value is None else repr(value)


#: Figures that are counts, and told even where they are impossible.
_COUNTED = frozenset({"coverage", "budget.spent", "late"})


@dataclass(frozen=True, slots=True)
class _Told:
    """Explains figures of one objective at one instant."""

    tracked: Tracked
    instant: Instant

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
            query=self.tracked.spec.indicator.selector_text(),
            start=(at_ms - span_ms) / 1000,
            end=at_ms / 1000,
            bad=number(exact(sums.bad) + exact(float(late_bad))),
            valid=number(exact(sums.valid) + exact(float(late_valid))),
            seen=sums.seen / SEEN_ONE,
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
