"""Sealed parts of the ledger: blocks, with what belongs to their slices."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from kizashi.slo.slices import SliceRange


class BirthReason(StrEnum):
    """Why a series was taken for born at zero, where no created time proves it."""

    #: Stored before reasons were.
    UNKNOWN = ""
    #: It has no created time.
    NO_CREATED = "no_created"
    #: Its created time may be that of the process.
    ANY_CREATED = "any_created"
    #: Its target's process started after the target was discovered.
    NEW_PROCESS = "new_process"


@dataclass(frozen=True, slots=True)
class LateEvents:
    """Events whose slice nobody knows, filed under the slice that ended the gap."""

    slice: int
    bad: float
    valid: float


@dataclass(frozen=True, slots=True)
class BirthNote:
    """A series that was taken for born at zero, as *explain* shows it."""

    slice: int
    series: str
    amount: float
    reason: BirthReason = BirthReason.UNKNOWN


_Filed = TypeVar("_Filed", LateEvents, BirthNote)


def within(slices: range, filed: Iterable[_Filed]) -> tuple[_Filed, ...]:
    """Return what is filed under some slices."""
    return tuple(each for each in filed if each.slice in slices)


def without(slices: range, filed: Iterable[_Filed]) -> tuple[_Filed, ...]:
    """Return what is filed under other slices."""
    return tuple(each for each in filed if each.slice not in slices)


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """One block of one generation, with what belongs to its slices.

    Attributes:
        generation: The generation's number in the store.
        slices: 480 slices, the first of a block first.
        late: Late events in these slices.
        births: Inferred births in these slices.
    """

    generation: int
    slices: SliceRange
    late: tuple[LateEvents, ...] = ()
    births: tuple[BirthNote, ...] = ()
