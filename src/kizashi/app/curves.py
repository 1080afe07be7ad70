"""What charts of an objective are made of: exact counts, cut into steps.

Pure functions over a stretch of the ledger. A chart asks for so many points; a point
sums up a whole number of slices, so that what it shows can be counted again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

import numpy as np

from kizashi.app.answering import ObjectiveSlices, late_counts
from kizashi.ledger.tracking import Tracked
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.slo.budget import (
    ErrorBudget,
    burn_rate,
    error_budget,
    left_along,
    value_of,
)
from kizashi.slo.slices import SliceRange
from kizashi.slo.window_sums import coverage_of, exact
from kizashi.slo.windows import last_closed, slices_in, whole_slices_in

Values = tuple[float | None, ...]
#: How far ahead of a window a projection is shown, in windows.
_MOST_AHEAD = 0.25


@dataclass(frozen=True, slots=True)
class Curves:
    """An objective over a stretch. Every tuple has one value for each point.

    Attributes:
        at: Right edges of the steps, Unix seconds.
        step_s: Seconds that one point sums up.
        bad: Bad events, late ones included.
        valid: Valid events, late ones included.
        late: Of these the late ones.
        coverage: Share of the step that was seen.
        burns: Burn rates at each edge, by window; None without events. Late events
            are in none (rule 4).
    """

    at: tuple[float, ...]
    step_s: float
    bad: tuple[float, ...]
    valid: tuple[float, ...]
    late: tuple[float, ...]
    coverage: tuple[float, ...]
    burns: Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class LatePoint:
    """Events that became known late, in one slice.

    Attributes:
        at: The closing edge of the slice, Unix seconds.
        bad: Bad events.
        valid: Valid events.
    """

    at: float
    bad: float
    valid: float


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an objective, in a reader's time zone.

    Attributes:
        date: The day.
        bad: Bad events, late ones included.
        valid: Valid events, late ones included.
        coverage: Share of the day's slices that was seen.
        spent_ratio: Share of the whole window's budget that the day spent; None
            where the window has no events.
    """

    date: date
    bad: float
    valid: float
    coverage: float
    spent_ratio: float | None


def longest_window_s(tracked: Tracked) -> float:
    """Return how far before a chart its burn rates reach back."""
    return max(tracked.burn_windows, default=0) * tracked.slice_ms / 1000


def curves(
    stretch: ObjectiveSlices, start: float, points: int, *, burns: bool = True
) -> Curves:
    """Return an objective's curves from a time on, to the end of a stretch.

    Args:
        stretch: Its slices; those before `start` serve burn rates alone.
        start: Unix seconds; the first point may reach back a little further.
        points: How many points at most; fewer where a step would be shorter than
            the interval at which was counted.
        burns: Whether burn rates are wanted.
    """
    part, tracked = stretch.part, stretch.tracked
    bad, valid, late = _with_late(stretch)
    skip = _before(stretch, start)
    count = len(part) - skip
    if count <= 0:
        return Curves((), tracked.slice_ms / 1000, (), (), (), (), {})
    step = max(1, -(-count // max(1, points)))
    # A step shorter than the samples' interval, or no multiple of it, would show how
    # often somebody looked: nothing, then twice as much.
    pace = max(1, slices_in(stretch.interval_ms, tracked.slice_ms))
    step = -(-step // pace) * pace
    # The last point ends with the newest slice. The first is as long as the others, for
    # half of one would look like half the events, unless the stretch begins with it.
    ends = np.arange(len(part), skip, -step, dtype=np.int64)[::-1]
    starts = np.maximum(0, ends - step)
    seen = _running(part.seen.astype(np.float64))
    running = (_running(part.bad), _running(part.valid)) if burns else _NONE
    return Curves(
        at=tuple(((part.first + ends - 1) * tracked.slice_ms / 1000).tolist()),
        step_s=step * tracked.slice_ms / 1000,
        bad=_between(_running(bad), starts, ends),
        valid=_between(_running(valid), starts, ends),
        late=_between(_running(late), starts, ends),
        coverage=tuple(coverage_of(seen[ends] - seen[starts], ends - starts).tolist()),
        burns={
            tracked.window_text(w): _burns(stretch, running, w, ends)
            for w in (tracked.burn_windows if burns else ())
        },
    )


def _before(stretch: ObjectiveSlices, start: float) -> int:
    """Return how many slices of a stretch had closed at a time."""
    closed = last_closed(int(start * 1000), stretch.tracked.slice_ms)
    return min(len(stretch.part), max(0, closed - stretch.part.first + 1))


def since(stretch: ObjectiveSlices, start: float) -> ObjectiveSlices:
    """Return the part of a stretch that lies after a time."""
    part = stretch.part
    skip = _before(stretch, start)
    first = part.first + skip
    cut = SliceRange(
        first,
        part.bad[skip:],
        part.valid[skip:],
        part.seen[skip:],
        part.state[skip:],
    )
    late = tuple(e for e in stretch.late if e.slice >= first)
    return replace(stretch, part=cut, late=late)


def budget_left(found: Curves, target: float) -> Values:
    """Return what is left of the budget at each point of a whole window.

    The budget is that of the window's events: the last value is the budget's own.
    """
    return left_along(target, found.bad, found.valid)


def projected(left: Values, empty_after: float | None) -> tuple[Values, Values]:
    """Return a budget's curve with room for what comes, and how it goes on.

    Args:
        left: What is left at each point of a window, the newest last.
        empty_after: When the budget is empty at the present pace, in windows from now;
            None where it never is, or not within a window.

    Returns:
        Both of the same length. The first has no value in the future, at most a quarter
        of a window; the second none in the past, and ends at 0 or where the room does.
        The second is empty where nothing is to be seen ahead.
    """
    now = left[-1] if left else None
    if empty_after is None or now is None or now <= 0:
        return left, ()
    points = len(left)
    room = max(1, math.ceil(min(empty_after, _MOST_AHEAD) * points))
    a_point = now / (empty_after * points)
    ahead = tuple(max(0.0, now - a_point * i) for i in range(room + 1))
    return (*left, *(None,) * room), (*(None,) * (points - 1), *ahead)


def late_events(stretch: ObjectiveSlices, most: int) -> list[LatePoint]:
    """Return the newest late events of a stretch, the newest first."""
    slice_ms = stretch.tracked.slice_ms
    by_slice: dict[int, LatePoint] = {}
    for event in stretch.late:
        before = by_slice.get(event.slice, LatePoint(0.0, 0.0, 0.0))
        by_slice[event.slice] = LatePoint(
            event.slice * slice_ms / 1000,
            before.bad + event.bad,
            before.valid + event.valid,
        )
    return [by_slice[number] for number in sorted(by_slice, reverse=True)[:most]]


def days(stretch: ObjectiveSlices, zone: tzinfo) -> list[Day]:
    """Return a stretch day by day, oldest first; days without slices are left out."""
    part, tracked = stretch.part, stretch.tracked
    bad, valid, _ = _with_late(stretch)
    budget = ErrorBudget(
        error_budget(tracked.spec.target), 0, 0, exact(float(valid.sum()))
    )
    hour = max(1, whole_slices_in(3_600_000, tracked.slice_ms))
    out: dict[date, list[float]] = {}
    # A day begins on an hour, or a half or quarter of one, in every zone: quarters.
    quarter = max(1, hour // 4)
    first_cut = -(part.first - 1) % quarter
    cuts = [0, *range(first_cut or quarter, len(part), quarter)]
    starts = np.array(cuts if len(part) else [], np.int64)
    ends = np.append(starts[1:], len(part))[: len(starts)]
    parts = zip(
        starts.tolist(),
        _between(_running(bad), starts, ends),
        _between(_running(valid), starts, ends),
        _between(_running(part.seen.astype(np.float64)), starts, ends),
        (ends - starts).tolist(),
        strict=True,
    )
    for lo, *counts in parts:
        begins = (part.first + lo - 1) * tracked.slice_ms / 1000
        day = datetime.fromtimestamp(begins, zone).date()
        sums = out.setdefault(day, [0.0, 0.0, 0.0, 0.0])
        for i, count in enumerate(counts):
            sums[i] += count
    return [
        Day(day, b, v, coverage_of(seen, int(count)), value_of(budget.spent_by(b)))
        for day, (b, v, seen, count) in sorted(out.items())
    ]


def _with_late(stretch: ObjectiveSlices) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return bad and valid events with late ones, and late valid ones alone."""
    part = stretch.part
    bad, valid = late_counts(part, stretch.late)
    return part.bad + bad, part.valid + valid, valid


def _running(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values)])


def _between(
    running: FloatArray, starts: Int64Array, ends: Int64Array
) -> tuple[float, ...]:
    return tuple((running[ends] - running[starts]).tolist())


_NONE = (np.zeros(1), np.zeros(1))


def _burns(
    stretch: ObjectiveSlices,
    running: tuple[FloatArray, FloatArray],
    slices: int,
    ends: Int64Array,
) -> Values:
    starts = np.maximum(0, ends - slices)
    bad, valid = running
    burnt = bad[ends] - bad[starts]
    of = valid[ends] - valid[starts]
    allowed = error_budget(stretch.tracked.spec.target)
    pairs = zip(burnt.tolist(), of.tolist(), strict=True)
    return tuple(burn_rate(b, v, allowed) for b, v in pairs)
