"""What a PromQL query of an OpenSLO metric counts.

OpenSLO gives queries where a ledger needs counters. A query that adds up the growth of
plain counters names them; from any other the events cannot be told.
"""

from dataclasses import dataclass

import promql_parser

from kizashi.errors import SelectorError
from kizashi.model.matchers import Selector, selector_of

_GROWTH = ("rate", "increase")
_LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Counted:
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

    part: Counted
    total: Counted


@dataclass(frozen=True, slots=True)
class Unread:
    """A query that cannot be carried: the message id that says why, and its words."""

    code: str
    why: str


def read_query(text: str) -> Counted | Quotient | Unread:
    """Return what a query counts.

    ``sum`` around and ``or vector(0)`` behind change no event, and nor does the range
    of ``rate`` and ``increase``.
    """
    try:
        parsed = promql_parser.parse(text)
    except ValueError as error:
        return Unread("openslo.query-syntax", str(error))
    expression = bare_query(parsed)
    if isinstance(expression, promql_parser.BinaryExpr) and str(expression.op) == "/":
        if expression.modifier is not None and expression.modifier.matching:
            return Unread("openslo.query-form", _shown(text))
        part, total = _read(expression.lhs, text), _read(expression.rhs, text)
        for side in (part, total):
            if isinstance(side, Unread):
                return side
        if isinstance(part, Counted) and isinstance(total, Counted):
            return Quotient(part, total)
    return _read(expression, text)


def _read(expression: promql_parser.Expr, text: str) -> Counted | Unread:
    expression = bare_query(expression)
    is_sum = isinstance(expression, promql_parser.AggregateExpr)
    if isinstance(expression, promql_parser.AggregateExpr):
        if str(expression.op) != "sum":
            return Unread("openslo.query-form", _shown(text))
        if expression.modifier is not None:
            return Unread("openslo.query-grouped", _shown(text))
        expression = bare_query(expression.expr)
    is_growth = isinstance(expression, promql_parser.Call)
    if isinstance(expression, promql_parser.Call):
        argument = expression.args[0] if expression.func.name in _GROWTH else None
        if isinstance(argument, promql_parser.MatrixSelector):
            expression = argument.vector_selector
    if not isinstance(expression, promql_parser.VectorSelector):
        return Unread("openslo.query-form", _shown(text))
    try:
        return Counted(
            selector_of(expression, expression.prettify()), is_growth, is_sum
        )
    except SelectorError as error:
        return Unread("openslo.query-selector", str(error))


def bare_query(expression: promql_parser.Expr) -> promql_parser.Expr:
    """Return an expression without parentheses and without ``or vector(0)``."""
    while True:
        if isinstance(expression, promql_parser.ParenExpr):
            expression = expression.expr
        elif isinstance(expression, promql_parser.BinaryExpr) and _is_or_zero(
            expression
        ):
            expression = expression.lhs
        else:
            return expression


def _is_or_zero(expression: promql_parser.BinaryExpr) -> bool:
    right = expression.rhs
    return (
        str(expression.op) == "or"
        and isinstance(right, promql_parser.Call)
        and right.func.name == "vector"
        and isinstance(right.args[0], promql_parser.NumberLiteral)
        and right.args[0].val == 0
    )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"
