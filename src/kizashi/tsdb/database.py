"""One SQLite file: one writer, many readers, numbered migrations.

The file is in WAL mode with ``synchronous=FULL``: a transaction that `write` has
left is on the disk. It may be used from any thread.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kizashi.data_folder import (
    Closing,
    how_to_look,
    how_to_restore,
    make_private,
    peeking,
    refuse_odd,
    sync,
)
from kizashi.errors import SchemaError, StoreError
from kizashi.log_tail import lost_tail
from kizashi.schema_copies import Outdated, make_copies
from kizashi.tsdb.damage import Damages
from kizashi.tsdb.schema import APPLICATION_ID, CHECKED_AT_OPENING, MIGRATIONS

_PAGE_BYTES = 4096
_BUSY_MS = 5_000
# A checkpoint that waits for readers holds up the writer: give up soon, try later.
_CHECKPOINT_BUSY_MS = 50
_WRITER_CACHE_KIB = 32_768
_READER_CACHE_KIB = 8_192
#: About half a second a table.
_MOST_CHECKED_ROWS = 200_000

_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this write was kept. Free some"
    " space or shorten the retention",
    sqlite3.SQLITE_READONLY: "the file cannot be written; check the permissions of the"
    " data folder and whether its disk is mounted read-only. {look}",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that the data folder"
    " exists and that this user may write it. {look}",
    sqlite3.SQLITE_IOERR: "the disk failed; look at the system log",
    sqlite3.SQLITE_CORRUPT: "the file is damaged. {restore}",
    sqlite3.SQLITE_NOTADB: "the file is not an SQLite database. {restore}",
    sqlite3.SQLITE_BUSY: "another process has the file locked; stop it",
}


class Database(Closing):
    """The file and its connections.

    A transaction that reads must be short: while it is open the log cannot be
    emptied and grows without limit. So fetch, leave `read`, then work.
    """

    def __init__(
        self,
        path: Path,
        *,
        migrations: Sequence[Sequence[str]] = MIGRATIONS,
        page_bytes: int = _PAGE_BYTES,
        is_bulk: bool = False,
    ) -> None:
        """Open the file, making it where it is absent, and bring it up to date.

        Args:
            path: The file; its folder exists.
            migrations: The steps, each a list of SQL statements.
            page_bytes: The page size of a new file; a power of two.
            is_bulk: Whether a commit does not wait for the disk. What a power cut
                leaves is sound, and a beginning of what was written; it is durable
                after `checkpoint`. For work that can be repeated.

        Raises:
            SchemaError: If the file is newer than this program, or another
                program's; it is left untouched.
            StoreError: If it cannot be opened or is damaged.
        """
        self.path = path
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        #: What readers of the file have found damaged.
        self.damages = Damages()
        #: Whether what only grows the file, such as samples, may be written.
        self.has_room: Callable[[], bool] = lambda: True
        refuse_odd(path)
        with _translated(path):
            is_new = _is_absent(path)
            if not is_new:
                _refuse_foreign(path, len(migrations))
            # SQLite gives the files beside it the same rights.
            _make_private(path)
            if not is_new:
                outdated = Outdated(path, _version_in(path))
                if 0 < outdated.version < len(migrations) and not (
                    outdated.copy.exists()
                ):
                    make_copies([outdated])
            #: What of the log an earlier process left was damaged, and is lost.
            self.lost = None if is_new else lost_tail(path)
            self._writer = _connect(path, _WRITER_CACHE_KIB)
            try:
                _prepare(self._writer, page_bytes, is_new=is_new)
                if is_bulk:
                    self._writer.execute("PRAGMA synchronous=NORMAL")
                _migrate(self._writer, migrations)
                if not is_new:
                    _refuse_damaged(self._writer, path)
            except BaseException:
                self._writer.close()
                raise
            if is_new:
                sync(path.parent)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one write transaction: durable when the block is left, or undone.

        Raises:
            StoreError: If the disk or the database said no; nothing was kept.
        """
        if self._owner == threading.get_ident():
            raise StoreError("a write transaction is open in this thread already")
        with self._lock, _translated(self.path):
            self._require_open()
            self._owner = threading.get_ident()
            writer = self._writer
            try:
                writer.execute("BEGIN IMMEDIATE")
                yield writer
                # Before what is damaged may go: that its time is lost must not go too.
                told = [] if self.damages.is_saved else self.damages.save(writer)
                writer.execute("COMMIT")
                self.damages.saved(told)
            finally:
                # Still in a transaction means that it failed. SQLite has undone
                # some failures, a full disk among them, by itself.
                try:
                    if writer.in_transaction:
                        writer.execute("ROLLBACK")
                finally:
                    self._owner = None

    def require_room(self) -> None:
        """Refuse what only grows the file while the rest of the disk is reserved.

        Raises:
            StoreError: If there is no more room than alerts need.
        """
        if not self.has_room():
            raise StoreError(
                f"{self.path}: the disk is full but for what alerts need; samples wait."
                " Free some space or shorten the retention"
            )

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Run one read transaction over a snapshot taken at its first statement.

        Raises:
            StoreError: If the disk or the database said no.
        """
        with _translated(self.path):
            reader = self._take_reader()
            try:
                reader.execute("BEGIN")
                yield reader
            finally:
                try:
                    if reader.in_transaction:
                        reader.execute("ROLLBACK")
                finally:
                    self._give_back(reader)

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Return what one query finds, in a transaction of its own.

        Raises:
            StoreError: If the disk or the database said no.
        """
        with self.read() as reader:
            return reader.execute(query, values).fetchall()

    def checkpoint(self) -> bool:
        """Move the log into the file and empty it; meant to be called hourly.

        Returns:
            Whether the log is empty now; False when a reader was in the way.
        """
        with self.read() as reader:
            reader.execute("ROLLBACK")
            # Most of the work, while the writer goes on.
            reader.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        with self._lock, _translated(self.path):
            self._require_open()
            writer = self._writer
            writer.execute(f"PRAGMA busy_timeout={_CHECKPOINT_BUSY_MS}")
            try:
                busy, _, _ = writer.execute(
                    "PRAGMA wal_checkpoint(TRUNCATE)"
                ).fetchone()
            finally:
                writer.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
            return not busy

    def vacuum(self, pages: int) -> int:
        """Give up to so many unused pages back to the disk; return how many are left."""
        with self._lock, _translated(self.path):
            self._require_open()
            # execute() would step this statement once and so free a single page.
            self._writer.executescript(f"PRAGMA incremental_vacuum({int(pages)})")
            return int(self._writer.execute("PRAGMA freelist_count").fetchone()[0])

    def size_bytes(self) -> int:
        """Return the bytes that the file takes on disk, its log included."""
        log = self.path.with_name(self.path.name + "-wal")
        return sum(p.stat().st_size for p in (self.path, log) if p.exists())

    def used_bytes(self) -> int:
        """Return the bytes of the file's pages that hold something.

        Unlike `size_bytes` this falls as soon as something is deleted: pages that
        are free stay in the file, to be used next, and a file shrinks only when its
        log is emptied.
        """
        with self.read() as reader:
            (pages,) = reader.execute("PRAGMA page_count").fetchone()
            (free,) = reader.execute("PRAGMA freelist_count").fetchone()
            (page_bytes,) = reader.execute("PRAGMA page_size").fetchone()
        return int((pages - free) * page_bytes)

    def close(self) -> None:
        """Close every connection. Calling it again does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            # The last connection to close empties the log.
            self._writer.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self.path} has been closed")

    def _take_reader(self) -> sqlite3.Connection:
        self._require_open()
        try:
            return self._idle.pop()
        except IndexError:
            reader = _connect(self.path, _READER_CACHE_KIB)
            reader.execute("PRAGMA query_only=ON")
            return reader

    def _give_back(self, reader: sqlite3.Connection) -> None:
        if self._closed:
            reader.close()
        else:
            self._idle.append(reader)


def _connect(path: Path, cache_kib: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    connection.execute(f"PRAGMA cache_size=-{cache_kib}")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def _prepare(writer: sqlite3.Connection, page_bytes: int, *, is_new: bool) -> None:
    if is_new:
        # Both are fixed for good by the first table.
        writer.execute(f"PRAGMA page_size={int(page_bytes)}")
        writer.execute("PRAGMA auto_vacuum=INCREMENTAL")
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA synchronous=FULL")


def version_of(path: Path, connection: sqlite3.Connection) -> int:
    """Return the schema of a file.

    Raises:
        SchemaError: If it is another program's.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    # A start that was killed at its first statement leaves a file without a table.
    tables = "SELECT count(*) FROM sqlite_master"
    is_used = version or connection.execute(tables).fetchone()[0]
    if is_used and application != APPLICATION_ID:
        raise SchemaError(
            f"{path} belongs to another program, or is another file of Kizashi; it was"
            f" left untouched. {how_to_restore(path.parent)}"
        )
    return int(version)


def stored_version(path: Path) -> int | None:
    """Return the schema of a file; None where there is no file, or no version in it.

    Raises:
        SchemaError: If it is another program's.
        StoreError: If it cannot be read.
    """
    with _translated(path):
        return None if _is_absent(path) else _version_in(path) or None


def _version_in(path: Path) -> int:
    with peeking(path) as probe:
        return version_of(path, probe)


def refuse_newer(path: Path) -> None:
    """Refuse a file that this version cannot open, before anything is written.

    Raises:
        SchemaError: If the file is newer than this program, or another program's.
        StoreError: If it cannot be read.
    """
    refuse_odd(path)
    with _translated(path):
        if not _is_absent(path):
            _refuse_foreign(path, len(MIGRATIONS))


def _make_private(path: Path) -> None:
    try:
        make_private(path)
    except OSError as error:
        told = _ADVICE[sqlite3.SQLITE_CANTOPEN].format(look=how_to_look(path))
        raise StoreError(f"{path}: {told} ({error.strerror})") from error


def _is_absent(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _refuse_foreign(path: Path, known: int) -> None:
    """Raise unless the file is ours and not newer, without writing to it."""
    version = _version_in(path)
    if version > known:
        raise SchemaError(
            f"{path} has schema {version}, written by a newer version; this version"
            f" knows up to {known}. Run the newer version, or restore a backup"
        )


def _migrate(writer: sqlite3.Connection, steps: Sequence[Sequence[str]]) -> None:
    """Run the steps that are missing, all of them or none."""
    (version,) = writer.execute("PRAGMA user_version").fetchone()
    if version == len(steps):
        return
    writer.execute("BEGIN IMMEDIATE")
    try:
        for step in steps[version:]:
            for statement in step:
                writer.execute(statement)
        writer.execute(f"PRAGMA application_id={APPLICATION_ID}")
        writer.execute(f"PRAGMA user_version={len(steps)}")
        writer.execute("COMMIT")
    finally:
        if writer.in_transaction:
            writer.execute("ROLLBACK")


def _refuse_damaged(writer: sqlite3.Connection, path: Path) -> None:
    """Raise where a small table contradicts itself; 0.1 s for 50,000 series.

    One that is not small is left to those who read it: a start must not wait for it.
    """
    tables = {
        name
        for (name,) in writer.execute(
            "SELECT name FROM sqlite_master WHERE type='table'"
        )
    }
    for table in CHECKED_AT_OPENING:
        if table not in tables:
            continue
        # The names come from the schema, never from outside.
        newest = f"SELECT max(rowid) - min(rowid) FROM {table}"  # noqa: S608
        (rows,) = writer.execute(newest).fetchone()
        if (rows or 0) > _MOST_CHECKED_ROWS:
            continue
        [(found,), *_] = writer.execute(f"PRAGMA integrity_check({table})").fetchall()
        if found != "ok":
            why = found.splitlines()[-1]
            raise StoreError(f"{path} is damaged: {why}. {how_to_restore(path.parent)}")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        # The driver cannot decode a damaged schema, or what SQLite says of it.
        raise StoreError(
            f"{path} is damaged: {error}. {how_to_restore(path.parent)}"
        ) from error
    except sqlite3.Error as error:
        # The low byte is the class of an extended result code.
        code = getattr(error, "sqlite_errorcode", None)
        advice = _ADVICE.get(code & 0xFF, "") if code is not None else ""
        if code is None and "decode" in str(error):
            # Text that is none.
            advice = _ADVICE[sqlite3.SQLITE_CORRUPT]
        told = advice.format(
            restore=how_to_restore(path.parent), look=how_to_look(path)
        )
        raise StoreError(f"{path}: {told or error} ({error})") from error
