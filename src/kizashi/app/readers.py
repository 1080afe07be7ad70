"""Reading one generation of one objective: slices, windows, and what belongs to them."""

from collections.abc import Iterable
from fractions import Fraction

from kizashi.app.answers import NoteView, SourceView
from kizashi.app.evidence import PairEvaluation, look_at
from kizashi.app.figures import number
from kizashi.app.source_views import source_views
from kizashi.ledger.history import stored_sums, with_late
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked
from kizashi.ledger.unread import fed_by
from kizashi.ledger.validity import Validity, judged
from kizashi.model.damage import ANY_GENERATION, Damage
from kizashi.ports.ledger import LedgerStore
from kizashi.sli._base import threshold_edge
from kizashi.slo.blocks import BirthNote, BirthReason, LateEvents
from kizashi.slo.faults import Fault
from kizashi.slo.generations import Generation
from kizashi.slo.slices import SliceRange
from kizashi.slo.window_sums import State, WindowSums
from kizashi.slo.windows import ending_with, last_closed

_MOST_BIRTHS = 20
_BIRTHS = {
    BirthReason.UNKNOWN: "ledger.birth",
    BirthReason.NO_CREATED: "ledger.birth.no_created",
    BirthReason.ANY_CREATED: "ledger.birth.any_created",
    BirthReason.NEW_PROCESS: "ledger.birth.new_process",
}


class Reader:
    """Reads one generation of one objective.

    Attributes:
        tracked: The objective, and what is known of it.
        newest: The number of its newest closed slice.
    """

    tracked: Tracked
    newest: int

    def window(self, last: int, slices: int) -> WindowSums:
        """Return a window's sums."""
        raise NotImplementedError

    def slices(self, first: int, last: int) -> SliceRange:
        """Return closed slices."""
        raise NotImplementedError

    def late(self, first: int, last: int) -> list[LateEvents]:
        """Return late events."""
        raise NotImplementedError

    def births(self, first: int, last: int) -> list[BirthNote]:
        """Return inferred births."""
        raise NotImplementedError

    def last_closed(self, at: float | None) -> int:
        """Return the newest slice that was closed at a time."""
        if at is None:
            return self.newest
        return min(self.newest, last_closed(int(at * 1000), self.tracked.slice_ms))

    def budget(self, last: int) -> WindowSums:
        """Return the sums of the objective's own window."""
        return self.window(last, self.tracked.window_slices)

    def is_touched_by(self, damage: Damage) -> bool:
        """Return whether its figures would hold something that is damaged."""
        return damage.generation in {self.tracked.generation.id, ANY_GENERATION}

    def looks(self, last: int) -> tuple[PairEvaluation, ...]:
        """Return what every pair says at the end of a slice."""
        tracked = self.tracked
        sums = {w: self.window(last, w) for w in tracked.burn_windows}
        return tuple(
            look_at(tracked, pair, sums[pair.long_slices], sums[pair.short_slices])
            for pair in tracked.plan.pairs
        )

    def state(self, last: int) -> State:
        """Return the state of a slice."""
        return State(int(self.slices(last, last).state[0]))

    def fault(self, last: int) -> Fault | None:
        """Return why the figures at the end of a slice are impossible."""
        return judged(self.tracked, self.budget(last), last, self.slices, self.late)

    def sources(self, last: int) -> tuple[SourceView, ...]:  # noqa: ARG002
        """Return where the slices of the window came from."""
        return ()

    def notes(self, last: int) -> tuple[NoteView, ...]:
        """Return what a reader of the figures should know."""
        notes = [
            NoteView("ledger.pair_dropped", {"factor": str(p.factor)})
            for p in self.tracked.plan.dropped
        ]
        births = self.births(self.tracked.cut(last).start, last)
        notes += [
            NoteView(
                _BIRTHS[b.reason],
                {
                    "series": b.series,
                    "amount": str(number(Fraction(b.amount))),
                    "at": str(b.slice * self.tracked.slice_ms // 1000),
                },
            )
            for b in births[-_MOST_BIRTHS:]
        ]
        return tuple(notes)


class StoredReader(Reader):
    """Reads a generation that no longer counts."""

    def __init__(self, tracked: Tracked, ledgers: LedgerStore) -> None:
        self.tracked = tracked
        self._ledgers = ledgers
        self._generation: Generation = tracked.generation
        self.newest = 2**40

    def window(self, last: int, slices: int) -> WindowSums:
        """Return a window's sums."""
        sums = stored_sums(self._ledgers, self._generation.id, last, slices)
        return with_late(sums, self.late(ending_with(last, slices).start, last))

    def slices(self, first: int, last: int) -> SliceRange:
        """Return closed slices."""
        return self._ledgers.read(self._generation.id, first, last)

    def late(self, first: int, last: int) -> list[LateEvents]:
        """Return late events."""
        return self._ledgers.late(self._generation.id, first, last)

    def births(self, first: int, last: int) -> list[BirthNote]:
        """Return inferred births."""
        return self._ledgers.births(self._generation.id, first, last)


class LiveReader(Reader):
    """Reads a generation that a shard counts.

    Attributes:
        shard: The shard.
        member: Its number there.
        windows_ahead: Windows that were read already, by last slice and length.
        states_ahead: States that were read already, by slice.
    """

    def __init__(
        self,
        shard: Shard,
        member: int,
        tracked: Tracked | None = None,
        validity: Validity | None = None,
    ) -> None:
        self.shard = shard
        self._validity = validity
        self.member = member
        self.windows_ahead: dict[tuple[int, int], WindowSums] = {}
        self.states_ahead: dict[int, State] = {}
        self.tracked = tracked or shard.members[member]
        self.newest = shard.ledger.newest

    def window(self, last: int, slices: int) -> WindowSums:
        """Return a window's sums."""
        if (last, slices) in self.windows_ahead:
            return self.windows_ahead[last, slices]
        running = self.shard.members[self.member].windows
        if last == self.newest and slices in running:
            return self.shard.window(self.member, slices)
        return self.shard.past_window(self.member, last, slices)

    def slices(self, first: int, last: int) -> SliceRange:
        """Return closed slices."""
        return self.shard.past_slices(self.member, first, last)

    def late(self, first: int, last: int) -> list[LateEvents]:
        """Return late events."""
        return self.shard.late(self.member, first, last)

    def births(self, first: int, last: int) -> list[BirthNote]:
        """Return inferred births."""
        return self.shard.births(self.member, first, last)

    def state(self, last: int) -> State:
        """Return the state of a slice."""
        if last == self.newest:
            return State(self.shard.ledger.state(self.member))
        if last in self.states_ahead:
            return self.states_ahead[last]
        return super().state(last)

    def fault(self, last: int) -> Fault | None:
        """Return why the figures at the end of a slice are impossible."""
        validity = self._validity
        if validity is None:
            return super().fault(last)
        if last == self.newest:
            return validity.faults().get(self.member)
        fault = validity.lasting.get(self.member) or super().fault(last)
        if fault is None and not self.budget(last).valid:
            # What lacks an edge now has counted nothing then.
            return validity.without_edge().get(self.member)
        return fault

    def is_touched_by(self, damage: Damage) -> bool:
        """Return whether its figures would hold something that is damaged."""
        if damage.generation is not None:
            return super().is_touched_by(damage)
        fed = fed_by(damage, self.shard.targets, len(self.shard.members))
        return self.member in fed

    def sources(self, last: int) -> tuple[SourceView, ...]:
        """Return where the slices of the window came from."""
        first = self.tracked.cut(last).start
        runs = self.shard.source.came_from(self.member, first, last)
        return source_views(runs, self.tracked.slice_ms)

    def notes(self, last: int) -> tuple[NoteView, ...]:
        """Return what a reader of the figures should know."""
        notes = super().notes(last)
        validity = self._validity
        if validity is not None and (remark := validity.remarks.get(self.member)):
            notes = (NoteView(remark.code, dict(remark.params)), *notes)
        missing = [
            edges
            for target in self.shard.targets.values()
            for edges in [target.tally.columns.edges.missing.get(self.member)]
            if edges is not None
        ]
        if not missing:
            return notes
        threshold = threshold_edge(self.tracked.spec.indicator)
        edges = " ".join(format(e, "g") for e in missing[0])
        told = "" if threshold is None else format(threshold, "g")
        note = NoteView("ledger.missing_edge", {"threshold": told, "edges": edges})
        return (note, *notes)


def read_ahead(readers: Iterable[LiveReader], at: float | None) -> None:
    """Read what the figures of many objectives are made of, side by side."""
    alike: dict[tuple[int, int], list[LiveReader]] = {}
    for reader in readers:
        key = id(reader.shard), reader.last_closed(at)
        alike.setdefault(key, []).append(reader)
    for (_, last), some in alike.items():
        _read_windows(some, last)
        if last != some[0].newest:
            states = some[0].shard.past_states([r.member for r in some], last)
            for reader, state in zip(some, states, strict=True):
                reader.states_ahead[last] = State(state)


def _read_windows(readers: Iterable[LiveReader], last: int) -> None:
    """Read every window of readers of one shard."""
    having: dict[int, list[LiveReader]] = {}
    for reader in readers:
        for slices in reader.tracked.windows:
            having.setdefault(slices, []).append(reader)
    for slices, some in having.items():
        shard, members = some[0].shard, [reader.member for reader in some]
        # What was declared then may have windows that do not run now.
        is_running = last == some[0].newest and all(
            slices in shard.members[member].windows for member in members
        )
        read = (
            shard.windows(members, slices)
            if is_running
            else shard.past_windows(members, last, slices)
        )
        for reader, sums in zip(some, read, strict=True):
            reader.windows_ahead[last, slices] = sums
