"""Windows added up, and what is counted in them: plain numbers, without arrays.

What a command shows needs these; slices, which are arrays, take long to load.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from kizashi.model.arrays import FloatArray, Int64Array

#: A seen share of one. It has many divisors and fits in two bytes, so that the share
#: of any number of targets up to 12, and of most up to 36, is kept exactly (rule 5).
SEEN_ONE = 55_440


class State(IntEnum):
    """What an objective's data looked like in a slice. Source: rule 12."""

    UNKNOWN = 0
    BROKEN = 1
    ABSENT = 2
    IDLE = 3
    LIVE = 4

    @property
    def word(self) -> str:
        """The state as faces spell it."""
        return self.name.lower()


#: A count: whole numbers stay ints, whose products and quotients are exact or rounded
#: correctly, and cost little.
Count = int | Fraction


def exact(value: float) -> Count:
    """Return a finite count as what it is, without rounding."""
    whole = int(value)
    return whole if whole == value else Fraction(value)


@overload
def coverage_of(seen: float, slices: int) -> float: ...
@overload
def coverage_of(seen: "FloatArray", slices: "Int64Array") -> "FloatArray": ...
def coverage_of(
    seen: "float | FloatArray", slices: "int | Int64Array"
) -> "float | FloatArray":
    """Return the mean seen share of slices. Source: rule 13.

    Args:
        seen: Sum of their seen shares, in parts of SEEN_ONE.
        slices: How many they are.
    """
    return seen / (slices * SEEN_ONE)


def mean_coverage(shares: Sequence[float]) -> float:
    """Return the coverage of stretches of one length that lie side by side."""
    return sum(shares) / len(shares)


@dataclass(frozen=True, slots=True)
class WindowSums:
    """The slices of one window added up.

    Attributes:
        slices: How many slices the window has.
        bad: Bad events on time.
        valid: Valid events on time.
        seen: Sum of seen shares, in parts of SEEN_ONE.
        late_bad: Late bad events; no part of bad.
        late_valid: Late valid events; no part of valid.
    """

    slices: int
    bad: float
    valid: float
    seen: int
    late_bad: float = 0.0
    late_valid: float = 0.0

    @property
    def coverage(self) -> float:
        """The mean seen share of all slices. Source: rule 13."""
        return coverage_of(self.seen, self.slices)

    @property
    def seen_slices(self) -> float:
        """How many slices were seen, shares of slices included."""
        return self.seen / SEEN_ONE
