"""Samples of gauges as events, which have no past: no births, resets or gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.sli._base import Comparison, SampleTest, holds


@dataclass(frozen=True, slots=True)
class GaugeEntry:
    """A column whose samples are events of an objective."""

    objective: int
    column: int
    test: SampleTest


class Gauges:
    """The gauges among the columns of one target.

    Args:
        entries: At least one.

    Attributes:
        outs: Which counts `sums` returns, shape (2g,): the bad of g objectives, then
            their valid ones.
        columns: The columns that hold gauges, each once, shape (c,).
    """

    def __init__(self, entries: Sequence[GaugeEntry]) -> None:
        ordered = sorted(entries, key=lambda e: (e.objective, e.column))
        objectives, self._starts = np.unique(
            np.array([e.objective for e in ordered], np.int64), return_index=True
        )
        self.outs: Int64Array = np.append(2 * objectives, 2 * objectives + 1)
        self._column = np.array([e.column for e in ordered], np.int64)
        self.columns: Int64Array = np.unique(self._column)
        self._bound = np.array([float(e.test.bound) for e in ordered])
        self._by_comparison = [
            (comparison, np.array(places, np.int64))
            for comparison in Comparison
            if (
                places := [
                    place
                    for place, entry in enumerate(ordered)
                    if entry.test.comparison is comparison
                ]
            )
        ]

    def sums(self, values: FloatArray, there: BoolArray) -> FloatArray:
        """Return the events of each count in `outs`, shape (r, 2g).

        Args:
            values: Samples, shape (r, n).
            there: Where a sample is one, same shape.
        """
        sampled, is_event = values[:, self._column], there[:, self._column]
        good = np.empty(sampled.shape, np.bool_)
        for comparison, places in self._by_comparison:
            good[:, places] = holds(comparison, sampled[:, places], self._bound[places])
        both = [is_event & ~good, is_event]
        return np.hstack(
            [np.add.reduceat(e.astype(np.float64), self._starts, axis=1) for e in both]
        )
