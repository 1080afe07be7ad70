"""Burn-rate policies: presets scaled by hand, limits as exact fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from kizashi.errors import ObjectiveError
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.slo.policy import (
    PRESETS,
    CustomPair,
    CustomPolicy,
    PresetPolicy,
    SliceTiming,
    is_dead,
    limit_fraction,
    plan_pairs,
)

S, M, H, D = 1_000, 60_000, 3_600_000, 86_400_000
THREE_NINES = Decimal("0.999")


def windows(preset: str, window_ms: int, slice_ms: int, interval_ms: int):
    timing = SliceTiming(slice_ms, interval_ms)
    plan = plan_pairs(
        PresetPolicy(preset), THREE_NINES, RollingWindow(window_ms), timing
    )
    return [
        (p.long_ms, p.short_ms, str(p.factor), p.severity.value) for p in plan.pairs
    ]


def test_the_google_preset_at_thirty_days_is_the_workbooks_table():
    assert windows("google-30d", 30 * D, 15 * S, 15 * S) == [
        (1 * H, 5 * M, "14.4", "page"),
        (6 * H, 30 * M, "6", "page"),
        (1 * D, 2 * H, "3", "ticket"),
        (3 * D, 6 * H, "1", "ticket"),
    ]


def test_the_2h_6h_24h_preset_at_thirty_days():
    assert windows("2h-6h-24h", 30 * D, 15 * S, 15 * S) == [
        (2 * H, 10 * M, "14.4", "page"),
        (6 * H, 30 * M, "6", "page"),
        (24 * H, 2 * H, "3", "ticket"),
        (3 * D, 6 * H, "1", "ticket"),
    ]


def test_rule_17_a_preset_scales_with_the_window():
    # 1 h x 7/30 = 14 min; 14 min / 12 = 70 s, which is 4 2/3 slices: 5 slices.
    # 6 h -> 84 min / 7 min; 1 d -> 5 h 36 min / 28 min; 3 d -> 16 h 48 min / 84 min.
    assert windows("google-30d", 7 * D, 15 * S, 15 * S) == [
        (14 * M, 75 * S, "14.4", "page"),
        (84 * M, 7 * M, "6", "page"),
        (5 * H + 36 * M, 28 * M, "3", "ticket"),
        (16 * H + 48 * M, 84 * M, "1", "ticket"),
    ]


def test_rule_17_a_short_window_holds_five_scrapes():
    # Scraped every minute, 70 s would hold one scrape; five minutes hold five.
    assert windows("google-30d", 7 * D, 15 * S, 60 * S)[0][:2] == (14 * M, 5 * M)


def test_a_short_window_holds_five_slices():
    # One hour: 1 h -> 5 s; 5 s / 12 < 5 slices of one second. 3 d -> 6 min / 30 s.
    assert windows("google-30d", H, S, S) == [
        (5 * S, 5 * S, "14.4", "page"),
        (30 * S, 5 * S, "6", "page"),
        (2 * M, 10 * S, "3", "ticket"),
        (6 * M, 30 * S, "1", "ticket"),
    ]


def test_windows_are_rounded_up_to_whole_slices():
    # 1 h x 1 h / 30 d = 5 s, a third of a slice.
    pair = plan_pairs(
        PresetPolicy(), THREE_NINES, RollingWindow(H), SliceTiming(15 * S, 15 * S)
    ).pairs[0]

    assert (pair.long_slices, pair.short_slices) == (1, 5)


@pytest.mark.parametrize(
    ("factor", "target", "fraction"),
    [
        ("14.4", "0.9995", (9, 1250)),
        ("6", "0.999", (3, 500)),
        ("1", "0.995", (1, 200)),
        ("14.4", "0.95", (18, 25)),
    ],
)
def test_limits_are_reduced_fractions(
    factor: str, target: str, fraction: tuple[int, int]
):
    assert limit_fraction(Decimal(factor), Decimal(target)) == fraction


def test_exactly_at_the_limit_nothing_is_exceeded_where_floats_would():
    # 0.072 x 375 is 27; as floats 27 > 0.072 * 375 is true.
    p, q = limit_fraction(Decimal("14.4"), Decimal("0.995"))

    assert 0.072 * 375 < 27
    assert not 27 * q > p * 375
    assert 28 * q > p * 375


def test_rule_17_a_factor_is_dead_from_one_on():
    assert is_dead(Decimal("14.4"), Decimal("0.9"))
    assert is_dead(Decimal(10), Decimal("0.9"))
    assert not is_dead(Decimal("9.999"), Decimal("0.9"))


def test_rule_17_a_preset_drops_its_dead_pairs_and_says_which():
    plan = plan_pairs(
        PresetPolicy(), Decimal("0.8"), RollingWindow(30 * D), SliceTiming()
    )

    assert [str(p.factor) for p in plan.pairs] == ["3", "1"]
    assert [str(p.factor) for p in plan.dropped] == ["14.4", "6"]


def test_custom_windows_are_kept_and_rounded_up_to_slices():
    policy = CustomPolicy((CustomPair(50 * S, 10 * S, Decimal(10), Severity.PAGE),))

    pair = plan_pairs(
        policy, THREE_NINES, RollingWindow(10 * M), SliceTiming(15 * S, 15 * S)
    ).pairs[0]

    assert (pair.long_slices, pair.short_slices, pair.limit) == (4, 1, (1, 100))


def test_rule_17_a_dead_custom_pair_is_refused():
    policy = CustomPolicy((CustomPair(H, M, Decimal(20), Severity.PAGE),))

    with pytest.raises(ObjectiveError, match="never be exceeded"):
        plan_pairs(policy, Decimal("0.95"), RollingWindow(30 * D), SliceTiming())


def test_an_unknown_preset_names_the_ones_there_are():
    with pytest.raises(ObjectiveError, match="google-30d, 2h-6h-24h"):
        plan_pairs(
            PresetPolicy("gogle"), THREE_NINES, RollingWindow(30 * D), SliceTiming()
        )


@given(
    preset=st.sampled_from(sorted(PRESETS)),
    target=st.decimals("0.0001", "0.99999", places=5),
    window_ms=st.integers(60 * S, 90 * D),
    slice_s=st.integers(1, 60),
    interval_s=st.integers(1, 300),
)
def test_planned_pairs_hold_the_law(
    preset: str, target: Decimal, window_ms: int, slice_s: int, interval_s: int
):
    timing = SliceTiming(slice_s * S, interval_s * S)

    plan = plan_pairs(PresetPolicy(preset), target, RollingWindow(window_ms), timing)

    assert len(plan.pairs) + len(plan.dropped) == 4
    assert plan.pairs, "factor 1 is never dead"
    for pair in plan.pairs:
        p, q = pair.limit
        assert Fraction(p, q) == Fraction(pair.factor) * (1 - Fraction(target)) < 1
        assert pair.short_ms >= 5 * max(timing.slice_ms, timing.interval_ms)
        assert pair.long_slices >= 1


@given(
    preset=st.sampled_from(sorted(PRESETS)),
    window_ms=st.integers(60 * S, 90 * D),
    slice_s=st.integers(1, 60),
    interval_s=st.integers(1, 300),
    phase_ms=st.integers(0, 60 * S - 1),
)
def test_what_is_seen_of_a_target_after_its_last_scrape_is_less_than_half_a_window(
    preset: str, window_ms: int, slice_s: int, interval_s: int, phase_ms: int
):
    """Or an alert would end because its target was killed, with nothing good seen."""
    timing = SliceTiming(slice_s * S, interval_s * S)
    last_ms = 1_000_000 * timing.slice_ms - phase_ms % timing.slice_ms
    # The slice that holds the last scrape, and those that close while it counts.
    after = [
        number
        for number in range(1_000_001, 1_000_000 + 800)
        if 2 * number * timing.slice_ms < 2 * last_ms + 5 * timing.interval_ms
    ]

    for pair in plan_pairs(
        PresetPolicy(preset), THREE_NINES, RollingWindow(window_ms), timing
    ).pairs:
        assert 2 * len(after) < pair.short_slices
