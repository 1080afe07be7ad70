"""Sealing, retention and checkpoints: what keeps the store small, a bit at a time."""

import asyncio
import logging
import shlex
from dataclasses import dataclass, field

from kizashi.data_folder import how_to_restore
from kizashi.declarations.configuration import Storage
from kizashi.errors import StoreError
from kizashi.ledger.engine import Engine
from kizashi.ports.clock import Clock
from kizashi.ports.ledger import LedgerStore
from kizashi.server.telemetry import Telemetry
from kizashi.slo.slices import block_of
from kizashi.slo.windows import slice_of
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
#: Rows are sealed once nothing may arrive before them any more.
_SEAL_LAG_MS = 900_000
_ROUND_S = 60.0
_CHECKPOINT_MS = _HOUR_MS

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class HousekeepingLoop:
    """Does a round of housekeeping every minute.

    Attributes:
        database: The file of samples and ledger.
        samples: The sample store in it.
        ledgers: The ledger store in it.
        engine: Asked for blocks that can be sealed.
        clock: The clock.
        telemetry: Told the size on disk.
        storage: How long to keep samples; replaced by a reload.
    """

    database: Database
    samples: SqliteSamples
    ledgers: LedgerStore
    engine: Engine
    clock: Clock
    telemetry: Telemetry
    storage: Storage
    _checkpoint_ms: int = 0
    _told_damaged: int = 0
    _told_unmended: str | None = None
    _expired: dict[int, int] = field(default_factory=dict)

    async def run_forever(self) -> None:
        """Do rounds until cancelled; a round that fails is tried again."""
        while True:
            await self.clock.sleep(_ROUND_S)
            try:
                await self.round()
            except StoreError as error:
                _LOG.error("housekeeping failed, it is tried again: %s", error)

    async def round(self) -> None:
        """Seal the ledger and samples, let go what is too old, empty the log."""
        await self.seal_ledger()
        now_ms = self.clock.now_ms()
        await asyncio.to_thread(self.samples.seal, now_ms - _SEAL_LAG_MS)
        expired = self._expired
        await asyncio.to_thread(self._expire, now_ms)
        if self._expired != expired:
            self.engine.expired(self._expired)
        if now_ms - self._checkpoint_ms >= _CHECKPOINT_MS:
            await asyncio.to_thread(self.database.checkpoint)
            self._checkpoint_ms = now_ms
            if self.engine.unmended is not None:
                self.engine.is_stale = True
        self.telemetry.store_bytes.set(self.samples.size_bytes())
        self._tell_damage()
        self._tell_unmended()

    def _tell_unmended(self) -> None:
        why = self.engine.unmended
        if why is not None and why != self._told_unmended:
            _LOG.error(
                "damaged blocks of the ledger could not be counted again, so that their"
                " time is unseen; it is tried again every hour: %s. To see which:"
                " kizashi verify --data %s",
                why,
                shlex.quote(str(self.database.path.parent)),
            )
        self._told_unmended = why

    def _tell_damage(self) -> None:
        damaged = self.samples.corrupt
        self.telemetry.store_damaged.set(damaged)
        if damaged > self._told_damaged:
            self._told_damaged = damaged
            _LOG.error(
                "%s is damaged: %d records were left out. %s",
                self.database.path,
                damaged,
                how_to_restore(self.database.path.parent),
            )

    async def seal_ledger(self) -> None:
        """Write the ledger's blocks that nothing can amend any more."""
        for shard, blocks in self.engine.to_seal():
            sealed = {b.generation: block_of(b.slices.first) for b in blocks}
            await asyncio.to_thread(self.ledgers.write, blocks, sealed)
            if shard in self.engine.built.shards:
                shard.has_sealed(blocks)

    def _expire(self, now_ms: int) -> None:
        keep_ms = now_ms - self.storage.retention_ms
        limit = self.storage.retention_bytes
        self._expire_before(keep_ms)
        if limit is None:
            return
        first_ms = self.samples.first_scrape_ms()
        # By what is in use: a file does not shrink at once, and days would go for
        # nothing until only one is left.
        while self.database.used_bytes() > limit and first_ms is not None:
            # A day at a time, and never what is not sealed yet.
            first_ms += _DAY_MS
            if first_ms > now_ms - _DAY_MS:
                return
            self._expire_before(first_ms)

    def _expire_before(self, before_ms: int) -> None:
        self.samples.expire(before_ms)
        before = {
            g.id: block_of(slice_of(max(before_ms, 1), g.slice_ms))
            for g in self.ledgers.generations()
        }
        # A block lasts hours and a round comes every minute. What was derived anew
        # of a past that is gone may stay until the next block.
        if before != self._expired:
            self.ledgers.expire(before)
            self._expired = before
