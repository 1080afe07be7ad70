"""Vector selectors of PromQL texts."""

from kizashi.errors import PromqlError, SelectorError
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.promql.reader import parse
from kizashi.promql.scanner import wrong
from kizashi.promql.stream import cut
from kizashi.promql.tree import VectorSelector
from kizashi.promql.writer import shown


def parse_selector(text: str) -> Selector:
    """Return the selector that a PromQL text names.

    Raises:
        PromqlError: If the text is not PromQL, or larger than what is read; a
            SelectorError where it is more than a plain vector selector: no function,
            range, offset or ``@``.
    """
    parsed = parse(text)
    if not isinstance(parsed, VectorSelector):
        raise _refused(wrong("promql.not-selector"))
    return selector_of(parsed)


def selector_of(parsed: VectorSelector) -> Selector:
    """Return the selector of a part of a PromQL expression.

    Raises:
        SelectorError: If it has an offset or ``@``.
    """
    if parsed.offset_ms is not None or parsed.at is not None:
        raise _refused(wrong("promql.selector-moved", selector=cut(shown(parsed))))
    found = [LabelMatcher(m.name, MatchOp(m.op), m.value) for m in parsed.matchers]
    if parsed.name:
        found.insert(0, LabelMatcher(METRIC_NAME, MatchOp.EQUAL, parsed.name))
    return Selector(tuple(found))


def _refused(error: PromqlError) -> SelectorError:
    return SelectorError(str(error), error.code, error.params)
