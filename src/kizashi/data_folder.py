"""What the databases of a data folder have in common."""

import os
import shlex
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from kizashi.errors import StoreError

#: What may be done with a file of ours by others than its owner: nothing.
PRIVATE = 0o600


class Closing:
    """What a ``with`` closes at its end."""

    def close(self) -> None:
        """Let go of what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


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


def why_odd(path: Path) -> tuple[str, str] | None:
    """Return which file of a database is none, and why; None where all are.

    Opening a pipe waits for ever, and SQLite takes for a failing disk what is no file.

    Args:
        path: The database; the log beside it is looked at too.

    Raises:
        StoreError: If one may not be read.
    """
    for one in (path, path.with_name(f"{path.name}-wal")):
        if not os.path.lexists(one):
            continue
        try:
            mode = one.stat().st_mode
            if stat.S_ISREG(mode):
                os.close(os.open(one, os.O_RDONLY))
                continue
            kind = next((k for is_it, k in _KINDS if is_it(mode)), "a device")
        except PermissionError as error:
            raise StoreError(
                f"{one} cannot be read: {error.strerror}; run this as the user that the"
                f" server runs as. {how_to_look(path)}"
            ) from error
        except OSError:
            kind = "a link that leads nowhere"
        return one.name, f"is no file but {kind}. {how_to_look(path)}"
    return None


_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def refuse_odd(path: Path) -> None:
    """Refuse a database that is no file, or cannot be read.

    Raises:
        StoreError: If it, or its log, is such a one.
    """
    found = why_odd(path)
    if found is not None:
        raise StoreError(f"{path.with_name(found[0])} {found[1]}")


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
