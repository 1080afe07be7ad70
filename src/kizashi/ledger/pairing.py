"""A histogram's threshold and total: two counters that count only together.

Slow events are what the total has grown by and the threshold's bucket has not. That is
so only where both tell of the same time. Where one of them is missing from a page, or
is no number, its growth is told by a later one; until then the other's waits. Where
nobody can know what one of them grew by, neither counts: else every event would look
slow, or fewer than none.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.ledger.counting import NO_TIME, Growth
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.slo.intervals import LONGEST_BRIDGED_GAP_MS

#: An objective, and the labels of a histogram but the edge.
PairKey = tuple[int, Labels]


@dataclass(frozen=True, slots=True)
class CounterPair:
    """Where a histogram's two counters are, under every spelling of their edges."""

    key: PairKey
    thresholds: tuple[int, ...]
    totals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PendingGrowth:
    """Growth of one of the two since both had a sample.

    Attributes:
        since_ms: When both had one.
        of_total: Whether it is the total's growth, and not the threshold's.
        amount: How much; None where nobody can know what belongs to it.
    """

    since_ms: int
    of_total: bool
    amount: float | None


@dataclass(frozen=True, slots=True)
class CounterSamples:
    """Rows of counters, and what they have grown by.

    Attributes:
        ts_ms: Time of each row, shape (r,).
        values: Shape (r, n).
        last_ms: Each column's last sample before the rows, NO_TIME without; shape (n,).
        grown: Their growth.
    """

    ts_ms: Int64Array
    values: FloatArray
    last_ms: Int64Array
    grown: Growth


@dataclass(frozen=True, slots=True)
class Together:
    """What a pair's columns add, in place of what each has grown by.

    Attributes:
        key: The pair.
        amount: By column, shape (r,).
        late: Where it is late, shape (r,).
    """

    key: PairKey
    amount: Mapping[int, FloatArray]
    late: BoolArray


class CounterPairs:
    """The pairs among the columns of one target."""

    def __init__(self, pairs: Iterable[CounterPair]) -> None:
        self._pairs = tuple(pairs)
        self._threshold = np.array([p.thresholds[0] for p in self._pairs], np.int64)
        self._total = np.array([p.totals[0] for p in self._pairs], np.int64)
        self._both = np.concatenate([self._threshold, self._total])
        spelled = [max(len(p.thresholds), len(p.totals)) > 1 for p in self._pairs]
        self._is_spelled = np.array(spelled, np.bool_)

    def count(
        self, samples: CounterSamples, waiting: MutableMapping[PairKey, PendingGrowth]
    ) -> list[Together]:
        """Return what pairs add that do not simply tell of the same times.

        Args:
            samples: The rows.
            waiting: What waits, by pair; brought up to date.
        """
        if not self._pairs:
            return []
        odd = self._odd(samples.grown) | self._is_spelled
        if waiting:
            odd |= np.array([p.key in waiting for p in self._pairs], np.bool_)
        return [
            _together(self._pairs[number], samples, waiting)
            for number in np.flatnonzero(odd).tolist()
        ]

    def restart(self, step: FloatArray) -> bool:
        """Return whether some pair has fallen, from how columns moved, shape (n,)."""
        if not self._pairs:
            return False
        return bool((step[self._both] < 0).any())

    def _odd(self, grown: Growth) -> BoolArray:
        """Return which pairs have a row that tells of one of the two alone."""
        one, other = self._threshold, self._total
        there, told, before = grown.there, grown.told, grown.before_ms
        alike = told[:, one] & told[:, other] & (before[:, one] == before[:, other])
        alike &= grown.fell[:, one] == grown.fell[:, other]
        alike |= there[:, one] & there[:, other] & ~told[:, one] & ~told[:, other]
        alike |= ~there[:, one] & ~there[:, other]
        odd: BoolArray = ~alike.all(axis=0)
        return odd


def _together(
    pair: CounterPair,
    samples: CounterSamples,
    waiting: MutableMapping[PairKey, PendingGrowth],
) -> Together:
    """Count a pair: at once where both tell of the same time, else row by row."""
    grown, rows = samples.grown, np.arange(len(samples.ts_ms))
    amount = {c: np.zeros(len(rows)) for c in (*pair.thresholds, *pair.totals)}
    late = np.zeros(len(rows), np.bool_)
    threshold = _Side.of(pair.thresholds, samples)
    total = _Side.of(pair.totals, samples)
    both, held = threshold.there & total.there, waiting.pop(pair.key, None)
    if held is not None and held.amount is None and not both.any():
        waiting[pair.key] = held
        return Together(pair.key, amount, late)
    alike = both & (threshold.told & total.told | ~threshold.told & ~total.told)
    alike &= threshold.before_ms == total.before_ms
    alike &= threshold.fell == total.fell
    for side in (threshold, total):
        for column in np.unique(side.column[alike]).tolist():
            at = rows[alike & (side.column == column)]
            amount[column][at] = grown.amount[at, column]
    if grown.late is not None:
        late = grown.late[rows, threshold.column] | grown.late[rows, total.column]
        late &= both
    odd = np.flatnonzero((threshold.there | total.there) & ~alike)
    for row, is_joint in zip(odd.tolist(), both[odd].tolist(), strict=True):
        columns = int(threshold.column[row]), int(total.column[row])
        if is_joint:
            found = _grown(samples, row, columns, held)
            amount[columns[0]][row], amount[columns[1]][row] = found
            held = None
        elif held is None or held.amount is not None:
            last = int(threshold.last_ms[row]), int(total.last_ms[row])
            of_total = bool(total.there[row])
            column = columns[of_total]
            held = _wait(samples, row, column, held, last, of_total=of_total)
    if held is not None:
        waiting[pair.key] = held
    return Together(pair.key, amount, late)


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two counters in each row, whichever spelling has a sample.

    Attributes:
        column: Where it is, shape (r,), as all of these.
        there: Whether it has a sample.
        told: Whether that tells growth.
        fell: Whether it has restarted.
        before_ms: Time of that spelling's sample before, NO_TIME without.
        last_ms: Time of any spelling's sample before, NO_TIME without.
    """

    column: Int64Array
    there: BoolArray
    told: BoolArray
    fell: BoolArray
    before_ms: Int64Array
    last_ms: Int64Array

    @classmethod
    def of(cls, columns: tuple[int, ...], samples: CounterSamples) -> "_Side":
        """Return one side of a pair."""
        grown, rows = samples.grown, np.arange(len(samples.ts_ms))
        shown = grown.there[:, list(columns)]
        column = np.array(columns, np.int64)[np.argmax(shown, axis=1)]
        there: BoolArray = shown.sum(axis=1) > 0
        newest = max(int(samples.last_ms[c]) for c in columns)
        at = np.append(newest, np.where(there, samples.ts_ms, NO_TIME)[:-1])
        return cls(
            column,
            there,
            grown.told[rows, column],
            grown.fell[rows, column],
            grown.before_ms[rows, column],
            np.maximum.accumulate(at),
        )


def _grown(
    samples: CounterSamples,
    row: int,
    columns: tuple[int, int],
    held: PendingGrowth | None,
) -> tuple[float, float]:
    """Return what threshold and total have grown by since both were there."""
    grown = samples.grown
    before = [int(grown.before_ms[row, c]) for c in columns]
    threshold, total = (float(grown.amount[row, c]) for c in columns)
    if not grown.told[row, list(columns)].all():
        return 0.0, 0.0
    if before[0] == before[1]:
        if grown.fell[row, list(columns)].any():
            # They are of one process: where one of them restarted, both did.
            threshold, total = (float(samples.values[row, c]) for c in columns)
        return threshold, total
    if all(grown.amount[row, c] == samples.values[row, c] for c in columns):
        # Both count from zero.
        return threshold, total
    is_bridged = int(samples.ts_ms[row]) - min(before) <= LONGEST_BRIDGED_GAP_MS
    is_known = held is not None and held.since_ms == before[not held.of_total]
    if held is None or held.amount is None or not (is_known and is_bridged):
        return 0.0, 0.0
    more = (0.0, held.amount) if held.of_total else (held.amount, 0.0)
    return threshold + more[0], total + more[1]


def _wait(
    samples: CounterSamples,
    row: int,
    column: int,
    held: PendingGrowth | None,
    last: Sequence[int],
    *,
    of_total: bool,
) -> PendingGrowth:
    """Return what waits when one of the two was there alone."""
    grown = samples.grown
    is_known = bool(grown.told[row, column] and not grown.fell[row, column])
    if held is None:
        since_ms = last[1 if of_total else 0]
        is_known &= last[0] == last[1] != NO_TIME
        held = PendingGrowth(since_ms, of_total, 0.0)
    is_known &= int(samples.ts_ms[row]) - held.since_ms <= LONGEST_BRIDGED_GAP_MS
    if held.amount is None or held.of_total is not of_total or not is_known:
        return PendingGrowth(held.since_ms, of_total, None)
    more = float(grown.amount[row, column])
    return PendingGrowth(held.since_ms, of_total, held.amount + more)
