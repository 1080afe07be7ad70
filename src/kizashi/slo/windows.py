"""Which slices time is cut into, and which of them a window holds: worked out here alone.

A slice is numbered by its closing edge: slice k of S milliseconds covers
``((k - 1) * S, k * S]`` of Unix time, left-open as every window is (rule 7). The first
slice is 1. Plain numbers: what a command shows needs no arrays.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, overload

from kizashi.model.windows import RollingWindow, Window

if TYPE_CHECKING:
    from kizashi.model.arrays import Int64Array


@overload
def slice_of(ts_ms: int | Fraction, slice_ms: int) -> int: ...
@overload
def slice_of(ts_ms: "Int64Array", slice_ms: int) -> "Int64Array": ...
def slice_of(ts_ms: "int | Fraction | Int64Array", slice_ms: int) -> "int | Int64Array":
    """Return the slice that holds a time; an edge belongs to the slice it closes."""
    return -(-ts_ms // slice_ms)


def last_closed(ts_ms: int | Fraction, slice_ms: int) -> int:
    """Return the newest slice whose edge is not after a time."""
    return ts_ms // slice_ms


@overload
def slices_in(length_ms: int | Fraction, slice_ms: int) -> int: ...
@overload
def slices_in(length_ms: "Int64Array", slice_ms: int) -> "Int64Array": ...
def slices_in(
    length_ms: "int | Fraction | Int64Array", slice_ms: int
) -> "int | Int64Array":
    """Return how many slices a length of time takes: what is left over takes one."""
    return -(-length_ms // slice_ms)


@overload
def scrape_reach(interval_ms: int, slice_ms: int) -> int: ...
@overload
def scrape_reach(interval_ms: "Int64Array", slice_ms: int) -> "Int64Array": ...
def scrape_reach(interval_ms: "int | Int64Array", slice_ms: int) -> "int | Int64Array":
    """Return for how many slices a scrape counts as seen: 2.5 intervals. Source: rule 11."""
    return slices_in(5 * interval_ms, 2 * slice_ms)


def whole_slices_in(length_ms: int, slice_ms: int) -> int:
    """Return how many whole slices a length of time holds; what is left over is none."""
    return length_ms // slice_ms


def ending_with(last: int, slices: int) -> range:
    """Return the slices of a window of so many that ends with one."""
    return range(last - slices + 1, last + 1)


def in_slices(window: Window, slice_ms: int) -> Window:
    """Return a window in whole slices, no shorter than it is."""
    return RollingWindow(slices_in(window.length_ms, slice_ms) * slice_ms)


def known_ending_with(last: int, slices: int) -> range:
    """Return what `ending_with` does; nothing is before slice 1."""
    every = ending_with(last, slices)
    return range(max(1, every.start), every.stop)


def cut(window: Window, last: int, slice_ms: int) -> range:
    """Return the slices of a window at the closing edge of a slice.

    At ``t = last * slice_ms`` it holds ``(t - window, t]``, rounded up to whole slices.
    """
    return known_ending_with(last, slices_in(window.length_ms, slice_ms))
