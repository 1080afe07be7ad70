"""Slices and seen shares: rules 5, 7, 11, 12 and 13, worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from kizashi.slo.slices import SliceRange, SliceTable, block_of, first_slice, seen_of
from kizashi.slo.window_sums import SEEN_ONE, State, WindowSums, exact


def test_a_block_is_480_slices() -> None:
    assert [block_of(number) for number in (1, 480, 481)] == [0, 0, 1]
    assert [first_slice(block) for block in (0, 1, 2)] == [1, 481, 961]


def test_rule_5_counts_are_what_they_are() -> None:
    assert exact(12.0) == 12
    assert isinstance(exact(12.0), int)
    assert exact(0.1) == Fraction(0.1) != Fraction(1, 10)
    assert exact(2.0**60 + 256) == 2**60 + 256


def test_rule_5_the_share_of_up_to_twelve_targets_is_exact() -> None:
    assert [n for n in range(1, 14) if SEEN_ONE % n] == [13]
    assert np.iinfo(np.uint16).max >= SEEN_ONE


def share(seen: float, known: float) -> int:
    one = np.array([[True]])
    found = seen_of(np.array([known]), np.array([[seen]]), one, one, one)
    return int(found.share[0, 0])


@pytest.mark.parametrize(
    ("seen", "known", "parts"),
    [
        (3, 4, 41_580),
        (4, 4, 55_440),
        (0, 4, 0),
        (1, 13, 4_265),  # 4,264.6
        (1, 32, 1_733),  # 1,732.5
        (0, 0, 0),
    ],
)
def test_rule_11_the_share_is_the_mean_over_the_targets(
    seen: int, known: int, parts: int
) -> None:
    assert share(seen, known) == parts


@pytest.mark.parametrize(
    ("targets", "facts", "state", "parts"),
    [
        # Targets: known and seen. Facts: series there, stored before, grown.
        ((1, 1), (True, True, True), State.LIVE, SEEN_ONE),
        ((1, 1), (True, True, False), State.IDLE, SEEN_ONE),
        ((1, 1), (False, True, True), State.ABSENT, 0),
        ((1, 1), (False, False, False), State.ABSENT, SEEN_ONE),
        ((1, 0), (True, True, True), State.BROKEN, 0),
        ((0, 0), (True, True, True), State.UNKNOWN, 0),
    ],
)
def test_rule_12_the_five_states_and_what_each_is_seen(
    targets: tuple[int, int], facts: tuple[bool, ...], state: State, parts: int
) -> None:
    known, seen = np.array([targets[0]]), np.array([[targets[1]]])
    found = seen_of(known, seen, *(np.array([[fact]]) for fact in facts))
    assert (State(found.state[0, 0]), int(found.share[0, 0])) == (state, parts)


def test_rule_13_coverage_is_the_mean_of_all_slices() -> None:
    # Of a window of four, two slices were before the discovery, one was seen by half.
    sums = WindowSums(4, bad=0, valid=0, seen=SEEN_ONE + SEEN_ONE // 2)
    assert sums.coverage == 0.375


def test_slices_are_put_where_their_numbers_say() -> None:
    part = SliceRange.blank(10, 4)
    part.put(
        SliceRange(
            12,
            np.array([1.0, 2, 3]),
            np.array([4.0, 5, 6]),
            np.array([7, 8, 9], np.uint16),
            np.array([1, 2, 3], np.uint8),
        )
    )
    assert part.bad.tolist() == [0, 0, 1, 2]
    assert part.valid.tolist() == [0, 0, 4, 5]
    assert part.seen.tolist() == [0, 0, 7, 8]
    assert part.state.tolist() == [0, 0, 1, 2]
    part.put(SliceRange.blank(14, 2))
    part.put(SliceRange.blank(8, 2))
    assert part.bad.tolist() == [0, 0, 1, 2]
    assert not part.is_blank
    assert SliceRange.blank(10, 4).is_blank


def test_a_table_holds_the_slices_of_each_objective() -> None:
    table = SliceTable.blank(2, 10, 2)
    one = SliceRange(
        11, np.array([1.0]), np.array([2.0]), np.array([3], np.uint16),
        np.array([4], np.uint8),
    )  # fmt: skip
    table.put(np.array([1]), SliceTable.alone(one))
    assert table.of(0).is_blank
    assert table.of(1).bad.tolist() == [0, 1]
    assert table.of(1).valid.tolist() == [0, 2]
    assert (table.of(1).seen.tolist(), table.of(1).state.tolist()) == ([0, 3], [0, 4])
