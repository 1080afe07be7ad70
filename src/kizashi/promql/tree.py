"""PromQL expressions as trees of plain values.

They are walked, written and compared with stacks of our own, not by recursion.

Source: Prometheus, "Querying basics" and "Operators".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

#: When a selector is looked at: Unix seconds, or an end of the query's range.
At = float | Literal["start", "end"]


class LabelMatch(NamedTuple):
    """A matcher as written; ``op`` is one of ``=``, ``!=``, ``=~`` and ``!~``."""

    name: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class NumberLiteral:
    """A number; a duration in seconds is one too."""

    val: float


@dataclass(frozen=True, slots=True)
class StringLiteral:
    """A text."""

    val: str


@dataclass(frozen=True, slots=True)
class VectorSelector:
    """The newest samples of series.

    Attributes:
        name: The metric's name where it stands before the braces, or alone in quotes.
        matchers: In the order written.
        offset_ms: How far back; None where nothing is said.
        at: What ``@`` says; None where nothing is said.
    """

    name: str | None
    matchers: tuple[LabelMatch, ...]
    offset_ms: int | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class MatrixSelector:
    """The samples of series over a range."""

    vector_selector: VectorSelector
    range_ms: int


@dataclass(frozen=True, slots=True)
class SubqueryExpr:
    """An expression at every step of a range; no step means the server's own."""

    expr: "Tree"
    range_ms: int
    step_ms: int | None = None
    offset_ms: int | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function of expressions."""

    func: str
    args: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Labels that are kept (``by``) or dropped (``without``)."""

    is_by: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AggregateExpr:
    """An aggregation over series; ``param`` is the first argument where it has two."""

    op: str
    expr: "Tree"
    param: "Tree | None" = None
    modifier: Grouping | None = None


@dataclass(frozen=True, slots=True)
class UnaryExpr:
    """A negation."""

    expr: "Tree"


@dataclass(frozen=True, slots=True)
class ParenExpr:
    """An expression in parentheses."""

    expr: "Tree"


@dataclass(frozen=True, slots=True)
class Matching:
    """Labels by which the sides of an operator find each other: ``on``, ``ignoring``."""

    is_on: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BinaryModifier:
    """What is said of a binary operator.

    Attributes:
        is_bool: Whether a comparison gives 0 and 1.
        matching: By which labels, None for all.
        group: ``left`` or ``right`` where one side may have many; else None.
        group_labels: What the side of one adds.
    """

    is_bool: bool = False
    matching: Matching | None = None
    group: Literal["left", "right"] | None = None
    group_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BinaryExpr:
    """Two expressions and the operator between them."""

    op: str
    lhs: "Tree"
    rhs: "Tree"
    modifier: BinaryModifier | None = None


Tree = (
    NumberLiteral
    | StringLiteral
    | VectorSelector
    | MatrixSelector
    | SubqueryExpr
    | Call
    | AggregateExpr
    | UnaryExpr
    | ParenExpr
    | BinaryExpr
)


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return the expressions that one is made of, as they are written."""
    match tree:
        case BinaryExpr():
            return (tree.lhs, tree.rhs)
        case Call():
            return tree.args
        case AggregateExpr():
            return (tree.expr,) if tree.param is None else (tree.param, tree.expr)
        case ParenExpr() | UnaryExpr() | SubqueryExpr():
            return (tree.expr,)
        case _:
            return ()


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield an expression and all that it is made of, from the outside in."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        left.extend(reversed(children(node)))


def bare(tree: Tree) -> Tree:
    """Return what stands inside any number of parentheses."""
    while isinstance(tree, ParenExpr):
        tree = tree.expr
    return tree
