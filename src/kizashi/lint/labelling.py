"""Which labels an alert will have, as far as its rule says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kizashi.lint import reading
from kizashi.lint._base import Expression
from kizashi.model.matchers import LabelMatcher
from kizashi.promql import tree as promql
from kizashi.promql.tree import Tree, children, walk

#: Labels that rules add, and exporters do not have. Source: Prometheus, "Alerting
#: rules", and the practice of its mixins.
_OF_RULES = frozenset({"severity", "priority", "alertname"})
_VECTORS = frozenset({"vector", "time", "scalar"})


@dataclass(frozen=True, slots=True)
class KnownLabels:
    """Labels of an alert.

    Attributes:
        fixed: Those with a value that is known.
        open: Others that it may have; None where it may have any that series have.
        templated: Labels that a template gives a value.
    """

    fixed: Mapping[str, str]
    open: frozenset[str] | None
    templated: frozenset[str] = frozenset()

    def satisfies(self, matchers: Sequence[LabelMatcher]) -> bool | None:
        """Return whether all matchers hold; None where that is not known."""
        results = [self._satisfies(matcher) for matcher in matchers]
        if False in results:
            return False
        return None if None in results else True

    def _satisfies(self, matcher: LabelMatcher) -> bool | None:
        if matcher.name in self.fixed:
            return matcher.matches_value(self.fixed[matcher.name])
        may_have = (
            matcher.name not in _OF_RULES
            if self.open is None
            else matcher.name in self.open
        )
        if may_have or matcher.name in self.templated:
            return None
        return matcher.matches_value("")


def labels_of(expression: Expression) -> KnownLabels:
    """Return the labels of an alert: the rule's own, and those of its result."""
    fixed, may = _result(expression.tree)
    templated = frozenset(n for n, v in expression.labels.items() if "{{" in v)
    own = {n: v for n, v in expression.labels.items() if n not in templated}
    kept = {n: v for n, v in fixed.items() if n not in templated}
    return KnownLabels({**kept, **own, "alertname": expression.name}, may, templated)


#: Labels of a result with fixed values, and the others it may have; None for any.
_Result = tuple[dict[str, str], frozenset[str] | None]


def _result(tree: Tree) -> _Result:
    """Return the labels of a result, from the inside out: no recursion."""
    known: dict[int, _Result] = {}
    for node in reversed(list(walk(tree))):
        known[id(node)] = _of_node(node, known)
    return known[id(tree)]


def _of_node(node: Tree, known: Mapping[int, _Result]) -> _Result:
    """Return the labels of a node's result, of those of what it is made of."""
    match node:
        case promql.VectorSelector():
            return _equalities(node), None
        case promql.MatrixSelector():
            return _equalities(node.vector_selector), None
        case promql.AggregateExpr():
            return _aggregated(node, known[id(node.expr)])
        case promql.BinaryExpr():
            return _combined(node, known)
        case promql.Call():
            return _called(node, known)
        case _:
            return _inner(node, known)


def _called(node: promql.Call, known: Mapping[int, _Result]) -> _Result:
    if node.func in reading.ABSENCE and node.args:
        return known[id(node.args[0])][0], frozenset()
    if node.func in _VECTORS:
        return {}, frozenset()
    if node.func in {"label_replace", "label_join"}:
        return {}, None
    return _inner(node, known)


def _inner(node: Tree, known: Mapping[int, _Result]) -> _Result:
    inner = [c for c in children(node) if reading.number(c) is None]
    return known[id(inner[-1])] if inner else ({}, frozenset())


def _aggregated(tree: promql.AggregateExpr, inner: _Result) -> _Result:
    fixed, may = inner
    if tree.op in {"topk", "bottomk", "limitk", "limit_ratio"}:
        return fixed, may
    names = frozenset() if tree.modifier is None else frozenset(tree.modifier.labels)
    if tree.op == "count_values":
        return {}, None
    if tree.modifier is not None and not tree.modifier.is_by:
        kept = {n: v for n, v in fixed.items() if n not in names}
        return kept, None if may is None else may - names
    kept = {n: v for n, v in fixed.items() if n in names}
    return kept, names - kept.keys() if may is None else (may & names) - kept.keys()


def _combined(tree: promql.BinaryExpr, known: Mapping[int, _Result]) -> _Result:
    left, right = reading.number(tree.lhs), reading.number(tree.rhs)
    if left is not None or right is not None:
        return known[id(tree.rhs if left is not None else tree.lhs)]
    (fixed, may), (others, more) = known[id(tree.lhs)], known[id(tree.rhs)]
    if tree.op == "or":
        same = {n: v for n, v in fixed.items() if others.get(n) == v}
        changing = frozenset(fixed.keys() | others.keys()) - same.keys()
        both = None if may is None or more is None else may | more | changing
        return same, both
    if tree.op in {"and", "unless"} or tree.modifier is None:
        return fixed, may
    return {}, None


def _equalities(tree: promql.VectorSelector) -> dict[str, str]:
    return {
        m.name: m.value
        for m in tree.matchers
        if m.op == "=" and m.name != "__name__" and m.value
    }
