"""What a PromQL query of an OpenSLO metric counts.

OpenSLO gives queries where a ledger needs counters. A query that adds up the growth of
plain counters names them; from any other the events cannot be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kizashi.errors import PromqlError, SelectorError
from kizashi.model.matchers import Selector
from kizashi.promql import tree as promql
from kizashi.promql.reader import parse
from kizashi.promql.selectors import selector_of
from kizashi.promql.tree import Tree
from kizashi.promql.writer import shown

_GROWTH = ("rate", "increase")
_TEMPLATE = "{{"
_LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class CountedQuery:
    """Counters that a query adds up, or one gauge.

    Attributes:
        selector: The series.
        is_growth: Whether the query takes their rate or increase.
        is_sum: Whether it adds them up.
    """

    selector: Selector
    is_growth: bool
    is_sum: bool


@dataclass(frozen=True, slots=True)
class Quotient:
    """One sum of counters divided by another."""

    part: CountedQuery
    total: CountedQuery


@dataclass(frozen=True, slots=True)
class UnreadQuery:
    """A query that cannot be carried: the message id that says why, its parameters."""

    code: str
    params: Mapping[str, object]


def read_query(text: str) -> CountedQuery | Quotient | UnreadQuery:
    """Return what a query counts.

    ``sum`` around and ``or vector(0)`` behind change no event, and nor does the range
    of ``rate`` and ``increase``.
    """
    try:
        parsed = parse(text)
    except PromqlError as error:
        code = "openslo.query-template" if _TEMPLATE in text else error.code
        return UnreadQuery(code, error.params)
    return read_tree(parsed, text)


def read_tree(tree: Tree, text: str = "") -> CountedQuery | Quotient | UnreadQuery:
    """Return what an expression counts; `text` is how a message calls it."""
    text = text or shown(tree)
    expression = bare_query(tree)
    if isinstance(expression, promql.BinaryExpr) and expression.op == "/":
        if expression.modifier is not None and expression.modifier.matching:
            return UnreadQuery("openslo.query-form", {"why": _shown(text)})
        part, total = _read(expression.lhs, text), _read(expression.rhs, text)
        for side in (part, total):
            if isinstance(side, UnreadQuery):
                return side
        if isinstance(part, CountedQuery) and isinstance(total, CountedQuery):
            return Quotient(part, total)
    return _read(expression, text)


def _read(expression: Tree, text: str) -> CountedQuery | UnreadQuery:
    expression = bare_query(expression)
    is_sum = isinstance(expression, promql.AggregateExpr)
    if isinstance(expression, promql.AggregateExpr):
        if expression.op != "sum":
            return UnreadQuery("openslo.query-form", {"why": _shown(text)})
        if expression.modifier is not None:
            return UnreadQuery("openslo.query-grouped", {"why": _shown(text)})
        expression = bare_query(expression.expr)
    is_growth = isinstance(expression, promql.Call)
    if isinstance(expression, promql.Call):
        argument = expression.args[0] if expression.func in _GROWTH else None
        if isinstance(argument, promql.MatrixSelector):
            expression = argument.vector_selector
    if not isinstance(expression, promql.VectorSelector):
        return UnreadQuery("openslo.query-form", {"why": _shown(text)})
    try:
        return CountedQuery(selector_of(expression), is_growth, is_sum)
    except SelectorError as error:
        return UnreadQuery(error.code, error.params)


def bare_query(expression: Tree) -> Tree:
    """Return an expression without parentheses and without ``or vector(0)``."""
    while True:
        if isinstance(expression, promql.ParenExpr):
            expression = expression.expr
        elif isinstance(expression, promql.BinaryExpr) and _is_or_zero(expression):
            expression = expression.lhs
        else:
            return expression


def _is_or_zero(expression: promql.BinaryExpr) -> bool:
    right = expression.rhs
    return (
        expression.op == "or"
        and isinstance(right, promql.Call)
        and right.func == "vector"
        and isinstance(right.args[0], promql.NumberLiteral)
        and right.args[0].val == 0
    )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"
