"""The embedded sample store: `ports.samples.SampleStore` in one SQLite file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from kizashi.errors import StoreError
from kizashi.log_tail import LostTail
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.damage import LOG, Damage
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.model.scrape_rows import ScrapeRow, SeriesSamples, StoredLayout
from kizashi.tsdb import chunks
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.database import Database
from kizashi.tsdb.head import LIMIT_MS, Head
from kizashi.tsdb.health import DamageReporter
from kizashi.tsdb.history import HistoryWriter
from kizashi.tsdb.inspection import inspect, inspect_rows, inspect_trees
from kizashi.tsdb.reading import SampleReading
from kizashi.tsdb.sealing import SampleSealing
from kizashi.tsdb.targets import TargetTables
from kizashi.tsdb.upkeep import Retention

#: The log is emptied so often.
_LOG_MS = 3_600_000


class SqliteSamples(TargetTables):
    """The sample store. Any thread may call; writers take turns.

    Where two samples claim the same target, series and time, the one that was
    stored first stays; where two targets hold the same series at the same time,
    `select` and `last_before` show the one of the lower target number.
    """

    def __init__(self, database: Database) -> None:
        """Open the store in a database, whose file it may share with the ledger.

        Raises:
            StoreError: If the disk or the database said no.
        """
        super().__init__(database)
        self._catalog = Catalog(database)
        self._catalog.collect_layouts()
        self._health = DamageReporter(database.damages, self._catalog)
        with database.read() as reader:
            database.damages.load(reader)
        self._head = Head(database, self._catalog, self._health)
        parts = (self._catalog, self._head, self._health)
        self._reading = SampleReading(database, *parts)
        self._sealing = SampleSealing(database, *parts)
        self._history = HistoryWriter(
            database, self._catalog, self._reading, self._health
        )
        self._upkeep = Retention(database, self._head, self._sealing)
        self._tell_lost(database.lost)

    def _tell_lost(self, lost: LostTail | None) -> None:
        """File what a damaged log has lost, from the newest scrape that is left on."""
        if lost is None:
            return
        newest = [
            row.hi
            for target in self._head.targets()
            for row in self._head.rows(target, -LIMIT_MS, LIMIT_MS)
        ]
        first_ms = max(newest, default=lost.end_ms - _LOG_MS) + 1
        first_ms = min(first_ms, lost.end_ms)
        self._database.damages.note([Damage(LOG, lost.commits, first_ms, lost.end_ms)])
        # Where the disk takes nothing it stays in memory.
        with suppress(StoreError):
            self.save_damages()

    @property
    def corrupt(self) -> int:
        """How many damaged rows are known: what they held is in no answer."""
        return self._database.damages.count()

    def damages(self) -> Sequence[Damage]:
        """Return what of samples and ledger is known to be damaged."""
        return self._database.damages.all()

    def save_damages(self) -> None:
        """Store what readers have found damaged; they do not write themselves.

        Raises:
            StoreError: If the disk or the database said no; it stays in memory.
        """
        if not self._database.damages.is_saved:
            with self._database.write():
                pass  # Every transaction stores what was found.

    def layout(self, labels: Sequence[Labels]) -> StoredLayout:
        """Return the layout of these series in this order, making what is new.

        Its number is good until the store is closed, and for as long as a row of
        the head refers to it; after opening the store anew, ask again.
        """
        return self._catalog.layout(labels)

    def series_of_target(self, target: int) -> list[tuple[int, Labels]]:
        """Return every series that a row of this target ever held, by number."""
        numbers = self._catalog.streams(target).series.tolist()
        return list(zip(numbers, self._catalog.labels(numbers), strict=True))

    def first_stored_ms(self, series: Int64Array) -> Int64Array:
        """Return the time of each series' first sample ever, NEVER_MS without one."""
        return self._catalog.first_ms(series)

    def append(self, rows: Sequence[ScrapeRow]) -> None:
        """Store scrapes in one durable transaction.

        A row of the same target and time that is in the head already is left as it
        is; once that is sealed, its samples are.

        Raises:
            StoreError: If nothing of the call was stored.
        """
        self._database.require_room()
        self._head.append(rows)

    def read_matrix(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> tuple[Int64Array, FloatArray]:
        """Return samples of some series of one target, lined up by time.

        Args:
            target: The target's number.
            series: Series numbers, shape (n,).
            start_ms: First time, included.
            end_ms: Last time, included.

        Returns:
            Times, strictly increasing, shape (r,), and values, shape (r, n): NaN
            where a series has no sample, a staleness marker where it ended.
        """
        return self._reading.matrix(target, series, start_ms, end_ms)

    def select(
        self, selector: Selector, start_ms: int, end_ms: int
    ) -> Iterator[SeriesSamples]:
        """Yield every matching series with samples in the span, by number."""
        return self._reading.select(selector, start_ms, end_ms)

    def last_before(
        self, series: Int64Array, before_ms: int
    ) -> Mapping[int, tuple[int, float]]:
        """Return the last real sample of each series strictly before a time."""
        return self._reading.last_before(series, before_ms)

    def first_scrape_ms(self) -> int | None:
        """Return the time of the oldest sample stored, or None."""
        found = [
            row.lo
            for target in self._head.targets()
            for row in self._head.rows(target, -LIMIT_MS, LIMIT_MS)
        ]
        with self._database.read() as reader:
            for level in chunks.LEVELS:
                oldest = chunks.blocks(reader, level, -LIMIT_MS, LIMIT_MS)[:1]
                found += [chunks.first_of_block(reader, level, b) for b in oldest]
        return min(found, default=None)

    def write_history(
        self,
        target: int,
        labels: Sequence[Labels],
        ts_ms: Int64Array,
        values: FloatArray,
    ) -> int:
        """Store back-filled samples of one target in one durable transaction.

        Args:
            target: The target's number.
            labels: Different label sets, n of them.
            ts_ms: Strictly increasing, shape (r,), all within one hour.
            values: Shape (r, n), NaN where there is no sample; a staleness marker
                is one.

        Returns:
            How many samples were new. A sample whose series has one at that time
            already is left as it is.

        Raises:
            StoreError: If nothing of the call was stored.
        """
        self._database.require_room()
        with self._sealing.lock:
            return self._history.write(target, labels, ts_ms, values)

    def seal(self, before_ms: int) -> None:
        """Move rows of the two-hour blocks that end by a time into chunks.

        The chunks of each day that ends by then are joined. Many small transactions:
        appends go on meanwhile.
        """
        if self._database.has_room():
            self._sealing.seal(before_ms)

    def expire(self, before_ms: int) -> None:
        """Delete whole blocks older than a time, in small transactions.

        A block is a day long, or two hours where the day was not joined yet: samples
        may live up to a day longer than asked for.
        """
        self._upkeep.expire(before_ms)

    def check(self) -> list[str]:
        """Return what is wrong with the file; empty when all is well."""
        return [
            f"row {found.row} of {found.table} is damaged"
            if isinstance(found, Damage)
            else f"{self._database.path}: {found.what}"
            for found in inspect(self._database.read)
        ]

    def look_through(self, between: Callable[[], object]) -> None:
        """Read all samples and blocks once, and take note of those that are damaged.

        Args:
            between: Called after every few hundred rows: a place to rest.
        """
        read = self._database.read
        self._database.damages.note(inspect_rows(read, between))
        self._database.damages.note(inspect_trees(read, between))

    def checkpoint(self) -> bool:
        """Empty the log; return whether that went through. To be called hourly."""
        return self._database.checkpoint()

    def size_bytes(self) -> int:
        """Return the bytes that the store takes on disk, its log included."""
        return self._database.size_bytes()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
