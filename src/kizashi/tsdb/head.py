"""The head: the newest scrapes, one row each, and an index of them in memory."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kizashi.errors import StoreError
from kizashi.model.arrays import STALE_NAN, Int64Array
from kizashi.model.damage import Damage
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.tsdb import codec
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.database import Database
from kizashi.tsdb.health import DamageReporter
from kizashi.tsdb.layouts import Streams
from kizashi.tsdb.samples import FoundSamples, LooseSamples, SampleBlock

#: Times at or beyond this are refused, either way: they would not fit a chunk's key.
LIMIT_MS = 2**53
_REMEMBERED_PAIRS = 10_000
#: What `RawRow` is made of. Damage makes text of what is none.
ROW_COLUMNS = (
    "id, target, ts, layout, crc, CAST(v AS BLOB), CAST(t AS BLOB),"
    " CAST(stale AS BLOB), lo, hi"
)


class HeadRow(NamedTuple):
    """What is known of a row without reading it.

    `lo` and `hi` are the first and the last time of its samples.
    """

    id: int
    ts_ms: int
    layout: int
    lo: int
    hi: int

    @property
    def has_stamps(self) -> bool:
        """Whether samples have times of their own."""
        return (self.lo, self.hi) != (self.ts_ms, self.ts_ms)


class RawRow(NamedTuple):
    """A row as it lies in the file."""

    id: int
    target: int
    ts_ms: int
    layout: int
    crc: int
    values: bytes
    stamps: bytes | None
    stale: bytes | None
    lo: int | None
    hi: int | None

    @property
    def is_sound(self) -> bool:
        """Whether its checksum is right, and its times are those of its samples."""
        identity = (self.target, self.ts_ms, self.layout)
        crc = codec.row_crc(identity, self.values, self.stamps, self.stale)
        return self.crc == crc and (self.lo, self.hi) == self._span()

    def _span(self) -> tuple[int | None, int | None]:
        """Return the first and the last time of samples with times of their own."""
        if self.stamps is None:
            return None, None
        offsets = codec.unpack_ints(self.stamps)
        if offsets is None:
            return None, None
        times = [self.ts_ms] if self.stale is not None else []
        stamps = self.ts_ms + offsets
        return min([*times, int(np.min(stamps))]), max([*times, int(np.max(stamps))])


@dataclass(frozen=True, slots=True)
class _NewRow:
    row: ScrapeRow
    lo: int
    hi: int
    values: bytes
    stamps: bytes | None
    stale: bytes | None


class Head:
    """Rows in arrival order. The index is ahead of no reader that asks it first.

    A reader takes `rows`, and only then its snapshot: what sealing has deleted in
    between is in chunks of that snapshot.
    """

    def __init__(
        self, database: Database, catalog: Catalog, health: DamageReporter
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._health = health
        self._lock = threading.Lock()
        self._rows: dict[int, list[HeadRow]] = defaultdict(list)
        self._newest: dict[int, int] = {}
        self._bound: set[tuple[int, int]] = set()
        self._next_id = 1
        with database.read() as reader:
            found = reader.execute(
                "SELECT id, target, ts, layout, ifnull(lo, ts), ifnull(hi, ts)"
                " FROM head ORDER BY id"
            ).fetchall()
        for number, target, *rest in found:
            self._remember(target, HeadRow(number, *rest))

    def append(self, rows: Sequence[ScrapeRow]) -> None:
        """Store scrapes in one durable transaction; leave out those that are there.

        Raises:
            StoreError: If a row does not fit its layout or a time is out of range,
                or the disk said no; nothing of the call was stored.
        """
        packed = [self._pack(row) for row in rows]
        with self._catalog.ingest:
            fresh = self._without_known(packed)
            if not fresh:
                return
            self._catalog.save()
            streams: dict[int, Streams] = {}
            firsts: dict[int, int] = {}
            with self._database.write() as writer:
                for new in fresh:
                    self._note_series(writer, new, streams, firsts)
                self._catalog.lower_first(writer, firsts)
                writer.executemany(
                    "INSERT INTO head(id, target, ts, layout, lo, hi, crc, v, t, stale)"
                    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    map(_to_columns, enumerate(fresh, self._next_id)),
                )
            self._catalog.publish(streams, firsts)
            for number, new in enumerate(fresh, self._next_id):
                row = new.row
                self._bound.add((row.target, row.layout))
                self._remember(
                    row.target, HeadRow(number, row.ts_ms, row.layout, new.lo, new.hi)
                )

    def rows(self, target: int, start_ms: int, end_ms: int) -> list[HeadRow]:
        """Return the rows of a target with a sample in ``[start_ms, end_ms]``."""
        with self._lock:
            known = self._rows.get(target, [])
            return [row for row in known if row.lo <= end_ms and row.hi >= start_ms]

    def targets(self) -> list[int]:
        """Return the targets that have rows."""
        with self._lock:
            return [target for target, rows in self._rows.items() if rows]

    def forget(self, numbers: Iterable[int]) -> None:
        """Drop rows from the index once they are durably gone from the file."""
        gone = set(numbers)
        with self._lock:
            for target, rows in self._rows.items():
                self._rows[target] = [row for row in rows if row.id not in gone]

    def fetch(
        self, reader: sqlite3.Connection, rows: Sequence[HeadRow]
    ) -> list[RawRow]:
        """Return what the file has of some rows, oldest arrival first."""
        return [
            RawRow(*found)
            for found in reader.execute(
                f"SELECT {ROW_COLUMNS} FROM head"  # noqa: S608 - fixed names
                " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
                (json.dumps([row.id for row in rows]),),
            )
        ]

    def decode(self, raw: Sequence[RawRow], series: Int64Array) -> FoundSamples:
        """Return the samples of some series in raw rows of one target.

        Damaged rows are counted and left out.
        """
        sound = [row for row in raw if row.is_sound]
        if len(sound) < len(raw):
            self._note_damage(row for row in raw if not row.is_sound)
        by_layout: dict[int, list[RawRow]] = defaultdict(list)
        loose = []
        for row in sound:
            if row.stale is not None:
                loose.extend(self._decode_stale(row, series))
            if row.stamps is None:
                by_layout[row.layout].append(row)
            else:
                loose.extend(self._decode_stamped(row, series))
        blocks = [self._decode_plain(rows, series) for rows in by_layout.values()]
        return FoundSamples([b for b in blocks if b is not None], loose)

    def read(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> FoundSamples:
        """Return the samples of some series that the head has of a target."""
        rows = self.rows(target, start_ms, end_ms)
        if not rows:
            return FoundSamples((), ())
        with self._database.read() as reader:
            raw = self.fetch(reader, rows)
        return clipped(self.decode(raw, series), start_ms, end_ms)

    def _note_damage(self, rows: Iterable[RawRow]) -> None:
        """Take note of rows, by what the index says of them where it knows them."""
        with self._lock:
            known = {
                row.id: (target, row)
                for target, own in self._rows.items()
                for row in own
            }
        named = [
            row
            if row.id not in known
            else row._replace(target=known[row.id][0], ts_ms=known[row.id][1].ts_ms)
            for row in rows
        ]
        self._health.damages.note(
            Damage("head", row.id, row.ts_ms, row.ts_ms, target=row.target)
            for row in named
        )

    def _pack(self, row: ScrapeRow) -> _NewRow:
        width = len(self._catalog.get_layout(row.layout).series)
        stamps = row.sample_ts_ms
        if row.values.shape != (width,) or (
            stamps is not None and stamps.shape != (width,)
        ):
            raise StoreError(
                f"a row of target {row.target} has {row.values.size} values; its"
                f" layout {row.layout} has {width} series"
            )
        if stamps is None or not len(stamps) or (stamps == row.ts_ms).all():
            stamps, lo, hi = None, row.ts_ms, row.ts_ms
        else:
            times = np.append(stamps, np.full(min(1, len(row.stale)), row.ts_ms))
            lo, hi = int(times.min()), int(times.max())
        if min(lo, row.ts_ms) <= -LIMIT_MS or max(hi, row.ts_ms) >= LIMIT_MS:
            raise StoreError(f"a row of target {row.target} has a time beyond 2^53 ms")
        return _NewRow(
            row,
            lo,
            hi,
            codec.pack(np.asarray(row.values, np.float64)),
            None if stamps is None else codec.pack(stamps - row.ts_ms),
            codec.pack(row.stale) if len(row.stale) else None,
        )

    def _without_known(self, packed: Sequence[_NewRow]) -> list[_NewRow]:
        fresh: dict[tuple[int, int], _NewRow] = {}
        for new in packed:
            target, ts = new.row.target, new.row.ts_ms
            known = self._rows.get(target, ())
            is_newest = ts > self._newest.get(target, -LIMIT_MS)
            if is_newest or all(r.ts_ms != ts for r in known):
                fresh.setdefault((target, ts), new)
        return list(fresh.values())

    def _note_series(
        self,
        writer: sqlite3.Connection,
        new: _NewRow,
        streams: dict[int, Streams],
        firsts: dict[int, int],
    ) -> None:
        """Make streams that a row needs and find the series that it is the first of."""
        row = new.row
        series = self._catalog.get_layout(row.layout).series
        is_late = row.ts_ms < self._newest.get(row.target, -LIMIT_MS)
        is_bound = (row.target, row.layout) in self._bound
        if is_bound and not len(row.stale) and new.stamps is None and not is_late:
            return
        everything = np.concatenate([series, row.stale])
        streams[row.target] = self._catalog.bind(
            writer, row.target, everything, streams.get(row.target)
        )
        stamps = np.full(len(everything), row.ts_ms, np.int64)
        if row.sample_ts_ms is not None:
            stamps[: len(series)] = row.sample_ts_ms
        earlier = stamps < self._catalog.first_ms(everything)
        for number, ts in zip(
            everything[earlier].tolist(), stamps[earlier].tolist(), strict=True
        ):
            firsts[number] = min(ts, firsts.get(number, ts))

    def _remember(self, target: int, row: HeadRow) -> None:
        with self._lock:
            self._rows[target].append(row)
            self._newest[target] = max(row.ts_ms, self._newest.get(target, row.ts_ms))
            self._next_id = row.id + 1
            if len(self._bound) > _REMEMBERED_PAIRS:
                self._bound.clear()

    def _decode_plain(
        self, rows: Sequence[RawRow], series: Int64Array
    ) -> SampleBlock | None:
        layout = self._catalog.find_layout(rows[0].layout)
        if layout is None:
            self._note_damage(rows)
            return None
        places, columns = layout.columns(series)
        if not len(places):
            return None
        values, good = codec.unpack_rows(
            [row.values for row in rows], len(layout.series), columns
        )
        if len(good) < len(rows):
            self._note_damage(rows[n] for n in set(range(len(rows))) - set(good))
        ts_ms = np.array([rows[n].ts_ms for n in good], np.int64)
        rank = np.array([2 * rows[n].id for n in good], np.int64)
        order = np.argsort(ts_ms)
        return SampleBlock(ts_ms[order], rank[order], places, values[order])

    def _decode_stamped(self, row: RawRow, series: Int64Array) -> list[LooseSamples]:
        layout = self._catalog.find_layout(row.layout)
        stamps = codec.unpack_ints(row.stamps or b"")
        if layout is None or stamps is None or len(stamps) != len(layout.series):
            self._note_damage([row])
            return []
        places, columns = layout.columns(series)
        values, good = codec.unpack_rows([row.values], len(layout.series), columns)
        if not good:
            self._note_damage([row])
            return []
        rank = np.full(len(places), 2 * row.id, np.int64)
        return [LooseSamples(stamps[columns] + row.ts_ms, rank, places, values[0])]

    def _decode_stale(self, row: RawRow, series: Int64Array) -> list[LooseSamples]:
        ended = codec.unpack_ints(row.stale or b"")
        if ended is None:
            self._note_damage([row])
            return []
        places = np.flatnonzero(np.isin(series, ended))
        ts_ms = np.full(len(places), row.ts_ms, np.int64)
        rank = np.full(len(places), 2 * row.id + 1, np.int64)
        return [LooseSamples(ts_ms, rank, places, np.full(len(places), STALE_NAN))]


def clipped(found: FoundSamples, start_ms: int, end_ms: int) -> FoundSamples:
    """Return what lies in ``[start_ms, end_ms]``."""
    return FoundSamples(
        [b.within(start_ms, end_ms) for b in found.blocks],
        [s.only((s.ts_ms >= start_ms) & (s.ts_ms <= end_ms)) for s in found.loose],
    )


def _to_columns(numbered: tuple[int, _NewRow]) -> tuple[object, ...]:
    number, new = numbered
    row = new.row
    is_plain = new.stamps is None
    return (
        number,
        row.target,
        row.ts_ms,
        row.layout,
        None if is_plain else new.lo,
        None if is_plain else new.hi,
        codec.row_crc(
            (row.target, row.ts_ms, row.layout), new.values, new.stamps, new.stale
        ),
        new.values,
        new.stamps,
        new.stale,
    )
