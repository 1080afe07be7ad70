"""A target that is proposed is one that what was seen supports."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from kizashi.slo.target_choice import (
    AVAILABILITY,
    LATENCY,
    SeenDurations,
    SeenEvents,
    TargetReason,
    choose_edge,
    choose_target,
)

DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS


def chosen(bad: float, valid: float, span_ms: int | None = DAY_MS) -> tuple[str, str]:
    choice = choose_target(SeenEvents(bad, valid, span_ms), AVAILABILITY, MONTH_MS)
    assert choice is not None
    return str(choice.target), choice.reason.value


@pytest.mark.parametrize(
    ("bad", "valid", "expected"),
    [
        # A tenth of a budget of 0.1 %.
        (10, 100_000, ("0.999", "steady")),
        # Half of it: the most that is proposed.
        (50, 100_000, ("0.999", "steady")),
        (51, 100_000, ("0.995", "failures")),
        # 0.88 %: of 99 % that would be nearly everything, of 98 % less than half.
        (3, 340, ("0.98", "failures")),
        # Without a failure 3000 events are as many as 99.9 % needs, by the rule of three.
        (0, 3000, ("0.999", "steady")),
        (0, 2999, ("0.995", "few")),
        (0, 599, ("0.99", "few")),
        # So few support nothing; a modest target is proposed, and why is said.
        (0, 5, ("0.99", "few")),
        (0, 0, ("0.99", "unseen")),
        (50, 1000, ("0.9", "failures")),
    ],
)
def test_a_target_is_the_highest_that_events_support(
    bad: float, valid: float, expected: tuple[str, str]
) -> None:
    assert chosen(bad, valid) == expected


def test_a_budget_of_fewer_than_ten_events_in_the_window_is_not_proposed() -> None:
    # 3000 in 30 days allow three at 99.9 %, fifteen at 99.5 %.
    assert chosen(0, 3000, MONTH_MS) == ("0.995", "few")


def test_nothing_is_proposed_where_more_fails_than_the_lowest_target_allows() -> None:
    assert choose_target(SeenEvents(51, 1000), AVAILABILITY, MONTH_MS) is None


def test_a_person_may_want_more_than_was_kept_and_is_told() -> None:
    wanted = Decimal("0.9999")
    choice = choose_target(SeenEvents(2, 10_000), AVAILABILITY, MONTH_MS, wanted)

    assert choice is not None
    assert (choice.target, choice.reason) == (wanted, TargetReason.GIVEN)
    assert choice.is_overspent


@pytest.mark.parametrize(
    ("span_ms", "is_short"),
    [(None, True), (DAY_MS - 1, True), (DAY_MS, False)],
)
def test_a_past_of_less_than_a_day_is_short(
    span_ms: int | None, is_short: bool
) -> None:
    assert SeenEvents(0, 1, span_ms).is_of_short_past is is_short


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000_000),
    st.one_of(st.none(), st.integers(1, MONTH_MS)),
)
def test_no_proposal_would_have_spent_more_than_half_its_budget(
    bad: int, valid: int, span_ms: int | None
) -> None:
    valid = max(bad, valid)
    choice = choose_target(SeenEvents(bad, valid, span_ms), AVAILABILITY, MONTH_MS)

    if choice is not None:
        assert 2 * bad <= (1 - choice.target) * valid


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(1, 1_000_000))
def test_more_failures_never_raise_a_target(bad: int, more: int, good: int) -> None:
    valid = bad + more + good
    few = choose_target(SeenEvents(bad, valid), AVAILABILITY, MONTH_MS)
    many = choose_target(SeenEvents(bad + more, valid), AVAILABILITY, MONTH_MS)

    assert many is None or (few is not None and many.target <= few.target)


def edge(*within: tuple[float, float], valid: float) -> tuple[float, str] | None:
    found = choose_edge(SeenDurations(within, valid, DAY_MS), MONTH_MS)
    return None if found is None else (found[0], str(found[1].target))


def test_an_edge_is_the_lowest_that_the_highest_target_holds_at() -> None:
    # 0.5 % are slower than 250 ms, half of what 99 % allows; 2 % than 100 ms.
    within = (0.01, 5_000), (0.1, 9_800), (0.25, 9_950), (0.5, 10_000)
    assert edge(*within, valid=10_000) == (0.25, "0.99")


def test_an_edge_that_nobody_notices_is_not_proposed() -> None:
    assert edge((0.005, 10_000), (0.2, 10_000), valid=10_000) == (0.2, "0.99")


def test_edges_that_are_all_quick_are_what_there_is() -> None:
    assert edge((0.005, 10_000), (0.05, 10_000), valid=10_000) == (0.05, "0.99")


def test_a_slow_tail_lowers_the_target_at_the_highest_edge() -> None:
    assert edge((0.1, 5_000), (1.0, 9_800), valid=10_000) == (1.0, "0.95")


def test_no_edge_is_proposed_where_a_tenth_is_slower_than_each() -> None:
    assert edge((0.1, 5_000), (1.0, 9_000), valid=10_000) is None
    assert edge(valid=10_000) is None


def test_a_histogram_that_counted_nothing_gives_a_place_to_start() -> None:
    assert edge((0.1, 0), (0.4, 0), (0.8, 0), valid=0) == (0.8, str(LATENCY.modest))
    assert edge((0.1, 0), (0.4, 0), valid=0) == (0.4, str(LATENCY.modest))


@given(
    st.lists(st.integers(0, 1_000), min_size=1, max_size=8),
    st.integers(0, 1_000),
)
def test_an_edge_is_one_that_the_histogram_has(counts: list[int], beyond: int) -> None:
    running = [sum(counts[: i + 1]) for i in range(len(counts))]
    edges = [0.05 * 2**i for i in range(len(counts))]
    seen = SeenDurations(
        list(zip(edges, running, strict=True)), running[-1] + beyond, DAY_MS
    )
    found = choose_edge(seen, MONTH_MS)

    if found is not None:
        at, choice = found
        assert at in edges
        assert 2 * seen.at_edges()[at].bad <= (1 - choice.target) * seen.valid
