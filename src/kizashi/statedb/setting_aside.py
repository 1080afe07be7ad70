"""Rows of the state database that are damaged: set aside before anybody acts on them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, insert, select, text, update

from kizashi.statedb.checksums import is_sound, protected, shown
from kizashi.statedb.schema import (
    ALERT_GROUPS,
    ALERTS,
    DAMAGED_ROWS,
    METADATA,
    NOTIFICATIONS,
    SESSIONS,
    SILENCES,
    TOKENS,
)

#: What is acted upon; history is looked at when it is read.
ACTED_UPON = (TOKENS, SESSIONS, ALERTS, ALERT_GROUPS, NOTIFICATIONS, SILENCES)
_FINISHED = {"delivered", "muted", "dead"}


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row that is not what was written.

    Attributes:
        table: Its table.
        row: Its number in it.
        content: What it says, by column; text that is none has marks in it.
    """

    table: str
    row: int
    content: dict[str, object]

    @property
    def key(self) -> str:
        """The first column of its table's key, as those who read rows name it."""
        first = next(iter(METADATA.tables[self.table].primary_key))
        return str(self.content[first.name])


def damaged_rows(
    connection: Connection, tables: tuple[Table, ...] = ()
) -> Iterator[DamagedRow]:
    """Yield the damaged rows of some tables; of all that have checksums for none."""
    for table in tables or METADATA.sorted_tables:
        if not protected(table):
            continue
        query = select(text("rowid AS kizashi_row"), *table.columns)
        for row in connection.execute(query.select_from(table)):
            if not is_sound(table, row):
                content = {name: shown(getattr(row, name)) for name in protected(table)}
                yield DamagedRow(table.name, row.kizashi_row, content)


def set_aside(connection: Connection, now_ms: int) -> list[DamagedRow]:
    """Move damaged rows that somebody would act upon to a table of their own.

    Whom a notification among them was for, is told again: twice is better than never.
    """
    damaged = list(damaged_rows(connection, ACTED_UPON))
    if not damaged:
        return []
    # An index may have been damaged with its row, or instead of it.
    connection.exec_driver_sql("REINDEX")
    for one in damaged:
        content = json.dumps({"row": one.row, **one.content}, ensure_ascii=False)
        connection.execute(
            insert(DAMAGED_ROWS).values(
                name=one.table, content=content, found_ms=now_ms
            )
        )
        connection.exec_driver_sql(
            f"DELETE FROM {one.table} WHERE rowid = ?",  # noqa: S608 - fixed names
            (one.row,),
        )
    if any(_is_pending(one) for one in damaged):
        connection.execute(update(ALERT_GROUPS).values(told="[]"))
    return damaged


def count_since(connection: Connection, since_ms: int) -> dict[str, int]:
    """Return how many rows were set aside since a time, by table."""
    query = (
        select(DAMAGED_ROWS.c.name, func.count())
        .where(DAMAGED_ROWS.c.found_ms >= since_ms)
        .group_by(DAMAGED_ROWS.c.name)
    )
    return {name: count for name, count in connection.execute(query)}  # noqa: C416


def found_since(
    connection: Connection, table: Table, since_ms: int, now_ms: int
) -> list[int]:
    """Return when each damaged row of a table was found; now, where it still stands."""
    query = select(DAMAGED_ROWS.c.found_ms).where(
        DAMAGED_ROWS.c.name == table.name, DAMAGED_ROWS.c.found_ms >= since_ms
    )
    standing = sum(1 for _ in damaged_rows(connection, (table,)))
    return [*connection.scalars(query), *[now_ms] * standing]


def _is_pending(row: DamagedRow) -> bool:
    is_notification = row.table == NOTIFICATIONS.name
    return is_notification and row.content["state"] not in _FINISHED
