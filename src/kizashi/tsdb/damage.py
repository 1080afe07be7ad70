"""Which rows were found damaged: in memory at once, in the file as soon as it can be."""

import sqlite3
import threading
from collections.abc import Iterable, Sequence

from kizashi.model.damage import Damage

_COLUMNS = "tbl, row, first_ms, last_ms, target, series, generation, mended"


class Damages:
    """What readers of one file have met; any thread may note some.

    A reader must not write. So what it notes is stored by the next that writes anyway,
    and before what is damaged may be deleted: the time that it held stays unseen.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int, int], Damage] = {}
        self._unsaved: dict[tuple[str, int, int], Damage] = {}
        #: Grows with everything that is noted.
        self.version = 0

    def load(self, reader: sqlite3.Connection) -> None:
        """Take over what is stored."""
        rows = reader.execute(f"SELECT {_COLUMNS} FROM damage").fetchall()  # noqa: S608
        with self._lock:
            for *stored, mended in rows:
                damage = Damage(*stored)
                if mended:
                    damage = damage.mended()
                self._known.setdefault(damage.key, damage)

    def note(self, damages: Iterable[Damage]) -> None:
        """Take note of damage, or that it was mended; what is known changes nothing.

        What was mended may be damaged again.
        """
        for damage in damages:
            with self._lock:
                known = self._known.get(damage.key)
                if known is None or damage.is_mended != known.is_mended:
                    self._known[damage.key] = self._unsaved[damage.key] = damage
                    self.version += 1

    def all(self) -> Sequence[Damage]:
        """Return everything that is known."""
        with self._lock:
            return tuple(self._known.values())

    def count(self) -> int:
        """Return how many rows are known."""
        return len(self._known)

    def lost_blocks(
        self, generations: Iterable[int], first_ms: int, last_ms: int
    ) -> list[Damage]:
        """Return blocks of the ledger that are lost and touch a stretch of time."""
        if not self._known:
            return []
        wanted = set(generations)
        return [
            damage
            for damage in self.all()
            if damage.generation in wanted and damage.touches(first_ms, last_ms)
        ]

    @property
    def is_saved(self) -> bool:
        """Whether everything known is in the file."""
        return not self._unsaved

    def save(self, writer: sqlite3.Connection) -> list[Damage]:
        """Store what is not stored, in a transaction; return it for `saved`."""
        with self._lock:
            new = list(self._unsaved.values())
        writer.executemany(
            f"INSERT OR REPLACE INTO damage({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *one.key[:2],
                    one.first_ms,
                    one.last_ms,
                    one.target,
                    one.series,
                    one.generation,
                    int(one.is_mended),
                )
                for one in new
            ],
        )
        return new

    def saved(self, stored: Iterable[Damage]) -> None:
        """Take note that a transaction with these is durable."""
        with self._lock:
            for damage in stored:
                if self._unsaved.get(damage.key) == damage:
                    del self._unsaved[damage.key]

    def expire(self, writer: sqlite3.Connection, before_ms: int) -> None:
        """Forget, in a transaction, what ended before a time."""
        with self._lock:
            gone = [d for d in self._known.values() if d.last_ms < before_ms]
            for damage in gone:
                del self._known[damage.key]
                self._unsaved.pop(damage.key, None)
        if gone:
            writer.execute("DELETE FROM damage WHERE last_ms < ?", (before_ms,))
