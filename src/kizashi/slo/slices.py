"""Slices: what the ledger keeps of each. `slo/windows.py` says which time is whose.

Blocks are runs of 480 slices, block b covers the slices 480 b + 1 to 480 (b + 1).
"""

from dataclasses import dataclass

import numpy as np

from kizashi.model.arrays import (
    BoolArray,
    FloatArray,
    Int64Array,
    UInt8Array,
    UInt16Array,
)
from kizashi.slo.window_sums import SEEN_ONE, State

BLOCK_SLICES = 480

#: A share of half a part is rounded up, here and in rules, whatever its last digit is as
#: a float. The shares of fewer than half a million targets come no closer to a half.
NUDGE = 1e-6

#: No counter of events is larger than this, and sums of such counters stay far below
#: the largest float64: an infinite count would end every arithmetic that meets it.
LARGEST_COUNT = 2.0**100


def block_of(number: int) -> int:
    """Return the block that holds a slice."""
    return (number - 1) // BLOCK_SLICES


def first_slice(block: int) -> int:
    """Return the first slice of a block."""
    return block * BLOCK_SLICES + 1


@dataclass(frozen=True, slots=True)
class SliceRange:
    """Consecutive slices of one objective.

    Attributes:
        first: Number of the first slice.
        bad: Bad events on time, shape (m,).
        valid: Valid events on time, shape (m,).
        seen: Seen share in parts of SEEN_ONE, shape (m,).
        state: State codes, shape (m,).
    """

    first: int
    bad: FloatArray
    valid: FloatArray
    seen: UInt16Array
    state: UInt8Array

    @classmethod
    def blank(cls, first: int, count: int) -> "SliceRange":
        """Return slices of which nothing is known."""
        return cls(
            first,
            np.zeros(count),
            np.zeros(count),
            np.zeros(count, np.uint16),
            np.zeros(count, np.uint8),
        )

    def __len__(self) -> int:
        return len(self.bad)

    @property
    def numbers(self) -> range:
        """The numbers of the slices."""
        return range(self.first, self.first + len(self))

    @property
    def is_blank(self) -> bool:
        """Whether the slices hold nothing that blank ones do not."""
        return not (
            self.bad.any() or self.valid.any() or self.seen.any() or self.state.any()
        )

    def put(self, other: "SliceRange") -> None:
        """Overwrite the part that another range covers, in place."""
        to, of = _common(self, other)
        self.bad[to] = other.bad[of]
        self.valid[to] = other.valid[of]
        self.seen[to] = other.seen[of]
        self.state[to] = other.state[of]


@dataclass(frozen=True, slots=True)
class SliceTable:
    """Consecutive slices of n objectives side by side.

    Attributes:
        first: Number of the first slice.
        counts: Bad and valid events on time, shape (m, n, 2).
        seen: Seen share in parts of SEEN_ONE, shape (m, n).
        state: State codes, shape (m, n).
    """

    first: int
    counts: FloatArray
    seen: UInt16Array
    state: UInt8Array

    @classmethod
    def blank(cls, objectives: int, first: int, count: int) -> "SliceTable":
        """Return slices of which nothing is known."""
        shape = count, objectives
        return cls(
            first,
            np.zeros((*shape, 2)),
            np.zeros(shape, np.uint16),
            np.zeros(shape, np.uint8),
        )

    @classmethod
    def alone(cls, part: SliceRange) -> "SliceTable":
        """Return one objective's slices as a table."""
        counts = np.stack([part.bad, part.valid], axis=1)
        seen, state = part.seen[:, None], part.state[:, None]
        return cls(part.first, counts[:, None], seen, state)

    def __len__(self) -> int:
        return len(self.seen)

    @property
    def objectives(self) -> int:
        """How many objectives it has slices of."""
        return int(self.seen.shape[1])

    def of(self, objective: int) -> SliceRange:
        """Return one objective's slices."""
        return SliceRange(
            self.first,
            self.counts[:, objective, 0],
            self.counts[:, objective, 1],
            self.seen[:, objective],
            self.state[:, objective],
        )

    def put(self, rows: Int64Array, other: "SliceTable") -> None:
        """Overwrite the part that slices of some objectives cover, in place.

        Args:
            rows: Which objectives the other table is of, shape (k,).
            other: Slices of k objectives.
        """
        to, of = _common(self, other)
        self.counts[to, rows] = other.counts[of]
        self.seen[to, rows] = other.seen[of]
        self.state[to, rows] = other.state[of]


def target_share(seen: FloatArray, known: FloatArray) -> FloatArray:
    """Return the share of targets that were seen, 0 where there are none: rule 11.

    A target that is seen is known.
    """
    share: FloatArray = seen / np.maximum(1, np.maximum(known, seen))
    return share


@dataclass(frozen=True, slots=True)
class SeenSlices:
    """What closing slices saw of n objectives, shape (m, n) both."""

    share: UInt16Array
    state: UInt8Array


def seen_of(
    discovered: FloatArray,
    seen: FloatArray,
    present: BoolArray,
    stored_before: BoolArray,
    grew: BoolArray,
) -> SeenSlices:
    """Return seen shares and states of slices that close.

    Args:
        discovered: How many targets were discovered, shape (m,).
        seen: How many of them were seen, shape (m, n), or (m, 1) where that is the
            same for all.
        present: Whether a target seen held valid series, shape (m, n).
        stored_before: Whether valid series were stored before, shape (m, n).
        grew: Whether they grew within 2.5 intervals, shape (m, n).

    Source: rules 11 and 12. Absent slices of series that were stored before are unseen.
    """
    exact_parts = SEEN_ONE * seen / np.maximum(discovered, 1)[:, None]
    share = np.floor(exact_parts + 0.5 + NUDGE).astype(np.uint16)
    lost = ~present & stored_before
    of_objective = np.where(lost, 0, share).astype(np.uint16)
    state = np.where(grew, State.LIVE, State.IDLE)
    state = np.where(present, state, State.ABSENT)
    state = np.where(seen > 0, state, State.BROKEN)
    state = np.where(discovered[:, None] > 0, state, State.UNKNOWN)
    return SeenSlices(of_objective, state.astype(np.uint8))


def _common(
    one: SliceRange | SliceTable, other: SliceRange | SliceTable
) -> "tuple[slice[int, int, int], slice[int, int, int]]":
    """Return where the slices that both have lie in each; empty where there are none."""
    lo = max(one.first, other.first)
    hi = max(lo, min(one.first + len(one), other.first + len(other)))
    return (
        slice(lo - one.first, hi - one.first),
        slice(lo - other.first, hi - other.first),
    )
