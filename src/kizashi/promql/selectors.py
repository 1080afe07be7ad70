"""Vector selectors of PromQL texts."""

from kizashi.errors import PromqlError, SelectorError
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import Matcher, MatchOp, Selector
from kizashi.promql.reader import parse
from kizashi.promql.tree import VectorSelector

_LONGEST_SHOWN = 200


def parse_selector(text: str) -> Selector:
    """Return the selector that a PromQL text names.

    Raises:
        PromqlError: If the text is not PromQL, or larger than what is read; a
            SelectorError where it is more than a plain vector selector: no function,
            range, offset or ``@``.
    """
    try:
        parsed = parse(text)
    except PromqlError as error:
        if error.code != "promql.syntax":
            raise
        what = f"{_short(text)} is not a PromQL selector: {error.params['why']}"
        raise SelectorError(what) from error
    if not isinstance(parsed, VectorSelector):
        raise SelectorError(
            f"{_short(text)} is an expression; expected a plain selector such as"
            ' http_requests_total{status=~"5.."}'
        )
    return selector_of(parsed, text)


def selector_of(parsed: VectorSelector, text: str) -> Selector:
    """Return the selector of a part of a PromQL expression.

    Args:
        parsed: The part.
        text: How a message calls it.

    Raises:
        SelectorError: If it has an offset, ``@`` or ``or``.
    """
    shown = _short(text)
    if parsed.offset_ms is not None or parsed.at is not None:
        raise SelectorError(f"{shown}: a selector takes no offset and no @ here")
    if parsed.has_or:
        raise SelectorError(f"{shown}: `or` between matchers is not PromQL; use =~")
    found = [Matcher(m.name, MatchOp(m.op), m.value) for m in parsed.matchers]
    if parsed.name:
        found.insert(0, Matcher(METRIC_NAME, MatchOp.EQUAL, parsed.name))
    return Selector(tuple(found))


def _short(text: str) -> str:
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return repr(cut)
