"""Alerts and their notifications, in memory; for tests.

Implements `kizashi.ports.alerts.AlertStore` and `kizashi.ports.outbox.Outbox`.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kizashi.alert.group import AlertGroup, withdraw
from kizashi.errors import NotFoundError
from kizashi.ports.alerts import (
    REMARK,
    TAKEN,
    Alert,
    AlertChange,
    AlertEvent,
    Attempt,
    DamagedSilences,
    NotificationRecord,
    Silence,
)
from kizashi.ports.outbox import (
    Address,
    Backlog,
    NewNotification,
    OutboxChange,
    OutboxState,
    PendingNotification,
)
from kizashi.rules.alert_state import AlertState, Phase


@dataclass(slots=True)
class _Kept:
    """A notification with everything that changes about it."""

    new: NewNotification
    state: str
    next_attempt_ms: int | None
    tries: int = 0
    refused_since_ms: int | None = None

    @property
    def lane(self) -> tuple[Address, str]:
        return self.new.address, self.new.group_key


class MemoryAlerts:
    """A store that forgets everything when it goes."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._alerts: dict[str, Alert] = {}
        self._ended: dict[str, AlertState] = {}
        self._changed_ms: dict[str, int] = {}
        self._events: list[AlertEvent] = []
        self._silences: dict[str, Silence] = {}
        self._groups: dict[tuple[str, str], AlertGroup] = {}
        self._kept: list[_Kept] = []
        self._attempts: list[Attempt] = []

    # Alerts.

    def every(self) -> list[Alert]:
        """Return every alert that ever was and is not forgotten, by id."""
        with self._lock:
            return sorted(self._alerts.values(), key=lambda a: a.id)

    def commit(self, changes: Sequence[AlertChange], now_ms: int) -> None:
        """Store changed alerts and their history."""
        with self._lock:
            for change in changes:
                self._store(change.alert, now_ms)
                state = change.alert.state
                self._events.append(
                    AlertEvent(
                        change.alert.id,
                        change.at_ms,
                        change.before,
                        state.phase,
                        state.episode,
                        change.why,
                    )
                )

    def _store(self, alert: Alert, now_ms: int) -> None:
        stored = self._alerts.get(alert.id)
        if stored is not None and stored.acknowledged_by:
            same = stored.state.episode == alert.state.episode
            if same and stored.state.phase.is_active:
                alert = alert.acknowledged_as(stored)
        self._alerts[alert.id] = alert
        self._changed_ms[alert.id] = now_ms
        if alert.state.phase is Phase.RESOLVED:
            self._ended[alert.id] = alert.state
        elif alert.state.phase.is_active:
            self._ended.pop(alert.id, None)

    def refresh(self, alerts: Sequence[Alert]) -> None:
        """Store newer facts of alerts whose phase did not change."""
        with self._lock:
            for alert in alerts:
                stored = self._alerts.get(alert.id)
                if stored is None or stored.state.phase is not alert.state.phase:
                    continue
                self._alerts[alert.id] = alert.acknowledged_as(stored)

    def history(
        self, alert_id: str | None = None, *, start_ms: int = 0, end_ms: int = 2**62
    ) -> list[AlertEvent]:
        """Return changes of one alert, or of all, by time, both ends included."""
        with self._lock:
            found = [
                e
                for e in self._events
                if start_ms <= e.at_ms <= end_ms and alert_id in {None, e.alert_id}
            ]
        return sorted(found, key=lambda e: e.at_ms)

    def acknowledge(
        self, alert_id: str, who: str, now_ms: int, remark: str = ""
    ) -> Alert:
        """Note who acknowledged an active alert.

        Raises:
            NotFoundError: If no active alert has this id.
        """
        with self._lock:
            alert = self._alerts.get(alert_id)
            if alert is None or not alert.state.phase.is_active:
                raise NotFoundError(f"no active alert has the id {alert_id}")
            alert = replace(
                alert,
                acknowledged_by=who,
                acknowledged_ms=now_ms,
                acknowledged_remark=remark,
            )
            self._alerts[alert_id] = alert
            state = alert.state
            why = json.dumps({TAKEN: who, **({REMARK: remark} if remark else {})})
            taken = AlertEvent(
                alert_id, now_ms, state.phase, state.phase, state.episode, why
            )
            self._events.append(taken)
            return alert

    def silences(self) -> list[Silence]:
        """Return all silences, those that ended among them, by their end."""
        with self._lock:
            return sorted(self._silences.values(), key=lambda s: (s.ends_ms, s.id))

    def damaged_silences(self, since_ms: int, now_ms: int) -> DamagedSilences | None:  # noqa: ARG002 - as the port has it
        """Return None: what is in memory is not damaged."""
        return None

    def add_silence(self, silence: Silence) -> None:
        """Add a silence."""
        with self._lock:
            self._silences[silence.id] = silence

    def end_silence(self, silence_id: str, now_ms: int, who: str = "") -> None:
        """Let a silence end now, if it has not ended; what it muted stays known.

        Raises:
            NotFoundError: If there is none of this id.
        """
        with self._lock:
            found = self._silences.get(silence_id)
            if found is None:
                raise NotFoundError(f"no silence has the id {silence_id}")
            if found.ends_ms > now_ms:
                ended = replace(found, ends_ms=now_ms, ended_by=who)
                self._silences[silence_id] = ended

    def notifications(
        self, alert_id: str | None = None, limit: int = 100, *, until_ms: int = 2**62
    ) -> list[NotificationRecord]:
        """Return the newest notifications, of one alert or of all, with attempts."""
        with self._lock:
            found = [
                self._record(k)
                for k in reversed(self._kept)
                if k.new.created_ms <= until_ms
                and (alert_id is None or alert_id in k.new.alert_ids)
            ]
        return found[:limit]

    def _record(self, kept: _Kept) -> NotificationRecord:
        new = kept.new
        return NotificationRecord(
            new.id,
            new.address.receiver,
            new.address.integration.kind,
            new.group_key,
            new.alert_ids,
            new.created_ms,
            kept.state,
            kept.next_attempt_ms,
            tuple(a for a in self._attempts if a.notification_id == new.id),
            new.muted_by,
        )

    # Their notifications.

    def advance(self, decide: Callable[[OutboxState], OutboxChange]) -> OutboxChange:
        """Return what `decide` made of the standing, after it was stored."""
        with self._lock:
            moves = decide(self._standing())
            for group in moves.groups:
                if group.next_flush_ms is None:
                    self._groups.pop((group.receiver, group.key), None)
                else:
                    self._groups[group.receiver, group.key] = group
            for new in moves.new:
                state = "muted" if new.muted_by else "pending"
                due_ms = None if new.muted_by else new.created_ms
                self._kept.append(_Kept(new, state, due_ms))
            return moves

    def _standing(self) -> OutboxState:
        told = {k for group in self._groups.values() for k in group.told_firing}
        alerts = {}
        for key, alert in self._alerts.items():
            if alert.state.phase.is_active:
                alerts[key] = alert
            elif key in told:
                ended = self._ended.get(key, alert.state)
                alerts[key] = replace(alert, state=ended)
        return OutboxState(
            alerts,
            tuple(self._groups.values()),
            tuple(self.silences()),
            frozenset(k.lane for k in self._pending()),
        )

    def _pending(self) -> list[_Kept]:
        return [k for k in self._kept if k.state == "pending"]

    def addresses(self) -> list[Address]:
        """Return where anything is pending."""
        with self._lock:
            return sorted({k.new.address for k in self._pending()})

    def waiting(self, address: Address) -> list[PendingNotification]:
        """Return the oldest pending notification of each group, by its next attempt."""
        with self._lock:
            first: dict[str, _Kept] = {}
            for kept in self._pending():
                if kept.new.address == address:
                    first.setdefault(kept.new.group_key, kept)
            return sorted(
                (
                    PendingNotification(
                        k.new.id,
                        address,
                        k.new.group_key,
                        k.new.payload,
                        k.new.created_ms,
                        k.next_attempt_ms or 0,
                        k.tries,
                        k.refused_since_ms,
                    )
                    for k in first.values()
                ),
                key=lambda w: w.next_attempt_ms,
            )

    def delivered(self, attempt: Attempt) -> None:
        """Note that a notification arrived."""
        with self._lock:
            kept = self._tried(attempt)
            kept.state, kept.next_attempt_ms = "delivered", None

    def postpone(
        self, attempt: Attempt, next_attempt_ms: int, refused_since_ms: int | None
    ) -> None:
        """Note that an attempt failed, and when to try again."""
        with self._lock:
            kept = self._tried(attempt)
            kept.next_attempt_ms = next_attempt_ms
            kept.refused_since_ms = refused_since_ms

    def _tried(self, attempt: Attempt) -> _Kept:
        self._attempts.append(attempt)
        kept = next(k for k in self._kept if k.new.id == attempt.notification_id)
        kept.tries += 1
        return kept

    def give_up(self, attempt: Attempt) -> list[NotificationRecord]:
        """Make a notification a dead letter, and the later ones of its group with it."""
        with self._lock:
            first = self._tried(attempt)
            dying = [k for k in self._pending() if k.lane == first.lane]
            for kept in dying:
                kept.state, kept.next_attempt_ms = "dead", None
            address, key = first.lane
            group = self._groups.get((address.receiver, key))
            if group is not None:
                new = frozenset().union(*(k.new.new_ids for k in dying))
                self._groups[group.receiver, key] = withdraw(
                    group, address.integration, new
                )
            return [self._record(k) for k in dying]

    def backlog(self) -> Backlog:
        """Return how much is pending."""
        with self._lock:
            pending = self._pending()
            pages = {
                k.new.address: k.new.created_ms
                for k in sorted(pending, key=lambda k: -k.new.created_ms)
                if any(self._is_page(alert_id) for alert_id in k.new.new_ids)
            }
        created = [k.new.created_ms for k in pending]
        return Backlog(len(created), min(created, default=None), pages)

    def _is_page(self, alert_id: str) -> bool:
        alert = self._alerts.get(alert_id)
        return alert is not None and alert.labels.get("severity") == "page"

    def forget(self, before_ms: int) -> None:
        """Delete history, finished notifications and ended silences of before."""
        with self._lock:
            told = {k for group in self._groups.values() for k in group.told_firing}
            self._events = [e for e in self._events if e.at_ms >= before_ms]
            self._kept = [
                k
                for k in self._kept
                if k.state == "pending" or k.new.created_ms >= before_ms
            ]
            kept = {k.new.id for k in self._kept}
            self._attempts = [a for a in self._attempts if a.notification_id in kept]
            self._silences = {
                k: s for k, s in self._silences.items() if s.ends_ms >= before_ms
            }
            self._alerts = {
                key: alert
                for key, alert in self._alerts.items()
                if alert.state.phase is not Phase.INACTIVE
                or self._changed_ms[key] >= before_ms
                or key in told
            }
