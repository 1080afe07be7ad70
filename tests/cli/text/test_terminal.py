"""Tables whose columns line up in every script, and colours that are never alone."""

import io
import re

import pytest
from hypothesis import given, strategies as st

from kizashi.cli.text.terminal import Cell, Tone, shows_color, table, width
from kizashi.settings.environment import allows_color

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0), ("abc", 3), ("日本語", 6), ("ｱｲｳ", 3), ("ＡＢ", 4), ("é", 1),
        ("e\u0301", 1), ("が", 2), ("か\u3099", 2), ("a\u200db", 2), ("…", 1), ("🔥", 2),
    ],
)  # fmt: skip
def test_wide_characters_take_two_columns(text: str, columns: int):
    assert width(text) == columns


def test_columns_line_up_in_every_script():
    rows = [
        [Cell("NAME"), Cell("残り", is_right=True), Cell("STATE")],
        [Cell("検索"), Cell("5%", is_right=True), Cell("計測中")],
        [Cell("api"), Cell("-100%", is_right=True), Cell("live")],
    ]

    assert table(rows).split("\n") == [
        "NAME   残り  STATE",
        "検索     5%  計測中",
        "api   -100%  live",
    ]


def test_colours_change_nothing_but_the_colour():
    rows = [
        [Cell("a", Tone.BAD), Cell("1", Tone.GOOD, is_right=True)],
        [Cell("bbb"), Cell("22", Tone.WARNING, is_right=True)],
    ]

    colored = table(rows, color=True)

    assert "\x1b[1;31ma\x1b[0m" in colored
    assert ESCAPES.sub("", colored) == table(rows)
    assert "\x1b" not in table(rows)


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_no_cell_breaks_a_line_or_paints(cells: list[tuple[str, str]]):
    rows = [[Cell(a), Cell(b)] for a, b in cells]

    text = table(rows)

    assert "\x1b" not in text
    assert len(text.split("\n")) == len(rows)
    assert "\r" not in text


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_a_user_may_turn_colours_off(environment: dict[str, str], allowed: bool):
    assert allows_color(environment) is allowed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    assert shows_color(Terminal())
    assert not shows_color(io.StringIO())
