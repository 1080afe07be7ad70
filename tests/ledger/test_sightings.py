"""Rule 11 to the millisecond: for how long a scrape counts as seen."""

import numpy as np
import pytest

from kizashi.ledger.sightings import Sightings

YES, NO = np.array([True]), np.array([False])


def at(sightings: Sightings, *edges_ms: int) -> list[tuple[bool, bool]]:
    """Return of each edge whether it is seen, and whether the series is there."""
    seen, present = sightings.at(np.array(edges_ms, np.int64))
    return list(zip(seen.tolist(), present[:, 0].tolist(), strict=True))


def test_rule_11_a_scrape_counts_for_two_and_a_half_intervals() -> None:
    one = Sightings(1)
    one.record(100_000, 15_000, YES)
    assert at(one, 99_999, 100_000, 137_499, 137_500) == [
        (False, False), (True, True), (True, True), (False, False),
    ]  # fmt: skip


def test_rule_11_an_odd_interval_has_half_a_millisecond() -> None:
    one = Sightings(1)
    one.record(0, 1_001, YES)  # 2,502.5 ms
    assert at(one, 2_502, 2_503) == [(True, True), (False, False)]


def test_rule_11_nothing_later_changes_what_was_seen() -> None:
    one = Sightings(1)
    one.record(0, 15_000, YES)
    before = at(one, 15_000, 30_000)
    one.record(30_001, 15_000, NO)
    assert at(one, 15_000, 30_000) == before == [(True, True)] * 2


def test_rule_12_any_scrape_that_counts_may_hold_the_series() -> None:
    one = Sightings(1)
    one.record(0, 15_000, YES)
    one.record(15_000, 15_000, NO)
    assert at(one, 15_000, 30_000, 37_499, 37_500, 45_000) == [
        (True, True), (True, True), (True, True), (True, False), (True, False),
    ]  # fmt: skip


def test_rule_12_a_scrape_of_a_shorter_interval_is_forgotten_sooner() -> None:
    one = Sightings(1)
    one.record(0, 15_000, YES)
    one.record(15_000, 60_000, NO)
    assert at(one, 37_499, 37_500, 164_999, 165_000) == [
        (True, True), (True, False), (True, False), (False, False),
    ]  # fmt: skip


def test_a_scrape_that_is_not_later_is_left_out() -> None:
    one = Sightings(1)
    one.record(15_000, 15_000, NO)
    one.record(15_000, 15_000, YES)
    one.record(14_999, 15_000, YES)
    assert at(one, 14_999, 15_000) == [(False, False), (True, False)]


@pytest.mark.parametrize("edge_ms", [15_000, 37_499, 37_500, 60_000])
def test_what_is_forgotten_is_what_no_later_slice_can_need(edge_ms: int) -> None:
    kept, whole = Sightings(1), Sightings(1)
    for each in (kept, whole):
        each.record(0, 15_000, YES)
        each.record(15_000, 15_000, NO)
    kept.forget(edge_ms)
    later = [edge_ms + 1, edge_ms + 15_000, edge_ms + 30_000]
    assert at(kept, *later) == at(whole, *later)


def test_without_a_scrape_nothing_is_seen() -> None:
    assert at(Sightings(1), 0, 15_000) == [(False, False)] * 2
