"""Alerts put together: who steps them, who stores them, who answers for them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from prometheus_client import CollectorRegistry

from kizashi.alert.kinds import own_conditions
from kizashi.alert.kinds._base import DeadLetter, SelfKnowledge
from kizashi.app.alerting import AlertTracker
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import TargetView
from kizashi.app.health import TargetHealth
from kizashi.ledger.building import Built
from kizashi.ledger.engine import Engine
from kizashi.ledger.tracking import Tracked
from kizashi.logs.logging import masker
from kizashi.model.severity import Severity
from kizashi.model.upstream import RunningAlert
from kizashi.ports.alerts import NotificationRecord
from kizashi.ports.clock import Clock
from kizashi.ports.ledger import LedgerStore
from kizashi.rules.alert_state import AlertState
from kizashi.scrape.results import ScrapeHealth, TargetStatus
from kizashi.server.alert_recorder import AlertRecorder
from kizashi.server.alert_service import StoredAlertService
from kizashi.server.delivering import DeliveryContext
from kizashi.server.delivery import Delivery
from kizashi.server.delivery_metrics import DeliveryMetrics
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.outbox import SqlOutbox


class AlertSubsystem:
    """Everything about alerts that the server needs."""

    def __init__(
        self,
        engine: Engine,
        state: StateDatabase,
        clock: Clock,
        registry: CollectorRegistry,
        connections: int = 256,
    ) -> None:
        """Put the parts together.

        Args:
            engine: The engine whose slices decide.
            state: Where alerts and their notifications are kept.
            clock: The clock.
            registry: Where delivery is measured.
            connections: How many deliveries may have at once.
        """
        self._engine = engine
        self._clock = clock
        self._store = SqlAlertStore(state)
        self._dead: dict[str, DeadLetter] = {}
        self.delivery = Delivery(
            DeliveryContext(
                SqlOutbox(state),
                clock,
                DeliveryMetrics(registry),
                np.random.default_rng(),
                on_dead=self._note_dead,
                connections=connections,
            )
        )
        wake = self.delivery.wake
        self.recorder = AlertRecorder(
            AlertTracker(), self._store, clock, on_stored=wake
        )
        self._service: StoredAlertService | None = None

    @property
    def store_error(self) -> str | None:
        """Why alerts, or their notifications, cannot be stored; None where they can."""
        return self.recorder.store_error or self.delivery.store_error

    def answers(
        self, ledgers: LedgerStore, targets: Callable[[], Sequence[TargetView]]
    ) -> EngineAnswers:
        """Return who answers for every figure, the states of alerts among them."""
        return EngineAnswers(self._engine, ledgers, targets, self._state)

    def service(self, answers: EngineAnswers) -> StoredAlertService:
        """Return who answers for alerts."""
        self._service = StoredAlertService(
            self._engine,
            answers,
            self.recorder,
            self._store,
            self._clock,
            on_changed=self.delivery.wake,
        )
        return self._service

    async def start(self, built: Built) -> None:
        """Go on with the alerts of an earlier process.

        Raises:
            StoreError: If they cannot be read.
        """
        await self.recorder.restore()
        # What fired before the end of the last process is told as it was.
        await self.delivery.flush_now()
        await self.recorder.adopt(built)

    def evaluate(self, *, is_newest: bool = True) -> None:
        """Step the alerts of objectives at what has just closed.

        Args:
            is_newest: Whether no further slice is due.
        """
        self.recorder.evaluate(is_newest=is_newest)

    async def step(
        self,
        statuses: Sequence[TargetStatus],
        upstream: Sequence[TargetHealth] = (),
        known: SelfKnowledge | None = None,
    ) -> None:
        """Step every other alert after a tick, and store what has changed.

        Args:
            statuses: How every scrape target stands.
            upstream: How the server stands that is read instead of scraping.
            known: How the stores stand.
        """
        targets = [*(_health(s) for s in statuses), *upstream]
        known = replace(
            known or SelfKnowledge(), now_ms=self._clock.now_ms(), dead=self._dead
        )
        await self.recorder.step(targets, own_conditions(known))

    def follow(self, running: Sequence[RunningAlert]) -> None:
        """Take note of the alerts that a server decides on."""
        self.recorder.alerting.follow(running, self._clock.now_ms())

    def _note_dead(self, record: NotificationRecord) -> None:
        """Let a dead letter be an alert of its own."""
        answer = record.attempts[-1].answer if record.attempts else ""
        letter = DeadLetter(self._clock.now_ms(), record.kind, answer)
        self._dead[record.receiver] = letter

    def _state(
        self, tracked: Tracked, severity: Severity, at: float | None
    ) -> AlertState:
        if self._service is None:
            return AlertState()
        return self._service.state_of(tracked, severity, at)


def _health(status: TargetStatus) -> TargetHealth:
    target = status.target
    down = {ScrapeHealth.UP: False, ScrapeHealth.DOWN: True, ScrapeHealth.UNKNOWN: None}
    error, instance = status.last_error, target.labels.get("instance")
    return TargetHealth(
        target.labels.get("job", target.config.job_name),
        down[status.health],
        target.interval_ms,
        masker().mask(instance),
        "" if error is None else error.code,
        () if error is None else tuple(masker().labels(error.params).items()),
    )
