"""Looks at every row of a state database."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Table

from kizashi.statedb.checksums import COLUMN, bring_along, protected, row_crc, shown
from kizashi.statedb.schema import DAMAGED_ROWS, METADATA

_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class FoundRow:
    """Something that is damaged.

    Attributes:
        table: Its table; empty where it is not known.
        row: Its number; None where it is not a row.
        what: What it says, or what SQLite says.
        is_aside: Whether it was set aside when it was found.
    """

    table: str
    row: int | None
    what: str
    is_aside: bool = False


def inspect(connection: sqlite3.Connection) -> Iterator[FoundRow]:
    """Yield what is damaged; rows of before there were checksums are only counted on."""
    bring_along(connection)
    try:
        check = f"PRAGMA integrity_check({_MOST_TOLD})"
        told = [text for (text,) in connection.execute(check).fetchall()]
        texts = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        yield FoundRow("", None, str(error))
        return
    yield from (FoundRow("", None, text) for text in told if text != "ok")
    present = {name: str(sql) for name, sql in texts}
    for table in METADATA.sorted_tables:
        if protected(table) and f" {COLUMN} " in present.get(table.name, ""):
            yield from _rows(connection, table)
    if DAMAGED_ROWS.name in present:
        yield from _aside(connection)


def _rows(connection: sqlite3.Connection, table: Table) -> Iterator[FoundRow]:
    names = protected(table)
    query = (
        f"SELECT rowid, {COLUMN}, {', '.join(names)} FROM {table.name}"  # noqa: S608
        " WHERE rowid > ? ORDER BY rowid LIMIT 1"
    )
    after = -(2**63)
    while True:
        try:
            row = connection.execute(query, (after,)).fetchone()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield FoundRow(table.name, None, str(error))
            return
        if row is None:
            return
        after, crc, *values = row
        if crc is None or crc != row_crc(*values):
            content = dict(zip(names, map(shown, values), strict=True))
            yield FoundRow(table.name, after, json.dumps(content, ensure_ascii=False))


def _aside(connection: sqlite3.Connection) -> Iterator[FoundRow]:
    query = f"SELECT number, name, content FROM {DAMAGED_ROWS.name} ORDER BY 1"  # noqa: S608
    try:
        rows = connection.execute(query).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return
    for number, name, content in rows:
        yield FoundRow(str(name), int(number), str(content), is_aside=True)
