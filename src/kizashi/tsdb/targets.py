"""Which targets were known, from when to when, and how they were scraped."""

import json
import sqlite3
from collections.abc import Sequence

from kizashi.model.labels import Labels
from kizashi.model.targets import (
    DiscoverySpan,
    FoundTarget,
    TargetConfig,
    TargetRecord,
    past_configs,
)
from kizashi.tsdb.database import Database


def labels_to_text(labels: Labels) -> str:
    """Return a label set as JSON pairs: one text for one set."""
    return json.dumps(labels.pairs, separators=(",", ":"))


def labels_from_text(text: str) -> Labels:
    """Return the label set that `labels_to_text` wrote."""
    return Labels((name, value) for name, value in json.loads(text))


class TargetTables:
    """The part of a sample store that knows of targets."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers = {(t.job, t.labels): t.id for t in self.targets()}

    def target_id(self, job: str, labels: Labels) -> int:
        """Return the number of a target, making one for a new target."""
        known = self._numbers.get((job, labels))
        if known is not None:
            return known
        with self._database.write() as writer:
            found = _number(writer, job, labels)
        self._numbers[job, labels] = found
        return found

    def targets(self) -> list[TargetRecord]:
        """Return every target ever known, by number."""
        rows = self._database.rows("SELECT id, job, labels FROM target ORDER BY id")
        return [TargetRecord(n, job, labels_from_text(text)) for n, job, text in rows]

    def record_discovery(self, target: int, from_ms: int) -> None:
        """Open a discovered span, unless one is open already."""
        with self._database.write() as writer:
            _open_span(writer, target, from_ms)

    def record_gone(self, target: int, to_ms: int) -> None:
        """Close the open discovered span, if there is one."""
        with self._database.write() as writer:
            writer.execute(
                "UPDATE discovery SET to_ms=? WHERE target=? AND to_ms IS NULL",
                (to_ms, target),
            )

    def discoveries(self) -> list[DiscoverySpan]:
        """Return all discovered spans, by target and time."""
        rows = self._database.rows(
            "SELECT target, from_ms, to_ms FROM discovery ORDER BY target, from_ms, id"
        )
        return [DiscoverySpan(*row) for row in rows]

    def record_config(self, config: TargetConfig) -> None:
        """Note a target's scrape configuration, unless it is the newest already."""
        with self._database.write() as writer:
            _note_config(writer, config)

    def record_found(self, found: Sequence[FoundTarget]) -> list[int]:
        """Return the numbers of targets, once all are discovered and configured."""
        numbers = []
        with self._database.write() as writer:
            for one in found:
                number = self._numbers.get((one.job, one.labels))
                if number is None:
                    number = _number(writer, one.job, one.labels)
                _open_span(writer, number, one.from_ms)
                _note_config(writer, one.configured(number))
                numbers.append(number)
        # Not before it is durable: a number that was undone is somebody else's.
        for one, number in zip(found, numbers, strict=True):
            self._numbers[one.job, one.labels] = number
        return numbers

    def record_past(self, config: TargetConfig, to_ms: int) -> None:
        """Note that a target was discovered and configured in a span of the past."""
        target, from_ms = config.target, config.from_ms
        with self._database.write() as writer:
            writer.execute(
                "INSERT INTO discovery(target, from_ms, to_ms) SELECT ?1, ?2, ?3"
                " WHERE NOT EXISTS (SELECT 1 FROM discovery WHERE target=?1"
                " AND from_ms<=?2 AND (to_ms IS NULL OR to_ms>=?3))",
                (target, from_ms, to_ms),
            )
            known = writer.execute(
                "SELECT from_ms, fingerprint, honor_labels, interval_ms"
                " FROM target_config WHERE target=? ORDER BY from_ms, id",
                (target,),
            ).fetchall()
            noted = [TargetConfig(target, t, f, bool(h), i) for t, f, h, i in known]
            writer.executemany(
                "INSERT INTO target_config(target, from_ms, fingerprint,"
                " honor_labels, interval_ms) VALUES(?, ?, ?, ?, ?)",
                [
                    (target, c.from_ms, c.fingerprint, c.honor_labels, c.interval_ms)
                    for c in past_configs(noted, config, to_ms)
                ],
            )

    def configs(self) -> list[TargetConfig]:
        """Return all noted scrape configurations, by target and time."""
        rows = self._database.rows(
            "SELECT target, from_ms, fingerprint, honor_labels, interval_ms"
            " FROM target_config ORDER BY target, from_ms, id"
        )
        return [
            TargetConfig(target, from_ms, fingerprint, bool(honor), interval)
            for target, from_ms, fingerprint, honor, interval in rows
        ]


def _number(writer: sqlite3.Connection, job: str, labels: Labels) -> int:
    identity = (job, labels_to_text(labels))
    writer.execute("INSERT OR IGNORE INTO target(job, labels) VALUES(?, ?)", identity)
    (found,) = writer.execute(
        "SELECT id FROM target WHERE job=? AND labels=?", identity
    ).fetchone()
    return int(found)


def _open_span(writer: sqlite3.Connection, target: int, from_ms: int) -> None:
    writer.execute(
        "INSERT INTO discovery(target, from_ms) SELECT ?1, ?2 WHERE NOT EXISTS"
        " (SELECT 1 FROM discovery WHERE target=?1 AND to_ms IS NULL)",
        (target, from_ms),
    )


def _note_config(writer: sqlite3.Connection, config: TargetConfig) -> None:
    what = (config.fingerprint, int(config.honor_labels), config.interval_ms)
    newest = writer.execute(
        "SELECT fingerprint, honor_labels, interval_ms FROM target_config"
        " WHERE target=? ORDER BY from_ms DESC, id DESC LIMIT 1",
        (config.target,),
    ).fetchone()
    if newest != what:
        writer.execute(
            "INSERT INTO target_config(target, from_ms, fingerprint,"
            " honor_labels, interval_ms) VALUES(?, ?, ?, ?, ?)",
            (config.target, config.from_ms, *what),
        )
