"""Walks a data folder, or a backup, and says what in it is not what was written."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kizashi.data_folder import peeking, why_odd
from kizashi.errors import SchemaError, StoreError
from kizashi.log_tail import lost_tail
from kizashi.model.damage import LOG, Damage
from kizashi.offline.damage_owners import DamageOwners
from kizashi.offline.manifest import MANIFEST, is_as_backed_up, read_manifest
from kizashi.offline.upgrading import SAMPLES
from kizashi.statedb import inspection as state_rows
from kizashi.statedb.database import FILE_NAME as STATE
from kizashi.tsdb import inspection as sample_rows
from kizashi.tsdb.database import version_of
from kizashi.tsdb.schema import MIGRATIONS

_TRIES = 3

_Opening = Callable[[Path], AbstractContextManager[sqlite3.Connection]]


@dataclass(frozen=True, slots=True)
class DamageFinding:
    """Something that is damaged.

    Attributes:
        file: In which file.
        code: What it is, as a message id.
        table: In which table; empty where that is not known.
        row: Which row; None where that is not known.
        what: What SQLite says, or what the row says; empty for samples and ledger.
        objectives: Whose figures it is part of, as ``service/objective``.
        start_ms: Where its time begins; None where it has none.
        end_ms: Where it ends.
        is_past: Whether it is gone from the file, and known from the time when it was
            found.
    """

    file: str
    code: str
    table: str = ""
    row: int | None = None
    what: str = ""
    objectives: tuple[str, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what was found.

    Attributes:
        folder: The folder.
        files: The files that were read.
        findings: What is damaged.
        is_backup: Whether the folder is a backup.
    """

    folder: str
    files: tuple[str, ...]
    findings: tuple[DamageFinding, ...]
    is_backup: bool

    @property
    def is_damaged(self) -> bool:
        """Whether something is damaged now, not only found earlier."""
        return any(not finding.is_past for finding in self.findings)


def verify(folder: Path) -> Verified:
    """Return what is damaged in a folder; a server may be running on it.

    Raises:
        SchemaError: If a newer version wrote one of the files.
        StoreError: If there is nothing to read.
    """
    for _ in range(_TRIES):
        was_running = is_running(folder)
        found = _verify(folder, is_running=was_running)
        if was_running or not is_running(folder):
            return found
    return _verify(folder, is_running=True)


def is_running(folder: Path) -> bool:
    """Return whether a server, or another command, has the folder.

    Raises:
        StoreError: If the folder cannot be read.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be read: {error.strerror}; name the data folder, or a"
            " backup, with --data"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _verify(folder: Path, *, is_running: bool) -> Verified:
    looks: dict[str, Callable[[Path, _Opening], Iterator[DamageFinding]]] = {
        SAMPLES: _in_samples,
        STATE: _in_state,
    }
    odd = list(odd_files(folder))
    present = [
        name
        for name in looks
        if (folder / name).is_file()
        and not any(one.file.startswith(name) for one in odd)
    ]
    if not present and not odd:
        raise StoreError(
            f"{folder} holds no database; name the data folder, or a backup, with --data"
        )
    findings = list(_in_backup(folder)) if (folder / MANIFEST).exists() else []
    findings += odd
    if not is_running:
        findings += _in_logs(folder)
    opening = partial(_opened, is_running=is_running)
    for name in present:
        if (folder / name).stat().st_size == 0:
            findings.append(DamageFinding(name, "verify.empty"))
            continue
        findings += looks[name](folder / name, opening)
    is_backup = (folder / MANIFEST).exists()
    return Verified(str(folder), tuple(present), tuple(findings), is_backup)


def odd_files(folder: Path) -> Iterator[DamageFinding]:
    """Yield what lies in the place of a database and is no file that can be read."""
    for name in (SAMPLES, STATE):
        found = why_odd(folder / name)
        if found is not None:
            yield DamageFinding(found[0], "verify.file", what=found[1])


@contextmanager
def _opened(path: Path, *, is_running: bool) -> Iterator[sqlite3.Connection]:
    """Yield a connection; of a folder that nobody uses nothing is changed."""
    if not is_running:
        with peeking(path) as connection:
            yield connection
        return
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("PRAGMA busy_timeout = 5000")
        yield connection
    finally:
        connection.close()


def _in_backup(folder: Path) -> Iterator[DamageFinding]:
    try:
        manifest = read_manifest(folder)
    except StoreError as error:
        yield DamageFinding(MANIFEST, "verify.file", what=str(error))
        return
    for each in manifest.databases:
        if not is_as_backed_up(folder, each):
            yield DamageFinding(each.name, "verify.manifest")


def _in_logs(folder: Path) -> Iterator[DamageFinding]:
    """Yield what SQLite will not read of logs that a process left."""
    for name in (SAMPLES, STATE):
        lost = lost_tail(folder / name)
        if lost is not None:
            code, end_ms = _code_of_log(lost.commits), lost.end_ms
            yield DamageFinding(name, code, LOG, lost.commits, end_ms=end_ms)


def _code_of_log(commits: int) -> str:
    return "verify.log" if commits else "verify.log-unknown"


def _in_samples(path: Path, opening: _Opening) -> Iterator[DamageFinding]:
    with opening(path) as connection:
        connection.text_factory = _lenient
        try:
            version = version_of(path, connection)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        # The driver cannot decode what SQLite says of a damaged schema.
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield DamageFinding(path.name, "verify.file", what=str(error))
            return
        if version > len(MIGRATIONS):
            raise SchemaError(
                f"{path} was written by a newer version; verify it with that"
            )

        @contextmanager
        def read() -> Iterator[sqlite3.Connection]:
            yield connection

        owners = DamageOwners(read)
        seen = set()
        for found in sample_rows.inspect(read, version):
            if isinstance(found, sample_rows.Contradiction):
                yield DamageFinding(
                    path.name, "verify.structure", found.table, found.row, found.what
                )
                continue
            seen.add(found.key)
            yield _lost(path.name, found, owners)
        for known in sample_rows.known(read, version):
            if known.key not in seen and not known.is_mended:
                yield _lost(path.name, known, owners, is_past=True)


def _lost(
    file: str,
    damage: Damage,
    owners: DamageOwners,
    *,
    is_past: bool = False,
) -> DamageFinding:
    code = "verify.samples" if damage.generation is None else "verify.block"
    if damage.table == LOG:
        code = _code_of_log(damage.row)
    return DamageFinding(
        file,
        code,
        damage.table,
        damage.row,
        objectives=owners.objectives_of(damage),
        start_ms=damage.first_ms,
        end_ms=damage.last_ms,
        is_past=is_past,
    )


def _in_state(path: Path, opening: _Opening) -> Iterator[DamageFinding]:
    with opening(path) as connection:
        for found in state_rows.inspect(connection):
            if found.row is None:
                yield DamageFinding(
                    path.name, "verify.structure", found.table, what=found.what
                )
                continue
            code = "verify.aside" if found.is_aside else "verify.row"
            if found.table == LOG:
                code = "verify.log-aside"
            yield DamageFinding(
                path.name,
                code,
                found.table,
                found.row,
                found.what,
                is_past=found.is_aside,
            )


def _lenient(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def as_json(verified: Verified) -> str:
    """Return what was found for programs."""
    told = {
        "folder": verified.folder,
        "files": list(verified.files),
        "is_backup": verified.is_backup,
        "damaged": [_plain(one) for one in verified.findings],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _plain(one: DamageFinding) -> dict[str, object]:
    return {
        "file": one.file,
        "code": one.code,
        "table": one.table or None,
        "row": one.row,
        "what": one.what or None,
        "objectives": list(one.objectives),
        "start": None if one.start_ms is None else one.start_ms / 1000,
        "end": None if one.end_ms is None else one.end_ms / 1000,
        "is_past": one.is_past,
    }
