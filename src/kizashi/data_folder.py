"""What the databases of a data folder have in common."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: What may be done with a file of ours by others than its owner: nothing.
PRIVATE = 0o600


def sync(path: Path) -> None:
    """Make a file's content durable, or the names in a folder.

    Raises:
        OSError: If it is not there, or the disk fails.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(folder: Path) -> int:
    """Return how many bytes this user may still write on a folder's disk."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def how_to_look(path: Path) -> str:
    """Return the command that shows what a file, and those beside it, are."""
    return f"To see what is there: ls -ld {shlex.quote(str(path))}*"


def how_to_restore(data: Path) -> str:
    """Return what to do where a file of a data folder is damaged."""
    folder = shlex.quote(str(data))
    return (
        "Keep the folder and restore a backup:"
        f" mv {folder} {folder}.damaged && kizashi restore BACKUP --data {folder}"
    )


@contextmanager
def peeking(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that leaves the file, and the files beside it, as they are.

    Where a log lies beside the file, what stands in it is read too; only its index,
    which every process makes anew, may then be written.
    """
    log = path.with_name(f"{path.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    connection = _peek(path, "mode=ro" if has_log else "immutable=1")
    try:
        if has_log:
            try:
                connection.execute("PRAGMA schema_version").fetchone()
            except sqlite3.OperationalError:
                # On a disk that takes nothing the log has no index: do without it.
                connection.close()
                connection = _peek(path, "immutable=1")
        yield connection
    finally:
        connection.close()


def _peek(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)


def make_private(path: Path) -> None:
    """Make a file where it is absent; its owner alone may read and write it.

    SQLite gives the files beside it the same rights.

    Raises:
        OSError: If it cannot be made.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE)
    try:
        if os.fstat(handle).st_mode & 0o777 != PRIVATE:
            os.fchmod(handle, PRIVATE)
    finally:
        os.close(handle)
