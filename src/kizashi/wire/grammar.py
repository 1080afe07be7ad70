"""What both exposition formats share: series, numbers, and a dialect's description.

Source: Prometheus "Exposition formats", text format 0.0.4; OpenMetrics 1.0, "ABNF".
Where the two leave something open, what Prometheus' own scrape accepts is accepted.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kizashi.errors import ExpositionError, LimitError
from kizashi.model.labels import METRIC_NAME, Labels

# Every repetition is possessive: a hostile line costs one pass, not a power of its
# length.
METRIC = rb"[a-zA-Z_:][a-zA-Z0-9_:]*+"
LABEL = rb"[a-zA-Z_][a-zA-Z0-9_]*+"
QUOTED = rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
FINITE = rb"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+"
NUMBER = rb"(?:%b|[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?+|[nN][aA][nN])" % FINITE

_NUMBER = re.compile(NUMBER)
_ESCAPE = re.compile(r'\\(["\\n])')
_UNESCAPED = {'"': '"', "\\": "\\", "n": "\n"}
_SHOWN_BYTES = 120


@dataclass(frozen=True, slots=True)
class SeriesLimits:
    """How large labels may be; the metric name counts as a value.

    Attributes:
        labels: Of one series.
        name_bytes: Of a label's name.
        value_bytes: Of a label's value.
        pairs: Different names and values on one page, None where nobody counts.
    """

    labels: int
    name_bytes: int
    value_bytes: int
    pairs: int | None = None


@dataclass(frozen=True, slots=True)
class ExpositionFormat:
    """One exposition format, as far as lines of it differ from the other's.

    Attributes:
        series: Matches a series at the start of a line.
        item: Finds what stands between the braces, one after another: groups 1 and 2
            are a label's name and quoted value, group 2 is None for a quoted metric
            name.
        separators: Bytes that may stand between a series and its value.
        separator_optional: Whether the value may follow without any.
        tail: Matches what follows the separator: group 1 is the value, group 2 the
            time stamp or None.
        read_stamp: Returns a time stamp in milliseconds.
        read_meta: Returns family and type of a TYPE line, and None for every other
            line that is no sample; raises ExpositionError for a line that is neither.
        content_lines: Returns how many of a page's lines are content.
    """

    series: re.Pattern[bytes]
    item: re.Pattern[bytes]
    separators: bytes
    separator_optional: bool
    tail: re.Pattern[bytes]
    read_stamp: Callable[[bytes], int]
    read_meta: Callable[[bytes], tuple[str, str] | None]
    content_lines: Callable[[list[bytes]], int]


def read_number(token: bytes) -> float:
    """Return a sample value.

    Every NaN is the same one, and never a staleness marker.

    Raises:
        ExpositionError: If the token is no number or none that a float64 can hold.

    Source: Go's strconv.ParseFloat without hexadecimals and underscores, which
    Prometheus refuses; other than Python's float() it knows no sign before NaN.
    """
    if _NUMBER.fullmatch(token) is None:
        raise ExpositionError(
            f"{show(token)} is not a number; expected one such as 3, -0.5, 1e6, +Inf"
            " or NaN"
        )
    value = float(token)
    if math.isinf(value) and token[-1:].isdigit():
        raise ExpositionError(f"{show(token)} does not fit a 64-bit float")
    return value


def read_name(raw: bytes) -> str:
    """Return a metric or label name, quoted or not.

    Raises:
        ExpositionError: If it is not UTF-8.
    """
    return _unquote(raw) if raw.startswith(b'"') else raw.decode()


def _unquote(raw: bytes) -> str:
    """Return a quoted text without quotes and escapes."""
    try:
        text = raw[1:-1].decode()
    except UnicodeDecodeError as error:
        raise ExpositionError(f"{show(raw)} is not valid UTF-8") from error
    if "\\" in text:
        return _ESCAPE.sub(lambda found: _UNESCAPED[found[1]], text)
    return text


def show(raw: bytes) -> str:
    """Return bytes from outside, safe to print and not too long."""
    if len(raw) > _SHOWN_BYTES:
        return f"{raw[:_SHOWN_BYTES]!r}... ({len(raw)} bytes)"[1:]
    return repr(raw)[1:]


def is_utf8(raw: bytes) -> bool:
    """Return whether bytes are valid UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_tail(tail: bytes, dialect: ExpositionFormat) -> tuple[float, bytes | None]:
    """Return the value after a series, and the time stamp as written.

    Raises:
        ExpositionError: If value or exemplar are malformed, or more follows.
    """
    found = dialect.tail.fullmatch(tail)
    if found is None:
        if dialect.separator_optional:
            tail = tail.strip(b" \t")
        value, _, more = tail.partition(b" ")
        read_number(value)
        raise ExpositionError(
            f"expected nothing or a time stamp after the value, got {show(more)}"
        )
    if not is_utf8(tail):
        raise ExpositionError("the exemplar is not valid UTF-8")
    return read_number(found[1]), found[2]


def located(number: int, line: bytes, error: Exception) -> str:
    """Return an error's message with the line it is about."""
    return f"line {number}: {error}; the line is {show(line)}"


class ExposedLabels(Labels):
    """The labels of a series on a page that gives some of them an empty value.

    Such a label is absent, but it says more than a label that is not there: that the
    target's own must not take its place. So these are equal to no other labels.

    Source: Prometheus configuration, ``honor_labels``; push gateways write
    ``instance=""``.
    """

    __slots__ = ("emptied",)

    emptied: frozenset[str]

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        pairs = list(pairs)
        super().__init__(pairs)
        self.emptied = frozenset(name for name, value in pairs if not value)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ExposedLabels)
            and self.pairs == other.pairs
            and self.emptied == other.emptied
        )

    __hash__ = Labels.__hash__


class SeriesReader:
    """Turns raw series into label sets; pairs that recur become one object."""

    def __init__(self, dialect: ExpositionFormat, limits: SeriesLimits) -> None:
        self.dialect = dialect
        self._limits = limits
        self._names: dict[bytes, tuple[str, str]] = {}
        self._pairs: dict[bytes, tuple[str, str]] = {}

    def read(self, raw: bytes) -> Labels:
        """Return the labels of a raw series that the dialect's pattern matched.

        They are ExposedLabels where one has an empty value.

        Raises:
            ExpositionError: If the metric name is missing, a label name comes twice or
                is empty, or something is not UTF-8.
            LimitError: If there are too many labels, or one is too long.
        """
        head, _, inner = raw.partition(b"{")
        pairs = []
        if head := head.rstrip(b" \t"):
            pairs.append(self._name_pair(head))
        if inner := inner[:-1]:
            pairs += self._known_pairs(inner) or self._read_pairs(inner, bool(pairs))
        self._check_count(pairs)
        names = {name for name, _ in pairs}
        if METRIC_NAME not in names:
            raise ExpositionError("no metric name; expected one before the braces")
        if len(names) != len(pairs):
            raise ExpositionError("a label name comes twice; expected each once")
        labels = Labels(pairs)
        return labels if len(labels) == len(pairs) else ExposedLabels(pairs)

    def split(self, line: bytes) -> tuple[bytes, bytes] | None:
        """Return a line's raw series, and the same with the separator behind it.

        Both are equal where the format needs no separator and there is none. None
        where the line does not start with a series.

        Raises:
            ExpositionError: If braces are malformed or the separator is missing.
        """
        found = self.dialect.series.match(line)
        if found is None:
            return None
        raw = found[0]
        rest = line[len(raw) :]
        if rest.lstrip(b" \t").startswith(b"{"):
            raise ExpositionError(
                'the braces are malformed; expected labels such as {a="b",c="d"}'
            )
        separator = rest[:1]
        if separator and separator in self.dialect.separators:
            return raw, raw + separator
        if self.dialect.separator_optional:
            return raw, raw
        raise ExpositionError("expected one space between the series and its value")

    def _known_pairs(self, inner: bytes) -> list[tuple[str, str]] | None:
        """Return the pairs between the braces if all of them were read before.

        A piece that is a known pair is whole, so cutting at commas was right; a comma
        inside a value makes pieces that are not known.
        """
        known = self._pairs.get
        pairs = []
        for piece in inner.split(b",", self._limits.labels):
            pair = known(piece)
            if pair is None:
                return None
            pairs.append(pair)
        return pairs

    def _read_pairs(self, inner: bytes, is_named: bool) -> list[tuple[str, str]]:
        """Return the pairs between the braces, a quoted metric name among them."""
        pairs: list[tuple[str, str]] = []
        for item in self.dialect.item.finditer(inner):
            if item[2] is not None:
                pairs.append(self._label_pair(item))
            elif is_named:
                raise ExpositionError("a second metric name; expected one")
            else:
                is_named = True
                pairs.append(self._name_pair(item[1]))
            self._check_count(pairs)
        return pairs

    def _label_pair(self, item: re.Match[bytes]) -> tuple[str, str]:
        pair = self._pairs.get(item[0])
        if pair is None:
            pair = read_name(item[1]), _unquote(item[2])
            if not pair[0]:
                raise ExpositionError("a label name is empty; expected a name")
            if pair[0] == METRIC_NAME:
                raise ExpositionError(
                    "__name__ is given as a label; expected the metric name before the"
                    " braces"
                )
            self._check_pairs()
            self._pairs[item[0]] = self._check_length(pair)
        return pair

    def _name_pair(self, raw: bytes) -> tuple[str, str]:
        pair = self._names.get(raw)
        if pair is None:
            pair = METRIC_NAME, read_name(raw)
            if not pair[1]:
                raise ExpositionError("the metric name is empty; expected a name")
            self._names[raw] = self._check_length(pair)
        return pair

    def _check_count(self, pairs: list[tuple[str, str]]) -> None:
        if len(pairs) > self._limits.labels:
            raise LimitError(
                f"the series has more than {self._limits.labels} labels, the metric"
                " name among them; raise label_limit or drop labels at the target"
            )

    def _check_pairs(self) -> None:
        # A page of the largest size where no two labels are alike would take fifty
        # times that size.
        most = self._limits.pairs
        if most is not None and len(self._pairs) >= most:
            raise LimitError(
                f"the page has more than {most} different label values; raise"
                " sample_limit, which it follows, or expose fewer"
            )

    def _check_length(self, pair: tuple[str, str]) -> tuple[str, str]:
        name, value = (len(part.encode()) for part in pair)
        if name > self._limits.name_bytes and pair[0] != METRIC_NAME:
            raise LimitError(
                f"label name {show(pair[0].encode())} has {name} bytes; at most"
                f" {self._limits.name_bytes} are allowed (label_name_length_limit)"
            )
        if value > self._limits.value_bytes:
            raise LimitError(
                f"the value of label {pair[0]!r} has {value} bytes; at most"
                f" {self._limits.value_bytes} are allowed (label_value_length_limit)"
            )
        return pair
