"""Explicit time stamps in order: what a series says of a time before its newest one."""

import numpy as np

from kizashi.ledger.counting import NO_TIME
from kizashi.model.arrays import Int64Array


class NewestStamps:
    """The newest time stamps of one target's series.

    A sample not later than its series' newest one is a repetition. Stored at a time of
    its own it would be one more sample to a reader who counts the store again, and
    where the counter has grown since, a restart.

    Args:
        series: Numbers of the target's series that have samples lately, increasing.
        newest_ms: The time of the newest of each.
        reach_ms: No time stamp is farther from its scrape.
    """

    def __init__(
        self, series: Int64Array, newest_ms: Int64Array, reach_ms: int
    ) -> None:
        self._series = series
        self._newest_ms = newest_ms
        self._reach_ms = reach_ms

    def in_order(
        self, series: Int64Array, stamps_ms: Int64Array, ts_ms: int
    ) -> Int64Array:
        """Return the stamps of a scrape, those that went back as their series' newest.

        Args:
            series: Numbers of the series, each once, shape (n,).
            stamps_ms: The time stamps of their samples, same shape.
            ts_ms: When the scrape started.

        Returns:
            Same shape.
        """
        every_series = np.union1d(self._series, series)
        newest = np.full(len(every_series), NO_TIME, np.int64)
        newest[np.searchsorted(every_series, self._series)] = self._newest_ms
        at = np.searchsorted(every_series, series)
        ordered: Int64Array = np.maximum(stamps_ms, newest[at])
        newest[at] = ordered
        # What is older than any stamp to come needs no place.
        kept = newest >= ts_ms - self._reach_ms
        self._series, self._newest_ms = every_series[kept], newest[kept]
        return ordered
