"""Texts that a regular expression matches: many ways through it, the shortest first.

Read as RE2 writes expressions. What is not understood gives texts that do not match;
the caller checks. What one character may be is asked of RE2 itself.

Source: RE2, "Syntax".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kizashi.errors import SelectorError
from kizashi.model.matchers import LabelMatcher, MatchOp

#: So many ways through an expression are tried.
_WAYS: Final = 64
#: So many characters of a class are tried.
_CHARACTERS: Final = 4
#: Tried where a class says what a character must not be, or only of which kind it is.
_ANY: Final = "a0A-/_. :zZ9\téΩя日あ가\U0001f600"
_REPEATED = re.compile(r"(?:\{([0-9]+)(,?)([0-9]*)\}|([*+?]))\??")
_FLAGS = re.compile(r"\(\?[a-zA-Z-]*\)")
_OPENED = re.compile(r"\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?")
_CLASS = re.compile(
    r"\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pPx]\{[^}]*\}|\\.|[^\]\\])*\]", re.DOTALL
)
_ESCAPE = re.compile(
    r"\\(?:[pPx]\{[^}]*\}|[pP].|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL
)
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_EMPTY: Final = frozenset(["\\b", "\\B", "\\A", "\\z", "^", "$"])
_MARKS: Final = {"*": (0, 1), "+": (1, 2), "?": (0, 1)}

#: Chooses one of so many, by its number.
_Choose = Callable[[int], int]
#: A part of an expression: a text that it matches, by choices.
_Part = Callable[[_Choose], str]


@lru_cache(maxsize=1024)
def samples_of(expression: str) -> tuple[str, ...]:
    """Return texts that a regular expression probably matches, each once.

    The first way through it is the first alternative, the first of a class, as few
    repetitions as there may be.
    """
    read = _Reader(expression).alternatives()
    return tuple(dict.fromkeys(read(_Way(number).choose) for number in range(_WAYS)))


@dataclass(slots=True)
class _Way:
    """A number whose digits are choices, the first choice the lowest."""

    rest: int

    def choose(self, count: int) -> int:
        self.rest, chosen = divmod(self.rest, count)
        return chosen


@dataclass(slots=True)
class _Reader:
    """Reads an expression from left to right."""

    text: str
    at: int = 0

    def alternatives(self) -> _Part:
        """Read up to the end of a group, or of all."""
        found = [self._sequence()]
        while self.text.startswith("|", self.at):
            self.at += 1
            found.append(self._sequence())
        return lambda choose: found[choose(len(found))](choose)

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            repeated = _REPEATED.match(self.text, self.at)
            if repeated is not None and parts:
                self.at = repeated.end()
                parts[-1] = _again(parts[-1], *_bounds(repeated))
            else:
                parts.extend(self._items())
        return lambda choose: "".join([part(choose) for part in parts])

    def _items(self) -> Iterator[_Part]:
        """Read one item; a quotation is one for each of its characters."""
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is not None:
            self.at = quoted.end()
            for character in quoted[1]:
                yield _literal(character)
        elif (flags := _FLAGS.match(self.text, self.at)) is not None:
            self.at = flags.end()
        elif (opened := _OPENED.match(self.text, self.at)) is not None:
            self.at = opened.end()
            yield self.alternatives()
            self.at += 1
        else:
            yield self._character()

    def _character(self) -> _Part:
        known = _CLASS.match(self.text, self.at) or _ESCAPE.match(self.text, self.at)
        item = known[0] if known is not None else self.text[self.at]
        self.at += len(item)
        if item in _EMPTY:
            return _literal("")
        if known is None and item != ".":
            return _literal(item)
        characters = _characters(item) or ("",)
        return lambda choose: characters[choose(len(characters))]


def _literal(text: str) -> _Part:
    return lambda _: text


def _again(part: _Part, least: int, most: int) -> _Part:
    return lambda choose: "".join(
        [part(choose) for _ in range(least + choose(most - least + 1))]
    )


def _bounds(repeated: re.Match[str]) -> tuple[int, int]:
    """Return how often at least, and once more where that is allowed."""
    least, comma, most, mark = repeated.groups()
    if mark:
        return _MARKS[mark]
    is_more = bool(comma) and (not most or int(most) > int(least))
    return int(least), int(least) + is_more


@lru_cache(maxsize=1024)
def _characters(item: str) -> tuple[str, ...]:
    """Return characters that a class, an escape or a dot stands for."""
    try:
        is_one = LabelMatcher("", MatchOp.REGEX, item).matches_value
    except SelectorError:
        return ()
    candidates = dict.fromkeys(item + _ANY)
    return tuple([c for c in candidates if is_one(c)][:_CHARACTERS])
