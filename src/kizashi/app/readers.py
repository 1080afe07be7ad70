"""Reading one generation of one objective: slices, windows, and what belongs to them."""

from fractions import Fraction

from kizashi.app.answers import NoteView, SourceView
from kizashi.app.evidence import Look, look_at
from kizashi.app.figures import number
from kizashi.app.followed import FollowedShard
from kizashi.app.history import stored_sums, with_late
from kizashi.app.shard import Shard
from kizashi.app.source_views import source_views
from kizashi.app.tracking import Tracked
from kizashi.ports.ledger import BirthNote, Generation, LateEvents, LedgerStore
from kizashi.slo.slices import SliceRange, State, WindowSums, last_closed

_MOST_BIRTHS = 20


class Reader:
    """Reads one generation of one objective."""

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

    def looks(self, last: int) -> tuple[Look, ...]:
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

    def sources(self, last: int) -> tuple[SourceView, ...]:  # noqa: ARG002
        """Return where the slices of the window came from."""
        return ()

    def notes(self, last: int) -> tuple[NoteView, ...]:
        """Return what a reader of the figures should know."""
        notes = [
            NoteView("ledger.pair_dropped", {"factor": str(p.factor)})
            for p in self.tracked.plan.dropped
        ]
        births = self.births(last - self.tracked.budget_slices + 1, last)
        notes += [
            NoteView(
                "ledger.birth",
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
    """Reads a generation that counts no more."""

    def __init__(self, tracked: Tracked, ledgers: LedgerStore) -> None:
        self.tracked = tracked
        self._ledgers = ledgers
        self._generation: Generation = tracked.generation
        self.newest = 2**40

    def window(self, last: int, slices: int) -> WindowSums:
        """Return a window's sums."""
        sums = stored_sums(self._ledgers, self._generation.id, last, slices)
        return with_late(sums, self.late(last - slices + 1, last))

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
    """Reads a generation that a shard counts."""

    def __init__(
        self,
        shard: Shard,
        member: int,
        tracked: Tracked | None = None,
    ) -> None:
        self._shard = shard
        self._member = member
        self.tracked = tracked or shard.members[member]
        self.newest = shard.ledger.newest

    def window(self, last: int, slices: int) -> WindowSums:
        """Return a window's sums."""
        running = self._shard.members[self._member].windows
        if last == self.newest and slices in running:
            return self._shard.window(self._member, slices)
        return self._shard.past_window(self._member, last, slices)

    def slices(self, first: int, last: int) -> SliceRange:
        """Return closed slices."""
        return self._shard.past_slices(self._member, first, last)

    def late(self, first: int, last: int) -> list[LateEvents]:
        """Return late events."""
        return self._shard.late(self._member, first, last)

    def births(self, first: int, last: int) -> list[BirthNote]:
        """Return inferred births."""
        return self._shard.births(self._member, first, last)

    def state(self, last: int) -> State:
        """Return the state of a slice."""
        if last == self.newest:
            return State(self._shard.ledger.state(self._member))
        return super().state(last)

    def sources(self, last: int) -> tuple[SourceView, ...]:
        """Return where the slices of the window came from."""
        if not isinstance(self._shard, FollowedShard):
            return ()
        slices, slice_ms = self.tracked.budget_slices, self.tracked.slice_ms
        own = self._shard.sources[self._member]
        return source_views(own, max(1, last - slices + 1), last, slice_ms)

    def notes(self, last: int) -> tuple[NoteView, ...]:
        """Return what a reader of the figures should know."""
        notes = super().notes(last)
        missing = [
            edges
            for target in self._shard.targets.values()
            for edges in [target.tally.missing_edges().get(self._member)]
            if edges is not None
        ]
        if not missing:
            return notes
        threshold = self.tracked.spec.indicator.good_selector
        edges = " ".join(format(e, "g") for e in missing[0])
        told = format(threshold.edge, "g") if threshold and threshold.edge else ""
        note = NoteView("ledger.missing_edge", {"threshold": told, "edges": edges})
        return (note, *notes)
