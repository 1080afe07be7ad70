"""Sealed parts of the ledger in the samples' SQLite file.

A row holds 480 slices of one generation. The totals beside the blob answer for whole
blocks, from an index that holds nothing else, so that a window of a month costs one
range of that index and two blobs.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from kizashi.errors import StoreError
from kizashi.model.damage import Damage
from kizashi.slo.blocks import BirthNote, BirthReason, LateEvents, SealedBlock
from kizashi.slo.generations import Generation, NewGeneration, Version
from kizashi.slo.slices import (
    SliceRange,
    SliceTable,
    block_of,
    first_slice,
)
from kizashi.slo.sources import SourceKind, SourceSpan
from kizashi.slo.windows import slice_of
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger_blocks import (
    StoredBlock,
    alike,
    block_damage,
    block_row,
    is_marked,
    put_blocks,
)

_MIN_MS, _MAX_MS = -(2**53), 2**53
#: Of a generation that nobody knows.
_ANY_SLICE_MS = 15_000
_EXPIRE_ROWS = 500
_EXPIRE_GENERATIONS = 50


class SqliteLedger:
    """A LedgerStore in a Database that has the ledger's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lengths: dict[int, int] = {}

    def generations(self, of: tuple[str, str] | None = None) -> list[Generation]:
        """Return all generations, by number in the store, or one objective's."""
        with self._database.read() as db:
            wanted = _of(
                of,
                "SELECT id, service, objective, number, fingerprint, slice_ms,"
                " opened_ms, sealed_block FROM ledger_generation",
                order="id",
            )
            rows = db.execute(wanted, of or ()).fetchall()
        return [Generation(*row) for row in rows]

    def open_generations(self, new: Sequence[NewGeneration]) -> list[Generation]:
        """Make the next generation of each objective, in one transaction."""
        made = []
        with self._database.write() as db:
            for wanted in new:
                (number,) = db.execute(
                    "SELECT coalesce(max(number), 0) + 1 FROM ledger_generation"
                    " WHERE service = ? AND objective = ?",
                    (wanted.service, wanted.objective),
                ).fetchone()
                row = (
                    wanted.service,
                    wanted.objective,
                    number,
                    wanted.fingerprint,
                    wanted.slice_ms,
                    wanted.opened_ms,
                )
                key = db.execute(
                    "INSERT INTO ledger_generation"
                    "(service, objective, number, fingerprint, slice_ms, opened_ms)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    row,
                ).lastrowid
                if key is None:
                    raise StoreError("the database gave a new generation no number")
                made.append(Generation(key, *row, sealed_block=None))
        return made

    def versions(self, of: tuple[str, str] | None = None) -> list[Version]:
        """Return all versions, by service, objective and time, or one objective's."""
        with self._database.read() as db:
            wanted = _of(
                of,
                "SELECT service, objective, from_ms, to_ms, generation, spec"
                " FROM ledger_version",
                order="service, objective, from_ms, id",
            )
            rows = db.execute(wanted, of or ()).fetchall()
        return [Version(*row) for row in rows]

    def record_versions(
        self, versions: Sequence[Version], ended: Iterable[tuple[str, str]], at_ms: int
    ) -> None:
        """Date changes of objectives, in one transaction."""
        ends = [(v.from_ms, v.service, v.objective) for v in versions]
        ends += [(at_ms, service, objective) for service, objective in ended]
        with self._database.write() as db:
            db.executemany(
                "UPDATE ledger_version SET to_ms = ?"
                " WHERE service = ? AND objective = ? AND to_ms IS NULL",
                ends,
            )
            db.executemany(
                "INSERT INTO ledger_version"
                "(service, objective, from_ms, to_ms, generation, spec)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (v.service, v.objective, v.from_ms, v.to_ms, v.generation, v.spec)
                    for v in versions
                ],
            )

    def write(
        self, blocks: Sequence[SealedBlock], sealed: Mapping[int, int] | None = None
    ) -> None:
        """Write blocks whole, in place of what was there, in one transaction."""
        rows = [(b, block_row(b)) for b in blocks]
        with self._database.write() as db:
            for block, row in rows:
                _replace(db, block, row)
            db.executemany(
                "UPDATE ledger_generation SET sealed_block = ? WHERE id = ?",
                [(last, generation) for generation, last in (sealed or {}).items()],
            )

    def read(self, generation: int, first: int, last: int) -> SliceRange:
        """Return the slices `first` to `last`, both included."""
        return self.read_many([generation], first, last).of(0)

    def read_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> SliceTable:
        """Return the slices `first` to `last` of several generations."""
        out = SliceTable.blank(len(generations), first, last - first + 1)
        lost = self._lost(generations, block_of(first), block_of(last))
        found = self._database.rows(
            "SELECT l.block, g.key, l.bad, l.valid, l.seen, CAST(l.v AS BLOB)"
            " FROM json_each(?) g CROSS JOIN ledger l"
            " ON l.generation = g.value AND l.block BETWEEN ? AND ?",
            (json.dumps(list(generations)), block_of(first), block_of(last)),
        )
        rows = map(StoredBlock._make, found)
        for some in alike(r for r in rows if (generations[r.row], r.block) not in lost):
            if not put_blocks(out, some):
                # One after the other: those that are sound are what they were.
                bad = [one for one in some if not put_blocks(out, [one])]
                self._note((generations[one.row], one.block) for one in bad)
        return out

    def totals(
        self, generations: Sequence[int], first_block: int, last_block: int
    ) -> Mapping[int, tuple[float, float, int]]:
        """Return bad, valid and seen of whole blocks added up, by generation."""
        with self._database.read() as db:
            # One seek a generation: a range over all of them would walk the blocks
            # of every year.
            rows = db.execute(
                "SELECT g.value, sum(bad), sum(valid), sum(seen), sum(block), count(*),"
                " sum(mark) FROM json_each(?) g CROSS JOIN ledger l"
                " ON l.generation = g.value AND l.block BETWEEN ? AND ?"
                " GROUP BY g.key",
                (json.dumps(list(generations)), first_block, last_block),
            ).fetchall()
        lost = {g for g, _ in self._lost(generations, first_block, last_block)}
        out = {}
        for row in rows:
            if row[0] in lost or not is_marked(*row):
                sums = self._sound_totals(row[0], first_block, last_block)
            else:
                sums = row[1:4]
            out[row[0]] = sums
        return out

    def _sound_totals(
        self, generation: int, first_block: int, last_block: int
    ) -> tuple[float, float, int]:
        """Return totals of the blocks that are not lost, and note which are."""
        rows = self._database.rows(
            "SELECT generation, bad, valid, seen, block, 1, mark FROM ledger"
            " WHERE generation = ? AND block BETWEEN ? AND ?",
            (generation, first_block, last_block),
        )
        self._note((generation, row[4]) for row in rows if not is_marked(*row))
        lost = self._lost([generation], first_block, last_block)
        sound = [row for row in rows if (generation, row[4]) not in lost]
        bad, valid, seen = (sum(row[n] for row in sound) for n in (1, 2, 3))
        return float(bad), float(valid), int(seen)

    def _lost(
        self, generations: Iterable[int], first_block: int, last_block: int
    ) -> set[tuple[int, int]]:
        """Return generation and number of blocks that are lost."""
        first, last = first_slice(first_block), first_slice(last_block + 1) - 1
        lost = self._database.damages.lost_blocks(generations, _MIN_MS, _MAX_MS)
        found = {(one.generation or 0, block_of(self._slice_at(one))) for one in lost}
        return {(g, b) for g, b in found if first <= first_slice(b) <= last}

    def _slice_at(self, damage: Damage) -> int:
        return slice_of(damage.first_ms, self._slice_ms(damage.generation or 0))

    def _slice_ms(self, generation: int) -> int:
        """Return a generation's length of slices, which never changes."""
        if generation not in self._lengths:
            self._lengths |= {g.id: g.slice_ms for g in self.generations()}
        return self._lengths.get(generation, _ANY_SLICE_MS)

    def _note(self, blocks: Iterable[tuple[int, int]]) -> None:
        """Take note of blocks that are damaged."""
        self._database.damages.note(
            block_damage(generation, block, self._slice_ms(generation))
            for generation, block in blocks
        )

    def damages(self) -> Sequence[Damage]:
        """Return what of samples and ledger is known to be damaged."""
        return self._database.damages.all()

    def mend(self, damage: Damage, block: SealedBlock) -> None:
        """Write a block that was lost, as it was counted again from samples."""
        row = block_row(block)
        with self._database.write() as db:
            _replace(db, block, row)
        # Only what is durable is mended.
        self._database.damages.note([damage.mended()])

    def late(self, generation: int, first: int, last: int) -> list[LateEvents]:
        """Return late events filed under the slices `first` to `last`, by slice."""
        rows = self._database.rows(
            "SELECT slice, bad, valid FROM ledger_late"
            " WHERE generation = ? AND slice BETWEEN ? AND ? ORDER BY slice, id",
            (generation, first, last),
        )
        return [LateEvents(*row) for row in rows]

    def late_of_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> Mapping[int, list[LateEvents]]:
        """Return late events of several generations that have any."""
        rows = self._database.rows(
            "SELECT g.value, l.slice, l.bad, l.valid"
            " FROM json_each(?) g CROSS JOIN ledger_late l"
            " ON l.generation = g.value AND l.slice BETWEEN ? AND ?"
            " ORDER BY l.slice, l.id",
            (json.dumps(list(generations)), first, last),
        )
        found: dict[int, list[LateEvents]] = {}
        for generation, *event in rows:
            found.setdefault(generation, []).append(LateEvents(*event))
        return found

    def births(self, generation: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births in the slices `first` to `last`, by slice."""
        rows = self._database.rows(
            "SELECT slice, series, amount, reason FROM ledger_birth"
            " WHERE generation = ? AND slice BETWEEN ? AND ? ORDER BY slice, id",
            (generation, first, last),
        )
        return [BirthNote(s, who, n, BirthReason(why)) for s, who, n, why in rows]

    def sources(self) -> list[SourceSpan]:
        """Return all spans, by generation, kind and first slice."""
        rows = self._database.rows(
            "SELECT generation, kind, first, last FROM ledger_source"
            " ORDER BY generation, kind, first"
        )
        return [SourceSpan(g, SourceKind(kind), a, b) for g, kind, a, b in rows]

    def record_sources(
        self, generations: Iterable[int], spans: Sequence[SourceSpan]
    ) -> None:
        """Write the spans of some generations in place of those that they had."""
        with self._database.write() as db:
            db.executemany(
                "DELETE FROM ledger_source WHERE generation = ?",
                [(generation,) for generation in generations],
            )
            db.executemany(
                "INSERT INTO ledger_source(generation, kind, first, last)"
                " VALUES (?, ?, ?, ?)",
                [(s.generation, s.kind.value, s.first, s.last) for s in spans],
            )

    def unseal(self, generations: Iterable[int], from_block: int | None) -> None:
        """Take blocks from one on (None: all) as not sealed, to be derived again."""
        newest = None if from_block is None else from_block - 1
        with self._database.write() as db:
            db.executemany(
                "UPDATE ledger_generation SET sealed_block = ?"
                " WHERE id = ? AND (? IS NULL OR sealed_block > ?)",
                [(newest, g, newest, newest) for g in generations],
            )

    def expire(self, before_block: Mapping[int, int]) -> None:
        """Delete blocks older than one, by generation, in small transactions."""
        todo = list(before_block.items())
        for start in range(0, len(todo), _EXPIRE_GENERATIONS):
            some = todo[start : start + _EXPIRE_GENERATIONS]
            while not self._expire_some(some):
                pass

    def _expire_some(self, some: Sequence[tuple[int, int]]) -> bool:
        """Delete old rows of some generations; return whether that was all."""
        rows = _EXPIRE_ROWS // len(some)
        is_done = True
        with self._database.write() as db:
            for generation, block in some:
                gone = db.execute(
                    "DELETE FROM ledger WHERE rowid IN (SELECT rowid FROM ledger"
                    " WHERE generation = ? AND block < ? LIMIT ?)",
                    (generation, block, rows),
                ).rowcount
                is_done &= gone < rows
            for table in ("ledger_late", "ledger_birth"):
                db.executemany(
                    f"DELETE FROM {table} WHERE generation = ? AND slice < ?",  # noqa: S608 - fixed names
                    [(g, first_slice(block)) for g, block in some],
                )
        return is_done


def _of(key: tuple[str, str] | None, query: str, *, order: str) -> str:
    """Return a query for all rows, or for one objective's, which an index finds."""
    which = "" if key is None else " WHERE service = ? AND objective = ?"
    return f"{query}{which} ORDER BY {order}"


def _replace(
    db: sqlite3.Connection,
    block: SealedBlock,
    row: tuple[int, int, float, float, int, bytes] | None,
) -> None:
    first, last = block.slices.first, block.slices.first + len(block.slices) - 1
    db.execute(
        "DELETE FROM ledger WHERE generation = ? AND block = ?",
        (block.generation, block_of(first)),
    )
    for table in ("ledger_late", "ledger_birth"):
        db.execute(
            f"DELETE FROM {table} WHERE generation = ? AND slice BETWEEN ? AND ?",  # noqa: S608 - fixed names
            (block.generation, first, last),
        )
    if row is not None:
        db.execute(
            "INSERT INTO ledger(generation, block, bad, valid, seen, v)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
    db.executemany(
        "INSERT INTO ledger_late(generation, slice, bad, valid) VALUES (?, ?, ?, ?)",
        [(block.generation, e.slice, e.bad, e.valid) for e in block.late],
    )
    db.executemany(
        "INSERT INTO ledger_birth(generation, slice, series, amount, reason)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (block.generation, b.slice, b.series, b.amount, b.reason)
            for b in block.births
        ],
    )
