"""A server's recorded counts, as slices of the ledger.

The rules that Kizashi compiles record, at every evaluation, how many events came since
the evaluation before and which share of the targets was seen. A sample belongs to the
slice that holds its time stamp, so that a window of slices holds the same samples as
``sum_over_time`` over it.

Source: rules 18, 19 and 22.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.model.arrays import BoolArray, FloatArray, UInt8Array, UInt16Array
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.upstream import UpstreamSamples
from kizashi.rules.series_names import OBJECTIVE, SERVICE, Series
from kizashi.slo.slices import LARGEST_COUNT, SliceRange
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.slo.windows import slice_of

#: Finds every slice count and seen share of everyone in one request.
RECORDED_SELECTOR = (
    f'{{__name__=~"{Series.SLICE_BAD}|{Series.SLICE_VALID}|{Series.SLICE_SEEN}'
    f'|{Series.SLICE_ABSENT}"}}'
)

Key = tuple[str, str]


def recorded_selector(service: str, objective: str) -> str:
    """Return the selector of one objective's slice counts and seen shares."""
    own = Selector(
        (
            LabelMatcher(SERVICE, MatchOp.EQUAL, service),
            LabelMatcher(OBJECTIVE, MatchOp.EQUAL, objective),
        )
    )
    return f"{RECORDED_SELECTOR[:-1]},{str(own)[1:]}"


@dataclass(frozen=True, slots=True)
class Grid:
    """Which slices of which objectives are read.

    Attributes:
        first: The first slice.
        count: How many slices, m.
        slice_ms: Milliseconds of a slice.
        members: The number of each objective, 0 to n - 1, by service and name.
        steps: How many samples a slice of each objective has, shape (n,).
    """

    first: int
    count: int
    slice_ms: int
    members: Mapping[Key, int]
    steps: Sequence[int]


@dataclass(frozen=True, slots=True)
class Recordings:
    """Consecutive slices of n objectives as a server recorded them.

    Attributes:
        first: Number of the first slice.
        counts: Bad and valid events, shape (m, n, 2).
        seen: Seen shares in parts of SEEN_ONE, shape (m, n).
        evaluated: Whether the slice has a sample of any kind, shape (m, n).
        has_valid: Whether valid events were counted, were it none; shape (m, n).
        absent: Whether targets answered without the series, shape (m, n).
        first_ms: Time of each objective's first sample in here, by its number.
    """

    first: int
    counts: FloatArray
    seen: UInt16Array
    evaluated: BoolArray
    has_valid: BoolArray
    absent: BoolArray
    first_ms: Mapping[int, int]

    def part(self, member: int, start: int, end: int, grew: BoolArray) -> SliceRange:
        """Return slices ``start`` to ``end`` (offsets, end not included) of one.

        Args:
            member: The objective's number.
            start: Offset of the first slice.
            end: Offset after the last slice.
            grew: Where valid events of 2.5 intervals make a slice live, shape (m,).
        """
        cut = slice(start, end)
        return SliceRange(
            self.first + start,
            self.counts[cut, member, 0].copy(),
            self.counts[cut, member, 1].copy(),
            self.seen[cut, member].copy(),
            states(
                self.evaluated[cut, member],
                self.seen[cut, member],
                self.has_valid[cut, member],
                grew[cut],
                self.absent[cut, member],
            ),
        )


def states(
    evaluated: BoolArray,
    seen: UInt16Array,
    has_valid: BoolArray,
    grew: BoolArray,
    absent: BoolArray,
) -> UInt8Array:
    """Return state codes of slices, of any one shape. Source: rule 12."""
    state = np.where(has_valid, State.IDLE, State.ABSENT)
    state = np.where(grew, State.LIVE, state)
    state = np.where(seen > 0, state, np.where(absent, State.ABSENT, State.BROKEN))
    return np.where(evaluated, state, State.UNKNOWN).astype(np.uint8)


def grown(valid: FloatArray, back: int) -> BoolArray:
    """Return where valid events came in a slice or the ``back - 1`` before it.

    Args:
        valid: Valid events, shape (m,).
        back: How many slices make one live.
    """
    total = np.concatenate([[0.0], np.cumsum(valid)])
    ends = np.arange(1, len(valid) + 1)
    grew: BoolArray = total[ends] > total[np.maximum(ends - back, 0)]
    return grew


def read_recordings(samples: UpstreamSamples, grid: Grid) -> Recordings:
    """Return what a server recorded; series of nobody we know are left out.

    A value that is no count (not finite, beyond any counter) counts as not evaluated:
    nothing is made up of it. A negative count is one: where good and valid events are
    counters of their own, a request that is valid in one slice may be good in the next.
    Of a part of an answer only those slices count that have all of bad events, valid
    events and seen share.
    """
    shape = (grid.count, len(grid.steps))
    counts = np.zeros((*shape, 2))
    shares, absent = np.zeros(shape), np.zeros(shape, np.bool_)
    has = np.zeros((3, *shape), np.bool_)
    first_ms: dict[int, int] = {}
    for one in samples.series:
        key = one.labels.get(SERVICE), one.labels.get(OBJECTIVE)
        member = grid.members.get(key)
        kind = _KINDS.get(one.labels.metric_name)
        if member is None or kind is None:
            continue
        rows = slice_of(one.ts_ms, grid.slice_ms) - grid.first
        fits = (rows >= 0) & (rows < grid.count) & _is_told(kind, one.values)
        rows, values = rows[fits], one.values[fits]
        if not len(rows):
            continue
        if kind == _ABSENT:
            absent[rows, member] = True
            continue
        began_ms = int(one.ts_ms[fits][0])
        first_ms[member] = min(began_ms, first_ms.get(member, began_ms))
        has[kind, rows, member] = True
        if kind == _SEEN:
            shares[:, member] += np.bincount(
                rows, np.minimum(values, 1.0), minlength=grid.count
            )
            continue
        counts[:, member, kind] += np.bincount(rows, values, minlength=grid.count)
    bad, valid, share = has
    evaluated = bad & valid & share if samples.is_partial else bad | valid | share
    counts[~evaluated] = shares[~evaluated] = 0
    has_valid = valid & evaluated
    parts = np.rint(shares * SEEN_ONE / np.array(grid.steps, np.float64))
    seen = np.minimum(parts, SEEN_ONE).astype(np.uint16)
    return Recordings(grid.first, counts, seen, evaluated, has_valid, absent, first_ms)


def _is_told(kind: int, values: FloatArray) -> BoolArray:
    """Return which recorded values say something, shape as given."""
    told = np.abs(values) <= LARGEST_COUNT
    if kind in {_SEEN, _ABSENT}:
        told &= values >= 0
    return told


_BAD, _VALID, _SEEN, _ABSENT = 0, 1, 2, 3
_KINDS = {
    str(Series.SLICE_BAD): _BAD,
    str(Series.SLICE_VALID): _VALID,
    str(Series.SLICE_SEEN): _SEEN,
    str(Series.SLICE_ABSENT): _ABSENT,
}
