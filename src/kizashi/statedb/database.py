"""The state database: one SQLite file that several processes may have open."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from kizashi.data_folder import (
    PRIVATE,
    how_to_restore,
    make_private,
    peeking,
    sync,
)
from kizashi.errors import StoreError
from kizashi.statedb.migrations import STEPS, migrate, refuse_version, version
from kizashi.statedb.schema import MIGRATIONS as RAN

FILE_NAME = "state.db"
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

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _prepare)
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

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(
                f"{self.path}: {getattr(error, 'orig', error)}; check that the file is a Kizashi state"
                " database, that its folder can be written, and that the disk has room"
            ) from error


def open_state(folder: Path, now_ms: int) -> StateDatabase:
    """Return the state database of a data folder, made or brought up to date.

    Args:
        folder: The data folder; it must exist.
        now_ms: Unix milliseconds, recorded with each migration that runs.

    Raises:
        SchemaError: If a newer Kizashi wrote it. Nothing is written.
        StoreError: If it cannot be opened.
    """
    path = folder / FILE_NAME
    refuse_newer(path)
    try:
        # SQLite would make it readable by all; its log files take the mode over.
        make_private(path)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened: {error.strerror}; expected a data folder that"
            " this user may write"
        ) from error
    database = StateDatabase(path)
    try:
        _refuse_damaged(path)
        with database.reading() as connection:
            found = version(connection)
        if found < STEPS[-1].number:
            _back_up(path, found)
            with database.writing() as connection:
                migrate(connection, str(path), now_ms)
    except BaseException:
        database.close()
        raise
    return database


def refuse_newer(path: Path) -> None:
    """Refuse a file that a newer version wrote, before anything is written.

    Raises:
        SchemaError: If a newer Kizashi wrote it.
    """
    if not path.exists():
        return
    # What else may be wrong with it, opening it says.
    with suppress(sqlite3.Error), peeking(path) as probe:
        there = f"SELECT count(*) FROM sqlite_master WHERE name = '{RAN.name}'"  # noqa: S608
        if probe.execute(there).fetchone()[0]:
            newest = f"SELECT max(number) FROM {RAN.name}"  # noqa: S608
            refuse_version(probe.execute(newest).fetchone()[0] or 0, str(path))


def _refuse_damaged(path: Path) -> None:
    """Look through the whole file, which is small, before anything is built on it.

    Raises:
        StoreError: If it is damaged, with what to do.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
            return  # Whatever it is, opening it says so.
        found = str(error)
    if found != "ok":
        why = found.splitlines()[-1]
        raise StoreError(f"{path} is damaged: {why}. {how_to_restore(path.parent)}")


def _back_up(path: Path, version: int) -> None:
    """Copy a database that is about to be migrated; an older copy is left as it is.

    Raises:
        StoreError: If the copy cannot be made; then nothing is migrated.
    """
    copy = path.with_name(f"{path.name}.schema-{version}")
    if version == 0 or copy.exists():
        return
    part = path.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        part.chmod(PRIVATE)
        # SQLite does not wait for the disk there, and the migration must not be first.
        sync(part)
        part.rename(copy)
        sync(path.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{path} must be migrated, and a copy of it could not be made first:"
            f" {error}"
        ) from error


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
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
