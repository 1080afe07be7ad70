"""Backups: consistent copies of a data folder, taken while the server runs.

A backup is a folder of its own: a copy of each database as it was at one moment, and
a manifest with their checksums. Restoring puts them into an empty data folder. The
manifest comes last there, and here the names of the databases do: whatever is broken
off in between looks like nothing that is whole.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from kizashi import __version__
from kizashi.clock import SystemClock
from kizashi.data_folder import sync
from kizashi.errors import StoreError
from kizashi.offline.manifest import (
    DATABASES,
    MANIFEST,
    BackedUp,
    Backup,
    is_as_backed_up,
    read_manifest,
    sha256,
    write_manifest,
)
from kizashi.offline.salvage import salvage
from kizashi.offline.verified_text import line_of
from kizashi.offline.verifying import DamageFinding, odd_files, verify
from kizashi.ports.clock import Clock
from kizashi.tsdb.folder import RESTORING, DataFolder

_BUSY_S = 30
#: What SQLite reads beside a database, whichever database it is.
_LOGS = ("-wal", "-journal")


class DamagedError(StoreError):
    """Something in the data folder is damaged, and nobody said that this is known.

    Attributes:
        data: The data folder.
        findings: What is damaged.
    """

    def __init__(self, data: Path, findings: Sequence[DamageFinding]) -> None:
        super().__init__(f"{data} is damaged: {line_of(findings[0], 'en')}")
        self.data = data
        self.findings = tuple(findings)


def back_up(
    data: Path, to: Path, clock: Clock | None = None, *, even_damaged: bool = False
) -> Backup:
    """Copy a data folder's databases into a new folder; the server may be running.

    Every sample that was acknowledged before the call is in the copy. What is damaged
    is found in the copy, which nobody changes meanwhile.

    Args:
        data: The data folder.
        to: A new or empty folder.
        clock: The clock.
        even_damaged: Whether to copy what can be read where something is damaged.

    Raises:
        DamagedError: If something is damaged; what was copied is removed again.
        StoreError: If there is nothing to copy, the folder is not empty, or a copy
            failed; what was copied is removed again.
    """
    with _translated(f"the backup to {to} failed"):
        odd = list(odd_files(data))
        if odd and not even_damaged:
            raise DamagedError(data, odd)
        left_out = {one.file.removesuffix("-wal") for one in odd}
        present = [
            name
            for name in DATABASES
            if (data / name).is_file() and name not in left_out
        ]
        if any(data.glob(f"*{RESTORING}")):
            raise StoreError(
                f"a restore into {data} was broken off; run `kizashi restore` again"
            )
        if not present:
            raise StoreError(
                f"{data} holds no database; name the data folder with --data"
            )
        _require_empty(to)
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        created_ms = (clock or SystemClock()).now_ms()
        with _undone(to / name for name in (*DATABASES, MANIFEST)):
            findings = [
                finding
                for name in present
                for finding in _copy(data / name, to / name, even_damaged=even_damaged)
            ]
            findings += odd
            findings += [f for f in verify(to).findings if not f.is_past]
            if findings and not even_damaged:
                raise DamagedError(data, findings)
            copied = tuple(_backed_up(to / name) for name in present)
            lines = tuple(line_of(finding, "en") for finding in findings)
            backup = Backup(__version__, created_ms, copied, lines)
            write_manifest(to, backup)
    return backup


def restore(backup: Path, data: Path) -> Backup:
    """Put a backup into an empty data folder, after checking all of it.

    Sessions of browsers are not restored: people sign in again.
    No server starts on the folder before all of it is there. Where an earlier restore
    was killed, this one begins anew.

    Raises:
        StoreError: If the backup is damaged or incomplete, the data folder is in use
            or holds a database, or the copy failed.
    """
    manifest = read_manifest(backup)
    with _translated(f"the restore into {data} failed"):
        for each in manifest.databases:
            if not is_as_backed_up(backup, each):
                raise StoreError(
                    f"{backup / each.name} is not what was backed up: its checksum differs, or it is"
                    " gone"
                )
        with DataFolder(data, is_restoring=True):
            _fill(data, backup, manifest)
    return manifest


def _fill(data: Path, backup: Path, manifest: Backup) -> None:
    """Copy databases under names of their own, and name them when all are sound."""
    held = [name for name in DATABASES if (data / name).exists()]
    if held and not any(data.glob(f"*{RESTORING}")):
        raise StoreError(
            f"{data} holds {' and '.join(held)} already; restore into an empty"
            " folder, and move it into place when you have looked at it"
        )
    logs = [
        n for name in DATABASES for end in _LOGS if (data / (n := name + end)).exists()
    ]
    if logs:
        raise StoreError(
            f"{data} holds {' and '.join(logs)}, left by a database that is gone: it would"
            " be taken for a part of the one that is restored. Restore into an empty"
            " folder, and move it into place when you have looked at it"
        )
    parts = {each.name: data / f"{each.name}{RESTORING}" for each in manifest.databases}
    with _undone(() if held else parts.values()):
        for name, part in parts.items():
            shutil.copyfile(backup / name, part)
            part.chmod(0o600)
            _end_sessions(part)
            sync(part)
            _check(part)
        sync(data)
    for name, part in parts.items():
        part.rename(data / name)
    sync(data)


def _copy(source: Path, to: Path, *, even_damaged: bool) -> list[DamageFinding]:
    """Copy a database as it is at one moment, even while it is written.

    Returns:
        What could not be copied, where that may be.
    """
    address = source.absolute().as_uri() + "?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_S)
    lost: list[DamageFinding] = []
    try:
        connection.execute("VACUUM INTO ?", (str(to),))
    # The driver cannot decode what SQLite says of a damaged schema.
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        if code & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        finding = DamageFinding(source.name, "verify.structure", what=str(error))
        if not even_damaged:
            raise DamagedError(source.parent, [finding]) from error
        to.unlink(missing_ok=True)
        lost = [finding, *salvage(connection, source.name, to)]
    finally:
        connection.close()
    to.chmod(0o600)
    # Nor do those come back who copy the files by hand.
    _end_sessions(to)
    sync(to)
    return lost


def _backed_up(path: Path) -> BackedUp:
    return BackedUp(path.name, path.stat().st_size, sha256(path))


def _end_sessions(path: Path) -> None:
    """End the sessions of browsers: of some only the time since knew that they ended."""
    connection = sqlite3.connect(path)
    try:
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sessions'"
        if connection.execute(known).fetchone() is not None:
            with connection:
                connection.execute("DELETE FROM sessions")
    finally:
        connection.close()


def _check(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    finally:
        connection.close()
    if found != "ok":
        raise StoreError(f"{path} is damaged: {found}")


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        raise StoreError(f"{what}: {error}") from error


@contextmanager
def _undone(paths: Iterable[Path]) -> Iterator[None]:
    """Remove files again where the block fails, or is broken off by Ctrl-C."""
    try:
        yield
    except BaseException:
        for path in paths:
            with suppress(OSError):
                path.unlink()
        raise


def _require_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty; give a new folder for the backup")
