"""What a series, a process and a gauge leave to be known: rules 3, 11 and 12, by hand."""

from decimal import Decimal

import numpy as np
import pytest

from kizashi.ledger.created import CreatedTimes
from kizashi.ledger.gauges import GaugeEntry, Gauges
from kizashi.ledger.lingering import Lingering
from kizashi.ledger.sharing import Sharing
from kizashi.model.arrays import STALE_NAN
from kizashi.sli._base import Comparison, SampleTest
from kizashi.slo.starts import Starts

NAN = np.nan
INF = np.inf


# Created times.


def test_rule_3_a_created_time_is_compared_with_the_oldest_of_its_name() -> None:
    """Of those on its page that had been stored before the page."""
    times = CreatedTimes(
        given_ms=np.array([[5.0, 3, 1, 2], [5, NAN, 1, 2]]),
        first_ms=np.array([100, 50, 50, 50]),
        name=np.array([0, 0, 1, 0]),
        of_column=np.array([0, 2, 4]),
    )
    page_ms, both = np.array([60, 70]), np.array([0, 1])
    own = np.array([0, 0])
    assert times.of(both, own).tolist() == [5, 5]
    # 3 and 2 have its name; 1 has another, and 5 is not stored yet.
    assert times.oldest_before(page_ms, both, own).tolist() == [2, 2]
    assert times.oldest_before(page_ms, both, np.array([1, 1])).tolist() == [1, 1]
    # Stored at the time of the page is not stored before it.
    first = times.oldest_before(np.array([50, 51]), both, own)
    assert np.isnan(first[0])
    assert first[1] == 2
    assert np.isnan(times.of(both, np.array([2, 2]))).all()


# Series with time stamps of their own.


def test_rule_12_a_stamped_series_stays_until_a_marker_ends_it() -> None:
    one = Lingering()
    one.extend(3)
    one.step(np.array([1.0, NAN, NAN]), is_scrape=False)
    assert one.columns.tolist() == [True, False, False]
    # A page without new samples, then one on which a marker ends the series.
    one.step(np.array([NAN, 2, NAN]), is_scrape=True)
    assert one.columns.tolist() == [True, False, False]
    one.step(np.array([STALE_NAN, NAN, 3]), is_scrape=False)
    assert one.columns.tolist() == [False, False, True]
    # One that has the time of a scrape is of that scrape alone.
    one.step(np.array([NAN, NAN, 4]), is_scrape=True)
    assert one.columns.tolist() == [False, False, False]


def test_columns_that_are_dropped_linger_no_more() -> None:
    one = Lingering()
    one.extend(2)
    one.step(np.array([1.0, 2.0]), is_scrape=False)
    one.keep(np.array([1]))
    one.extend(1)
    assert one.columns.tolist() == [True, False]


# Series that several targets expose.


class Exposer:
    def __init__(self, *newest: tuple[int, float]) -> None:
        self.samples = newest

    def newest(self, series: int) -> tuple[int, float]:
        return self.samples[series]


def test_rule_1_a_series_that_two_targets_expose_follows_the_newest_of_both() -> None:
    sharing = Sharing()
    one, other = Exposer((10, 1.0), (30, 3.0)), Exposer((20, 2.0), (5, 0.0))
    sharing.join(one, [0, 1])
    assert (sharing.is_shared(0), sharing.version) == (False, 0)
    sharing.join(other, [0])
    assert (sharing.is_shared(0), sharing.is_shared(1)) == (True, False)
    assert sharing.version == 1
    assert sharing.newest(0) == (20, 2.0)
    assert sharing.newest(1) == (30, 3.0)
    sharing.leave(other, [0])
    assert (sharing.is_shared(0), sharing.version) == (False, 2)
    assert sharing.newest(0) == (10, 1.0)
    sharing.leave(one, [0])
    assert (sharing.is_shared(0), sharing.version) == (False, 2)


# Gauges.


def test_each_sample_of_a_gauge_is_one_event() -> None:
    below = SampleTest(Comparison.BELOW, Decimal(100))
    differs = SampleTest(Comparison.DIFFERS, Decimal(0))
    gauges = Gauges(
        [GaugeEntry(1, 0, below), GaugeEntry(0, 2, differs), GaugeEntry(1, 1, below)]
    )
    assert gauges.outs.tolist() == [0, 2, 1, 3]
    assert gauges.columns.tolist() == [0, 1, 2]
    values = np.array([[40.0, 100, 0], [99, NAN, 1], [INF, -INF, NAN]])
    events = gauges.sums(values, ~np.isnan(values)).tolist()
    # Bad of both objectives, then valid of both.
    assert events == [[1, 1, 1, 2], [0, 0, 1, 1], [0, 1, 0, 2]]


# Processes behind one address.


@pytest.mark.parametrize(
    ("starts", "alternates"),
    [
        ([(0, 100), (15, 50), (30, 100), (45, 50)], True),
        # Once may be a roll-out.
        ([(0, 100), (15, 50), (30, 50), (45, 50)], False),
        # A second of jitter is none, a little more is.
        ([(0, 100), (15, 99), (30, 100), (45, 99)], False),
        ([(0, 100), (15, 98.9), (30, 100), (45, 98.9)], True),
        # What is no time says nothing, and leaves what was said.
        ([(0, 100), (5, NAN), (15, 50), (30, 100), (40, 1e300), (45, 50)], True),
        # Ten minutes later nothing is known of the start before.
        ([(0, 100), (600, 50), (615, 100), (1_215, 50)], False),
        ([(0, 100), (599, 50), (600, 100), (615, 50)], True),
    ],
)
def test_two_processes_take_turns_where_the_start_goes_back_twice(
    starts: list[tuple[int, float]], *, alternates: bool
) -> None:
    one = Starts()
    for at_s, started_s in starts:
        one.note(at_s * 1_000, started_s)
    assert one.alternates(starts[-1][0] * 1_000) is alternates


def test_turns_are_forgotten_after_ten_minutes() -> None:
    one = Starts()
    for at_s, started_s in ((0, 100), (15, 50), (30, 100), (45, 50)):
        one.note(at_s * 1_000, started_s)
    at_ms = 15_000 + 600_000
    assert [one.alternates(ms) for ms in (44_999, 45_000, at_ms - 1, at_ms)] == [
        False, True, True, False,
    ]  # fmt: skip
