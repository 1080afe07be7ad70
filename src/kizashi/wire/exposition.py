"""Scrape bodies to samples, fast while a page's series stay the same.

A target shows the same series scrape after scrape; only the numbers move. The parser
therefore remembers, line by line, everything up to the number. As long as that
matches, a page costs one pass to cut lines, one to strip what is known and one to read
numbers; label sets are not touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress

import numpy as np

from kizashi.errors import ExpositionError, LimitError
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.wire import openmetrics, text_format
from kizashi.wire.grammar import (
    ExpositionFormat,
    SeriesLimits,
    SeriesReader,
    is_utf8,
    located,
    read_number,
    read_tail,
)

_OPENMETRICS = "application/openmetrics-text"
#: Bytes that Python's float() lets pass in or around a number and Prometheus does not.
_NOT_IN_NUMBERS = (b"_", b"\r", b"\v", b"\f")
NO_STAMP = -1
#: A sample has at most its own line, HELP, TYPE and UNIT, and room to breathe.
_LINES_A_SAMPLE = 8
#: Labels that no other sample shares: an identifier or two, and room to breathe.
_PAIRS_A_SAMPLE = 4
#: So many of either are allowed where few samples are.
_FEW = 10_000


@dataclass(frozen=True, slots=True)
class PageLayout:
    """The series of a page. One object as long as they and their order stay the same.

    Attributes:
        labels: Label sets with ``__name__``, in the order of the page.
        types: Metric family name to counter, gauge, histogram, summary, untyped, or
            what else the format knows, as the page spells it.
    """

    labels: tuple[Labels, ...]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExpositionPage:
    """What one scrape body said.

    Attributes:
        layout: The series.
        values: Shape (n,), bit-exact; any NaN is the ordinary one, never a staleness
            marker.
        timestamps_ms: Shape (n,), the stamps that the page gave, -1 where a sample
            has none; None when no sample has one.
        duplicates: Samples dropped because their series stood on the page already.
    """

    layout: PageLayout
    values: FloatArray
    timestamps_ms: Int64Array | None
    duplicates: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is remembered of a page: all of it but the numbers.

    Attributes:
        dialect: The page's format.
        prefixes: Every line up to its number; whole lines where there is none.
        prefix_bytes: Their length together.
        is_sample: One byte a line, 1 for a sample.
        other_lines: Indices of the lines that are no samples.
        kept: Which samples are not duplicates, or None when all are kept.
        is_stable: Whether prefixes may be matched: each ends where a number starts.
        layout: What the page's series are.
    """

    dialect: ExpositionFormat
    prefixes: list[bytes]
    prefix_bytes: int
    is_sample: bytes
    other_lines: list[int]
    kept: Int64Array | None
    is_stable: bool
    layout: PageLayout


class ExpositionParser:
    """Parses one target's pages; not to be shared between threads.

    Memory is bounded by the limits: the lines of the last page and the label sets of
    the last two layouts are kept.
    """

    def __init__(
        self,
        *,
        max_samples: int,
        max_labels: int,
        max_label_name_bytes: int,
        max_label_value_bytes: int,
    ) -> None:
        self._max_samples = max_samples
        self._limits = SeriesLimits(
            max_labels,
            max_label_name_bytes,
            max_label_value_bytes,
            max(_PAIRS_A_SAMPLE * max_samples, _FEW),
        )
        self._shape: _Shape | None = None
        # Two generations, so that a page that lacks some series once does not make
        # the parser forget them. Keys are prefixes, shared with the shape.
        self._known: dict[bytes, Labels] = {}
        self._older: dict[bytes, Labels] = {}

    def parse(self, body: bytes, content_type: str) -> ExpositionPage:
        """Return the samples of a scrape body.

        Args:
            body: The page, decompressed.
            content_type: The response's header; OpenMetrics where it says so, the
                text format in every other case, as in Prometheus 2.

        Raises:
            ExpositionError: If any line is malformed: a page counts whole or not at
                all. The message names line and expectation.
            LimitError: If a limit was reached; nothing beyond it was built.
        """
        media_type = content_type.partition(";")[0].strip().lower()
        is_openmetrics = media_type == _OPENMETRICS
        dialect = openmetrics.DIALECT if is_openmetrics else text_format.DIALECT
        self._refuse_too_many_lines(body)
        lines = body.split(b"\n")
        shape = self._shape
        if shape is not None and shape.dialect is dialect and shape.is_stable:
            page = _parse_unchanged(body, lines, shape)
            if page is not None:
                return page
        return self._parse_changed(lines, dialect)

    def _refuse_too_many_lines(self, body: bytes) -> None:
        """Refuse a page of comments or blank lines before they are cut apart.

        Every line costs memory for as long as it is remembered, and time that no
        timeout ends.

        Raises:
            LimitError: If there are more lines than so many samples can need.
        """
        most = max(_LINES_A_SAMPLE * self._max_samples, _FEW)
        if len(body) > most and body.count(b"\n") > most:
            raise LimitError(
                f"the page has more than {most} lines, far more than"
                f" {self._max_samples} samples need; raise sample_limit or expose fewer"
            )

    def _parse_changed(
        self, lines: list[bytes], dialect: ExpositionFormat
    ) -> ExpositionPage:
        """Return the samples of a page whose layout is new, and remember it."""
        if self._shape is not None and self._shape.dialect is not dialect:
            # What one format lets pass between braces, the other may refuse.
            self._known, self._older = {}, {}
        reader = _LayoutReader(
            SeriesReader(dialect, self._limits),
            self._max_samples,
            (self._known, self._older),
        )
        reader.read(lines)
        shape = reader.shape(self._shape.layout if self._shape else None)
        try:
            page = _read_values(reader.tails, shape)
        except ExpositionError:
            _raise_first_bad(lines, reader.tails, shape)
            raise
        # What shares little with the page before would be remembered for nothing.
        is_other = reader.fresh > _FEW and 2 * reader.fresh > len(reader.known)
        self._older = {} if is_other else self._known
        self._known, self._shape = reader.known, shape
        return page


class _LayoutReader:
    """One pass over a page whose layout is new: series, types, what is not a number."""

    def __init__(
        self,
        series: SeriesReader,
        max_samples: int,
        known: tuple[dict[bytes, Labels], dict[bytes, Labels]],
    ) -> None:
        self.known: dict[bytes, Labels] = {}
        self.tails: list[bytes] = []
        self.fresh = 0
        self._series = series
        self._dialect = series.dialect
        self._max_samples = max_samples
        self._newer, self._older = known
        self._prefixes: list[bytes] = []
        self._is_sample = bytearray()
        self._rows: dict[Labels, int] = {}
        self._types: dict[str, str] = {}
        self._is_stable = True

    def read(self, lines: list[bytes]) -> None:
        """Read all lines.

        Raises:
            ExpositionError: If a line is malformed up to its number.
            LimitError: If a limit was reached.
        """
        content = self._dialect.content_lines(lines)
        newer, older = self._newer.get, self._older.get
        number, line = 0, b""
        try:
            for number, line in enumerate(lines[:content], 1):  # noqa: B007
                tail = line.rpartition(b" ")[2]
                prefix = line.removesuffix(tail)
                labels = newer(prefix) or older(prefix)
                if labels is None:
                    self._read_line(line)
                else:
                    self._add_sample(prefix, tail, labels)
        except (ExpositionError, LimitError) as error:
            raise type(error)(located(number, line, error)) from error
        self._prefixes += lines[content:]
        self._is_sample += bytes(len(lines) - content)

    def _read_line(self, line: bytes) -> None:
        """Read a line that is new: a series, a comment or a blank line."""
        found = self._series.split(line)
        if found is None:
            self._add_other(line)
            return
        raw, prefix = found
        # Without a separator a longer name would match this prefix.
        self._is_stable = self._is_stable and prefix != raw
        labels = self._newer.get(prefix) or self._older.get(prefix)
        if labels is None:
            labels = self._series.read(raw)
            self.fresh += 1
        self._add_sample(prefix, line[len(prefix) :], labels)

    def _add_sample(self, prefix: bytes, tail: bytes, labels: Labels) -> None:
        if len(self.tails) >= self._max_samples:
            raise LimitError(
                f"the page has more than {self._max_samples} samples; raise"
                " sample_limit or expose fewer series"
            )
        self.known[prefix] = labels
        self._prefixes.append(prefix)
        self._is_sample.append(1)
        self._rows.setdefault(labels, len(self.tails))
        self.tails.append(tail)

    def _add_other(self, line: bytes) -> None:
        typed = self._dialect.read_meta(line)
        if typed is not None:
            if len(self._types) >= self._max_samples:
                raise LimitError(
                    f"the page has more than {self._max_samples} metric families, the"
                    " number of samples allowed; raise sample_limit or expose fewer"
                )
            self._types[typed[0]] = typed[1]
        self._prefixes.append(line)
        self._is_sample.append(0)

    def shape(self, layout: PageLayout | None) -> _Shape:
        """Return what was read; `layout` is the previous one, kept if it is equal."""
        labels = tuple(self._rows)
        if layout is None or layout.labels != labels or layout.types != self._types:
            layout = PageLayout(labels, self._types)
        has_duplicates = len(labels) != len(self.tails)
        is_sample = bytes(self._is_sample)
        return _Shape(
            dialect=self._dialect,
            prefixes=self._prefixes,
            prefix_bytes=sum(map(len, self._prefixes)),
            is_sample=is_sample,
            other_lines=[i for i, flag in enumerate(is_sample) if not flag],
            kept=np.array([*self._rows.values()], np.int64) if has_duplicates else None,
            is_stable=self._is_stable,
            layout=layout,
        )


def _parse_unchanged(
    body: bytes, lines: list[bytes], shape: _Shape
) -> ExpositionPage | None:
    """Return the samples if the page differs in numbers only, else None."""
    if len(lines) != len(shape.prefixes):
        return None
    tails = list(map(bytes.removeprefix, lines, shape.prefixes))
    # A prefix is removed whole or not at all: where the lengths add up, all were.
    left = len(body) - (len(lines) - 1) - shape.prefix_bytes
    if sum(map(len, tails)) != left or any(map(tails.__getitem__, shape.other_lines)):
        return None
    try:
        return _read_values(list(compress(tails, shape.is_sample)), shape)
    except ExpositionError:
        # Perhaps no error: `foo 1` may have become `foo {a="b"} 1`.
        return None


def _read_values(tails: list[bytes], shape: _Shape) -> ExpositionPage:
    """Return the page whose lines end in these tails, one for each sample.

    Raises:
        ExpositionError: If a tail is malformed; which one is not said.
    """
    joined = b"".join(tails)
    stamps = None
    if b" " in joined or b"\t" in joined:
        tails, stamps = _strip_stamps(tails, shape.dialect)
    elif any(byte in joined for byte in _NOT_IN_NUMBERS):
        raise ExpositionError("not a number")
    try:
        values = np.fromiter(map(float, tails), np.float64, len(tails))
    except ValueError as error:
        raise ExpositionError("not a number") from error
    # Overflow and signed NaN are errors, so these few are read again with care.
    for row in np.flatnonzero(~np.isfinite(values)).tolist():
        read_number(tails[row])
    if shape.kept is not None:
        values = values[shape.kept]
        stamps = None if stamps is None else stamps[shape.kept]
    if stamps is not None and not (stamps != NO_STAMP).any():
        stamps = None
    duplicates = len(tails) - len(values)
    return ExpositionPage(shape.layout, values, stamps, duplicates)


def _strip_stamps(
    tails: list[bytes], dialect: ExpositionFormat
) -> tuple[list[bytes], Int64Array]:
    """Return the values alone, and the time stamps, shape (n,), NO_STAMP where none."""
    stamps = np.full(len(tails), NO_STAMP, np.int64)
    values = tails.copy()
    match, read_stamp = dialect.tail.fullmatch, dialect.read_stamp
    for row, tail in enumerate(tails):
        if tail.isdigit():
            continue
        found = match(tail)
        if found is None or not is_utf8(tail):
            raise ExpositionError("not a number")
        values[row], stamp = found.groups()
        if stamp is not None:
            stamps[row] = read_stamp(stamp)
    return values, stamps


def _raise_first_bad(lines: list[bytes], tails: list[bytes], shape: _Shape) -> None:
    """Raise the error of the first line whose number or time stamp is malformed."""
    for number, tail in zip(
        compress(range(1, len(lines) + 1), shape.is_sample), tails, strict=True
    ):
        try:
            _, stamp = read_tail(tail, shape.dialect)
            if stamp is not None:
                shape.dialect.read_stamp(stamp)
        except ExpositionError as error:
            raise ExpositionError(located(number, lines[number - 1], error)) from error
