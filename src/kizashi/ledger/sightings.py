"""When a target was seen, and what it showed: rules 11 and 12 of the ledger."""

import numpy as np

from kizashi.model.arrays import BoolArray, Int64Array

#: A scrape counts for this many intervals. Source: rule 11.
SEEN_INTERVALS_TIMES_2 = 5


class Sightings:
    """The successful scrapes of one target, as far back as an open slice needs them.

    Args:
        objectives: How many objectives there are, n.
    """

    def __init__(self, objectives: int) -> None:
        self._n = objectives
        self._ms: list[int] = []
        self._interval_ms: list[int] = []
        self._present: list[BoolArray] = []

    def record(self, ts_ms: int, interval_ms: int, present: BoolArray) -> None:
        """Note a successful scrape; one not later than the newest is left out.

        Args:
            ts_ms: When it started.
            interval_ms: The target's scrape interval then.
            present: For which objectives it held valid series, shape (n,).
        """
        if self._ms and ts_ms <= self._ms[-1]:
            return
        self._ms.append(ts_ms)
        self._interval_ms.append(interval_ms)
        self._present.append(present)

    def at(self, edges_ms: Int64Array) -> tuple[BoolArray, BoolArray]:
        """Return what closing slices see of this target.

        Args:
            edges_ms: Closing edges, increasing, shape (m,).

        Returns:
            Whether the target is seen, shape (m,): a scrape succeeded in the 2.5
            intervals before the edge, the edge included. And for which objectives any
            scrape in that time held valid series, shape (m, n).
        """
        count = len(edges_ms)
        present = np.zeros((count, self._n), np.bool_)
        if not self._ms:
            return np.zeros(count, np.bool_), present
        ms = np.array(self._ms, np.int64)
        held = np.array(self._present, np.bool_)
        reach = np.array(self._interval_ms, np.int64) * SEEN_INTERVALS_TIMES_2
        index = np.searchsorted(ms, edges_ms, side="right") - 1
        oldest = edges_ms * 2 - reach[np.maximum(index, 0)]
        first = np.zeros(count, np.bool_)
        back = 0
        while True:
            row = np.maximum(index - back, 0)
            reaches = (index >= back) & (ms[row] * 2 > oldest)
            if back == 0:
                first = reaches
            if not reaches.any():
                return first, present
            # One of a shorter interval is forgotten sooner, and so counts no longer.
            reaches &= ms[row] * 2 + reach[row] > edges_ms * 2
            present[reaches] |= held[row[reaches]]
            back += 1

    def forget(self, edge_ms: int) -> None:
        """Drop what no slice that closes after an edge can need."""
        keep = 0
        while keep < len(self._ms) and self._ends(keep) <= edge_ms * 2:
            keep += 1
        if keep:
            del self._ms[:keep], self._interval_ms[:keep], self._present[:keep]

    def _ends(self, scrape: int) -> int:
        """Return twice the time until which a scrape counts."""
        return self._ms[scrape] * 2 + self._interval_ms[scrape] * SEEN_INTERVALS_TIMES_2
