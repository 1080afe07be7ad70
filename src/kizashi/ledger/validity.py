"""Which objectives of a shard have impossible figures, and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.ledger.running import SETTLED_SLICES, Ledger
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.sli._base import CounterGrowth, threshold_edge
from kizashi.slo.blocks import LateEvents
from kizashi.slo.faults import (
    Fault,
    edge_fault,
    gauge_fault,
    processes_fault,
    retention_fault,
)
from kizashi.slo.slices import SliceRange
from kizashi.slo.validity import (
    SETTLED_MS,
    counts_fault,
    excess,
    largest_slice,
    slice_sizes,
)
from kizashi.slo.window_sums import WindowSums
from kizashi.slo.windows import ending_with, whole_slices_in

Slices = Callable[[int, int], SliceRange]
Late = Callable[[int, int], list[LateEvents]]


def judged(
    tracked: Tracked, sums: WindowSums, last: int, slices: Slices, late: Late
) -> Fault | None:
    """Return why the counts of a window that ends with a slice are impossible.

    Args:
        tracked: The objective.
        sums: What its window holds.
        last: The window's last slice.
        slices: Reads slices from one to another.
        late: Reads late events of slices from one to another.
    """
    bad, valid = _whole(sums)
    if excess(bad, valid) <= 0:
        return None
    first = tracked.cut(last).start
    events = late(first, last)
    part = slices(first, last)
    return _judged(tracked, sums, last, part, events, 0.0)


def _judged(
    tracked: Tracked,
    sums: WindowSums,
    last: int,
    part: SliceRange,
    late: list[LateEvents],
    largest_before: float,
) -> Fault | None:
    """Judge a window by its slices, or by the newest of them and the largest before."""
    largest = max(largest_before, _largest(part, late))
    since = last - whole_slices_in(SETTLED_MS, tracked.slice_ms)
    is_new = np.arange(part.first, part.first + len(part)) > since
    newest: float = part.bad[is_new].sum()
    newest += sum(e.bad for e in late if e.slice > since)
    settled = _whole(sums)[0] - newest
    return counts_fault(sums, tracked.window, largest, settled)


def _largest(part: SliceRange, late: list[LateEvents]) -> float:
    own: FloatArray = np.array([[e.bad, e.valid] for e in late]).reshape(-1, 2)
    return max(largest_slice(part.bad, part.valid), largest_slice(own[:, 0], own[:, 1]))


def _whole(sums: WindowSums) -> tuple[float, float]:
    return (
        sums.bad + float(sums.late_bad),
        sums.valid + float(sums.late_valid),
    )


@dataclass(frozen=True, slots=True)
class _Largest:
    """The largest slice of a window that was read whole.

    Attributes:
        size: Its events of one side.
        slice: The last slice of that size.
        read: The last slice that was read.
        amended: How often the ledger had been amended by then.
    """

    size: float
    slice: int
    read: int
    amended: int


class ExcessScan:
    """Finds, in one pass over arrays, whose window may hold more of a part than it can.

    Args:
        ledger: The ledger; its windows hold those of every objective.
        windows: Each objective's window in slices.
    """

    def __init__(self, ledger: Ledger, windows: Sequence[int]) -> None:
        self._ledger = ledger
        self._groups: list[tuple[int, Int64Array, Int64Array]] = []
        for length in sorted(set(windows)):
            members = [m for m, own in enumerate(windows) if own == length]
            rows = [ledger.row(m, length) for m in members]
            group = length, np.array(members, np.int64), np.array(rows, np.int64)
            self._groups.append(group)

    def suspects(self) -> Iterable[int]:
        """Yield the objectives that `counts_fault` has to look at, late events aside."""
        for length, members, rows in self._groups:
            counts = self._ledger.running(length).counts
            # All rows at once: to gather those of the group costs more than to look at
            # windows of the same length that are no budget's.
            odd = (counts[:, 0] > counts[:, 1]) | (counts[:, 0] < 0)
            if odd.any():
                yield from members[odd[rows]].tolist()


class Validity:
    """Judges the figures of a shard at its newest slice, once for each slice.

    Args:
        shard: The shard.
        retention_ms: How long samples are kept; None where a server keeps them.
    """

    def __init__(self, shard: Shard, retention_ms: int | None) -> None:
        self._shard = shard
        self._scan = ExcessScan(
            shard.ledger, [member.window_slices for member in shard.members]
        )
        self._lasting = {
            number: fault
            for number, member in enumerate(shard.members)
            if (
                fault := gauge_fault(member.spec.indicator)
                or retention_fault(member.spec.window, retention_ms)
            )
        }
        self._known: tuple[int, Mapping[int, Fault]] = (-1, {})
        self._told: Mapping[int, Fault] = {}
        #: What is wrong beside the figures, by objective: they stand, with a note.
        self.remarks: Mapping[int, Fault] = {}
        self._largest: dict[int, _Largest] = {}

    def tell(self, faults: Mapping[int, Fault]) -> None:
        """Take over what somebody else found out, by objective."""
        if faults != self._told:
            self._told, self._known = faults, (-1, {})

    @property
    def lasting(self) -> Mapping[int, Fault]:
        """Faults of what is declared, by objective: true of any time."""
        return self._lasting

    def faults(self) -> Mapping[int, Fault]:
        """Return why figures are impossible at the newest slice, by objective."""
        newest = self._shard.ledger.newest
        if self._known[0] != newest:
            faults = {
                member: fault
                for member in sorted({*self._scan.suspects(), *self._late_members()})
                if (fault := self._judge(member, newest)) is not None
            }
            self._known = (
                newest,
                {
                    **faults,
                    **self._alternating(newest),
                    **self.without_edge(),
                    **self._told,
                    **self._lasting,
                },
            )
        return self._known[1]

    def _judge(self, member: int, newest: int) -> Fault | None:
        """Judge one objective; its whole window is read only where that may matter."""
        shard = self._shard
        tracked = shard.members[member]
        sums = shard.budget(member)
        over = excess(*_whole(sums))
        if over <= 0:
            return None
        first = tracked.cut(newest).start
        count = max(SETTLED_SLICES, whole_slices_in(SETTLED_MS, shard.slice_ms))
        recent = max(first, ending_with(newest, count).start)
        part, late = shard.past_slices(member, recent, newest), self._late(member)
        is_explained = over <= _largest(part, late)
        largest = 0.0 if is_explained else self._largest_of(member, first, recent)
        return _judged(tracked, sums, newest, part, late, largest)

    def _largest_of(self, member: int, first: int, recent: int) -> float:
        """Return the largest slice since the first, read again only where it may differ.

        Args:
            member: The objective.
            first: The first slice of its window.
            recent: No slice before it may have been amended since it was read.
        """
        shard, judged = self._shard, self._largest.get(member)
        newest, amended = shard.ledger.newest, shard.ledger.amended
        if judged is None or judged.slice < first or judged.amended != amended:
            judged = _Largest(0.0, first, first - 1, amended)
        start = max(first, min(judged.read + 1, recent))
        part = shard.past_slices(member, start, newest)
        sizes = slice_sizes(part.bad, part.valid)
        at = len(sizes) - 1 - int(sizes[::-1].argmax())
        size, at_slice = float(sizes[at]), start + at
        if size < judged.size:
            size, at_slice = judged.size, judged.slice
        self._largest[member] = _Largest(size, at_slice, newest, amended)
        return size

    def _late_members(self) -> list[int]:
        """Return the objectives with late events, which no running window holds."""
        shard = self._shard
        sealed = [member for member, late in enumerate(shard.sealed_late) if late]
        return [
            *sealed,
            *(member for member, late in shard.collected.late.items() if late),
        ]

    def _late(self, member: int) -> list[LateEvents]:
        newest = self._shard.ledger.newest
        first = self._shard.members[member].cut(newest).start
        return self._shard.late(member, first, newest)

    def _alternating(self, newest: int) -> dict[int, Fault]:
        """Return the objectives that count for one process what two of them tell.

        Samples of gauges are events whichever process they are of.
        """
        at_ms, members = newest * self._shard.slice_ms, self._shard.members
        return {
            member: processes_fault(target.record.labels.get("instance"))
            for target in self._shard.targets.values()
            if target.is_discovered and target.tally.columns.starts.alternates(at_ms)
            for member in target.tally.columns.objectives
            if isinstance(members[member].spec.indicator.events, CounterGrowth)
        }

    def without_edge(self) -> dict[int, Fault]:
        """Return the objectives of which no histogram now has the threshold's edge."""
        tallies = [t.tally for t in self._shard.targets.values() if t.is_discovered]
        edges: dict[int, set[float]] = {}
        for tally in tallies:
            for member, own in tally.columns.edges.missing.items():
                edges.setdefault(member, set()).update(own)
        faults = {}
        for member, every in edges.items():
            threshold = threshold_edge(self._shard.members[member].spec.indicator)
            if threshold is None:
                continue
            if not any(member in tally.columns.edges.there for tally in tallies):
                faults[member] = edge_fault(threshold, sorted(every))
        return faults
