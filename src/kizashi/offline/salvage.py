"""What can still be read of a database whose pages are damaged, in a new one."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kizashi.offline.verifying import DamageFinding
from kizashi.tsdb.inspection import KeyGap, walk


def salvage(source: sqlite3.Connection, name: str, to: Path) -> list[DamageFinding]:
    """Copy every row that can be read; return where some could not.

    Args:
        source: The damaged database; its connection understands addresses.
        name: Its file's name.
        to: The new file.
    """
    source.isolation_level = None
    source.execute("ATTACH ? AS salvaged", (f"{to.absolute().as_uri()}?mode=rwc",))
    source.execute("PRAGMA salvaged.auto_vacuum=INCREMENTAL")
    for pragma in ("user_version", "application_id"):
        (value,) = source.execute(f"PRAGMA main.{pragma}").fetchone()
        source.execute(f"PRAGMA salvaged.{pragma}={int(value)}")
    definitions = source.execute(
        "SELECT type, name, sql FROM main.sqlite_master WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    ).fetchall()
    lost: list[DamageFinding] = []
    for kind, table, sql in definitions:
        if kind == "table":
            source.execute(_placed(sql, "TABLE"))
            lost += [
                DamageFinding(name, "verify.row", table, row)
                for row in _copy(source, table)
            ]
    for kind, _, sql in definitions:
        if kind != "table":
            # What a unique index forbids to be there twice stays without it.
            with suppress(sqlite3.IntegrityError):
                source.execute(_placed(sql, kind.upper()))
    source.execute("DETACH salvaged")
    return lost


def _placed(sql: str, kind: str) -> str:
    """Return a definition that is of the new database."""
    head = (
        f"CREATE UNIQUE {kind}" if sql.startswith("CREATE UNIQUE") else f"CREATE {kind}"
    )
    return sql.replace(head + " ", f"{head} salvaged.", 1)


def _copy(source: sqlite3.Connection, table: str) -> Iterator[int]:
    """Copy a table; yield rows, or the row before a gap, that could not be read."""
    listed = ", ".join(
        row[1] for row in source.execute(f"PRAGMA salvaged.table_info({table})")
    )
    # The names come from the database's own definitions.
    put = (
        f"INSERT OR IGNORE INTO salvaged.{table}(rowid, {listed})"  # noqa: S608
        f" SELECT rowid, {listed} FROM main.{table} WHERE rowid BETWEEN ? AND ?"
    )
    keys = f"SELECT rowid FROM main.{table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608

    @contextmanager
    def read() -> Iterator[sqlite3.Connection]:
        yield source

    for rows in walk(read, keys):
        if isinstance(rows, KeyGap):
            yield rows.after
            continue
        numbers = [number for (number,) in rows]
        try:
            source.execute(put, (numbers[0], numbers[-1]))
        except sqlite3.DatabaseError:
            for number in numbers:
                try:
                    source.execute(put, (number, number))
                except sqlite3.DatabaseError:
                    yield number
