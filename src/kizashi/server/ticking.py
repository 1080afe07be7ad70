"""The loop that closes slices and steps alerts."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from kizashi.errors import StoreError
from kizashi.ledger.engine import Engine
from kizashi.ports.clock import Clock
from kizashi.scrape.loop import Scraper
from kizashi.server.alert_subsystem import AlertSubsystem
from kizashi.server.feed import ScrapeFeed
from kizashi.server.following import UpstreamFollower
from kizashi.server.loop_progress import LoopProgress
from kizashi.server.rebuilding import Rebuilder
from kizashi.server.store_watch import StoreWatch
from kizashi.server.telemetry import Telemetry
from kizashi.slo.windows import last_closed
from kizashi.ui.parts.live import Live

#: After a slice's edge, let the scrapes that are due at it begin first.
_AFTER_EDGE_S = 0.02

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """Closes slices when their edge has come, and as soon as scrapes have landed.

    Attributes:
        engine: Closes the slices.
        feed: Knows until when everything is counted.
        alerts: Stepped at each edge.
        clock: The clock.
        telemetry: Measures each tick.
        due: Set where scrapes have landed.
        rebuilder: Builds the ledger anew where it is stale.
        scraper: Knows the targets.
        follower: Knows how the server that is read is.
        watch: Knows what our own alerts tell.
        live: Told that slices have closed.
        progress: Told of each step, for the heartbeat.
    """

    engine: Engine
    feed: ScrapeFeed
    alerts: AlertSubsystem
    clock: Clock
    telemetry: Telemetry
    due: asyncio.Event
    rebuilder: Rebuilder
    scraper: Scraper
    follower: UpstreamFollower
    watch: StoreWatch
    live: Live
    progress: LoopProgress

    async def run_forever(self) -> None:
        """Close slices when their edge has come, and as soon as scrapes have landed."""
        while True:
            now_ms = self.clock.now_ms()
            slice_ms = self.engine.built.plan.slice_ms
            edge_ms = (last_closed(now_ms, slice_ms) + 1) * slice_ms
            left_s = (edge_ms - now_ms) / 1000 + _AFTER_EDGE_S
            timer = asyncio.create_task(self.clock.sleep(left_s))
            landed = asyncio.create_task(self.due.wait())
            await asyncio.wait([timer, landed], return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
            landed.cancel()
            self.due.clear()
            with self.telemetry.tick() as closed:
                until_ms = self.feed.counted_until_ms(self.clock.now_ms())
                closed[0] = self._close(until_ms)
            known, upstream = self.watch.knowledge(), self.follower.as_health()
            await self.alerts.step(self.scraper.targets(), upstream, known)
            if closed[0]:
                self.live.announce()
            if self.alerts.recorder.store_error is None:
                self.progress.stepped(
                    has_closed=closed[0] > 0,
                    slice_ms=slice_ms + self.follower.patience_ms,
                    is_watching=bool(self.engine.built.shards),
                )
            if self.engine.is_stale:
                await self.rebuilder.rebuild_soon()

    def _close(self, until_ms: int) -> int:
        """Close what is due, edge by edge, and step alerts at each.

        Where a store fails the next tick tries again.
        """
        passing = partial(self.alerts.evaluate, is_newest=False)
        try:
            closed = self.engine.tick(until_ms, passing)
        except StoreError as error:
            _LOG.error("slices cannot be closed, it is tried again: %s", error)
            return 0
        if closed:
            self.alerts.evaluate()
        return closed
