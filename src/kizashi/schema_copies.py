"""Copies of databases of an older schema, made before any of them is brought up to date.

All are made before the first is changed: what is brought up to date half-way would
start with neither version.
"""

import errno
import re
import shlex
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kizashi.data_folder import PRIVATE, free_bytes, make_private, peeking, sync
from kizashi.errors import StoreError

#: What bringing them up to date may need beside the copies.
_ROOM_BYTES = 16 << 20
_PART = ".part"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Outdated:
    """A database of an older schema."""

    path: Path
    version: int

    @property
    def copy(self) -> Path:
        """Where its copy lies."""
        return self.path.with_name(f"{self.path.name}.schema-{self.version}")


def make_copies(outdated: Sequence[Outdated]) -> None:
    """Copy databases page by page, damaged ones too; a copy that is there is replaced.

    Each is as it was before the upgrade, also where an earlier one was broken off: a
    database is brought up to date in one transaction.

    Raises:
        StoreError: If there is no room for all of them, or one cannot be made; then
            nothing has changed, and nothing that was copied is left.
    """
    if not outdated:
        return
    made: list[Path] = []
    try:
        _clear(outdated)
        _require_room(outdated)
        for one in outdated:
            _copy(one)
            made.append(one.copy)
        sync(outdated[0].path.parent)
    except (sqlite3.Error, OSError, StoreError) as error:
        _clear(outdated)
        for path in made:
            with suppress(OSError):
                path.unlink()
        advice = "Free some space on that disk (`df -h` shows it)"
        if not isinstance(error, StoreError) and not _is_full(error):
            names = " ".join(shlex.quote(f"{one.copy}") + "*" for one in outdated)
            advice = f"Look at what is in the way (`ls -ld {names}` shows it)"
        raise StoreError(
            f"{_what(outdated)}. {error}. Nothing was changed: the older version still"
            f" starts. {advice} and start again"
        ) from error


def _is_full(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    # SQLite tells a disk that takes nothing as an error of input and output as well.
    is_sqlite = code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
    return is_sqlite or getattr(error, "errno", 0) in {errno.ENOSPC, errno.EDQUOT}


def _what(outdated: Sequence[Outdated]) -> str:
    names = " and ".join(one.path.name for one in outdated)
    return (
        f"{outdated[0].path.parent}: {names} must be brought up to date, and a copy of"
        " each is made first"
    )


def _require_room(outdated: Sequence[Outdated]) -> None:
    needed = sum(_bytes_of(one.path) for one in outdated) + _ROOM_BYTES
    free = free_bytes(outdated[0].path.parent)
    if free < needed:
        raise StoreError(
            f"That needs {-(-needed // _MIB)} MiB, and {free // _MIB} MiB are free"
        )


def _bytes_of(path: Path) -> int:
    with peeking(path) as probe:
        (pages,) = probe.execute("PRAGMA page_count").fetchone()
        (size,) = probe.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size)


def _copy(one: Outdated) -> None:
    part = one.copy.with_name(f"{one.copy.name}{_PART}")
    address = one.path.absolute().as_uri()
    make_private(one.path)
    with (
        # The last to close it would empty a log that is still to be looked at.
        closing(sqlite3.connect(f"{address}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(part)) as to,
    ):
        part.chmod(PRIVATE)
        # It is given its name when it is whole: no journal has to undo anything.
        to.execute("PRAGMA journal_mode=OFF")
        to.execute("PRAGMA synchronous=OFF")
        source.backup(to)
    sync(part)
    part.rename(one.copy)


def _clear(outdated: Iterable[Outdated]) -> None:
    """Remove what an upgrade that was broken off has copied in part."""
    for one in outdated:
        for part in one.path.parent.glob(f"{one.path.name}.schema-*{_PART}"):
            with suppress(OSError):
                part.unlink()


def copies_before(newer: Mapping[Path, int]) -> list[Path]:
    """Return the copies from which an older version can go on.

    Args:
        newer: Databases that it does not know, and up to which schema it knows them.
    """
    found = []
    for path, known in newer.items():
        numbered = [
            (int(match[1]), copy)
            for copy in path.parent.glob(f"{path.name}.schema-*")
            if (match := re.fullmatch(r".*\.schema-(\d+)", copy.name))
        ]
        usable = [one for one in numbered if one[0] <= known]
        if usable:
            found.append(max(usable)[1])
    return found


def how_to_go_back(copies: Sequence[Path]) -> str:
    """Return which copies there are, and the command that puts them into place."""
    if not copies:
        return ""
    folder = copies[0].parent
    aside = next(
        name
        for number in range(1, 1000)
        if not (folder / (name := f"newer-{number}")).exists()
    )
    names = [copy.name.rpartition(".schema-")[0] for copy in copies]
    made = max(copy.stat().st_mtime for copy in copies)
    listed = " and ".join(copy.name for copy in copies)
    moved = " ".join(f"{name}*" for name in names)
    back = " && ".join(
        f"cp -p {aside}/{copy.name} {name}"
        for name, copy in zip(names, copies, strict=True)
    )
    return (
        f"Beside it lie {listed}, copies of before the upgrade of"
        f" {datetime.fromtimestamp(made, UTC):%Y-%m-%d %H:%MZ}; what was stored since is"
        " not in them. To go back to them and to the older version:"
        f" cd {shlex.quote(str(folder))} && mkdir {aside} && mv {moved} {aside}/"
        f" && {back}"
    )
