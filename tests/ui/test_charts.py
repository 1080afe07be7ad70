"""A chart is said once: what the server draws is what the script is told."""

from dataclasses import replace
from datetime import UTC

import pytest

from kizashi.ui.parts.charts import Chart, ChartSeries, ChartUnit, script_of
from kizashi.ui.parts.drawings import line_path, plot
from kizashi.ui.parts.tones import budget_tone, error_tone, heat_steps, seen_tone
from kizashi.ui.parts.words import Words

WORDS = Words("en", UTC, 0.0)
BURNS = Chart(
    "burns",
    "Burn rates",
    (10.0, 20.0, 30.0),
    (ChartSeries("burn 1h", "1 h", (0.5, None, 2.0)),),
    ChartUnit.TIMES,
    limits=(1.0, 6.0, 14.4),
)


def test_what_lies_on_two_sides_of_a_gap_is_not_joined():
    # Four points over 792 of 800: 264 apart, between 196 at the foot and 4 at the top.
    assert line_path((1.0, None, 0.5, 1.0), 1.0) == "M4.0 4.0M532.0 100.0L796.0 4.0"


@pytest.mark.parametrize(
    ("values", "limits", "top"),
    [
        ((0.5, None), (1.0, 6.0), 1.0),
        ((2.0, None), (1.0, 6.0), 6.0),
        ((50.0,), (1.0, 6.0), 50.0),
        ((50.0,), (), 50.0),
        ((0.0,), (), 1.0),
        ((None,), (), 1.0),
    ],
)
def test_a_scale_ends_at_the_limit_above_its_lines(
    values: tuple[float | None, ...], limits: tuple[float, ...], top: float
):
    series = (ChartSeries("x", "x", values),)
    assert replace(BURNS, series=series, limits=limits).top == top


def test_limits_are_drawn_as_far_as_the_scale_goes():
    svg = plot(BURNS)

    # The highest is 2, so the scale ends at 6: 1 is a sixth of it.
    assert svg.count('class="mark"') == 2
    assert 'd="M4 164.0H796"' in svg
    assert 'd="M4 4.0H796"' in svg


def test_the_script_is_told_what_is_drawn():
    told = script_of(BURNS, WORDS)

    assert told["series"] == [{"key": "burn 1h", "label": "1 h", "tone": "first"}]
    assert told["limits"] == [1.0, 6.0, 14.4]
    assert told["unit"] == [{"text": "{n}×", "times": 1.0, "digits": 2, "below": None}]
    assert BURNS.top_text(WORDS) == "6.00×"


@pytest.mark.parametrize(
    ("value", "written", "told"),
    [(0.25, "250 ms", "{n} ms"), (1.0, "1.00 s", "{n} s"), (2.5, "2.50 s", "{n} s")],
)
def test_both_write_a_value_in_the_same_unit(value: float, written: str, told: str):
    unit = ChartUnit.SECONDS
    steps = (step for step in unit.steps if step.below is None or value < step.below)

    assert unit.write(WORDS, value) == written
    assert WORDS.t(next(steps).text, n="{n}") == told


@pytest.mark.parametrize(
    ("left", "tone"),
    [
        (None, "plain"),
        (0.25, "plain"),
        (0.2499, "warning"),
        (0.0, "bad"),
        (-1.0, "bad"),
    ],
)
def test_a_budget_has_the_tone_of_its_level(left: float | None, tone: str):
    assert budget_tone(left) == tone


def test_tones_begin_at_their_limits():
    ratios = (None, 0.0049, 0.005, 0.0499, 0.05)
    assert [*map(error_tone, ratios)] == ["plain", "plain", "warning", "warning", "bad"]
    shares = (None, 0.0, 0.4, 0.99, 0.991)
    assert [*map(seen_tone, shares)] == ["unseen", "unseen", "little", "most", "whole"]
    # Of a hundred: up to 1, 5, 20 and 50 of them.
    assert heat_steps([[None, 0, 1, 2], [5, 20, 50, 100]]) == [
        [0, 0, 1, 2],
        [2, 3, 4, 5],
    ]
