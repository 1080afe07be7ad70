"""Expressions in one form, so that they can be compared however they are laid out.

It works on words alone, in time that grows with their number: whatever a server says
that it runs can be compared, syntax that no parser of ours knows among it.

Source: Prometheus, "Querying basics" and "Operators"; a server writes expressions anew
before it tells them.
"""

import math
from collections.abc import Callable, Iterator, Sequence

from kizashi.errors import DurationError, PromqlError
from kizashi.model.durations import parse_duration
from kizashi.model.labels import METRIC_NAME
from kizashi.promql.quoting import quote, unquote
from kizashi.promql.scanner import Word, WordKind, scan
from kizashi.promql.writer import number

_GROUPINGS = frozenset({"by", "without"})
_SIDES = frozenset({"group_left", "group_right"})
_AGGREGATIONS = frozenset(
    [
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "group",
        "stddev",
        "stdvar",
        "topk",
        "bottomk",
        "count_values",
        "quantile",
        "limitk",
        "limit_ratio",
    ]
)
#: Words that are the same in any case.
_KEYWORDS = (
    _GROUPINGS
    | _SIDES
    | _AGGREGATIONS
    | frozenset(
        [
            "and",
            "or",
            "unless",
            "atan2",
            "bool",
            "on",
            "ignoring",
            "offset",
            "inf",
            "nan",
        ]
    )
)
_VALUES = {"inf": math.inf, "nan": math.nan}
_OF_MATCHER = 3
#: Of one expression; our own have 126,000 where a group serves 500 objectives.
_LONGEST = 256 * 1024
#: Of all that are compared together: some seconds of work.
_MOST_CHARACTERS = 4 * 1024 * 1024


class Forms:
    """Compares expressions however they are laid out, each put into form once.

    What is huge, or too much altogether, is compared by its words as they stand: a
    server that says so much is not asked to be right.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._left = _MOST_CHARACTERS

    def are_one(self, one: str, other: str) -> bool:
        """Return whether two expressions are one."""
        return one == other or self.of(one) == self.of(other)

    def of(self, text: str) -> str:
        """Return an expression's form."""
        found = self._known.get(text)
        if found is None:
            is_within = len(text) <= min(self._left, _LONGEST)
            self._left -= len(text) if is_within else 0
            found = canonical(text) if is_within else " ".join(text.split())
            self._known[text] = found
        return found


def canonical(text: str) -> str:
    """Return an expression in one form; its words as they stand if they do not match."""
    try:
        words = list(scan(text))
    except PromqlError:
        return " ".join(text.split())
    return " ".join(_Arranger(words).arranged())


class _Arranger:
    """Puts words in order; a list among them is filled in later."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._out: list[str | list[str]] = []
        #: For each open parenthesis where a grouping goes that comes behind it.
        self._open: list[list[str] | None] = []
        self._at = 0

    def arranged(self) -> Iterator[str]:
        """Yield the words in their one order."""
        while self._at < len(self._words):
            word = self._words[self._at]
            self._at += 1
            self._step(word)
        for part in self._out:
            if isinstance(part, str):
                yield part
            else:
                yield from part

    def _step(self, word: Word) -> None:
        match word.text:
            case "{":
                self._braces()
            case "(":
                self._opened()
            case ")":
                self._closed()
            case _:
                plain = _plain(word)
                if plain == "offset":
                    self._offset()
                else:
                    self._out.append(plain)
                    if plain in _SIDES and self._next() != "(":
                        self._out += ["(", ")"]

    def _next(self) -> str:
        return self._words[self._at].text if self._at < len(self._words) else ""

    def _before(self) -> str:
        last = self._out[-1] if self._out else ""
        return last if isinstance(last, str) else ""

    def _opened(self) -> None:
        slot: list[str] | None = None
        if self._before() in _AGGREGATIONS:
            slot = []
            self._out.append(slot)
        self._open.append(slot)
        self._out.append("(")

    def _closed(self) -> None:
        if self._before() == ",":
            self._out.pop()
        self._out.append(")")
        # A bracket that an offset or a grouping has taken was never opened here.
        slot = self._open.pop() if self._open else None
        if slot is not None and self._next().lower() in _GROUPINGS:
            slot.append(self._next().lower())
            self._at += 1
            slot += self._until(")")
            if slot[-2:-1] == [","]:
                del slot[-2]
        elif self._out[-3:] == ["ignoring", "(", ")"]:
            del self._out[-3:]

    def _until(self, closing: str) -> Iterator[str]:
        """Yield the words up to the next bracket of a kind, and pass them."""
        while self._at < len(self._words):
            word = self._words[self._at]
            self._at += 1
            yield _plain(word)
            if word.text == closing:
                return

    def _offset(self) -> None:
        """Put an offset behind the time that it is counted from."""
        offset = ["offset"]
        if self._next() in {"-", "+"}:
            offset += [self._next()] if self._next() == "-" else []
            self._at += 1
        if self._at < len(self._words):
            offset.append(_plain(self._words[self._at]))
            self._at += 1
        if self._next() == "@":
            self._out += ["@", *self._time()]
        self._out += offset

    def _time(self) -> Iterator[str]:
        """Yield what stands behind ``@``."""
        self._at += 1
        word = self._next()
        if word in {"start", "end"}:
            yield from self._until(")")
            return
        for _ in range(2 if word in {"-", "+"} else 1):
            if self._at < len(self._words):
                yield _plain(self._words[self._at])
                self._at += 1

    def _braces(self) -> None:
        """Take matchers: sorted, the metric's name in front."""
        entries: list[list[str]] = [[]]
        while self._at < len(self._words):
            word = self._words[self._at]
            self._at += 1
            if word.text == "}" and word.kind is WordKind.CLOSE:
                break
            if word.text == ",":
                entries.append([])
            else:
                entries[-1].append(_plain(word, is_matcher=True))
        matchers, name = [], ""
        for entry in filter(None, entries):
            fixed = _fixed_name(entry)
            if fixed is not None and not name:
                name = fixed
            else:
                matchers.append(" ".join(entry))
        if name:
            self._out.append(name)
        if matchers:
            self._out += ["{", ",".join(sorted(matchers)), "}"]


def _fixed_name(entry: Sequence[str]) -> str | None:
    """Return the metric's name that a matcher fixes, as it stands before braces."""
    if len(entry) == 1 and entry[0].startswith('"'):
        return _bare_name(entry[0])
    if len(entry) == _OF_MATCHER and entry[:2] == [METRIC_NAME, "="]:
        return _bare_name(entry[2])
    return None


def _bare_name(quoted: str) -> str:
    inner = quoted[1:-1]
    is_plain = inner.replace(":", "_").isidentifier() and inner.isascii()
    return inner if is_plain else quoted


def _plain(word: Word, *, is_matcher: bool = False) -> str:
    """Return a word as it is written in the one form."""
    match word.kind:
        case WordKind.TEXT:
            return _or(lambda: quote(unquote(word.text)), word.text)
        case WordKind.NUMBER:
            return _or(lambda: number(_seconds(word.text)), word.text)
        case WordKind.WORD if not is_matcher and word.text.lower() in _KEYWORDS:
            small = word.text.lower()
            return number(_VALUES[small]) if small in _VALUES else small
        case _:
            return word.text


def _seconds(text: str) -> float:
    """Return a number, or a duration in seconds.

    Raises:
        ValueError: If it is neither.
    """
    if text[:2].lower() == "0x":
        return float(int(text, 16))
    if text[-1].isdigit() or text[-1] == ".":
        return float(text)
    try:
        return parse_duration(text) / 1000
    except DurationError as error:
        raise ValueError(text) from error


def _or(make: Callable[[], str], otherwise: str) -> str:
    try:
        return make()
    except (ValueError, OverflowError):
        return otherwise
