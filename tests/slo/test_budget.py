"""An error budget by hand, and against a second way to work it out."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from kizashi.slo.budget import (
    BudgetLevel,
    ErrorBudget,
    Ratio,
    budget_level,
    burn_rate,
    burn_ratio,
    error_budget,
    left_along,
)
from kizashi.slo.window_sums import SEEN_ONE, WindowSums

DAY_MS = 86_400_000


def budget(bad: float, valid: float, target: str = "0.999") -> ErrorBudget:
    sums = WindowSums(4, bad, valid, 4 * SEEN_ONE)
    return ErrorBudget.of(Decimal(target), 30 * DAY_MS, sums)


def test_the_figures_are_those_worked_out_by_hand() -> None:
    # 20,000 events of which a thousandth, 20, may fail; 5 did.
    found = budget(5, 20_000)

    assert found.allowed_events.exact == 20
    assert found.left_events.exact == 15
    assert found.left is not None
    assert found.left.exact == Fraction(3, 4)
    assert found.indicator is not None
    assert found.indicator.exact == Fraction(19_995, 20_000)
    # Three quarters of a thousandth of 43,200 minutes.
    assert found.minutes is not None
    assert found.minutes.exact == Fraction("32.4")


def test_late_events_are_charged_to_the_budget() -> None:
    sums = WindowSums(4, 2, 900, 0, late_bad=3, late_valid=100)

    found = ErrorBudget.of(Decimal("0.99"), DAY_MS, sums)

    # 5 of 1,000, where 10 may fail.
    assert (found.bad, found.valid, found.good) == (5, 1000, 995)
    assert found.left is not None
    assert found.left.exact == Fraction(1, 2)


def test_without_events_there_is_no_figure() -> None:
    found = budget(0, 0)

    assert (found.indicator, found.left, found.minutes) == (None, None, None)
    assert found.empty_after_s(Ratio(2, 1)) is None
    assert not found.is_spent
    assert burn_rate(0, 0, error_budget(0.999)) is None


def test_a_burn_rate_is_the_one_worked_out_by_hand() -> None:
    # 72 of 5,000 fail where 1 of 1,000 may: 14.4 times as many.
    found = burn_ratio(72, 5000, error_budget(Decimal("0.999")))

    assert found is not None
    assert found.exact == Fraction("14.4")
    assert not found.exceeds(Fraction("14.4"))
    assert found.exceeds(Fraction("14.399"))
    assert burn_rate(72, 5000, error_budget(Decimal("0.999"))) == 14.4


def test_a_target_in_floats_is_the_decimal_that_was_declared() -> None:
    # In floats 1 - 0.9995 is 0.0004999999999999449.
    assert error_budget(0.9995) == error_budget(Decimal("0.9995")) == Fraction(1, 2000)


def test_a_budget_spent_to_the_last_event_is_spent() -> None:
    # In floats 1 - 6 / (6000 x (1 - 0.999)) is 1e-13 above nothing.
    found = budget(6, 6000)

    assert found.is_spent
    assert found.left is not None
    assert found.left.value == 0.0
    assert budget_level(found.left.value) is BudgetLevel.SPENT
    assert not budget(5, 6000).is_spent


@pytest.mark.parametrize(
    ("left", "level"),
    [
        (None, None),
        (1.0, BudgetLevel.AMPLE),
        (0.25, BudgetLevel.AMPLE),
        (0.2499, BudgetLevel.LOW),
        (0.0001, BudgetLevel.LOW),
        (0.0, BudgetLevel.SPENT),
        (-3.0, BudgetLevel.SPENT),
    ],
)
def test_a_quarter_left_is_not_low_yet(
    left: float | None, level: BudgetLevel | None
) -> None:
    assert budget_level(left) is level


def test_a_budget_lasts_until_its_burn_has_eaten_what_is_left() -> None:
    half = budget(10, 20_000)

    # Half of 30 days' budget at five times the pace: 3 days.
    empty = half.empty_after_s(Ratio(5, 1))
    assert empty is not None
    assert empty.exact == 3 * 86_400


def test_a_budget_that_burns_no_faster_than_allowed_never_ends() -> None:
    assert budget(10, 20_000).empty_after_s(Ratio(1, 1)) is None
    assert budget(10, 20_000).empty_after_s(None) is None


def test_of_a_budget_that_is_spent_nothing_is_left_to_last() -> None:
    for bad in (20, 21):
        empty = budget(bad, 20_000).empty_after_s(None)
        assert empty is not None
        assert empty.value == 0.0


def test_what_is_left_along_a_window_ends_with_the_windows_own() -> None:
    # 30 of 3,000 may fail at 99 %: after 3, 3 and 18 of them.
    assert left_along(0.99, (3, 0, 15), (1000, 1000, 1000)) == (0.9, 0.9, 0.4)
    assert left_along(0.99, (0, 0), (0, 0)) == (None, None)


counts = st.integers(0, 10**12) | st.floats(0, 1e12, allow_nan=False)
targets = st.decimals("0.000001", "0.999999", places=6)


@given(counts, counts, targets)
def test_figures_are_the_floats_nearest_to_the_exact_ones(
    bad: float, good: float, target: Decimal
) -> None:
    valid = bad + good
    found = budget(bad, valid, str(target))

    if not valid:
        assert found.left is None
        return
    allowed = Fraction(valid) * (1 - Fraction(target))
    left = (allowed - Fraction(bad)) / allowed
    assert found.left is not None
    assert found.left.value == float(left)
    assert found.is_spent == (left <= 0)
    burn = Fraction(bad) / Fraction(valid) / (1 - Fraction(target))
    assert burn_rate(bad, valid, error_budget(target)) == float(burn)
    minutes = left * (1 - Fraction(target)) * 43_200
    assert found.minutes is not None
    assert found.minutes.value == float(minutes)
