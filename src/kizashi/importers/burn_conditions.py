"""What the condition of a burn-rate alert compares: shares of events and their limits.

A share may be recorded by a rule, and that by another; they are followed down to the
counters whose growth is added up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from kizashi.declarations.openslo_promql import CountedQuery, bare_query, read_tree
from kizashi.errors import SelectorError
from kizashi.importers.queries import counters
from kizashi.lint import reading
from kizashi.lint._base import Expression
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.promql import tree as promql
from kizashi.promql.selectors import selector_of
from kizashi.promql.tree import Tree, bare, walk
from kizashi.promql.writer import shown
from kizashi.sli._base import CounterGrowth

#: Rules may build on rules, but not for ever.
_DEEPEST = 8
#: Targets have at most nine decimal places; what is finer is a float's noise.
_PLACES = Decimal("1e-9")
_FACTOR_PLACES = Decimal("1e-4")

Fixed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventRatio:
    """A share of events over a window, times a number such as 100."""

    events: CounterGrowth
    window_ms: int
    scale: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class BurnLeg:
    """A share over one window that must exceed a factor times a budget."""

    events: CounterGrowth
    window_ms: int
    factor: Decimal
    target: Decimal
    query: str


class UnreadAlertError(Exception):
    """An alert is no burn rate, or none that can be told; holds the message id."""

    def __init__(self, code: str = "import.prometheus.not-burn") -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class RecordedRules:
    """Recording rules of all files.

    Attributes:
        records: By the name of what they record.
        used: The rules that objectives were made of, by identity.
        labels: What the rules that an alert reads add to it.
        reads: The rules that an alert reads, by identity.
    """

    records: dict[str, list[Expression]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    reads: dict[int, Expression] = field(default_factory=dict)

    def leg(self, tree: Tree) -> BurnLeg:
        """Return what one comparison of an alert says."""
        if not isinstance(tree, promql.BinaryExpr):
            raise UnreadAlertError
        sides = {">": (tree.lhs, tree.rhs), "<": (tree.rhs, tree.lhs)}
        sides |= {f"{sign}=": both for sign, both in sides.items()}
        if tree.op not in sides:
            raise UnreadAlertError
        value, limit_tree = sides[tree.op]
        if reading.number(limit_tree) is None:
            raise UnreadAlertError
        ratio = self.ratio(value, {})
        limit = _limit(limit_tree)
        if limit is None:
            raise UnreadAlertError("import.prometheus.limit")
        factor, budget = limit
        target = 1 - _decimal(budget / ratio.scale).quantize(_PLACES)
        return BurnLeg(
            ratio.events,
            ratio.window_ms,
            _decimal(factor).quantize(_FACTOR_PLACES).normalize(),
            target.normalize(),
            f"({shown(value)}) / {float(ratio.scale)!r}",
        )

    def ratio(self, tree: Tree, fixed: Fixed, depth: int = 0) -> EventRatio:
        """Return the share that an expression is.

        Args:
            tree: The expression.
            fixed: Labels whose values are fixed from outside.
            depth: How many rules were gone through.
        """
        around: list[Fraction | None] = []
        while not isinstance(found := self._inside(tree, fixed, depth), EventRatio):
            tree, fixed, depth, turned_or_times = found
            around += turned_or_times
        for times in reversed(around):
            found = _turned(found) if times is None else _scaled(found, times)
        return found

    def _inside(
        self, tree: Tree, fixed: Fixed, depth: int
    ) -> "EventRatio | tuple[Tree, Fixed, int, list[Fraction | None]]":
        """Return a quotient as a share, or what an expression is made of.

        With it stand what is fixed in there, how many rules were gone through, and what
        it is multiplied by; None where it is taken from 1.
        """
        tree = bare_query(tree)
        if isinstance(tree, promql.VectorSelector):
            return (*self._recorded(tree, fixed, depth), depth + 1, [])
        if not isinstance(tree, promql.BinaryExpr):
            raise UnreadAlertError
        left, right = reading.number(tree.lhs), reading.number(tree.rhs)
        if tree.op == "-" and left == 1:
            return tree.rhs, fixed, depth, [None]
        if tree.op == "*" and (left or right):
            times, other = (left, tree.rhs) if left else (right, tree.lhs)
            return other, fixed, depth, [times or Fraction(1)]
        if tree.op != "/" or left is not None or right is not None:
            raise UnreadAlertError
        return self._quotient(tree, fixed, depth)

    def _quotient(
        self, tree: promql.BinaryExpr, fixed: Fixed, depth: int
    ) -> EventRatio:
        total, window_ms = self._side(tree.rhs, fixed, depth)
        part_tree = bare_query(tree.lhs)
        is_rest = False
        if isinstance(part_tree, promql.BinaryExpr) and part_tree.op == "-":
            is_rest = True
            whole = self._side(part_tree.lhs, fixed, depth)
            if whole != (total, window_ms):
                raise UnreadAlertError
            part_tree = part_tree.rhs
        part, part_ms = self._side(part_tree, fixed, depth)
        if part_ms != window_ms:
            raise UnreadAlertError
        return EventRatio(counters(part, total, is_good=is_rest), window_ms)

    def _side(self, tree: Tree, fixed: Fixed, depth: int) -> tuple[Selector, int]:
        """Return the counters that are added up, and over which window."""
        tree = bare_query(tree)
        if isinstance(tree, promql.VectorSelector):
            inner, more = self._recorded(tree, fixed, depth)
            return self._side(inner, more, depth + 1)
        if not isinstance(tree, promql.AggregateExpr) or tree.op != "sum":
            raise UnreadAlertError
        labels = _grouped_by(tree)
        if labels - fixed.keys():
            raise UnreadAlertError("import.prometheus.grouped")
        if fixed.keys() - labels:
            raise UnreadAlertError
        counted = read_tree(promql.AggregateExpr("sum", tree.expr))
        ranges = {
            node.range_ms
            for node in walk(tree.expr)
            if isinstance(node, promql.MatrixSelector)
        }
        if not isinstance(counted, CountedQuery) or not counted.is_growth:
            raise UnreadAlertError
        if len(ranges) != 1:
            raise UnreadAlertError
        pushed = {LabelMatcher(name, MatchOp.EQUAL, fixed[name]) for name in labels}
        matchers = {*counted.selector.matchers, *pushed}
        # In one order, so that what two alerts select can be compared.
        ordered = sorted(matchers, key=lambda m: (m.name, m.op.value, m.value))
        return Selector(tuple(ordered)), ranges.pop()

    def _recorded(
        self, selector: promql.VectorSelector, fixed: Fixed, depth: int
    ) -> tuple[Tree, Fixed]:
        """Return what a rule records, and the labels that are fixed of it."""
        try:
            wanted = selector_of(selector)
        except SelectorError:
            raise UnreadAlertError from None
        matched = dict(fixed)
        for matcher in wanted.matchers:
            if matcher.name != "__name__":
                if matcher.op is not MatchOp.EQUAL:
                    raise UnreadAlertError
                matched[matcher.name] = matcher.value
        rules = [
            rule
            for rule in self.records.get(selector.name or "", [])
            if all(matched.get(k, v) == v for k, v in rule.labels.items())
        ]
        if len(rules) != 1 or depth >= _DEEPEST:
            raise UnreadAlertError
        rule = rules[0]
        self.used.add(id(rule))
        self.reads[id(rule)] = rule
        self.labels |= rule.labels
        rest = {k: v for k, v in matched.items() if k not in rule.labels}
        return rule.tree, rest


def _turned(found: EventRatio) -> EventRatio:
    """Return a share taken from 1."""
    if found.scale != 1:
        raise UnreadAlertError
    return EventRatio(found.events.complement, found.window_ms)


def _scaled(found: EventRatio, times: Fraction) -> EventRatio:
    return EventRatio(found.events, found.window_ms, found.scale * times)


def _grouped_by(tree: promql.AggregateExpr) -> frozenset[str]:
    """Return the labels that a sum is grouped by."""
    if tree.modifier is None:
        return frozenset()
    if not tree.modifier.is_by:
        raise UnreadAlertError("import.prometheus.grouped")
    return frozenset(tree.modifier.labels)


def joined(tree: Tree, sign: str) -> Iterator[Tree]:
    """Yield what ``and`` or ``or`` joins; a maximum of a condition is that condition."""
    left = [tree]
    while left:
        tree = bare(left.pop())
        while isinstance(tree, promql.AggregateExpr) and tree.op == "max":
            tree = bare(tree.expr)
        if isinstance(tree, promql.BinaryExpr) and tree.op == sign:
            left += (tree.rhs, tree.lhs)
        else:
            yield tree


def _limit(tree: Tree) -> tuple[Fraction, Fraction] | None:
    """Return the factor and the budget that a limit is the product of."""
    tree = bare(tree)
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "*":
        return None
    sides = [bare(tree.lhs), bare(tree.rhs)]
    values = [reading.number(side) for side in sides]
    if values[0] is None or values[1] is None:
        return None
    budgets = [
        n
        for n, side in enumerate(sides)
        if isinstance(side, promql.BinaryExpr) and side.op == "-"
    ]
    at = budgets[0] if len(budgets) == 1 else values.index(min(values[0], values[1]))
    factor, budget = values[1 - at], values[at]
    if factor is None or budget is None or factor <= 0 or budget <= 0:
        return None
    return factor, budget


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator
