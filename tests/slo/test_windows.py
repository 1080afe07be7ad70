"""Rule 7: which slices a window holds, worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.model.windows import RollingWindow
from kizashi.slo.windows import (
    cut,
    ending_with,
    in_slices,
    last_closed,
    scrape_reach,
    slice_of,
    slices_in,
)

S = 15_000


def test_rule_7_an_edge_belongs_to_the_slice_that_it_closes() -> None:
    assert [slice_of(ms, S) for ms in (0, 1, 15_000, 15_001)] == [0, 1, 1, 2]
    assert [last_closed(ms, S) for ms in (14_999, 15_000, 15_001)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("text", "last", "held"),
    [
        # At 10:00 of the first day of Unix time, 36,000 s: an hour is 240 slices.
        ("1h", 2_400, range(2_161, 2_401)),
        ("15s", 2_400, range(2_400, 2_401)),
        # 100 s are six slices and a part of one.
        ("100s", 2_400, range(2_394, 2_401)),
        # Time begins with slice 1.
        ("1d", 2_400, range(1, 2_401)),
    ],
)
def test_rule_7_a_window_is_whole_slices_up_to_the_newest_closed(
    text: str, last: int, held: range
) -> None:
    assert cut(RollingWindow.parse(text), last, S) == held


@given(st.integers(1, 40 * 86_400_000), st.integers(1, 10**6), st.integers(1, 10**9))
def test_rule_7_a_window_is_open_on_the_left(
    length_ms: int, slice_ms: int, last: int
) -> None:
    window, at_ms = RollingWindow(length_ms), last * slice_ms
    begin_ms = at_ms - in_slices(window, slice_ms).length_ms

    held = cut(window, last, slice_ms)

    assert slice_of(at_ms, slice_ms) in held
    assert slice_of(max(0, begin_ms), slice_ms) not in held
    assert slice_of(max(0, begin_ms) + 1, slice_ms) in held


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**9))
def test_rule_7_windows_side_by_side_leave_no_slice_out_and_share_none(
    before: int, after: int, last: int
) -> None:
    newer = ending_with(last, after)
    older = ending_with(newer.start - 1, before)

    assert (len(older), len(newer)) == (before, after)
    assert range(older.start, newer.stop) == ending_with(last, before + after)


def test_a_length_takes_a_slice_for_what_is_left_over() -> None:
    assert [slices_in(ms, S) for ms in (1, 15_000, 15_001)] == [1, 1, 2]
    assert slices_in(Fraction(30_001, 2), S) == 2
    assert in_slices(RollingWindow(100_000), S) == RollingWindow(105_000)


def test_rule_11_a_scrape_counts_for_two_and_a_half_intervals() -> None:
    # 37.5 s, 2.5 s and 75 s.
    assert [scrape_reach(ms, S) for ms in (15_000, 1_000, 30_000)] == [3, 1, 5]
    assert scrape_reach(np.array([15_000, 30_000]), S).tolist() == [3, 5]
