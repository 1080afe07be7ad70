"""Retention: what is too old goes, in small steps."""

from kizashi.tsdb.chunks import LEVELS
from kizashi.tsdb.database import Database
from kizashi.tsdb.head import LIMIT_MS, Head
from kizashi.tsdb.sealing import SampleSealing

_CHUNKS_PER_DELETE = 250
_PAGES_PER_STEP = 1_000
#: Free pages that are kept for what comes next, as a share of the file.
_SPARE = 0.1


class Retention:
    """Deletes what is too old."""

    def __init__(self, database: Database, head: Head, sealing: SampleSealing) -> None:
        self._database = database
        self._head = head
        self._sealing = sealing

    def expire(self, before_ms: int) -> None:
        """Delete the blocks and rows that end before a time."""
        with self._sealing.lock:
            old = [
                row.id
                for target in self._head.targets()
                for row in self._head.rows(target, -LIMIT_MS, before_ms - 1)
                if row.hi < before_ms
            ]
            self._sealing.delete_rows(old)
            for level in LEVELS:
                below = level.key(before_ms)
                more = True
                while more:
                    with self._database.write() as writer:
                        deleted = writer.execute(
                            level.delete_range, (below, _CHUNKS_PER_DELETE)
                        ).rowcount
                    more = deleted == _CHUNKS_PER_DELETE
                with self._database.write() as writer:
                    writer.execute(level.delete_times, (below,))
                    self._database.damages.expire(writer, before_ms)
            self._give_back()

    def _give_back(self) -> None:
        """Free pages in small steps while more of the file is unused than is useful."""
        with self._database.read() as reader:
            (pages,) = reader.execute("PRAGMA page_count").fetchone()
            (free,) = reader.execute("PRAGMA freelist_count").fetchone()
        spare = max(_PAGES_PER_STEP, int(pages * _SPARE))
        while free > spare:
            left = self._database.vacuum(min(_PAGES_PER_STEP, free - spare))
            if left >= free:
                break
            free = left
