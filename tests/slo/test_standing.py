"""The worst first: one order for every list."""

import pytest
from hypothesis import given, strategies as st

from kizashi.slo.budget import burn_rate, error_budget
from kizashi.slo.standing import (
    Burning,
    Urgency,
    agreed,
    alert_level,
    burning,
    fastest,
    objective_level,
    worst_first,
)


def test_an_alert_comes_before_what_the_data_looks_like() -> None:
    assert objective_level(Urgency.PENDING, "invalid", -1.0) is Urgency.PENDING
    assert objective_level(Urgency.CALM, "invalid", None) is Urgency.INVALID
    assert objective_level(Urgency.CALM, "broken", -1.0) is Urgency.BLIND
    assert objective_level(Urgency.CALM, "live", 0.0) is Urgency.SPENT
    assert objective_level(Urgency.CALM, "idle", 1e-300) is Urgency.CALM
    assert objective_level(Urgency.CALM, "live", None) is Urgency.CALM


def test_an_alert_state_from_a_newer_server_needs_nobody_yet() -> None:
    assert alert_level("firing", "page") is Urgency.PAGE
    assert alert_level("snoozed", "page") is Urgency.CALM


def test_of_equal_ones_the_fastest_burn_comes_first_then_the_least_budget() -> None:
    keys = [
        worst_first(Urgency.PAGE, [None], [None]),
        worst_first(Urgency.CALM, [3.0, None], [0.9, None]),
        worst_first(Urgency.CALM, [2.0], [0.1]),
        worst_first(Urgency.CALM, [2.0], [0.2]),
        worst_first(Urgency.CALM, [], []),
    ]

    assert sorted(keys) == keys


@pytest.mark.parametrize(
    ("long", "short", "both"),
    [(None, None, None), (3.0, None, 0.0), (None, 3.0, 0.0), (3.0, 2.0, 2.0)],
)
def test_a_window_without_events_burns_nothing(
    long: float | None, short: float | None, both: float | None
) -> None:
    assert agreed(long, short) == both


def test_the_fastest_pair_is_told_and_of_equal_ones_the_first() -> None:
    pairs = [
        ("3d", "6h", None, None),
        ("1h", "5m", 14.0, 0.0),
        ("6h", "30m", 8.0, 7.0),
        ("1d", "2h", 7.0, 9.0),
    ]

    assert burning(pairs) == Burning(7.0, "6h", "30m")
    assert burning(pairs[:1]) is None
    assert burning([]) is None


counts = st.integers(0, 1000).flatmap(
    lambda valid: st.tuples(st.integers(0, valid), st.just(valid))
)


@given(st.lists(st.tuples(counts, counts), max_size=4))
def test_what_is_found_from_counts_is_what_is_found_from_burn_rates(
    pairs: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    allowed = error_budget(0.999)

    found = fastest(((str(n), "5m", *both) for n, both in enumerate(pairs)), allowed)

    rates = [
        (str(n), "5m", burn_rate(*long, allowed), burn_rate(*short, allowed))
        for n, (long, short) in enumerate(pairs)
    ]
    assert burning(rates) == (None if found is None else Burning(*found))
