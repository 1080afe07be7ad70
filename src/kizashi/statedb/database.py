"""The state database: one SQLite file that several processes may have open."""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, create_engine, event, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from kizashi.data_folder import (
    how_to_look,
    how_to_restore,
    make_private,
    peeking,
    refuse_odd,
)
from kizashi.errors import SchemaError, StoreError
from kizashi.log_tail import LostTail, lost_tail
from kizashi.model.damage import LOG
from kizashi.schema_copies import Outdated, make_copies
from kizashi.statedb.checksums import COLLECTOR, bring_along
from kizashi.statedb.migrations import STEPS, migrate, refuse_version, version
from kizashi.statedb.schema import DAMAGED_ROWS, MIGRATIONS as RAN
from kizashi.statedb.setting_aside import (
    ACTED_UPON,
    DamagedRow,
    count_since,
    damaged_rows,
    set_aside,
)

FILE_NAME = "state.db"
_LOG = logging.getLogger(__name__)
#: A log that cannot grow is an error of input and output.
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_ACTED_UPON = {table.name for table in ACTED_UPON}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

#: What a commit promises: it survives power loss, and a writer waits for another.
_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class StateDatabase:
    """Transactions on the state database of one data folder.

    Reading takes no lock. Writing takes SQLite's write lock at its beginning, so that
    a transaction which reads first and writes later cannot fail in the middle.
    """

    def __init__(
        self, path: Path, on_full: Callable[[], object] = lambda: None
    ) -> None:
        """Work on a file.

        Args:
            path: The file.
            on_full: Called where a write failed because the disk is full.
        """
        self.path = path
        self._on_full = on_full
        #: Table and key of rows that were read and found damaged.
        self.damaged: set[tuple[str, str]] = set()
        self._seen_to: set[tuple[str, str]] = set()
        #: Table and key of rows that were set aside while it was open.
        self.aside: set[tuple[str, str]] = set()
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", partial(_prepare, self.damaged))
        event.listen(self._engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the database.

        Raises:
            StoreError: If the database says no.
        """
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is durable when the block ends.

        Raises:
            StoreError: If the database says no; then nothing of the block is stored.
        """
        engine = self._engine.execution_options(kizashi_writes=True)
        with self._translated(), engine.begin() as connection:
            yield connection

    def set_damaged_aside(self, now_ms: int) -> bool:
        """Set aside what readers have met damaged since the last call, if anything.

        Returns:
            Whether anything was.

        Raises:
            StoreError: If the database says no; it stays to be done.
        """
        met = self.damaged.copy()
        if met <= self._seen_to:
            return False
        damaged = _set_aside(self, now_ms)
        # What nobody acts upon stays where it is.
        self.damaged -= {one for one in met if one[0] in _ACTED_UPON}
        self._seen_to = self.damaged & met
        self.aside |= {(row.table, row.key) for row in damaged}
        return bool(damaged)

    def look_through(self) -> None:
        """Read every row once, so that damage is met before it is needed.

        An index that does not say what its table does is made anew.

        Raises:
            StoreError: If the database says no.
        """
        with self.reading() as connection:
            for row in damaged_rows(connection):
                self.damaged.add((row.table, row.key))
            check = connection.exec_driver_sql("PRAGMA integrity_check(1)")
            verdict = str(check.scalar())
        if verdict != "ok":
            _LOG.error("%s: %s. Its indexes are made anew", self.path, verdict)
            with self.writing() as connection:
                connection.exec_driver_sql("REINDEX")

    def set_aside_since(self, since_ms: int) -> dict[str, int]:
        """Return how many damaged rows were set aside since a time, by table.

        Raises:
            StoreError: If the database says no.
        """
        with self.reading() as connection:
            return count_since(connection, since_ms)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", error)
            code = getattr(cause, "sqlite_errorcode", None) or 0
            if code & 0xFF in _NO_ROOM:
                self._on_full()
            if code & 0xFF in _DAMAGE:
                restore = how_to_restore(self.path.parent)
                raise StoreError(
                    f"{self.path} is damaged: {cause}. {restore}"
                ) from error
            raise StoreError(
                f"{self.path}: {cause}; check that the file is a Kizashi state"
                " database, that its folder can be written, and that the disk has room."
                f" {how_to_look(self.path)}"
            ) from error


def open_state(
    folder: Path, now_ms: int, on_full: Callable[[], object] = lambda: None
) -> StateDatabase:
    """Return the state database of a data folder, made or brought up to date.

    Args:
        folder: The data folder; it must exist.
        now_ms: Unix milliseconds, recorded with each migration that runs.
        on_full: Called where a write failed because the disk is full.

    Raises:
        SchemaError: If a newer Kizashi wrote it. Nothing is written.
        StoreError: If it cannot be opened.
    """
    path = folder / FILE_NAME
    refuse_newer(path)
    lost = lost_tail(path)
    try:
        # SQLite would make it readable by all; its log files take the mode over.
        make_private(path)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened: {error.strerror}; expected a data folder that"
            f" this user may write. {how_to_look(path)}"
        ) from error
    database = StateDatabase(path, on_full)
    try:
        _refuse_damaged(path)
        with database.reading() as connection:
            schema_version = version(connection)
        if schema_version < STEPS[-1].number:
            outdated = Outdated(path, schema_version)
            if schema_version and not outdated.copy.exists():
                make_copies([outdated])
            with database.writing() as connection:
                migrate(connection, str(path), now_ms)
        _set_aside(database, now_ms)
        if lost is not None:
            _tell_lost(database, lost, now_ms)
    except BaseException:
        database.close()
        raise
    return database


def _set_aside(database: StateDatabase, now_ms: int) -> list[DamagedRow]:
    """Let nobody act upon damaged rows; say which they were, and return them."""
    with database.reading() as connection:
        if next(damaged_rows(connection, ACTED_UPON), None) is None:
            return []
    with database.writing() as connection:
        damaged = set_aside(connection, now_ms)
    for row in damaged:
        _LOG.error(
            "%s: row %d of %s is damaged; it was set aside, and nothing is done by it."
            " `kizashi verify` shows what it says",
            database.path,
            row.row,
            row.table,
        )
    return damaged


def _tell_lost(database: StateDatabase, lost: LostTail, now_ms: int) -> None:
    """Keep that the end of the log was lost, as damaged rows are kept."""
    until = f"{datetime.fromtimestamp(lost.end_ms / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"
    content = json.dumps({"commits": lost.commits or None, "until": until})
    with database.writing() as connection:
        connection.execute(
            insert(DAMAGED_ROWS).values(name=LOG, content=content, found_ms=now_ms)
        )
    _LOG.error(
        "%s: its log is damaged, and the last commits until %s are lost (how many: %s):"
        " silences, acknowledgements, tokens that were made or revoked. What was told"
        " then may be told again. Look at them: kizashi token list, kizashi silence list",
        database.path,
        until,
        lost.commits or "not known",
    )


def refuse_newer(path: Path) -> None:
    """Refuse a file that a newer version wrote, before anything is written.

    Raises:
        SchemaError: If a newer Kizashi wrote it.
        StoreError: If it is no file, or cannot be read.
    """
    refuse_odd(path)
    schema_version = stored_version(path)
    refuse_version(schema_version or 0, str(path))
    if schema_version is None and _is_foreign(path):
        raise SchemaError(
            f"{path} belongs to another program, or is another file of Kizashi; it was"
            f" left untouched. {how_to_restore(path.parent)}"
        )


def _is_foreign(path: Path) -> bool:
    """Return whether there are tables in a file, and none of ours."""
    if not path.exists():
        return False
    with suppress(sqlite3.Error, UnicodeDecodeError), peeking(path) as probe:
        names = {n for (n,) in probe.execute("SELECT name FROM sqlite_master")}
        return bool(names) and RAN.name not in names
    return False


def stored_version(path: Path) -> int | None:
    """Return the schema of a file; None where there is no file, or no version in it."""
    if not path.exists():
        return None
    # What else may be wrong with it, opening it says.
    with suppress(sqlite3.Error, UnicodeDecodeError), peeking(path) as probe:
        there = f"SELECT count(*) FROM sqlite_master WHERE name = '{RAN.name}'"  # noqa: S608
        if probe.execute(there).fetchone()[0]:
            newest = f"SELECT max(number) FROM {RAN.name}"  # noqa: S608
            found = probe.execute(newest).fetchone()[0]
            return found if isinstance(found, int) and found else None
    return None


def is_outdated(path: Path) -> bool:
    """Return whether an older version wrote a file, so that opening it changes it."""
    return (stored_version(path) or STEPS[-1].number) < STEPS[-1].number


def _refuse_damaged(path: Path) -> None:
    """Look through the whole file, which is small, before anything is built on it.

    Raises:
        StoreError: If it is damaged, with what to do.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            [(verdict,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
            return  # Whatever it is, opening it says so.
        verdict = str(error)
    except UnicodeDecodeError as error:
        # The driver cannot decode a damaged schema, or what SQLite says of it.
        verdict = str(error)
    if verdict != "ok":
        why = verdict.splitlines()[-1]
        raise StoreError(f"{path} is damaged: {why}. {how_to_restore(path.parent)}")


def _prepare(
    damaged: set[tuple[str, str]],
    connection: DBAPIConnection,
    entry: ConnectionPoolEntry,
) -> None:
    entry.info[COLLECTOR] = damaged
    bring_along(cast("sqlite3.Connection", connection))
    # The driver would begin transactions by itself, at the first write: too late
    # for a lock that has to be held from the first read on. `_begin` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("kizashi_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
