"""What people may ask of alerts and do to them: `kizashi.ports.alert_service`."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.alert.kinds.target_down import NAME as TARGET_DOWN
from kizashi.app.alert_views import (
    alert_after,
    alert_view,
    event_view,
    evidence_view,
    notification_then,
    notification_view,
    silence_view,
    state_after,
)
from kizashi.app.answering import EngineAnswers
from kizashi.app.evidence import PairEvaluation
from kizashi.app.followed_alerts import Identity, identity_of, source_of
from kizashi.app.possible_alerts import (
    labels_of,
    possible_alerts,
    runbook_of,
)
from kizashi.app.silencing import check_silence
from kizashi.errors import InputError, NotFoundError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.tracking import Tracked
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.ports.alert_service import (
    AlertDetailView,
    AlertListView,
    DamagedSilencesView,
    EvidenceView,
    NewSilence,
    NotificationView,
    SilenceView,
)
from kizashi.ports.alerts import Alert, AlertEvent, AlertStore, Silence
from kizashi.ports.clock import Clock
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.server.alert_recorder import AlertRecorder
from kizashi.slo.objective import ServiceSpec

_DAY_MS = 86_400_000
#: So long it is told that silences were damaged: somebody has to make them again.
_DAMAGE_TOLD_MS = 7 * _DAY_MS
_MOST_NOTIFICATIONS = 50


class StoredAlertService:
    """Answers from what is in memory and what is stored."""

    def __init__(
        self,
        engine: Engine,
        answers: EngineAnswers,
        recorder: AlertRecorder,
        store: AlertStore,
        clock: Clock,
        *,
        on_changed: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._answers = answers
        self._recorder = recorder
        self._store = store
        self._clock = clock
        self._on_changed = on_changed
        self._known_then: tuple[int, Mapping[Identity, Sequence[str]]] = -1, {}
        self._named: tuple[LedgerPlan, dict[str, ServiceSpec]] = LedgerPlan(), {}

    async def alerts(self, at: float | None = None) -> tuple[AlertListView, ...]:
        """Return alerts that are pending, firing, frozen or resolved a moment ago."""
        now_ms = self._clock.now_ms() if at is None else int(at * 1000)
        silences = await self._silences(now_ms)
        news = [a for a in self._recorder.alerting.alerts() if _is_news(a)]
        if at is not None:
            news = await asyncio.to_thread(self._alerts_at, now_ms)
        return tuple(
            alert_view(a, silences, now_ms, self._source(a.labels)) for a in news
        )

    def _alerts_at(self, at_ms: int) -> list[Alert]:
        """Return what stood at a time, whether it is still declared or not."""
        by_alert: dict[str, list[AlertEvent]] = {}
        for event in self._store.history(end_ms=at_ms):
            by_alert.setdefault(event.alert_id, []).append(event)
        then = [alert_after(a, by_alert.get(a.id, [])) for a in self._store.every()]
        return [a for a in then if a.state.phase is not Phase.INACTIVE and _is_news(a)]

    async def _silences(self, at_ms: int) -> list[Silence]:
        """Return the silences that were made by a time."""
        every = await asyncio.to_thread(self._store.silences)
        return [s for s in every if s.created_ms <= at_ms]

    async def alert(self, alert_id: str, at: float | None = None) -> AlertDetailView:
        """Return one alert with everything that explains it, now or at a time."""
        possible = [a for a in self._possible() if a.id == alert_id]
        known = [a for a in self._recorder.alerting.alerts() if a.id == alert_id]
        if not (possible or known):
            stored = await asyncio.to_thread(self._store.every)
            known = [a for a in stored if a.id == alert_id]
        if not (possible or known):
            raise NotFoundError(f"no alert has the id {alert_id}")
        return await self._detail((possible or known)[0], at)

    async def objective_alerts(
        self, service: str, objective: str, at: float | None = None
    ) -> tuple[AlertDetailView, ...]:
        """Return every alert an objective can have, inactive ones too, explained."""
        tracked, _, _ = self._answers.looks(service, objective, at)
        own = self._alerts_of(tracked)
        if at is not None:
            own = await asyncio.to_thread(self._then, own, int(at * 1000))
        return tuple([await self._detail(alert, at) for alert in own])

    def _then(self, own: list[Alert], at_ms: int) -> list[Alert]:
        """Return alerts under the labels that they had at a time."""
        wanted = {identity_of(alert.labels): alert for alert in own}
        newest: dict[Identity, int] = {}
        for known in self._store.every():
            identity = identity_of(known.labels)
            if identity not in wanted:
                continue
            changed_ms = _newest_ms(self._store.history(known.id, end_ms=at_ms))
            if changed_ms > newest.get(identity, -1):
                newest[identity], wanted[identity] = changed_ms, known
        return list(wanted.values())

    async def acknowledge(
        self, alert_id: str, who: str, remark: str = ""
    ) -> AlertListView:
        """Note who acknowledges an active alert: it is no longer repeated."""
        now_ms = self._clock.now_ms()
        alert = await asyncio.to_thread(
            self._store.acknowledge, alert_id, who, now_ms, remark
        )
        self._recorder.alerting.acknowledged(alert)
        self._on_changed()
        return await self._shown(alert_id)

    async def resolve(
        self, alert_id: str, who: str, reason: str, remark: str = ""
    ) -> AlertListView:
        """End an active alert by a person's word."""
        if not reason.strip():
            raise InputError("a reason is missing: say why the alert is over")
        now_ms = self._clock.now_ms()
        alerting = self._recorder.alerting
        change = alerting.resolve(alert_id, who, reason, now_ms, remark)
        await self._recorder.keep([change])
        return await self._shown(alert_id)

    async def notifications(self, limit: int = 100) -> tuple[NotificationView, ...]:
        """Return the newest notifications of all alerts, the newest first."""
        found = await asyncio.to_thread(self._store.notifications, limit=limit)
        return tuple(map(notification_view, found))

    async def silences(self) -> tuple[SilenceView, ...]:
        """Return silences that are pending or active, and those that ended today."""
        now_ms = self._clock.now_ms()
        found = await asyncio.to_thread(self._store.silences)
        alerts = self._recorder.alerting.alerts()
        recent = [s for s in found if s.ends_ms > now_ms - _DAY_MS]
        return tuple(silence_view(s, alerts, now_ms) for s in recent)

    async def damaged_silences(self) -> DamagedSilencesView | None:
        """Return the silences that were found damaged in the last seven days."""
        now_ms = self._clock.now_ms()
        since_ms = now_ms - _DAMAGE_TOLD_MS
        find = self._store.damaged_silences
        found = await asyncio.to_thread(find, since_ms, now_ms)
        if found is None:
            return None
        return DamagedSilencesView(found.count, found.since_ms / 1000)

    async def add_silence(self, new: NewSilence) -> SilenceView:
        """Add a silence."""
        now_ms = self._clock.now_ms()
        silence = Silence(
            id=secrets.token_hex(8),
            matchers=new.matchers,
            starts_ms=now_ms if new.starts is None else int(new.starts * 1000),
            ends_ms=int(new.ends * 1000),
            owner=new.owner.strip(),
            reason=new.reason.strip(),
            created_ms=now_ms,
            made_by=new.made_by,
        )
        check_silence(silence, now_ms)
        await asyncio.to_thread(self._store.add_silence, silence)
        self._on_changed()
        return silence_view(silence, self._recorder.alerting.alerts(), now_ms)

    async def delete_silence(self, silence_id: str, who: str) -> None:
        """End a silence now."""
        now_ms = self._clock.now_ms()
        await asyncio.to_thread(self._store.end_silence, silence_id, now_ms, who)
        self._on_changed()

    def state_of(
        self, tracked: Tracked, severity: Severity, at: float | None
    ) -> AlertState:
        """Return the state of an objective's burn alert, now or at a time."""
        services = self._services()
        labels = labels_of(services, tracked, BURN, severity.value)
        if at is None:
            return self._recorder.alerting.state_of(labels)
        end_ms = int(at * 1000)
        ids = self._ids_then(end_ms).get(identity_of(labels), ())
        told = [self._store.history(alert_id, end_ms=end_ms) for alert_id in ids]
        return state_after(max(told, key=_newest_ms, default=[]))

    def _ids_then(self, at_ms: int) -> Mapping[Identity, Sequence[str]]:
        """Return the alerts that were known by a time: one for each set of labels."""
        # Asked for by every objective of a list, with the same time.
        if self._known_then[0] != at_ms:
            found: dict[Identity, list[str]] = {}
            for alert in self._store.every():
                found.setdefault(identity_of(alert.labels), []).append(alert.id)
            self._known_then = at_ms, found
        return self._known_then[1]

    async def _shown(self, alert_id: str) -> AlertListView:
        shown = [a for a in await self.alerts() if a.id == alert_id]
        if not shown:
            raise NotFoundError(f"no alert has the id {alert_id}")
        return shown[0]

    async def _detail(self, alert: Alert, at: float | None) -> AlertDetailView:
        now_ms = self._clock.now_ms() if at is None else int(at * 1000)
        silences, events, notices = await asyncio.gather(
            self._silences(now_ms),
            asyncio.to_thread(self._store.history, alert.id, end_ms=now_ms),
            asyncio.to_thread(
                self._store.notifications,
                alert.id,
                _MOST_NOTIFICATIONS,
                until_ms=now_ms,
            ),
        )
        live = [a for a in self._recorder.alerting.alerts() if a.id == alert.id]
        if at is not None:
            alert = alert_after(alert, events)
        elif live:
            alert = live[0]
        return AlertDetailView(
            alert=alert_view(alert, silences, now_ms, self._source(alert.labels)),
            evidence=self._evidence(alert, at),
            history=tuple(event_view(e) for e in events),
            notifications=tuple(
                notification_view(notification_then(n, now_ms)) for n in notices
            ),
        )

    def _evidence(self, alert: Alert, at: float | None) -> EvidenceView | None:
        if alert.labels.get("alertname") != BURN:
            return None
        service, objective = alert.labels.get("service"), alert.labels.get("objective")
        try:
            tracked, edge_ms, looks = self._answers.looks(service, objective, at)
        except NotFoundError:
            return None
        severity = alert.labels.get("severity")
        own: list[PairEvaluation] = [
            k for k in looks if k.pair.severity.value == severity
        ]
        return evidence_view(tracked, own, alert.state, edge_ms)

    def _source(self, labels: Labels) -> str:
        return source_of(labels, follows=self._engine.built.plan.follows)

    def _services(self) -> dict[str, ServiceSpec]:
        # Asked for by every alert of every objective.
        plan = self._engine.built.plan
        if self._named[0] is not plan:
            self._named = plan, {s.name: s for s in plan.services}
        return self._named[1]

    def _possible(self) -> list[Alert]:
        """Return every alert that what is declared can have, inactive."""
        possible = [
            alert
            for shard in self._engine.built.shards
            for tracked in shard.members
            for alert in self._alerts_of(tracked)
        ]
        for job in self._engine.built.intervals_ms:
            for severity in Severity:
                labels = Labels.of(
                    alertname=TARGET_DOWN, job=job, severity=severity.value
                )
                possible.append(Alert(fingerprint(labels), labels, AlertState()))
        return possible

    def _alerts_of(self, tracked: Tracked) -> list[Alert]:
        services = self._services()
        runbook = runbook_of(services, tracked)
        alerts = []
        for name, severity in possible_alerts(tracked):
            labels = labels_of(services, tracked, name, severity)
            key = fingerprint(labels)
            alerts.append(Alert(key, labels, AlertState(), runbook=runbook))
        return alerts


def _newest_ms(history: Sequence[AlertEvent]) -> int:
    return history[-1].at_ms if history else -1


def _is_news(alert: Alert) -> bool:
    """Return whether an alert is worth a line: every start is blind for a moment."""
    is_pending = alert.state.phase is Phase.PENDING
    return not is_pending or alert.labels.get("alertname") == BURN
