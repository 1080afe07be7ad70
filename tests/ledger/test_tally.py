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

from kizashi.ledger.tally import TargetTally
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
