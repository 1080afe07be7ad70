"""Series, layouts and streams: who is behind the numbers in the sample rows."""

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.data_folder import how_to_restore
from kizashi.errors import StoreError
from kizashi.model.arrays import Int64Array
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.matchers import Selector
from kizashi.model.scrape_rows import NEVER_MS, StoredLayout
from kizashi.tsdb import codec
from kizashi.tsdb.database import Database
from kizashi.tsdb.layouts import Layout, Streams, load_streams
from kizashi.tsdb.targets import labels_from_text, labels_to_text

#: Label sets that are kept decoded; beyond it the cache starts over.
_CACHED_LABELS = 500_000
#: Layouts that are kept decoded, 24 kB each for a thousand series.
_CACHED_LAYOUTS = 1_024
_NEWEST_SERIES = "SELECT max(id) FROM series"
_NEWEST_LAYOUT = "SELECT max(id) FROM layout"


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """A series that has its number and is not in the file yet."""

    number: int
    labels: Labels
    text: str


class Catalog:
    """The series tables of the sample file, and what of them is kept in memory.

    What is new has its number at once, and is written there and then or, where the disk
    takes nothing, before the first row that refers to it: a full disk must not keep the
    first error of a service from its alerts.

    Attributes:
        ingest: Held by what makes series, layouts or streams, until what was made
            is published; taken before the database's own lock, never inside it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ingest = threading.RLock()
        # Guards what readers look up. Its holder may read the database but
        # never write to it, or a writer that looks something up would wait for ever.
        self._lock = threading.Lock()
        self._numbers: dict[Labels, int] = {}
        self._labels: dict[int, Labels] = {}
        self._layouts: dict[int, Layout] = {}
        self._streams: dict[int, Streams] = {}
        self._first = np.full(1024, NEVER_MS, np.int64)
        # By digest. Both change only inside `ingest` and inside the lock.
        self._unsaved: dict[bytes, _Unsaved] = {}
        self._unsaved_layouts: dict[bytes, tuple[int, Int64Array]] = {}
        self._is_stuck = False
        with database.read() as reader:
            self._next_series = _next_number(reader, _NEWEST_SERIES)
            self._next_layout = _next_number(reader, _NEWEST_LAYOUT)
            stored = reader.execute("SELECT id, first_ms FROM series").fetchall()
        if stored:
            table = np.array(stored, np.int64)
            self._grow(int(np.max(table[:, 0])))
            self._first[table[:, 0]] = table[:, 1]

    def layout(self, labels: Sequence[Labels]) -> StoredLayout:
        """Return the layout of these series in this order, making what is new."""
        with self.ingest:
            series = self.numbers(labels)
            number = self._layout_number(layout_digest(series), series)
            if not self._is_stuck:
                # Where it is, the next to store a row tries again, and hears why.
                with contextlib.suppress(StoreError):
                    self.save()
            return StoredLayout(
                number, series, tuple(labels), self._first[series].copy()
            )

    def get_layout(self, number: int) -> Layout:
        """Return a layout by its number.

        Raises:
            StoreError: If there is none.
        """
        layout = self.find_layout(number)
        if layout is None:
            raise StoreError(f"there is no layout {number}; ask layout() for one")
        return layout

    def find_layout(self, number: int) -> Layout | None:
        """Return a layout by its number, None where it is absent or damaged."""
        with self._lock:
            if number not in self._layouts:
                series = self._read_layout(number)
                if series is None:
                    return None
                while len(self._layouts) >= _CACHED_LAYOUTS:
                    del self._layouts[next(iter(self._layouts))]
                self._layouts[number] = Layout(series)
            return self._layouts[number]

    def numbers(self, labels: Sequence[Labels]) -> Int64Array:
        """Return the series numbers of label sets, making what is new."""
        with self.ingest:
            missing = [one for one in labels if one not in self._numbers]
            if missing:
                self._learn(missing)
            return np.array([self._numbers[one] for one in labels], np.int64)

    def labels(self, series: Iterable[int]) -> list[Labels]:
        """Return the label sets of series numbers, which exist.

        Raises:
            StoreError: If one is damaged: under another name its events would count
                for something else.
        """
        wanted = list(series)
        with self._lock:
            by_number = {one.number: one.labels for one in self._unsaved.values()}
            by_number |= {n: self._labels[n] for n in wanted if n in self._labels}
            missing = [n for n in wanted if n not in by_number]
            if missing:
                rows = self._database.rows(
                    "SELECT id, hash, labels FROM series"
                    " WHERE id IN (SELECT value FROM json_each(?))",
                    (json.dumps(missing),),
                )
                if len(self._labels) > _CACHED_LABELS:
                    self._labels.clear()
                if len(rows) < len(set(missing)):
                    raise self._damage("a series is missing")
                fresh = {number: self._decode(*row) for number, *row in rows}
                self._labels.update(fresh)
                by_number.update(fresh)
            return [by_number[n] for n in wanted]

    def save(self) -> None:
        """Write the series and layouts that are not in the file yet.

        Raises:
            StoreError: If the disk or the database said no; they are kept in memory.
        """
        with self.ingest:
            if not self._unsaved and not self._unsaved_layouts:
                return
            # An attempt may take as long as a lock is waited for.
            self._is_stuck = True
            self._database.require_room()
            with self._database.write() as writer:
                _insert_series(writer, self._unsaved)
                writer.executemany(
                    "INSERT INTO layout(id, hash, series) VALUES(?, ?, ?)",
                    [
                        (number, digest, codec.pack(series))
                        for digest, (number, series) in self._unsaved_layouts.items()
                    ],
                )
            with self._lock:
                self._unsaved = {}
                self._unsaved_layouts = {}
            self._is_stuck = False

    def find(self, selector: Selector) -> list[tuple[int, Labels]]:
        """Return every series that matches, by number."""
        named = [m for m in selector.matchers if m.name == METRIC_NAME]
        with self._database.read() as reader:
            if selector.metric_name is not None:
                metrics = reader.execute(
                    "SELECT id, name FROM metric WHERE name=?", (selector.metric_name,)
                ).fetchall()
            else:
                metrics = reader.execute("SELECT id, name FROM metric").fetchall()
            chosen = [
                number
                for number, name in metrics
                if all(m.matches_value(name) for m in named)
            ]
            rows = reader.execute(
                "SELECT id FROM series WHERE metric IN (SELECT value FROM json_each(?))"
                " ORDER BY id",
                (json.dumps(chosen),),
            ).fetchall()
        numbers = [n for (n,) in rows]
        pairs = zip(numbers, self.labels(numbers), strict=True)
        return [(n, labels) for n, labels in pairs if selector.matches(labels)]

    def streams(self, target: int) -> Streams:
        """Return the streams of a target."""
        with self._lock:
            if target not in self._streams:
                with self._database.read() as reader:
                    self._streams[target] = load_streams(reader, target)
            return self._streams[target]

    def owner(self, stream: int) -> tuple[int, int] | None:
        """Return the target and the series of a stream, or None for no stream."""
        with self._database.read() as reader:
            row: tuple[int, int] | None = reader.execute(
                "SELECT target, series FROM stream WHERE id=?", (stream,)
            ).fetchone()
        return row

    def streams_of_series(self, series: Sequence[int]) -> list[tuple[int, int, int]]:
        """Return (series, target, stream) of every stream of some series."""
        with self._database.read() as reader:
            return reader.execute(
                "SELECT series, target, id FROM stream"
                " WHERE series IN (SELECT value FROM json_each(?))"
                " ORDER BY series, target",
                (json.dumps(list(series)),),
            ).fetchall()

    def bind(
        self,
        writer: sqlite3.Connection,
        target: int,
        series: Int64Array,
        known: Streams | None,
    ) -> Streams:
        """Make the streams that a target lacks, inside a write transaction.

        Args:
            writer: The transaction.
            target: The target's number.
            series: Series numbers.
            known: What an earlier call in this transaction returned.

        Returns:
            What to `publish` once the transaction is durable.
        """
        if known is None:
            with self._lock:
                known = self._streams.get(target)
        if known is None:
            known = load_streams(writer, target)
        missing = np.setdiff1d(series, known.series)
        if not len(missing):
            return known
        writer.executemany(
            "INSERT INTO stream(target, series) VALUES(?, ?)",
            [(target, number) for number in missing.tolist()],
        )
        return load_streams(writer, target)

    def lower_first(
        self, writer: sqlite3.Connection, firsts: Mapping[int, int]
    ) -> None:
        """Note times of samples that are older than any of their series before."""
        writer.executemany(
            "UPDATE series SET first_ms=min(first_ms, ?1),"
            " first_mark=~min(first_ms, ?1) - id WHERE id=?2",
            [(ts, number) for number, ts in firsts.items()],
        )

    def first_ms(self, series: Int64Array) -> Int64Array:
        """Return the times of the first samples of series, NEVER_MS for none."""
        with self.ingest:
            known = series < len(self._first)
            return np.where(known, self._first[np.where(known, series, 0)], NEVER_MS)

    def publish(
        self, streams: Mapping[int, Streams], firsts: Mapping[int, int]
    ) -> None:
        """Take over what a transaction that is now durable has made."""
        with self._lock:
            self._streams.update(streams)
        for number, ts in firsts.items():
            self._first[number] = min(int(self._first[number]), ts)

    def collect_layouts(self) -> None:
        """Delete the layouts that no row refers to; only before any is handed out."""
        with self._database.write() as writer:
            writer.execute(
                "DELETE FROM layout WHERE id NOT IN (SELECT DISTINCT layout FROM head)"
            )

    def _decode(self, digest: bytes, text: str) -> Labels:
        if text_digest(text) != digest:
            raise self._damage(f"the labels {text!r} are not those that were written")
        return labels_from_text(text)

    def _damage(self, what: str) -> StoreError:
        path = self._database.path
        return StoreError(f"{path} is damaged: {what}. {how_to_restore(path.parent)}")

    def _read_layout(self, number: int) -> Int64Array | None:
        """Return the series of a layout, None where it is absent or damaged."""
        for unsaved, series in self._unsaved_layouts.values():
            if unsaved == number:
                return series
        with self._database.read() as reader:
            row = reader.execute(
                "SELECT hash, series FROM layout WHERE id=?", (number,)
            ).fetchone()
        found = codec.unpack_ints(row[1]) if row else None
        return found if found is not None and layout_digest(found) == row[0] else None

    def _layout_number(self, digest: bytes, series: Int64Array) -> int:
        if digest in self._unsaved_layouts:
            return self._unsaved_layouts[digest][0]
        with self._database.read() as reader:
            row = reader.execute(
                "SELECT id FROM layout WHERE hash=?", (digest,)
            ).fetchone()
        if row is not None:
            return int(row[0])
        number = self._next_layout
        self._next_layout += 1
        with self._lock:
            self._unsaved_layouts[digest] = (number, series)
        return number

    def _learn(self, missing: Sequence[Labels]) -> None:
        """Read or make the numbers of label sets that are not in memory."""
        texts = {labels: labels_to_text(labels) for labels in missing}
        hashes = {labels: text_digest(text) for labels, text in texts.items()}
        found = {}
        new: dict[bytes, _Unsaved] = {}
        with self._database.read() as reader:
            for labels, digest in hashes.items():
                if digest in self._unsaved:
                    found[labels] = self._unsaved[digest].number
                elif (row := _series_number(reader, digest)) is not None:
                    found[labels] = row[0]
                else:
                    number = self._next_series + len(new)
                    new[digest] = _Unsaved(number, labels, texts[labels])
                    found[labels] = number
        self._next_series += len(new)
        with self._lock:
            self._unsaved |= new
        if len(self._numbers) > _CACHED_LABELS:
            self._numbers.clear()
        self._numbers.update(found)
        self._grow(max(found.values()))

    def _grow(self, number: int) -> None:
        """Make room for the first times of series up to a number."""
        if number >= len(self._first):
            room = np.full(number - len(self._first) + 1 + number // 2, NEVER_MS)
            self._first = np.concatenate([self._first, room])


def _next_number(reader: sqlite3.Connection, newest: str) -> int:
    """Return the number after the one that a query finds, 1 where it finds none."""
    (number,) = reader.execute(newest).fetchone()
    return (number or 0) + 1


def _insert_series(
    writer: sqlite3.Connection, unsaved: Mapping[bytes, _Unsaved]
) -> None:
    names = {one.labels.metric_name for one in unsaved.values()}
    metrics = _metric_numbers(writer, names)
    writer.executemany(
        "INSERT INTO series(id, hash, metric, first_ms, labels, first_mark)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ~?4 - ?1)",
        [
            (one.number, digest, metrics[one.labels.metric_name], NEVER_MS, one.text)
            for digest, one in unsaved.items()
        ],
    )


def _series_number(connection: sqlite3.Connection, digest: bytes) -> tuple[int] | None:
    row: tuple[int] | None = connection.execute(
        "SELECT id FROM series WHERE hash=?", (digest,)
    ).fetchone()
    return row


def _metric_numbers(writer: sqlite3.Connection, names: set[str]) -> dict[str, int]:
    ordered = sorted(names)
    writer.executemany(
        "INSERT OR IGNORE INTO metric(name) VALUES(?)", [(n,) for n in ordered]
    )
    find = "SELECT id FROM metric WHERE name=?"
    return {n: writer.execute(find, (n,)).fetchone()[0] for n in ordered}


def layout_digest(series: Int64Array) -> bytes:
    """Return what is stored beside a layout to tell it by."""
    return hashlib.blake2b(series.tobytes(), digest_size=16).digest()


def text_digest(text: str) -> bytes:
    """Return what is stored beside a label set's text to tell it by."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
