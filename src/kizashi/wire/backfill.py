"""OpenMetrics with time stamps, read as a stream: history to be back-filled.

Source: what ``promtool tsdb create-blocks-from openmetrics`` takes and
``promtool tsdb dump-openmetrics`` writes.
"""

import re
from collections.abc import Iterable, Iterator

from kizashi.errors import ExpositionError, LimitError
from kizashi.model.labels import Labels
from kizashi.wire.grammar import (
    SeriesLimits,
    SeriesReader,
    located,
    read_tail,
)
from kizashi.wire.openmetrics import DIALECT, END, read_seconds

#: History comes from an operator, not from a target: these only stop nonsense.
_LIMITS = SeriesLimits(labels=256, name_bytes=4096, value_bytes=65_536)
#: Series remembered; a file with more is read correctly, only more slowly.
_KNOWN_SERIES = 200_000
#: Two numbers that Python reads as Prometheus does and that are far from overflow.
_PLAIN = re.compile(
    rb"-?[0-9]{1,20}+(?:\.[0-9]*+)?+(?:e[-+]?[0-9]{1,2})?+ -?[0-9]{1,15}+(?:\.[0-9]*+)?+\n?"
)

_Sample = tuple[Labels, int, float]


def iter_backfill(lines: Iterable[bytes]) -> Iterator[_Sample]:
    """Yield label set, Unix milliseconds and value of each sample, in their order.

    Recurring series are the same object while they are remembered. Exemplars are
    checked and left out. Time stamps before 1970 are allowed.

    Args:
        lines: An OpenMetrics file's lines, with or without their line breaks, as a
            binary file yields them.

    Raises:
        ExpositionError: If a line is malformed, a sample has no time stamp, or the
            file does not end in ``# EOF``. Samples before that were yielded.
        LimitError: If a label is far too long, or a series has far too many.
    """
    reader = _HistoryReader()
    known = reader.known
    are_plain = _PLAIN.fullmatch
    number, line = 0, b""
    try:
        for number, line in enumerate(lines, 1):  # noqa: B007 - located() reads it
            head, _, stamp = line.rpartition(b" ")
            key, _, value = head.rpartition(b" ")
            labels = known.get(key)
            # The common line: a known series and two plain numbers.
            if labels is not None and are_plain(line, len(key) + 1):
                yield labels, int(float(stamp) * 1000), float(value)
            else:
                sample = reader.read(line)
                if sample is not None:
                    yield sample
        reader.finish()
    except (ExpositionError, LimitError) as error:
        raise type(error)(located(number, line, error)) from error


class _HistoryReader:
    """Reads what is not the common line: new series, comments, the end."""

    def __init__(self) -> None:
        self.known: dict[bytes, Labels] = {}
        self._series = SeriesReader(DIALECT, _LIMITS)
        self._has_ended = False

    def read(self, line: bytes) -> _Sample | None:
        """Return the line's sample, None if it is none.

        Raises:
            ExpositionError: If it is malformed or has no time stamp.
            LimitError: If a label is far too long, or there are far too many.
        """
        line = line.removesuffix(b"\n")
        if self._has_ended:
            raise ExpositionError("expected nothing after # EOF")
        if line == END:
            self._has_ended = True
            # Nothing may follow, not even a series that is known.
            self.known.clear()
            return None
        found = self._series.split(line)
        if found is None:
            DIALECT.read_meta(line)
            return None
        raw, prefix = found
        value, stamp = read_tail(line[len(prefix) :], DIALECT)
        if stamp is None:
            raise ExpositionError(
                "the sample has no time stamp; expected seconds after the value"
            )
        return self._labels(raw), read_seconds(stamp), value

    def _labels(self, raw: bytes) -> Labels:
        labels = self.known.get(raw)
        if labels is None:
            labels = Labels(self._series.read(raw).pairs)
            if len(self.known) >= _KNOWN_SERIES:
                self.known.clear()
                self._series = SeriesReader(DIALECT, _LIMITS)
            self.known[raw] = labels
        return labels

    def finish(self) -> None:
        """Say that no more lines follow.

        Raises:
            ExpositionError: If the end mark was not among them.
        """
        if not self._has_ended:
            raise ExpositionError(
                "the file does not end in # EOF: it was cut off, or is not OpenMetrics"
            )
