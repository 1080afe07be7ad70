"""Slices that left memory, read from the store again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kizashi.ledger.running import REACH_SLICES, Ledger, RunningWindow
from kizashi.model.arrays import FloatArray, Int64Array, UInt16Array
from kizashi.ports.ledger import LedgerStore
from kizashi.slo.blocks import LateEvents
from kizashi.slo.slices import BLOCK_SLICES, block_of, first_slice
from kizashi.slo.window_sums import WindowSums
from kizashi.slo.windows import ending_with

#: How many objectives are read from the store at once; bounds the memory of it.
SIDE_BY_SIDE = 100


def stored_sums(
    store: LedgerStore, generation: int, last: int, slices: int
) -> WindowSums:
    """Return a window of stored slices added up, without late events.

    Args:
        store: The store.
        generation: The generation's number in the store.
        last: The window's last slice.
        slices: How many slices it has.
    """
    counts, seen = stored_sums_of(
        store, [generation], ending_with(last, slices).start, last
    )
    bad, valid = counts[0].tolist()
    return WindowSums(slices, bad, valid, int(seen[0]))


def stored_sums_of(
    store: LedgerStore, generations: Sequence[int], first: int, last: int
) -> tuple[FloatArray, Int64Array]:
    """Return stored slices of n generations added up, both ends included.

    Returns:
        Bad and valid events, shape (n, 2), and seen shares, shape (n,).
    """
    full_from, full_to = block_of(first + BLOCK_SLICES - 1), block_of(last + 1) - 1
    counts = np.zeros((len(generations), 2))
    seen = np.zeros(len(generations), np.int64)
    edges = [(first, last)]
    if full_from <= full_to:
        totals = store.totals(generations, full_from, full_to)
        for row, generation in enumerate(generations):
            if generation in totals:
                *counts[row], seen[row] = totals[generation]
        edges = [
            (first, first_slice(full_from) - 1),
            (first_slice(full_to + 1), last),
        ]
    for start, end in edges:
        for row in range(0, len(generations), SIDE_BY_SIDE) if start <= end else ():
            some = slice(row, row + SIDE_BY_SIDE)
            part = store.read_many(generations[some], start, end)
            counts[some] += part.counts.sum(axis=0)
            seen[some] += part.seen.sum(axis=0, dtype=np.int64)
    return counts, seen


def load_stored(
    ledger: Ledger, store: LedgerStore, generations: Sequence[int], closed: int
) -> list[list[LateEvents]]:
    """Load the slices that stay in memory, and the sums of every window.

    Args:
        ledger: Where to; it has closed nothing since.
        store: Where from.
        generations: Whose numbers in the ledger are their places here.
        closed: The last slice that is stored.

    Returns:
        Late events of each, over its longest window and maybe longer.
    """
    first = closed - REACH_SLICES + 1
    for start in range(0, len(generations), SIDE_BY_SIDE):
        some = generations[start : start + SIDE_BY_SIDE]
        table = store.read_many(some, first, closed)
        ledger.load(start, table)
        ledger.add_up(start, table)
    for window in ledger.windows:
        if window.slices > REACH_SLICES:
            some = [generations[m] for m in window.members.tolist()]
            since = ending_with(closed, window.slices).start
            window.counts[:], window.seen[:] = stored_sums_of(
                store, some, since, closed
            )
    longest = max(window.slices for window in ledger.windows)
    late = store.late_of_many(generations, ending_with(closed, longest).start, closed)
    return [late.get(generation, []) for generation in generations]


def with_late(sums: WindowSums, late: Iterable[LateEvents]) -> WindowSums:
    """Return sums with late events added."""
    events = list(late)
    if not events:
        return sums
    return replace(
        sums,
        late_bad=sums.late_bad + sum(e.bad for e in events),
        late_valid=sums.late_valid + sum(e.valid for e in events),
    )


@dataclass(slots=True)
class _Block:
    """One block of some objectives, as far as it has been read."""

    number: int
    counts: FloatArray
    seen: UInt16Array
    read: int = 0


class WindowHistory:
    """Hands long windows the slices that they lose.

    Each long window has its own place in the past. The block it is in is in memory;
    the next one is read a few objectives at a time, so that no tick waits for all.
    """

    def __init__(self, store: LedgerStore, generations: Sequence[int]) -> None:
        self._store = store
        self._generations = generations
        self._now: dict[int, _Block] = {}
        self._next: dict[int, _Block] = {}

    def __call__(
        self, window: RunningWindow, number: int
    ) -> tuple[FloatArray, UInt16Array]:
        """Return the counts (m, 2) and seen shares (m,) of a slice of a window."""
        block = self._now.get(window.slices)
        wanted = block_of(number)
        if block is None or block.number != wanted:
            block = self._next.pop(window.slices, None)
            if block is None or block.number != wanted:
                block = self._blank(window, wanted)
            self._now[window.slices] = block
        if block.read < len(window.members):
            self._read(window, block, len(window.members))
        row = number - first_slice(wanted)
        return block.counts[row], block.seen[row]

    def prefetch(self, window: RunningWindow, number: int) -> None:
        """Read a little of the block after the one that a slice is in."""
        wanted = block_of(number) + 1
        block = self._next.get(window.slices)
        if block is None or block.number != wanted:
            block = self._next[window.slices] = self._blank(window, wanted)
        left = first_slice(wanted) - number
        rest = len(window.members) - block.read
        if rest:
            self._read(window, block, -(-rest // max(1, left - 1)))

    def forget(self, blocks: Collection[int]) -> None:
        """Read blocks again that were written anew."""
        for kept in (self._now, self._next):
            for slices in [s for s, block in kept.items() if block.number in blocks]:
                del kept[slices]

    @staticmethod
    def _blank(window: RunningWindow, number: int) -> _Block:
        members = len(window.members)
        return _Block(
            number,
            np.zeros((BLOCK_SLICES, members, 2)),
            np.zeros((BLOCK_SLICES, members), np.uint16),
        )

    def _read(self, window: RunningWindow, block: _Block, count: int) -> None:
        first = first_slice(block.number)
        end = min(block.read + count, len(window.members))
        for start in range(block.read, end, SIDE_BY_SIDE):
            stop = min(start + SIDE_BY_SIDE, end)
            some = [self._generations[m] for m in window.members[start:stop].tolist()]
            part = self._store.read_many(some, first, first + BLOCK_SLICES - 1)
            # Memory that is never written to is never taken.
            if part.seen.any() or part.counts.any():
                block.counts[:, start:stop] = part.counts
                block.seen[:, start:stop] = part.seen
        block.read = end
