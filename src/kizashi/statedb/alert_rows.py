"""Alerts, groups and notifications as rows, and back."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from kizashi.alert.facts import facts_of, texts_of
from kizashi.alert.group import AlertGroup, Integration, LastNotification
from kizashi.model.labels import Labels
from kizashi.ports.alerts import (
    Alert,
    AlertEvent,
    Attempt,
    NotificationRecord,
    Silence,
    SilenceMatcher,
)
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.statedb.checksums import sound
from kizashi.statedb.schema import ATTEMPTS, NOTIFICATIONS, SILENCES

Values = dict[str, object]

ACTIVE = tuple(phase.value for phase in Phase if phase.is_active)
#: A database has a limit on the values that one statement may name.
_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _ToldRow:
    """What one integration was told, as JSON holds it."""

    kind: str
    index: int
    firing: list[str]
    resolved: list[str]
    at_ms: int


def encoded(value: object) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value).decode()


def texts(json: str) -> tuple[str, ...]:
    """Return a list of texts from JSON."""
    return tuple(msgspec.json.decode(json, type=list[str]))


def alert_of(row: Row[Any]) -> Alert:
    """Return an alert."""
    return Alert(
        row.id,
        Labels(msgspec.json.decode(row.labels, type=dict[str, str]).items()),
        msgspec.json.decode(row.state, type=AlertState),
        facts_of(msgspec.json.decode(row.facts, type=dict[str, str])),
        row.runbook,
        row.acknowledged_by,
        row.acknowledged_ms,
        row.acknowledged_remark,
    )


def ended_or_active(row: Row[Any]) -> Alert:
    """Return an alert; one that is not active as it was when it ended."""
    alert = alert_of(row)
    if alert.state.phase.is_active or row.ended is None:
        return alert
    return replace(alert, state=msgspec.json.decode(row.ended, type=AlertState))


def alert_values(alert: Alert, changed_ms: int) -> Values:
    """Return an alert's row, but for who acknowledged it."""
    return {
        "phase": alert.state.phase.value,
        "labels": encoded(alert.labels.as_dict()),
        "state": encoded(alert.state),
        "facts": encoded(texts_of(alert.facts)),
        "runbook": alert.runbook,
        "changed_ms": changed_ms,
    }


def event_of(row: Row[Any]) -> AlertEvent:
    """Return one line of an alert's history."""
    return AlertEvent(
        row.alert_id,
        row.at_ms,
        Phase(row.before),
        Phase(row.after),
        row.episode,
        row.why,
    )


def group_id(group: AlertGroup) -> str:
    """Return a group's key in the database; its own may be too long for an index."""
    return hashlib.sha256(f"{group.receiver}\0{group.key}".encode()).hexdigest()


def group_of(row: Row[Any]) -> AlertGroup:
    """Return a group."""
    told = msgspec.json.decode(row.told, type=list[_ToldRow])
    return AlertGroup(
        row.receiver,
        Labels(msgspec.json.decode(row.labels, type=dict[str, str]).items()),
        row.born_ms,
        row.next_flush_ms,
        row.has_flushed,
        row.sequence,
        {
            Integration(t.kind, t.index): LastNotification(
                frozenset(t.firing), frozenset(t.resolved), t.at_ms
            )
            for t in told
        },
        frozenset(texts(row.muted)),
    )


def group_values(group: AlertGroup) -> Values:
    """Return a group's row."""
    told = [
        _ToldRow(i.kind, i.index, sorted(t.firing), sorted(t.resolved), t.at_ms)
        for i, t in sorted(group.told.items())
    ]
    return {
        "receiver": group.receiver,
        "labels": encoded(group.labels.as_dict()),
        "born_ms": group.born_ms,
        "next_flush_ms": group.next_flush_ms,
        "has_flushed": group.has_flushed,
        "sequence": group.sequence,
        "told": encoded(told),
        "muted": encoded(sorted(group.muted)),
    }


def silence_of(row: Row[Any]) -> Silence:
    """Return a silence."""
    return Silence(
        row.id,
        tuple(msgspec.json.decode(row.matchers, type=list[SilenceMatcher])),
        row.starts_ms,
        row.ends_ms,
        row.owner,
        row.reason,
        row.created_ms,
        row.made_by,
        row.ended_by,
    )


def silences_of(connection: Connection) -> list[Silence]:
    """Return the silences, those that ended among them, by their end."""
    query = (
        select(SILENCES)
        .where(SILENCES.c.deleted_ms.is_(None))
        .order_by(SILENCES.c.ends_ms, SILENCES.c.id)
    )
    rows = sound(connection, SILENCES, connection.execute(query))
    return [silence_of(row) for row in rows]


def record_of(row: Row[Any], attempts: Iterable[Attempt]) -> NotificationRecord:
    """Return a notification with its attempts."""
    return NotificationRecord(
        row.id,
        row.receiver,
        row.kind,
        row.group_key,
        texts(row.alert_ids),
        row.created_ms,
        row.state,
        row.next_attempt_ms,
        tuple(attempts),
        texts(row.muted_by),
    )


def records_of(
    connection: Connection, rows: Iterable[Row[Any]]
) -> list[NotificationRecord]:
    """Return notifications with their attempts, in the order of the rows."""
    listed = list(sound(connection, NOTIFICATIONS, rows))
    attempts: dict[str, list[Attempt]] = {row.id: [] for row in listed}
    for ids in chunks(list(attempts)):
        query = (
            select(ATTEMPTS)
            .where(ATTEMPTS.c.notification_id.in_(ids))
            .order_by(ATTEMPTS.c.number)
        )
        for row in sound(connection, ATTEMPTS, connection.execute(query)):
            attempts[row.notification_id].append(
                Attempt(row.notification_id, row.at_ms, row.outcome, row.answer)
            )
    return [record_of(row, attempts[row.id]) for row in listed]


def chunks(ids: list[str]) -> Iterable[list[str]]:
    """Yield a long list in parts that a statement can hold."""
    for start in range(0, len(ids), _MOST_AT_ONCE):
        yield ids[start : start + _MOST_AT_ONCE]
