"""Alerts and silences in the state database; implements `kizashi.ports.alerts`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from kizashi.errors import NotFoundError
from kizashi.ports.alerts import (
    REMARK,
    TAKEN,
    Alert,
    AlertChange,
    AlertEvent,
    DamagedSilences,
    NotificationRecord,
    Silence,
)
from kizashi.rules.alert_state import Phase
from kizashi.statedb.alert_rows import (
    ACTIVE,
    alert_of,
    alert_values,
    chunks,
    encoded,
    event_of,
    records_of,
    silences_of,
)
from kizashi.statedb.checksums import sound
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.schema import (
    ALERT_EVENTS,
    ALERTS,
    NOTIFICATION_ALERTS,
    NOTIFICATIONS,
    SILENCES,
)
from kizashi.statedb.setting_aside import found_since, set_aside

_REFRESHED = ("labels", "state", "facts", "runbook")


class SqlAlertStore:
    """Alerts of one state database.

    That a group is due is not written down: it follows from the alerts, in the state
    that `commit` stored, and from what the group was told (`SqlOutbox`). So a change
    of an alert and its notifications cannot be torn apart.
    """

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def every(self) -> list[Alert]:
        """Return every alert that ever was and is not forgotten, by id.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self._database.reading() as connection:
            query = select(ALERTS).order_by(ALERTS.c.id)
            rows = sound(connection, ALERTS, connection.execute(query))
            return [alert_of(row) for row in rows]

    def commit(self, changes: Sequence[AlertChange], now_ms: int) -> None:
        """Store changed alerts and their history in one transaction.

        Raises:
            StoreError: If nothing was stored.
        """
        if not changes:
            return
        with self._database.writing() as connection:
            _store(connection, [change.alert for change in changes], now_ms)
            connection.execute(
                insert(ALERT_EVENTS),
                [
                    {
                        "alert_id": change.alert.id,
                        "at_ms": change.at_ms,
                        "before": change.before.value,
                        "after": change.alert.state.phase.value,
                        "episode": change.alert.state.episode,
                        "why": change.why,
                    }
                    for change in changes
                ],
            )

    def refresh(self, alerts: Sequence[Alert]) -> None:
        """Store newer facts of alerts whose phase did not change.

        One whose row was set aside, because it was damaged, is stored whole.

        Raises:
            StoreError: If nothing was stored.
        """
        if not alerts:
            return
        statement = (
            update(ALERTS)
            .where(ALERTS.c.id == bindparam("key"), ALERTS.c.phase == bindparam("same"))
            .values({name: bindparam(name) for name in _REFRESHED})
        )
        rows = [
            {"key": alert.id, "same": alert.state.phase.value, **values}
            for alert in alerts
            for values in [alert_values(alert, 0)]
        ]
        with self._database.writing() as connection:
            connection.execute(statement, rows)
            # Set aside while it was active, because it was damaged.
            gone = [a for a in alerts if (ALERTS.name, a.id) in self._database.aside]
            stored_rows = _known(connection, [alert.id for alert in gone])
            for alert in gone:
                if stored_rows[alert.id] is None:
                    _store(connection, [alert], alert.state.since_ms)

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
            rows = sound(connection, ALERT_EVENTS, connection.execute(query))
            return [event_of(row) for row in rows]

    def acknowledge(
        self, alert_id: str, who: str, now_ms: int, remark: str = ""
    ) -> Alert:
        """Note who acknowledged an active alert, in its history too.

        Raises:
            NotFoundError: If no active alert has this id.
            StoreError: If nothing was stored.
        """
        with self._database.writing() as connection:
            query = select(ALERTS).where(
                ALERTS.c.id == alert_id, ALERTS.c.phase.in_(ACTIVE)
            )
            rows = connection.execute(query).all()
            row = next(sound(connection, ALERTS, rows), None)
            if row is None:
                raise NotFoundError(f"no active alert has the id {alert_id}")
            taken: dict[str, Any] = {
                "acknowledged_by": who,
                "acknowledged_ms": now_ms,
                "acknowledged_remark": remark,
            }
            connection.execute(
                update(ALERTS).where(ALERTS.c.id == alert_id).values(taken)
            )
            alert = alert_of(row)
            connection.execute(
                insert(ALERT_EVENTS).values(
                    alert_id=alert_id,
                    at_ms=now_ms,
                    before=row.phase,
                    after=row.phase,
                    episode=alert.state.episode,
                    why=encoded({TAKEN: who, **({REMARK: remark} if remark else {})}),
                )
            )
            return replace(alert, **taken)

    def silences(self) -> list[Silence]:
        """Return all silences, those that ended among them, by their end.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self._database.reading() as connection:
            return silences_of(connection)

    def damaged_silences(self, since_ms: int, now_ms: int) -> DamagedSilences | None:
        """Return the silences that were found damaged since a time, None for none.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self._database.reading() as connection:
            found = found_since(connection, SILENCES, since_ms, now_ms)
        return DamagedSilences(len(found), min(found)) if found else None

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
                    made_by=silence.made_by,
                )
            )

    def end_silence(self, silence_id: str, now_ms: int, who: str = "") -> None:
        """Let a silence end now, if it has not ended; what it muted stays known.

        Raises:
            NotFoundError: If there is none of this id.
            StoreError: If it was not stored.
        """
        with self._database.writing() as connection:
            known = select(SILENCES.c.ends_ms).where(
                SILENCES.c.id == silence_id, SILENCES.c.deleted_ms.is_(None)
            )
            ends_ms = connection.execute(known).scalar_one_or_none()
            if ends_ms is None:
                raise NotFoundError(f"no silence has the id {silence_id}")
            if ends_ms <= now_ms:
                return
            connection.execute(
                update(SILENCES)
                .where(SILENCES.c.id == silence_id)
                .values(ends_ms=now_ms, ended_by=who)
            )

    def notifications(
        self, alert_id: str | None = None, limit: int = 100, *, until_ms: int = 2**62
    ) -> list[NotificationRecord]:
        """Return the newest notifications, of one alert or of all, with attempts.

        Raises:
            StoreError: If the database cannot be read.
        """
        query = select(NOTIFICATIONS).where(NOTIFICATIONS.c.created_ms <= until_ms)
        if alert_id is not None:
            query = query.join(
                NOTIFICATION_ALERTS,
                NOTIFICATION_ALERTS.c.notification_id == NOTIFICATIONS.c.id,
            ).where(NOTIFICATION_ALERTS.c.alert_id == alert_id)
        query = query.order_by(NOTIFICATIONS.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return records_of(connection, connection.execute(query))


def _store(connection: Connection, alerts: Sequence[Alert], now_ms: int) -> None:
    """Store alerts in as few statements as possible: many may change at once."""
    stored_rows = _known(connection, [alert.id for alert in alerts])
    rows = [row for row in stored_rows.values() if row is not None]
    if len(list(sound(connection, ALERTS, rows))) < len(rows):
        # Written anew, whole: a damaged row stays damaged, whatever it says then.
        set_aside(connection, now_ms)
        stored_rows = _known(connection, [alert.id for alert in alerts])
    stored = {key: None if r is None else alert_of(r) for key, r in stored_rows.items()}
    ended = {key: None if r is None else r.ended for key, r in stored_rows.items()}
    for alert in alerts:
        stored[alert.id] = _merged(stored[alert.id], alert)
        if alert.state.phase is Phase.RESOLVED:
            ended[alert.id] = encoded(alert.state)
        elif alert.state.phase.is_active:
            ended[alert.id] = None
    new, changed = [], []
    for key, merged in stored.items():
        if merged is None:
            continue
        row = {
            **alert_values(merged, now_ms),
            "ended": ended[key],
            "acknowledged_by": merged.acknowledged_by,
            "acknowledged_ms": merged.acknowledged_ms,
            "acknowledged_remark": merged.acknowledged_remark,
        }
        if stored_rows[key] is None:
            new.append({"id": key, **row})
        else:
            changed.append({"key": key, **row})
    if new:
        connection.execute(insert(ALERTS), new)
    if changed:
        names = changed[0].keys() - {"key"}
        statement = update(ALERTS).where(ALERTS.c.id == bindparam("key"))
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        connection.execute(statement.values(values), changed)


def _known(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any] | None]:
    """Return the rows of alerts by id, None for those that have none."""
    known: dict[str, Row[Any] | None] = dict.fromkeys(ids)
    for some in chunks(sorted(known)):
        query = select(ALERTS).where(ALERTS.c.id.in_(some))
        known |= {row.id: row for row in connection.execute(query)}
    return known


def _merged(stored: Alert | None, alert: Alert) -> Alert:
    """Return an alert with who acknowledged it; the database knows that best."""
    if stored is None or not stored.acknowledged_by:
        return alert
    is_same = stored.state.episode == alert.state.episode
    if not (is_same and stored.state.phase.is_active):
        return alert
    return alert.acknowledged_as(stored)
