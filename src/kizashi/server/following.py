"""Following a server that counts: its newest recordings, its past, its alerts.

Three loops beside each other, so that a slow question about the past holds up neither
the newest slices nor the alerts.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from kizashi.app.alerting import NAMES
from kizashi.app.answers import NoteView, TargetView
from kizashi.app.drift import (
    DriftView,
    drift,
    is_in_step,
    scrape_drift,
)
from kizashi.app.health import TargetHealth
from kizashi.compiler._base import CompileOptions
from kizashi.compiler.expected import compiled_intervals, expected_groups
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.errors import (
    StoreError,
    TooMuchError,
    UpstreamBusyError,
    UpstreamError,
)
from kizashi.ledger.engine import Engine
from kizashi.ledger.filling import LATE_SLICES, steps_of
from kizashi.ledger.followed import PATIENCE_MS
from kizashi.ledger.recorded import RECORDED_SELECTOR, Grid, read_recordings
from kizashi.messages import render
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningAlert, RunningGroup, UpstreamSamples
from kizashi.ports.clock import Clock
from kizashi.ports.upstream import Upstream
from kizashi.server.backfilling import Backfill
from kizashi.server.upstream_checks import UpstreamChecks
from kizashi.server.upstream_health import UpstreamHealth
from kizashi.slo.windows import last_closed
from kizashi.upstream.client import HttpUpstream

#: After an edge and the rules' offset, let the server evaluate and store.
_EVALUATION_MS = 2_000
#: So many are read at once after the server was away; `Backfill` reads what is older.
_MOST_LIVE = 40
_ALERTS_S = 5.0
#: Each of them takes some twenty microseconds, in which nothing else is done.
_MOST_ALERTS = 5_000
#: For so long beyond two evaluations a server is doubted that has evaluated nothing.
_BELIEF_MS = 30_000
#: What runs on the server changes rarely.
_RULES_EVERY = 12
#: How often it scrapes, and what, changes more rarely still.
_DOUBTS_EVERY = 60
#: Between two pieces of the past, and between two looks whether there is one.
_BREATH_S = 0.05
_IDLE_S = 5.0
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 15.0

_LOG = logging.getLogger(__name__)


class UpstreamFollower:
    """Reads one server for an engine. Belongs to one event loop."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        lock: asyncio.Lock,
        *,
        on_read: Callable[[], None],
        on_alerts: Callable[[Sequence[RunningAlert]], None],
        connect: Callable[[UpstreamConfig, Clock], Upstream] = HttpUpstream,
    ) -> None:
        """Wait for `apply`.

        Args:
            engine: Whose slices are read.
            clock: The clock.
            lock: Held while slices are changed; a rebuild holds it, too.
            on_read: Called when slices may close.
            on_alerts: Told which alerts the server holds.
            connect: Makes the client of a server.
        """
        self._engine = engine
        self._clock = clock
        self._lock = lock
        self._on_read = on_read
        self._on_alerts = on_alerts
        self._connect = connect
        self._config: UpstreamConfig | None = None
        self._client: Upstream | None = None
        self._settle_ms = 0
        self._is_following = asyncio.Event()
        self._backfill = Backfill(engine, clock, lock)
        #: The newest slice that was read; older ones are `Backfill`'s.
        self._read_to = 0
        self.health: UpstreamHealth | None = None
        #: What the server runs, and why that is not known; None, None before it is.
        self.groups: tuple[RunningGroup, ...] | None = None
        self.groups_note: NoteView | None = None
        self.groups_ms: int | None = None
        #: Why figures cannot be right that no rule of the server can tell.
        self.checks = UpstreamChecks(engine, clock)
        #: What fired when the server was asked last, and since when some of it is
        #: missing because it has not been evaluated yet.
        self._firing: dict[Labels, RunningAlert] = {}
        self._missing_ms: dict[Labels, int] = {}

    async def apply(self, config: UpstreamConfig | None, offset_ms: int) -> None:
        """Follow this server from now on; None for none.

        Args:
            config: The server.
            offset_ms: How far behind the clock its rules look.
        """
        self._settle_ms = offset_ms + _EVALUATION_MS
        if config == self._config:
            return
        client, self._client = self._client, None
        self._config, self._read_to = config, 0
        self.groups = self.groups_note = self.groups_ms = None
        self._firing, self._missing_ms = {}, {}
        self.checks.forget()
        self.health = None
        self._is_following.clear()
        if client is not None:
            await client.close()
        if config is not None:
            self._client = self._connect(config, self._clock)
            self.health = UpstreamHealth(config.url)
            self._is_following.set()

    async def run_forever(self) -> None:
        """Read until cancelled."""
        await asyncio.gather(
            self._live_forever(), self._past_forever(), self._alerts_forever()
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.apply(None, 0)

    @property
    def patience_ms(self) -> int:
        """How much longer than others slices may stay open."""
        return PATIENCE_MS if self._config is not None else 0

    def as_targets(self) -> list[TargetView]:
        """Return the server as a target; none where there is no server."""
        health, config = self.health, self._config
        if health is None or config is None:
            return []
        slice_ms = self._engine.built.plan.slice_ms
        return [health.as_target(slice_ms, config.timeout_ms)]

    def as_health(self) -> list[TargetHealth]:
        """Return how the server stands, for the alert; none where there is none."""
        if self.health is None:
            return []
        return [self.health.as_health(self._engine.built.plan.slice_ms)]

    def drift(self, options: CompileOptions) -> DriftView | None:
        """Return how what the server runs differs from what would be generated.

        Args:
            options: What the rules depend on besides the declarations.
        """
        if self._config is None:
            return None
        services = self._engine.built.plan.services
        expected = expected_groups(services, options)
        groups = self.groups
        compiled = compiled_intervals(services, options)
        paced = scrape_drift(compiled, self.checks.intervals_ms)
        entries = () if groups is None else (*paced, *drift(expected, groups))
        return DriftView(
            self._config.rules_url,
            None if self.groups_ms is None else self.groups_ms / 1000,
            None if groups is None else is_in_step(entries),
            self.groups_note,
            len(expected),
            entries,
        )

    # The newest slices.

    async def _live_forever(self) -> None:
        while True:
            await self._is_following.wait()
            slice_ms = self._engine.built.plan.slice_ms
            now_ms = self._clock.now_ms()
            due_ms = (self._read_to + 1) * slice_ms + self._settle_ms
            if now_ms < due_ms:
                await self._clock.sleep(min(due_ms - now_ms, slice_ms) / 1000)
                continue
            wait_s = await self._read_live(now_ms)
            if wait_s:
                await self._clock.sleep(wait_s)

    async def _read_live(self, now_ms: int) -> float:
        """Read the newest slices; return how long to wait after a failure."""
        client, health = self._client, self.health
        slice_ms = self._engine.built.plan.slice_ms
        last = last_closed(now_ms - self._settle_ms, slice_ms)
        first = max(self._read_to - LATE_SLICES, last - _MOST_LIVE) + 1
        if client is None or health is None:
            return 0.0
        began_s = self._clock.monotonic()
        recorded, pause_s, note = UpstreamSamples(()), 0.0, None
        try:
            recorded = await self._recorded(client, first, last)
        except UpstreamError as error:
            pause_s, note = _pause_s(error, slice_ms / 1000), _note(error)
        if client is not self._client:
            return 0.0
        if recorded.is_partial:
            # What came is taken; that it is not all is told.
            note = NoteView("upstream.partial", {})
        took_s = self._clock.monotonic() - began_s
        count = sum(len(one.ts_ms) for one in recorded.series)
        told = None if note is None else render("en", note.code, **note.params)
        if told != health.error:
            _LOG.log(
                logging.INFO if told is None else logging.WARNING,
                "upstream: %s",
                told or "it answers",
            )
        self.health = UpstreamHealth(health.url, now_ms, took_s, count, told, note)
        if pause_s:
            return pause_s
        await self._take(recorded, first, last)
        if client is self._client:
            self._read_to = last
            self._on_read()
        return 0.0

    async def _recorded(
        self, client: Upstream, first: int, last: int
    ) -> UpstreamSamples:
        """Return recordings, in as many pieces as the server needs."""
        slice_ms = self._engine.built.plan.slice_ms
        try:
            return await client.samples(
                RECORDED_SELECTOR, (first - 1) * slice_ms, last * slice_ms
            )
        except TooMuchError:
            if first == last:
                raise
        middle = (first + last) // 2
        older = await self._recorded(client, first, middle)
        newer = await self._recorded(client, middle + 1, last)
        return UpstreamSamples(
            (*older.series, *newer.series), older.is_partial or newer.is_partial
        )

    async def _take(self, recorded: UpstreamSamples, first: int, last: int) -> None:
        built = self._engine.built
        for source in built.followed:
            slice_ms = source.shard.slice_ms
            steps = steps_of(source, built.intervals_ms)
            grid = Grid(
                first,
                last - first + 1,
                slice_ms,
                source.numbers,
                [slice_ms // step for step in steps],
            )
            read = await asyncio.to_thread(read_recordings, recorded, grid)
            async with self._lock:
                try:
                    if source in self._engine.built.followed:
                        source.take(read, last)
                except StoreError as error:
                    _LOG.error("slices cannot be amended: %s", error)

    # The past.

    async def _past_forever(self) -> None:
        failures = 0
        while True:
            await self._is_following.wait()
            client, config = self._client, self._config
            if client is None or config is None:
                continue
            try:
                has_more = await self._backfill.step(
                    client, self._settle_ms, raw=config.backfill
                )
            except (UpstreamError, StoreError) as error:
                failures += 1
                _LOG.info("the past cannot be read, it is tried again: %s", error)
                pause_s = min(_FIRST_RETRY_S * 2**failures, _LONGEST_RETRY_S)
                await self._clock.sleep(_pause_s(error, pause_s))
                continue
            failures = 0
            await self._clock.sleep(_BREATH_S if has_more else _IDLE_S)

    # What its rules say.

    async def _alerts_forever(self) -> None:
        rounds, asked = 0, None
        while True:
            await self._is_following.wait()
            client = self._client
            if client is not asked:
                rounds, asked = 0, client
            if client is None:
                continue
            pause_s = _ALERTS_S
            try:
                await self._read_rules(client, rounds)
            except UpstreamError as error:
                if client is self._client:
                    self.groups_note = _note(error)
                pause_s = _pause_s(error, _ALERTS_S)
            rounds += 1
            if client is self._client:
                await self._clock.sleep(pause_s)

    async def _read_rules(self, client: Upstream, rounds: int) -> None:
        """Read which alerts a server holds, and now and then what its rules are."""
        if rounds % _RULES_EVERY == 0 or self.groups_note is not None:
            await self._read_groups(client)
        if rounds % _DOUBTS_EVERY == 0:
            await self.checks.read(client)
        if client is not self._client:
            # What the one before said is nothing of this one.
            self.checks.forget()
            return
        self.checks.tell()
        alerts = await _alerts_of_ours(client)
        if self._missing(alerts):
            # Only what is asked after the rules were evaluated is an end.
            await self._read_groups(client)
            alerts = await _alerts_of_ours(client)
        if client is self._client:
            self._take_alerts(alerts)

    async def _read_groups(self, client: Upstream) -> None:
        groups = await client.groups()
        if client is self._client:
            self.groups, self.groups_note = groups, None
            self.groups_ms = self._clock.now_ms()

    def _missing(self, alerts: Sequence[RunningAlert]) -> list[RunningAlert]:
        """Return what fired when the server was asked last, and is not there now."""
        there = {alert.labels for alert in alerts if alert.is_firing}
        return [one for labels, one in self._firing.items() if labels not in there]

    def _take_alerts(self, alerts: Sequence[RunningAlert]) -> None:
        """Hand on what the server holds, and what it only has not come to yet.

        A server that has just started holds no alert until it has evaluated the rule
        again. One that never tells when it did so is believed after a while.
        """
        now_ms = self._clock.now_ms()
        since_ms, self._missing_ms = self._missing_ms, {}
        kept = []
        for alert in self._missing(alerts):
            began_ms = since_ms.get(alert.labels, now_ms)
            wait_ms = _unevaluated_ms(self.groups or (), alert)
            if wait_ms is not None and now_ms - began_ms < 2 * wait_ms + _BELIEF_MS:
                kept.append(alert)
                self._missing_ms[alert.labels] = began_ms
        every = [*alerts, *kept]
        self._firing = {alert.labels: alert for alert in every if alert.is_firing}
        self._on_alerts(every)


async def _alerts_of_ours(client: Upstream) -> list[RunningAlert]:
    """Return the alerts of a server that are ours; it may hold any number of others.

    Raises:
        TooMuchError: If they are more than any declarations have.
    """
    ours = [a for a in await client.alerts() if a.labels.get("alertname") in NAMES]
    if len(ours) > _MOST_ALERTS:
        raise TooMuchError("upstream.too-many-alerts", limit=_MOST_ALERTS)
    return ours


def _unevaluated_ms(groups: Sequence[RunningGroup], alert: RunningAlert) -> int | None:
    """Return the pace of an alert's rule if that was not evaluated yet, else None."""
    own = alert.labels.as_dict().items()
    return next(
        (
            group.interval_ms
            for group in groups
            if group.evaluated_ms is None
            for rule in group.rules
            if rule.is_alert
            and rule.name == alert.labels.get("alertname")
            and rule.labels.as_dict().items() <= own
        ),
        None,
    )


def _note(error: UpstreamError) -> NoteView:
    """Return what an error says.

    The error itself is not kept: it holds the frames that it went through, and those
    the answer that was being read.
    """
    return NoteView(error.code, error.params)


def _pause_s(error: Exception, otherwise_s: float) -> float:
    """Return how long to wait: what a busy server asks for, if that is longer."""
    asked_s = error.retry_after_s if isinstance(error, UpstreamBusyError) else 0.0
    return max(asked_s, otherwise_s)
