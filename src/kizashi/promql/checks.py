"""What parts of an expression may be put together, by the types of their values.

Source: Prometheus 3, "Operators" and "Query functions".
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from kizashi.promql.functions import AGGREGATIONS, FUNCTIONS, Signature, ValueType
from kizashi.promql.scanner import Word
from kizashi.promql.stream import Stream, cut
from kizashi.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    BinaryModifier,
    Call,
    Grouping,
    NumberLiteral,
    Tree,
    UnaryExpr,
)

COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
_SETS = frozenset({"and", "or", "unless"})
_NUMERIC = frozenset({ValueType.SCALAR, ValueType.VECTOR})
_WANTS = {
    ValueType.SCALAR: "promql.wants-scalar",
    ValueType.STRING: "promql.wants-string",
    ValueType.VECTOR: "promql.wants-vector",
    ValueType.RANGE: "promql.wants-range",
}
_UNSAID = BinaryModifier()


class ExpressionPart(NamedTuple):
    """A part of an expression.

    Attributes:
        tree: What it says.
        type: What it evaluates to.
        at: Where it begins, in characters from 0.
    """

    tree: Tree
    type: ValueType
    at: int


def negated(stream: Stream, sign: Word, part: ExpressionPart) -> ExpressionPart:
    """Return a part behind a sign; before a number the sign is part of it."""
    if part.type not in _NUMERIC:
        raise stream.wrong(sign.at, "promql.sign-type", sign=sign.text, got=part.type)
    if sign.text == "+":
        return part._replace(at=sign.at)
    if isinstance(part.tree, NumberLiteral):
        return ExpressionPart(NumberLiteral(-part.tree.val), part.type, sign.at)
    return ExpressionPart(UnaryExpr(part.tree), part.type, sign.at)


def joined(
    stream: Stream,
    sign: Word,
    said: BinaryModifier,
    lhs: ExpressionPart,
    rhs: ExpressionPart,
) -> ExpressionPart:
    """Return two parts and the operator between them."""
    op = sign.text.lower()
    for side in (lhs, rhs):
        if side.type not in _NUMERIC:
            raise stream.wrong(side.at, "promql.operand-type", sign=op, got=side.type)
    are_vectors = lhs.type is rhs.type is ValueType.VECTOR
    are_scalars = lhs.type is rhs.type is ValueType.SCALAR
    fault = _fault(op, said, are_vectors=are_vectors, are_scalars=are_scalars)
    if fault:
        raise stream.wrong(sign.at, fault, sign=op)
    if not are_vectors:
        said = BinaryModifier(is_bool=said.is_bool)
    elif said.matching and not said.matching.is_on and not said.matching.labels:
        said = replace(said, matching=None)
    tree = BinaryExpr(op, lhs.tree, rhs.tree, None if said == _UNSAID else said)
    kind = ValueType.SCALAR if are_scalars else ValueType.VECTOR
    return ExpressionPart(tree, kind, lhs.at)


def _fault(
    op: str, said: BinaryModifier, *, are_vectors: bool, are_scalars: bool
) -> str:
    """Return why an operator cannot stand between two parts, empty if it can."""
    labels = said.matching.labels if said.matching else ()
    is_on = said.matching is not None and said.matching.is_on
    is_comparison, is_set = op in COMPARISONS, op in _SETS
    faults = (
        ("promql.bool-sign", said.is_bool and not is_comparison),
        ("promql.scalars-compared", is_comparison and are_scalars and not said.is_bool),
        (
            "promql.on-and-group",
            is_on and not set(labels).isdisjoint(said.group_labels),
        ),
        ("promql.set-of-scalars", is_set and not are_vectors),
        ("promql.set-grouped", is_set and said.group is not None),
        ("promql.scalars-matched", bool(labels) and not are_vectors),
    )
    return next((code for code, is_there in faults if is_there), "")


def called(
    stream: Stream, name: Word, args: Sequence[ExpressionPart]
) -> ExpressionPart:
    """Return a function of parts."""
    signature = FUNCTIONS.get(name.text)
    if signature is None:
        raise stream.wrong(name.at, "promql.function", func=cut(name.text))
    _count(stream, name, signature, len(args))
    for at, arg in enumerate(args):
        wanted = signature.args[min(at, len(signature.args) - 1)]
        _expect(stream, arg, wanted, name.text)
    call = Call(name.text, tuple(arg.tree for arg in args))
    return ExpressionPart(call, signature.returns, name.at)


def _count(stream: Stream, name: Word, signature: Signature, given: int) -> None:
    fewest, most = signature.fewest, signature.most
    if given >= fewest and (most is None or given <= most):
        return
    takes = str(fewest) if most == fewest else f"{fewest}-{most}"
    takes = f"{fewest}+" if most is None else takes
    raise stream.wrong(
        name.at, "promql.arguments", func=name.text, takes=takes, given=given
    )


def aggregated(
    stream: Stream,
    name: Word,
    args: Sequence[ExpressionPart],
    grouping: Grouping | None,
) -> ExpressionPart:
    """Return an aggregation of a part, its parameter in front of it."""
    op = name.text.lower()
    wanted = [kind for kind in (AGGREGATIONS[op], ValueType.VECTOR) if kind]
    if len(args) != len(wanted):
        takes, given = len(wanted), len(args)
        raise stream.wrong(
            name.at, "promql.arguments", func=op, takes=takes, given=given
        )
    for arg, kind in zip(args, wanted, strict=True):
        _expect(stream, arg, kind, op)
    *param, expr = (arg.tree for arg in args)
    if grouping == Grouping(is_by=True, labels=()):
        grouping = None
    tree = AggregateExpr(op, expr, param[0] if param else None, grouping)
    return ExpressionPart(tree, ValueType.VECTOR, name.at)


def _expect(stream: Stream, arg: ExpressionPart, wanted: ValueType, name: str) -> None:
    if arg.type is not wanted:
        raise stream.wrong(arg.at, _WANTS[wanted], func=name, got=arg.type)
