"""OpenMetrics 1.0 text, line by line.

Source: OpenMetrics 1.0, "ABNF". As in Prometheus' own scrape, metric types and
suffixes are not checked against each other, exemplars are checked and left out, and
quoted UTF-8 names are accepted.
"""

import math
import re

from kizashi.errors import ExpositionError
from kizashi.wire.grammar import (
    FINITE,
    LABEL,
    METRIC,
    NUMBER,
    QUOTED,
    ExpositionFormat,
    read_name,
    read_number,
    show,
)

END = b"# EOF"
_TYPES = frozenset(
    {
        b"counter",
        b"gauge",
        b"gaugehistogram",
        b"histogram",
        b"info",
        b"stateset",
        b"summary",
        b"unknown",
    }
)
_LATEST_MS = 2**63 - 1

_NAME = rb"(?:%b|%b)" % (LABEL, QUOTED)
_ITEM = rb"(?:%b=%b|%b(?=[,}]))" % (_NAME, QUOTED, QUOTED)
_BRACES = rb"\{(?:%b(?:,%b)*+,?+)?+\}" % (_ITEM, _ITEM)
_SERIES = re.compile(rb"%b(?:%b)?+|%b" % (METRIC, _BRACES, _BRACES))
_PAIR = re.compile(rb"(%b)(?:=(%b))?+" % (_NAME, QUOTED))
_EXEMPLAR = rb" # \{(?:%b=%b(?:,%b=%b)*+,?+)?+\} %b(?: %b)?+" % (
    _NAME, QUOTED, _NAME, QUOTED, NUMBER, FINITE,
)  # fmt: skip
_TAIL = re.compile(rb"(%b)(?: (%b))?+(?:%b)?+" % (NUMBER, NUMBER, _EXEMPLAR))
_META = re.compile(
    rb"# (HELP|TYPE|UNIT) (%b|%b)(?: (.*))?+" % (METRIC, QUOTED), re.DOTALL
)


def read_seconds(token: bytes) -> int:
    """Return a time stamp written in seconds as milliseconds, cut off towards zero.

    Raises:
        ExpositionError: If it is not finite or does not fit 64 bits.

    Source: Prometheus cuts off as well; for whole milliseconds of this century before
    2096 the product is exact.
    """
    milliseconds = read_number(token) * 1000
    if not math.isfinite(milliseconds) or abs(milliseconds) > _LATEST_MS:
        raise ExpositionError(
            f"time stamp {show(token)} is out of range; expected seconds since 1970"
        )
    return int(milliseconds)


def _read_stamp(token: bytes) -> int:
    """Return a scraped sample's time stamp in milliseconds."""
    stamp = read_seconds(token)
    if stamp < 0:
        raise ExpositionError(
            f"time stamp {show(token)} is before 1970; expected seconds since then"
        )
    return stamp


def _read_meta(line: bytes) -> tuple[str, str] | None:
    """Return family and type of a TYPE line, None for HELP and UNIT."""
    found = _META.fullmatch(line)
    if found is None:
        if line == END:
            raise ExpositionError("# EOF before the end; expected nothing after it")
        raise ExpositionError(
            "expected a metric name, # HELP, # TYPE, # UNIT or # EOF, each with a name"
            " and a text"
        )
    keyword, name, text = found.groups()
    if text is None:
        raise ExpositionError(f"expected a text after {keyword.decode()} and the name")
    if keyword == b"TYPE":
        if text not in _TYPES:
            raise ExpositionError(
                f"{show(text)} is not a metric type; expected one of"
                f" {', '.join(sorted(t.decode() for t in _TYPES))}"
            )
        return read_name(name), text.decode()
    if keyword == b"UNIT":
        _check_unit(name.strip(b'"'), text)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise ExpositionError("the text is not valid UTF-8") from error
    return None


def _check_unit(name: bytes, unit: bytes) -> None:
    """Refuse a unit that the metric's name does not end in."""
    if unit and not name.endswith(b"_" + unit):
        raise ExpositionError(
            f"metric {show(name)} does not end in its unit; expected _{unit.decode(errors='replace')}"
        )


def _content_lines(lines: list[bytes]) -> int:
    """Return how many lines stand before the end mark."""
    end = len(lines) - (2 if lines[-1] == b"" else 1)
    if end < 0 or lines[end] != END:
        raise ExpositionError(
            "the page does not end in # EOF: it was cut off, or is not OpenMetrics"
        )
    return end


DIALECT = ExpositionFormat(
    series=_SERIES,
    item=_PAIR,
    separators=b" ",
    separator_optional=False,
    tail=_TAIL,
    read_stamp=_read_stamp,
    read_meta=_read_meta,
    content_lines=_content_lines,
)
