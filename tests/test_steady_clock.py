"""A clock that goes on through what machines do to their time of day."""

from kizashi.clock import SteadyClock

T0 = 1_800_000_000_000
HOUR = 3_600_000


class Machine:
    def __init__(self) -> None:
        self.wall, self.boot = T0, 5_000
        self.clock = SteadyClock(lambda: self.wall, lambda: self.boot)

    def passes(self, milliseconds: int) -> None:
        self.wall += milliseconds
        self.boot += milliseconds


def test_it_tells_the_time_of_day() -> None:
    machine = Machine()
    machine.passes(90_000)
    assert machine.clock.now_ms() == T0 + 90_000


def test_a_jump_of_the_time_of_day_changes_nothing() -> None:
    for jump in (24 * HOUR, HOUR, -2 * HOUR):
        machine = Machine()
        machine.wall += jump
        machine.passes(15_000)
        assert machine.clock.now_ms() == T0 + 15_000
        assert machine.clock.is_off


def test_a_jump_that_is_taken_back_leaves_no_trace() -> None:
    machine = Machine()
    machine.wall += HOUR
    assert machine.clock.now_ms() == T0
    machine.wall -= HOUR
    machine.passes(1_000)
    assert (machine.clock.now_ms(), machine.clock.is_off) == (T0 + 1_000, False)


def test_small_corrections_are_followed_and_never_go_back() -> None:
    machine = Machine()
    machine.wall += 800
    assert machine.clock.now_ms() == T0 + 800
    machine.wall -= 500
    assert machine.clock.now_ms() == T0 + 800
    machine.passes(1_000)
    assert machine.clock.now_ms() == T0 + 1_300


def test_sleep_of_the_machine_is_time_that_has_passed() -> None:
    machine = Machine()
    machine.passes(8 * HOUR)
    assert machine.clock.now_ms() == T0 + 8 * HOUR
    assert not machine.clock.is_off
