"""The Prometheus text format 0.0.4, line by line.

Source: Prometheus "Exposition formats"; what its own scrape accepts beyond that
(blanks between tokens, quoted UTF-8 names, labels without a comma between them) is
accepted here too. One thing is not: a raw line break inside a label value, which the
specification forbids.
"""

import re

from kizashi.errors import ExpositionError
from kizashi.wire.grammar import (
    LABEL,
    METRIC,
    NUMBER,
    QUOTED,
    ExpositionFormat,
    read_name,
    show,
)

_TYPES = frozenset({b"counter", b"gauge", b"histogram", b"summary", b"untyped"})
_LATEST_MS = 2**63 - 1
_STAMP_DIGITS = len(str(_LATEST_MS))

_BLANK = rb"[ \t]*+"
_ITEM = rb"(?:(?:%b|%b)%b=%b%b|%b(?=[ \t]*[,}]))" % (
    LABEL, QUOTED, _BLANK, _BLANK, QUOTED, QUOTED,
)  # fmt: skip
_BRACES = rb"\{%b(?:%b%b(?:,%b)?+)*+\}" % (_BLANK, _ITEM, _BLANK, _BLANK)
_SERIES = re.compile(rb"%b(?:%b%b)?+|%b" % (METRIC, _BLANK, _BRACES, _BRACES))
_PAIR = re.compile(rb"(%b|%b)(?:%b=%b(%b))?+" % (LABEL, QUOTED, _BLANK, _BLANK, QUOTED))
_TAIL = re.compile(rb"%b(%b)(?:[ \t]++([0-9]++))?+%b" % (_BLANK, NUMBER, _BLANK))
_COMMENT = re.compile(rb"%b#" % _BLANK)
_META = re.compile(
    rb"%b#[ \t]++(HELP|TYPE)[ \t]++(%b|%b)?+(.*)" % (_BLANK, METRIC, QUOTED), re.DOTALL
)


def _read_stamp(token: bytes) -> int:
    """Return a time stamp, written as whole milliseconds."""
    digits = token.lstrip(b"0") or b"0"
    # The length is looked at first: Python refuses to convert very long numbers.
    if len(digits) > _STAMP_DIGITS or int(digits) > _LATEST_MS:
        raise ExpositionError(
            f"time stamp {show(token)} does not fit 64 bits; expected milliseconds"
        )
    return int(digits)


def _read_meta(line: bytes) -> tuple[str, str] | None:
    """Return family and type of a TYPE line, None for a comment, HELP or blank line."""
    if _COMMENT.match(line) is None:
        if line.strip(b" \t"):
            raise ExpositionError("expected a metric name, # or a blank line")
        return None
    found = _META.match(line)
    if found is None:
        return None
    keyword, name, text = found.groups()
    if name is None:
        raise ExpositionError(f"expected a metric name after {keyword.decode()}")
    # One byte parts the name from the text, whichever it is, as in Prometheus.
    text = text[1:]
    if keyword == b"TYPE":
        if text not in _TYPES:
            raise ExpositionError(
                f"{show(text)} is not a metric type; expected counter, gauge,"
                " histogram, summary or untyped"
            )
        return read_name(name), text.decode()
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise ExpositionError("the help text is not valid UTF-8") from error
    return None


DIALECT = ExpositionFormat(
    series=_SERIES,
    item=_PAIR,
    separators=b" \t",
    separator_optional=True,
    tail=_TAIL,
    read_stamp=_read_stamp,
    read_meta=_read_meta,
    content_lines=len,
)
