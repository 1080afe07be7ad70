"""Groups and their notifications in the state database, for `kizashi.ports.outbox`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from kizashi.alert.group import AlertGroup, Integration, withdraw
from kizashi.model.severity import Severity
from kizashi.ports.alerts import Alert, Attempt, NotificationRecord
from kizashi.ports.outbox import (
    Address,
    Backlog,
    NewNotification,
    OutboxChange,
    OutboxState,
    PendingNotification,
)
from kizashi.rules.alert_state import Phase
from kizashi.statedb.alert_rows import (
    ACTIVE,
    chunks,
    encoded,
    ended_or_active,
    group_id,
    group_of,
    group_values,
    records_of,
    silences_of,
    texts,
)
from kizashi.statedb.checksums import sound
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.schema import (
    ALERT_EVENTS,
    ALERT_GROUPS,
    ALERTS,
    ATTEMPTS,
    DAMAGED_ROWS,
    NOTIFICATION_ALERTS,
    NOTIFICATIONS,
    SILENCES,
)

_PENDING = "pending"
_PAGE = f'"severity":{encoded(Severity.PAGE.value)}'
#: Read at once: a backlog of thousands must not be read again for every few sent.
_MOST_WAITING = 256
_N = NOTIFICATIONS.c


class SqlOutbox:
    """Groups and notifications of one state database."""

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def advance(self, decide: Callable[[OutboxState], OutboxChange]) -> OutboxChange:
        """Return what `decide` made of the standing, after it was stored.

        Raises:
            StoreError: If nothing was stored.
        """
        with self._database.writing() as connection:
            moves = decide(_standing(connection))
            _store_groups(connection, moves.groups)
            _store_new(connection, moves.new)
            return moves

    def addresses(self) -> list[Address]:
        """Return where anything is pending.

        Raises:
            StoreError: If the database cannot be read.
        """
        query = (
            select(_N.receiver, _N.kind, _N.place)
            .where(_N.state == _PENDING)
            .distinct()
        )
        with self._database.reading() as connection:
            return sorted(_address(row) for row in connection.execute(query))

    def waiting(self, address: Address) -> list[PendingNotification]:
        """Return the oldest pending notification of each group, by its next attempt.

        Of a long backlog it is the part that is due first. One that is damaged holds
        up nobody behind it.

        Raises:
            StoreError: If the database cannot be read.
        """
        damaged: list[int] = []
        with self._database.reading() as connection:
            while True:
                rows = connection.execute(_oldest(address, damaged)).all()
                kept = list(sound(connection, NOTIFICATIONS, rows))
                if len(kept) == len(rows):
                    return [_waiting(row) for row in kept]
                good = {row.number for row in kept}
                damaged += [row.number for row in rows if row.number not in good]

    def delivered(self, attempt: Attempt) -> None:
        """Note that a notification arrived.

        Raises:
            StoreError: If it was not stored.
        """
        self._settle(attempt, {"state": "delivered", "next_attempt_ms": None})

    def postpone(
        self, attempt: Attempt, next_attempt_ms: int, refused_since_ms: int | None
    ) -> None:
        """Note that an attempt failed, and when to try again.

        Raises:
            StoreError: If it was not stored.
        """
        self._settle(
            attempt,
            {
                "next_attempt_ms": next_attempt_ms,
                "refused_since_ms": refused_since_ms,
            },
        )

    def give_up(self, attempt: Attempt) -> list[NotificationRecord]:
        """Make a notification a dead letter, and the later ones of its group with it.

        Raises:
            StoreError: If it was not stored.
        """
        with self._database.writing() as connection:
            _store_attempt(connection, attempt)
            row = connection.execute(
                select(NOTIFICATIONS).where(_N.id == attempt.notification_id)
            ).one_or_none()
            if row is None:
                # Damaged since, and set aside: what it told of is told again.
                return []
            query = (
                select(NOTIFICATIONS)
                .where(
                    _N.state == _PENDING,
                    _is_at(_address(row)),
                    _N.group_key == row.group_key,
                    _N.number >= row.number,
                )
                .order_by(_N.number)
            )
            dying = connection.execute(query).all()
            for one in dying:
                connection.execute(
                    update(NOTIFICATIONS)
                    .where(_N.number == one.number)
                    .values(state="dead", next_attempt_ms=None)
                )
            _withdraw(connection, sound(connection, NOTIFICATIONS, dying))
            numbers = [one.number for one in dying]
            dead = connection.execute(
                select(NOTIFICATIONS).where(_N.number.in_(numbers)).order_by(_N.number)
            )
            return records_of(connection, dead)

    def backlog(self) -> Backlog:
        """Return how much is pending.

        Raises:
            StoreError: If the database cannot be read.
        """
        query = select(func.count(), func.min(_N.created_ms)).where(
            _N.state == _PENDING
        )
        with self._database.reading() as connection:
            count, oldest_ms = connection.execute(query).one()
            pages = _pages(connection) if count else {}
            return Backlog(count, oldest_ms, pages)

    def forget(self, before_ms: int) -> None:
        """Delete history, finished notifications and ended silences of before.

        Raises:
            StoreError: If nothing was deleted.
        """
        old = and_(_N.state != _PENDING, _N.created_ms < before_ms)
        ids = select(_N.id).where(old)
        with self._database.writing() as connection:
            told = {key for group in _groups(connection) for key in group.told_firing}
            for statement in (
                delete(NOTIFICATION_ALERTS).where(
                    NOTIFICATION_ALERTS.c.notification_id.in_(ids)
                ),
                delete(ATTEMPTS).where(ATTEMPTS.c.notification_id.in_(ids)),
                delete(NOTIFICATIONS).where(old),
                delete(ALERT_EVENTS).where(ALERT_EVENTS.c.at_ms < before_ms),
                delete(SILENCES).where(SILENCES.c.ends_ms < before_ms),
                delete(DAMAGED_ROWS).where(DAMAGED_ROWS.c.found_ms < before_ms),
            ):
                connection.execute(statement)
            gone = connection.scalars(
                select(ALERTS.c.id).where(
                    ALERTS.c.phase == Phase.INACTIVE.value,
                    ALERTS.c.changed_ms < before_ms,
                )
            ).all()
            for ids_gone in chunks(sorted(set(gone) - told)):
                connection.execute(delete(ALERTS).where(ALERTS.c.id.in_(ids_gone)))

    def _settle(self, attempt: Attempt, values: dict[str, object]) -> None:
        with self._database.writing() as connection:
            _store_attempt(connection, attempt)
            connection.execute(
                update(NOTIFICATIONS)
                .where(_N.id == attempt.notification_id, _N.state == _PENDING)
                .values(tries=_N.tries + 1, **values)
            )


def _standing(connection: Connection) -> OutboxState:
    groups = _groups(connection)
    alerts: dict[str, Alert] = {}
    active = select(ALERTS).where(ALERTS.c.phase.in_(ACTIVE))
    for row in sound(connection, ALERTS, connection.execute(active)):
        alerts[row.id] = ended_or_active(row)
    told = {key for group in groups for key in group.told_firing}
    for some in chunks(sorted(told - alerts.keys())):
        listed = connection.execute(select(ALERTS).where(ALERTS.c.id.in_(some)))
        for row in sound(connection, ALERTS, listed):
            alerts[row.id] = ended_or_active(row)
    pending = (
        select(_N.receiver, _N.kind, _N.place, _N.group_key)
        .where(_N.state == _PENDING)
        .distinct()
    )
    return OutboxState(
        alerts,
        groups,
        tuple(silences_of(connection)),
        frozenset(
            (_address(row), row.group_key) for row in connection.execute(pending)
        ),
    )


def _pages(connection: Connection) -> dict[Address, int]:
    """Return since when a page waits to be delivered to each address."""
    query = (
        select(_N.receiver, _N.kind, _N.place, _N.created_ms, _N.new_ids, ALERTS.c.id)
        .join(NOTIFICATION_ALERTS, NOTIFICATION_ALERTS.c.notification_id == _N.id)
        .join(ALERTS, ALERTS.c.id == NOTIFICATION_ALERTS.c.alert_id)
        # Labels are JSON without spaces; inside a value a quotation mark is escaped.
        .where(_N.state == _PENDING, ALERTS.c.labels.contains(_PAGE))
        .order_by(_N.created_ms.desc())
    )
    return {
        _address(row): row.created_ms
        for row in connection.execute(query)
        if row.id in _texts(row.new_ids)
    }


def _texts(json: str) -> tuple[str, ...]:
    """Return a list of texts; none where it is damaged, which who sends it notices."""
    try:
        return texts(json)
    except (msgspec.DecodeError, UnicodeError):
        return ()


def _oldest(address: Address, damaged: Sequence[int]) -> Select[Any]:
    """Return the query for the oldest that waits in each group, but for some rows."""
    first = (
        select(func.min(_N.number))
        .where(_N.state == _PENDING, _is_at(address), _N.number.not_in(damaged))
        .group_by(_N.group_key)
    )
    return (
        select(NOTIFICATIONS)
        .where(_N.number.in_(first))
        .order_by(_N.next_attempt_ms, _N.number)
        .limit(_MOST_WAITING)
    )


def _groups(connection: Connection) -> tuple[AlertGroup, ...]:
    query = select(ALERT_GROUPS).order_by(ALERT_GROUPS.c.id)
    rows = sound(connection, ALERT_GROUPS, connection.execute(query))
    return tuple(group_of(row) for row in rows)


def _store_groups(connection: Connection, groups: Sequence[AlertGroup]) -> None:
    by_id = {group_id(group): group for group in groups}
    for ids in chunks(sorted(by_id)):
        connection.execute(delete(ALERT_GROUPS).where(ALERT_GROUPS.c.id.in_(ids)))
    rows = [
        {"id": key, **group_values(group)}
        for key, group in by_id.items()
        if group.next_flush_ms is not None
    ]
    if rows:
        connection.execute(insert(ALERT_GROUPS), rows)


def _store_new(connection: Connection, new: Sequence[NewNotification]) -> None:
    if not new:
        return
    connection.execute(insert(NOTIFICATIONS), [_new_values(one) for one in new])
    connection.execute(
        insert(NOTIFICATION_ALERTS),
        [
            {"notification_id": one.id, "alert_id": key}
            for one in new
            for key in dict.fromkeys(one.alert_ids)
        ],
    )


def _new_values(new: NewNotification) -> dict[str, object]:
    is_muted = bool(new.muted_by)
    return {
        "id": new.id,
        "receiver": new.address.receiver,
        "kind": new.address.integration.kind,
        "place": new.address.integration.index,
        "group_key": new.group_key,
        "alert_ids": encoded(new.alert_ids),
        "new_ids": encoded(new.new_ids),
        "payload": new.payload,
        "created_ms": new.created_ms,
        "state": "muted" if is_muted else _PENDING,
        "next_attempt_ms": None if is_muted else new.created_ms,
        "tries": 0,
        "muted_by": encoded(new.muted_by),
    }


def _store_attempt(connection: Connection, attempt: Attempt) -> None:
    connection.execute(
        insert(ATTEMPTS).values(
            notification_id=attempt.notification_id,
            at_ms=attempt.at_ms,
            outcome=attempt.outcome,
            answer=attempt.answer,
        )
    )


def _withdraw(connection: Connection, dead: Iterable[Row[Any]]) -> None:
    rows = list(dead)
    new = frozenset().union(*(texts(row.new_ids) for row in rows))
    for row in rows[:1]:
        address = _address(row)
        for group in _groups(connection):
            if (group.receiver, group.key) == (address.receiver, row.group_key):
                _store_groups(connection, [withdraw(group, address.integration, new)])


def _is_at(address: Address) -> ColumnElement[bool]:
    return and_(
        _N.receiver == address.receiver,
        _N.kind == address.integration.kind,
        _N.place == address.integration.index,
    )


def _address(row: Row[*tuple[Any, ...]]) -> Address:
    return Address(row.receiver, Integration(row.kind, row.place))


def _waiting(row: Row[Any]) -> PendingNotification:
    return PendingNotification(
        row.id,
        _address(row),
        row.group_key,
        row.payload,
        row.created_ms,
        row.next_attempt_ms,
        row.tries,
        row.refused_since_ms,
    )
