"""The words of an expression, taken one after the other."""

import math
from collections.abc import Callable, Sequence

from kizashi.errors import PromqlError
from kizashi.model.names import NO_LABELS
from kizashi.promql.quoting import unquote
from kizashi.promql.scanner import Word, WordKind, wrong_at

#: Words that are numbers, in any case.
VALUES = {"inf": math.inf, "nan": math.nan}
_LONGEST_SHOWN = 60
#: What is said where an expression ends too early; within brackets it cannot.
_ENDED = {
    "promql.expected.arguments": "promql.ended.arguments",
    "promql.expected.duration": "promql.ended.duration",
    "promql.expected.expression": "promql.ended.expression",
    "promql.expected.labels": "promql.ended.labels",
    "promql.expected.time": "promql.ended.time",
    "promql.expected.time-call": "promql.ended.time-call",
}


class Stream:
    """Words that are read in order; what is wrong is told at its place."""

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self.text = text
        last = words[-1].at + len(words[-1].text) if words else 0
        #: No word is empty but the one behind the last.
        self._words = (*words, Word(WordKind.OTHER, "", last, 0, ""))
        self._at = 0
        #: The word that comes next; an empty one at the end.
        self.next = self._words[0]

    def after(self) -> Word:
        """Return the word behind the next one; at the end the end."""
        return self._words[min(self._at + 1, len(self._words) - 1)]

    def take(self) -> Word:
        """Return the next word and pass it."""
        word = self.next
        self._at = min(self._at + 1, len(self._words) - 1)
        self.next = self._words[self._at]
        return word

    def takes(self, *texts: str) -> bool:
        """Pass the next word if it is one of some signs; return whether it was."""
        found = self.next.text in texts
        if found:
            self.take()
        return found

    def keyword(self) -> str:
        """Return the next word in small letters if it is a word, else nothing."""
        word = self.next
        return word.text.lower() if word.kind is WordKind.WORD else ""

    def wrong(self, at: int, code: str, **params: object) -> PromqlError:
        """Return the error of a message at a place of the text."""
        return wrong_at(self.text, at, code, **params)

    def expected(self, code: str) -> PromqlError:
        """Return the error that something else stands here, or nothing any more."""
        word = self.next
        if not word.text:
            return self.wrong(word.at, _ENDED[code])
        return self.wrong(word.at, code, found=cut(word.text))

    def text_of(self, word: Word) -> str:
        """Return what a text in quotes says."""
        try:
            return unquote(word.text)
        except ValueError as error:
            is_unicode = isinstance(error, UnicodeError)
            code = "promql.not-utf8" if is_unicode else "promql.escape"
            raise self.wrong(word.at, code, given=cut(word.text)) from error

    def value_of(self, word: Word, read: Callable[[str], float], code: str) -> float:
        """Return what a number or a duration says."""
        try:
            return read(word.text)
        except ValueError as error:
            raise self.wrong(word.at, code, given=cut(word.text)) from error

    def labels(self) -> tuple[str, ...]:
        """Return the labels of a grouping, brackets around them."""
        if not self.takes("("):
            raise self.expected("promql.expected.labels")
        found: list[str] = []
        while not self.takes(")"):
            found.append(self._label())
            if not self.takes(",") and self.next.text != ")":
                raise self.expected("promql.expected.label-end")
        return tuple(found)

    def _label(self) -> str:
        word = self.next
        if word.kind is WordKind.TEXT:
            self.take()
            return self.text_of(word)
        is_label = word.kind is WordKind.WORD and ":" not in word.text
        if not is_label or word.text.lower() in NO_LABELS:
            raise self.expected("promql.expected.label")
        self.take()
        return word.text


def cut(text: str) -> str:
    """Return a text that a message can show."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
