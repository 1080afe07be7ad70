"""Which objectives may be burning: one pass over arrays, before exact arithmetic.

Whether an alert fires is decided in whole numbers (`kizashi.slo.firing`). This finds,
in float64 and with a margin wider than any rounding, the few for which that can come
out as yes, so that ten thousand quiet objectives cost a millisecond.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.ledger.running import Ledger
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.model.severity import Severity
from kizashi.slo.firing import Guard
from kizashi.slo.objective import NoData
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import SEEN_ONE

#: Far above the rounding of a few float64 products, far below any count that matters.
_MARGIN = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class _Side:
    """One window length of some pairs: where each pair's sums stand."""

    slices: int
    rows: Int64Array


@dataclass(frozen=True, slots=True)
class _PairGroup:
    """Pairs of many objectives with one severity and the same two window lengths."""

    severity: Severity
    members: Int64Array
    long: _Side
    short: _Side
    limit: FloatArray
    least: FloatArray
    unseen_is_bad: BoolArray


class BurnScan:
    """Scans the running windows of a ledger for pairs that may fire.

    Args:
        ledger: The ledger; its windows hold those of every pair.
        pairs: Each objective's pairs.
        guards: Each objective's guard.
    """

    def __init__(
        self,
        ledger: Ledger,
        pairs: Sequence[Sequence[WindowPair]],
        guards: Sequence[Guard],
    ) -> None:
        self._ledger = ledger
        grouped: dict[tuple[Severity, int, int], list[tuple[int, WindowPair]]] = {}
        for member, own in enumerate(pairs):
            for pair in own:
                key = (pair.severity, pair.long_slices, pair.short_slices)
                grouped.setdefault(key, []).append((member, pair))
        self._groups = [self._group(found, guards) for found in grouped.values()]
        shortest = [min((p.short_slices for p in own), default=0) for own in pairs]
        self._shortest = []
        for length in sorted(set(shortest) - {0}):
            members = [m for m, s in enumerate(shortest) if s == length]
            side = self._side(length, members)
            self._shortest.append((np.array(members, np.int64), side))

    def _group(
        self, pairs: Sequence[tuple[int, WindowPair]], guards: Sequence[Guard]
    ) -> _PairGroup:
        members = [member for member, _ in pairs]
        first = pairs[0][1]
        own = [guards[m] for m in members]
        return _PairGroup(
            first.severity,
            np.array(members, np.int64),
            self._side(first.long_slices, members),
            self._side(first.short_slices, members),
            np.array([p.limit[0] / p.limit[1] for _, p in pairs]),
            np.array([float(g.min_bad_events) for g in own]),
            np.array([g.no_data is NoData.BAD for g in own]),
        )

    def _side(self, slices: int, members: Sequence[int]) -> _Side:
        rows = [self._ledger.row(m, slices) for m in members]
        return _Side(slices, np.array(rows, np.int64))

    def suspects(self) -> set[tuple[int, Severity]]:
        """Return the alerts of which some pair may fire at the newest slice."""
        suspected: set[tuple[int, Severity]] = set()
        for group in self._groups:
            hot = self._exceeds(group, group.long) & self._exceeds(group, group.short)
            counts = self._ledger.running(group.long.slices).counts
            enough = counts[group.long.rows, 0] >= group.least
            hot &= enough | group.unseen_is_bad
            suspected.update((m, group.severity) for m in group.members[hot].tolist())
        return suspected

    def blind(self) -> set[int]:
        """Return the objectives whose shortest window is less than half covered."""
        found: set[int] = set()
        for members, side in self._shortest:
            seen = self._ledger.running(side.slices).seen[side.rows]
            found.update(members[2 * seen < side.slices * SEEN_ONE].tolist())
        return found

    def _exceeds(self, group: _PairGroup, side: _Side) -> BoolArray:
        running = self._ledger.running(side.slices)
        bad, valid = running.counts[side.rows, 0], running.counts[side.rows, 1]
        seen = running.seen[side.rows].astype(np.float64)
        whole = float(side.slices * SEEN_ONE)
        weighted = bad * seen + np.where(
            group.unseen_is_bad, valid * (whole - seen), 0.0
        )
        hot: BoolArray = (weighted > 0) & (
            weighted >= group.limit * valid * whole * _MARGIN
        )
        return hot
