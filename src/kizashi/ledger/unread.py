"""Which slices are unseen because what was stored of them cannot be read."""

from collections.abc import Iterable, Mapping

import numpy as np

from kizashi.ledger.tracked_target import TrackedTarget
from kizashi.model.arrays import BoolArray, Int64Array
from kizashi.model.damage import Damage
from kizashi.slo.windows import slice_of


def unread(
    damages: Iterable[Damage],
    targets: Mapping[int, TrackedTarget],
    shape: tuple[int, int, int],
    slice_ms: int,
) -> BoolArray:
    """Return where samples of an objective are lost.

    Args:
        damages: What is damaged.
        targets: The targets that count, by number.
        shape: The first slice, how many slices and how many objectives.
        slice_ms: Milliseconds of a slice.

    Returns:
        Shape (slices, objectives).
    """
    first, count, objectives = shape
    lost = np.zeros((count, objectives), np.bool_)
    start_ms, end_ms = (first - 1) * slice_ms + 1, (first + count - 1) * slice_ms
    for damage in damages:
        if damage.generation is not None or not damage.touches(start_ms, end_ms):
            continue
        begin = slice_of(max(damage.first_ms, start_ms), slice_ms) - first
        end = slice_of(min(damage.last_ms, end_ms), slice_ms) - first + 1
        lost[begin:end, fed_by(damage, targets, objectives)] = True
    return lost


def last_unread(
    damages: Iterable[Damage], target: int, wanted: Int64Array, ts_ms: Int64Array
) -> list[int]:
    """Return the last row of each time in which some of a target's series are lost.

    Args:
        damages: What is damaged.
        target: The target's number.
        wanted: The series that are counted.
        ts_ms: Times of the rows, rising.
    """
    series = set(wanted.tolist())
    rows = {
        int(np.searchsorted(ts_ms, damage.last_ms, side="right")) - 1
        for damage in damages
        if damage.target in {target, None}
        and (damage.series is None or damage.series in series)
        and len(ts_ms)
        and damage.touches(int(ts_ms[0]), int(ts_ms[-1]))
    }
    return sorted(row for row in rows if row >= 0)


def fed_by(
    damage: Damage,
    targets: Mapping[int, TrackedTarget],
    objectives: int,
) -> list[int]:
    """Return the objectives that damaged samples would have counted for, or shown."""
    everyone = list(range(objectives))
    if damage.target is None:
        return everyone
    target = targets.get(damage.target)
    if target is None:
        return []
    is_scrape = damage.series is None or damage.series == target.up
    if is_scrape and target.counts_as_seen:
        return everyone
    return sorted(target.tally.columns.feeds(None if is_scrape else damage.series))
