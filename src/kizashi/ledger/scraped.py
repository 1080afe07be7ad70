"""Slices that are counted from our own scrapes."""

from collections.abc import Mapping, Sequence

import numpy as np

from kizashi.ledger.catalogue import Span, TargetCatalogue
from kizashi.ledger.deriving import Deriver, longest_scrape_reach, see
from kizashi.ledger.live_scrapes import (
    LayoutPositions,
    LiveScrape,
    RunningScrape,
    Scraped,
)
from kizashi.ledger.matching import RuleIndex
from kizashi.ledger.shard import Shard, SliceSource
from kizashi.ledger.sharing import Sharing
from kizashi.ledger.tally import EventCounts, TargetTally
from kizashi.ledger.tracked_target import TrackedTarget
from kizashi.model.targets import TargetConfig, TargetRecord
from kizashi.slo.slices import BLOCK_SLICES, block_of, first_slice
from kizashi.slo.windows import last_closed, slice_of

#: How far ahead a sample may be stamped. Source: rule 24.
FUTURE_MS = 600_000

#: Blocks derived at once; bounds the memory of deriving many objectives.
_DERIVED_CELLS = 4_000_000
_MOST_BLOCKS = 12


class ScrapedSource(SliceSource):
    """Counts what targets say: as it was stored, and as it lands."""

    _shard: Shard

    def __init__(self, catalogue: TargetCatalogue) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._sharing = Sharing()
        self._positions = LayoutPositions(catalogue.samples)
        self._flights: dict[int, RunningScrape] = {}

    def begin(self, shard: Shard) -> None:
        """Derive and seal the blocks that generations lack, oldest first."""
        self._shard = shard
        by_start: dict[int, list[int]] = {}
        since_ms = self._catalogue.since_ms()
        unscraped = shard.sealed + 1
        if since_ms is not None:
            unscraped = block_of(max(1, slice_of(since_ms, shard.slice_ms)))
        for member, tracked in enumerate(shard.members):
            done = tracked.generation.sealed_block
            start = unscraped if done is None else done + 1
            by_start.setdefault(start, []).append(member)
        for start, some in by_start.items():
            if start <= shard.sealed:
                self._derive(some, start)
        sealed = dict.fromkeys(shard.generations, shard.sealed)
        shard.ledgers.write([], sealed)

    def _derive(self, some: Sequence[int], start: int) -> None:
        shard = self._shard
        deriver = Deriver(
            self._catalogue,
            RuleIndex([shard.index.rules[m] for m in some]),
            jobs=shard.jobs,
            slice_ms=shard.slice_ms,
            closed=first_slice(start) - 1,
        )
        deriver.tail = shard.tail(
            some, first_slice(start) - 1, deriver.longest_scrape_reach
        )
        step = _DERIVED_CELLS // (BLOCK_SLICES * len(some))
        step = min(max(1, step), _MOST_BLOCKS)
        for block in range(start, shard.sealed + 1, step):
            last = min(block + step - 1, shard.sealed)
            stretch = deriver.advance(first_slice(last + 1) - 1)
            blocks = [
                stretch.block(row, shard.generations[member], number)
                for row, member in enumerate(some)
                for number in range(block, last + 1)
            ]
            sealed = {shard.generations[member]: last for member in some}
            shard.ledgers.write(blocks, sealed)

    def go_on(self, newest: int) -> None:
        """Count what came after the sealed part, slices that are open among it."""
        deriver = self._shard.derive(self._catalogue, newest)
        self.targets, self._sharing = deriver.targets, deriver.sharing
        for counts in deriver.rest((newest + 1) * self._shard.slice_ms + FUTURE_MS):
            self._count(counts)

    # What happens to targets.

    def discovered(self, record: TargetRecord, spans: list[Span]) -> None:
        """Take note that a target was discovered, or discovered again."""
        target = self._target(record)
        target.spans[:] = spans
        target.history.discoveries_ms[:] = [from_ms for from_ms, _ in spans]

    def gone(self, target: int, spans: list[Span]) -> None:
        """Take note that a target is no longer discovered."""
        self._flights.pop(target, None)
        if target in self.targets:
            self.targets[target].spans[:] = spans

    def configured(self, record: TargetRecord, configs: list[TargetConfig]) -> None:
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
            self._flights[target] = RunningScrape(ts_ms, ts_ms + timeout_ms)

    def under_way(self) -> dict[int, RunningScrape]:
        """Return the scrapes that are under way, by target."""
        return dict(self._flights)

    def wait_for(self, flights: Mapping[int, RunningScrape]) -> None:
        """Keep slices open for scrapes that another waited for."""
        for target, flight in flights.items():
            if target in self.targets:
                self._flights[target] = flight

    def landed(self, scrape: LiveScrape) -> None:
        """Count a scrape."""
        self._flights.pop(scrape.target, None)
        target = self.targets.get(scrape.target)
        if target is None or scrape.ts_ms <= target.tally.previous_ms:
            return
        tally = target.tally
        for rows in self._positions.rows(tally, scrape):
            self._count(tally.feed(rows))

    def _target(self, record: TargetRecord) -> TrackedTarget:
        """Return what is tracked of a target, from now on if it was not before."""
        if record.id not in self.targets:
            self.targets[record.id] = TrackedTarget(
                record,
                TargetTally(self._shard.index, sharing=self._sharing),
                [],
                counts_as_seen=record.job_label in self._shard.jobs,
            )
        return self.targets[record.id]

    def _count(self, counts: EventCounts) -> None:
        shard = self._shard
        shard.collected.add_births(counts.births)
        for row, ts in enumerate(counts.ts_ms.tolist()):
            number = slice_of(ts, shard.slice_ms)
            added = shard.ledger.add(number, counts.outs, counts.on_time[row])
            shard.is_short |= not added and number > shard.ledger.newest
            shard.collected.add_late(counts, row)
            if number <= shard.ledger.newest:
                self._enliven(number, counts, row)

    def _enliven(self, number: int, counts: EventCounts, row: int) -> None:
        """Let closed slices that growth came too late for say that there was some."""
        shard = self._shard
        grown = counts.on_time[row] > 0
        if counts.late is not None:
            grown |= counts.late[row] > 0
        objectives = counts.outs[grown & (counts.outs % 2 == 1)] // 2
        if not len(objectives):
            return
        last = number
        while last < shard.ledger.newest and last + 1 - number < longest_scrape_reach(
            self._intervals_ms(last + 1), shard.slice_ms
        ):
            last += 1
        shard.ledger.mark_live(objectives, number, last)

    # What happens to slices.

    def count_due(self, now_ms: int) -> int:
        """Return how many slices are due.

        A slice is due at its edge, or as soon as the scrapes that belong to it have
        landed, at the latest when they have timed out.
        """
        shard = self._shard
        due = last_closed(now_ms, shard.slice_ms)
        for flight in self._flights.values():
            if now_ms < flight.until_ms:
                due = min(due, slice_of(flight.ts_ms, shard.slice_ms) - 1)
        return max(0, due - shard.ledger.newest)

    def close_next(self) -> None:
        """Close the slice after the newest."""
        shard = self._shard
        edge_ms = (shard.ledger.newest + 1) * shard.slice_ms
        edge = np.array([edge_ms], np.int64)
        back = longest_scrape_reach(
            self._intervals_ms(shard.ledger.newest + 1), shard.slice_ms
        )
        grew = shard.ledger.grew(back) > 0
        closing = shard.ledger.newest + 1
        inside = range(closing - back + 1, closing + 1)
        for objective, late in shard.collected.late.items():
            grew[objective] |= any(e.slice in inside and e.valid for e in late)
        seen = see(shard.index, self.targets.values(), edge, grew[None, :])
        shard.close(seen.share[0], seen.state[0])
        for target in self.targets.values():
            target.tally.forget_sightings(edge_ms)

    def _intervals_ms(self, number: int) -> set[int]:
        """Return the intervals at which targets were scraped when a slice closed."""
        known = [t.history for t in self.targets.values() if t.history.configs]
        at_ms = number * self._shard.slice_ms
        return {history.config_at(at_ms).interval_ms for history in known}
