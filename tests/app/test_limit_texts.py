"""The arithmetic of a decision, written out: the same numbers on every face."""

import pytest

from kizashi.app.limit_texts import PAGE, TERMINAL, NumberSigns, comparison, coverage
from kizashi.slo.firing import LimitCheck
from kizashi.slo.objective import NoData
from kizashi.slo.window_sums import SEEN_ONE, WindowSums

HALF_SEEN = WindowSums(slices=4, bad=25, valid=3000, seen=2 * SEEN_ONE)


@pytest.mark.parametrize(
    ("signs", "text"),
    [
        (TERMINAL, "25 x 500 x 0.5 = 6,250 <= 3 x 3,000 = 9,000"),
        (PAGE, "25 × 500 × 0.5 = 6,250 ≤ 3 × 3,000 = 9,000"),
    ],
)
def test_a_comparison_is_written_with_the_signs_of_its_face(
    signs: NumberSigns, text: str
):
    assert comparison(LimitCheck((3, 500), HALF_SEEN, NoData.FREEZE), signs) == text


def test_unseen_time_that_is_bad_stands_in_the_comparison():
    weighing = LimitCheck((3, 500), HALF_SEEN, NoData.BAD)

    # (12.5 + 1,500) x 500.
    assert comparison(weighing, PAGE) == (
        "(25 × 0.5 + 3,000 × (1 − 0.5)) × 500 = 756,250 > 3 × 3,000 = 9,000"
    )


def test_of_a_window_that_nobody_saw_nothing_is_added():
    nothing = LimitCheck((3, 500), WindowSums(4, 0, 0, 0), NoData.BAD)

    assert comparison(nothing, PAGE) == "0 × 500 × 0 = 0 ≤ 3 × 0 = 0"


def test_a_coverage_without_an_end_is_shown_as_its_quotient():
    third = LimitCheck((3, 500), WindowSums(3, 0, 6, SEEN_ONE), NoData.FREEZE)

    assert coverage(third) == "1/3"


def test_a_share_of_a_slice_is_not_shown_as_nothing():
    parts = WindowSums(240, 0, 6, SEEN_ONE // 7 * 2 + SEEN_ONE // 55_440)

    # 15,841 of 55,440 parts of a slice.
    assert coverage(LimitCheck((3, 500), parts, NoData.FREEZE)) == "0.285732/240"
