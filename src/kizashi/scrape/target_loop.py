"""The loop that scrapes one target."""

import asyncio
import logging
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Self

from kizashi.errors import KizashiError, LimitError, ScrapeError
from kizashi.model.labels import Labels
from kizashi.ports.clock import Clock
from kizashi.scrape.budget import UNCOUNTED_BYTES, ByteBudget
from kizashi.scrape.fetch import Fetcher, ScrapeBody
from kizashi.scrape.page import PageReader, PageSamples
from kizashi.scrape.reasons import FailureReason, over_limit, reason, reason_of
from kizashi.scrape.results import (
    ScrapeEvents,
    ScrapeHealth,
    ScrapeResult,
    TargetStatus,
)
from kizashi.scrape.schedule import Schedule
from kizashi.scrape.series_budget import SeriesBudget
from kizashi.scrape.targets import DiscoveredTarget

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all target loops share."""

    clock: Clock
    events: ScrapeEvents
    budget: ByteBudget
    readers: Executor
    series: SeriesBudget


@dataclass(frozen=True, slots=True)
class _ScrapeFailure:
    """Why a scrape gave no samples.

    It is not the error itself: an error that is kept holds the frames that it went
    through, the body that was being read among them, and they hold the error.
    """

    why: FailureReason
    is_limit: bool

    @classmethod
    def of(cls, error: KizashiError) -> Self:
        return cls(reason_of(error, "scrape.page"), isinstance(error, LimitError))

    def result(
        self, target: DiscoveredTarget, ts_ms: int, duration_s: float
    ) -> ScrapeResult:
        limit = self.why.code.removeprefix("scrape.") if self.is_limit else None
        return ScrapeResult(
            target=target,
            ts_ms=ts_ms,
            ok=False,
            error=self.why,
            limit_hit=limit,
            duration_s=duration_s,
        )


class TargetLoop:
    """Scrapes one target for ever; one scrape at a time."""

    def __init__(
        self, target: DiscoveredTarget, fetcher: Fetcher, shared: Shared, phase: int
    ) -> None:
        self.target = target
        self.status = TargetStatus(target)
        self._fetcher = fetcher
        self._shared = shared
        self._phase_ms = phase
        self._reader = PageReader(target)
        self._last_labels: tuple[Labels, ...] = ()

    def retarget(self, target: DiscoveredTarget) -> None:
        """Go on under a reloaded configuration that changes nothing for this target."""
        self.target = target

    async def run(self) -> None:
        """Scrape at every planned time until cancelled."""
        clock, target = self._shared.clock, self.target
        schedule = Schedule(
            target.interval_ms, self._phase_ms, clock.now_ms(), clock.monotonic()
        )
        try:
            while True:
                await clock.sleep(schedule.next_s - clock.monotonic())
                await self._guarded(schedule.start(clock.now_ms(), clock.monotonic()))
                schedule.advance(clock.monotonic())
        finally:
            self._shared.series.release(self)

    async def _guarded(self, ts_ms: int) -> None:
        try:
            await self._scrape(ts_ms)
        except Exception:  # noqa: BLE001
            # A target must not go unwatched for ever because of one mistake of ours.
            _LOG.exception("scraping %s failed; going on", self.target.url)

    async def _scrape(self, ts_ms: int) -> None:
        shared, target = self._shared, self.target
        shared.events.on_started(target, ts_ms)
        began_s = shared.clock.monotonic()
        outcome = await self._outcome(target, ts_ms)
        duration_s = shared.clock.monotonic() - began_s
        if isinstance(outcome, PageSamples):
            result = self._succeeded(target, ts_ms, duration_s, outcome)
        else:
            result = outcome.result(target, ts_ms, duration_s)
        self.status = _status(result)
        shared.events.on_finished(result)

    async def _outcome(
        self, target: DiscoveredTarget, ts_ms: int
    ) -> PageSamples | _ScrapeFailure:
        limit_bytes = target.config.limits.body_bytes
        with self._shared.budget.claim(limit_bytes) as claim:
            try:
                body = await self._fetcher.fetch(target.url, target.timeout_ms, claim)
                return self._within(await self._read(body, ts_ms))
            except (ScrapeError, LimitError) as error:
                return _ScrapeFailure.of(error)
            except Exception as error:  # noqa: BLE001
                # Whatever a hostile page finds in us makes its target down, not silent.
                _LOG.exception("reading %s failed", target.url)
                return _ScrapeFailure(
                    reason("scrape.internal", why=type(error).__name__), False
                )

    def _within(self, samples: PageSamples) -> PageSamples:
        """Return a page's samples if its series fit beside those of all others."""
        series = self._shared.series
        if samples.labels is not self._last_labels and not series.take(
            self, len(samples.labels)
        ):
            raise over_limit("scrape.series_limit", limit=series.limit)
        return samples

    async def _read(self, body: ScrapeBody, ts_ms: int) -> PageSamples:
        """Read a page; a large one in a thread, so that others go on meanwhile."""
        if len(body.data) <= UNCOUNTED_BYTES:
            return self._reader.read(body, ts_ms)
        loop = asyncio.get_running_loop()
        readers = self._shared.readers
        return await loop.run_in_executor(readers, self._reader.read, body, ts_ms)

    def _succeeded(
        self,
        target: DiscoveredTarget,
        ts_ms: int,
        duration_s: float,
        samples: PageSamples,
    ) -> ScrapeResult:
        added = 0
        if samples.labels is not self._last_labels:
            added = len(set(samples.labels).difference(self._last_labels))
            self._last_labels = samples.labels
        return ScrapeResult(
            target=target,
            ts_ms=ts_ms,
            ok=True,
            duration_s=duration_s,
            labels=samples.labels,
            values=samples.values,
            timestamps_ms=samples.timestamps_ms,
            samples_scraped=samples.scraped,
            samples_kept=samples.remaining,
            series_added=added,
            duplicates=samples.duplicates,
            future=samples.future,
            too_old=samples.too_old,
            types=samples.types,
        )


def _status(result: ScrapeResult) -> TargetStatus:
    return TargetStatus(
        target=result.target,
        health=ScrapeHealth.UP if result.ok else ScrapeHealth.DOWN,
        last_scrape_ms=result.ts_ms,
        duration_s=result.duration_s,
        last_error=result.error,
        samples=result.samples_kept if result.ok else None,
        limit_hit=result.limit_hit,
    )
