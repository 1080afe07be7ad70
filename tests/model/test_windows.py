"""Windows of objectives: their text, and what is none."""

import pytest
from hypothesis import given, strategies as st

from kizashi.errors import DurationError
from kizashi.model.windows import RollingWindow


@pytest.mark.parametrize(
    ("text", "length_ms", "said"),
    [
        ("30d", 2_592_000_000, "30d"),
        ("720h", 2_592_000_000, "30d"),
        ("28d", 2_419_200_000, "4w"),
        ("90m", 5_400_000, "1h30m"),
        ("1500ms", 1_500, "1s500ms"),
    ],
)
def test_a_window_is_read_and_said_as_prometheus_does(
    text: str, length_ms: int, said: str
):
    window = RollingWindow.parse(text)

    assert window == RollingWindow(length_ms)
    assert str(window) == said


@given(st.integers(1, 400 * 86_400_000))
def test_what_a_window_says_is_read_as_the_same_window(length_ms: int):
    window = RollingWindow(length_ms)

    assert RollingWindow.parse(str(window)) == window


@pytest.mark.parametrize("text", ["0", "0s", "", "30", "a month", "-1d"])
def test_a_text_that_is_no_time_is_no_window(text: str):
    with pytest.raises(DurationError):
        RollingWindow.parse(text)


def test_a_window_is_longer_than_nothing():
    with pytest.raises(DurationError, match=r"window is 0 ms; expected above 0"):
        RollingWindow(0)


def test_windows_stand_in_order_of_their_lengths():
    texts = ["30d", "1h", "4w"]

    assert sorted(map(RollingWindow.parse, texts)) == [
        RollingWindow(3_600_000),
        RollingWindow(2_419_200_000),
        RollingWindow(2_592_000_000),
    ]
