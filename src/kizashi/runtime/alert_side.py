"""Alerts put together: who steps them, who stores them, who answers for them."""

from collections.abc import Callable, Sequence

from kizashi.app.alerting import Alerting, TargetHealth
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import TargetView
from kizashi.app.engine import Built, Engine
from kizashi.app.tracking import Tracked
from kizashi.ports.clock import Clock
from kizashi.ports.ledger import LedgerStore
from kizashi.rules.alert_state import AlertState
from kizashi.runtime.alert_desk import Desk
from kizashi.runtime.alert_keeper import AlertKeeper
from kizashi.scrape.results import Health, TargetStatus
from kizashi.slo.policy import Severity
from kizashi.statedb.alerts import SqlAlertStore


class AlertSide:
    """Everything about alerts that the server needs."""

    def __init__(
        self,
        engine: Engine,
        store: SqlAlertStore,
        clock: Clock,
        *,
        on_owed: Callable[[], None],
    ) -> None:
        """Put the parts together.

        Args:
            engine: The engine whose slices decide.
            store: Where alerts are kept.
            clock: The clock.
            on_owed: Called when a notification may be owed.
        """
        self._engine = engine
        self._clock = clock
        self.store = store
        self.keeper = AlertKeeper(Alerting(), store, clock, on_stored=on_owed)
        self._on_owed = on_owed
        self._desk: Desk | None = None

    def answers(
        self, ledgers: LedgerStore, targets: Callable[[], Sequence[TargetView]]
    ) -> EngineAnswers:
        """Return who answers for every figure, the states of alerts among them."""
        return EngineAnswers(self._engine, ledgers, targets, self._state)

    def desk(self, answers: EngineAnswers) -> Desk:
        """Return who answers for alerts."""
        self._desk = Desk(
            self._engine,
            answers,
            self.keeper,
            self.store,
            self._clock,
            on_changed=self._on_owed,
        )
        return self._desk

    async def start(self, built: Built) -> None:
        """Go on with the alerts of an earlier process.

        Raises:
            StoreError: If they cannot be read.
        """
        await self.keeper.restore()
        await self.keeper.adopt(built)

    async def step(self, statuses: Sequence[TargetStatus], *, closed: bool) -> None:
        """Step every alert after a tick."""
        await self.keeper.step([_health(s) for s in statuses], closed=closed)

    def _state(
        self, tracked: Tracked, severity: Severity, at: float | None
    ) -> AlertState:
        if self._desk is None:
            return AlertState()
        return self._desk.state_of(tracked, severity, at)


def _health(status: TargetStatus) -> TargetHealth:
    target = status.target
    down = {Health.UP: False, Health.DOWN: True, Health.UNKNOWN: None}
    return TargetHealth(
        target.labels.get("job", target.config.job_name),
        down[status.health],
        target.interval_ms,
    )
