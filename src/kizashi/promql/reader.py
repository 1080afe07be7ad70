"""PromQL texts to trees: the only caller of the native parser.

It gets the words that were counted and nothing else: comments and blanks are gone,
texts are written anew, and regular expressions stay here, where RE2 judges them within
its memory. So there is nothing that it could read otherwise than it was counted.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import promql_parser as native

from kizashi.errors import PromqlError, RegexError
from kizashi.model.regexes import compile_regex
from kizashi.promql import tree as ours
from kizashi.promql.quoting import quote, unquote
from kizashi.promql.scanner import Word, WordKind, words_of, wrong

#: Instructions of all regular expressions of one expression, RE2's or the parser's.
MOST_INSTRUCTIONS = 100_000
_REGEX_SIGNS = frozenset({"=~", "!~"})
_LONGEST_WHY = 200


def parse(text: str) -> ours.Tree:
    """Return the tree of an expression.

    Raises:
        PromqlError: If it is not PromQL, or larger than what is read; says why.
    """
    written, regexes = _rewritten(words_of(text))
    try:
        return _Converter(regexes).convert(native.parse(written))
    except PromqlError:
        raise
    except (ValueError, OverflowError, AttributeError) as error:
        raise wrong("promql.syntax", why=_short(str(error))) from error
    except BaseException as error:
        # A panic of native code is no Exception; what the parser cannot is no PromQL.
        if type(error).__name__ != "PanicException":
            raise
        raise wrong("promql.syntax", why="the parser stopped") from None


def _rewritten(words: Sequence[Word]) -> tuple[str, list[str]]:
    """Return words for the native parser, and the regular expressions left out."""
    parts: list[str] = []
    regexes: list[str] = []
    known: dict[str, int] = {}
    left, before = MOST_INSTRUCTIONS, ""
    for word in words:
        if word.kind is not WordKind.TEXT:
            parts.append(word.text)
        elif before in _REGEX_SIGNS and word.around == "{":
            regex = _unquoted(word)
            number = known.get(regex)
            if number is None:
                left -= _instructions(regex, left)
                number = known[regex] = len(regexes)
                regexes.append(regex)
            # Whether a selector may match everything depends on whether it may match
            # nothing at all, so the stand-in does as the expression does.
            rest = "|" if compile_regex(regex).fullmatch("") is not None else ""
            parts.append(f'"{number}{rest}"')
        else:
            parts.append(quote(_unquoted(word)))
        before = word.text
    return " ".join(parts), regexes


def _unquoted(word: Word) -> str:
    try:
        return unquote(word.text)
    except ValueError as error:
        raise wrong("promql.escape", given=_short(word.text)) from error


def _instructions(regex: str, left: int) -> int:
    """Return the size of a regular expression's program, which must be small enough."""
    try:
        size = compile_regex(regex).programsize
    except RegexError as error:
        raise wrong("promql.regex", given=_short(regex), why=str(error)) from error
    if size > left:
        raise wrong("promql.regexes-too-large", limit=MOST_INSTRUCTIONS)
    return size


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_WHY else f"{text[:_LONGEST_WHY]}…"


_MATCHES = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}


class _Converter:
    """Turns the parser's nodes into ours, with a stack of its own: no recursion."""

    def __init__(self, regexes: Sequence[str]) -> None:
        self._regexes = regexes
        self._made: list[ours.Tree] = []

    def convert(self, root: native.Expr) -> ours.Tree:
        """Return a whole tree."""
        left: list[tuple[native.Expr, bool]] = [(root, False)]
        while left:
            node, is_open = left.pop()
            below = () if is_open else _below(node)
            if below:
                left.append((node, True))
                left.extend((child, False) for child in reversed(below))
            else:
                self._made.append(self._made_of(node))
        return self._made.pop()

    def _made_of(self, node: native.Expr) -> ours.Tree:
        match node:
            case native.NumberLiteral():
                return ours.NumberLiteral(node.val)
            case native.StringLiteral():
                return ours.StringLiteral(node.val)
            case native.VectorSelector() | native.MatrixSelector():
                return self._selected(node)
            case native.Call():
                return ours.Call(node.func.name, tuple(self._taken(len(node.args))))
            case native.BinaryExpr():
                lhs, rhs = self._taken(2)
                return ours.BinaryExpr(str(node.op), lhs, rhs, _binary(node.modifier))
            case _:
                return self._around(node)

    def _around(self, node: native.Expr) -> ours.Tree:
        """Return what stands around one expression."""
        (inner,) = self._taken(1)
        match node:
            case native.ParenExpr():
                return ours.ParenExpr(inner)
            case native.UnaryExpr():
                return ours.UnaryExpr(inner)
            case native.SubqueryExpr():
                step, offset = _ms(node.step), _ms(node.offset)
                range_ms, at = _ms(node.range) or 0, _at(node.at)
                return ours.SubqueryExpr(inner, range_ms, step, offset, at)
            case native.AggregateExpr():
                param = None if node.param is None else self._taken(1)[0]
                return ours.AggregateExpr(
                    str(node.op), inner, param, _grouping(node.modifier)
                )
            case _:
                pass
        raise wrong("promql.syntax", why=type(node).__name__)

    def _taken(self, count: int) -> list[ours.Tree]:
        if not count:
            return []
        taken = self._made[-count:]
        del self._made[-count:]
        return taken

    def _selected(
        self, node: native.VectorSelector | native.MatrixSelector
    ) -> ours.Tree:
        if isinstance(node, native.VectorSelector):
            return self._vector(node)
        vector = self._vector(node.vector_selector)
        return ours.MatrixSelector(vector, _ms(node.range) or 0)

    def _vector(self, node: native.VectorSelector) -> ours.VectorSelector:
        joined = node.matchers.or_matchers
        found = [*node.matchers.matchers, *(m for some in joined for m in some)]
        matchers = tuple(map(self._matcher, found))
        offset = _ms(node.offset)
        return ours.VectorSelector(
            node.name, matchers, bool(joined), offset, _at(node.at)
        )

    def _matcher(self, matcher: native.Matcher) -> ours.LabelMatch:
        sign, value = _MATCHES[str(matcher.op)], matcher.value
        if sign in _REGEX_SIGNS:
            value = self._regexes[int(value.rstrip("|"))]
        return ours.LabelMatch(matcher.name, sign, value)


def _below(node: native.Expr) -> tuple[native.Expr, ...]:
    """Return the nodes that are made before this one; a parameter after its series."""
    match node:
        case native.BinaryExpr():
            return (node.lhs, node.rhs)
        case native.Call():
            return tuple(node.args)
        case native.AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case native.ParenExpr() | native.UnaryExpr() | native.SubqueryExpr():
            return (node.expr,)
        case _:
            return ()


def _ms(given: timedelta | None) -> int | None:
    return None if given is None else round(given / timedelta(milliseconds=1))


def _at(given: native.AtModifier | None) -> ours.At | None:
    if given is None:
        return None
    match str(given.type).rpartition(".")[2]:
        case "Start":
            return "start"
        case "End":
            return "end"
        case _:
            return 0.0 if given.at is None else given.at.timestamp()


def _grouping(given: native.AggModifier | None) -> ours.Grouping | None:
    if given is None:
        return None
    return ours.Grouping(str(given.type).endswith("By"), tuple(given.labels))


def _binary(given: native.BinModifier | None) -> ours.BinaryModifier | None:
    if given is None:
        return None
    matching = None
    if given.matching is not None:
        is_on = str(given.matching.type).endswith("Include")
        matching = ours.Matching(is_on, tuple(given.matching.labels))
    sides: dict[str, Literal["left", "right"]] = {
        "ManyToOne": "left",
        "OneToMany": "right",
    }
    return ours.BinaryModifier(
        given.return_bool,
        matching,
        sides.get(str(given.card).rpartition(".")[2]),
        tuple(given.group_labels or ()),
        given.fill_values.lhs,
        given.fill_values.rhs,
    )
