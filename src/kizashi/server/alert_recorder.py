"""Keeps alerts: steps them after every tick, and stores what has changed.

A change stays pending until it is stored: a store that fails delays notifications, and
loses none.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from kizashi.alert.kinds._base import LabelledCondition
from kizashi.app.alerting import AlertTracker
from kizashi.app.health import TargetHealth
from kizashi.errors import StoreError
from kizashi.ledger.building import Built
from kizashi.ports.alerts import AlertChange, AlertStore
from kizashi.ports.clock import Clock

#: How often the facts of alerts under way are stored.
REFRESH_MS = 30_000

_LOG = logging.getLogger(__name__)


class AlertRecorder:
    """Belongs to one event loop, like the engine."""

    def __init__(
        self,
        alerting: AlertTracker,
        store: AlertStore,
        clock: Clock,
        *,
        on_stored: Callable[[], None],
    ) -> None:
        self.alerting = alerting
        self._store = store
        self._clock = clock
        self._on_stored = on_stored
        self._unstored: list[AlertChange] = []
        self._storing = asyncio.Lock()
        self._refreshed_ms = 0
        #: Why the newest attempt to store failed, or None.
        self.store_error: str | None = None

    async def restore(self) -> None:
        """Go on with the alerts of an earlier process.

        Raises:
            StoreError: If they cannot be read.
        """
        alerts = await asyncio.to_thread(self._store.every)
        self.alerting.restore(alerts, self._clock.now_ms())

    async def adopt(self, built: Built) -> None:
        """Watch what was built; alerts of objectives that are gone end."""
        await self.keep(self.alerting.adopt(built, self._clock.now_ms()))

    def evaluate(self, *, is_newest: bool) -> None:
        """Step the alerts of objectives at slices that have just closed.

        Args:
            is_newest: Whether no further slice is due.
        """
        self._unstored += self.alerting.evaluate(is_newest=is_newest)

    async def step(
        self,
        targets: Iterable[TargetHealth],
        conditions: Iterable[LabelledCondition],
    ) -> None:
        """Step the alerts of no objective, and store whatever has changed.

        Args:
            targets: How every scrape target stands.
            conditions: What Kizashi tells about itself.
        """
        now_ms = self._clock.now_ms()
        changes = self.alerting.evaluate_targets(targets, now_ms)
        changes += self.alerting.evaluate_conditions(conditions, now_ms)
        await self.keep(changes)
        await self._refresh()

    async def _refresh(self) -> None:
        """Store the newest facts of alerts under way, for repeats and for a restart.

        Which pairs are held is stored at once: the next process goes on with them.
        """
        now_ms = self._clock.now_ms()
        fresh = self.alerting.moved()
        if now_ms - self._refreshed_ms >= REFRESH_MS:
            self._refreshed_ms = now_ms
            self.alerting.renew_facts()
            fresh += [a for a in self.alerting.alerts() if a.state.phase.is_active]
        active = list({alert.id: alert for alert in fresh}.values())
        if not active:
            return
        try:
            await asyncio.to_thread(self._store.refresh, active)
        except StoreError as error:
            _LOG.warning("facts of alerts cannot be stored: %s", error)

    async def keep(self, changes: list[AlertChange]) -> None:
        """Store changes, after those that are still pending."""
        self._unstored += changes
        if not self._unstored:
            return
        async with self._storing:
            unstored, self._unstored = self._unstored, []
            try:
                now_ms = self._clock.now_ms()
                await asyncio.to_thread(self._store.commit, unstored, now_ms)
            except StoreError as error:
                self._unstored = [*unstored, *self._unstored]
                if self.store_error is None:
                    _LOG.error("alerts cannot be stored, trying again: %s", error)
                self.store_error = str(error)
                return
            self.store_error = None
        for change in unstored:
            labels = change.alert.labels.as_dict()
            _LOG.info(
                "alert %s: %s to %s",
                labels.get("alertname"),
                change.before.value,
                change.alert.state.phase.value,
                extra={"labels": labels, "at_ms": change.at_ms},
            )
        self._on_stored()
