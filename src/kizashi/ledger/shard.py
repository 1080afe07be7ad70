"""Objectives that share their jobs: counted, closed and sealed together.

A slow target holds up the slices of the objectives it feeds, and of no others.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from kizashi.errors import StoreError
from kizashi.ledger.catalogue import Catalogue, Span
from kizashi.ledger.deriving import Collected, Deriver, Stretch, grow_back, see
from kizashi.ledger.history import History, load_stored, stored_sums_of, with_late
from kizashi.ledger.landing import Landing, LiveScrape, Scraped
from kizashi.ledger.matching import RuleIndex, count_rule
from kizashi.ledger.running import REACH_SLICES, Ledger
from kizashi.ledger.scrapes import ConfigSpan
from kizashi.ledger.sharing import Sharing
from kizashi.ledger.tally import Counts, TargetTally
from kizashi.ledger.tracked_target import TrackedTarget
from kizashi.ledger.tracking import Tracked
from kizashi.model.arrays import FloatArray, UInt8Array, UInt16Array
from kizashi.model.targets import TargetRecord
from kizashi.ports.ledger import LedgerStore
from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock
from kizashi.slo.slices import (
    BLOCK_SLICES,
    SliceRange,
    WindowSums,
    block_of,
    first_slice,
    last_closed,
    slice_of,
)

#: How far behind a closed slice events may still amend it. Source: rule 8.
OUT_OF_ORDER_MS = 600_000

#: How far ahead a sample may be stamped. Source: rule 24.
FUTURE_MS = 600_000

#: Blocks derived at once; bounds the memory of deriving many objectives.
_DERIVED_CELLS = 4_000_000
_MOST_BLOCKS = 12


@dataclass(slots=True)
class _Flight:
    ts_ms: int
    until_ms: int


class Shard:
    """The live ledger of objectives that share their jobs."""

    def __init__(
        self,
        members: Sequence[Tracked],
        jobs: frozenset[str],
        *,
        catalogue: Catalogue,
        ledgers: LedgerStore,
        now_ms: int,
    ) -> None:
        """Bring the ledger up to the newest closed slice, deriving what is missing."""
        self.members = tuple(members)
        self.jobs = jobs
        self._samples = catalogue.samples
        self._ledgers = ledgers
        self.slice_ms = members[0].slice_ms
        self.index = RuleIndex([count_rule(m.spec.indicator) for m in members])
        self._generations = [m.generation.id for m in members]
        self._lag = -(-OUT_OF_ORDER_MS // self.slice_ms)
        newest = last_closed(now_ms, self.slice_ms)
        self.sealed = block_of(newest - self._lag + 1) - 1
        self._derive_missing(catalogue)
        self._history = History(ledgers, self._generations)
        self.targets: dict[int, TrackedTarget] = {}
        self._sharing = Sharing()
        self._landing = Landing(catalogue.samples)
        self.flights: dict[int, _Flight] = {}
        self.collected = Collected(self.slice_ms)
        self._is_short = False
        self._start(catalogue, newest)

    def _derive_missing(self, catalogue: Catalogue) -> None:
        """Derive and seal the blocks that generations lack, oldest first."""
        by_start: dict[int, list[int]] = {}
        oldest_ms = self._samples.first_scrape_ms()
        unscraped = self.sealed + 1
        if oldest_ms is not None:
            unscraped = block_of(max(1, slice_of(oldest_ms, self.slice_ms)))
        for member, tracked in enumerate(self.members):
            done = tracked.generation.sealed_block
            start = unscraped if done is None else done + 1
            by_start.setdefault(start, []).append(member)
        for start, some in by_start.items():
            if start <= self.sealed:
                self._derive(catalogue, some, start)
        sealed = dict.fromkeys(self._generations, self.sealed)
        self._ledgers.write([], sealed)

    def _derive(self, catalogue: Catalogue, some: Sequence[int], start: int) -> None:
        deriver = Deriver(
            catalogue,
            RuleIndex([self.index.rules[m] for m in some]),
            jobs=self.jobs,
            slice_ms=self.slice_ms,
            closed=first_slice(start) - 1,
        )
        deriver.tail = self.tail(some, first_slice(start) - 1, deriver.grow_back)
        step = _DERIVED_CELLS // (BLOCK_SLICES * len(some))
        step = min(max(1, step), _MOST_BLOCKS)
        for block in range(start, self.sealed + 1, step):
            last = min(block + step - 1, self.sealed)
            stretch = deriver.advance(first_slice(last + 1) - 1)
            blocks = [
                stretch.block(row, self._generations[member], number)
                for row, member in enumerate(some)
                for number in range(block, last + 1)
            ]
            sealed = {self._generations[member]: last for member in some}
            self._ledgers.write(blocks, sealed)

    def tail(self, some: Sequence[int], last: int, count: int) -> FloatArray:
        """Return valid events of stored slices, late ones too, shape (count, some)."""
        first = last - count + 1
        generations = [self._generations[m] for m in some]
        tail = self._ledgers.read_many(generations, first, last).counts[:, :, 1]
        late = self._ledgers.late_of_many(generations, first, last)
        for column, generation in enumerate(generations):
            for event in late.get(generation, ()):
                tail[event.slice - first, column] += event.valid
        return tail

    def _start(self, catalogue: Catalogue, newest: int) -> None:
        """Load the sealed part, then count what came after it."""
        closed = first_slice(self.sealed + 1) - 1
        ahead = newest - closed + self._lag
        self.ledger = Ledger([m.windows for m in self.members], closed, ahead)
        self.sealed_late = load_stored(
            self.ledger, self._ledgers, self._generations, closed
        )
        for member, old in zip(self.members, self.sealed_late, strict=True):
            old[:] = [e for e in old if e.slice > closed - member.budget_slices]
        deriver = Deriver(
            catalogue,
            self.index,
            jobs=self.jobs,
            slice_ms=self.slice_ms,
            closed=closed,
        )
        everyone = range(len(self.members))
        deriver.tail = self.tail(everyone, closed, deriver.grow_back)
        if newest > closed:
            self._replay(deriver.advance(newest))
        self.targets, self._sharing = deriver.targets, deriver.sharing
        for counts in deriver.rest((newest + 1) * self.slice_ms + FUTURE_MS):
            self._count(counts)

    def _replay(self, stretch: Stretch) -> None:
        outs = np.arange(2 * len(self.members))
        for row in range(len(stretch.counts)):
            self.ledger.add(stretch.first + row, outs, stretch.counts[row].reshape(-1))
            self._close(stretch.seen[row], stretch.state[row])
        for objective, late in stretch.late.items():
            self.collected.late[objective].extend(late)
        for objective, births in stretch.births.items():
            self.collected.births[objective].extend(births)

    def _close(self, seen: UInt16Array, state: UInt8Array) -> None:
        self.ledger.close(seen, state, self._history)
        for window in self.ledger.windows:
            leaves = self.ledger.newest - window.slices
            # What is not sealed yet would be read as blank, and stay in the sums.
            if window.slices > REACH_SLICES and block_of(leaves) < self.sealed:
                # Where that fails the block is read when it is needed.
                with suppress(StoreError):
                    self._history.prefetch(window, leaves)

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

    # What happens to targets.

    def discovered(self, record: TargetRecord, spans: list[Span]) -> None:
        """Take note that a target was discovered, or discovered again."""
        target = self._target(record)
        target.spans[:] = spans
        target.history.discoveries_ms[:] = [from_ms for from_ms, _ in spans]

    def gone(self, target: int, spans: list[Span]) -> None:
        """Take note that a target is discovered no more."""
        self.flights.pop(target, None)
        if target in self.targets:
            self.targets[target].spans[:] = spans

    def configured(self, record: TargetRecord, configs: list[ConfigSpan]) -> None:
        """Take note of a target's scrape configurations."""
        self._target(record).history.configs[:] = configs

    def resume(self, target: int, before: Scraped | None) -> None:
        """Go on after the last scrape of a target that did not count before."""
        if before is not None:
            tally = self.targets[target].tally
            tally.resume(before.ts_ms, ok=before.ok, ever_ok=before.ever_ok)

    def started(self, target: int, ts_ms: int, timeout_ms: int) -> None:
        """Take note that a scrape is under way: its slice stays open for it."""
        if target in self.targets:
            self.flights[target] = _Flight(ts_ms, ts_ms + timeout_ms)

    def under_way(self) -> dict[int, int]:
        """Return when the scrapes began that are under way, by target."""
        return {target: flight.ts_ms for target, flight in self.flights.items()}

    def go_on_waiting(self, before: Sequence["Shard"]) -> None:
        """Keep slices open for the scrapes that shards before this one waited for."""
        for shard in before:
            for target, flight in shard.flights.items():
                if target in self.targets:
                    self.flights[target] = flight

    def landed(self, scrape: LiveScrape) -> None:
        """Count a scrape."""
        self.flights.pop(scrape.target, None)
        target = self.targets.get(scrape.target)
        if target is None or scrape.ts_ms <= target.tally.previous_ms:
            return
        tally = target.tally
        for rows in self._landing.rows(tally, scrape):
            self._count(tally.feed(rows))

    def _target(self, record: TargetRecord) -> TrackedTarget:
        """Return what is tracked of a target, from now on if it was not before."""
        if record.id not in self.targets:
            self.targets[record.id] = TrackedTarget(
                record,
                TargetTally(self.index, sharing=self._sharing),
                [],
                counts_as_seen=record.labels.get("job", record.job) in self.jobs,
            )
        return self.targets[record.id]

    def _count(self, counts: Counts) -> None:
        self.collected.add_births(counts.births)
        for row, ts in enumerate(counts.ts_ms.tolist()):
            number = slice_of(ts, self.slice_ms)
            added = self.ledger.add(number, counts.outs, counts.on_time[row])
            self._is_short |= not added and number > self.ledger.newest
            self.collected.add_late(counts, row)
            if number <= self.ledger.newest:
                self._enliven(number, counts, row)

    def _enliven(self, number: int, counts: Counts, row: int) -> None:
        """Let closed slices that growth came too late for say that there was some."""
        grown = counts.on_time[row] > 0
        if counts.late is not None:
            grown |= counts.late[row] > 0
        objectives = counts.outs[grown & (counts.outs % 2 == 1)] // 2
        if not len(objectives):
            return
        last = number
        while last < self.ledger.newest and last + 1 - number < grow_back(
            self._intervals_ms(last + 1), self.slice_ms
        ):
            last += 1
        self.ledger.enliven(objectives, number, last)

    # What happens to slices.

    def count_due(self, now_ms: int) -> int:
        """Return how many slices are due.

        A slice is due at its edge, or as soon as the scrapes that belong to it have
        landed, at the latest when they have timed out.
        """
        due = last_closed(now_ms, self.slice_ms)
        for flight in self.flights.values():
            if now_ms < flight.until_ms:
                due = min(due, slice_of(flight.ts_ms, self.slice_ms) - 1)
        return max(0, due - self.ledger.newest)

    def close_all(self, now_ms: int) -> None:
        """Close every slice whose edge has come, whatever is still under way."""
        while self.ledger.newest < last_closed(now_ms, self.slice_ms):
            self.close_next()

    def close_next(self) -> None:
        """Close the slice after the newest."""
        edge_ms = (self.ledger.newest + 1) * self.slice_ms
        edge = np.array([edge_ms], np.int64)
        back = grow_back(self._intervals_ms(self.ledger.newest + 1), self.slice_ms)
        grew = self.ledger.grew(back) > 0
        closing = self.ledger.newest + 1
        inside = range(closing - back + 1, closing + 1)
        for objective, late in self.collected.late.items():
            grew[objective] |= any(e.slice in inside and e.valid for e in late)
        seen = see(self.index, self.targets.values(), edge, grew[None, :])
        self._close(seen.share[0], seen.state[0])
        for target in self.targets.values():
            target.tally.forget_sightings(edge_ms)

    def _intervals_ms(self, number: int) -> set[int]:
        """Return the intervals at which targets were scraped when a slice closed."""
        known = [t.history for t in self.targets.values() if t.history.configs]
        at_ms = number * self.slice_ms
        return {history.config_at(at_ms).interval_ms for history in known}

    def behind(self, now_ms: int) -> bool:
        """Return whether so much time has passed that starting anew is due."""
        return last_closed(now_ms, self.slice_ms) - self.ledger.newest > BLOCK_SLICES

    def reaches_before(self, block: Mapping[int, int]) -> bool:
        """Return whether some window holds slices before a block, by generation."""
        return any(
            self.ledger.newest - member.windows[-1] + 1 < first_slice(first)
            for member in self.members
            if (first := block.get(member.generation.id)) is not None
        )

    def to_seal(self) -> list[SealedBlock]:
        """Return the next block of every objective if nothing can amend it any more."""
        number = self.sealed + 1
        if first_slice(number + 1) - 1 + self._lag > self.ledger.newest:
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
        return self._is_short or not self._is_in_memory(self.sealed + 1)

    def _blocks(self, number: int) -> list[SealedBlock]:
        first = first_slice(number)
        inside = range(first, first + BLOCK_SLICES)
        count = min(BLOCK_SLICES, self.ledger.newest - first + 1)
        blocks = []
        for member, generation in enumerate(self._generations):
            part = SliceRange.blank(first, BLOCK_SLICES)
            part.put(self.ledger.slices(member, first, count))
            late = self.collected.late.get(member, [])
            births = self.collected.births.get(member, [])
            blocks.append(
                SealedBlock(
                    generation,
                    part,
                    tuple(e for e in late if e.slice in inside),
                    tuple(b for b in births if b.slice in inside),
                )
            )
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
            since = self.ledger.newest - self.members[member].budget_slices
            old[:] = [e for e in old if e.slice > since]
        forget_ms = last * self.slice_ms
        for target in self.targets.values():
            target.tally.forget(forget_ms)
        self._refresh_inexact()

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

    def windows(self, members: Sequence[int], slices: int) -> list[WindowSums]:
        """Return the same running window of several objectives."""
        sums = self.ledger.windows_of(members, slices)
        return [self._with_late(m, own) for m, own in zip(members, sums, strict=True)]

    def _with_late(self, member: int, sums: WindowSums) -> WindowSums:
        sealed, live = self.sealed_late[member], self.collected.late.get(member, ())
        if not (sealed or live):
            return sums
        inside = range(self.ledger.newest - sums.slices + 1, self.ledger.newest + 1)
        return with_late(sums, (e for e in (*sealed, *live) if e.slice in inside))

    def past_window(self, member: int, last: int, slices: int) -> WindowSums:
        """Return a window that ends at any closed slice."""
        return self.past_windows([member], last, slices)[0]

    def past_windows(
        self, members: Sequence[int], last: int, slices: int
    ) -> list[WindowSums]:
        """Return the same window of several objectives, late events among them."""
        closed = first_slice(self.sealed + 1) - 1
        first, end = last - slices + 1, min(last, closed)
        own = [self._generations[m] for m in members]
        counts, seen = stored_sums_of(self._ledgers, own, first, end)
        if last > closed:
            more, more_seen = self.ledger.sums(members, max(first, closed + 1), last)
            counts, seen = counts + more, seen + more_seen
        late = self._ledgers.late_of_many(own, first, end)
        return [
            with_late(
                WindowSums(slices, bad, valid, share),
                [
                    *late.get(generation, ()),
                    *self.collected.late_within(member, first, last),
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
        own = [self._generations[m] for m in members]
        states: list[int] = self._ledgers.read_many(own, last, last).state[0].tolist()
        return states

    def late(self, member: int, first: int, last: int) -> list[LateEvents]:
        """Return late events, wherever they are kept."""
        sealed = min(last, first_slice(self.sealed + 1) - 1)
        stored = self._ledgers.late(self._generations[member], first, sealed)
        return [*stored, *self.collected.late_within(member, first, last)]

    def births(self, member: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births, wherever they are kept."""
        sealed = min(last, first_slice(self.sealed + 1) - 1)
        stored = self._ledgers.births(self._generations[member], first, sealed)
        return [*stored, *self.collected.births_within(member, first, last)]

    def past_slices(self, member: int, first: int, last: int) -> SliceRange:
        """Return slices up to the newest closed one, wherever they are kept."""
        closed = first_slice(self.sealed + 1) - 1
        part = SliceRange.blank(first, last - first + 1)
        if first <= closed:
            generation = self._generations[member]
            part.put(self._ledgers.read(generation, first, min(last, closed)))
        start, end = max(first, closed + 1), min(last, self.ledger.newest)
        if start <= end:
            part.put(self.ledger.slices(member, start, end - start + 1))
        return part
