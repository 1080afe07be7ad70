"""Where a part of a scalar's text stands in its file.

Folding, indentation, quotes and escapes move the characters of a scalar about, but keep
their order, and add or drop blanks only. So the place of a character is found by the
number of characters before it that are no blanks.

Source: YAML 1.2.2, chapters 7 and 8.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from kizashi.model.positions import Position

#: What libyaml takes for a line's end, so that lines count the same here and there.
LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ESCAPE = re.compile(
    r"\\(?:x(?P<short>[0-9a-fA-F]{2})|u(?P<long>[0-9a-fA-F]{4})"
    r"|U(?P<longest>[0-9a-fA-F]{8})|(?P<one>.))",
    re.DOTALL,
)
#: Escapes of blanks, and a line's end that is taken back.
_BLANK_ESCAPES = frozenset("tnrvfLPN_ \t\n\r")
#: An anchor and a tag, which stand before the scalar itself.
_NAMES = re.compile(r"(?:[&!]\S*\s+)+")
_BLOCKS = frozenset("|>")
_QUOTES = frozenset("\"'")


@dataclass(frozen=True, slots=True)
class WrittenScalar:
    """A scalar as it stands in its file.

    Attributes:
        file: All of the file's text.
        start: Where the scalar begins there, with its anchor, sign or quote.
        end: Where it ends.
        style: Its sign or quote; empty for a plain one.
    """

    file: str = field(repr=False)
    start: int
    end: int
    style: str

    def place(self, begin: Position, value: str, line: int, col: int) -> Position:
        """Return where a place of the scalar's text stands in the file.

        Args:
            begin: Where the scalar begins.
            value: The scalar's text.
            line: A line of it, from 1.
            col: A column of that line, from 1.
        """
        lines = value.split("\n")
        if line > len(lines):
            return begin
        before = "".join(lines[: line - 1]) + lines[line - 1][: col - 1]
        count = sum(not character.isspace() for character in before)
        is_behind = not lines[line - 1][col - 1 :].strip()
        at = last = None
        for number, index in enumerate(self._characters()):
            if number == count:
                at = index
                break
            last = index
        if at is None or (is_behind and last is not None):
            at = self.start if last is None else last + 1
        parts = LINE_END.split(self.file[self.start : at])
        if len(parts) == 1:
            return Position(begin.file, begin.line, begin.col + len(parts[0]))
        return Position(begin.file, begin.line + len(parts) - 1, len(parts[-1]) + 1)

    def _characters(self) -> Iterator[int]:
        """Yield where each character of the scalar's text stands that is no blank."""
        named = _NAMES.match(self.file, self.start, self.end)
        at, end = self.start if named is None else named.end(), self.end
        if self.style in _BLOCKS:
            header = LINE_END.search(self.file, at, end)
            at = end if header is None else header.end()
        elif self.style in _QUOTES:
            at, end = at + 1, end - 1
        while at < end:
            character = self.file[at]
            escape = _ESCAPE.match(self.file, at, end) if self.style == '"' else None
            if escape is not None:
                if not _is_blank(escape):
                    yield at
                at = escape.end()
                continue
            if not character.isspace():
                yield at
            at += 2 if self.style == "'" and character == "'" else 1


def _is_blank(escape: re.Match[str]) -> bool:
    code = escape["short"] or escape["long"] or escape["longest"]
    if code is not None:
        number = int(code, 16)
        return number <= sys.maxunicode and chr(number).isspace()
    return escape["one"] in _BLANK_ESCAPES
