"""Golden signals for pages: read in a worker thread, kept for a quarter of a minute."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kizashi.app.signals import Cut, Signals, read_signals
from kizashi.app.standings import EngineOverview
from kizashi.errors import StoreError
from kizashi.ports.clock import Clock
from kizashi.ports.samples import SampleStore
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.signal_presets import PRESETS
from kizashi.ui.parts.live import Live

#: What a sparkline spans, and one step of it.
SPAN_MS = 3_600_000
STEP_MS = 60_000
#: Steps behind the figure beside a sparkline.
NEWEST_STEPS = 5
#: A page of an incident beside the signals of two minutes ago would look well.
_FRESH_MS = 15_000
_KEPT_MS = 600_000

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    signals: Signals
    read_ms: int


class SignalReader:
    """Belongs to one event loop; one service is read at a time."""

    def __init__(
        self, samples: SampleStore, overview: EngineOverview, clock: Clock, live: Live
    ) -> None:
        self._samples = samples
        self._overview = overview
        self._clock = clock
        self._live = live
        self._kept: dict[str, _Kept] = {}
        self._turn = asyncio.Semaphore(1)
        self._refreshing: asyncio.Task[None] | None = None

    async def read(self, service: ServiceSpec, cut: Cut) -> Signals | None:
        """Return a service's signals; None for one that declares none.

        Raises:
            StoreError: If the store cannot be read.
        """
        names = PRESETS.get(service.signals_preset or "")
        if names is None:
            return None
        jobs = self.jobs(service)
        async with self._turn:
            return await asyncio.to_thread(
                read_signals, self._samples, jobs, names, cut
            )

    def jobs(self, service: ServiceSpec) -> frozenset[str]:
        """Return the jobs whose targets are the service.

        An objective may be read elsewhere, at a front door: what is seen there is the
        same traffic again.
        """
        if service.job is None:
            return self._overview.jobs(service.name)
        return frozenset({service.job})

    async def hour(self, service: ServiceSpec, end: float) -> Signals | None:
        """Return a service's hour up to a time; None for one that declares no signals.

        Raises:
            StoreError: If the store cannot be read.
        """
        end_ms = int(end * 1000) // _FRESH_MS * _FRESH_MS
        return await self.read(service, Cut(end_ms - SPAN_MS, end_ms, STEP_MS))

    def recent(self, services: Iterable[ServiceSpec]) -> Mapping[str, Signals]:
        """Return the last hour of some services as far as it is known already.

        What is missing or old is read meanwhile; pages are told when it is there.
        """
        wanted = [s for s in services if s.signals_preset]
        now_ms = self._clock.now_ms()
        old = [
            s
            for s in wanted
            if s.name not in self._kept
            or now_ms - self._kept[s.name].read_ms >= _FRESH_MS
        ]
        is_idle = self._refreshing is None or self._refreshing.done()
        if old and is_idle:
            self._refreshing = asyncio.create_task(self._refresh(old), name="signals")
        return {
            s.name: self._kept[s.name].signals for s in wanted if s.name in self._kept
        }

    async def _refresh(self, services: Iterable[ServiceSpec]) -> None:
        now_ms = self._clock.now_ms()
        self._kept = {
            name: kept
            for name, kept in self._kept.items()
            if now_ms - kept.read_ms < _KEPT_MS
        }
        for service in services:
            try:
                found = await self.hour(service, now_ms / 1000)
            except StoreError as error:
                _LOG.warning("signals of %s cannot be read: %s", service.name, error)
                continue
            if found is not None:
                self._kept[service.name] = _Kept(found, now_ms)
        self._live.announce()
