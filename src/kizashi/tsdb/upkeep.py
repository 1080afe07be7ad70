"""Retention and the check of everything that lies in the file."""

import sqlite3
from collections.abc import Iterator, Sequence

from kizashi.tsdb import codec
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.chunks import LEVELS, STREAM_MASK, Level
from kizashi.tsdb.database import Database
from kizashi.tsdb.head import LIMIT_MS, Head, RawRow
from kizashi.tsdb.sealing import Sealing

_CHUNKS_PER_DELETE = 250
_PAGES_PER_STEP = 1_000
#: Free pages that are kept for what comes next, as a share of the file.
_SPARE = 0.1
_CHECKED_TOGETHER = 500


class Upkeep:
    """Deletes what is too old and finds what is damaged."""

    def __init__(
        self, database: Database, catalog: Catalog, head: Head, sealing: Sealing
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._head = head
        self._sealing = sealing

    def expire(self, before_ms: int) -> None:
        """Delete the blocks and rows that end before a time."""
        with self._sealing.lock:
            old = [
                row.id
                for target in self._head.targets()
                for row in self._head.rows(target, -LIMIT_MS, before_ms - 1)
                if row.hi < before_ms
            ]
            self._sealing.delete_rows(old)
            for level in LEVELS:
                below = level.key(before_ms)
                more = True
                while more:
                    with self._database.write() as writer:
                        deleted = writer.execute(
                            level.delete_range, (below, _CHUNKS_PER_DELETE)
                        ).rowcount
                    more = deleted == _CHUNKS_PER_DELETE
                with self._database.write() as writer:
                    writer.execute(level.delete_times, (below,))
            self._give_back()

    def problems(self) -> list[str]:
        """Return what is wrong with the file; empty when all is well."""
        out = [
            f"{self._database.path}: {text}"
            for text in self._database.integrity_problems()
        ]
        for rows in self._head_rows():
            out += [
                f"head row {row.id} of target {row.target} at {row.ts_ms} is damaged"
                for row in rows
                if not self._is_sound(row)
            ]
        for level in LEVELS:
            out += self._chunk_problems(level)
        return out

    def _give_back(self) -> None:
        """Free pages in small steps while more of the file is unused than is useful."""
        with self._database.read() as reader:
            (pages,) = reader.execute("PRAGMA page_count").fetchone()
            (free,) = reader.execute("PRAGMA freelist_count").fetchone()
        spare = max(_PAGES_PER_STEP, int(pages * _SPARE))
        while free > spare:
            left = self._database.vacuum(min(_PAGES_PER_STEP, free - spare))
            if left >= free:
                break
            free = left

    def _head_rows(self) -> Iterator[list[RawRow]]:
        for target in self._head.targets():
            rows = self._head.rows(target, -LIMIT_MS, LIMIT_MS)
            for start in range(0, len(rows), _CHECKED_TOGETHER):
                with self._database.read() as reader:
                    part = rows[start : start + _CHECKED_TOGETHER]
                    raw = self._head.fetch(reader, part)
                yield raw

    def _is_sound(self, row: RawRow) -> bool:
        layout = self._catalog.find_layout(row.layout)
        if layout is None or not row.is_sound:
            return False
        values = codec.unpack_ints(row.values)
        return values is not None and len(values) == len(layout.series)

    def _chunk_problems(self, level: Level) -> list[str]:
        out: list[str] = []
        after = -(2**63)
        while True:
            with self._database.read() as reader:
                rows = reader.execute(level.walk, (after, _CHECKED_TOGETHER)).fetchall()
                times = _times(reader, level, sorted({row[1] for row in rows}))
            if not rows:
                return out
            if rows[-1][0] <= after:
                # A damaged tree leads in a circle.
                return [*out, f"the keys of chunks after {after} are damaged"]
            after = rows[-1][0]
            for key, number, values in rows:
                count = times.get(number)
                if count is None or (
                    codec.decode_column(values, count, (key, number)) is None
                ):
                    start = (key >> 32) * level.span_ms
                    out.append(
                        f"chunk of stream {key & STREAM_MASK} from {start} is damaged"
                    )


def _times(
    reader: sqlite3.Connection, level: Level, numbers: Sequence[int]
) -> dict[int, int]:
    """Return how many times each times row has; damaged ones are left out."""
    out = {}
    for number in numbers:
        row = reader.execute(level.one_times, (number,)).fetchone()
        ts_ms = codec.decode_times(row[0], (level.span_ms, number)) if row else None
        if ts_ms is not None:
            out[number] = len(ts_ms)
    return out
