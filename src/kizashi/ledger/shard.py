"""Objectives that share their jobs: closed and sealed together, from one source.

A slow target holds up the slices of the objectives it feeds, and of no others.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from kizashi.errors import StoreError
from kizashi.ledger.catalogue import Span, TargetCatalogue
from kizashi.ledger.deriving import Collected, DerivedSlices, Deriver
from kizashi.ledger.history import WindowHistory, load_stored, stored_sums_of, with_late
from kizashi.ledger.live_scrapes import LiveScrape, RunningScrape, Scraped
from kizashi.ledger.matching import RuleIndex, count_rule
from kizashi.ledger.running import REACH_SLICES, Ledger
from kizashi.ledger.tracked_target import TrackedTarget
from kizashi.ledger.tracking import Tracked
from kizashi.model.arrays import FloatArray, UInt8Array, UInt16Array
from kizashi.model.targets import TargetConfig, TargetRecord
from kizashi.ports.ledger import LedgerStore
from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock, within
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, block_of, first_slice
from kizashi.slo.sources import SourceKind
from kizashi.slo.window_sums import WindowSums
from kizashi.slo.windows import ending_with, last_closed, slices_in

#: How far behind a closed slice events may still amend it. Source: rule 8.
OUT_OF_ORDER_MS = 600_000


class SliceSource:
    """Where the slices of a shard come from; it belongs to one shard.

    What happens to targets concerns who counts what they say, and nobody else.

    Attributes:
        targets: The targets that are counted, by number.
    """

    def __init__(self) -> None:
        self.targets: dict[int, TrackedTarget] = {}

    def begin(self, shard: "Shard") -> None:
        """Serve a shard: see to it that its sealed part is stored."""
        raise NotImplementedError

    def go_on(self, newest: int) -> None:
        """Bring the shard, with its sealed part loaded, up to a closed slice."""
        raise NotImplementedError

    def count_due(self, now_ms: int) -> int:
        """Return how many slices are due."""
        raise NotImplementedError

    def close_next(self) -> None:
        """Close the slice after the newest."""
        raise NotImplementedError

    def has_sealed(self) -> None:
        """Take note that blocks of the shard are stored."""

    def came_from(
        self,
        member: int,  # noqa: ARG002
        first: int,  # noqa: ARG002
        last: int,  # noqa: ARG002
    ) -> list[tuple[SourceKind | None, int, int]]:
        """Return where slices came from, if that varies; None: nobody knows yet."""
        return []

    def is_read(self, member: int, slices: int) -> bool:  # noqa: ARG002
        """Return whether the newest slices of one were read from a server, all of them."""
        return False

    def discovered(self, record: TargetRecord, spans: list[Span]) -> None:
        """Take note that a target was discovered, or discovered again."""

    def gone(self, target: int, spans: list[Span]) -> None:
        """Take note that a target is no longer discovered."""

    def configured(self, record: TargetRecord, configs: list[TargetConfig]) -> None:
        """Take note of a target's scrape configurations."""

    def resume(self, target: int, before: Scraped | None) -> None:
        """Go on after the last scrape of a target that did not count before."""

    def started(self, target: int, ts_ms: int, timeout_ms: int) -> None:
        """Take note that a scrape is under way: its slice stays open for it."""

    def under_way(self) -> dict[int, RunningScrape]:
        """Return the scrapes that are under way, by target."""
        return {}

    def wait_for(self, flights: Mapping[int, RunningScrape]) -> None:
        """Keep slices open for scrapes that another waited for."""

    def landed(self, scrape: LiveScrape) -> None:
        """Count a scrape."""


class Shard:
    """The live ledger of objectives that share their jobs."""

    def __init__(
        self,
        members: Sequence[Tracked],
        jobs: frozenset[str],
        source: SliceSource,
        *,
        ledgers: LedgerStore,
        now_ms: int,
    ) -> None:
        """Bring the ledger up to the newest closed slice, with what the source has."""
        self.members = tuple(members)
        self.jobs = jobs
        self.source = source
        self.ledgers = ledgers
        self.slice_ms = members[0].slice_ms
        self.index = RuleIndex([count_rule(m.spec.indicator) for m in members])
        self.generations = [m.generation.id for m in members]
        #: For how many slices events may still come late.
        self.lag = slices_in(OUT_OF_ORDER_MS, self.slice_ms)
        newest = last_closed(now_ms, self.slice_ms)
        self.sealed = block_of(newest - self.lag + 1) - 1
        source.begin(self)
        self.history = WindowHistory(ledgers, self.generations)
        self.collected = Collected(self.slice_ms)
        #: Whether events came for slices that memory has no place for yet.
        self.is_short = False
        self._load(newest)
        source.go_on(newest)

    def _load(self, newest: int) -> None:
        """Load the sealed part."""
        closed = first_slice(self.sealed + 1) - 1
        ahead = newest - closed + self.lag
        self.ledger = Ledger([m.windows for m in self.members], closed, ahead)
        self.sealed_late = load_stored(
            self.ledger, self.ledgers, self.generations, closed
        )
        for member, old in zip(self.members, self.sealed_late, strict=True):
            first = member.cut(closed).start
            old[:] = [e for e in old if e.slice >= first]

    def derive(self, catalogue: TargetCatalogue, newest: int) -> Deriver:
        """Close slices up to one as stored samples tell them; return who read these."""
        deriver = Deriver(
            catalogue,
            self.index,
            jobs=self.jobs,
            slice_ms=self.slice_ms,
            closed=self.ledger.newest,
        )
        everyone = range(len(self.members))
        deriver.tail = self.tail(everyone, deriver.closed, deriver.longest_scrape_reach)
        if newest > deriver.closed:
            self._replay(deriver.advance(newest))
        return deriver

    def _replay(self, stretch: DerivedSlices) -> None:
        outs = np.arange(2 * len(self.members))
        for row in range(len(stretch.counts)):
            self.ledger.add(stretch.first + row, outs, stretch.counts[row].reshape(-1))
            self.close(stretch.seen[row], stretch.state[row])
        for objective, late in stretch.late.items():
            self.collected.late[objective].extend(late)
        for objective, births in stretch.births.items():
            self.collected.births[objective].extend(births)

    def tail(self, some: Sequence[int], last: int, count: int) -> FloatArray:
        """Return valid events of stored slices, late ones too, shape (count, some)."""
        first = last - count + 1
        generations = [self.generations[m] for m in some]
        tail = self.ledgers.read_many(generations, first, last).counts[:, :, 1]
        late = self.ledgers.late_of_many(generations, first, last)
        for column, generation in enumerate(generations):
            for event in late.get(generation, ()):
                tail[event.slice - first, column] += event.valid
        return tail

    def close(self, seen: UInt16Array, state: UInt8Array) -> None:
        """Close the slice after the newest, with the seen share and state of each."""
        self.ledger.close(seen, state, self.history)
        for window in self.ledger.windows:
            leaves = self.ledger.newest - window.slices
            # What is not sealed yet would be read as blank, and stay in the sums.
            if window.slices > REACH_SLICES and block_of(leaves) < self.sealed:
                # Where that fails the block is read when it is needed.
                with suppress(StoreError):
                    self.history.prefetch(window, leaves)

    @property
    def targets(self) -> dict[int, TrackedTarget]:
        """The targets that are counted, by number."""
        return self.source.targets

    @property
    def newest_ms(self) -> int:
        """The closing edge of the newest closed slice."""
        return self.ledger.newest * self.slice_ms

    @property
    def interval_ms(self) -> int:
        """The scrape interval of the slowest target that is discovered now."""
        seen = [t for t in self.targets.values() if t.counts_as_seen]
        known = [t.history.configs for t in seen if t.is_discovered]
        intervals = [configs[-1].interval_ms for configs in known if configs]
        return max(intervals, default=self.slice_ms)

    def interval_ms_at(self, at_ms: int) -> int | None:
        """Return the scrape interval of the slowest target at a time, None without."""
        at = np.array([at_ms], np.int64)
        seen = [t for t in self.targets.values() if t.counts_as_seen and t.known(at)[0]]
        known = [t.history for t in seen if t.history.configs]
        intervals = [history.config_at(at_ms).interval_ms for history in known]
        return max(intervals, default=None)

    # What happens to slices.

    def count_due(self, now_ms: int) -> int:
        """Return how many slices are due."""
        return self.source.count_due(now_ms)

    def close_next(self) -> None:
        """Close the slice after the newest."""
        self.source.close_next()

    def close_all(self, now_ms: int) -> None:
        """Close every slice whose edge has come, whatever is still under way."""
        while self.ledger.newest < last_closed(now_ms, self.slice_ms):
            self.close_next()

    def behind(self, now_ms: int) -> bool:
        """Return whether so much time has passed that starting anew is due."""
        return last_closed(now_ms, self.slice_ms) - self.ledger.newest > BLOCK_SLICES

    def reaches_before(self, block: Mapping[int, int]) -> bool:
        """Return whether some window holds slices before a block, by generation."""
        return any(
            ending_with(self.ledger.newest, member.windows[-1]).start
            < first_slice(first)
            for member in self.members
            if (first := block.get(member.generation.id)) is not None
        )

    def to_seal(self) -> list[SealedBlock]:
        """Return the next block of every objective if nothing can amend it any more."""
        number = self.sealed + 1
        if first_slice(number + 1) - 1 + self.lag > self.ledger.newest:
            return []
        return self._blocks(number) if self._is_in_memory(number) else []

    def _is_in_memory(self, block: int) -> bool:
        return first_slice(block) > self.ledger.oldest

    @property
    def is_overdue(self) -> bool:
        """Whether slices are to be derived from samples.

        They left memory before they were sealed, or events came for slices so far
        ahead that memory has no place for them yet: after a sleep.
        """
        return self.is_short or not self._is_in_memory(self.sealed + 1)

    def _blocks(self, number: int) -> list[SealedBlock]:
        first = first_slice(number)
        count = min(BLOCK_SLICES, self.ledger.newest - first + 1)
        blocks = []
        for member, generation in enumerate(self.generations):
            part = SliceRange.blank(first, BLOCK_SLICES)
            part.put(self.ledger.slices(member, first, count))
            late = within(part.numbers, self.collected.late.get(member, ()))
            births = within(part.numbers, self.collected.births.get(member, ()))
            blocks.append(SealedBlock(generation, part, late, births))
        return blocks

    def unsealed(self) -> list[SealedBlock]:
        """Return what is not sealed yet as blocks, the last one not full."""
        last = block_of(self.ledger.newest)
        numbers = filter(self._is_in_memory, range(self.sealed + 1, last + 1))
        return [block for number in numbers for block in self._blocks(number)]

    def has_sealed(self, blocks: Sequence[SealedBlock]) -> None:
        """Take note that blocks from `to_seal` are stored."""
        self.sealed = block_of(blocks[0].slices.first)
        last = first_slice(self.sealed + 1) - 1
        for member, late in self.collected.late.items():
            self.sealed_late[member] += [e for e in late if e.slice <= last]
            late[:] = [e for e in late if e.slice > last]
        for births in self.collected.births.values():
            births[:] = [b for b in births if b.slice > last]
        for member, old in enumerate(self.sealed_late):
            since = self.members[member].cut(self.ledger.newest).start
            old[:] = [e for e in old if e.slice >= since]
        forget_ms = last * self.slice_ms
        for target in self.targets.values():
            target.tally.forget(forget_ms)
        self._refresh_inexact()
        self.source.has_sealed()

    def _refresh_inexact(self) -> None:
        """Add up long windows of counts whose running sums may drift anew."""
        for member in self.ledger.inexact:
            for window in self.members[member].windows:
                if window > REACH_SLICES:
                    sums = self.past_window(member, self.ledger.newest, window)
                    self.ledger.set_sums(member, sums)

    # Answers.

    def window(self, member: int, slices: int) -> WindowSums:
        """Return one of an objective's running windows, late events among them."""
        return self._with_late(member, self.ledger.window(member, slices))

    def budget(self, member: int) -> WindowSums:
        """Return the window over which an objective promises, late events among it."""
        return self.window(member, self.members[member].window_slices)

    def windows(self, members: Sequence[int], slices: int) -> list[WindowSums]:
        """Return the same running window of several objectives."""
        sums = self.ledger.windows_of(members, slices)
        return [self._with_late(m, own) for m, own in zip(members, sums, strict=True)]

    def _with_late(self, member: int, sums: WindowSums) -> WindowSums:
        sealed, live = self.sealed_late[member], self.collected.late.get(member, ())
        if not (sealed or live):
            return sums
        inside = ending_with(self.ledger.newest, sums.slices)
        return with_late(sums, within(inside, (*sealed, *live)))

    def past_window(self, member: int, last: int, slices: int) -> WindowSums:
        """Return a window that ends at any closed slice."""
        return self.past_windows([member], last, slices)[0]

    def past_windows(
        self, members: Sequence[int], last: int, slices: int
    ) -> list[WindowSums]:
        """Return the same window of several objectives, late events among them."""
        closed = first_slice(self.sealed + 1) - 1
        inside = ending_with(last, slices)
        first, end = inside.start, min(last, closed)
        own = [self.generations[m] for m in members]
        counts, seen = stored_sums_of(self.ledgers, own, first, end)
        if last > closed:
            more, more_seen = self.ledger.sums(members, max(first, closed + 1), last)
            counts, seen = counts + more, seen + more_seen
        late = self.ledgers.late_of_many(own, first, end)
        return [
            with_late(
                WindowSums(slices, bad, valid, share),
                [
                    *late.get(generation, ()),
                    *within(inside, self.collected.late.get(member, ())),
                ],
            )
            for member, generation, (bad, valid), share in zip(
                members, own, counts.tolist(), seen.tolist(), strict=True
            )
        ]

    def past_states(self, members: Sequence[int], last: int) -> list[int]:
        """Return the state codes of a closed slice."""
        if block_of(last) > self.sealed:
            return [int(self.ledger.slices(m, last, 1).state[0]) for m in members]
        own = [self.generations[m] for m in members]
        states: list[int] = self.ledgers.read_many(own, last, last).state[0].tolist()
        return states

    def late(self, member: int, first: int, last: int) -> list[LateEvents]:
        """Return late events, wherever they are kept."""
        sealed = min(last, first_slice(self.sealed + 1) - 1)
        stored = self.ledgers.late(self.generations[member], first, sealed)
        live = self.collected.late.get(member, ())
        return [*stored, *within(range(first, last + 1), live)]

    def births(self, member: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births, wherever they are kept."""
        sealed = min(last, first_slice(self.sealed + 1) - 1)
        stored = self.ledgers.births(self.generations[member], first, sealed)
        live = self.collected.births.get(member, ())
        return [*stored, *within(range(first, last + 1), live)]

    def past_slices(self, member: int, first: int, last: int) -> SliceRange:
        """Return slices up to the newest closed one, wherever they are kept."""
        closed = first_slice(self.sealed + 1) - 1
        part = SliceRange.blank(first, last - first + 1)
        if first <= closed:
            generation = self.generations[member]
            part.put(self.ledgers.read(generation, first, min(last, closed)))
        start, end = max(first, closed + 1), min(last, self.ledger.newest)
        if start <= end:
            part.put(self.ledger.slices(member, start, end - start + 1))
        return part
