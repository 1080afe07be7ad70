"""One target's pages in, its objectives' events out: rules 1 to 6, 11 and 12."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st
from tallies import (
    CONFIG,
    FAILED,
    GOOD_RATIO,
    LATENCY,
    OK,
    RATIO,
    T0,
    Page,
    Target,
    bucket,
    target,
)

from kizashi.ledger.tally import NewSeries, Rows, TargetTally
from kizashi.model.arrays import STALE_NAN
from kizashi.model.labels import Labels
from kizashi.promql.selectors import parse_selector
from kizashi.sli.boolean import BooleanIndicator

UP = Labels.of(__name__="up")


def test_rule_1_growth_is_bad_and_valid_as_the_selectors_say() -> None:
    one = target(RATIO, GOOD_RATIO)
    one.scrape(0, {OK: 980, FAILED: 3})
    told = one.scrape(15, {OK: 1_010, FAILED: 5})
    # The second objective's bad are its valid less its good ones: 32 - 30.
    assert told.on_time == [(2, 32), (2, 32)]
    assert (told.late, told.births) == ([], [])


def test_rule_2_each_series_restarts_by_itself() -> None:
    one = target(RATIO)
    one.scrape(0, {OK: 980, FAILED: 3})
    assert one.scrape(15, {OK: 20, FAILED: 4}).on_time == [(1, 21)]


def test_rule_3_the_first_ever_failure_is_one_event_of_both_counts() -> None:
    one = target(RATIO)
    one.scrape(0, {OK: 980})
    told = one.scrape(15, {OK: 1_010, FAILED: 1})
    assert told.on_time == [(1, 31)]
    assert told.births == [(str(FAILED), 1)]
    assert one.scrape(30, {OK: 1_040, FAILED: 1}).on_time == [(0, 30)]


def test_rule_3_behind_a_failed_scrape_the_first_value_is_a_baseline() -> None:
    one = target(RATIO)
    one.scrape(0, {OK: 980})
    one.scrape(15, None)
    told = one.scrape(30, {OK: 1_010, FAILED: 7})
    assert (told.on_time, told.births) == ([(0, 30)], [])


def test_rule_3_a_created_time_proves_a_birth_and_needs_no_explanation() -> None:
    one = target(RATIO)
    created = FAILED.merged({"__name__": "requests_created"})
    one.scrape(0, {OK: 980})
    one.scrape(15, None)
    page = {OK: 980, FAILED: 7, created: T0 / 1_000 + 16}
    told = one.scrape(30, page)
    assert (told.on_time, told.births) == ([(7, 7)], [])


def test_rule_3_a_process_that_began_after_the_discovery_counts_from_zero() -> None:
    start = Labels.of(__name__="process_start_time_seconds")
    for started_s, valid in ((T0 / 1_000 - 59, 7), (T0 / 1_000 - 60, 0)):
        one = target(RATIO)
        told = one.scrape(0, {OK: 7, start: started_s})
        assert told.on_time == [(0, valid)]


@pytest.mark.parametrize("is_even", [True, False])
@pytest.mark.parametrize(("gap_s", "is_late"), [(300, False), (300.001, True)])
def test_rule_4_growth_behind_a_long_pause_is_late(
    gap_s: float, *, is_even: bool, is_late: bool
) -> None:
    one = target(RATIO)
    one.scrape(0, {OK: 980, FAILED: 3})
    one.scrape(15, {OK: 980, FAILED: 3} if is_even else {OK: 980})
    after = 15 if is_even else 0
    if not is_even:
        one.scrape(15.001, None)
    told = one.scrape(after + gap_s, {OK: 1_000, FAILED: 13})
    late_valid = 30 if is_late else 0
    if is_even:
        assert told.on_time == [(0, 0) if is_late else (10, 30)]
        assert told.late == ([(10, late_valid)] if is_late else [])
    else:
        # The other counter was there 15 seconds later: its growth is on time.
        assert told.on_time == [(0, 20) if is_late else (10, 30)]
        assert told.late == ([(10, 10)] if is_late else [])


def test_rule_6_edges_are_compared_as_numbers() -> None:
    one = target(LATENCY)
    every, fast = bucket("+Inf"), bucket("0.20")
    one.scrape(0, {every: 100, fast: 90, bucket("0.1"): 50})
    told = one.scrape(15, {every: 110, fast: 97, bucket("0.1"): 51})
    assert told.on_time == [(3, 10)]


def test_rule_6_without_the_edge_nothing_counts_and_the_edges_are_named() -> None:
    one = target(LATENCY)
    every = bucket("+Inf")
    one.scrape(0, {every: 100, bucket("0.1"): 50, bucket("0.25"): 60})
    told = one.scrape(15, {every: 110, bucket("0.1"): 51, bucket("0.25"): 61})
    assert told.on_time == [(0, 0)]
    edges = one.tally.columns.edges
    assert (dict(edges.missing), edges.there) == (
        {0: (0.1, 0.25, math.inf)},
        frozenset(),
    )


def seen(one: TargetTally, *edges_s: float) -> list[tuple[bool, bool]]:
    """Return of each edge whether the target is seen and its valid series there."""
    edges = np.array([T0 + round(s * 1_000) for s in edges_s], np.int64)
    is_seen, present = one.sightings.at(edges)
    return list(zip(is_seen.tolist(), present[:, 0].tolist(), strict=True))


def test_rule_11_only_a_scrape_that_succeeded_is_seen() -> None:
    one = target(RATIO)
    one.scrape(0, None)
    assert seen(one.tally, 15) == [(False, False)]
    one.scrape(15, {OK: 1})
    one.scrape(30, None)
    assert seen(one.tally, 15, 52.499, 52.5) == [
        (True, True), (True, True), (False, False),
    ]  # fmt: skip


def test_rule_11_scrapes_themselves_are_seen_where_they_are_what_is_counted() -> None:
    one = target(BooleanIndicator(parse_selector("up")))
    one.scrape(0, {UP: 1})
    told = one.feed([(15, {UP: 0})])
    assert told.on_time.tolist() == [[1, 1]]
    assert one.tally.attempts is not None


def test_rule_12_a_series_is_present_where_a_page_holds_a_number_of_it() -> None:
    one = target(RATIO)
    one.scrape(0, {OK: 1})
    one.scrape(15, {})
    one.scrape(30, {OK: float("nan")})
    assert seen(one.tally, 0, 15, 37.499, 37.5) == [
        (True, True), (True, True), (True, True), (True, False),
    ]  # fmt: skip
    # Present is what the valid selector finds, whatever becomes of the bad ones.
    assert int(one.tally.first_valid_ms()[0]) == T0


def test_rule_10_configurations_hold_from_their_time_on() -> None:
    one = target(RATIO)
    later = replace(CONFIG, from_ms=T0 + 10_000, fingerprint="b")
    one.tally.history.configs.append(later)
    one.scrape(0, {OK: 1})
    told = one.scrape(15, {OK: 1, FAILED: 9})
    assert told.on_time == [(0, 0)]  # Another configuration: no birth.
    assert one.scrape(30, {OK: 1, FAILED: 9, NEW: 2}).on_time == [(0, 2)]


NEW = Labels.of(__name__="requests_total", code="201")
LABELS = (OK, FAILED, bucket("0.2"), bucket("+Inf"))
pages = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {}, optional={labels: st.integers(0, 4).map(float) for labels in LABELS}
    ),
)


def whole(values: list[float]) -> Page:
    return dict(zip(LABELS, values, strict=True))


stories = st.lists(
    st.tuples(
        st.sampled_from([15, 15, 15, 300, 301]),
        st.one_of(
            pages,
            st.lists(
                st.integers(0, 4).map(float),
                min_size=len(LABELS),
                max_size=len(LABELS),
            ).map(whole),
        ),
    ),
    min_size=2,
    max_size=12,
)


def lived(story: list[tuple[int, Page | None]], *, quick: bool) -> list[object]:
    one = Target(target(RATIO, LATENCY, GOOD_RATIO).tally)
    # All columns are there from the start, so that the first way has a chance.
    at, told = 0, [one.scrape(-15, whole([0, 0, 0, 0]))]
    for gap, page in story:
        if not quick:
            one.tally._even_ms = -(2**62)
        at += gap
        told.append(one.scrape(at, page))
    edges = np.array([T0 + s * 1_000 for s in range(0, at + 60, 15)], np.int64)
    is_seen, present = one.tally.sightings.at(edges)
    return [told, is_seen.tolist(), present.tolist()]


@given(stories)
def test_the_quick_way_of_a_scrape_like_the_one_before_counts_as_the_general_one(
    story: list[tuple[int, Page | None]],
) -> None:
    assert lived(story, quick=True) == lived(story, quick=False)


def test_a_scrape_like_the_one_before_takes_the_quick_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the two ways above would be one."""
    one = target(RATIO, LATENCY)
    for second in (0, 15):
        one.scrape(second, whole([1, 1, 1, 1]))
    monkeypatch.setattr(TargetTally, "_feed_any", None)
    assert one.scrape(30, whole([4, 2, 1, 3])).on_time == [(1, 4), (2, 2)]


@given(stories)
def test_rules_1_to_4_pages_in_pieces_of_any_size_give_the_same(
    story: list[tuple[int, Page | None]],
) -> None:
    times = np.cumsum([gap for gap, _ in story]).tolist()
    pages = [(at, page) for at, (_, page) in zip(times, story, strict=True)]
    by_one, at_once = target(RATIO, LATENCY), target(RATIO, LATENCY)
    for each in (by_one, at_once):
        each.scrape(0, whole([0, 0, 0, 0]))
    single = [by_one.feed([page]) for page in pages]
    together = at_once.feed(pages)
    assert np.vstack([c.on_time for c in single]).tolist() == together.on_time.tolist()
    none = np.zeros_like(together.on_time)
    late = [np.zeros_like(c.on_time) if c.late is None else c.late for c in single]
    of_all = none if together.late is None else together.late
    assert np.vstack(late).tolist() == of_all.tolist()
    assert [b for c in single for b in c.births] == list(together.births)


# What is known of before.


def stored(first_s: float, last_s: float, value: float, number: int = 0) -> NewSeries:
    """Return a series that was stored before, with its last sample."""
    times = T0 + round(first_s * 1_000), T0 + round(last_s * 1_000)
    return NewSeries(number, OK, times[0], (times[1], value))


def resumed(
    *, was_there: bool, ok: bool = True, ever_ok: bool = True
) -> tuple[TargetTally, Target]:
    """Return a tally after a restart: its last scrape was at -15 s."""
    one = target(RATIO)
    one.numbers[OK] = 0
    plan = one.tally.plan([(0, OK)])
    last_s = -15 if was_there else -900
    one.tally.extend([stored(-3_600, last_s, 100)], plan, [])
    one.tally.resume(T0 - 15_000, ok=ok, ever_ok=ever_ok)
    return one.tally, one


def test_rule_3_a_series_goes_on_across_a_restart_of_kizashi() -> None:
    tally, one = resumed(was_there=True)
    assert tally.previous_ms == T0 - 15_000
    assert tally.newest(0) == (T0 - 15_000, 100)
    assert one.scrape(0, {OK: 107}).on_time == [(0, 7)]


def test_rule_4_a_return_right_after_a_restart_belongs_to_its_page() -> None:
    """The page at -15 s did without the series, so it was away and nobody missed it."""
    _, one = resumed(was_there=False)
    told = one.scrape(0, {OK: 107})
    assert (told.on_time, told.late) == ([(0, 7)], [])
    _, one = resumed(was_there=False, ok=False)
    told = one.scrape(0, {OK: 107})
    assert (told.on_time, told.late) == ([(0, 0)], [(0, 7)])


def test_rule_3_after_a_restart_the_page_before_says_what_is_new() -> None:
    for ok, valid in ((True, 9), (False, 0)):
        _, one = resumed(was_there=True, ok=ok)
        assert one.scrape(0, {OK: 100, FAILED: 9}).on_time == [(valid, valid)]


def test_rule_11_a_scrape_of_before_a_restart_is_seen_after_it() -> None:
    tally, one = resumed(was_there=True)
    rows = Rows(np.array([T0 - 15_000]), np.array([1.0]), np.array([[100.0]]))
    tally.recall(rows)
    assert seen(tally, 0, 22.499, 22.5) == [
        (True, True), (True, True), (False, False),
    ]  # fmt: skip
    assert one.scrape(0, {OK: 107}).on_time == [(0, 7)]


def test_rule_1_what_waited_before_a_restart_waits_after_it() -> None:
    one = target(LATENCY)
    every, fast = bucket("+Inf"), bucket("0.2")
    one.numbers |= {every: 0, fast: 1}
    plan = one.tally.plan([(0, every), (1, fast)])
    first_ms = T0 - 3_600_000
    one.tally.extend(
        [
            NewSeries(0, every, first_ms, (T0 - 15_000, 110.0)),
            NewSeries(1, fast, first_ms, (T0 - 30_000, 90.0)),
        ],
        plan,
        [],
    )
    one.tally.resume(T0 - 15_000, ok=True, ever_ok=True)
    # At -30 s both were there, at -15 s the total alone.
    pages = np.array([[100.0, 90.0], [110.0, np.nan]])
    ts = np.array([T0 - 30_000, T0 - 15_000])
    one.tally.recall(Rows(ts, np.array([1.0, 1.0]), pages))
    assert one.scrape(0, {every: 130, fast: 115}).on_time == [(5, 30)]


def test_how_far_back_a_stamped_series_may_still_linger() -> None:
    tally, one = resumed(was_there=True)
    assert tally.reaches_back_ms() is None
    tally, one = resumed(was_there=False)
    assert tally.reaches_back_ms() is None  # 885 seconds: out of bounds by now.
    one.scrape(0, {OK: 107})
    one.scrape(600, {})
    assert tally.reaches_back_ms() == T0
    one.scrape(600.001, {})
    assert tally.reaches_back_ms() is None


def test_series_that_are_gone_are_dropped_and_known_again_when_they_return() -> None:
    one = target(RATIO)
    one.scrape(0, {OK: 100, FAILED: 3})
    one.scrape(15, {OK: 101})
    one.tally.forget(T0)  # Its last sample is not before that.
    assert one.tally.wanted.tolist() == [0, 1]
    one.tally.forget(T0 + 1)
    assert one.tally.wanted.tolist() == [one.numbers[OK]]
    # When valid series were first stored is known all the same.
    assert int(one.tally.first_valid_ms()[0]) == T0
    assert one.scrape(30, {OK: 103}).on_time == [(0, 2)]


def test_rule_1_two_targets_that_expose_one_series_count_its_growth_once() -> None:
    one, other = target(RATIO), target(RATIO)
    other.tally.sharing = one.tally.sharing
    one.scrape(0, {OK: 100})
    assert not one.tally.has_shared
    other.scrape(5, {OK: 104})
    assert one.tally.has_shared
    # Each sample follows the newest one of either.
    assert one.scrape(15, {OK: 110}).on_time == [(0, 6)]
    assert other.scrape(20, {OK: 111}).on_time == [(0, 1)]
    assert one.scrape(30, {OK: 115}).on_time == [(0, 4)]


def stamped(one: Target, at_s: float, value: float) -> None:
    """Count a sample with a time stamp of its own."""
    one.tally.feed(
        Rows(
            np.array([T0 + round(at_s * 1_000)]),
            np.array([np.nan]),
            np.array([[value] * len(one.tally.wanted)]),
        )
    )


def test_rule_12_a_series_with_time_stamps_of_its_own_is_on_the_page_that_follows() -> (
    None
):
    one = target(RATIO)
    one.scrape(0, {OK: 1})
    stamped(one, 14, 2)
    one.scrape(15, {})
    assert seen(one.tally, 14.999, 15, 52.499, 52.5) == [
        (True, True), (True, True), (True, True), (False, False),
    ]  # fmt: skip
    # It is shown with the same time stamp until a marker ends it.
    one.scrape(45, {})
    assert seen(one.tally, 60) == [(True, True)]
    one.scrape(90, {OK: float(STALE_NAN)})
    assert seen(one.tally, 105) == [(True, False)]
