"""Trees to PromQL, on one line, without recursion."""

import math
from collections.abc import Callable

from kizashi.model.durations import format_duration
from kizashi.model.names import NO_LABELS, is_plain_label, is_plain_metric
from kizashi.promql.quoting import quote
from kizashi.promql.tree import (
    AggregateExpr,
    At,
    BinaryExpr,
    BinaryModifier,
    Call,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    Tree,
    UnaryExpr,
    VectorSelector,
)

#: Whole numbers are written without an exponent as far as a float is exact.
_EXACT = 2.0**53


def shown(tree: Tree) -> str:
    """Return a tree as PromQL, on one line."""
    return written(tree, parts)


def written(tree: Tree, parted: Callable[[Tree], list[Tree | str]]) -> str:
    """Return a tree as PromQL, on one line.

    Args:
        tree: The tree.
        parted: What an expression is written as: texts, and expressions inside it.
    """
    out: list[str] = []
    left: list[Tree | str] = [tree]
    while left:
        part = left.pop()
        if isinstance(part, str):
            out.append(part)
        else:
            left.extend(reversed(parted(part)))
    return "".join(out)


def parts(tree: Tree) -> list[Tree | str]:
    """Return what stands before, between and behind the parts of an expression."""
    match tree:
        case SubqueryExpr():
            step = "" if tree.step_ms is None else format_duration(tree.step_ms)
            span = f"[{format_duration(tree.range_ms)}:{step}]"
            return [tree.expr, span, _when(tree.offset_ms, tree.at)]
        case Call():
            return [f"{tree.func}(", *_listed(tree.args), ")"]
        case AggregateExpr():
            args = (tree.expr,) if tree.param is None else (tree.param, tree.expr)
            return [f"{tree.op}{_grouping(tree)}(", *_listed(args), ")"]
        case UnaryExpr() | ParenExpr():
            is_sign = isinstance(tree, UnaryExpr)
            return ["-", tree.expr] if is_sign else ["(", tree.expr, ")"]
        case BinaryExpr():
            said = "" if tree.modifier is None else _modifier(tree.modifier)
            return [tree.lhs, f" {tree.op}{said} ", tree.rhs]
        case _:
            return [_leaf(tree)]


def _leaf(tree: NumberLiteral | StringLiteral | VectorSelector | MatrixSelector) -> str:
    match tree:
        case NumberLiteral():
            return number(tree.val)
        case StringLiteral():
            return quote(tree.val)
        case VectorSelector():
            return _selector(tree) + _when(tree.offset_ms, tree.at)
        case MatrixSelector():
            inner, span = tree.vector_selector, format_duration(tree.range_ms)
            return f"{_selector(inner)}[{span}]{_when(inner.offset_ms, inner.at)}"


def number(value: float) -> str:
    """Return a number as PromQL writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if value.is_integer() and abs(value) < _EXACT:
        return f"{value:.0f}"
    return repr(value)


def _listed(trees: tuple[Tree, ...]) -> list[Tree | str]:
    found: list[Tree | str] = []
    for tree in trees:
        found += [", ", tree] if found else [tree]
    return found


def _selector(tree: VectorSelector) -> str:
    parts = [f"{_label(m.name)}{m.op}{quote(m.value)}" for m in tree.matchers]
    name = tree.name or ""
    if name and not is_plain_metric(name):
        parts.insert(0, quote(name))
        name = ""
    inner = ",".join(parts)
    return f"{name}{{{inner}}}" if inner or not name else name


def _label(name: str) -> str:
    return name if is_plain_label(name) else quote(name)


def _grouped(name: str) -> str:
    return quote(name) if name.lower() in NO_LABELS else _label(name)


def _labels(names: tuple[str, ...]) -> str:
    return f"({', '.join(map(_grouped, names))})"


def _when(offset_ms: int | None, at: At | None) -> str:
    said = ""
    if isinstance(at, str):
        said = f" @ {at}()"
    elif at is not None:
        said = f" @ {number(at)}"
    if offset_ms is None:
        return said
    sign = "-" if offset_ms < 0 else ""
    return f"{said} offset {sign}{format_duration(abs(offset_ms))}"


def _grouping(tree: AggregateExpr) -> str:
    if tree.modifier is None:
        return ""
    word = "by" if tree.modifier.is_by else "without"
    return f" {word} {_labels(tree.modifier.labels)}"


def _modifier(given: BinaryModifier) -> str:
    said = " bool" if given.is_bool else ""
    if given.matching is not None:
        word = "on" if given.matching.is_on else "ignoring"
        said += f" {word} {_labels(given.matching.labels)}"
    if given.group is not None:
        said += f" group_{given.group} {_labels(given.group_labels)}"
    return said
