"""Which labels an alert will have, as far as its rule says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import promql_parser as promql

from kizashi.lint import reading
from kizashi.lint._base import Expression
from kizashi.lint.reading import Tree
from kizashi.model.matchers import Matcher

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

    def satisfies(self, matchers: Sequence[Matcher]) -> bool | None:
        """Return whether all matchers hold; None where that is not known."""
        results = [self._satisfies(matcher) for matcher in matchers]
        if False in results:
            return False
        return None if None in results else True

    def _satisfies(self, matcher: Matcher) -> bool | None:
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


def _result(tree: Tree) -> tuple[dict[str, str], frozenset[str] | None]:  # noqa: PLR0911
    """Return labels of a result with fixed values, and the others; None for any."""
    tree = reading.bare(tree)
    match tree:
        case promql.VectorSelector():
            return _equalities(tree), None
        case promql.MatrixSelector():
            return _equalities(tree.vector_selector), None
        case promql.AggregateExpr():
            return _aggregated(tree)
        case promql.BinaryExpr():
            return _combined(tree)
        case promql.Call() if tree.func.name in reading.ABSENCE:
            return _result(tree.args[0])[0], frozenset()
        case promql.Call() if tree.func.name in _VECTORS:
            return {}, frozenset()
        case promql.Call() if tree.func.name in {"label_replace", "label_join"}:
            return {}, None
        case promql.Call() | promql.SubqueryExpr() | promql.UnaryExpr():
            inner = [c for c in reading.children(tree) if reading.number(c) is None]
            return _result(inner[-1]) if inner else ({}, frozenset())
        case _:
            return {}, frozenset()


def _aggregated(
    tree: promql.AggregateExpr,
) -> tuple[dict[str, str], frozenset[str] | None]:
    fixed, may = _result(tree.expr)
    if str(tree.op) in {"topk", "bottomk", "limitk", "limit_ratio"}:
        return fixed, may
    names = frozenset() if tree.modifier is None else frozenset(tree.modifier.labels)
    if str(tree.op) == "count_values":
        return {}, None
    if tree.modifier is not None and not str(tree.modifier.type).endswith("By"):
        kept = {n: v for n, v in fixed.items() if n not in names}
        return kept, None if may is None else may - names
    kept = {n: v for n, v in fixed.items() if n in names}
    return kept, names - kept.keys() if may is None else (may & names) - kept.keys()


def _combined(tree: promql.BinaryExpr) -> tuple[dict[str, str], frozenset[str] | None]:
    left, right = reading.number(tree.lhs), reading.number(tree.rhs)
    if left is not None or right is not None:
        return _result(tree.rhs if left is not None else tree.lhs)
    (fixed, may), (others, more) = _result(tree.lhs), _result(tree.rhs)
    if reading.op(tree) == "or":
        same = {n: v for n, v in fixed.items() if others.get(n) == v}
        changing = frozenset(fixed.keys() | others.keys()) - same.keys()
        both = None if may is None or more is None else may | more | changing
        return same, both
    if reading.op(tree) in {"and", "unless"} or tree.modifier is None:
        return fixed, may
    return {}, None


def _equalities(tree: promql.VectorSelector) -> dict[str, str]:
    return {
        m.name: m.value
        for m in tree.matchers.matchers
        if str(m.op).endswith(".Equal") and m.name != "__name__" and m.value
    }
