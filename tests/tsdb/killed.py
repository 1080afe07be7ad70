"""The process that the kill tests kill.

usage: killed.py append FOLDER          appends rows for ever, a line for each
       killed.py seal FOLDER N WHERE    seals and dies in its Nth write
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.testing.sample_store_contract import DAY, T0
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples

LABELS = [Labels.of({"__name__": f"m{n}"}) for n in range(40)]
STEP = 60_000


def values(number: int, target: int) -> np.ndarray:
    """The values of a row, so that the parent knows them too."""
    out = np.arange(len(LABELS), dtype=np.float64) * number + target
    out[::7] += 0.1
    return out


def append(store: SqliteSamples, number: int) -> None:
    """Append the rows of two targets in one call."""
    store.append(
        [
            ScrapeRow(
                store.target_id("job", LABELS[target]),
                T0 + number * STEP,
                store.layout(LABELS).id,
                values(number, target),
                None,
                np.array([1] if number % 50 == target else [], np.int64),
            )
            for target in (1, 2)
        ]
    )


class Dying(Database):
    """Kills its process in its nth write, before or after the commit."""

    def __init__(self, path: Path, *, nth: int, where: str) -> None:
        self._left = nth
        self._where = where
        super().__init__(path)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with super().write() as writer:
            yield writer
            self._left -= 1
            if self._left == 0 and self._where == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Do what the command line says until killed."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "append":
        store = SqliteSamples(Database(folder / "samples.db"))
        number = 0
        while True:
            append(store, number)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            number += 1
    nth, where = int(sys.argv[3]), sys.argv[4]
    SqliteSamples(Dying(folder / "samples.db", nth=nth, where=where)).seal(T0 + 2 * DAY)


if __name__ == "__main__":
    main()
