"""What a face says of a decision is what the decision was."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, strategies as st

from harness.alert_service import page_evidence, quiet_ticket
from kizashi.model.severity import Severity
from kizashi.ports.alert_service import (
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
)
from kizashi.slo.budget import value_of
from kizashi.slo.explain import bad_events_to_fire, most_bad_to_end
from kizashi.slo.firing import Decision, Guard, LimitCheck, exceeds, pair_evidence
from kizashi.slo.objective import NoData
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import SEEN_ONE, WindowSums

LIMITS = [(9, 625), (3, 500), (1, 1000), (1, 2), (99, 100)]


def decisions(evidence: EvidenceView) -> list[Decision]:
    return [evidence.decision(pair) for pair in evidence.pairs]


def test_the_two_sides_are_those_worked_out_by_hand():
    fires, calm = decisions(page_evidence())

    long, short = fires.long, fires.short
    assert (long.left, long.right, long.exceeds) == (4500, 900, True)
    assert (short.left, short.right, short.exceeds) == (1875, 180, True)
    long = calm.long
    assert (long.left, long.right, long.exceeds) == (3000, 15_000, False)


def test_unseen_time_may_count_as_bad():
    evidence = replace(page_evidence(), no_data="bad")

    weighing = decisions(evidence)[1].long

    # (12 x 0.5 + 5,000 x 0.5) x 500 = 1,253,000.
    assert (weighing.left, weighing.exceeds) == (1_253_000, True)


def test_a_burn_rate_is_the_one_worked_out_by_hand():
    fires, calm = page_evidence().pairs
    empty = quiet_ticket().evidence

    assert value_of(fires.burn(fires.long)) == 120
    assert value_of(fires.burn(fires.short)) == 150
    assert value_of(calm.burn(calm.long)) == 2.4
    assert empty is not None
    assert empty.pairs[0].burn(empty.pairs[0].short) is None


def test_how_many_more_bad_events_fire():
    evidence, ticket = page_evidence(), quiet_ticket().evidence

    assert ticket is not None
    assert [bad_events_to_fire(d) for d in decisions(evidence)] == [0, 49]
    assert bad_events_to_fire(decisions(ticket)[0]) == 7


def test_how_few_bad_events_end_it():
    fires, calm = decisions(page_evidence())

    # 100 x 9 / 625 = 1.44, 5,000 x 3 / 500 = 30.
    assert most_bad_to_end(fires.long) == 1
    assert most_bad_to_end(calm.long) == 30
    assert calm.long.is_seen_enough


def test_unseen_time_that_is_bad_leaves_fewer_bad_events_to_end_it():
    # Half of 20 slices seen is bad by half; at nine tenths it is a tenth of 900, all
    # beside it 9/10 x bad: (bad x 0.9 + 90) / 900 <= 1/2 up to bad = 400.
    half = LimitCheck((1, 2), WindowSums(20, 0, 900, 10 * SEEN_ONE), NoData.BAD)
    most = LimitCheck((1, 2), WindowSums(20, 0, 900, 18 * SEEN_ONE), NoData.BAD)
    tight = LimitCheck((1, 1000), WindowSums(20, 0, 900, 18 * SEEN_ONE), NoData.BAD)

    assert most_bad_to_end(half) == 0
    assert most_bad_to_end(most) == 400
    assert most_bad_to_end(tight) < 0


def evidence_of(
    limit: tuple[int, int], long: WindowSums, short: WindowSums, guard: Guard
) -> EvidenceView:
    def window(sums: WindowSums) -> EvidenceWindowView:
        return EvidenceWindowView(
            "1h", sums.bad, sums.valid, sums.seen / SEEN_ONE, sums.slices, sums.coverage
        )

    pair = EvidencePairView(
        "1", f"{limit[0]}/{limit[1]}", window(long), window(short), False, False, None
    )
    return EvidenceView(0.0, guard.min_bad_events, guard.no_data.value, 0.0, (pair,))


@st.composite
def sums(draw: st.DrawFn, slices: int) -> WindowSums:
    valid = draw(st.integers(0, 5000))
    bad = draw(st.integers(0, valid))
    seen = draw(st.integers(0, SEEN_ONE * slices))
    seen = seen if valid else draw(st.sampled_from([0, seen, SEEN_ONE * slices]))
    return WindowSums(slices=slices, bad=float(bad), valid=float(valid), seen=seen)


@given(
    st.sampled_from(LIMITS), sums(240), sums(20),
    st.builds(Guard, st.integers(1, 20), st.sampled_from(NoData)),
)  # fmt: skip
def test_what_is_shown_agrees_with_what_was_decided(
    limit: tuple[int, int], long: WindowSums, short: WindowSums, guard: Guard
):
    (told,) = decisions(evidence_of(limit, long, short, guard))

    for window, weighing in ((long, told.long), (short, told.short)):
        assert weighing.exceeds == exceeds(limit, window, guard.no_data)
        assert weighing.exceeds == (weighing.left > weighing.right)
    pair = WindowPair(240, 20, 15_000, Decimal(1), Severity.PAGE, limit)
    fires = pair_evidence(pair, long, short, guard).fires
    assert (bad_events_to_fire(told) == 0) == fires


def with_more(window: WindowSums, bad: int) -> WindowSums:
    return WindowSums(
        slices=window.slices,
        bad=window.bad + bad,
        valid=window.valid + bad,
        seen=window.seen,
    )


@given(
    st.sampled_from(LIMITS), sums(240), sums(20),
    st.builds(Guard, st.integers(1, 20), st.sampled_from(NoData)),
)  # fmt: skip
def test_that_many_more_bad_events_fire_and_one_fewer_do_not(
    limit: tuple[int, int], long: WindowSums, short: WindowSums, guard: Guard
):
    needed = bad_events_to_fire(Decision.of(limit, long, short, guard))
    pair = WindowPair(240, 20, 15_000, Decimal(1), Severity.PAGE, limit)

    def fires(more: int) -> bool:
        after = (with_more(long, more), with_more(short, more))
        return pair_evidence(pair, *after, guard).fires

    if needed is None:
        assert not any(fires(more) for more in (0, 1, 10, 1000, 10**6))
    elif needed:
        assert fires(needed)
        assert not fires(needed - 1)


def test_where_nothing_was_seen_no_number_of_bad_events_would_fire():
    # Even where unseen time counts as bad: there is no rate to count it at.
    nothing = WindowSums(slices=240, bad=0.0, valid=0.0, seen=0)
    guard = Guard(3, NoData.BAD)
    assert bad_events_to_fire(Decision.of((1, 2), nothing, nothing, guard)) is None


def test_the_guard_counts_unseen_time_where_it_counts_as_bad():
    evidence = page_evidence()
    bad = replace(evidence, no_data="bad")
    nothing = WindowSums(slices=240, bad=0.0, valid=0.0, seen=0)

    assert decisions(evidence)[1].long.weighed_bad == 12
    assert decisions(bad)[1].long.weighed_bad == 12 + 5000
    assert LimitCheck((1, 2), nothing, NoData.BAD).weighed_bad == 0


@given(
    st.sampled_from(LIMITS), sums(240), st.sampled_from(NoData),
)  # fmt: skip
def test_that_many_bad_events_end_it_and_one_more_do_not(
    limit: tuple[int, int], window: WindowSums, no_data: NoData
):
    most = most_bad_to_end(LimitCheck(limit, window, no_data))

    def is_over(bad: int) -> bool:
        return LimitCheck(limit, replace(window, bad=float(bad)), no_data).is_over

    if not LimitCheck(limit, window, no_data).is_seen_enough:
        assert not is_over(0)
        return
    assert is_over(0) == (most >= 0)
    if most >= 0:
        assert is_over(most)
    assert not is_over(max(most, -1) + 1)


def test_a_third_of_a_slice_that_is_told_as_a_float_is_a_third_again():
    # 1/3 of one slice of one, 1 bad of 3 and the limit 1/9: exactly at it.
    third = WindowSums(slices=1, bad=1.0, valid=3.0, seen=SEEN_ONE // 3)
    evidence = evidence_of((1, 9), third, third, Guard(1))

    weighing = decisions(evidence)[0].long

    assert weighing.left == weighing.right
    assert not weighing.exceeds
