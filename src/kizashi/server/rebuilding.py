"""A plan takes over from another, or anew, while the server runs."""

import asyncio
import logging
from dataclasses import dataclass

from kizashi.errors import StoreError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.superseded import unseal
from kizashi.ports.clock import Clock
from kizashi.ports.ledger import LedgerStore
from kizashi.server.alert_recorder import AlertRecorder
from kizashi.server.feed import ScrapeFeed
from kizashi.server.garbage import collect_all_and_freeze
from kizashi.server.telemetry import Telemetry

_RETRY_S = 1.0

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Builds the ledger of a plan and lets it take over.

    Attributes:
        engine: Counts by the plan in force.
        ledgers: Where the ledger is stored.
        feed: What scrapes brought; it waits meanwhile.
        recorder: The states of alerts.
        clock: The clock.
        telemetry: Knows how many objectives there are.
        reloading: Held while a plan is exchanged.
    """

    engine: Engine
    ledgers: LedgerStore
    feed: ScrapeFeed
    recorder: AlertRecorder
    clock: Clock
    telemetry: Telemetry
    reloading: asyncio.Lock

    async def rebuild_soon(self) -> None:
        """Rebuild the plan in force; a store that fails is tried again by a tick."""
        async with self.reloading:
            try:
                await self.rebuild(self.engine.built.plan)
            except StoreError as error:
                _LOG.error("the ledger cannot be rebuilt, it is tried again: %s", error)
                await self.clock.sleep(_RETRY_S)

    async def count_from(self, first_ms: int) -> None:
        """Derive the ledger anew from a time on, with samples that came later."""
        async with self.reloading:
            await self.rebuild(self.engine.built.plan, first_ms)

    async def rebuild(self, plan: LedgerPlan, first_ms: int | None = None) -> None:
        """Let a plan take over; scrapes go on and are counted afterwards.

        Args:
            plan: The plan.
            first_ms: From when on to derive the ledger anew; None for what is missing.
        """
        with self.engine.rebuild(self.clock.now_ms()) as rebuild:
            await asyncio.to_thread(self.ledgers.write, rebuild.unsealed)
            if first_ms is not None:
                await asyncio.to_thread(unseal, self.ledgers, first_ms)
            await self.feed.flush()
            now_ms = self.clock.now_ms()
            built = await asyncio.to_thread(rebuild.build, plan, now_ms)
            self.engine.take_over(built)
        await self.recorder.adopt(built)
        collect_all_and_freeze()
        self.telemetry.objectives.set(len(plan.objectives))
