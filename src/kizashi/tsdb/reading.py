"""Questions to the store: a matrix, a selector, the last value before a time."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.model.scrape_rows import SeriesSamples
from kizashi.tsdb import chunks
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.database import Database
from kizashi.tsdb.head import LIMIT_MS, Head, clipped
from kizashi.tsdb.health import DamageReporter
from kizashi.tsdb.samples import FoundSamples, to_columns, to_matrix

#: Series of one answer that are fetched and decoded together.
_BATCH = 256
#: Head rows that `last_before` decodes at a time, going back.
_STEP_BACK = 32

_Columns = list[tuple[Int64Array, FloatArray]]


class SampleReading:
    """The reading half of the store.

    The head is asked before the chunks, in that order: what moves from one to the
    other in between is found twice, never not at all.
    """

    def __init__(
        self, database: Database, catalog: Catalog, head: Head, health: DamageReporter
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._head = head
        self._health = health

    def matrix(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> tuple[Int64Array, FloatArray]:
        """Return times, shape (r,), and values, shape (r, n), NaN for no sample."""
        found = self.gather(target, series, start_ms, end_ms)
        times, values, _ = to_matrix(found, len(series))
        return times, values

    def gather(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> FoundSamples:
        """Return what head and chunks have of some series of one target."""
        head = self._head.read(target, series, start_ms, end_ms)
        places, streams = self._catalog.streams(target).find(series)
        sealed = self._sealed(streams, start_ms, end_ms)
        moved = [b.among(places) for b in sealed.blocks]
        return FoundSamples([*moved, *head.blocks], head.loose)

    def select(
        self, selector: Selector, start_ms: int, end_ms: int
    ) -> Iterator[SeriesSamples]:
        """Yield every matching series that has samples in the span, by number."""
        matching = self._catalog.find(selector)
        for start in range(0, len(matching), _BATCH):
            yield from self._select(matching[start : start + _BATCH], start_ms, end_ms)

    def last_before(
        self, series: Int64Array, before_ms: int
    ) -> Mapping[int, tuple[int, float]]:
        """Return the last real sample of each series strictly before a time."""
        out: dict[int, tuple[int, float]] = {}
        owners = self._catalog.streams_of_series(series.tolist())
        for target in sorted({target for _, target, _ in owners}):
            mine = np.array([s for s, t, _ in owners if t == target], np.int64)
            for number, found in self._last_won(target, mine, before_ms).items():
                # Targets come by number: the lower one keeps an equal time.
                if number not in out or found[0] > out[number][0]:
                    out[number] = found
        return out

    def _select(
        self, matching: Sequence[tuple[int, Labels]], start_ms: int, end_ms: int
    ) -> Iterator[SeriesSamples]:
        labels = dict(matching)
        by_target: dict[int, list[int]] = {}
        for number, target, _ in self._catalog.streams_of_series(list(labels)):
            by_target.setdefault(target, []).append(number)
        parts: dict[int, _Columns] = {}
        for target, numbers in sorted(by_target.items()):
            found = self.gather(target, np.array(numbers, np.int64), start_ms, end_ms)
            columns = to_columns(found, len(numbers))
            for number, column in zip(numbers, columns, strict=True):
                if len(column[0]):
                    parts.setdefault(number, []).append(column)
        for number in sorted(parts):
            ts_ms, values = _united(parts[number])
            yield SeriesSamples(number, labels[number], ts_ms, values)

    def _sealed(self, streams: Int64Array, start_ms: int, end_ms: int) -> FoundSamples:
        raw = []
        with self._database.read() as reader:
            for level in chunks.LEVELS:
                chosen = chunks.blocks(reader, level, start_ms, end_ms)
                if chosen:
                    raw.append(chunks.fetch(reader, level, streams.tolist(), chosen))
        found = [chunks.decode(one, streams, self._health) for one in raw]
        return clipped(
            FoundSamples([b for one in found for b in one.blocks], ()), start_ms, end_ms
        )

    def _last_won(
        self, target: int, series: Int64Array, before_ms: int
    ) -> dict[int, tuple[int, float]]:
        """Return the last real samples of one target.

        What head and chunks say one by one may have lost its place to an older
        claim, a NaN perhaps: so each is read again, all of them together.
        """
        out: dict[int, tuple[int, float]] = {}
        last = self._last_of_target(target, series, before_ms)
        for ts in sorted({ts for ts, _ in last.values()}, reverse=True):
            there = np.array([n for n, (at, _) in last.items() if at == ts], np.int64)
            _, values = self.matrix(target, there, ts, ts)
            if not len(values):
                continue  # It expired while we looked.
            is_real = ~np.isnan(values[0])
            for number, value in zip(
                there[is_real].tolist(), values[0][is_real].tolist(), strict=True
            ):
                out[number] = (ts, value)
            if not is_real.all():
                out.update(self._last_won(target, there[~is_real], ts))
        return out

    def _last_of_target(
        self, target: int, series: Int64Array, before_ms: int
    ) -> dict[int, tuple[int, float]]:
        out: dict[int, tuple[int, float]] = {}
        rows = self._head.rows(target, -LIMIT_MS, before_ms - 1)
        rows.sort(key=lambda row: row.hi, reverse=True)
        missing = series
        for start in range(0, len(rows), _STEP_BACK):
            step = rows[start : start + _STEP_BACK]
            with self._database.read() as reader:
                raw = self._head.fetch(reader, step)
            found = clipped(self._head.decode(raw, missing), -LIMIT_MS, before_ms - 1)
            _note_last(out, missing, to_columns(found, len(missing)))
            # A series with a sample after everything in the rows left is done.
            left = rows[start + _STEP_BACK : start + _STEP_BACK + 1]
            if left:
                missing = _without_newer(missing, out, left[0].hi)
            if not len(missing):
                break
        self._last_sealed(target, series, before_ms, out)
        return out

    def _last_sealed(
        self,
        target: int,
        series: Int64Array,
        before_ms: int,
        out: dict[int, tuple[int, float]],
    ) -> None:
        """Go back through the blocks until nothing older could win."""
        for level in chunks.LEVELS:
            with self._database.read() as reader:
                known = chunks.blocks(reader, level, -LIMIT_MS, before_ms - 1)
            missing = series
            for block in reversed(known):
                missing = _without_newer(missing, out, (block + 1) * level.span_ms - 1)
                places, streams = self._catalog.streams(target).find(missing)
                if not len(places):
                    break
                with self._database.read() as reader:
                    raw = chunks.fetch(reader, level, streams.tolist(), [block])
                found = chunks.decode(raw, streams, self._health)
                found = clipped(found, -LIMIT_MS, before_ms - 1)
                _note_last(out, missing[places], to_columns(found, len(streams)))


def _note_last(
    out: dict[int, tuple[int, float]], series: Int64Array, columns: _Columns
) -> None:
    """Keep the last real sample of each column where it is newer than before."""
    for number, (ts_ms, values) in zip(series.tolist(), columns, strict=True):
        real = np.flatnonzero(~np.isnan(values))
        if len(real):
            last = (int(ts_ms[real[-1]]), float(values[real[-1]]))
            if number not in out or last[0] > out[number][0]:
                out[number] = last


def _without_newer(
    series: Int64Array, found: Mapping[int, tuple[int, float]], ts_ms: int
) -> Int64Array:
    """Return the series whose last sample could still be at a time or before it."""
    left = [n for n in series.tolist() if n not in found or found[n][0] <= ts_ms]
    return np.array(left, np.int64)


def _united(parts: _Columns) -> tuple[Int64Array, FloatArray]:
    """Return one series of what several targets said; the first of them wins."""
    if len(parts) == 1:
        return parts[0]
    ts_ms = np.concatenate([ts for ts, _ in parts])
    values = np.concatenate([v for _, v in parts])
    unique, first = np.unique(ts_ms, return_index=True)
    return unique, values[first]
