"""A histogram's two counters count only together: rules 1, 2, 4 and 6, by hand.

A page is the bucket at the threshold and the one of all events; None where it lacks
one of them. What is told is (slow events, all events).
"""

import numpy as np
import pytest
from tallies import LATENCY, Page, Target, bucket, target

from kizashi.ledger.pairing import CounterPair, CounterPairs

FAST, EVERY = bucket("0.2"), bucket("+Inf")


def page(fast: float | None, every: float | None) -> Page:
    both = {FAST: fast, EVERY: every}
    return {labels: value for labels, value in both.items() if value is not None}


def told(
    *pages: tuple[float | None, float | None], after_s: tuple[float, ...] = ()
) -> list[tuple[float, float]]:
    """Return what each page but the first adds on time; 15 seconds apart, or as said."""
    one = target(LATENCY)
    one.scrape(0, page(*pages[0]))
    gaps = after_s or (15,) * (len(pages) - 1)
    found, at = [], 0.0
    for gap, each in zip(gaps, pages[1:], strict=True):
        at += gap
        found += one.scrape(at, page(*each)).on_time
    return found


def test_rule_1_slow_is_what_the_total_has_grown_by_and_the_threshold_has_not() -> None:
    assert told((90, 100), (97, 110), (97, 112)) == [(3, 10), (2, 2)]


def test_rule_1_the_total_waits_for_a_threshold_that_is_missing() -> None:
    # Of 10 and 20 new events, 25 were fast: 5 slow, told when both are there.
    assert told((90, 100), (None, 110), (115, 130)) == [(0, 0), (5, 30)]


def test_rule_1_the_threshold_waits_for_a_total_that_is_missing() -> None:
    assert told((90, 100), (97, None), (115, 130)) == [(0, 0), (5, 30)]
    assert told((90, 100), (97, None), (99, None), (115, 130)) == [
        (0, 0), (0, 0), (5, 30),
    ]  # fmt: skip


def test_rule_1_who_waits_by_turns_is_known_no_more() -> None:
    # The total alone, then the threshold alone: what either lacks is of another time.
    assert told((90, 100), (None, 110), (97, None), (115, 130), (116, 132)) == [
        (0, 0), (0, 0), (0, 0), (1, 2),
    ]  # fmt: skip


def test_rule_2_where_one_of_the_two_has_restarted_both_have() -> None:
    # 95 > 90 looks like growth by 5; the total says that the process is new.
    assert told((90, 100), (95, 98), (96, 99)) == [(3, 98), (0, 1)]
    assert told((90, 100), (85, 120), (86, 121)) == [(35, 120), (0, 1)]
    assert told((90, 100), (8, 10)) == [(2, 10)]


def test_rule_2_a_restart_while_one_waits_is_known_no_more() -> None:
    assert told((90, 100), (None, 5), (6, 8), (6, 9)) == [(0, 0), (0, 0), (1, 1)]


def test_rule_3_an_edge_that_appears_on_a_process_that_goes_on_is_a_baseline() -> None:
    assert told((None, 100), (97, 110), (97, 112)) == [(0, 0), (2, 2)]


def test_rule_3_both_are_born_together() -> None:
    assert told((None, None), (3, 5)) == [(2, 5)]


@pytest.mark.parametrize(
    ("gap_s", "found"),
    [(285, [(0, 0), (5, 30)]), (285.001, [(0, 0), (0, 0)])],
)
def test_rule_4_what_waited_for_more_than_five_minutes_is_lost(
    gap_s: float, found: list[tuple[float, float]]
) -> None:
    pages = (90, 100), (None, 110), (115, 130)
    assert told(*pages, after_s=(15, gap_s)) == found


def test_rule_4_behind_a_gap_both_are_late_together() -> None:
    one = target(LATENCY)
    one.scrape(0, page(90, 100))
    late = one.scrape(300.001, page(97, 110))
    assert (late.on_time, late.late) == ([(0, 0)], [(3, 10)])


def test_rule_6_the_edge_may_be_spelled_anew_at_a_start_of_the_process() -> None:
    one = target(LATENCY)
    one.scrape(0, page(90, 100))
    anew = {bucket("0.20"): 3.0, EVERY: 5.0}
    assert one.scrape(15, anew).on_time == [(2, 5)]
    goes_on = {bucket("0.20"): 7.0, EVERY: 10.0}
    assert one.scrape(30, goes_on).on_time == [(1, 5)]


def test_rule_6_an_edge_spelled_anew_on_a_process_that_goes_on_is_a_baseline() -> None:
    one = target(LATENCY)
    one.scrape(0, page(90, 100))
    assert one.scrape(15, {bucket("0.20"): 97.0, EVERY: 110.0}).on_time == [(0, 0)]
    assert one.scrape(30, {bucket("0.20"): 97.0, EVERY: 112.0}).on_time == [(2, 2)]


@pytest.mark.parametrize("alike", [True, False])
def test_histograms_of_other_labels_are_pairs_of_their_own(*, alike: bool) -> None:
    one: Target = target(LATENCY)
    other = {labels.merged({"path": "/b"}) for labels in (FAST, EVERY)}
    fast, every = sorted(other, key=str, reverse=True)
    assert fast.get("le") == "0.2"
    one.scrape(0, {FAST: 90, EVERY: 100, fast: 10, every: 20})
    second = {FAST: 97, EVERY: 110, fast: 10, every: 24}
    if not alike:
        del second[fast]
    # Without its threshold the second histogram waits; the first one does not.
    assert one.scrape(15, second).on_time == [(7, 14) if alike else (3, 10)]


def test_a_restart_is_one_of_a_pair_and_no_other_columns() -> None:
    pairs = CounterPairs([CounterPair((0, FAST), (1,), (3,))])
    steps = np.array([[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, -1], [0, 5, 0, 5]], float)
    assert [pairs.restart(step) for step in steps] == [False, True, True, False]
    assert not CounterPairs([]).restart(steps[0])
