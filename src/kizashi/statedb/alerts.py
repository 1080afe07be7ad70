"""Alerts and silences in the state database; implements `kizashi.ports.alerts`."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, insert, select, update

from kizashi.errors import NotFoundError
from kizashi.ports.alerts import (
    Alert,
    AlertChange,
    AlertEvent,
    NotificationRecord,
    Silence,
)
from kizashi.rules.alert_state import Phase
from kizashi.statedb.alert_rows import (
    Values,
    alert_of,
    alert_values,
    encoded,
    event_of,
    records_of,
    silences_of,
)
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.schema import (
    ALERT_EVENTS,
    ALERTS,
    NOTIFICATION_ALERTS,
    NOTIFICATIONS,
    SILENCES,
)

_ACTIVE = tuple(phase.value for phase in Phase if phase.is_active)


class SqlAlertStore:
    """Alerts of one state database.

    That a group is due is not written down: it follows from the alerts, in the state
    that `commit` stored, and from what the group was told (`SqlOutbox`). So a change
    of an alert and what it owes cannot be torn apart.
    """

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def load(self) -> list[Alert]:
        """Return every alert that is not inactive, by id.

        Raises:
            StoreError: If the database cannot be read.
        """
        query = (
            select(ALERTS)
            .where(ALERTS.c.phase != Phase.INACTIVE.value)
            .order_by(ALERTS.c.id)
        )
        with self._database.reading() as connection:
            return [alert_of(row) for row in connection.execute(query)]

    def commit(self, changes: Sequence[AlertChange], now_ms: int) -> None:
        """Store changed alerts and their history in one transaction.

        Raises:
            StoreError: If nothing was stored.
        """
        if not changes:
            return
        with self._database.writing() as connection:
            for change in changes:
                _store(connection, change.alert, now_ms)
                connection.execute(
                    insert(ALERT_EVENTS).values(
                        alert_id=change.alert.id,
                        at_ms=change.at_ms,
                        before=change.before.value,
                        after=change.alert.state.phase.value,
                        episode=change.alert.state.episode,
                        why=change.why,
                    )
                )

    def refresh(self, alerts: Sequence[Alert]) -> None:
        """Store newer facts of alerts whose phase did not change.

        Raises:
            StoreError: If nothing was stored.
        """
        if not alerts:
            return
        with self._database.writing() as connection:
            for alert in alerts:
                values = alert_values(alert, 0)
                del values["changed_ms"]
                connection.execute(
                    update(ALERTS)
                    .where(
                        ALERTS.c.id == alert.id,
                        ALERTS.c.phase == alert.state.phase.value,
                    )
                    .values(values)
                )

    def history(
        self, alert_id: str | None = None, *, start_ms: int = 0, end_ms: int = 2**62
    ) -> list[AlertEvent]:
        """Return changes of one alert, or of all, by time, both ends included.

        Raises:
            StoreError: If the database cannot be read.
        """
        query = select(ALERT_EVENTS).where(
            ALERT_EVENTS.c.at_ms >= start_ms, ALERT_EVENTS.c.at_ms <= end_ms
        )
        if alert_id is not None:
            query = query.where(ALERT_EVENTS.c.alert_id == alert_id)
        query = query.order_by(ALERT_EVENTS.c.at_ms, ALERT_EVENTS.c.number)
        with self._database.reading() as connection:
            return [event_of(row) for row in connection.execute(query)]

    def acknowledge(self, alert_id: str, who: str, now_ms: int) -> Alert:
        """Note who took an active alert in hand.

        Raises:
            NotFoundError: If no active alert has this id.
            StoreError: If nothing was stored.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                select(ALERTS).where(
                    ALERTS.c.id == alert_id, ALERTS.c.phase.in_(_ACTIVE)
                )
            ).one_or_none()
            if row is None:
                raise NotFoundError(f"no active alert has the id {alert_id}")
            connection.execute(
                update(ALERTS)
                .where(ALERTS.c.id == alert_id)
                .values(acknowledged_by=who, acknowledged_ms=now_ms)
            )
            return replace(alert_of(row), acknowledged_by=who, acknowledged_ms=now_ms)

    def silences(self) -> list[Silence]:
        """Return all silences that have not been deleted, by their end.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self._database.reading() as connection:
            return silences_of(connection)

    def add_silence(self, silence: Silence) -> None:
        """Add a silence.

        Raises:
            StoreError: If it was not stored.
        """
        with self._database.writing() as connection:
            connection.execute(
                insert(SILENCES).values(
                    id=silence.id,
                    matchers=encoded(silence.matchers),
                    starts_ms=silence.starts_ms,
                    ends_ms=silence.ends_ms,
                    owner=silence.owner,
                    reason=silence.reason,
                    created_ms=silence.created_ms,
                )
            )

    def delete_silence(self, silence_id: str, now_ms: int) -> None:
        """End a silence now.

        Raises:
            NotFoundError: If there is none of this id.
            StoreError: If it was not stored.
        """
        with self._database.writing() as connection:
            found = connection.execute(
                update(SILENCES)
                .where(SILENCES.c.id == silence_id, SILENCES.c.deleted_ms.is_(None))
                .values(deleted_ms=now_ms)
            )
            if found.rowcount == 0:
                raise NotFoundError(f"no silence has the id {silence_id}")

    def notifications(
        self, alert_id: str | None = None, limit: int = 100
    ) -> list[NotificationRecord]:
        """Return the newest notifications, of one alert or of all, with attempts.

        Raises:
            StoreError: If the database cannot be read.
        """
        query = select(NOTIFICATIONS)
        if alert_id is not None:
            query = query.join(
                NOTIFICATION_ALERTS,
                NOTIFICATION_ALERTS.c.notification == NOTIFICATIONS.c.number,
            ).where(NOTIFICATION_ALERTS.c.alert_id == alert_id)
        query = query.order_by(NOTIFICATIONS.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return records_of(connection, connection.execute(query))


def _store(connection: Connection, alert: Alert, now_ms: int) -> None:
    row = connection.execute(
        select(ALERTS).where(ALERTS.c.id == alert.id)
    ).one_or_none()
    values: Values = alert_values(alert, now_ms)
    if row is None:
        values |= {
            "id": alert.id,
            "ended": values["state"] if alert.state.phase is Phase.RESOLVED else None,
            "acknowledged_by": alert.acknowledged_by,
            "acknowledged_ms": alert.acknowledged_ms,
        }
        connection.execute(insert(ALERTS).values(values))
        return
    stored = alert_of(row)
    phase = alert.state.phase
    if phase is Phase.RESOLVED:
        values["ended"] = values["state"]
    elif phase.is_active:
        values["ended"] = None
    is_same = stored.state.phase.is_active and (
        stored.state.episode == alert.state.episode
    )
    if not (is_same and stored.acknowledged_by):
        # Within an episode the database knows best who took it in hand.
        values["acknowledged_by"] = alert.acknowledged_by
        values["acknowledged_ms"] = alert.acknowledged_ms
    connection.execute(update(ALERTS).where(ALERTS.c.id == alert.id).values(values))
