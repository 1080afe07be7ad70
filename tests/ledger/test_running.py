"""The running sums: rules 5, 7, 8, 12 and 13, slice by slice, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.errors import StoreError
from kizashi.ledger.running import REACH_SLICES, SETTLED_SLICES, Ledger, RunningWindow
from kizashi.model.arrays import FloatArray, UInt16Array
from kizashi.slo.slices import SliceRange, SliceTable
from kizashi.slo.window_sums import SEEN_ONE, State, WindowSums

BAD_AND_VALID = np.array([0, 1])
AHEAD = 40


def leaves_nothing(
    window: RunningWindow, _number: int
) -> tuple[FloatArray, UInt16Array]:
    many = len(window.members)
    return np.zeros((many, 2)), np.zeros(many, np.uint16)


def ledger(*windows: int, newest: int = 1_000, objectives: int = 1) -> Ledger:
    return Ledger([windows] * objectives, newest, AHEAD)


def close(
    one: Ledger,
    bad: float = 0,
    valid: float = 0,
    *,
    seen: int = SEEN_ONE,
    state: State = State.LIVE,
) -> None:
    """Close the next slice, with the events of its one objective."""
    one.add(one.newest + 1, BAD_AND_VALID, np.array([bad, valid], np.float64))
    one.close(np.array([seen], np.uint16), np.array([state], np.uint8), leaves_nothing)


def sums(one: Ledger, slices: int) -> tuple[float, float, int]:
    found = one.window(0, slices)
    return found.bad, found.valid, found.seen


def test_rule_7_a_window_holds_as_many_slices_as_it_is_long() -> None:
    one = ledger(1, 3)
    for bad in (1, 2, 4, 8):
        close(one, bad, 10 * bad)
    assert sums(one, 1) == (8, 80, SEEN_ONE)
    assert sums(one, 3) == (14, 140, 3 * SEEN_ONE)


def test_rule_7_windows_as_long_as_memory_lose_their_oldest_slice() -> None:
    one = ledger(REACH_SLICES, newest=0)
    close(one, 1, 1)
    for _ in range(REACH_SLICES - 1):
        close(one)
    assert sums(one, REACH_SLICES) == (1, 1, REACH_SLICES * SEEN_ONE)
    close(one)
    assert sums(one, REACH_SLICES) == (0, 0, REACH_SLICES * SEEN_ONE)


def test_rule_7_longer_windows_are_handed_the_slice_that_they_lose() -> None:
    length = REACH_SLICES + 1
    one, asked = ledger(length), []

    def leaving(window: RunningWindow, number: int) -> tuple[FloatArray, UInt16Array]:
        asked.append((window.slices, number))
        return np.array([[2.0, 3.0]]), np.array([5], np.uint16)

    one.set_sums(0, WindowSums(length, 10, 20, 30))
    one.close(np.array([7], np.uint16), np.array([4], np.uint8), leaving)
    assert asked == [(length, 1_001 - length)]
    assert sums(one, length) == (8, 17, 32)


def test_a_slice_whose_loss_cannot_be_read_is_not_closed() -> None:
    one = ledger(2, REACH_SLICES + 1)
    close(one, 1, 1)

    def fail(_window: RunningWindow, _number: int) -> tuple[FloatArray, UInt16Array]:
        raise StoreError("gone")

    one.add(1_002, BAD_AND_VALID, np.array([1.0, 1.0]))
    with pytest.raises(StoreError):
        one.close(np.array([SEEN_ONE], np.uint16), np.array([4], np.uint8), fail)
    assert (one.newest, sums(one, 2)) == (1_001, (1, 1, SEEN_ONE))


def test_rule_8_events_that_come_late_amend_every_window_that_holds_their_slice() -> (
    None
):
    one = ledger(1, 3)
    for _ in range(4):
        close(one, 1, 10)  # 1,001 to 1,004
    assert one.add(1_002, BAD_AND_VALID, np.array([5.0, 50.0]))
    assert (sums(one, 1)[:2], sums(one, 3)[:2]) == ((1, 10), (8, 80))
    assert one.add(1_001, BAD_AND_VALID, np.array([7.0, 70.0]))
    assert sums(one, 3)[:2] == (8, 80)
    assert one.slices(0, 1_001, 2).bad.tolist() == [8, 6]
    close(one, 1, 10)
    assert sums(one, 3)[:2] == (3, 30)  # What amended a slice leaves with it.


def test_rule_8_slices_out_of_memory_take_no_events() -> None:
    one = ledger(2, newest=2_000)
    event = np.array([1.0])
    oldest = 2_000 - REACH_SLICES
    assert [one.add(n, np.array([0]), event) for n in (oldest, oldest + 1)] == [
        False, True,
    ]  # fmt: skip
    newest = 2_000 + AHEAD
    assert [one.add(n, np.array([0]), event) for n in (newest + 1, newest)] == [
        False, True,
    ]  # fmt: skip


def test_rule_8_events_of_slices_to_come_wait_for_them() -> None:
    one = ledger(2)
    one.add(1_002, BAD_AND_VALID, np.array([3.0, 4.0]))
    close(one)
    assert sums(one, 2)[:2] == (0, 0)
    close(one)
    assert sums(one, 2)[:2] == (3, 4)


def test_rule_8_somebody_is_told_of_slices_amended_when_they_were_settled() -> None:
    one = ledger(2)
    event = np.array([1.0])
    one.add(1_000 - SETTLED_SLICES + 1, np.array([0]), event)
    assert one.amended == 0
    one.add(1_000 - SETTLED_SLICES, np.array([0]), event)
    assert one.amended == 1


def test_rule_8_a_slot_that_is_used_again_is_blank() -> None:
    one = ledger(1)
    close(one, 5, 5)
    for _ in range(REACH_SLICES + AHEAD):
        close(one)
    close(one)
    assert sums(one, 1) == (0, 0, SEEN_ONE)


def test_rule_12_growth_that_came_too_late_makes_idle_slices_live() -> None:
    one = ledger(1)
    for state in (State.IDLE, State.ABSENT, State.LIVE, State.IDLE, State.IDLE):
        close(one, state=state)
    one.mark_live(np.array([0]), 1_001, 1_004)
    states = [State(code) for code in one.slices(0, 1_001, 5).state]
    assert states == [State.LIVE, State.ABSENT, State.LIVE, State.LIVE, State.IDLE]
    assert one.state(0) == State.IDLE


def test_rule_12_growth_is_looked_for_in_the_slices_about_to_close() -> None:
    one = ledger(1)
    close(one, 0, 9)
    close(one, 0, 1)
    one.add(1_003, np.array([1]), np.array([3.0]))
    assert [one.grew(back).tolist() for back in (1, 2, 3)] == [[3], [4], [13]]


def test_rule_13_the_seen_share_of_a_window_is_a_sum_of_all_its_slices() -> None:
    one = ledger(2, 4)
    for seen in (SEEN_ONE, 0, SEEN_ONE // 2):
        close(one, seen=seen)
    # The slice before was never seen; it is part of the window all the same.
    assert one.window(0, 4).coverage == 1.5 / 4
    assert one.window(0, 2).coverage == 0.25


def test_rule_5_tenths_leave_no_dust_behind() -> None:
    one = ledger(3, newest=0)
    for number in range(1, 300):
        close(one, valid=0.1 if number < 230 else 0)
    # Floats added and taken away 0.1 left 1e-16 or so, until all is added up anew.
    assert one.newest > 240
    assert sums(one, 3)[1] == 0.0
    assert one.inexact == [0]


def test_rule_5_a_vast_slice_swallows_nothing() -> None:
    one = ledger(3)
    close(one, valid=2.0**60)
    close(one, valid=1)
    close(one, valid=1)
    close(one, valid=1)
    assert sums(one, 3)[1] == 3.0  # Not 0: 2^60 + 1 is 2^60 in floats.


def test_stored_slices_are_put_in_place_and_added_up() -> None:
    one = ledger(2, 3)
    table = SliceTable.blank(1, 997, 4)
    table.counts[:, 0] = [(1, 10), (2, 20), (4, 40), (8, 80)]
    table.seen[:, 0] = [1, 2, 3, 4]
    one.load(0, table)
    one.add_up(0, table)
    assert sums(one, 2) == (12, 120, 7)
    assert sums(one, 3) == (14, 140, 9)
    assert one.slices(0, 998, 2).bad.tolist() == [2, 4]
    close(one, 16, 160)
    assert sums(one, 2)[:2] == (24, 240)


def test_slices_put_in_place_of_others_change_the_windows_that_hold_them() -> None:
    one = ledger(2, 3)
    for _ in range(3):
        close(one, 1, 10)
    old = one.slices(0, 1_001, 2)
    new = SliceRange.blank(1_001, 2)
    new.bad[:], new.seen[:] = [5, 7], SEEN_ONE
    one.amend(0, old, new)
    assert sums(one, 2) == (8, 10, 2 * SEEN_ONE)  # 7 + 1 and 0 + 10
    assert sums(one, 3) == (13, 10, 3 * SEEN_ONE)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.data())
def test_rules_7_and_8_windows_are_sums_of_their_slices_whatever_comes_when(
    events: list[int], data: st.DataObject
) -> None:
    one, by_slice = ledger(1, 2, 5), {}
    for valid in events:
        number = one.newest + data.draw(st.integers(-4, 3))
        one.add(number, np.array([1]), np.array([float(valid)]))
        by_slice[number] = by_slice.get(number, 0) + valid
        close(one)
        for length in (1, 2, 5):
            held = range(one.newest - length + 1, one.newest + 1)
            assert sums(one, length)[1] == sum(by_slice.get(n, 0) for n in held)
