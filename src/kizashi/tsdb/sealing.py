"""Moves scrape rows into chunks, and two-hour chunks into those of a day.

Each step commits what it made before anything that it was made from is deleted, so
that an end at any moment loses nothing; what is then there twice has equal times and
is read once. Doing a step again does no harm.
"""

import threading
from collections.abc import Sequence

import numpy as np

from kizashi.model.arrays import Int64Array
from kizashi.tsdb import chunks, codec, columns
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.chunks import DAY, HOURS_2, STREAM_BITS, STREAM_MASK
from kizashi.tsdb.database import Database
from kizashi.tsdb.head import LIMIT_MS, Head, HeadRow, RawRow
from kizashi.tsdb.health import DamageReporter
from kizashi.tsdb.samples import FoundSamples

#: Sizes of transactions: so many take up to some 10 ms, which an append can wait.
_CHUNKS_PER_WRITE = 1_000
_DAYS_PER_WRITE = 128
_ROWS_PER_DELETE = 500


class SampleSealing:
    """The moving half of the store.

    Attributes:
        lock: Held while chunks are changed; taken before `Catalog.ingest`.
    """

    def __init__(
        self, database: Database, catalog: Catalog, head: Head, health: DamageReporter
    ) -> None:
        self.lock = threading.RLock()
        self._database = database
        self._catalog = catalog
        self._head = head
        self._health = health

    def seal(self, before_ms: int) -> None:
        """Move the rows of all two-hour blocks that end by a time into chunks.

        Then join the chunks of each day that has ended by then.
        """
        edge = HOURS_2.block_of(before_ms) * HOURS_2.span_ms
        with self.lock:
            for groups in self._plan(edge):
                done = []
                for target, rows in groups:
                    self._seal_rows(target, rows)
                    done += [row.id for row in rows]
                self.delete_rows(done)
            self.join_days(edge)

    def join_days(self, before_ms: int) -> None:
        """Join the chunks of each day that ends by a time."""
        with self.lock:
            with self._database.read() as reader:
                found = chunks.blocks(reader, HOURS_2, -LIMIT_MS, before_ms - 1)
            per_day = DAY.span_ms // HOURS_2.span_ms
            for day in sorted({block // per_day for block in found}):
                if (day + 1) * DAY.span_ms <= before_ms:
                    self._join_day(day)

    def delete_rows(self, numbers: Sequence[int]) -> None:
        """Delete head rows, in portions."""
        ordered = sorted(numbers)
        for start in range(0, len(ordered), _ROWS_PER_DELETE):
            part = ordered[start : start + _ROWS_PER_DELETE]
            with self._database.write() as writer:
                writer.executemany("DELETE FROM head WHERE id=?", [(n,) for n in part])
            self._head.forget(part)

    def _plan(self, edge: int) -> list[list[tuple[int, list[HeadRow]]]]:
        """Return which rows to seal: by block, so that keys rise, then by target."""
        by_block: dict[int, list[tuple[int, list[HeadRow]]]] = {}
        for target in self._head.targets():
            rows = self._head.rows(target, -LIMIT_MS, LIMIT_MS)
            old = [row.id for row in rows if row.ts_ms < edge]
            if not old:
                continue
            # In arrival order without a gap: where two samples claim one place, the
            # one that came first must not find the other sealed already.
            rows = [row for row in rows if row.id <= max(old)]
            stamps = [row.ts_ms for row in rows]
            if stamps != sorted(stamps) or any(row.has_stamps for row in rows):
                parts = {HOURS_2.block_of(min(stamps)): rows}
            else:
                parts = {}
                for row in rows:
                    parts.setdefault(HOURS_2.block_of(row.ts_ms), []).append(row)
            for block, part in parts.items():
                by_block.setdefault(block, []).append((target, part))
        return [by_block[block] for block in sorted(by_block)]

    def _seal_rows(self, target: int, rows: Sequence[HeadRow]) -> None:
        with self._database.read() as reader:
            raw = self._head.fetch(reader, rows)
        series = self._series_in(raw)
        found = self._head.decode(raw, series)
        places, streams = self._catalog.streams(target).find(series)
        if len(places) != len(series):
            # Only a row whose layout is damaged names series of nobody.
            wanted = np.zeros(len(series), np.bool_)
            wanted[places] = True
            found = columns.only(found, wanted)
        for block in columns.blocks_of(found, HOURS_2):
            new = columns.part_of(found, HOURS_2, block)
            with self._database.read() as reader:
                raw_chunks = chunks.fetch(reader, HOURS_2, streams.tolist(), [block])
            old = chunks.decode(raw_chunks, streams, self._health)
            sealed = list(columns.encode(block, new, old, len(streams)))
            known: dict[tuple[int, bytes], int] = {}
            for batch in columns.in_batches(sealed, _CHUNKS_PER_WRITE):
                with self._database.write() as writer:
                    columns.put(writer, HOURS_2, batch, streams, known)

    def _series_in(self, raw: Sequence[RawRow]) -> Int64Array:
        """Return the series that rows hold or end, rising."""
        found = [np.empty(0, np.int64)]
        for number in {row.layout for row in raw}:
            layout = self._catalog.find_layout(number)
            if layout is not None:
                found.append(layout.series)
        for row in raw:
            ended = codec.unpack_ints(row.stale) if row.stale else None
            if ended is not None and row.is_sound:
                found.append(ended)
        return np.unique(np.concatenate(found))

    def _join_day(self, day: int) -> None:
        per_day = DAY.span_ms // HOURS_2.span_ms
        first = day * per_day
        low, high = first << STREAM_BITS, (first + per_day) << STREAM_BITS
        with self._database.read() as reader:
            streams = [
                stream
                for (stream,) in reader.execute(
                    "SELECT DISTINCT key & ? FROM chunk_2h WHERE key >= ? AND key < ?"
                    " ORDER BY 1",
                    (STREAM_MASK, low, high),
                )
            ]
        known: dict[tuple[int, bytes], int] = {}
        grew = False
        for start in range(0, len(streams), _DAYS_PER_WRITE):
            part = np.array(streams[start : start + _DAYS_PER_WRITE], np.int64)
            grew |= self._join_streams(day, part, known)
        with self._database.write() as writer:
            writer.execute(
                "DELETE FROM times_2h WHERE key >= ? AND key < ?", (low, high)
            )
            if grew:
                writer.execute(
                    "DELETE FROM times_1d WHERE key >= ?1 AND key < ?2 AND key NOT IN"
                    " (SELECT times FROM chunk_1d WHERE key >= ?1 AND key < ?2)",
                    (day << STREAM_BITS, (day + 1) << STREAM_BITS),
                )

    def _join_streams(
        self, day: int, streams: Int64Array, known: dict[tuple[int, bytes], int]
    ) -> bool:
        """Join the chunks of some streams; return whether a day chunk was there."""
        per_day = DAY.span_ms // HOURS_2.span_ms
        short = range(day * per_day, (day + 1) * per_day)
        with self._database.read() as reader:
            raw = chunks.fetch(reader, HOURS_2, streams.tolist(), short)
            old = chunks.fetch(reader, DAY, streams.tolist(), [day])
        found = [chunks.decode(one, streams, self._health) for one in (old, raw)]
        both = FoundSamples([b for one in found for b in one.blocks], ())
        places = np.arange(len(streams), dtype=np.int64)
        sealed = list(columns.encode_apart(day, both, places))
        gone = [(chunk.key,) for chunk in raw.chunks]
        with self._database.write() as writer:
            columns.put(writer, DAY, sealed, streams, known)
            writer.executemany(HOURS_2.delete, gone)
        return bool(old.chunks)
