"""The scraper: finds targets, keeps a loop for each, takes reloads."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from kizashi.model.scraping import ScrapeConfig
from kizashi.ports.clock import Clock
from kizashi.scrape.budget import DEFAULT_BYTES, ByteBudget
from kizashi.scrape.discovery import DiscoveryResult, JobDiscovery
from kizashi.scrape.fetch import Fetcher, HttpFetcher
from kizashi.scrape.reasons import FailureReason
from kizashi.scrape.results import ScrapeEvents, TargetStatus
from kizashi.scrape.schedule import phase_ms, places
from kizashi.scrape.series_budget import MOST_ACTIVE_SERIES, SeriesBudget
from kizashi.scrape.sockets import DEFAULT_SOCKETS, SocketShare
from kizashi.scrape.target_loop import Shared, TargetLoop
from kizashi.scrape.targets import DiscoveredTarget, DroppedTarget, TargetKey

#: How often target files are looked at for a change.
FILE_POLL_S = 5.0
#: Large pages read at once; more would fight for the interpreter and for memory.
_READERS = 2

_LOG = logging.getLogger(__name__)

MakeFetcher = Callable[[ScrapeConfig, Clock], Fetcher]


@dataclass(slots=True)
class _Running:
    """A target's loop and the task that runs it."""

    loop: TargetLoop
    task: asyncio.Task[None]


@dataclass(slots=True)
class _Job:
    """One scrape configuration in force."""

    discovery: JobDiscovery
    fetcher: Fetcher
    found: DiscoveryResult = field(default_factory=lambda: DiscoveryResult((), (), ()))
    running: dict[TargetKey, _Running] = field(default_factory=dict)


class Scraper:
    """Scrapes every target of the configurations last applied.

    Belongs to one event loop. Use `apply` to start and to reload, `close` to end.
    """

    def __init__(
        self,
        clock: Clock,
        events: ScrapeEvents,
        *,
        budget_bytes: int = DEFAULT_BYTES,
        most_series: int = MOST_ACTIVE_SERIES,
        sockets: int = DEFAULT_SOCKETS,
        make_fetcher: MakeFetcher | None = None,
    ) -> None:
        """Prepare to scrape.

        Args:
            clock: The clock.
            events: Who wants to know.
            budget_bytes: Bytes of bodies that are held at once.
            most_series: Series of all targets together.
            sockets: Connections to all targets together.
            make_fetcher: Makes what gets the pages of a job; tests pass their own.
        """
        self._shared = Shared(
            clock=clock,
            events=events,
            budget=ByteBudget(budget_bytes),
            readers=ThreadPoolExecutor(_READERS, thread_name_prefix="scrape-reader"),
            series=SeriesBudget(most_series),
        )
        self._sockets = SocketShare(sockets)
        self._make_fetcher = make_fetcher or self._http_fetcher
        self._jobs: dict[str, _Job] = {}
        self._changing = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None

    async def apply(self, configs: Sequence[ScrapeConfig]) -> None:
        """Scrape what these configurations say, from now on and nothing else.

        A target whose labels, URL, times and job settings stay the same is not
        disturbed. Job names must be unique; the configuration reader sees to that.
        """
        async with self._changing:
            names = {config.job_name for config in configs}
            for name in [name for name in self._jobs if name not in names]:
                await self._remove(name)
            for config in configs:
                await self._install(config)
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_files())

    async def refresh(self) -> None:
        """Look at the target files now and take up what changed."""
        async with self._changing:
            for job in self._jobs.values():
                if job.discovery.config.discovers:
                    await self._rediscover(job)

    async def close(self) -> None:
        """Stop every loop, without telling that the targets are gone."""
        if self._watch is not None:
            await _cancel([self._watch])
        async with self._changing:
            jobs, self._jobs = list(self._jobs.values()), {}
            await _cancel(r.task for job in jobs for r in job.running.values())
            for job in jobs:
                await job.fetcher.close()
        self._shared.readers.shutdown(wait=False, cancel_futures=True)

    def targets(self) -> list[TargetStatus]:
        """Return how every target stands, by job and labels."""
        statuses = [
            replace(running.loop.status, target=running.loop.target)
            for job in self._jobs.values()
            for running in job.running.values()
        ]
        return sorted(statuses, key=lambda status: status.target.key)

    def dropped(self) -> list[DroppedTarget]:
        """Return the addresses that are not scraped."""
        return [each for job in self._jobs.values() for each in job.found.dropped]

    def problems(self) -> list[FailureReason]:
        """Return what is wrong with target files."""
        return [each for job in self._jobs.values() for each in job.found.problems]

    def _http_fetcher(self, config: ScrapeConfig, clock: Clock) -> Fetcher:
        return HttpFetcher(config, clock, self._sockets)

    async def _watch_files(self) -> None:
        while True:
            await self._shared.clock.sleep(FILE_POLL_S)
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001
                # The targets found so far are scraped on, and the next look may do.
                _LOG.exception("looking at the target files failed; going on")

    async def _install(self, config: ScrapeConfig) -> None:
        job = self._jobs.get(config.job_name)
        if job is not None and job.discovery.config == config:
            return
        discovery = JobDiscovery(config)
        if job is None:
            fetcher = self._make_fetcher(config, self._shared.clock)
            job = self._jobs[config.job_name] = _Job(discovery, fetcher)
            await self._rediscover(job)
            return
        old_fetcher, same = job.fetcher, _same_scrapes(job.discovery.config, config)
        job.discovery = discovery
        if not same:
            job.fetcher = self._make_fetcher(config, self._shared.clock)
        await self._rediscover(job)
        if not same:
            await old_fetcher.close()

    async def _remove(self, name: str) -> None:
        job = self._jobs.pop(name)
        await self._stop(job, list(job.running))
        await job.fetcher.close()

    async def _rediscover(self, job: _Job) -> None:
        now_s = self._shared.clock.monotonic()
        found = await asyncio.to_thread(job.discovery.poll, now_s)
        if found is job.found:
            return
        job.found = found
        wanted = {target.key: target for target in found.targets}
        await self._stop(job, [key for key in job.running if key not in wanted])
        await _cancel(
            running.task
            for key, running in job.running.items()
            if not _undisturbed(running.loop.target, wanted[key])
        )
        for key, target in wanted.items():
            self._take_up(job, key, target)
        self._sockets.expect(sum(len(job.running) for job in self._jobs.values()))

    def _take_up(self, job: _Job, key: TargetKey, target: DiscoveredTarget) -> None:
        """Go on with a target's loop, or start one."""
        running = job.running.get(key)
        if running is not None and not running.task.done():
            running.loop.retarget(target)
            return
        if running is None:
            now_ms = self._shared.clock.now_ms()
            self._shared.events.on_discovered(target, now_ms)
        phase = phase_ms(target, places(len(job.found.targets)))
        loop = TargetLoop(target, job.fetcher, self._shared, phase)
        job.running[key] = _Running(loop, asyncio.create_task(loop.run()))

    async def _stop(self, job: _Job, keys: Iterable[TargetKey]) -> None:
        stopped = [job.running.pop(key) for key in keys]
        await _cancel(running.task for running in stopped)
        for running in stopped:
            now_ms = self._shared.clock.now_ms()
            self._shared.events.on_gone(running.loop.target, now_ms)


def _same_scrapes(old: ScrapeConfig, new: ScrapeConfig) -> bool:
    """Return whether two configurations differ at most in where targets come from."""
    return _settings(old) == _settings(new)


def _settings(config: ScrapeConfig) -> ScrapeConfig:
    return replace(
        config,
        static_groups=(),
        file_discoveries=(),
        http_discoveries=(),
        dns_discoveries=(),
        relabel=(),
    )


def _undisturbed(old: DiscoveredTarget, new: DiscoveredTarget) -> bool:
    return _same_scrapes(old.config, new.config) and old == replace(
        new, config=old.config
    )


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
