"""Back-filled samples: put among those that are there, never over them."""

from collections.abc import Sequence

import numpy as np

from kizashi.errors import StoreError
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array, is_stale
from kizashi.model.labels import Labels
from kizashi.tsdb import chunks, columns
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.chunks import HOURS_2
from kizashi.tsdb.database import Database
from kizashi.tsdb.head import LIMIT_MS
from kizashi.tsdb.health import DamageReporter
from kizashi.tsdb.reading import SampleReading
from kizashi.tsdb.samples import FoundSamples, SampleBlock, to_matrix

#: Later than any scrape row: whatever is there already wins.
_RANK = 2**61


class HistoryWriter:
    """Writes samples of the past."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        reading: SampleReading,
        health: DamageReporter,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._reading = reading
        self._health = health

    def write(
        self,
        target: int,
        labels: Sequence[Labels],
        ts_ms: Int64Array,
        values: FloatArray,
    ) -> int:
        """Store samples in one transaction; the caller holds the sealing lock.

        Returns:
            How many were new.

        Raises:
            StoreError: If nothing was stored.
        """
        _require_sound(labels, ts_ms, values)
        is_sample = ~np.isnan(values) | is_stale(values)
        has_any = np.flatnonzero(is_sample.any(axis=0))
        if not len(has_any):
            return 0
        with self._catalog.ingest:
            series = self._catalog.numbers([labels[n] for n in has_any.tolist()])
            values = values[:, has_any]
            new = is_sample[:, has_any] & ~self._held(target, series, ts_ms)
            if new.any():
                self._catalog.save()
                self._store(target, series, _grouped(ts_ms, values, new))
            return int(new.sum())

    def _held(self, target: int, series: Int64Array, ts_ms: Int64Array) -> BoolArray:
        """Return where the store has samples already, shape (times, series)."""
        found = self._reading.gather(target, series, int(ts_ms[0]), int(ts_ms[-1]))
        times, _, held = to_matrix(found, len(series))
        out = np.zeros((len(ts_ms), len(series)), np.bool_)
        _, mine, theirs = np.intersect1d(ts_ms, times, return_indices=True)
        out[mine] = held[theirs]
        return out

    def _store(self, target: int, series: Int64Array, new: FoundSamples) -> None:
        sealed: list[columns.Sealed] = []
        for block in columns.blocks_of(new, HOURS_2):
            part = columns.part_of(new, HOURS_2, block)
            old = self._existing(target, series, block)
            sealed += columns.encode(block, part, old, len(series))
        first = self._catalog.first_ms(series)
        stored = np.full(len(series), LIMIT_MS, np.int64)
        for one in new.blocks:
            stored[one.columns] = np.minimum(stored[one.columns], one.ts_ms[0])
        firsts = {
            int(series[n]): int(stored[n])
            for n in np.flatnonzero(stored < np.minimum(first, LIMIT_MS)).tolist()
        }
        with self._database.write() as writer:
            touched = np.flatnonzero(stored < LIMIT_MS)
            bound = self._catalog.bind(writer, target, series[touched], None)
            places, numbers = bound.find(series)
            streams = dict(zip(places.tolist(), numbers.tolist(), strict=True))
            columns.put(writer, HOURS_2, sealed, streams)
            self._catalog.lower_first(writer, firsts)
        self._catalog.publish({target: bound}, firsts)

    def _existing(self, target: int, series: Int64Array, block: int) -> FoundSamples:
        places, streams = self._catalog.streams(target).find(series)
        with self._database.read() as reader:
            raw = chunks.fetch(reader, HOURS_2, streams.tolist(), [block])
        found = chunks.decode(raw, streams, self._health)
        return FoundSamples([b.among(places) for b in found.blocks], ())


def _grouped(ts_ms: Int64Array, values: FloatArray, new: BoolArray) -> FoundSamples:
    """Return the new samples, columns with samples at the same times together."""
    blocks = []
    for names, rows in columns.alike(new):
        rank = np.full(len(rows), _RANK, np.int64)
        blocks.append(
            SampleBlock(ts_ms[rows], rank, names, values[np.ix_(rows, names)])
        )
    return FoundSamples(blocks, ())


def _require_sound(
    labels: Sequence[Labels], ts_ms: Int64Array, values: FloatArray
) -> None:
    if values.shape != (len(ts_ms), len(labels)):
        raise StoreError(
            f"history of {len(labels)} series at {len(ts_ms)} times has values of"
            f" shape {values.shape}; expected one for each time and series"
        )
    if (np.diff(ts_ms) <= 0).any():
        raise StoreError("the times of a history must be strictly increasing")
    if len(ts_ms) and max(-int(ts_ms[0]), int(ts_ms[-1])) >= LIMIT_MS:
        raise StoreError("a time of a history lies beyond 2^53 ms")
    if len(set(labels)) != len(labels):
        raise StoreError("a history names a series twice")
