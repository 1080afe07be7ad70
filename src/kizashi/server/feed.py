"""From the scraper to the store and the ledger: every scrape, once, in order.

A scrape is counted as soon as it has landed and stored with whatever else arrived
within a quarter of a second, in one durable transaction. What needs the disk before
that (a new target, a new layout) is done in worker threads, a scrape at a time.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping

import numpy as np

from kizashi.app.answers import NoteView
from kizashi.errors import StoreError
from kizashi.ledger.counting import NO_TIME
from kizashi.ledger.engine import Engine
from kizashi.ledger.live_scrapes import LiveScrape
from kizashi.model.arrays import STALE_NAN, Int64Array
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scrape_rows import ScrapeRow, StoredLayout
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import TargetConfig, TargetRecord
from kizashi.ports.clock import Clock
from kizashi.ports.samples import SampleStore
from kizashi.scrape.page import STAMP_TOLERANCE_MS
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.targets import DiscoveredTarget, TargetKey
from kizashi.server.clock_order import ClockOrder, newest_ms
from kizashi.server.feed_state import (
    NO_SERIES,
    FeedEvent,
    FoundTogether,
    KnownTarget,
    Span,
    TargetFound,
    TargetGone,
    ended,
    report_values,
)
from kizashi.server.stamping import NewestStamps
from kizashi.server.telemetry import Telemetry

#: Whatever arrived within this time goes into one transaction.
GROUP_COMMIT_S = 0.25
#: Rows that wait for a store that fails; the oldest go first.
MOST_WAITING = 20_000
#: Targets that are registered in one step.
MOST_TOGETHER = 1_000
_RETRY_S = 1.0

_LOG = logging.getLogger(__name__)


class ScrapeFeed:
    """Takes the scraper's events. Belongs to one event loop."""

    def __init__(
        self,
        samples: SampleStore,
        engine: Engine,
        clock: Clock,
        telemetry: Telemetry,
        *,
        on_counted: Callable[[], None],
    ) -> None:
        self._samples = samples
        self._engine = engine
        self._clock = clock
        self._telemetry = telemetry
        self._on_counted = on_counted
        self._events: asyncio.Queue[FeedEvent | asyncio.Event] = asyncio.Queue()
        #: The event that was put last, while more may be added to it.
        self._batch: FoundTogether = []
        self._known: dict[TargetKey, KnownTarget] = {}
        #: Targets that were discovered when the store failed.
        self._unknown: dict[TargetKey, TargetFound] = {}
        #: Scrapes under way of targets not known yet: when they began, and time out.
        self._unknown_flights: dict[TargetKey, tuple[int, int]] = {}
        #: When the events happened that wait for their turn: when scrapes began that
        #: have landed, when targets were discovered, when they went.
        self._uncounted: deque[int] = deque()
        self._waiting: list[ScrapeRow] = []
        self._has_rows = asyncio.Event()
        self._storing = asyncio.Lock()
        #: Why the newest attempt to store failed, or None.
        self.store_error: str | None = None
        #: Since when, monotonic, no event could be counted, the current one included;
        #: None between two while that works.
        self.counting_since_s: float | None = None
        #: Since when, monotonic, rows wait that no attempt has stored; None without.
        self.unstored_since_s: float | None = None
        self._order = ClockOrder()

    # The scraper calls these; see ScrapeEvents.

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None:
        """Take note of a target before its first scrape."""
        self._uncounted.append(at_ms)
        found = TargetFound(target, at_ms)
        if 0 < len(self._batch) < MOST_TOGETHER:
            self._batch.append(found)
            return
        self._batch = [found]
        self._events.put_nowait(self._batch)

    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None:
        """Take note that a target is no longer scraped."""
        self._unknown_flights.pop(target.key, None)
        self._batch = []
        self._uncounted.append(at_ms)
        self._events.put_nowait(TargetGone(target, at_ms))

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None:
        """Keep the scrape's slice open until it has landed."""
        known = self._known.get(target.key)
        if known is not None:
            self._engine.started(known.record.id, ts_ms, target.timeout_ms)
        else:
            until_ms = ts_ms + target.timeout_ms
            self._unknown_flights[target.key] = ts_ms, until_ms

    def on_finished(self, result: ScrapeResult) -> None:
        """Take the result of a scrape."""
        self._unknown_flights.pop(result.target.key, None)
        self._batch = []
        self._uncounted.append(result.ts_ms)
        self._events.put_nowait(result)

    def counted_until_ms(self, now_ms: int) -> int:
        """Return up to when slices may close: now, or just before what is not counted.

        The ledger keeps slices open for the scrapes that it knows to be under way. It
        does not know those of a target that is being registered, nor what waits for
        its turn: scrapes that have landed, targets that have come or gone. A slice that
        closed before them would say for ever that they were not seen, or that all
        targets were.
        """
        under_way = [t for t, until in self._unknown_flights.values() if now_ms < until]
        return min([now_ms, *(ts - 1 for ts in (*under_way, *self._uncounted))])

    def troubles(self) -> list[NoteView]:
        """Return why scrapes are not stored now."""
        found = self._order.troubles(self._clock.now_ms())
        if self.store_error is not None:
            found.append(NoteView("ready.store", {"why": self.store_error}))
        return found

    async def end_vanished(self, now_ms: int) -> None:
        """End the discovery of targets that an earlier process knew and this does not.

        To be called once, when the first targets have been discovered. Without it a
        job that was removed while nothing ran would count as unseen for ever.
        """
        await self._counted_so_far()
        present = {known.record.id for known in self._known.values()}
        present |= {
            self._samples.target_id(f.target.config.job_name, f.target.labels)
            for f in self._unknown.values()
        }
        spans = await asyncio.to_thread(self._all_spans)
        is_open = {number for number, own in spans.items() if own[-1][1] is None}
        for number in is_open - present:
            await asyncio.to_thread(self._samples.record_gone, number, now_ms)
            self._engine.gone(number, ended(spans[number], now_ms))

    # The two loops of the feed.

    async def count_forever(self) -> None:
        """Count scrapes in the order in which they landed."""
        while True:
            event = await self._events.get()
            if isinstance(event, asyncio.Event):
                event.set()
                continue
            if event is self._batch:
                self._batch = []
            if self.counting_since_s is None:
                self.counting_since_s = self._clock.monotonic()
            try:
                await self._take(event)
            except StoreError as error:
                self._note_failure(error)
            else:
                self.counting_since_s = None
            finally:
                for _ in range(len(event) if isinstance(event, list) else 1):
                    self._uncounted.popleft()
                # A tick with nothing to close costs more than the scrape did.
                if self._engine.is_due(self._clock.now_ms()):
                    self._on_counted()

    async def store_forever(self) -> None:
        """Store counted scrapes, a group at a time."""
        while True:
            await self._has_rows.wait()
            await self._clock.sleep(GROUP_COMMIT_S)
            if not await self._store():
                await self._clock.sleep(_RETRY_S)

    async def flush(self) -> None:
        """Return when everything that landed so far is counted and stored."""
        await self._counted_so_far()
        await self._store()

    async def _counted_so_far(self) -> None:
        """Return when all that has happened by now is counted.

        Waiting until nothing is left to count might never end: with thousands of
        targets some scrape has always landed.
        """
        reached = asyncio.Event()
        self._batch = []
        self._events.put_nowait(reached)
        await reached.wait()

    async def _take(self, event: FeedEvent) -> None:
        match event:
            case list():
                await self._discovered(event)
            case TargetGone():
                await self._gone(event)
            case ScrapeResult():
                await self._landed(event)

    async def _discovered(self, batch: FoundTogether) -> None:
        """Register targets, all in one step: each by itself would wait for the disk."""
        for found in batch:
            self._unknown[found.target.key] = found
        knowns = await asyncio.to_thread(self._register, batch)
        spans, configs = self._all_spans(), self._all_configs()
        for found, known in zip(batch, knowns, strict=True):
            target, number = found.target, known.record.id
            self._engine.discovered(known.record, spans[number])
            self._engine.configured(number, configs[number])
            known.config, known.spans = target.config, spans[number]
            self._known[target.key] = known
            del self._unknown[target.key]
            flight = self._unknown_flights.pop(target.key, None)
            if flight is not None:
                self._engine.started(number, flight[0], target.timeout_ms)

    def _register(self, batch: FoundTogether) -> list[KnownTarget]:
        numbers = self._samples.record_found([found.stored() for found in batch])
        return [
            KnownTarget(TargetRecord(number, f.target.config.job_name, f.target.labels))
            for number, f in zip(numbers, batch, strict=True)
        ]

    def _all_spans(self) -> Mapping[int, list[Span]]:
        spans: defaultdict[int, list[Span]] = defaultdict(list)
        for d in self._samples.discoveries():
            spans[d.target].append((d.from_ms, d.to_ms))
        return spans

    def _all_configs(self) -> Mapping[int, list[TargetConfig]]:
        configs: defaultdict[int, list[TargetConfig]] = defaultdict(list)
        for config in self._samples.configs():
            configs[config.target].append(config)
        return configs

    async def _configured(
        self, known: KnownTarget, target: DiscoveredTarget, from_ms: int
    ) -> None:
        """Note a configuration that differs from the one before."""
        if known.config is target.config:
            return
        config = TargetConfig(
            known.record.id,
            from_ms,
            target.config.fingerprint,
            target.config.honor_labels,
            target.interval_ms,
        )
        spans = await asyncio.to_thread(self._record_config, config)
        self._engine.configured(known.record.id, spans)
        known.config = target.config

    def _record_config(self, config: TargetConfig) -> list[TargetConfig]:
        self._samples.record_config(config)
        return self._all_configs()[config.target]

    async def _gone(self, event: TargetGone) -> None:
        self._unknown.pop(event.target.key, None)
        known = self._known.pop(event.target.key, None)
        if known is None:
            return
        number = known.record.id
        await asyncio.to_thread(self._samples.record_gone, number, event.at_ms)
        self._engine.gone(number, ended(known.spans, event.at_ms))
        if known.report is not None:
            # The target says nothing any longer: everything it said ends here.
            over = np.full(len(REPORT_SERIES), STALE_NAN)
            row = (number, event.at_ms, known.report.id, over, None, known.held)
            self._put(ScrapeRow(*row))

    async def _landed(self, result: ScrapeResult) -> None:
        discovered = self._unknown.get(result.target.key)
        if discovered is not None:
            # The store failed when the target was discovered; it may work by now.
            await self._discovered([discovered])
        known = self._known.get(result.target.key)
        if known is None:
            return
        await self._configured(known, result.target, result.ts_ms)
        layout = await self._layout(known, result)
        if self._order.refuses(result.ts_ms, known.stored_ms):
            self._telemetry.refused_scrape()
            return
        values = np.concatenate([report_values(result), result.values])
        stamps = await self._stamps(known, result, layout)
        stale = NO_SERIES
        if layout is not known.last:
            held = layout.series[len(REPORT_SERIES) :]
            if not result.ok:
                # Their next time stamp may be one that is stored already.
                held = np.intersect1d(known.held, known.stamped)
            stale = np.setdiff1d(known.held, held)
            known.held, known.last = held, layout
        if result.ok:
            known.stamped = NO_SERIES
            if stamps is not None:
                known.stamped = layout.series[stamps != result.ts_ms]
        number = known.record.id
        self._engine.landed(
            LiveScrape(
                number,
                result.ts_ms,
                ok=result.ok,
                layout=layout,
                values=values,
                sample_ts_ms=stamps,
            )
        )
        self._put(ScrapeRow(number, result.ts_ms, layout.id, values, stamps, stale))
        self._telemetry.scraped(result)

    async def _stamps(
        self, known: KnownTarget, result: ScrapeResult, layout: StoredLayout
    ) -> Int64Array | None:
        """Return the times of a scrape's samples; None where each is the scrape's."""
        own = result.timestamps_ms
        if not result.ok or (own is None and known.newest is None):
            return None
        series = layout.series[len(REPORT_SERIES) :]
        if known.newest is None:
            known.newest = await self._newest(known.record.id, series, result.ts_ms)
        stamps = np.full(len(series), result.ts_ms, np.int64)
        if own is not None:
            stamps = np.where(own < 0, result.ts_ms, own)
        stamps = known.newest.in_order(series, stamps, result.ts_ms)
        if (stamps == result.ts_ms).all():
            return None
        report = np.full(len(REPORT_SERIES), result.ts_ms, np.int64)
        return np.concatenate([report, stamps])

    async def _newest(
        self, target: int, series: Int64Array, ts_ms: int
    ) -> NewestStamps:
        """Return the newest stored samples of a target, as far as stamps reach."""
        await self._store()
        series = np.unique(series)
        start_ms, end_ms = ts_ms - STAMP_TOLERANCE_MS, ts_ms + STAMP_TOLERANCE_MS
        times, values = await asyncio.to_thread(
            self._samples.read_matrix, target, series, start_ms, end_ms
        )
        there = ~np.isnan(values)
        newest = np.where(there, times[:, None], NO_TIME).max(axis=0, initial=NO_TIME)
        return NewestStamps(series, newest, STAMP_TOLERANCE_MS)

    async def _layout(self, known: KnownTarget, result: ScrapeResult) -> StoredLayout:
        """Return the stored layout of a scrape; the same object while it stays."""
        if known.report is None:
            report = [
                known.record.labels.merged({METRIC_NAME: name})
                for name in REPORT_SERIES
            ]
            known.report = await asyncio.to_thread(self._samples.layout, report)
            up = known.report.series[:1]
            known.stored_ms = await asyncio.to_thread(newest_ms, self._samples, up)
        if not result.ok:
            return known.report
        if known.layout is None or known.layout_key is not result.layout_key:
            labels: list[Labels] = [*known.report.labels, *result.labels]
            known.layout = await asyncio.to_thread(self._samples.layout, labels)
            known.layout_key = result.layout_key
        return known.layout

    def _put(self, row: ScrapeRow) -> None:
        self._waiting.append(row)
        if len(self._waiting) > MOST_WAITING:
            lost = len(self._waiting) - MOST_WAITING
            del self._waiting[:lost]
            self._telemetry.dropped(lost)
        if self.unstored_since_s is None:
            self.unstored_since_s = self._clock.monotonic()
        self._has_rows.set()

    async def _store(self) -> bool:
        """Store what waits; return whether that worked."""
        async with self._storing:
            rows, self._waiting = self._waiting, []
            self._has_rows.clear()
            if not rows:
                return True
            try:
                with self._telemetry.commit(rows):
                    await asyncio.to_thread(self._samples.append, rows)
            except StoreError as error:
                self._waiting = [*rows, *self._waiting]
                self._has_rows.set()
                self._note_failure(error)
                return False
            self.store_error = None
            now_s = self._clock.monotonic()
            self.unstored_since_s = now_s if self._waiting else None
            return True

    def _note_failure(self, error: StoreError) -> None:
        if self.store_error is None:
            _LOG.error("samples cannot be stored: %s", error)
        self.store_error = str(error)
