"""Rules 1 to 5 where counters are read, sample by sample, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.ledger.counting import (
    NO_TIME,
    CounterState,
    Growth,
    RowContext,
    growth,
    is_vast,
)
from kizashi.ledger.created import CreatedTimes
from kizashi.model.arrays import Int64Array
from kizashi.slo.blocks import BirthReason

T0 = 1_800_000_000_000
SCRAPE = 15_000
MINUTE = 60_000
NAN = np.nan
NEVER = 2**62


def times(*seconds: float) -> Int64Array:
    return np.array([T0 + round(s * 1_000) for s in seconds], np.int64)


def rows(
    *seconds: float,
    is_known_page: bool = True,
    birth_from_s: float | None = None,
    inferred_s: float | None = None,
) -> RowContext:
    """Return scrapes at some seconds; each follows the one before, or one at -15 s."""
    ts = times(*seconds)
    before = np.concatenate([times(-15), ts[:-1]])
    known = before if is_known_page else np.full(len(ts), NO_TIME)
    since = np.full(len(ts), T0 + round((birth_from_s or 0) * 1_000))
    inferred = np.full(len(ts), T0 + round((inferred_s or 0) * 1_000))
    return RowContext(
        ts_ms=ts,
        scrape=np.ones(len(ts), np.bool_),
        previous=np.arange(-1, len(ts) - 1),
        birth_from_ms=before if birth_from_s is None else since,
        inferred_since_ms=known if inferred_s is None else inferred,
        away_since_ms=known,
    )


def state(
    *, last_s: float | None = None, value: float = 0, present: bool = False
) -> CounterState:
    """Return what is known of one series; nothing where it has no last sample."""
    last = NO_TIME if last_s is None else T0 + round(last_s * 1_000)
    first = NEVER if last_s is None else last
    return CounterState(
        np.array([last], np.int64),
        np.array([value], np.float64),
        np.array([present]),
        np.array([first], np.int64),
    )


def count(
    context: RowContext,
    *values: float,
    before: CounterState | None = None,
    created: CreatedTimes | None = None,
) -> Growth:
    column = np.array(values, np.float64)[:, None]
    return growth(context, column, created, before or state())[0]


def amounts(grown: Growth) -> list[float]:
    return grown.amount[:, 0].tolist()


def late(grown: Growth) -> list[bool]:
    return [] if grown.late is None else grown.late[:, 0].tolist()


def goes_on(value: float, at_s: float = 0) -> CounterState:
    return state(last_s=at_s, value=value, present=True)


def test_rule_1_growth_is_told_by_the_later_sample_alone() -> None:
    found = count(rows(7, 22, 37, is_known_page=False), 100, 130, 130)
    assert amounts(found) == [0, 30, 0]
    assert found.told[:, 0].tolist() == [False, True, True]
    assert found.before_ms[:, 0].tolist() == [NO_TIME, *times(7, 22).tolist()]


def test_rule_1_a_sample_not_later_than_the_newest_is_a_repetition() -> None:
    again = count(rows(15), 40, before=goes_on(10, at_s=15))
    assert (amounts(again), again.there.tolist()) == ([0], [[False]])
    later = count(rows(15), 40, before=goes_on(10, at_s=14.999))
    assert amounts(later) == [30]


def test_rule_2_a_drop_counts_the_later_value_and_a_stand_nothing() -> None:
    found = count(rows(15, 30, 45), 12, 12, 0, before=goes_on(130))
    assert amounts(found) == [12, 0, 0]
    assert found.fell[:, 0].tolist() == [True, False, True]


def test_rule_2_a_restart_to_the_old_value_is_not_to_be_told_from_a_stand() -> None:
    assert amounts(count(rows(15), 130, before=goes_on(130))) == [0]


def test_rule_3_a_series_that_appears_counts_from_zero_and_says_so() -> None:
    found = count(rows(0, 15, 30), NAN, 1, 1)
    assert amounts(found) == [0, 1, 0]
    assert found.births.tolist() == [[1, 0]]
    assert found.reasons == (BirthReason.NO_CREATED,)
    assert late(found) == []


def test_rule_3_the_first_value_is_a_baseline_where_the_page_before_says_nothing() -> (
    None
):
    found = count(rows(0, 15, 30, is_known_page=False), NAN, 7, 9)
    assert amounts(found) == [0, 0, 2]
    assert found.told[:, 0].tolist() == [False, False, True]
    assert len(found.births) == 0


def test_rule_3_a_series_that_was_stored_before_is_never_born() -> None:
    stored = state()
    # Its last sample is out of reach, or was none; but it was stored, at this time.
    for first, born in ((T0 + 14_999, 0), (T0 + 15_000, 7)):
        stored.first_ms[:] = first
        found = count(rows(0, 15), NAN, 7, before=stored)
        assert amounts(found) == [0, born]


@pytest.mark.parametrize(("value", "grown"), [(500, 495), (5, 0), (3, 3)])
def test_rule_3_a_series_that_returns_goes_on_from_its_last_value(
    value: float, grown: float
) -> None:
    """Twenty minutes away: on time all the same, for each page said that it was away."""
    found = count(rows(0, 15), NAN, value, before=state(last_s=-1200, value=5))
    assert (amounts(found), late(found)) == ([0, grown], [])
    assert len(found.births) == 0


def created_at(*seconds: float, others: float | None = None) -> CreatedTimes:
    """Return the created time of the one series, page by page, and of another."""
    own = (times(*seconds)).astype(np.float64)[:, None]
    if others is None:
        return CreatedTimes(own, np.array([NEVER]), np.array([0]), np.array([0]))
    other = np.full((len(own), 1), T0 + others * 1_000)
    given = np.hstack([own, other])
    stored = np.array([NEVER, T0 - MINUTE])
    return CreatedTimes(given, stored, np.array([0, 0]), np.array([0]))


@pytest.mark.parametrize(("created_s", "grown"), [(0, 0), (0.001, 7)])
def test_rule_3_a_created_time_after_the_page_before_proves_a_birth(
    created_s: float, grown: float
) -> None:
    """Where nothing can be inferred, the created time alone decides."""
    page = rows(0, 15, is_known_page=False)
    found = count(page, NAN, 7, created=created_at(created_s, created_s))
    assert amounts(found) == [0, grown]
    assert len(found.births) == 0  # Proved, not inferred.


@pytest.mark.parametrize(("ahead_s", "grown"), [(600, 7), (600.001, 0)])
def test_rule_3_a_created_time_far_ahead_proves_nothing(
    ahead_s: float, grown: float
) -> None:
    page = rows(0, 15, is_known_page=False)
    found = count(page, NAN, 7, created=created_at(0, 15 + ahead_s))
    assert amounts(found) == [0, grown]


@pytest.mark.parametrize(("created_s", "grown"), [(-600, 0), (-599.999, 7)])
def test_rule_3_a_created_time_of_its_own_of_long_before_forbids_a_birth(
    created_s: float, grown: float
) -> None:
    times_told = created_at(created_s, created_s, others=-5_000)
    found = count(rows(0, 15), NAN, 7, created=times_told)
    assert amounts(found) == [0, grown]
    assert found.reasons == ((BirthReason.ANY_CREATED,) if grown else ())


def test_rule_3_a_created_time_that_others_have_too_is_that_of_the_process() -> None:
    times_told = created_at(-5_000, -5_000, others=-5_000)
    assert amounts(count(rows(0, 15), NAN, 7, created=times_told)) == [0, 7]


def test_rule_3_on_a_first_page_the_process_is_known_to_be_younger() -> None:
    """Its start allows the birth; the created time of long before forbids it."""
    page = rows(0, is_known_page=False, birth_from_s=-30, inferred_s=-10)
    found = count(page, 7)
    assert (amounts(found), found.reasons) == ([7], (BirthReason.NEW_PROCESS,))
    old = created_at(-5_000, others=-5_000)
    assert amounts(count(page, 7, created=old)) == [0]


@pytest.mark.parametrize(("gap_s", "is_late"), [(300, False), (300.001, True)])
def test_rule_4_growth_across_more_than_five_minutes_is_late(
    gap_s: float, *, is_late: bool
) -> None:
    page = rows(gap_s, is_known_page=False)
    found = count(page, 40, before=goes_on(10))
    assert (amounts(found), late(found)) == ([30], [True] if is_late else [])


def test_rule_4_what_did_not_grow_is_not_late() -> None:
    page = rows(900, 915, is_known_page=False)
    found = count(page, 10, 12, before=goes_on(10))
    assert (amounts(found), found.late) == ([0, 2], None)


@pytest.mark.parametrize(("is_known_page", "is_late"), [(True, False), (False, True)])
def test_rule_4_a_return_is_late_unless_the_pages_between_did_without_it(
    *, is_known_page: bool, is_late: bool
) -> None:
    page = rows(1200, 1215, is_known_page=is_known_page)
    found = count(page, NAN, 40, before=state(last_s=0, value=10))
    assert amounts(found) == [0, 30]
    assert late(found) == ([False, True] if is_late else [])


@pytest.mark.parametrize(("since_s", "is_late"), [(-285, False), (-285.001, True)])
def test_rule_4_a_birth_is_late_where_it_may_be_older_than_five_minutes(
    since_s: float, *, is_late: bool
) -> None:
    found = count(rows(15, inferred_s=since_s), 7)
    assert (amounts(found), late(found)) == ([7], [True] if is_late else [])
    assert len(found.births) == 1
    proved = rows(15, is_known_page=False, birth_from_s=-3_600)
    found = count(proved, 7, created=created_at(since_s))
    assert (amounts(found), late(found)) == ([7], [True] if is_late else [])


@pytest.mark.parametrize("odd", [NAN, np.inf, -np.inf, 2.0**101, -(2.0**101)])
def test_rule_5_what_is_no_number_is_no_sample(odd: float) -> None:
    found = count(rows(15, 30), odd, 14, before=goes_on(10))
    assert amounts(found) == [0, 4]
    assert found.there[:, 0].tolist() == [False, True]
    assert is_vast(odd)


def test_rule_5_the_largest_count_is_one_and_whole_numbers_stay_whole() -> None:
    found = count(rows(15), 2.0**100, before=goes_on(2.0**99))
    assert amounts(found) == [2.0**99]
    assert not is_vast(2.0**100)
    large = 2.0**53 - 1
    assert amounts(count(rows(15), large, before=goes_on(large - 3))) == [3]


values = st.one_of(st.integers(0, 9).map(float), st.just(NAN))


@given(st.lists(values, min_size=1, max_size=9), st.data())
def test_rules_1_to_4_rows_in_pieces_of_any_size_give_the_same(
    column: list[float], data: st.DataObject
) -> None:
    gaps = data.draw(st.lists(st.sampled_from([15, 300, 301]), min_size=len(column)))
    whole = rows(*np.cumsum(gaps)[: len(column)].tolist())
    at_once = count(whole, *column)
    cut = data.draw(st.integers(0, len(column)))
    pieces, known = [], state()
    for part in (slice(0, cut), slice(cut, None)):
        if not len(whole.ts_ms[part]):
            continue
        previous = np.arange(-1, len(whole.ts_ms[part]) - 1)
        context = RowContext(
            whole.ts_ms[part],
            whole.scrape[part],
            previous,
            whole.birth_from_ms[part],
            whole.inferred_since_ms[part],
            whole.away_since_ms[part],
        )
        values = np.array(column[part], np.float64)[:, None]
        found, known = growth(context, values, None, known)
        pieces.append(found)
    assert [a for p in pieces for a in amounts(p)] == amounts(at_once)
    parts = [p.late if p.late is not None else np.zeros_like(p.told) for p in pieces]
    all_late = np.vstack(parts)[:, 0].tolist()
    assert all_late == (late(at_once) or [False] * len(column))
