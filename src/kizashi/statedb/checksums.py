"""A checksum for every row of the state database, kept and looked at in one place.

SQLite keeps it: two triggers a table call a function that each of our connections
brings along, so that writers of rows need not know. A row that was damaged stays so,
whatever is written to it later. PostgreSQL has checksums of its own.
"""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table

COLUMN = "crc"
FUNCTION = "kizashi_crc"
#: Under which name a connection knows who collects what is damaged.
COLLECTOR = "kizashi_damaged"


def row_crc(*values: object) -> int:
    """Return the checksum of a row's values; texts count as their bytes."""
    plain = [
        v.encode("utf-8", "surrogateescape") if isinstance(v, str) else v
        for v in values
    ]
    return zlib.crc32(msgspec.msgpack.encode(plain))


def bring_along(connection: sqlite3.Connection) -> None:
    """Give a connection what the triggers call, and let it read damaged text."""
    connection.create_function(FUNCTION, -1, row_crc, deterministic=True)
    connection.text_factory = _text


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def protect(connection: Connection, table: str, columns: Sequence[str]) -> None:
    """Add the column to a table, fill it for the rows there, and keep it from now on."""
    connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {COLUMN} BIGINT")
    if connection.dialect.name != "sqlite":
        return
    new, old, here = (
        f"{FUNCTION}({', '.join(_stored(row + column) for column in columns)})"
        for row in ("NEW.", "OLD.", "")
    )
    connection.exec_driver_sql(f"UPDATE {table} SET {COLUMN} = {here}")  # noqa: S608
    written = f"AFTER INSERT ON {table}"
    changed = f"AFTER UPDATE OF {', '.join(columns)} ON {table}"
    kept = f"CASE WHEN OLD.{COLUMN} = {old} THEN {new} END"
    for name, when, value in (("insert", written, new), ("update", changed, kept)):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_crc_{name} {when} BEGIN UPDATE {table}"  # noqa: S608
            f" SET {COLUMN} = {value} WHERE rowid = NEW.rowid; END"
        )


def _stored(column: str) -> str:
    """Return what stands in a column; of a text its bytes, which may be no text."""
    return (
        f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB)"
        f" ELSE {column} END"
    )


def protected(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that its checksum is of; none where it has none."""
    names = tuple(column.name for column in table.columns)
    return tuple(n for n in names if n != COLUMN) if COLUMN in names else ()


def is_sound(table: Table, row: Row[Any]) -> bool:
    """Return whether a row of a table, all of it, is what was written."""
    values = (getattr(row, name) for name in protected(table))
    # As SQLite stores them.
    stored = [int(v) if isinstance(v, bool) else v for v in values]
    found: bool = row.crc is not None and row.crc == row_crc(*stored)
    return found


def sound(
    connection: Connection, table: Table, rows: Iterable[Row[Any]]
) -> Iterator[Row[Any]]:
    """Yield the rows that are what was written; the others are collected."""
    is_kept = connection.dialect.name == "sqlite"
    for row in rows:
        if not is_kept or is_sound(table, row):
            yield row
            continue
        collector = connection.info.get(COLLECTOR)
        if collector is not None:
            key = next(iter(table.primary_key)).name
            collector.add((table.name, str(getattr(row, key))))


def shown(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return value
