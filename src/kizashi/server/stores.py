"""The data folder of a server and the stores in it, opened in an order that is safe."""

import logging
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kizashi.data_folder import how_to_restore
from kizashi.declarations.configuration import DEFAULT_RESERVE_BYTES
from kizashi.offline.upgrading import (
    SAMPLES,
    copy_outdated,
    refuse_newer,
    upgrading,
)
from kizashi.server.disk_reserve import Reserve
from kizashi.server.unwritable_folder import copy_elsewhere, why_unwritable
from kizashi.statedb.database import FILE_NAME as STATE, StateDatabase, open_state
from kizashi.tsdb.database import Database
from kizashi.tsdb.folder import DataFolder
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

_LOG = logging.getLogger(__name__)


def _tell_missing(folder: Path) -> None:
    """Say of a database that is made anew beside one that is not empty."""
    names = {SAMPLES, STATE}
    there = {n for n in names if (p := folder / n).is_file() and p.stat().st_size}
    for name in names - there if there else ():
        _LOG.warning(
            "%s is empty or absent, and %s is not: it is made anew. If this is not the"
            " first start, what it held is lost. %s",
            folder / name,
            *there,
            how_to_restore(folder),
        )


@dataclass(frozen=True, slots=True)
class Stores:
    """What a server keeps on its disk.

    Attributes:
        folder: The folder, which no other process may use meanwhile.
        reserve: Room that is kept for the state.
        state: Alerts, their notifications, silences, tokens.
        database: The file of samples and ledger.
        samples: The samples in it.
        ledgers: The ledger in it.
        standing_in: Where a copy lies that is used instead, None where none is.
        why: Why it is.
    """

    folder: DataFolder
    reserve: Reserve
    state: StateDatabase
    database: Database
    samples: SqliteSamples
    ledgers: SqliteLedger
    standing_in: Path | None = None
    why: str = ""

    @classmethod
    def open(
        cls, data: Path, now_ms: int, reserve_bytes: int = DEFAULT_RESERVE_BYTES
    ) -> Self:
        """Take the folder and open everything in it.

        Raises:
            SchemaError: If a newer version wrote one of the files; nothing is written.
            StoreError: If the folder is taken, or a file cannot be opened.
        """
        # Before either is migrated: one that a newer version wrote stops both.
        refuse_newer(data)
        with ExitStack() as undo:
            folder = undo.enter_context(DataFolder(data))
            reserve = Reserve(data, reserve_bytes)
            why = why_unwritable(data)
            place, made = data, None
            if why is not None:
                place = made = copy_elsewhere(data, why)
                undo.callback(shutil.rmtree, made, ignore_errors=True)
                reserve = Reserve(made, reserve_bytes)
            # What stands in for the folder is a copy itself.
            outdated = copy_outdated(data) if made is None else []
            _tell_missing(place)
            with upgrading(outdated):
                state = open_state(place, now_ms, on_full=reserve.give_up)
                undo.callback(state.close)
                database = undo.enter_context(Database(place / SAMPLES))
            samples, ledgers = SqliteSamples(database), SqliteLedger(database)
            database.has_room = lambda: reserve.is_held
            undo.pop_all()
        return cls(folder, reserve, state, database, samples, ledgers, made, why or "")

    @property
    def is_kept(self) -> bool:
        """Whether what happens is in the data folder, and not in a copy."""
        return self.standing_in is None

    def close(self) -> None:
        """Close everything, the folder last."""
        self.samples.close()
        self.database.close()
        self.state.close()
        if self.standing_in is not None:
            shutil.rmtree(self.standing_in, ignore_errors=True)
        self.folder.close()
