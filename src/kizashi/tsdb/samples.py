"""Samples on their way to a reader: blocks, loose ones, and who wins.

Where two samples claim one place (series of a target, time), the one with the lower
rank is the older claim and stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from kizashi.model.arrays import BoolArray, FloatArray, Int64Array

#: Ranks of sealed samples; head rows have 2 x row number, their markers one more.
RANK_1D = -2
RANK_2H = -1
_NO_RANK = 2**62


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Samples of some columns at common times.

    Attributes:
        ts_ms: Strictly increasing, shape (r,).
        rank: Same shape.
        columns: Places among the series asked for, shape (k,).
        values: Shape (r, k); every one is a sample, a NaN too.
    """

    ts_ms: Int64Array
    rank: Int64Array
    columns: Int64Array
    values: FloatArray

    def within(self, start_ms: int, end_ms: int) -> "SampleBlock":
        """Return the part in ``[start_ms, end_ms]``."""
        cut = slice(*np.searchsorted(self.ts_ms, [start_ms, end_ms + 1]).tolist())
        return SampleBlock(
            self.ts_ms[cut], self.rank[cut], self.columns, self.values[cut]
        )

    def among(self, places: Int64Array) -> "SampleBlock":
        """Return the same samples, where its columns are some of more places."""
        return replace(self, columns=places[self.columns])


@dataclass(frozen=True, slots=True)
class LooseSamples:
    """Samples one by one: explicit time stamps and staleness markers of one row.

    A column has one at most.

    Attributes:
        ts_ms: Shape (m,), in no order.
        rank: Same shape.
        columns: Places among the series asked for, same shape.
        values: Same shape.
    """

    ts_ms: Int64Array
    rank: Int64Array
    columns: Int64Array
    values: FloatArray

    def only(self, wanted: BoolArray) -> "LooseSamples":
        """Return those of the samples that a mask wants."""
        return LooseSamples(
            self.ts_ms[wanted],
            self.rank[wanted],
            self.columns[wanted],
            self.values[wanted],
        )


@dataclass(frozen=True, slots=True)
class FoundSamples:
    """What was found for the series asked for."""

    blocks: Sequence[SampleBlock]
    loose: Sequence[LooseSamples]


def to_matrix(
    found: FoundSamples, width: int
) -> tuple[Int64Array, FloatArray, BoolArray]:
    """Return times, shape (r,), values, shape (r, width), and where samples are."""
    if not found.loose and (ordered := _apart(found.blocks)) is not None:
        return _stacked(ordered, width)
    stamps = [b.ts_ms for b in found.blocks] + [one.ts_ms for one in found.loose]
    times = np.unique(np.concatenate([np.empty(0, np.int64), *stamps]))
    values = np.full((len(times), width), np.nan)
    ranks = np.full((len(times), width), _NO_RANK, np.int64)
    for block in found.blocks:
        if len(block.columns):
            at = np.ix_(np.searchsorted(times, block.ts_ms), block.columns)
            _place(values, ranks, at, block.values, block.rank[:, None])
    for loose in found.loose:
        at = (np.searchsorted(times, loose.ts_ms), loose.columns)
        _place(values, ranks, at, loose.values, loose.rank)
    return times, values, ranks != _NO_RANK


def _apart(blocks: Sequence[SampleBlock]) -> list[SampleBlock] | None:
    """Return blocks in order of time where no two overlap: nobody can claim twice."""
    ordered = sorted(
        (b for b in blocks if len(b.ts_ms) and len(b.columns)), key=lambda b: b.ts_ms[0]
    )
    overlap = any(a.ts_ms[-1] >= b.ts_ms[0] for a, b in pairwise(ordered))
    return None if overlap else ordered


def _stacked(
    ordered: Sequence[SampleBlock], width: int
) -> tuple[Int64Array, FloatArray, BoolArray]:
    times = np.concatenate([np.empty(0, np.int64), *(b.ts_ms for b in ordered)])
    values = np.full((len(times), width), np.nan)
    held = np.zeros((len(times), width), np.bool_)
    start = 0
    for block in ordered:
        rows = slice(start, start + len(block.ts_ms))
        # One column after the other is one pass over each; a fancy index is not.
        if len(block.columns) == width and (np.diff(block.columns) == 1).all():
            values[rows] = block.values
            held[rows] = True
        else:
            values[rows, block.columns] = block.values
            held[rows, block.columns] = True
        start = rows.stop
    return times, values, held


def to_columns(found: FoundSamples, width: int) -> list[tuple[Int64Array, FloatArray]]:
    """Return times, strictly increasing, and values of each of the columns."""
    parts: list[list[tuple[Int64Array, Int64Array, FloatArray]]] = [
        [] for _ in range(width)
    ]
    for block in found.blocks:
        by_column = np.ascontiguousarray(block.values.T)
        for column, values in zip(block.columns.tolist(), by_column, strict=True):
            parts[column].append((block.ts_ms, block.rank, values))
    for loose in found.loose:
        if not len(loose.columns):
            continue
        order = np.argsort(loose.columns, kind="stable")
        columns, starts = np.unique(loose.columns[order], return_index=True)
        for column, chosen in zip(
            columns.tolist(), np.split(order, starts[1:]), strict=True
        ):
            parts[column].append(
                (loose.ts_ms[chosen], loose.rank[chosen], loose.values[chosen])
            )
    return [_merged(column) for column in parts]


def _place(
    values: FloatArray,
    ranks: Int64Array,
    at: tuple[Int64Array, ...],
    new: FloatArray,
    rank: Int64Array,
) -> None:
    """Put samples into their places unless an older claim is there."""
    before = ranks[at]
    wins = rank < before
    if wins.all():
        values[at] = new
        ranks[at] = rank
    elif wins.any():
        # Bits, not floats: a select must not touch the payload of a NaN.
        bits = values.view(np.uint64)
        bits[at] = np.where(wins, np.ascontiguousarray(new).view(np.uint64), bits[at])
        ranks[at] = np.where(wins, rank, before)


def _merged(
    parts: Sequence[tuple[Int64Array, Int64Array, FloatArray]],
) -> tuple[Int64Array, FloatArray]:
    if not parts:
        return np.empty(0, np.int64), np.empty(0)
    if len(parts) == 1 and (np.diff(parts[0][0]) > 0).all():
        return parts[0][0], parts[0][2]
    ts_ms, ranks, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    if (np.diff(ts_ms) > 0).all():
        return ts_ms, values
    order = np.lexsort((ranks, ts_ms))
    ts_ms = ts_ms[order]
    first = np.ones(len(ts_ms), np.bool_)
    first[1:] = ts_ms[1:] != ts_ms[:-1]
    return ts_ms[first], values[order][first]
