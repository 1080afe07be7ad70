"""The newest part of the ledger in memory, with running sums over every window.

Many objectives side by side: one pass over arrays closes a slice for all of them.
Windows up to the ring's reach lose their oldest slice from the ring; longer ones are
handed it by the caller, who reads it from the store.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.model.arrays import (
    BoolArray,
    FloatArray,
    Int64Array,
    UInt8Array,
    UInt16Array,
)
from kizashi.slo.slices import SliceRange, SliceTable
from kizashi.slo.window_sums import State, WindowSums

#: Slices behind the newest that stay in memory: 6 hours of 15 seconds.
REACH_SLICES = 1_440

#: Slices behind the newest that may still be amended without anybody being told.
SETTLED_SLICES = 40

#: How often sums of fractional counters are worked out anew, in slices. Whole numbers
#: below 2^53 add up exactly and need it never.
_REFRESH_SLICES = 240

#: Slices of more events than this: with them a window of months may reach 2^53, where
#: adding swallows what is small. Its sums are then worked out anew at every slice.
_VAST = 2.0**35


@dataclass(slots=True)
class RunningWindow:
    """Running sums of one window length over the objectives that have it.

    Attributes:
        slices: Length in slices.
        members: Numbers of the objectives, shape (m,).
        counts: Bad and valid events, shape (m, 2).
        seen: Sums of seen shares, shape (m,).
        own: What picks its objectives out of all; nothing where all have it.
    """

    slices: int
    members: Int64Array
    counts: FloatArray
    seen: Int64Array
    own: "Int64Array | slice[None, None, None]"


Leaving = Callable[[RunningWindow, int], tuple[FloatArray, UInt16Array]]


class Ledger:
    """Slices and running sums of n objectives.

    Args:
        windows: For each objective its window lengths in slices.
        newest: The last slice that is closed already.
        ahead: How many slices after the newest may hold events already.
    """

    def __init__(
        self, windows: Sequence[Sequence[int]], newest: int, ahead: int
    ) -> None:
        self.objectives = len(windows)
        self.newest = newest
        #: How often slices that had been closed for long were not what they had been.
        self.amended = 0
        self._ahead = ahead
        self._size = REACH_SLICES + ahead + 1
        self._counts = np.zeros((self._size, self.objectives, 2))
        self._seen = np.zeros((self._size, self.objectives), np.uint16)
        self._state = np.zeros((self._size, self.objectives), np.uint8)
        self._fractional = np.zeros(self.objectives, np.bool_)
        self._vast = np.zeros(self.objectives, np.bool_)
        lengths = sorted({w for own in windows for w in own})
        self.windows = [self._running(windows, length) for length in lengths]
        self._by_length = {w.slices: w for w in self.windows}
        self._row_of = {
            w.slices: {m: row for row, m in enumerate(w.members.tolist())}
            for w in self.windows
        }

    @staticmethod
    def _running(windows: Sequence[Sequence[int]], length: int) -> RunningWindow:
        having = [i for i, own in enumerate(windows) if length in own]
        members = np.array(having, np.int64)
        return RunningWindow(
            length,
            members,
            np.zeros((len(members), 2)),
            np.zeros(len(members), np.int64),
            slice(None) if len(members) == len(windows) else members,
        )

    @property
    def oldest(self) -> int:
        """The oldest slice in memory."""
        return self.newest - REACH_SLICES

    def add(self, number: int, outs: Int64Array, events: FloatArray) -> bool:
        """Add events to a slice, closed or not.

        Args:
            number: The slice.
            outs: Which counts: 2i is objective i's bad, 2i + 1 its valid.
            events: How many, same shape.

        Returns:
            False, and nothing is added, if the slice is not in memory.
        """
        if not self.oldest < number <= self.newest + self._ahead:
            return False
        row = self._counts[number % self._size].reshape(-1)
        row[outs] += events
        if (events != np.floor(events)).any():
            self._fractional[outs[events != np.floor(events)] // 2] = True
        if number <= self.newest:
            self._note_vast(self._counts[number % self._size])
            self._amend(number, outs, events)
        return True

    def _amend(self, number: int, outs: Int64Array, events: FloatArray) -> None:
        self.amended += number <= self.newest - SETTLED_SLICES
        delta = np.zeros((self.objectives, 2))
        delta.reshape(-1)[outs] = events
        for window in self.windows:
            if number > self.newest - window.slices:
                window.counts += delta[window.own]

    def mark_live(self, objectives: Int64Array, first: int, last: int) -> None:
        """Let closed slices in which valid series were idle say that they grew.

        Args:
            objectives: The objectives' numbers, shape (k,).
            first: The first slice.
            last: The last one; what is not closed yet, or not in memory, is left out.
        """
        start, end = max(first, self.oldest + 1), min(last, self.newest)
        for number in range(start, end + 1):
            state = self._state[number % self._size]
            idle = objectives[state[objectives] == State.IDLE]
            state[idle] = State.LIVE

    def close(self, seen: UInt16Array, state: UInt8Array, leaving: Leaving) -> None:
        """Close the slice after the newest.

        Args:
            seen: Seen shares, shape (n,).
            state: State codes, shape (n,).
            leaving: Asked for windows longer than the reach: the slice they lose, as
                counts of shape (m, 2) and seen shares of shape (m,).
        """
        number = self.newest + 1
        slot = number % self._size
        # Those who are asked may fail; until all have answered, nothing has happened.
        lost = [self._lost(window, number, leaving) for window in self.windows]
        self._seen[slot] = seen
        self._state[slot] = state
        entering = self._counts[slot]
        self._note_vast(entering)
        for window, (counts, share) in zip(self.windows, lost, strict=True):
            window.counts += entering[window.own]
            window.counts -= counts
            window.seen += seen[window.own]
            window.seen -= share
        self.newest = number
        blank = (number + self._ahead) % self._size
        self._counts[blank] = 0
        self._seen[blank] = 0
        self._state[blank] = 0
        if self._vast.any():
            self._refresh(self._vast)
        if number % _REFRESH_SLICES == 0 and self._fractional.any():
            self._refresh(self._fractional)

    def _note_vast(self, counts: FloatArray) -> None:
        """Note which objectives have a vast count, from counts of shape (n, 2)."""
        if np.abs(counts).max(initial=0.0) > _VAST:
            self._vast |= np.abs(counts).max(axis=1) > _VAST

    def _lost(
        self, window: RunningWindow, number: int, leaving: Leaving
    ) -> tuple[FloatArray, UInt16Array]:
        """Return what a window loses when a slice enters it."""
        old = number - window.slices
        if window.slices > REACH_SLICES:
            return leaving(window, old)
        slot = old % self._size
        return self._counts[slot][window.own], self._seen[slot][window.own]

    def _refresh(self, which: BoolArray) -> None:
        """Add up the windows of some objectives anew, as far as memory reaches."""
        for window in self.windows:
            if window.slices > REACH_SLICES:
                continue
            rows = np.flatnonzero(which[window.members])
            if len(rows):
                slots = self._slots(self.newest - window.slices + 1, window.slices)
                part = self._counts[slots][:, window.members[rows]]
                window.counts[rows] = part.sum(axis=0)

    @property
    def inexact(self) -> list[int]:
        """The objectives whose counts are fractions, or vast."""
        return np.flatnonzero(self._fractional | self._vast).tolist()

    def _slots(self, first: int, count: int) -> Int64Array:
        return np.arange(first, first + count, dtype=np.int64) % self._size

    def grew(self, back: int) -> FloatArray:
        """Return valid events in the slice about to close and `back` - 1 before it."""
        slots = self._slots(self.newest + 2 - back, back)
        grown: FloatArray = self._counts[slots, :, 1].sum(axis=0)
        return grown

    def window(self, objective: int, slices: int) -> WindowSums:
        """Return the running sums of one of an objective's windows, without late."""
        running = self._by_length[slices]
        row = self._row_of[slices][objective]
        bad, valid = running.counts[row].tolist()
        return WindowSums(slices, bad, valid, int(running.seen[row]))

    def running(self, slices: int) -> RunningWindow:
        """Return the running sums of one window length."""
        return self._by_length[slices]

    def row(self, objective: int, slices: int) -> int:
        """Return the row of an objective in the running sums of a length."""
        return self._row_of[slices][objective]

    def state(self, objective: int) -> int:
        """Return the state code of the newest slice."""
        return int(self._state[self.newest % self._size, objective])

    def slices(self, objective: int, first: int, count: int) -> SliceRange:
        """Return closed slices; those that are not in memory any more are blank."""
        slots = self._slots(first, count)
        counts = self._counts[slots, objective]
        part = SliceRange(
            first,
            counts[:, 0].copy(),
            counts[:, 1].copy(),
            self._seen[slots, objective],
            self._state[slots, objective],
        )
        left = min(max(0, self.oldest - first), count)
        part.put(SliceRange.blank(first, left))
        return part

    def sums(
        self, objectives: Sequence[int], first: int, last: int
    ) -> tuple[FloatArray, Int64Array]:
        """Return closed slices of k objectives added up, as far as memory reaches.

        Returns:
            Bad and valid events, shape (k, 2), and seen shares, shape (k,).
        """
        first = max(first, self.oldest + 1)
        slots = self._slots(first, max(0, last - first + 1))
        rows = np.ix_(slots, np.array(objectives, np.int64))
        seen = self._seen[rows].sum(axis=0, dtype=np.int64)
        return self._counts[rows].sum(axis=0), seen

    def windows_of(self, objectives: Sequence[int], slices: int) -> list[WindowSums]:
        """Return a running window of several objectives, without late events."""
        running, row_of = self._by_length[slices], self._row_of[slices]
        rows = [row_of[objective] for objective in objectives]
        counts, seen = running.counts[rows].tolist(), running.seen[rows].tolist()
        return [
            WindowSums(slices, bad, valid, share)
            for (bad, valid), share in zip(counts, seen, strict=True)
        ]

    def part(self, first: int, count: int) -> tuple[FloatArray, UInt16Array] | None:
        """Return closed slices of everyone, None where they are not all in memory.

        Returns:
            Counts, shape (count, n, 2), and seen shares, shape (count, n).
        """
        if first <= self.oldest or first + count - 1 > self.newest:
            return None
        slots = self._slots(first, count)
        return self._counts[slots], self._seen[slots]

    def load(self, first: int, table: SliceTable) -> None:
        """Put closed slices in place, as they were stored; sums stay as they are.

        Args:
            first: The number of the first objective.
            table: Slices of it and of those after it.
        """
        lo = max(table.first, self.oldest + 1)
        hi = min(table.first + len(table), self.newest + 1)
        if lo >= hi:
            return
        slots = self._slots(lo, hi - lo)
        of = slice(lo - table.first, hi - table.first)
        whose = slice(first, first + table.objectives)
        counts = table.counts[of]
        self._counts[slots, whose] = counts
        self._seen[slots, whose] = table.seen[of]
        self._state[slots, whose] = table.state[of]
        # By one axis after the other: numpy is ten times slower over both at once.
        is_fractional, is_vast = counts != np.floor(counts), np.abs(counts) > _VAST
        self._fractional[whose] |= np.any(np.any(is_fractional, axis=0), axis=1)
        self._vast[whose] |= np.any(np.any(is_vast, axis=0), axis=1)

    def add_up(self, first: int, table: SliceTable) -> None:
        """Set the windows within reach of some objectives from their newest slices.

        Args:
            first: The number of the first objective.
            table: Slices of it and of those after it, as many as reach back.
        """
        for window in self.windows:
            if window.slices > REACH_SLICES:
                continue
            lo, hi = np.searchsorted(window.members, (first, first + table.objectives))
            rows = window.members[lo:hi] - first
            counts = table.counts[-window.slices :].sum(axis=0)
            seen = table.seen[-window.slices :].sum(axis=0, dtype=np.int64)
            window.counts[lo:hi], window.seen[lo:hi] = counts[rows], seen[rows]

    def amend(self, objective: int, old: SliceRange, new: SliceRange) -> None:
        """Put closed slices in place of what they were, in memory and in the sums.

        Args:
            objective: Whose slices.
            old: What the windows hold of them now, wherever it is kept.
            new: What they are to hold, the same slices; none after the newest.
        """
        self.amended += 1
        self.load(objective, SliceTable.alone(new))
        for window in self.windows:
            row = self._row_of[window.slices].get(objective)
            start = max(self.newest - window.slices + 1 - new.first, 0)
            if row is None or start >= len(new):
                continue
            window.counts[row, 0] += new.bad[start:].sum() - old.bad[start:].sum()
            window.counts[row, 1] += new.valid[start:].sum() - old.valid[start:].sum()
            seen = new.seen[start:].sum(dtype=np.int64)
            window.seen[row] += seen - old.seen[start:].sum(dtype=np.int64)

    def set_sums(self, objective: int, sums: WindowSums) -> None:
        """Set one running window of one objective."""
        running = self._by_length[sums.slices]
        row = self._row_of[sums.slices][objective]
        running.counts[row] = (sums.bad, sums.valid)
        running.seen[row] = sums.seen
