"""PromQL trees as the lint's rules ask for them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import promql_parser as promql

Tree = promql.Expr

ABSENCE = frozenset({"absent", "absent_over_time"})
RATES = frozenset({"rate", "irate", "increase"})
#: Functions that need two samples in their range.
OF_TWO_SAMPLES = RATES | {"delta", "idelta", "deriv", "resets", "changes"}
ORDERS = frozenset({">", ">=", "<", "<="})
_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
#: The parser writes a second blank where an operator has no modifier.
_GAP = re.compile(r"(?<= )(or|and|unless)  +")
_FOLDED = {"+", "-", "*", "/"}
#: Aggregations that give back series, and functions that give labels.
_KEEPING = {"topk", "bottomk", "limitk", "limit_ratio", "count_values"}
_LABELLING = {"label_replace", "label_join", "absent", "absent_over_time", "info"}


@dataclass(frozen=True, slots=True)
class Selected:
    """A selector, and what stands between it and the whole.

    Attributes:
        metric: The metric's name, empty where a matcher names it.
        matchers: Label, operator and value of each matcher.
        range_s: The range in seconds, None for an instant selector.
        calls: Functions and aggregations around it, the innermost first.
    """

    metric: str
    matchers: frozenset[tuple[str, str, str]]
    range_s: float | None
    calls: tuple[str, ...]

    @property
    def is_rate(self) -> bool:
        """Whether the growth of a counter is taken."""
        return bool(self.calls) and self.calls[0] in RATES


@dataclass(frozen=True, slots=True)
class Comparison:
    """``value op limit`` with a limit that is a number, whichever side it stood on."""

    value: Tree
    op: str
    limit: Fraction
    limit_tree: Tree


@dataclass(frozen=True, slots=True)
class Share:
    """A quotient of which the left side is a part of the right one.

    Attributes:
        scale: What the quotient is multiplied by, such as 100.
        part: What the left side selects.
        whole: What the right side selects.
        division: The quotient.
    """

    scale: Fraction
    part: Selected
    whole: Selected
    division: promql.BinaryExpr


def parse(text: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        ValueError: If it is not PromQL; says why.
    """
    tree: Tree = promql.parse(text)
    return tree


def bare(tree: Tree) -> Tree:
    """Return what stands inside any number of parentheses."""
    while isinstance(tree, promql.ParenExpr):
        tree = tree.expr
    return tree


def shown(tree: Tree) -> str:
    """Return a tree as PromQL, on one line."""
    return _GAP.sub(r"\1 ", str(tree).replace("{}", ""))


def with_part(tree: Tree, part: Tree, text: str) -> str:
    """Return an expression as PromQL, one part of it replaced by a text."""
    return shown(tree).replace(shown(part), text, 1)


def op(tree: promql.BinaryExpr) -> str:
    """Return a binary expression's operator as written."""
    return str(tree.op)


def range_ms(tree: promql.MatrixSelector | promql.SubqueryExpr) -> int:
    """Return how far back a range reaches."""
    return 0 if tree.range is None else round(tree.range.total_seconds() * 1000)


def children(tree: Tree) -> Iterator[Tree]:
    """Yield the expressions that one is made of."""
    match tree:
        case promql.BinaryExpr():
            yield tree.lhs
            yield tree.rhs
        case promql.Call():
            yield from tree.args
        case promql.AggregateExpr():
            if tree.param is not None:
                yield tree.param
            yield tree.expr
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield tree.expr
        case _:
            pass


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield an expression and all that it is made of, from the outside in."""
    yield tree
    for child in children(tree):
        yield from walk(child)


def number(tree: Tree) -> Fraction | None:
    """Return the number that an expression always is, None where it is none."""
    tree = bare(tree)
    match tree:
        case promql.NumberLiteral():
            return _exact(tree.val)
        case promql.UnaryExpr():
            inner = number(tree.expr)
            return None if inner is None else -inner
        case promql.BinaryExpr() if op(tree) in _FOLDED:
            left, right = number(tree.lhs), number(tree.rhs)
            if left is None or right is None:
                return None
            return _folded(op(tree), left, right)
        case _:
            return None


def _exact(value: float) -> Fraction | None:
    text = repr(value)
    return Fraction(text) if text not in {"inf", "-inf", "nan"} else None


def _folded(sign: str, left: Fraction, right: Fraction) -> Fraction | None:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right if right else None


def comparisons(tree: Tree) -> Iterator[Comparison]:
    """Yield every comparison with a number, the number on the right."""
    for node in walk(tree):
        if not isinstance(node, promql.BinaryExpr) or op(node) not in ORDERS:
            continue
        left, right = number(node.lhs), number(node.rhs)
        if right is not None and left is None:
            yield Comparison(node.lhs, op(node), right, node.rhs)
        elif left is not None and right is None:
            yield Comparison(node.rhs, _MIRRORED[op(node)], left, node.lhs)


def kept_labels(tree: Tree) -> frozenset[str]:
    """Return the labels that aggregations name to keep."""
    return frozenset(
        label
        for node in walk(tree)
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None
        if str(node.modifier.type).endswith("By")
        for label in node.modifier.labels
    )


def burn_factor(tree: Tree) -> Fraction | None:
    """Return the burn rate that the largest limit stands for, as ``14.4 * 0.001``."""
    found = []
    for comparison in comparisons(tree):
        limit = bare(comparison.limit_tree)
        if comparison.op != ">" or not isinstance(limit, promql.BinaryExpr):
            continue
        if op(limit) != "*":
            continue
        sides = [number(limit.lhs), number(limit.rhs)]
        numbers = [side for side in sides if side is not None]
        larger = max(numbers, default=Fraction(0))
        smaller = min(numbers, default=Fraction(1))
        if larger >= 1 and 0 < smaller < 1:
            found.append(larger)
    return max(found) if found else None


def longest_range_ms(tree: Tree) -> int:
    """Return the longest range that is looked at; 0 where there is none."""
    return max(
        (
            range_ms(node)
            for node in walk(tree)
            if isinstance(node, promql.MatrixSelector | promql.SubqueryExpr)
        ),
        default=0,
    )


def divisions(tree: Tree) -> Iterator[promql.BinaryExpr]:
    """Yield every quotient of two things that are no numbers."""
    for node in walk(tree):
        if (
            isinstance(node, promql.BinaryExpr)
            and op(node) == "/"
            and number(node.lhs) is None
            and number(node.rhs) is None
        ):
            yield node


def selections(tree: Tree) -> Iterator[Selected]:
    """Yield every selector with what is done to it."""
    yield from _selections(tree, ())


def _selections(tree: Tree, calls: tuple[str, ...]) -> Iterator[Selected]:
    match tree:
        case promql.VectorSelector():
            yield _selected(tree, None, calls)
        case promql.MatrixSelector():
            yield _selected(tree.vector_selector, range_ms(tree) / 1000, calls)
        case promql.Call():
            for child in tree.args:
                yield from _selections(child, (tree.func.name, *calls))
        case promql.AggregateExpr():
            yield from _selections(tree.expr, (str(tree.op), *calls))
        case _:
            for child in children(tree):
                yield from _selections(child, calls)


def _selected(
    tree: promql.VectorSelector, range_s: float | None, calls: tuple[str, ...]
) -> Selected:
    matchers = frozenset(
        (m.name, _OPERATORS[str(m.op)], m.value)
        for m in tree.matchers.matchers
        if m.name != "__name__"
    )
    # The innermost call is the last one that was passed.
    return Selected(tree.name or "", matchers, range_s, calls)


_OPERATORS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}


def unscaled(tree: Tree) -> tuple[Tree, Fraction]:
    """Return what a number multiplies, and the number."""
    tree = bare(tree)
    if isinstance(tree, promql.BinaryExpr) and op(tree) == "*":
        for factor, other in ((tree.lhs, tree.rhs), (tree.rhs, tree.lhs)):
            times = number(factor)
            if times:
                return bare(other), times
    return tree, Fraction(1)


def only_selection(tree: Tree) -> Selected | None:
    """Return what an expression selects where it does so once, None where not."""
    found = list(selections(tree))
    return found[0] if len(found) == 1 else None


def is_labelless(tree: Tree) -> bool:
    """Return whether an expression's one result has no labels, whatever it selects."""
    tree = bare(tree)
    match tree:
        case promql.AggregateExpr():
            return tree.modifier is None and str(tree.op) not in _KEEPING
        case promql.BinaryExpr() | promql.UnaryExpr():
            return all(map(is_labelless, children(tree)))
        case promql.Call():
            return tree.func.name not in _LABELLING and all(
                map(is_labelless, tree.args)
            )
        case _:
            return number(tree) is not None


def is_summed(tree: Tree) -> bool:
    """Return whether an expression is a sum over series."""
    tree = bare(tree)
    return isinstance(tree, promql.AggregateExpr) and str(tree.op) == "sum"


def share(tree: Tree) -> Share | None:
    """Return an expression as a share of a whole, None where it is none.

    A share is a quotient of sums over the same metric, where whatever the right side
    asks of a series the left side asks too. Times or by a number it still is one.
    """
    scale = Fraction(1)
    tree = bare(tree)
    while isinstance(tree, promql.BinaryExpr) and op(tree) in {"*", "/"}:
        left, right = number(tree.lhs), number(tree.rhs)
        if left is None and right is None:
            break
        factor, tree_in = (left, tree.rhs) if right is None else (right, tree.lhs)
        if factor is None or not factor or (op(tree) == "/" and right is None):
            return None
        scale = scale / factor if op(tree) == "/" else scale * factor
        tree = bare(tree_in)
    if not isinstance(tree, promql.BinaryExpr) or op(tree) != "/":
        return None
    part, whole = only_selection(tree.lhs), only_selection(tree.rhs)
    if part is None or whole is None or not part.metric:
        return None
    is_part = part.metric == whole.metric and part.matchers >= whole.matchers
    is_same_time = part.range_s == whole.range_s and part.calls == whole.calls
    if not (is_part and is_same_time and is_summed(tree.lhs) and is_summed(tree.rhs)):
        return None
    return Share(scale, part, whole, tree)
