"""Rules 18 to 20, each in a story that a hand works out and promtool lives through.

A scrape is a slice of 15 seconds; the pair has windows of eight slices and of four, or
of five where targets die, and a limit of a fifth.
"""

from pathlib import Path

import pytest
from told_stories import BAD, FAILED, OK, Told, check

from kizashi.rules.series_names import Series

pytestmark = pytest.mark.peer("prometheus")

#: What was never held says nothing, until the slow rules have looked too.
HELD = f"{Series.PAIR_HELD} or vector(0)"


def window(series: Series, text: str) -> str:
    return f'{series}{{window="{text}"}}'


def test_rule_18_growth_is_exact_across_failed_scrapes_and_resets(tmp_path: Path):
    story = Told(
        {
            OK: "0 10 20 _ 40 5 5 6",
            FAILED: "0 0 1 _ 3 3 0 2",
            "up": "1 1 1 0 1 1 1 1",
        },
        bad=[0, 0, 1, 0, 2, 0, 0, 2],
        # 10 + 0, 10 + 1, none, 20 + 2, a restart at 5, a restart at 0, 1 + 2.
        valid=[0, 10, 11, 0, 22, 5, 0, 3],
        seen=[1] * 8,
    )
    check(tmp_path, BAD, [story])


def test_rule_18_growth_across_more_than_five_minutes_is_left_out(tmp_path: Path):
    def away(scrapes: int, counted: int) -> Told:
        up = f"1 1 0x{scrapes - 1} 1"
        columns = {OK: f"0 10 _x{scrapes} 50", FAILED: f"0 0 _x{scrapes} 0", "up": up}
        last = {f"{Series.SLICE_VALID}": counted}
        return Told(columns, [], last=last, slices=scrapes + 3)

    # From the second scrape to the last one: 20 intervals are 5 minutes, 21 are more.
    check(tmp_path, BAD, [away(19, 40), away(20, 0)])


def test_rule_18_a_counter_that_appears_counts_from_zero(tmp_path: Path):
    """After a quarter of an hour the rules know what had been stored."""
    quiet = 60
    columns = {OK: f"7x{quiet + 2}", FAILED: f"_x{quiet} 1 1", "up": f"1x{quiet + 2}"}
    birth = Told(columns, [], last={f"sum_over_time({Series.SLICE_BAD}[2h])": 1},
                 slices=quiet + 2)  # fmt: skip
    unknown = {**columns, "up": f"1x{quiet - 2} 0 1 1"}
    baseline = Told(unknown, [], last={f"sum_over_time({Series.SLICE_BAD}[2h])": 0},
                    slices=quiet + 2)  # fmt: skip
    check(tmp_path, BAD, [birth, baseline])


def test_rule_19_a_window_holds_as_many_slices_as_it_is_long(tmp_path: Path):
    steady = {OK: "0+9x19", FAILED: "0+1x19"}
    full = {
        window(Series.WINDOW_BAD, "2m"): 8,
        window(Series.WINDOW_BAD, "1m"): 4,
        window(Series.WINDOW_VALID, "2m"): 80,
        window(Series.WINDOW_COVERAGE, "2m"): 1,
    }
    young = {
        window(Series.WINDOW_BAD, "2m"): 5,
        window(Series.WINDOW_BAD, "1m"): 4,
        window(Series.WINDOW_COVERAGE, "2m"): 0.75,
        window(Series.WINDOW_COVERAGE, "1m"): 1,
    }
    check(
        tmp_path,
        BAD,
        [
            Told(steady, [], last=full, slices=20),
            Told(steady, [], last=young, slices=6),
        ],
    )


def test_rule_20_what_is_held_is_held_until_data_says_that_it_is_over(tmp_path: Path):
    def after(more_ok: str, more_failed: str, up: str, slices: int, held: int) -> Told:
        """Return twelve slices in which half of all fail, and what comes after."""
        columns = {
            OK: f"0+5x11 {more_ok}",
            FAILED: f"0+5x11 {more_failed}",
            "up": f"1x11 {up}",
        }
        return Told(columns, [], last={HELD: held}, slices=12 + slices)

    check(
        tmp_path,
        BAD,
        [
            after("60", "60", "1", 1, 1),
            # Nobody answers for a quarter of an hour.
            after("_x60", "_x60", "0x60", 60, 1),
            # All is well: after three slices the short window holds two bad slices,
            # 10 of 35 events; after four it holds one, 5 of 30, within the limit.
            after("60 65 70", "55 55 55", "1 1 1", 3, 1),
            after("60 65 70 75", "55 55 55 55", "1 1 1 1", 4, 0),
        ],
        short=5,
    )


def test_rule_20_what_does_not_fire_is_not_held(tmp_path: Path):
    def steady(ok: int, failed: int, slices: int, held: int) -> Told:
        columns = {OK: f"0+{ok}x{slices - 1}", FAILED: f"0+{failed}x{slices - 1}"}
        return Told(columns, [], last={HELD: held}, slices=slices)

    # Two of ten are the limit, and three more than it; two bad events are too few.
    check(
        tmp_path,
        BAD,
        [steady(8, 2, 20, 0), steady(7, 3, 20, 1), steady(0, 1, 3, 0), steady(0, 1, 4, 1)],
    )  # fmt: skip
