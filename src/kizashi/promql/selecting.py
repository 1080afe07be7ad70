"""Metrics with their matchers, as words to selectors."""

from kizashi.errors import RegexError
from kizashi.model.labels import METRIC_NAME
from kizashi.model.regexes import Regex, compile_regex
from kizashi.promql.scanner import Word, WordKind
from kizashi.promql.stream import Stream, cut
from kizashi.promql.tree import LabelMatch, VectorSelector

#: Instructions of all regular expressions of one expression.
MOST_INSTRUCTIONS = 100_000
_REGEX_SIGNS = frozenset({"=~", "!~"})
_SIGNS = _REGEX_SIGNS | {"=", "!="}


class Selectors:
    """Reads selectors; the regular expressions of all of them share one bound."""

    def __init__(self, stream: Stream, *, is_checked: bool) -> None:
        """Prepare to read.

        Args:
            stream: The words.
            is_checked: Whether regular expressions are compiled, and a selector that
                takes everything is refused.
        """
        self._stream = stream
        self._is_checked = is_checked
        self._known: dict[str, Regex] = {}
        self._left = MOST_INSTRUCTIONS

    def read(self) -> VectorSelector:
        """Return the selector that begins with the next word: a name, or a brace."""
        start = self._stream.next
        name = self._stream.take().text if start.kind is WordKind.WORD else None
        quoted, matchers = self._braces() if self._stream.takes("{") else ([], [])
        if name is not None:
            if quoted or any(m.name == METRIC_NAME for m in matchers):
                raise self._stream.wrong(
                    start.at, "promql.name-twice", metric=cut(name)
                )
        elif quoted and quoted[0]:
            name = quoted.pop(0)
        # The second name in quotes asks for one series under two names: for none.
        matchers += [LabelMatch(METRIC_NAME, "=", other) for other in quoted]
        if self._is_checked and not name and all(map(self._fits_nothing, matchers)):
            raise self._stream.wrong(start.at, "promql.selects-all")
        return VectorSelector(name, tuple(matchers))

    def _braces(self) -> tuple[list[str], list[LabelMatch]]:
        """Return the names in quotes and the matchers up to the brace's end."""
        stream = self._stream
        names: list[str] = []
        matchers: list[LabelMatch] = []
        while not stream.takes("}"):
            left = self._left_side()
            is_name = left.kind is WordKind.TEXT and stream.next.text in {",", "}"}
            label = stream.text_of(left) if left.kind is WordKind.TEXT else left.text
            if is_name:
                names.append(label)
            else:
                matchers.append(self._matcher(label))
            if not stream.takes(",") and stream.next.text != "}":
                if stream.keyword() == "or":
                    raise stream.wrong(stream.next.at, "promql.or-matchers")
                raise stream.expected("promql.expected.matcher-end")
        return names, matchers

    def _left_side(self) -> Word:
        word = self._stream.next
        is_label = word.kind is WordKind.WORD and ":" not in word.text
        if not is_label and word.kind is not WordKind.TEXT:
            raise self._stream.expected("promql.expected.matcher")
        return self._stream.take()

    def _matcher(self, label: str) -> LabelMatch:
        """Return a matcher from its sign on."""
        if self._stream.next.text not in _SIGNS:
            raise self._stream.expected("promql.expected.matcher-sign")
        sign = self._stream.take().text
        word = self._stream.next
        if word.kind is not WordKind.TEXT:
            raise self._stream.expected("promql.expected.text")
        self._stream.take()
        value = self._stream.text_of(word)
        if sign in _REGEX_SIGNS and self._is_checked:
            self._compile(value, word)
        return LabelMatch(label, sign, value)

    def _compile(self, regex: str, word: Word) -> None:
        """Keep a regular expression's program, which must be small enough."""
        if regex in self._known:
            return
        shown = cut(word.text)
        try:
            compiled = compile_regex(regex)
        except RegexError as error:
            raise self._stream.wrong(
                word.at, "promql.regex", given=shown, why=error
            ) from error
        self._left -= compiled.programsize
        if self._left < 0:
            limit = MOST_INSTRUCTIONS
            raise self._stream.wrong(word.at, "promql.regexes-too-large", limit=limit)
        self._known[regex] = compiled

    def _fits_nothing(self, matcher: LabelMatch) -> bool:
        """Return whether series without the label match."""
        match matcher.op:
            case "=":
                return not matcher.value
            case "!=":
                return bool(matcher.value)
            case _:
                fits = self._known[matcher.value].fullmatch("") is not None
                return fits == (matcher.op == "=~")
