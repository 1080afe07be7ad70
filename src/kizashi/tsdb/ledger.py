"""Sealed parts of the ledger in the samples' SQLite file.

A row holds 480 slices of one generation. The totals beside the blob answer for whole
blocks, from an index that holds nothing else, so that a window of a month costs one
range of that index and two blobs.
"""

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import cramjam
import numpy as np
from numpy.typing import NDArray

from kizashi.data_folder import how_to_restore
from kizashi.errors import StoreError
from kizashi.model.arrays import FloatArray, UInt8Array
from kizashi.ports.ledger import (
    BirthNote,
    Generation,
    LateEvents,
    NewGeneration,
    SealedBlock,
    SourceKind,
    SourceSpan,
    Version,
)
from kizashi.slo.created import BirthReason
from kizashi.slo.slices import (
    BLOCK_SLICES,
    SliceRange,
    SliceTable,
    block_of,
    first_slice,
)
from kizashi.tsdb.database import Database

_ZSTD_LEVEL = 3
_HAS_CRC = 0x80
_CRC = struct.Struct("<I")
_EXPIRE_ROWS = 500
_EXPIRE_GENERATIONS = 50


class SqliteLedger:
    """A LedgerStore in a Database that has the ledger's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        rows = [(b, _block_row(b)) for b in blocks]
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
        with self._database.read() as db:
            found = db.execute(
                "SELECT l.block, g.key, l.bad, l.valid, l.seen, l.v"
                " FROM json_each(?) g CROSS JOIN ledger l"
                " ON l.generation = g.value AND l.block BETWEEN ? AND ?",
                (json.dumps(list(generations)), block_of(first), block_of(last)),
            ).fetchall()
        try:
            for some in _alike(map(_Stored._make, found)):
                part = decode_slices(first_slice(some[0].block), [o.blob for o in some])
                _check_totals(part, [(o.bad, o.valid, o.seen) for o in some])
                out.put(np.array([o.row for o in some], np.int64), part)
        # Damage makes NULL of columns that cannot be.
        except (StoreError, TypeError) as error:
            path = self._database.path
            raise StoreError(
                f"{path}: {error}. {how_to_restore(path.parent)}"
            ) from error
        return out

    def totals(
        self, generations: Sequence[int], first_block: int, last_block: int
    ) -> Mapping[int, tuple[float, float, int]]:
        """Return bad, valid and seen of whole blocks added up, by generation."""
        with self._database.read() as db:
            # One seek a generation: a range over all of them would walk the blocks
            # of every year.
            rows = db.execute(
                "SELECT g.value, sum(bad), sum(valid), sum(seen)"
                " FROM json_each(?) g CROSS JOIN ledger l"
                " ON l.generation = g.value AND l.block BETWEEN ? AND ?"
                " GROUP BY g.key",
                (json.dumps(list(generations)), first_block, last_block),
            ).fetchall()
        return {generation: (*sums,) for generation, *sums in rows}

    def late(self, generation: int, first: int, last: int) -> list[LateEvents]:
        """Return late events filed under the slices `first` to `last`, by slice."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT slice, bad, valid FROM ledger_late"
                " WHERE generation = ? AND slice BETWEEN ? AND ? ORDER BY slice, id",
                (generation, first, last),
            ).fetchall()
        return [LateEvents(*row) for row in rows]

    def late_of_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> Mapping[int, list[LateEvents]]:
        """Return late events of several generations that have any."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT g.value, l.slice, l.bad, l.valid"
                " FROM json_each(?) g CROSS JOIN ledger_late l"
                " ON l.generation = g.value AND l.slice BETWEEN ? AND ?"
                " ORDER BY l.slice, l.id",
                (json.dumps(list(generations)), first, last),
            ).fetchall()
        found: dict[int, list[LateEvents]] = {}
        for generation, *event in rows:
            found.setdefault(generation, []).append(LateEvents(*event))
        return found

    def births(self, generation: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births in the slices `first` to `last`, by slice."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT slice, series, amount, reason FROM ledger_birth"
                " WHERE generation = ? AND slice BETWEEN ? AND ? ORDER BY slice, id",
                (generation, first, last),
            ).fetchall()
        return [BirthNote(s, who, n, BirthReason(why)) for s, who, n, why in rows]

    def sources(self) -> list[SourceSpan]:
        """Return all spans, by generation, kind and first slice."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT generation, kind, first, last FROM ledger_source"
                " ORDER BY generation, kind, first"
            ).fetchall()
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


def _block_row(
    block: SealedBlock,
) -> tuple[int, int, float, float, int, bytes] | None:
    part = block.slices
    number = block_of(part.first)
    if part.first != first_slice(number) or len(part) != BLOCK_SLICES:
        raise StoreError(
            f"a block of {len(part)} slices from slice {part.first}; expected"
            f" {BLOCK_SLICES} from slice {first_slice(number)}"
        )
    if part.is_blank:
        return None
    return (
        block.generation,
        number,
        float(part.bad.sum()),
        float(part.valid.sum()),
        int(part.seen.sum(dtype=np.int64)),
        encode_slices(part),
    )


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


def encode_slices(part: SliceRange) -> bytes:
    """Return a block as bytes: two widths, then zstd of the byte-shuffled columns.

    Layout: ``<BB`` codes of the bad and valid columns (1, 2, 4 or 8 bytes of signed
    whole numbers; 0 for float64), then one zstd frame of bad, valid, seen (uint16)
    and state (uint8). The bit 0x80 of the first code says that a CRC-32 of all before
    it ends the block (``<I``); blocks written before it was there lack both.
    """
    bad_code, bad = _encode_counts(part.bad)
    valid_code, valid = _encode_counts(part.valid)
    seen = _shuffle(part.seen.astype("<u2").tobytes(), 2)
    body = b"".join((bad, valid, seen, part.state.astype(np.uint8).tobytes()))
    packed = bytes(cramjam.zstd.compress(body, level=_ZSTD_LEVEL))
    block = struct.pack("<BB", bad_code | _HAS_CRC, valid_code) + packed
    return block + _CRC.pack(zlib.crc32(block))


def decode_slices(first: int, blobs: Sequence[bytes]) -> SliceTable:
    """Return blocks of several objectives that `encode_slices` wrote.

    Args:
        first: The first slice of all of them.
        blobs: The blocks; the widths that they begin with are the same.

    Raises:
        StoreError: If the bytes are damaged.
    """
    try:
        bad_code, valid_code = struct.unpack_from("<BB", blobs[0])
        codes = bad_code & ~_HAS_CRC, valid_code
        # Frames one after another are one stream: setting up costs more than reading.
        packed = b"".join(map(_frame_of, blobs))
        body = bytes(cramjam.zstd.decompress(packed))
        bodies = np.frombuffer(body, np.uint8).reshape(len(blobs), -1)
        kinds = [f"<i{code}" if code else "<f8" for code in codes] + ["<u2", "u1"]
        widths = [np.dtype(kind).itemsize * BLOCK_SLICES for kind in kinds]
        parts = np.split(bodies, np.cumsum(widths)[:-1], axis=1)
        bad, valid, seen, state = map(_unshuffle, parts, kinds)
        counts = np.stack([bad, valid], axis=2, dtype=np.float64)
        return SliceTable(first, counts, seen, state)
    except (
        ValueError,
        TypeError,
        struct.error,
        cramjam.DecompressionError,
    ) as error:
        raise StoreError(f"a ledger block is damaged: {error}") from error


class _Stored(NamedTuple):
    """A row of blocks: whose it is among those asked for, and its totals."""

    block: int
    row: int
    bad: float
    valid: float
    seen: int
    blob: bytes


def _alike(found: Iterable[_Stored]) -> Iterable[list[_Stored]]:
    """Return blocks together that have the same number and the same widths."""
    alike: dict[tuple[int, bytes], list[_Stored]] = {}
    for one in found:
        alike.setdefault((one.block, one.blob[:2]), []).append(one)
    return alike.values()


def _frame_of(blob: bytes) -> bytes:
    """Return the zstd frame of a block; where it has a checksum, that is right."""
    if not blob[0] & _HAS_CRC:
        return blob[2:]
    whole, crc = blob[: -_CRC.size], blob[-_CRC.size :]
    if _CRC.unpack(crc) != (zlib.crc32(whole),):
        raise StoreError("a ledger block is damaged: its checksum differs")
    return whole[2:]


def _check_totals(part: SliceTable, totals: Sequence[tuple[float, float, int]]) -> None:
    """Compare blocks with the totals beside them: bad, valid, seen.

    Raises:
        StoreError: If they differ: one of the two is damaged.
    """
    wanted = np.array(totals, np.float64)
    # Sums of fractions may differ in their last digits.
    is_same = np.allclose(part.counts.sum(axis=0), wanted[:, :2], rtol=1e-9)
    seen = part.seen.sum(axis=0, dtype=np.int64)
    if not is_same or not np.array_equal(seen, wanted[:, 2]):
        raise StoreError("a ledger block is damaged: it adds up to other totals")


def _encode_counts(counts: FloatArray) -> tuple[int, bytes]:
    whole = counts.astype(np.int64)
    if not np.array_equal(whole, counts):
        return 0, _shuffle(counts.astype("<f8").tobytes(), 8)
    most = int(np.abs(whole).max(initial=0))
    width = next(w for w in (1, 2, 4, 8) if most < 2 ** (8 * w - 1))
    return width, _shuffle(whole.astype(f"<i{width}").tobytes(), width)


def _shuffle(raw: bytes, width: int) -> bytes:
    return np.frombuffer(raw, np.uint8).reshape(-1, width).T.tobytes()


def _unshuffle(raw: UInt8Array, kind: str) -> NDArray[Any]:
    """Return numbers whose bytes lie side by side by place; from rows to columns."""
    by_place = raw.reshape(len(raw), np.dtype(kind).itemsize, BLOCK_SLICES)
    whole = np.ascontiguousarray(by_place.transpose(2, 0, 1))
    return whole.view(kind)[:, :, 0]
