"""The data folder of a server and the stores in it, opened in an order that is safe."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kizashi.statedb import database as statedb
from kizashi.statedb.database import StateDatabase, open_state
from kizashi.tsdb.database import Database, refuse_newer
from kizashi.tsdb.folder import DataFolder
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

SAMPLES = "samples.db"


@dataclass(frozen=True, slots=True)
class Stores:
    """What a server keeps on its disk.

    Attributes:
        folder: The folder, which no other process may use meanwhile.
        state: Alerts, what they owe, silences, tokens.
        database: The file of samples and ledger.
        samples: The samples in it.
        ledgers: The ledger in it.
    """

    folder: DataFolder
    state: StateDatabase
    database: Database
    samples: SqliteSamples
    ledgers: SqliteLedger

    @classmethod
    def open(cls, data: Path, now_ms: int) -> Self:
        """Take the folder and open everything in it.

        Raises:
            SchemaError: If a newer version wrote one of the files; nothing is written.
            StoreError: If the folder is taken, or a file cannot be opened.
        """
        # Before either is migrated: one that a newer version wrote stops both.
        refuse_newer(data / SAMPLES)
        statedb.refuse_newer(data / statedb.FILE_NAME)
        folder = DataFolder(data)
        try:
            state = open_state(data, now_ms)
            database = Database(data / SAMPLES)
            samples, ledgers = SqliteSamples(database), SqliteLedger(database)
        except BaseException:
            folder.close()
            raise
        return cls(folder, state, database, samples, ledgers)

    def close(self) -> None:
        """Close everything, the folder last."""
        self.samples.close()
        self.database.close()
        self.state.close()
        self.folder.close()
