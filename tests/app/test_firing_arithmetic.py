"""What a face says of a decision is what the decision was."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from kizashi.app.firing_arithmetic import (
    bad_events_to_fire,
    burn,
    can_end,
    guarded_bad,
    most_bad_to_end,
    weigh,
)
from kizashi.ports.alert_desk import (
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
)
from kizashi.slo.firing import Guard, exceeds, pair_evidence
from kizashi.slo.objective import NoData
from kizashi.slo.policy import Pair, Severity
from kizashi.slo.slices import SEEN_ONE, WindowSums
from kizashi.testing.alert_desk import page_evidence, quiet_ticket

LIMITS = [(9, 625), (3, 500), (1, 1000), (1, 2), (99, 100)]


def test_the_two_sides_are_those_worked_out_by_hand():
    fires, calm = page_evidence().pairs

    long = weigh(fires.limit, fires.long, "freeze")
    assert (long.left, long.right, long.exceeds) == (4500, 900, True)
    short = weigh(fires.limit, fires.short, "freeze")
    assert (short.left, short.right, short.exceeds) == (1875, 180, True)
    long = weigh(calm.limit, calm.long, "freeze")
    assert (long.left, long.right, long.exceeds) == (3000, 15_000, False)


def test_unseen_time_may_count_as_bad():
    pair = page_evidence().pairs[1]

    weighing = weigh(pair.limit, pair.long, "bad")

    # (12 x 0.5 + 5,000 x 0.5) x 500 = 1,253,000.
    assert (weighing.left, weighing.exceeds) == (1_253_000, True)


def test_a_burn_rate_is_the_one_worked_out_by_hand():
    fires, calm = page_evidence().pairs
    empty = quiet_ticket().evidence

    assert burn(fires, fires.long) == 120
    assert burn(fires, fires.short) == 150
    assert burn(calm, calm.long) == pytest.approx(2.4)
    assert empty is not None
    assert burn(empty.pairs[0], empty.pairs[0].short) is None


def test_how_many_more_bad_events_fire():
    evidence, ticket = page_evidence(), quiet_ticket().evidence

    assert ticket is not None
    assert [bad_events_to_fire(evidence, p) for p in evidence.pairs] == [0, 49]
    assert bad_events_to_fire(ticket, ticket.pairs[0]) == 7


def test_how_few_bad_events_end_it():
    evidence = page_evidence()
    fires, calm = evidence.pairs

    # 100 x 9 / 625 = 1.44, 5,000 x 3 / 500 = 30.
    assert most_bad_to_end(fires, fires.long) == 1
    assert most_bad_to_end(calm, calm.long) == 30
    assert can_end(evidence, calm.long)


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
    evidence = evidence_of(limit, long, short, guard)
    (view,) = evidence.pairs

    for window, told in ((long, view.long), (short, view.short)):
        decided = exceeds(limit, window, guard.no_data)
        assert weigh(view.limit, told, evidence.no_data).exceeds == decided
    pair = Pair(240, 20, 15_000, Decimal(1), Severity.PAGE, limit)
    fires = pair_evidence(pair, long, short, guard).fires
    assert (bad_events_to_fire(evidence, view) == 0) == fires


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
    evidence = evidence_of(limit, long, short, guard)
    needed = bad_events_to_fire(evidence, evidence.pairs[0])
    pair = Pair(240, 20, 15_000, Decimal(1), Severity.PAGE, limit)

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
    evidence = evidence_of((1, 2), nothing, nothing, guard)

    assert bad_events_to_fire(evidence, evidence.pairs[0]) is None


def test_the_guard_counts_unseen_time_where_it_counts_as_bad():
    evidence = page_evidence()
    window = evidence.pairs[1].long
    bad = EvidenceView(0.0, 3, "bad", 0.0, evidence.pairs)

    assert guarded_bad(evidence, window) == 12
    assert guarded_bad(bad, window) == 12 + 5000
    assert guarded_bad(bad, EvidenceWindowView("1h", 0, 0, 0.0, 240, 0.0)) == Fraction(
        0
    )
