"""Samples on their way from a file's order to the order of time, through the disk."""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from kizashi.data_folder import Closing
from kizashi.model.arrays import FloatArray, Int64Array

HOUR_MS = 3_600_000
#: What the names of temporary folders begin with.
PREFIX = "import-"
#: Samples in memory at once: 20 bytes each, and twice that while they are sorted.
BUFFERED = 500_000

_SCHEMA = """
CREATE TABLE part(target INTEGER NOT NULL, hour INTEGER NOT NULL,
                  lo INTEGER NOT NULL, hi INTEGER NOT NULL, data BLOB NOT NULL);
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;
"""
_RECORD = np.dtype([("series", "<i4"), ("ts_ms", "<i8"), ("value", "<f8")])


@dataclass(frozen=True, slots=True)
class HourOfSamples:
    """The samples of one target in one hour, in the order in which they were added.

    Attributes:
        target: As the series were filed.
        series: Numbers as they were added, shape (m,).
        ts_ms: Same shape.
        values: Same shape.
    """

    target: int
    series: Int64Array
    ts_ms: Int64Array
    values: FloatArray


class SampleSpool(Closing):
    """Takes samples in any order and gives them back hour by hour.

    What it holds in memory is one buffer and one hour of one target; the rest is in a
    temporary file, which goes when this is closed, and with its folder at the latest.
    """

    def __init__(self, folder: Path, buffered: int = BUFFERED) -> None:
        self._folder = TemporaryDirectory(prefix=PREFIX, dir=folder)
        self._file = sqlite3.connect(
            Path(self._folder.name) / "spill.db", isolation_level=None
        )
        self._file.executescript(_SCHEMA)
        self._buffered = buffered
        self._series, self._ts_ms, self._values = array("i"), array("q"), array("d")

    def add(self, series: int, ts_ms: int, value: float) -> bool:
        """Take a sample; return whether the buffer is full and `flush` is due."""
        self._series.append(series)
        self._ts_ms.append(ts_ms)
        self._values.append(value)
        return len(self._series) >= self._buffered

    def flush(self, target_of: Sequence[int]) -> None:
        """Write what is buffered.

        Args:
            target_of: Under which target each series is filed, by its number.
        """
        rows = np.empty(len(self._series), _RECORD)
        rows["series"] = np.frombuffer(self._series, np.intc)
        rows["ts_ms"] = np.frombuffer(self._ts_ms, np.int64)
        rows["value"] = np.frombuffer(self._values, np.float64)
        self._series, self._ts_ms, self._values = array("i"), array("q"), array("d")
        if not len(rows):
            return
        targets = np.array(target_of, np.int64)[rows["series"]]
        hours = rows["ts_ms"] // HOUR_MS
        order = np.lexsort((hours, targets))
        rows, targets, hours = rows[order], targets[order], hours[order]
        edges = np.flatnonzero((np.diff(targets) != 0) | (np.diff(hours) != 0)) + 1
        starts = np.append(0, edges)
        parts = zip(
            targets[starts].tolist(),
            hours[starts].tolist(),
            np.minimum.reduceat(rows["ts_ms"], starts).tolist(),
            np.maximum.reduceat(rows["ts_ms"], starts).tolist(),
            (part.tobytes() for part in np.split(rows, edges)),
            strict=True,
        )
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO part(target, hour, lo, hi, data) VALUES(?, ?, ?, ?, ?)", parts
        )
        self._file.execute("COMMIT")

    def parts(self) -> Iterator[HourOfSamples]:
        """Yield what was flushed, by hour and target; the oldest hour first."""
        self._file.execute("CREATE INDEX part_by_hour ON part(hour, target)")
        keys = self._file.execute(
            "SELECT DISTINCT hour, target FROM part ORDER BY hour, target"
        )
        for hour, target in keys:
            found = self._file.execute(
                "SELECT data FROM part WHERE hour=? AND target=? ORDER BY rowid",
                (hour, target),
            )
            rows = np.frombuffer(b"".join(data for (data,) in found), _RECORD)
            yield HourOfSamples(
                target,
                rows["series"].astype(np.int64),
                rows["ts_ms"].astype(np.int64),
                rows["value"].astype(np.float64),
            )

    def spans(self) -> dict[int, tuple[int, int]]:
        """Return the times of each target's oldest and newest sample."""
        found = self._file.execute(
            "SELECT target, min(lo), max(hi) FROM part GROUP BY target"
        )
        return {target: (lo, hi) for target, lo, hi in found}

    def count(self) -> int:
        """Return how many parts `parts` will yield."""
        (count,) = self._file.execute(
            "SELECT count(*) FROM (SELECT DISTINCT hour, target FROM part)"
        ).fetchone()
        return int(count)

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()
        self._folder.cleanup()
