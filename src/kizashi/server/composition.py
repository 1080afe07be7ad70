"""The composition root of ``kizashi serve``: who works with whom, and in which loop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from starlette.applications import Starlette

from kizashi.api._base import ApiServices
from kizashi.app.answers import NoteView, TargetView
from kizashi.app.drift import DriftView
from kizashi.app.readiness import Ready, ReloadOutcome, ReloadProblem
from kizashi.app.standings import EngineOverview
from kizashi.checking.own import from_own
from kizashi.checking.service import ConfiguredLintService
from kizashi.clock import SteadyClock
from kizashi.declarations.configuration import Configuration
from kizashi.errors import KizashiError
from kizashi.httpd.descriptors import take as take_descriptors
from kizashi.httpd.server import HttpServer, is_loopback, listen
from kizashi.ledger.engine import Engine
from kizashi.logs.logging import mask_secrets
from kizashi.model.durations import format_duration
from kizashi.ports.clock import Clock
from kizashi.ports.effective import EffectiveView
from kizashi.sandbox.pool import ParsePool
from kizashi.sandbox.service import SandboxedImportService, lint_sandboxed
from kizashi.scrape.loop import Scraper
from kizashi.server.additions import Add, Additions, OpenedServer
from kizashi.server.alert_subsystem import AlertSubsystem
from kizashi.server.entrance import Entrance, tell_openness
from kizashi.server.feed import ScrapeFeed
from kizashi.server.following import UpstreamFollower
from kizashi.server.garbage import collect_and_freeze
from kizashi.server.heartbeat import Heartbeat
from kizashi.server.in_force import SettingsInForce
from kizashi.server.loop_progress import LoopProgress
from kizashi.server.preload import preload
from kizashi.server.rebuilding import Rebuilder
from kizashi.server.settings import Settings
from kizashi.server.store_watch import StoreWatch
from kizashi.server.stores import Stores
from kizashi.server.target_view import target_view
from kizashi.server.telemetry import Telemetry
from kizashi.server.ticking import Ticker
from kizashi.server.upkeep import HousekeepingLoop
from kizashi.server.waiting import first_of
from kizashi.settings.declaration_files import Loaded
from kizashi.settings.effective import effective
from kizashi.settings.plan import compile_options, plan_of, rules_offset_ms
from kizashi.settings.secrets import (
    notification_secrets,
    secrets_of,
    upstream_secrets,
)
from kizashi.slo.windows import last_closed
from kizashi.ui.application import build as build_ui
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import UiServices
from kizashi.ui.parts.live import Live
from kizashi.ui.parts.signals import SignalReader

_STOP_S = 20
#: Readiness waits for the first targets, but no longer than this.
_FIRST_TARGETS_S = 1.0

_LOG = logging.getLogger(__name__)


class Server:
    """One running Kizashi. `run` returns when it was told to stop."""

    def __init__(
        self, settings: Settings, clock: Clock | None = None, add: Add | None = None
    ) -> None:
        """Take the data folder and open the stores.

        Args:
            settings: What only a restart changes.
            clock: The time; the machine's by default.
            add: Returns what is added to this server.

        Raises:
            ConfigurationError: If the configuration or a declaration has an error;
                its argument is a `Loaded`.
            StoreError: If the data folder is taken or a store cannot be opened.
            TooFewDescriptorsError: If too few files may be open.
        """
        self._settings = settings
        self._shares = take_descriptors()
        self._clock = clock or SteadyClock()
        self._declared = SettingsInForce(settings)
        self._telemetry = Telemetry(self._clock)
        self._telemetry.reload_ok.set(not self._loaded.refused)
        self._sock = listen(settings.host, settings.port)
        outside = self._loaded.configuration.outside
        tell_openness(outside, is_loopback=is_loopback(settings.host))
        storage = self._loaded.configuration.storage
        self._stores = Stores.open(
            settings.data, self._clock.now_ms(), storage.reserve_bytes
        )
        self._state, self._database = self._stores.state, self._stores.database
        self._samples, self._ledgers = self._stores.samples, self._stores.ledgers
        self._engine = Engine(self._samples, self._ledgers)
        self._watch = StoreWatch(self._stores, self._clock)
        self._entrance = self._new_entrance()
        streams = self._shares.streams
        self._live = Live(self._clock, self._entrance.standing, streams)
        self._pool = ParsePool()
        self._reloading = asyncio.Lock()
        self._due = asyncio.Event()
        self._is_ready = self._is_reload_due = False
        self._started = asyncio.Event()
        self._url = ""
        self._stopping = asyncio.Event()
        self._feed = self._new_feed()
        self._watch.feed = self._feed
        scrapes = self._shares.scrapes
        self._scraper = Scraper(self._clock, self._feed, sockets=scrapes)
        self._alerts = self._new_alerts()
        self._follower = self._new_follower()
        told = self._alerts.delivery.last_progress_s
        self._progress = LoopProgress(
            self._clock, self._feed, self._scraper.targets, told
        )
        self._heartbeat = Heartbeat(self._clock, self._progress.all())
        self._rebuilder = self._new_rebuilder()
        self._ticker = self._new_ticker()
        self._added = Additions() if add is None else add(self._opened())
        self._upkeep = self._new_upkeep()

    def _new_feed(self) -> ScrapeFeed:
        parts = self._samples, self._engine, self._clock, self._telemetry
        return ScrapeFeed(*parts, on_counted=self._due.set)

    def _new_alerts(self) -> AlertSubsystem:
        shares, registry = self._shares, self._telemetry.registry
        return AlertSubsystem(
            self._engine, self._state, self._clock, registry, shares.receivers
        )

    def _new_upkeep(self) -> HousekeepingLoop:
        parts = self._ledgers, self._engine, self._clock, self._telemetry
        storage = self._loaded.configuration.storage
        return HousekeepingLoop(self._database, self._samples, *parts, storage)

    def _new_entrance(self) -> Entrance:
        return Entrance(
            self._state,
            self._clock,
            self._telemetry.registry,
            lambda: self._loaded.configuration.outside,
            self._shares,
        )

    def _new_follower(self) -> UpstreamFollower:
        return UpstreamFollower(
            self._engine,
            self._clock,
            self._reloading,
            on_read=self._due.set,
            on_alerts=self._alerts.follow,
        )

    def _new_rebuilder(self) -> Rebuilder:
        return Rebuilder(
            self._engine,
            self._ledgers,
            self._feed,
            self._alerts.recorder,
            self._clock,
            self._telemetry,
            self._reloading,
        )

    def _new_ticker(self) -> Ticker:
        return Ticker(
            engine=self._engine,
            feed=self._feed,
            alerts=self._alerts,
            clock=self._clock,
            telemetry=self._telemetry,
            due=self._due,
            rebuilder=self._rebuilder,
            scraper=self._scraper,
            follower=self._follower,
            watch=self._watch,
            live=self._live,
            progress=self._progress,
        )

    async def run(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until SIGTERM or SIGINT, then end in good order.

        Args:
            on_ready: Called with the URL once the server answers and counts.

        Raises:
            StoreError: If a store failed at the start.
        """
        preload()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        # One that came before is held back by `kizashi.__main__`, and counts now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        http = HttpServer(self._faces(), self._sock, self._entrance.slots)
        self._url = http.url
        tasks = [asyncio.create_task(http.serve(), name="http")]
        try:
            await self._start(tasks)
            self._is_ready = True
            self._started.set()
            if on_ready is not None:
                on_ready(http.url)
            await self._until_stopped(tasks)
        finally:
            self._is_ready = False
            await self._stop(http, tasks)

    async def _start(self, tasks: list[asyncio.Task[None]]) -> None:
        self._apply_settings(self._loaded.configuration)
        plan = plan_of(self._loaded, self._settings.retention_ms)
        now_ms = self._clock.now_ms()
        built = await asyncio.to_thread(self._engine.build, plan, now_ms)
        self._engine.take_over(built)
        await self._alerts.start(built)
        collect_and_freeze()
        self._telemetry.objectives.set(len(plan.objectives))
        tasks += [
            asyncio.create_task(self._feed.count_forever(), name="count"),
            asyncio.create_task(self._feed.store_forever(), name="store"),
            asyncio.create_task(self._ticker.run_forever(), name="tick"),
            asyncio.create_task(self._follower.run_forever(), name="follow"),
            asyncio.create_task(self._upkeep.run_forever(), name="upkeep"),
            asyncio.create_task(self._alerts.delivery.run_forever(), name="deliver"),
            asyncio.create_task(self._watch.run_forever(), name="watch"),
        ]
        begun = asyncio.Event()
        first = asyncio.create_task(self._begin(now_ms, begun), name="measure")
        tasks.append(first)
        # Thousands of targets, or somebody who is slow to name them, keep nobody out.
        await first_of(first, begun, _FIRST_TARGETS_S)
        if self._added.work is not None:
            tasks.append(asyncio.ensure_future(self._added.work()))

    async def _begin(self, now_ms: int, begun: asyncio.Event) -> None:
        """Begin to measure, then beat: a beat says that everything before it turns."""
        await self._measure(self._loaded.configuration)
        await asyncio.to_thread(self._declared.keep)
        await self._feed.end_vanished(now_ms)
        begun.set()
        await self._heartbeat.run_forever()

    async def _measure(self, configuration: Configuration) -> None:
        """Scrape, or read a server that does."""
        upstream = configuration.upstream
        await self._scraper.apply(() if upstream else configuration.scrape)
        await self._follower.apply(upstream, rules_offset_ms(configuration))

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        stopping = asyncio.create_task(self._stopping.wait(), name="stopping")
        done, _ = await asyncio.wait(
            [stopping, *tasks], return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        for task in done - {stopping}:
            # A loop of ours ended by itself: better to end than to stop counting.
            _LOG.error("the %s loop ended", task.get_name())
            task.result()

    async def _stop(self, http: HttpServer, tasks: list[asyncio.Task[None]]) -> None:
        # An open page would hold the server for ever.
        self._pool.close()
        self._live.close()
        http.stop()
        await self._scraper.close()
        await self._follower.close()
        loops = tasks[1:]
        if loops:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._feed.flush(), _STOP_S)
        for task in loops:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # No scrape of ours would tell the newest slices of a server again.
        unsealed = [b for s in self._engine.built.followed for b in s.shard.unsealed()]
        if unsealed:
            await asyncio.to_thread(self._ledgers.write, unsealed)
        self._stores.close()

    # Configuration.

    @property
    def _loaded(self) -> Loaded:
        return self._declared.loaded

    def _apply_settings(self, configuration: Configuration) -> None:
        mask_secrets(secrets_of(configuration.scrape))
        mask_secrets(notification_secrets(configuration))
        mask_secrets(upstream_secrets(configuration))
        storage = configuration.storage
        if self._settings.retention_ms is not None:
            storage = replace(storage, retention_ms=self._settings.retention_ms)
        self._upkeep.storage = storage
        self._stores.reserve.size_bytes = storage.reserve_bytes
        self._alerts.delivery.apply(
            configuration, configuration.outside.url or self._url
        )
        self._heartbeat.apply(configuration.heartbeat)

    def _reload_soon(self) -> None:
        if self._is_reload_due:
            return  # What waits its turn will read what there is by then.
        self._is_reload_due = True
        task = asyncio.get_running_loop().create_task(self.reload(), name="reload")
        task.add_done_callback(_log_failure)

    async def reload(self) -> ReloadOutcome:
        """Read the configuration again; with an error in it nothing changes."""
        await self._started.wait()
        async with self._reloading:
            self._is_reload_due = False
            loaded = await asyncio.to_thread(self._declared.read)
            problems = tuple(
                ReloadProblem(str(p.position), p.code, dict(p.params))
                for p in loaded.problems
            )
            self._telemetry.reload_ok.set(loaded.is_usable)
            if not loaded.is_usable:
                return ReloadOutcome(is_applied=False, problems=problems)
            await self._rebuilder.rebuild(plan_of(loaded, self._settings.retention_ms))
            self._declared.take(loaded)
            self._apply_settings(loaded.configuration)
            await self._measure(loaded.configuration)
            self._declared.taken()
            await asyncio.to_thread(self._declared.keep)
            return ReloadOutcome(is_applied=True, problems=problems)

    def _drift(self) -> DriftView | None:
        return self._follower.drift(compile_options(self._loaded.configuration))

    def _opened(self) -> OpenedServer:
        slice_ms = self._loaded.configuration.slice_ms
        return OpenedServer(
            self._samples,
            self._ledgers,
            self._settings.data,
            last_closed(self._clock.now_ms(), slice_ms) * slice_ms,
            self._rebuilder.count_from,
        )

    # What the HTTP face asks.

    def _faces(self) -> Starlette:
        answers = self._alerts.answers(self._ledgers, self._targets)
        api = ApiServices(
            answers=answers,
            alerts=self._alerts.service(answers),
            tokens=self._entrance.tokens,
            sessions=self._entrance.sessions,
            clock=self._clock,
            ready=self._ready,
            healthy=lambda: True,
            reload=self.reload,
            metrics=self._metrics,
            listen_is_loopback=is_loopback(self._settings.host),
            allowed_hosts=self._settings.allowed_hosts,
            default_language=lambda: self._loaded.configuration.language,
            outside=self._entrance.outside,
            refused=self._entrance.refused,
            drift=self._drift,
        )
        overview = EngineOverview(self._engine, answers, self._ledgers)
        signals = SignalReader(self._samples, overview, self._clock, self._live)
        return build_ui(
            UiServices(
                api,
                overview,
                self._live,
                signals,
                answers,
                self._effective,
                configuration=lambda: self._loaded.configuration,
                running_rules=lambda: self._follower.groups,
                upstream=self._follower.as_targets,
                lint=self._lint_service(),
                imports=SandboxedImportService(self._pool),
                connections=self._entrance.connections,
                banners=self._added.banners,
            ),
            (*PAGES, *self._added.rows),
        )

    def _lint_service(self) -> ConfiguredLintService:
        origin = f"{self._settings.host}:{self._settings.port}"
        gather = from_own(self._samples, self._scraper.targets, origin)
        brought = partial(lint_sandboxed, self._pool)
        return ConfiguredLintService(lambda: self._loaded, self._clock, gather, brought)

    def _effective(self) -> EffectiveView:
        settings = self._settings
        retention_ms = settings.retention_ms
        return effective(
            self._loaded,
            {
                "listen": f"{settings.host}:{settings.port}",
                "data": settings.data,
                "config": settings.config,
                "retention": None
                if retention_ms is None
                else format_duration(retention_ms),
            },
        )

    def _ready(self) -> Ready:
        reasons = [*self._feed.troubles(), *self._watch.troubles()]
        if not self._is_ready:
            reasons.append(NoteView("ready.starting", {}))
        if (why := self._alerts.store_error) is not None:
            reasons.append(NoteView("ready.alerts", {"why": why}))
        refused, emptied = self._declared.refused, self._loaded.emptied
        return Ready(not reasons, tuple(reasons), refused, emptied)

    def _metrics(self) -> bytes:
        health: dict[str, int] = {"up": 0, "down": 0, "unknown": 0}
        for target in self._targets():
            health[target.health] += 1
        for word, count in health.items():
            self._telemetry.targets.labels(word).set(count)
        return self._telemetry.exposition()

    def _targets(self) -> list[TargetView]:
        own = [target_view(status) for status in self._scraper.targets()]
        return [*own, *self._follower.as_targets()]


def _log_failure(task: asyncio.Task[ReloadOutcome]) -> None:
    if not task.cancelled() and isinstance(task.exception(), KizashiError):
        _LOG.error("the reload failed: %s", task.exception())
