"""PromQL trees as the lint's rules ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, bare, children, walk
from kizashi.promql.writer import shown

ABSENCE = frozenset({"absent", "absent_over_time"})
RATES = frozenset({"rate", "irate", "increase"})
#: Functions that need two samples in their range.
OF_TWO_SAMPLES = RATES | {"delta", "idelta", "deriv", "resets", "changes"}
ORDERS = frozenset({">", ">=", "<", "<="})
_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
#: No limit that anybody sets is as exact; a product of a thousand numbers may be.
_MOST_BITS = 8192
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

    def __str__(self) -> str:
        """Return the selector as PromQL, without its range."""
        inner = ", ".join(f'{n}{o}"{v}"' for n, o, v in sorted(self.matchers))
        return f"{self.metric}{{{inner}}}" if inner else self.metric

    @property
    def is_rate(self) -> bool:
        """Whether the growth of a counter is taken."""
        return bool(self.calls) and self.calls[0] in RATES


@dataclass(frozen=True, slots=True)
class LimitComparison:
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


def with_part(tree: Tree, part: Tree, text: str) -> str:
    """Return an expression as PromQL, one part of it replaced by a text."""
    return shown(tree).replace(shown(part), text, 1)


def number(tree: Tree) -> Fraction | None:
    """Return the number that an expression always is, None where it is none."""
    left, order = [tree], []
    while left:
        node = bare(left.pop())
        match node:
            case promql.NumberLiteral():
                pass
            case promql.UnaryExpr():
                left.append(node.expr)
            case promql.BinaryExpr() if node.op in _FOLDED:
                left += (node.lhs, node.rhs)
            case _:
                return None
        order.append(node)
    values: list[Fraction] = []
    for node in reversed(order):
        value = _value(node, values)
        if value is None:
            return None
        values.append(value)
    return values.pop()


def _value(node: Tree, below: list[Fraction]) -> Fraction | None:
    """Return a node's number, of those below it, which are taken."""
    match node:
        case promql.NumberLiteral():
            return _exact(node.val)
        case promql.BinaryExpr():
            right, left = below.pop(), below.pop()
            found = _folded(node.op, left, right)
            return found if found is None or _is_short(found) else None
        case _:
            return -below.pop()


def _is_short(value: Fraction) -> bool:
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    return bits <= _MOST_BITS


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


def comparisons(tree: Tree) -> Iterator[LimitComparison]:
    """Yield every comparison with a number, the number on the right."""
    for node in walk(tree):
        if not isinstance(node, promql.BinaryExpr) or node.op not in ORDERS:
            continue
        left, right = number(node.lhs), number(node.rhs)
        if right is not None and left is None:
            yield LimitComparison(node.lhs, node.op, right, node.rhs)
        elif left is not None and right is None:
            yield LimitComparison(node.rhs, _MIRRORED[node.op], left, node.lhs)


def kept_labels(tree: Tree) -> frozenset[str]:
    """Return the labels that aggregations name to keep."""
    return frozenset(
        label
        for node in walk(tree)
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None
        if node.modifier.is_by
        for label in node.modifier.labels
    )


def burn_factor(tree: Tree) -> Fraction | None:
    """Return the burn rate that the largest limit stands for, as ``14.4 * 0.001``."""
    found = []
    for comparison in comparisons(tree):
        limit = bare(comparison.limit_tree)
        if comparison.op != ">" or not isinstance(limit, promql.BinaryExpr):
            continue
        if limit.op != "*":
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
            node.range_ms
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
            and node.op == "/"
            and number(node.lhs) is None
            and number(node.rhs) is None
        ):
            yield node


def selections(tree: Tree) -> Iterator[Selected]:
    """Yield every selector with what is done to it."""
    left: list[tuple[Tree, tuple[str, ...]]] = [(tree, ())]
    while left:
        node, calls = left.pop()
        match node:
            case promql.VectorSelector():
                yield _selected(node, None, calls)
            case promql.MatrixSelector():
                yield _selected(node.vector_selector, node.range_ms / 1000, calls)
            case promql.Call():
                inner = (node.func, *calls)
                left.extend((each, inner) for each in reversed(node.args))
            case promql.AggregateExpr():
                left.append((node.expr, (node.op, *calls)))
            case _:
                left.extend((each, calls) for each in reversed(children(node)))


def _selected(
    tree: promql.VectorSelector, range_s: float | None, calls: tuple[str, ...]
) -> Selected:
    matchers = frozenset(
        (m.name, m.op, m.value) for m in tree.matchers if m.name != "__name__"
    )
    # The innermost call is the last one that was passed.
    return Selected(tree.name or "", matchers, range_s, calls)


def unscaled(tree: Tree) -> tuple[Tree, Fraction]:
    """Return what a number multiplies, and the number."""
    tree = bare(tree)
    if isinstance(tree, promql.BinaryExpr) and tree.op == "*":
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
    left = [tree]
    while left:
        node = bare(left.pop())
        match node:
            case promql.AggregateExpr():
                if node.modifier is not None or node.op in _KEEPING:
                    return False
            case promql.Call() if node.func in _LABELLING:
                return False
            case promql.BinaryExpr() | promql.UnaryExpr() | promql.Call():
                left += children(node)
            case _:
                if number(node) is None:
                    return False
    return True


def is_summed(tree: Tree) -> bool:
    """Return whether an expression is a sum over series."""
    tree = bare(tree)
    return isinstance(tree, promql.AggregateExpr) and tree.op == "sum"


def share(tree: Tree) -> Share | None:
    """Return an expression as a share of a whole, None where it is none.

    A share is a quotient of sums over the same metric, where whatever the right side
    asks of a series the left side asks too. Times or by a number it still is one.
    """
    scale = Fraction(1)
    tree = bare(tree)
    while isinstance(tree, promql.BinaryExpr) and tree.op in {"*", "/"}:
        left, right = number(tree.lhs), number(tree.rhs)
        if left is None and right is None:
            break
        factor, tree_in = (left, tree.rhs) if right is None else (right, tree.lhs)
        if factor is None or not factor or (tree.op == "/" and right is None):
            return None
        scale = scale / factor if tree.op == "/" else scale * factor
        tree = bare(tree_in)
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "/":
        return None
    part, whole = only_selection(tree.lhs), only_selection(tree.rhs)
    if part is None or whole is None or not part.metric:
        return None
    is_part = part.metric == whole.metric and part.matchers >= whole.matchers
    is_same_time = part.range_s == whole.range_s and part.calls == whole.calls
    if not (is_part and is_same_time and is_summed(tree.lhs) and is_summed(tree.rhs)):
        return None
    return Share(scale, part, whole, tree)
