"""Rules 14 and 15 at their edges, worked out by hand."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from kizashi.model.severity import Severity
from kizashi.slo.firing import Guard, exceeds, pair_evidence
from kizashi.slo.objective import NoData
from kizashi.slo.policy import WindowPair, limit_fraction
from kizashi.slo.window_sums import SEEN_ONE, WindowSums


def pair(factor: str = "6", target: str = "0.999") -> WindowPair:
    limit = limit_fraction(Decimal(factor), Decimal(target))
    return WindowPair(240, 20, 15_000, Decimal(factor), Severity.PAGE, limit)


def window(
    bad: float, valid: float, *, slices: int = 240, seen: float = 1
) -> WindowSums:
    return WindowSums(slices, bad, valid, round(seen * slices * SEEN_ONE))


def both(
    bad: float, valid: float, *, seen: float = 1, guard: Guard | None = None
) -> tuple[bool, bool]:
    found = pair_evidence(
        pair(),
        window(bad, valid, seen=seen),
        window(bad, valid, slices=20, seen=seen),
        guard or Guard(),
    )
    return found.fires, found.resolves


def test_rule_5_exactly_at_the_limit_nothing_fires() -> None:
    # 6 x 0.001 = 3/500. In floats 27 > 0.072 x 375 is true.
    assert both(3, 500) == (False, True)
    assert both(3, 499) == (True, False)
    limit = limit_fraction(Decimal(72), Decimal("0.999"))
    assert limit == (9, 125)
    assert not exceeds(limit, window(27, 375), NoData.FREEZE)
    assert exceeds(limit, window(27, 374), NoData.FREEZE)


def test_rule_4_late_events_are_in_no_burn_rate() -> None:
    windows = [
        replace(window(3, 500, slices=slices), late_bad=900, late_valid=900)
        for slices in (240, 20)
    ]
    found = pair_evidence(pair(), *windows, Guard())
    assert (found.fires, found.resolves) == (False, True)


def test_rule_14_unseen_time_counts_as_good_at_the_seen_rate() -> None:
    # Half seen: 500 seen stand for 1,000, of which 6 are allowed.
    assert both(6, 500, seen=0.5)[0] is False
    assert both(7, 500, seen=0.5)[0] is True


def test_rule_14_both_windows_must_exceed() -> None:
    hot, cool = window(100, 1000), window(0, 10, slices=20)
    assert not pair_evidence(pair(), hot, cool, Guard()).fires
    cool, hot = window(1, 1000), window(10, 10, slices=20)
    assert not pair_evidence(pair(), cool, hot, Guard()).fires


@pytest.mark.parametrize(("bad", "valid", "fires"), [(1, 12, False), (12, 12, True)])
def test_rule_14_one_failure_of_twelve_is_silence_and_twelve_are_a_page(
    bad: int, valid: int, *, fires: bool
) -> None:
    assert both(bad, valid)[0] is fires


def test_rule_14_two_bad_events_are_too_few_and_three_are_enough() -> None:
    assert both(2, 2) == (False, True)
    assert both(3, 3) == (True, False)
    assert both(2, 2, guard=Guard(min_bad_events=1)) == (True, False)


def test_rule_15_between_fire_and_resolve_it_holds() -> None:
    # At 60 % coverage: 1.2 % of what was seen is above the limit of 0.6 %, and below
    # it with the unseen time as good: 0.012 x 0.6 = 0.72 % fires; 0.9 % does not.
    assert both(12, 1000, seen=0.6) == (True, False)
    assert both(9, 1000, seen=0.6) == (False, False)
    assert both(6, 1000, seen=0.6) == (False, True)


def test_rule_15_a_window_that_is_less_than_half_seen_resolves_nothing() -> None:
    assert both(0, 1000, seen=0.49) == (False, False)
    assert both(0, 1000, seen=0.5) == (False, True)
    assert both(0, 0, seen=0) == (False, False)


def test_rule_15_one_window_is_enough_to_resolve() -> None:
    blind_short = window(0, 0, slices=20, seen=0)
    assert pair_evidence(pair(), window(1, 1000), blind_short, Guard()).resolves
    hot_long = window(100, 1000)
    good_short = window(0, 100, slices=20)
    assert pair_evidence(pair(), hot_long, good_short, Guard()).resolves


def test_no_data_good_resolves_without_coverage() -> None:
    assert both(0, 0, seen=0, guard=Guard(no_data=NoData.GOOD)) == (False, True)


def test_no_data_bad_counts_unseen_time_as_bad_at_the_seen_rate() -> None:
    bad = Guard(no_data=NoData.BAD)
    # 500 seen of 1,000: the other 500 are bad.
    assert both(0, 500, seen=0.5, guard=bad) == (True, False)
    assert both(0, 1000, seen=1, guard=bad) == (False, True)
    # Nothing seen says nothing, and then the alert of lost data speaks.
    assert both(0, 0, seen=0, guard=bad) == (False, False)
    # Nor where something was counted: a target that left right after its scrape.
    assert both(0, 1, seen=0, guard=bad) == (False, False)
    assert both(3, 3, seen=0, guard=bad) == (False, False)


@given(
    bad=st.integers(0, 10**9),
    valid=st.integers(0, 10**9),
    seen=st.integers(0, 240),
    factor=st.decimals("0.1", "50", places=2),
    target=st.decimals("0.5", "0.99999", places=5),
    no_data=st.sampled_from(NoData),
)
def test_the_integers_say_what_fractions_say(
    bad: int,
    valid: int,
    seen: int,
    factor: Decimal,
    target: Decimal,
    no_data: NoData,
) -> None:
    sums = WindowSums(240, float(bad), float(valid), seen * SEEN_ONE)
    limit = Fraction(factor) * (1 - Fraction(target))
    coverage = Fraction(seen, 240)
    expected = False
    if coverage:
        every = valid / coverage
        unseen = every - valid if no_data is NoData.BAD else 0
        expected = bad + unseen > limit * every
    found = exceeds(limit_fraction(factor, target), sums, no_data)
    assert found == expected
