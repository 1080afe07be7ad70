"""Sealed samples: one compressed column per stream and block of time.

Blocks are two hours or a day long and begin at whole multiples of that since 1970
(UTC). A chunk's key is ``block << 32 | stream``; its times lie apart, because the
series of one target nearly always share them.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.tsdb import codec
from kizashi.tsdb.health import DamageReporter
from kizashi.tsdb.samples import RANK_1D, RANK_2H, FoundSamples, SampleBlock

STREAM_BITS = 32
STREAM_MASK = (1 << STREAM_BITS) - 1


@dataclass(frozen=True, slots=True)
class ChunkLevel:
    """A length of blocks, with the statements on its two tables.

    Attributes:
        name: What its tables end in.
        span_ms: How long a block is.
        rank: The rank of its samples.
        blocks: SQL: the blocks that hold chunks, between two keys.
    """

    name: str
    span_ms: int
    rank: int
    blocks: str
    fetch: str
    fetch_times: str
    put: str
    put_times: str
    newest_times: str
    delete: str
    delete_range: str
    delete_times: str
    walk: str
    one_times: str
    block_times: str

    @property
    def table(self) -> str:
        """The table of its chunks."""
        return f"chunk_{self.name}"

    def span(self, key: int) -> tuple[int, int]:
        """Return the first and the last millisecond of a key's block."""
        start_ms = (key >> STREAM_BITS) * self.span_ms
        return start_ms, start_ms + self.span_ms - 1

    def block_of(self, ts_ms: int) -> int:
        """Return the number of the block that holds a time."""
        return ts_ms // self.span_ms

    def key(self, ts_ms: int) -> int:
        """Return the lowest key of the block that holds a time."""
        return self.block_of(ts_ms) << STREAM_BITS


def _level(name: str, span_ms: int, rank: int) -> ChunkLevel:
    # The names come from the two calls below, never from outside.
    def sql(text: str) -> str:
        # Damage makes NULL of columns that cannot be: no blob, no times of that number.
        columns = {c: f"ifnull(CAST({c} AS BLOB), x'')" for c in ("v", "t")}
        columns["times"] = "ifnull(CAST(times AS INTEGER), ~(1 << 63))"
        return text.format(name, **columns)

    return ChunkLevel(
        name=name,
        span_ms=span_ms,
        rank=rank,
        # A loose index scan: one seek per block, however many chunks it has.
        blocks=sql(
            "WITH RECURSIVE b(k) AS ("
            " SELECT (SELECT key >> 32 FROM chunk_{0} WHERE key >= ?1 AND key < ?2"
            "  ORDER BY key LIMIT 1)"
            # Not UNION ALL: a damaged tree may lead in a circle.
            " UNION"
            " SELECT (SELECT key >> 32 FROM chunk_{0}"
            "  WHERE key >= (b.k + 1) << 32 AND key < ?2 ORDER BY key LIMIT 1)"
            " FROM b WHERE b.k IS NOT NULL)"
            " SELECT k FROM b WHERE k IS NOT NULL"
        ),
        fetch=sql(
            "SELECT key, {times}, {v} FROM chunk_{0}"
            " WHERE key IN (SELECT value FROM json_each(?))"
        ),
        fetch_times=sql(
            "SELECT key, {t} FROM times_{0} WHERE key IN (SELECT value FROM json_each(?))"
        ),
        put=sql("INSERT OR REPLACE INTO chunk_{0}(key, times, v) VALUES(?, ?, ?)"),
        put_times=sql("INSERT INTO times_{0}(key, lo, hi, t) VALUES(?, ?, ?, ?)"),
        newest_times=sql("SELECT max(key) FROM times_{0} WHERE key >= ? AND key < ?"),
        delete=sql("DELETE FROM chunk_{0} WHERE key=?"),
        delete_range=sql(
            "DELETE FROM chunk_{0} WHERE key IN (SELECT key FROM chunk_{0}"
            " WHERE key < ? ORDER BY key LIMIT ?)"
        ),
        delete_times=sql("DELETE FROM times_{0} WHERE key < ?"),
        walk=sql(
            "SELECT key, {times}, {v} FROM chunk_{0} WHERE key > ? ORDER BY key LIMIT ?"
        ),
        one_times=sql("SELECT {t} FROM times_{0} WHERE key=?"),
        block_times=sql("SELECT key, {t} FROM times_{0} WHERE key >= ? AND key < ?"),
    )


HOURS_2 = _level("2h", 7_200_000, RANK_2H)
DAY = _level("1d", 86_400_000, RANK_1D)
LEVELS = (DAY, HOURS_2)


@dataclass(frozen=True, slots=True)
class RawChunk:
    """A chunk as it lies in the file.

    Attributes:
        level: Its level.
        key: Its block and the number of its stream, as the table has them.
        times: The number of the column of times that it refers to.
        values: Its values, encoded.
    """

    level: ChunkLevel
    key: int
    times: int
    values: bytes

    @property
    def stream(self) -> int:
        """The number of its stream."""
        return self.key & STREAM_MASK


@dataclass(frozen=True, slots=True)
class RawChunks:
    """Chunks as they lie in the file, and the times that they refer to."""

    chunks: Sequence[RawChunk]
    times: dict[tuple[int, int], bytes]


def blocks(
    reader: sqlite3.Connection, level: ChunkLevel, start_ms: int, end_ms: int
) -> list[int]:
    """Return the blocks with chunks that touch ``[start_ms, end_ms]``, rising."""
    low, high = level.key(_clamp(start_ms)), level.key(_clamp(end_ms)) + STREAM_MASK + 1
    return [block for (block,) in reader.execute(level.blocks, (low, high))]


def fetch(
    reader: sqlite3.Connection,
    level: ChunkLevel,
    streams: Iterable[int],
    chosen: Iterable[int],
) -> RawChunks:
    """Return the chunks of streams in blocks, without decoding them."""
    wanted = list(streams)
    keys = [block << STREAM_BITS | stream for block in chosen for stream in wanted]
    rows = reader.execute(level.fetch, (json.dumps(keys),)).fetchall()
    times = sorted({number for _, number, _ in rows})
    return RawChunks(
        [RawChunk(level, *row) for row in rows],
        {
            (level.span_ms, number): blob
            for number, blob in reader.execute(level.fetch_times, (json.dumps(times),))
        },
    )


def decode(raw: RawChunks, streams: Int64Array, health: DamageReporter) -> FoundSamples:
    """Return the samples of chunks, their columns being places in `streams`.

    Damaged chunks are counted and left out. Chunks with common times share a block.
    """
    times = {key: codec.decode_times(blob, key) for key, blob in raw.times.items()}
    place = {stream: n for n, stream in enumerate(streams.tolist())}
    grouped: dict[tuple[int, int], list[tuple[int, FloatArray]]] = {}
    ranks: dict[tuple[int, int], int] = {}
    for chunk in raw.chunks:
        key = (chunk.level.span_ms, chunk.times)
        ts_ms = times.get(key)
        values = (
            None
            if ts_ms is None
            else codec.decode_column(chunk.values, len(ts_ms), (chunk.key, chunk.times))
        )
        if values is None:
            health.chunk(
                chunk.level.table, chunk.key, chunk.stream, chunk.level.span(chunk.key)
            )
            continue
        grouped.setdefault(key, []).append((place[chunk.stream], values))
        ranks[key] = chunk.level.rank
    out = []
    for key, columns in grouped.items():
        ts_ms = times[key]
        if ts_ms is not None:
            out.append(
                SampleBlock(
                    ts_ms,
                    np.full(len(ts_ms), ranks[key], np.int64),
                    np.array([at for at, _ in columns], np.int64),
                    np.stack([values for _, values in columns]).T,
                )
            )
    return FoundSamples(out, ())


def first_of_block(reader: sqlite3.Connection, level: ChunkLevel, block: int) -> int:
    """Return the time of the oldest sample in a block; its beginning if unreadable."""
    low, high = block << STREAM_BITS, (block + 1) << STREAM_BITS
    rows = reader.execute(level.block_times, (low, high)).fetchall()
    times = [codec.decode_times(blob, (level.span_ms, key)) for key, blob in rows]
    sound = [int(ts_ms[0]) for ts_ms in times if ts_ms is not None and len(ts_ms)]
    return min(sound, default=block * level.span_ms)


def _clamp(ts_ms: int) -> int:
    return max(-(2**53) + 1, min(2**53 - 1, ts_ms))
