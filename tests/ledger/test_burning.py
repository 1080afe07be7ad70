"""The one pass over arrays finds whatever exact arithmetic would: rules 14 and 16."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.ledger.burning import BurnScan
from kizashi.ledger.running import Ledger
from kizashi.model.severity import Severity
from kizashi.slo.firing import Guard, pair_evidence
from kizashi.slo.objective import NoData
from kizashi.slo.policy import WindowPair, limit_fraction
from kizashi.slo.window_sums import SEEN_ONE, WindowSums

LONG, SHORT = 240, 20


def pair(factor: str = "6", severity: Severity = Severity.PAGE) -> WindowPair:
    limit = limit_fraction(Decimal(factor), Decimal("0.999"))
    return WindowPair(LONG, SHORT, 15_000, Decimal(factor), severity, limit)


def window(slices: int, bad: float, valid: float, seen: float = 1) -> WindowSums:
    return WindowSums(slices, bad, valid, round(seen * slices * SEEN_ONE))


def scan_of(*windows: WindowSums, guard: Guard | None = None) -> BurnScan:
    """Return the scan of one objective whose windows hold this."""
    ledger = Ledger([(SHORT, LONG)], 1_000, 40)
    for sums in windows:
        ledger.set_sums(0, sums)
    return BurnScan(ledger, [[pair()]], [guard or Guard()])


PAGE = {(0, Severity.PAGE)}


def test_rule_14_both_windows_must_exceed() -> None:
    hot, cool = (4, 500), (2, 500)
    assert scan_of(window(LONG, *hot), window(SHORT, *hot)).suspects() == PAGE
    assert scan_of(window(LONG, *hot), window(SHORT, *cool)).suspects() == set()
    assert scan_of(window(LONG, *cool), window(SHORT, *hot)).suspects() == set()


def test_rule_14_unseen_time_counts_as_good() -> None:
    for bad, found in ((6, set()), (7, PAGE)):
        # Half seen: 500 stand for 1,000, of which 6 are the limit; the scan may ask
        # exact arithmetic about what is just at it.
        windows = [window(each, bad - 0.1, 500, 0.5) for each in (LONG, SHORT)]
        assert scan_of(*windows).suspects() == found


def test_rule_14_at_least_three_bad_events_lie_in_the_long_window() -> None:
    for bad, found in ((2, set()), (3, PAGE)):
        windows = window(LONG, bad, 10), window(SHORT, 1, 1)
        assert scan_of(*windows).suspects() == found


def test_rule_14_a_window_of_which_nothing_was_seen_says_nothing() -> None:
    windows = [window(each, 9, 9, 0) for each in (LONG, SHORT)]
    assert scan_of(*windows).suspects() == set()


def test_rule_16_unseen_time_counts_as_bad_where_it_is_declared() -> None:
    windows = [window(each, 0, 500, 0.5) for each in (LONG, SHORT)]
    assert scan_of(*windows).suspects() == set()
    guard = Guard(no_data=NoData.BAD)
    assert scan_of(*windows, guard=guard).suspects() == PAGE


@pytest.mark.parametrize(("parts", "is_blind"), [(-1, True), (0, False)])
def test_rule_16_blind_is_less_than_half_of_the_shortest_window(
    parts: int, *, is_blind: bool
) -> None:
    half = SHORT * SEEN_ONE // 2 + parts
    long = window(LONG, 0, 0, seen=0)
    scan = scan_of(long, WindowSums(SHORT, 0, 0, half))
    assert scan.blind() == ({0} if is_blind else set())


def test_each_objective_is_judged_by_its_own_pairs_and_guard() -> None:
    lengths = [(SHORT, LONG), (SHORT,), (SHORT, LONG)]
    ledger = Ledger(lengths, 1_000, 40)
    for member in (0, 2):
        for slices in (SHORT, LONG):
            ledger.set_sums(member, window(slices, 4, 500))
    ticket = pair("3", Severity.TICKET)
    guards = [Guard(), Guard(), Guard(min_bad_events=5)]
    scan = BurnScan(ledger, [[pair(), ticket], [], [pair(), ticket]], guards)
    assert scan.suspects() == {(0, Severity.PAGE), (0, Severity.TICKET)}
    # Without pairs there is no shortest window.
    assert scan.blind() == set()


counts = st.one_of(st.integers(0, 2_000), st.integers(0, 2**53))
shares = st.integers(0, LONG * SEEN_ONE)


@given(
    st.lists(st.tuples(counts, counts, shares), min_size=2, max_size=2),
    st.sampled_from(NoData),
    st.integers(1, 5),
)
def test_rule_14_whatever_fires_is_found(
    windows: list[tuple[int, int, int]], no_data: NoData, least: int
) -> None:
    sums = [
        WindowSums(slices, float(min(bad, valid)), float(valid), min(seen, slices * SEEN_ONE))
        for slices, (bad, valid, seen) in zip((LONG, SHORT), windows, strict=True)
    ]  # fmt: skip
    guard = Guard(least, no_data)
    if pair_evidence(pair(), *sums, guard).fires:
        assert scan_of(*sums, guard=guard).suspects() == PAGE


@given(st.integers(1, 10**6), st.integers(1, SEEN_ONE))
def test_rule_5_a_hair_above_the_limit_is_found(events: int, parts: int) -> None:
    """At 3/500: one event more than three of 500, of what was seen."""
    seen = parts * SHORT
    bad = 3 * events + 1
    sums = [
        WindowSums(slices, bad, 500 * events * seen // (slices * SEEN_ONE), seen * slices // SHORT)
        for slices in (LONG, SHORT)
    ]  # fmt: skip
    exact = pair_evidence(pair(), *sums, Guard()).fires
    assert exact
    assert scan_of(*sums).suspects() == PAGE


def test_thousands_are_judged_side_by_side() -> None:
    many = 1_000
    ledger = Ledger([(SHORT, LONG)] * many, 1_000, 40)
    for length in (SHORT, LONG):
        running = ledger.running(length)
        running.counts[:, 1] = 500
        running.counts[:, 0] = np.arange(many) % 8
        running.seen[:] = length * SEEN_ONE
    scan = BurnScan(ledger, [[pair()]] * many, [Guard()] * many)
    found = {member for member, _ in scan.suspects()}
    # Three of 500 is the limit: that may be asked about, less is not.
    assert {m % 8 for m in found} == {3, 4, 5, 6, 7}
    assert len(found) == many * 5 // 8


def test_rule_5_a_billionth_above_the_limit_is_found() -> None:
    events = 10**12
    sums = [window(each, 3 * events + 1, 500 * events) for each in (LONG, SHORT)]
    assert pair_evidence(pair(), *sums, Guard()).fires
    assert scan_of(*sums).suspects() == PAGE
