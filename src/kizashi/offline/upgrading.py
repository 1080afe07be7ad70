"""Brings a data folder of an older version up to date: both databases, or none."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kizashi.errors import SchemaError, StoreError
from kizashi.schema_copies import (
    Outdated,
    copies_before,
    how_to_go_back,
    make_copies,
)
from kizashi.statedb import database as statedb
from kizashi.statedb.migrations import STEPS
from kizashi.tsdb import database as tsdb
from kizashi.tsdb.schema import MIGRATIONS

SAMPLES = "samples.db"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A database of a data folder: up to which schema it is known, and its own."""

    name: str
    newest: int
    stored: Callable[[Path], int | None]
    refuse_newer: Callable[[Path], None]


_KEPT = (
    _Kept(SAMPLES, len(MIGRATIONS), tsdb.stored_version, tsdb.refuse_newer),
    _Kept(
        statedb.FILE_NAME,
        STEPS[-1].number,
        statedb.stored_version,
        statedb.refuse_newer,
    ),
)


def refuse_newer(data: Path) -> None:
    """Refuse a folder in which a newer version wrote a database; nothing is written.

    Raises:
        SchemaError: If one did, with the way back where copies of before it lie there.
    """
    for kept in _KEPT:
        try:
            kept.refuse_newer(data / kept.name)
        except SchemaError as error:
            newer = {
                data / one.name: one.newest
                for one in _KEPT
                if (one.stored(data / one.name) or 0) > one.newest
            }
            told = how_to_go_back(copies_before(newer))
            raise SchemaError(f"{error}. {told}" if told else str(error)) from error


def copy_outdated(data: Path) -> list[Outdated]:
    """Copy every database of an older version, before any is changed; return them.

    Raises:
        StoreError: If there is no room for all of them, or one cannot be copied.
    """
    stored = [(kept, kept.stored(data / kept.name)) for kept in _KEPT]
    outdated = [
        Outdated(data / kept.name, version)
        for kept, version in stored
        if version is not None and version < kept.newest
    ]
    make_copies(outdated)
    return outdated


@contextmanager
def upgrading(outdated: Sequence[Outdated]) -> Iterator[None]:
    """Bring databases up to date in the block; where it fails, say what to do.

    Raises:
        StoreError: If it does.
    """
    try:
        yield
    except StoreError as error:
        if not outdated:
            raise
        back = how_to_go_back([one.copy for one in outdated])
        raise StoreError(
            f"the upgrade is not finished: {error}. Start again when that is mended."
            f" {back}"
        ) from error


def open_bulk(data: Path) -> tsdb.Database:
    """Return the samples of a folder that nobody uses, opened for an import.

    Raises:
        SchemaError: If a newer version wrote them.
        StoreError: If they cannot be opened.
    """
    with upgrading(copy_outdated(data)):
        return tsdb.Database(data / SAMPLES, is_bulk=True)
