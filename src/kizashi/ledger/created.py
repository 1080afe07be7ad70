"""When counters began, as far as their target tells it: the created part of rule 3."""

from dataclasses import dataclass

import numpy as np

from kizashi.model.arrays import FloatArray, Int64Array


@dataclass(frozen=True, slots=True)
class CreatedTimes:
    """Created times on pages of one target: h series give them, n are counted.

    Attributes:
        given_ms: Shape (r, h), NaN where a page has none.
        first_ms: When each was first stored, shape (h,).
        name: Which of the metric names each has, shape (h,).
        of_column: Which one is each column's, shape (n,); h where none is.
    """

    given_ms: FloatArray
    first_ms: Int64Array
    name: Int64Array
    of_column: Int64Array

    def of(self, row: Int64Array, column: Int64Array) -> FloatArray:
        """Return the created time of each cell, NaN without one, shape (k,)."""
        none = np.full((len(self.given_ms), 1), np.nan)
        padded: FloatArray = np.hstack([self.given_ms, none])
        return padded[row, self.of_column[column]]

    def oldest_before(
        self, ts_ms: Int64Array, row: Int64Array, column: Int64Array
    ) -> FloatArray:
        """Return what each cell's created time is compared with, shape (k,).

        The oldest one on its page, among those of its name that had been stored
        before; NaN without any. A page is of one process; the one before may be of
        another, behind a balancer.

        Args:
            ts_ms: Time of each page, shape (r,).
            row: The cells' rows, shape (k,).
            column: The cells' columns, each of which has a created time.
        """
        asked = np.column_stack([row, self.name[self.of_column[column]]])
        pages, place = np.unique(asked, axis=0, return_inverse=True)
        oldest = np.full(len(pages), np.nan)
        for number, (page, name) in enumerate(pages.tolist()):
            same_series = (self.name == name) & (self.first_ms < ts_ms[page])
            given = self.given_ms[page, same_series]
            given = given[~np.isnan(given)]
            if len(given):
                oldest[number] = given.min()
        return oldest[place.reshape(-1)]
