"""Words to trees: the grammar of PromQL.

Operators are put together with stacks, not by recursion; only brackets recurse, and
`scanner.words_of` has counted them. An error names the word where reading stopped.

Source: Prometheus 3, "Querying basics" and "Operators".
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from kizashi.errors import PromqlError
from kizashi.model.names import NO_METRICS
from kizashi.promql.behind import behind
from kizashi.promql.checks import (
    COMPARISONS,
    ExpressionPart,
    aggregated,
    called,
    joined,
    negated,
)
from kizashi.promql.functions import AGGREGATIONS, ValueType
from kizashi.promql.literals import read_seconds
from kizashi.promql.scanner import Word, WordKind
from kizashi.promql.selecting import Selectors
from kizashi.promql.stream import VALUES, Stream
from kizashi.promql.tree import (
    BinaryModifier,
    Grouping,
    Matching,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    Tree,
)

_PRECEDENCE = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(COMPARISONS, 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_TO_THE_RIGHT = frozenset({"^"})
#: A sign before an expression binds as multiplication does: -a^b is -(a^b).
_SIGN = 5
#: Keywords that name no function; a metric has no parentheses behind it.
_NO_FUNCTIONS = frozenset({"and", "or", "unless", "offset", "by", "without"})
_GROUPINGS = frozenset({"by", "without"})
#: What Prometheus knows behind a feature flag only.
_EXPERIMENTAL = frozenset({"start", "end", "step", "range"})
_FILLS = frozenset({"fill", "fill_left", "fill_right"})


class _Pending(NamedTuple):
    """An operator, or a sign before an expression, that waits for its right side."""

    sign: Word
    precedence: int
    said: BinaryModifier | None


class Parser:
    """Reads one expression."""

    def __init__(self, text: str, words: Sequence[Word], *, is_checked: bool) -> None:
        """Prepare to read.

        Args:
            text: The expression.
            words: What it consists of, within the limits.
            is_checked: Whether regular expressions are compiled, and selectors of
                everything refused.
        """
        self._stream = Stream(text, words)
        self._selectors = Selectors(self._stream, is_checked=is_checked)

    def parse(self) -> Tree:
        """Return the tree.

        Raises:
            PromqlError: If it is not PromQL; says why and where.
        """
        if not self._stream.next.text:
            raise self._stream.wrong(0, "promql.empty")
        found = self._expression()
        if self._stream.next.text:
            raise self._unread("promql.expected.operator")
        return found.tree

    def _unread(self, what: str) -> PromqlError:
        """Return the error that an expression is over and something follows."""
        first = self._stream.next
        if self._stream.keyword() in {"anchored", "smoothed"}:
            return self._stream.wrong(first.at, "promql.experimental", given=first.text)
        return self._stream.expected(what)

    def _expression(self) -> ExpressionPart:
        """Return the longest expression that begins with the next word."""
        stream = self._stream
        pending: list[_Pending] = []
        made: list[ExpressionPart] = []
        while True:
            while stream.next.text in {"+", "-"}:
                pending.append(_Pending(stream.take(), _SIGN, None))
            made.append(behind(stream, self._operand()))
            sign = stream.next
            op = (
                sign.text.lower() if sign.kind in {WordKind.SIGN, WordKind.WORD} else ""
            )
            precedence = _PRECEDENCE.get(op, 0)
            while pending and pending[-1].precedence >= precedence:
                if op in _TO_THE_RIGHT and pending[-1].precedence == precedence:
                    break
                self._apply(pending.pop(), made)
            if not precedence:
                return made.pop()
            stream.take()
            pending.append(_Pending(sign, precedence, self._said(sign)))

    def _apply(self, pending: _Pending, made: list[ExpressionPart]) -> None:
        right = made.pop()
        if pending.said is None:
            made.append(negated(self._stream, pending.sign, right))
        else:
            left = made.pop()
            sign, said = pending.sign, pending.said
            made.append(joined(self._stream, sign, said, left, right))

    def _said(self, sign: Word) -> BinaryModifier:
        """Return what is said of an operator that was just passed."""
        stream = self._stream
        if sign.text in {"<", ">"} and stream.next.text == "/":
            raise stream.wrong(sign.at, "promql.experimental", given=f"{sign.text}/")
        said = BinaryModifier()
        if stream.keyword() == "bool":
            stream.take()
            said = replace(said, is_bool=True)
        if stream.keyword() in {"on", "ignoring"}:
            is_on = stream.take().text.lower() == "on"
            said = replace(said, matching=Matching(is_on, stream.labels()))
            if stream.keyword() in {"group_left", "group_right"}:
                is_left = stream.take().text.lower() == "group_left"
                labels = stream.labels() if stream.next.text == "(" else ()
                side: Literal["left", "right"] = "left" if is_left else "right"
                said = replace(said, group=side, group_labels=labels)
        if stream.keyword() in _FILLS and stream.after().text == "(":
            word = stream.next
            raise stream.wrong(word.at, "promql.experimental", given=word.text)
        return said

    def _operand(self) -> ExpressionPart:
        """Return what the next word begins, without what binds behind it."""
        stream = self._stream
        word = stream.next
        match word.kind:
            case WordKind.NUMBER:
                stream.take()
                value = stream.value_of(word, read_seconds, "promql.number")
                return ExpressionPart(NumberLiteral(value), ValueType.SCALAR, word.at)
            case WordKind.TEXT:
                stream.take()
                text = stream.text_of(word)
                return ExpressionPart(StringLiteral(text), ValueType.STRING, word.at)
            case WordKind.WORD:
                return self._worded(word)
            case _:
                pass
        if word.text == "{":
            return ExpressionPart(self._selectors.read(), ValueType.VECTOR, word.at)
        if not stream.takes("("):
            raise stream.expected("promql.expected.expression")
        inner = self._expression()
        if not stream.takes(")"):
            raise self._unread("promql.expected.close")
        return ExpressionPart(ParenExpr(inner.tree), inner.type, word.at)

    def _worded(self, word: Word) -> ExpressionPart:
        """Return what begins with a name: an aggregation, a function, a metric."""
        stream = self._stream
        name = word.text.lower()
        after = stream.after()
        is_called = after.text == "("
        is_grouped = after.kind is WordKind.WORD and after.text.lower() in _GROUPINGS
        if name in AGGREGATIONS and (is_called or is_grouped):
            return self._aggregation(stream.take())
        if name in VALUES:
            stream.take()
            return ExpressionPart(
                NumberLiteral(VALUES[name]), ValueType.SCALAR, word.at
            )
        if name in NO_METRICS:
            raise stream.expected("promql.expected.expression")
        if not is_called or name in _NO_FUNCTIONS or ":" in name:
            return ExpressionPart(self._selectors.read(), ValueType.VECTOR, word.at)
        if name in _EXPERIMENTAL:
            raise stream.wrong(word.at, "promql.experimental", given=f"{word.text}()")
        stream.take()
        return called(stream, word, self._arguments())

    def _arguments(self) -> list[ExpressionPart]:
        """Return the arguments of a function, brackets around them."""
        stream = self._stream
        if not stream.takes("("):
            raise stream.expected("promql.expected.arguments")
        found: list[ExpressionPart] = []
        while not stream.takes(")"):
            found.append(self._expression())
            comma = stream.next
            if stream.takes(","):
                if stream.next.text == ")":
                    raise stream.wrong(comma.at, "promql.last-comma")
            elif stream.next.text != ")":
                raise self._unread("promql.expected.argument-end")
        return found

    def _aggregation(self, name: Word) -> ExpressionPart:
        grouping = self._grouping()
        args = self._arguments()
        return aggregated(self._stream, name, args, grouping or self._grouping())

    def _grouping(self) -> Grouping | None:
        if self._stream.keyword() not in _GROUPINGS:
            return None
        is_by = self._stream.take().text.lower() == "by"
        return Grouping(is_by, self._stream.labels())
