"""What binds behind a part of an expression: a range, a subquery, an offset, ``@``."""

from dataclasses import replace
from typing import Literal

from kizashi.errors import PromqlError
from kizashi.promql.checks import ExpressionPart
from kizashi.promql.functions import ValueType
from kizashi.promql.literals import read_seconds, read_span
from kizashi.promql.scanner import Word, WordKind
from kizashi.promql.stream import VALUES, Stream
from kizashi.promql.tree import At, MatrixSelector, SubqueryExpr, VectorSelector

#: Words of durations that are computed, which Prometheus knows behind a feature flag.
_COMPUTING = frozenset({"step", "range", "min", "max"})
_ENDS: dict[str, Literal["start", "end"]] = {"start": "start", "end": "end"}
_MOST_SECONDS = 2.0**63


def behind(stream: Stream, part: ExpressionPart) -> ExpressionPart:
    """Return a part with all that binds behind it."""
    while True:
        if stream.next.text == "[":
            part = _ranged(stream, part)
        elif stream.keyword() == "offset":
            part = _moved(stream, part)
        elif stream.next.text == "@":
            part = _fixed(stream, part)
        else:
            return part


def _ranged(stream: Stream, part: ExpressionPart) -> ExpressionPart:
    """Return a selector's range, or a subquery."""
    bracket = stream.take()
    range_ms = _width(stream)
    if stream.takes("]"):
        selector = part.tree
        if not isinstance(selector, VectorSelector):
            raise stream.wrong(bracket.at, "promql.range-of")
        if selector.offset_ms is not None or selector.at is not None:
            raise stream.wrong(bracket.at, "promql.range-first")
        tree = MatrixSelector(selector, range_ms)
        return ExpressionPart(tree, ValueType.RANGE, part.at)
    if not stream.takes(":"):
        raise _no_duration(stream, "promql.expected.range-end")
    step_ms = None if stream.next.text == "]" else _width(stream)
    if not stream.takes("]"):
        raise _no_duration(stream, "promql.expected.step-end")
    if part.type is not ValueType.VECTOR:
        raise stream.wrong(part.at, "promql.subquery-of", got=part.type)
    return ExpressionPart(
        SubqueryExpr(part.tree, range_ms, step_ms), ValueType.RANGE, part.at
    )


def _width(stream: Stream) -> int:
    """Return a duration above 0, in milliseconds."""
    word = stream.next
    width = _duration(stream)
    if width <= 0:
        raise stream.wrong(word.at, "promql.no-range", given=word.text)
    return width


def _duration(stream: Stream) -> int:
    word = stream.next
    if word.kind is not WordKind.NUMBER:
        raise _no_duration(stream, "promql.expected.duration")
    stream.take()
    return int(stream.value_of(word, read_span, "promql.duration"))


def _no_duration(stream: Stream, what: str) -> PromqlError:
    """Return the error that no duration, or not its end, stands here."""
    word = stream.next
    is_sign = word.kind is WordKind.SIGN and word.text != "@"
    if is_sign or word.text == "(" or stream.keyword() in _COMPUTING:
        return stream.wrong(word.at, "promql.computed-duration", given=word.text)
    return stream.expected(what)


def _moved(stream: Stream, part: ExpressionPart) -> ExpressionPart:
    """Return a part with an offset."""
    word = stream.take()
    is_back = not stream.takes("-")
    if is_back:
        stream.takes("+")
    offset_ms = _duration(stream) * (1 if is_back else -1)
    bearer = _bearer(stream, part, word)
    if bearer.offset_ms is not None:
        raise stream.wrong(word.at, "promql.twice", given="offset")
    return _with(part, replace(bearer, offset_ms=offset_ms))


def _fixed(stream: Stream, part: ExpressionPart) -> ExpressionPart:
    """Return a part with the time at which it is looked at."""
    word = stream.take()
    at = _time(stream)
    bearer = _bearer(stream, part, word)
    if bearer.at is not None:
        raise stream.wrong(word.at, "promql.twice", given="@")
    return _with(part, replace(bearer, at=at))


def _bearer(
    stream: Stream, part: ExpressionPart, word: Word
) -> VectorSelector | SubqueryExpr:
    """Return what an offset or a time is said of."""
    match part.tree:
        case VectorSelector() | SubqueryExpr() as bearer:
            return bearer
        case MatrixSelector() as matrix:
            return matrix.vector_selector
        case _:
            raise stream.wrong(word.at, "promql.modifier-of", given=word.text)


def _with(
    part: ExpressionPart, bearer: VectorSelector | SubqueryExpr
) -> ExpressionPart:
    matrix = part.tree
    if isinstance(matrix, MatrixSelector) and isinstance(bearer, VectorSelector):
        return part._replace(tree=replace(matrix, vector_selector=bearer))
    return part._replace(tree=bearer)


def _time(stream: Stream) -> At:
    """Return what stands behind ``@``."""
    end = stream.keyword()
    if end in _ENDS:
        stream.take()
        if not (stream.takes("(") and stream.takes(")")):
            raise stream.expected("promql.expected.time-call")
        return _ENDS[end]
    sign = -1 if stream.takes("-") else 1
    if sign > 0:
        stream.takes("+")
    word = stream.next
    if stream.keyword() in VALUES:
        raise stream.wrong(word.at, "promql.time", given=word.text)
    if word.kind is not WordKind.NUMBER:
        raise stream.expected("promql.expected.time")
    stream.take()
    value = stream.value_of(word, read_seconds, "promql.number")
    if value >= _MOST_SECONDS:
        raise stream.wrong(word.at, "promql.time", given=word.text)
    return sign * value
