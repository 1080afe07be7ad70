"""Where the samples of series are: columns of a layout, streams of a target."""

import sqlite3
from collections.abc import Iterable

import numpy as np

from kizashi.model.arrays import Int64Array


class Layout:
    """An ordered list of series, with the way from a series to its column.

    Attributes:
        series: Series numbers, shape (n,).
    """

    __slots__ = ("_order", "_sorted", "series")

    def __init__(self, series: Int64Array) -> None:
        self.series = series
        self._order = np.argsort(series, kind="stable")
        self._sorted = series[self._order]

    def columns(self, series: Int64Array) -> tuple[Int64Array, Int64Array]:
        """Return which of some series are here: places in `series`, and columns.

        A series that is listed twice counts where it is listed first.
        """
        return _look_up(self._sorted, self._order, series)


class Streams:
    """The streams of one target: its series and the numbers of their samples.

    Attributes:
        series: Series numbers, rising, shape (n,).
        numbers: Stream numbers, same order.
    """

    __slots__ = ("numbers", "series")

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
        self.series = np.ascontiguousarray(table[:, 0])
        self.numbers = np.ascontiguousarray(table[:, 1])

    def find(self, series: Int64Array) -> tuple[Int64Array, Int64Array]:
        """Return which of some series are here: places in `series`, and streams."""
        return _look_up(self.series, self.numbers, series)


def _look_up(
    keys: Int64Array, values: Int64Array, wanted: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """Return the places in `wanted` that are among the rising keys, and their values."""
    at = np.searchsorted(keys, wanted)
    found = np.zeros(len(wanted), np.bool_)
    inside = at < len(keys)
    found[inside] = keys[at[inside]] == wanted[inside]
    places = np.flatnonzero(found)
    return places, values[at[places]]


def load_streams(connection: sqlite3.Connection, target: int) -> Streams:
    """Return the streams of a target as they are stored."""
    return Streams(
        connection.execute(
            "SELECT series, id FROM stream WHERE target=?", (target,)
        ).fetchall()
    )
