"""How much a task matters, from a language's table of words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """A priority; `NONE` marks words that only look like one."""

    NONE = "none"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class PriorityRow:
    """One line of a language's table."""

    pattern: re.Pattern[str]
    level: Level


def find_priority(
    text: str, rows: Sequence[PriorityRow]
) -> tuple[Level, list[tuple[int, int]]]:
    """Return the priority, and the stretches of text that said so.

    The first row that matches decides; a later one may not read inside an earlier
    one's match.
    """
    level = Level.NORMAL
    taken: list[tuple[int, int]] = []
    said: list[tuple[int, int]] = []
    for row in rows:
        for match in row.pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            if row.level is Level.NONE:
                continue
            if level is Level.NORMAL:
                level = row.level
            if level is row.level:
                said.append(match.span())
    return level, said
