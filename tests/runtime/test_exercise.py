"""The exercise's times, worked out by hand, and what it accepts."""

import pytest

from kizashi.runtime.exercise import Step, Timing


def test_the_times_follow_from_the_declared_policy() -> None:
    timing = Timing()
    # 14.4 x (1 - 0.99) = 0.144 of all requests; all of them fail.
    assert timing.detection_s == pytest.approx(0.144 * 20)
    # t seconds after the end 5 - t of 5 s are bad: 0.144 of them at t = 4.28.
    assert timing.reset_s == pytest.approx(4.28)
    # 2.5 s counted after the last scrape, 2.5 s until half is unseen, 5 s of that.
    assert timing.loss_s == pytest.approx(10)
    assert timing.seen_again_s == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("observed_s", "is_good"),
    [(None, False), (1.8, False), (1.9, True), (6.88, True), (6.89, False)],
)
def test_a_step_is_good_when_it_came_in_time_and_not_before_it_could(
    observed_s: float | None, *, is_good: bool
) -> None:
    assert Step("x", observed_s, 2.88, 6.88).is_in_bound is is_good
