"""Expressions in one form, so that they can be compared however they are laid out.

Two expressions have one form where they ask for the same: quotes, numbers, durations,
parentheses and the order of matchers and labels do not tell them apart.

Source: Prometheus 3, "Querying basics" and "Operators".
"""

import math
import re
from dataclasses import replace

from kizashi.errors import PromqlError
from kizashi.model.labels import METRIC_NAME
from kizashi.promql.parser import Parser
from kizashi.promql.scanner import scan, words_of
from kizashi.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    BinaryModifier,
    Grouping,
    LabelMatch,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    SubqueryExpr,
    Tree,
    UnaryExpr,
    VectorSelector,
)
from kizashi.promql.writer import parts, written

#: Of one expression that is compared; what is larger is none of ours.
_LONGEST = 256 * 1024
#: Of all that are put into form together: two to four seconds of work, where all of it
#: is operators.
_MOST_CHARACTERS = 128 * 1024
#: Words, and signs by single characters: two valid expressions of the same are one.
_LAID = re.compile(
    r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|`[^`]*+`|[\w:.]++|\S", re.DOTALL
)


class Forms:
    """Compares expressions however they are laid out, each put into form once.

    Most differ in blanks alone, which is seen without reading them. What is huge, or
    too much altogether, is compared as it stands: a server that says so much is not
    asked to be right.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._laid: dict[str, str] = {}
        self._left = _MOST_CHARACTERS

    def are_one(self, one: str, other: str) -> bool:
        """Return whether two expressions that servers evaluate are one."""
        if one == other:
            return True
        if max(len(one), len(other)) > _LONGEST:
            return False
        return self._words(one) == self._words(other) or self.of(one) == self.of(other)

    def of(self, text: str) -> str:
        """Return an expression's form."""
        found = self._known.get(text)
        if found is None:
            is_within = len(text) <= min(self._left, _LONGEST)
            self._left -= len(text) if is_within else 0
            found = canonical(text) if is_within else text
            self._known[text] = found
        return found

    def _words(self, text: str) -> str:
        """Return an expression without the blanks that mean nothing.

        A comment ends with its line, so that such a text stays as it is.
        """
        found = self._laid.get(text)
        if found is None:
            words = _LAID.findall(text)
            found = text if "#" in words else " ".join(words)
            self._laid[text] = found
        return found


def canonical(text: str) -> str:
    """Return an expression in one form; its words as they stand if it is not read.

    A server may run what we do not read: larger expressions than any of ours, and
    syntax of its own.
    """
    try:
        words = words_of(text)
        return written(Parser(text, words, is_checked=False).parse(), _formed)
    except PromqlError:
        pass
    try:
        return " ".join(word.text for word in scan(text))
    except PromqlError:
        return " ".join(text.split())


def _formed(tree: Tree) -> list[Tree | str]:
    """Return the parts of an expression in its one form.

    Parentheses stand around each operator, so that those that were written are none.
    """
    match tree:
        case ParenExpr():
            return [tree.expr]
        case BinaryExpr() | UnaryExpr():
            return ["(", *parts(_ordered(tree)), ")"]
        case NumberLiteral() if _is_signed(tree.val):
            return ["(", *parts(tree), ")"]
        case _:
            return parts(_ordered(tree))


def _is_signed(value: float) -> bool:
    return math.copysign(1, value) < 0 and not math.isnan(value)


def _ordered(tree: Tree) -> Tree:
    """Return an expression with matchers and labels in order; not those inside it."""
    match tree:
        case BinaryExpr():
            return replace(tree, modifier=tree.modifier and _modifier(tree.modifier))
        case AggregateExpr():
            said = tree.modifier
            said = said and Grouping(said.is_by, _sorted(said.labels))
            return replace(tree, modifier=said)
        case VectorSelector():
            return _selector(tree)
        case MatrixSelector():
            return replace(tree, vector_selector=_selector(tree.vector_selector))
        case SubqueryExpr():
            return replace(tree, offset_ms=tree.offset_ms or None)
        case _:
            return tree


def _selector(tree: VectorSelector) -> VectorSelector:
    """Return a selector with its matchers in order, its name in front if it has one."""
    matchers = set(tree.matchers)
    if tree.name:
        matchers.add(LabelMatch(METRIC_NAME, "=", tree.name))
    names = [m for m in matchers if m.name == METRIC_NAME and m.op == "=" and m.value]
    name = None
    if len(names) == 1:
        name = names[0].value
        matchers.remove(names[0])
    ordered = tuple(sorted(matchers))
    return VectorSelector(name, ordered, tree.offset_ms or None, tree.at)


def _modifier(given: BinaryModifier) -> BinaryModifier:
    matching = given.matching
    if matching is not None:
        matching = replace(matching, labels=_sorted(matching.labels))
    return replace(given, matching=matching, group_labels=_sorted(given.group_labels))


def _sorted(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(labels)))
