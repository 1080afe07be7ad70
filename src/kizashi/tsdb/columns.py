"""From samples of one target to chunks, ready to be put into a block."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.tsdb import codec
from kizashi.tsdb.chunks import STREAM_BITS, ChunkLevel
from kizashi.tsdb.head import clipped
from kizashi.tsdb.samples import (
    FoundSamples,
    SampleBlock,
    to_columns,
    to_matrix,
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encoded columns with common times.

    Attributes:
        block: The number of their block.
        ts_ms: Their times, strictly increasing.
        columns: Places among the series asked for, shape (k,).
        blobs: The encoded values, k of them.
    """

    block: int
    ts_ms: Int64Array
    columns: Int64Array
    blobs: Sequence[bytes]


def blocks_of(found: FoundSamples, level: ChunkLevel) -> list[int]:
    """Return the blocks that samples fall into, rising."""
    stamps = [b.ts_ms for b in found.blocks] + [one.ts_ms for one in found.loose]
    numbers = [np.unique(ts // level.span_ms) for ts in stamps]
    return [int(n) for n in np.unique(np.concatenate([np.empty(0, "<i8"), *numbers]))]


def part_of(found: FoundSamples, level: ChunkLevel, block: int) -> FoundSamples:
    """Return the samples that fall into one block."""
    start = block * level.span_ms
    part = clipped(found, start, start + level.span_ms - 1)
    return FoundSamples(
        [b for b in part.blocks if len(b.ts_ms) and len(b.columns)],
        [one for one in part.loose if len(one.ts_ms)],
    )


def encode(
    block: int, new: FoundSamples, old: FoundSamples, width: int
) -> Iterator[Sealed]:
    """Yield all columns of one block: new samples joined with the chunks there.

    Args:
        block: The number of the block.
        new: Samples of that block.
        old: What the chunks of that block hold of the same columns.
        width: How many columns there are.
    """
    # Most columns come whole out of scrape rows; the others are put together one
    # by one: explicit time stamps, staleness markers, a chunk that grows.
    apart = np.zeros(width, np.bool_)
    for one in new.loose:
        apart[one.columns] = True
    for grown in old.blocks:
        apart[grown.columns] = True
    ts_ms, values, held = to_matrix(FoundSamples(new.blocks, ()), width)
    for columns, rows in alike(held & ~apart):
        yield Sealed(
            block,
            ts_ms[rows],
            columns,
            codec.encode_columns(values[np.ix_(rows, columns)]),
        )
    if apart.any():
        both = FoundSamples([*old.blocks, *new.blocks], [*old.loose, *new.loose])
        yield from encode_apart(block, only(both, apart), np.flatnonzero(apart))


def encode_apart(
    block: int, found: FoundSamples, columns: Int64Array
) -> Iterator[Sealed]:
    """Yield columns put together one by one, those with equal times together.

    Args:
        block: The number of the block.
        found: Samples; their columns are places in `columns`.
        columns: What each column is called in the result, shape (k,).
    """
    alike: dict[bytes, list[tuple[int, Int64Array, FloatArray]]] = {}
    merged = to_columns(found, len(columns))
    for column, (ts_ms, values) in zip(columns.tolist(), merged, strict=True):
        if len(ts_ms):
            alike.setdefault(ts_ms.tobytes(), []).append((column, ts_ms, values))
    for group in alike.values():
        stacked = np.stack([values for _, _, values in group], axis=1)
        names = np.array([column for column, _, _ in group], np.int64)
        yield Sealed(block, group[0][1], names, codec.encode_columns(stacked))


def only(found: FoundSamples, wanted: BoolArray) -> FoundSamples:
    """Return the samples of some columns, renumbered among themselves."""
    place = np.cumsum(wanted) - 1
    blocks, loose = [], []
    for b in found.blocks:
        keep = wanted[b.columns]
        blocks.append(
            SampleBlock(b.ts_ms, b.rank, place[b.columns[keep]], b.values[:, keep])
        )
    for one in found.loose:
        kept = one.only(wanted[one.columns])
        loose.append(replace(kept, columns=place[kept.columns]))
    return FoundSamples(blocks, loose)


def put(
    writer: sqlite3.Connection,
    level: ChunkLevel,
    sealed: Sequence[Sealed],
    streams: Int64Array | Mapping[int, int],
    known: dict[tuple[int, bytes], int] | None = None,
) -> None:
    """Write encoded columns inside a transaction, replacing the chunks there.

    Args:
        writer: The transaction.
        level: Which tables.
        sealed: The columns.
        streams: The stream of each column.
        known: Times that earlier calls have written, by block and bytes; grows.
    """
    known = {} if known is None else known
    for one in sealed:
        low = one.block << STREAM_BITS
        times = known.get((one.block, one.ts_ms.tobytes()))
        if times is None:
            times = _next_times(writer, level, low)
            span = (int(one.ts_ms[0]), int(one.ts_ms[-1]))
            blob = codec.bound(codec.encode_times(one.ts_ms), (level.span_ms, times))
            writer.execute(level.put_times, (times, *span, blob))
            known[one.block, one.ts_ms.tobytes()] = times
        keys = [low | int(streams[column]) for column in one.columns.tolist()]
        writer.executemany(
            level.put,
            [
                (key, times, codec.bound(blob, (key, times)))
                for key, blob in zip(keys, one.blobs, strict=True)
            ],
        )


def in_batches(sealed: Sequence[Sealed], size: int) -> Iterator[list[Sealed]]:
    """Yield columns in portions of about so many, for one transaction each."""
    batch: list[Sealed] = []
    room = size
    for one in sealed:
        start = 0
        while start < len(one.columns):
            part = slice(start, start + room)
            batch.append(
                Sealed(one.block, one.ts_ms, one.columns[part], one.blobs[part])
            )
            room -= len(one.columns[part])
            start = part.stop
            if room <= 0:
                yield batch
                batch, room = [], size
    if batch:
        yield batch


def alike(held: BoolArray) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Yield columns that have samples in the same rows, with those rows."""
    patterns = np.ascontiguousarray(np.packbits(held, axis=0).T)
    groups: dict[bytes, list[int]] = {}
    for column in np.flatnonzero(held.any(axis=0)).tolist():
        groups.setdefault(patterns[column].tobytes(), []).append(column)
    for columns in groups.values():
        yield np.array(columns, np.int64), np.flatnonzero(held[:, columns[0]])


def _next_times(writer: sqlite3.Connection, level: ChunkLevel, low: int) -> int:
    (newest,) = writer.execute(
        level.newest_times, (low, low + (1 << STREAM_BITS))
    ).fetchone()
    return low if newest is None else int(newest) + 1
