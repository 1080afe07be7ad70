"""Series that a target goes on exposing at a time stamp that is stored already."""

import numpy as np

from kizashi.model.arrays import BoolArray, FloatArray, Int64Array, is_stale


class Lingering:
    """Which columns last had a sample with a time stamp of its own, and have not ended.

    An exporter that renews its samples every minute shows each of them at four
    scrapes; the store keeps one sample. Until a staleness marker says otherwise, the
    series was there at the scrapes that follow it, for all who count: the one who read
    the pages, or one who reads the store.
    """

    def __init__(self) -> None:
        self.columns: BoolArray = np.zeros(0, np.bool_)

    def extend(self, count: int) -> None:
        """Add columns, none of which lingers."""
        self.columns = np.append(self.columns, np.zeros(count, np.bool_))

    def keep(self, columns: Int64Array) -> None:
        """Drop all columns but these."""
        self.columns = self.columns[columns]

    def step(self, values: FloatArray, *, is_scrape: bool) -> None:
        """Take a row into account, by time.

        Args:
            values: Shape (columns,), NaN where a series has no sample, a staleness
                marker where it has ended.
            is_scrape: Whether these are samples at the time of a scrape, and not ones
                with time stamps of their own.
        """
        there = ~np.isnan(values)
        self.columns = (self.columns & ~is_stale(values) & ~there) | (
            there & (not is_scrape)
        )
