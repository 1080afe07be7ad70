"""Rule 11: which targets are discovered at the edge of a slice, and count."""

from dataclasses import replace

import numpy as np

from kizashi.ledger.catalogue import Span
from kizashi.ledger.deriving import longest_scrape_reach, see
from kizashi.ledger.matching import RuleIndex, count_rule
from kizashi.ledger.tally import TargetTally
from kizashi.ledger.tracked_target import TrackedTarget
from kizashi.model.labels import Labels
from kizashi.model.targets import TargetRecord
from kizashi.promql.selectors import parse_selector
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.slices import SEEN_ONE, State

RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
INDEX = RuleIndex([count_rule(RATIO)])
WITH_UP = RuleIndex([count_rule(RATIO), count_rule(BooleanIndicator(parse_selector("up")))])  # fmt: skip


def target(
    *spans: Span, index: RuleIndex = INDEX, counts_as_seen: bool = True
) -> TrackedTarget:
    record = TargetRecord(1, "j", Labels.of(job="j"))
    return TrackedTarget(record, TargetTally(index), list(spans), counts_as_seen)


def scraped(one: TrackedTarget, *, ok: bool = True) -> TrackedTarget:
    """Return the target after a scrape at 15 s that held the valid series."""
    there = np.ones(len(one.tally.index.rules), np.bool_)
    if one.tally.attempts is not None:
        one.tally.attempts.record(15_000, 15_000, there)
    if ok:
        one.tally.sightings.record(15_000, 15_000, there)
    return one


def test_rule_11_a_target_is_known_from_its_discovery_until_it_is_gone() -> None:
    one = target((15_000, 45_000), (75_000, None))
    edges = np.array([14_999, 15_000, 44_999, 45_000, 74_999, 75_000, 10**12])
    assert one.known(edges).tolist() == [0, 1, 1, 0, 0, 1, 1]
    assert one.is_discovered
    assert not target((15_000, 45_000)).is_discovered
    assert not target().is_discovered


def shares(*targets: TrackedTarget, index: RuleIndex = INDEX) -> list[list[int]]:
    """Return the seen share of each objective at the edge of 30 s."""
    grew = np.ones((1, len(index.rules)), np.bool_)
    return see(index, targets, np.array([30_000]), grew).share.tolist()


def test_rule_11_the_share_is_that_of_the_targets_then_discovered() -> None:
    always, gone = (0, None), (0, 30_000)
    seen = scraped(target(always))
    assert shares(seen, target(always)) == [[SEEN_ONE // 2]]
    # One that is gone by then is neither known nor seen, whatever it answered before.
    assert shares(seen, scraped(target(gone)), target(gone)) == [[SEEN_ONE]]
    other_job = replace(target(always), counts_as_seen=False)
    assert shares(seen, other_job) == [[SEEN_ONE]]


def test_rule_11_a_failed_scrape_is_seen_by_who_counts_scrapes() -> None:
    failed = scraped(target((0, None), index=WITH_UP), ok=False)
    assert shares(failed, index=WITH_UP) == [[0, SEEN_ONE]]


def test_rule_12_series_are_lost_once_they_have_been_stored() -> None:
    """Stored at the edge of the slice is stored; a millisecond later is not yet."""
    for first_ms, expected in ((30_000, 0), (30_001, SEEN_ONE)):
        one = target((0, None))
        one.tally.sightings.record(15_000, 15_000, np.array([False]))
        one.tally._first_valid_ms = np.array([first_ms])
        assert shares(one) == [[expected]]
        state = see(INDEX, [one], np.array([30_000]), np.array([[True]])).state
        assert State(state[0, 0]) is State.ABSENT


def test_rule_12_live_is_growth_within_two_and_a_half_intervals_of_the_slowest() -> (
    None
):
    assert longest_scrape_reach([15_000], 15_000) == 3  # 37.5 s
    assert longest_scrape_reach([15_000, 60_000], 15_000) == 10
    assert longest_scrape_reach([6_000], 15_000) == 1
    assert longest_scrape_reach([1_000], 15_000) == 1
    assert longest_scrape_reach([], 15_000) == 3
