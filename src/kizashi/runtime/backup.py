"""Backups: consistent copies of a data folder, taken while the server runs.

A backup is a folder of its own: a copy of each database as it was at one moment, and
a manifest with their checksums. Restoring puts them into an empty data folder. The
manifest comes last there, and here the names of the databases do: whatever is broken
off in between looks like nothing that is whole.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kizashi import __version__
from kizashi.data_folder import sync
from kizashi.errors import StoreError
from kizashi.ports.clock import Clock
from kizashi.runtime.clock import SystemClock
from kizashi.tsdb.folder import RESTORING, DataFolder

DATABASES = ("samples.db", "state.db")
MANIFEST = "backup.json"
_CHUNK = 1 << 20
_BUSY_S = 30


@dataclass(frozen=True, slots=True)
class BackedUp:
    """One database of a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup's manifest."""

    version: str
    created_ms: int
    databases: tuple[BackedUp, ...]


def back_up(data: Path, to: Path, clock: Clock | None = None) -> Backup:
    """Copy a data folder's databases into a new folder; the server may be running.

    Every sample that was acknowledged before the call is in the copy.

    Raises:
        StoreError: If there is nothing to copy, the folder is not empty, or a copy
            failed; what was copied is removed again.
    """
    with _translated(f"the backup to {to} failed"):
        present = [name for name in DATABASES if (data / name).is_file()]
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
            copied = tuple(_copy(data / name, to / name) for name in present)
            backup = Backup(__version__, created_ms, copied)
            manifest = to / MANIFEST
            manifest.write_text(json.dumps(asdict(backup), indent=2) + "\n")
            sync(manifest)
            sync(to)
    return backup


def restore(backup: Path, data: Path) -> Backup:
    """Put a backup into an empty data folder, after checking all of it.

    No server starts on the folder before all of it is there. Where an earlier restore
    was killed, this one begins anew.

    Raises:
        StoreError: If the backup is damaged or incomplete, the data folder is in use
            or holds a database, or the copy failed.
    """
    manifest = _read_manifest(backup)
    with _translated(f"the restore into {data} failed"):
        for each in manifest.databases:
            path = backup / each.name
            if not path.is_file() or _sha256(path) != each.sha256:
                raise StoreError(
                    f"{path} is not what was backed up: its checksum differs, or it is"
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
    parts = {each.name: data / f"{each.name}{RESTORING}" for each in manifest.databases}
    with _undone(() if held else parts.values()):
        for name, part in parts.items():
            shutil.copyfile(backup / name, part)
            part.chmod(0o600)
            sync(part)
            _check(part)
        sync(data)
    for name, part in parts.items():
        part.rename(data / name)
    sync(data)


def _copy(source: Path, to: Path) -> BackedUp:
    """Copy a database as it is at one moment, whoever writes it meanwhile."""
    address = source.absolute().as_uri() + "?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_S)
    try:
        connection.execute("VACUUM INTO ?", (str(to),))
    finally:
        connection.close()
    to.chmod(0o600)
    sync(to)
    return BackedUp(to.name, to.stat().st_size, _sha256(to))


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
    except (OSError, sqlite3.Error) as error:
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


def _read_manifest(backup: Path) -> Backup:
    path = backup / MANIFEST
    try:
        read = json.loads(path.read_text())
        return Backup(
            str(read["version"]),
            int(read["created_ms"]),
            tuple(
                BackedUp(_known(d["name"]), int(d["bytes"]), str(d["sha256"]))
                for d in read["databases"]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} is no manifest of a backup: {error}; name the folder that"
            " `kizashi backup` made"
        ) from error


def _known(name: str) -> str:
    if name not in DATABASES:
        raise ValueError(f"{name!r} is no database of ours")
    return name


def _require_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty; give a new folder for the backup")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
