"""Text for a terminal: columns that line up in every script, colours, no escapes."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

from kizashi.logs.logging import printable
from kizashi.settings.environment import allows_color

_GAP = "  "
_RESET = "\x1b[0m"


class Tone(StrEnum):
    """How loud a cell is. Its text says the same: colour is never alone."""

    PLAIN = ""
    GOOD = "\x1b[32m"
    WARNING = "\x1b[33m"
    BAD = "\x1b[1;31m"
    FAINT = "\x1b[2m"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; numbers stand to the right."""

    text: str
    tone: Tone = Tone.PLAIN
    is_right: bool = False


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    Source: Unicode Standard Annex 11, "East Asian Width"; ambiguous ones are narrow.
    """
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def table(rows: Sequence[Sequence[Cell]], *, color: bool = False) -> str:
    """Return rows of cells as lines whose columns line up, without a line end.

    Args:
        rows: Each with the same number of cells. Whatever they hold is made harmless.
        color: Whether tones are shown.
    """
    texts = [[printable(cell.text) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
    lines = []
    for row, row_texts in zip(rows, texts, strict=True):
        cells = [
            _padded(cell, text, columns, color=color)
            for cell, text, columns in zip(row, row_texts, widths, strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines)


def table_width(rows: Sequence[Sequence[Cell]]) -> int:
    """Return how many columns of a terminal a table takes."""
    columns = zip(*rows, strict=True)
    widths = [max(width(printable(cell.text)) for cell in each) for each in columns]
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _padded(cell: Cell, text: str, columns: int, *, color: bool) -> str:
    space = " " * (columns - width(text))
    shown = painted(text, cell.tone, color=color)
    return space + shown if cell.is_right else shown + space


def painted(text: str, tone: Tone, *, color: bool) -> str:
    """Return a harmless text in a tone where colours are shown."""
    return f"{tone.value}{text}{_RESET}" if color and tone else text


def utc(seconds: float) -> str:
    """Return Unix seconds as people write a time, in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def columns_of(stream: TextIO) -> int | None:
    """Return how many columns a terminal has, None for what is no terminal."""
    if not stream.isatty():
        return None
    try:
        # A terminal that does not know says 0.
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def shows_color(stream: TextIO) -> bool:
    """Return whether to write colours to a stream: a terminal whose user wants them."""
    return stream.isatty() and allows_color()
