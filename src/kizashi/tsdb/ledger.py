"""Sealed parts of the ledger in the samples' SQLite file.

A row holds 480 slices of one generation. The totals beside the blob answer for whole
blocks, from an index that holds nothing else, so that a window of a month costs one
range of that index and two blobs.
"""

import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence

import cramjam
import numpy as np

from kizashi.errors import StoreError
from kizashi.model.arrays import FloatArray
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
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, block_of, first_slice
from kizashi.tsdb.database import Database, how_to_restore

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
            rows = db.execute(
                "SELECT id, service, objective, number, fingerprint, slice_ms,"
                " opened_ms, sealed_block FROM ledger_generation"
                " WHERE ?1 IS NULL OR (service = ?1 AND objective = ?2) ORDER BY id",
                of or (None, None),
            ).fetchall()
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
            rows = db.execute(
                "SELECT service, objective, from_ms, to_ms, generation, spec"
                " FROM ledger_version"
                " WHERE ?1 IS NULL OR (service = ?1 AND objective = ?2)"
                " ORDER BY service, objective, from_ms, id",
                of or (None, None),
            ).fetchall()
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
        out = SliceRange.blank(first, last - first + 1)
        with self._database.read() as db:
            rows = db.execute(
                "SELECT block, bad, valid, seen, v FROM ledger WHERE generation = ?"
                " AND block BETWEEN ? AND ?",
                (generation, block_of(first), block_of(last)),
            ).fetchall()
        for block, bad, valid, seen, blob in rows:
            try:
                part = decode_slices(first_slice(block), blob)
                _check_totals(part, bad, valid, seen)
            # Damage makes NULL of columns that cannot be.
            except (StoreError, TypeError) as error:
                path = self._database.path
                raise StoreError(
                    f"{path}: {error}. {how_to_restore(path.parent)}"
                ) from error
            out.put(part)
        return out

    def totals(
        self, generations: Sequence[int], first_block: int, last_block: int
    ) -> Mapping[int, tuple[float, float, int]]:
        """Return bad, valid and seen of whole blocks added up, by generation."""
        found: dict[int, tuple[float, float, int]] = {}
        with self._database.read() as db:
            # One seek a generation: a range over all of them would walk the blocks
            # of every year.
            for generation in generations:
                bad, valid, seen, blocks = db.execute(
                    "SELECT sum(bad), sum(valid), sum(seen), count(*) FROM ledger"
                    " WHERE generation = ? AND block BETWEEN ? AND ?",
                    (generation, first_block, last_block),
                ).fetchone()
                if blocks:
                    found[generation] = (bad, valid, seen)
        return found

    def late(self, generation: int, first: int, last: int) -> list[LateEvents]:
        """Return late events filed under the slices `first` to `last`, by slice."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT slice, bad, valid FROM ledger_late"
                " WHERE generation = ? AND slice BETWEEN ? AND ? ORDER BY slice, id",
                (generation, first, last),
            ).fetchall()
        return [LateEvents(*row) for row in rows]

    def births(self, generation: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births in the slices `first` to `last`, by slice."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT slice, series, amount FROM ledger_birth"
                " WHERE generation = ? AND slice BETWEEN ? AND ? ORDER BY slice, id",
                (generation, first, last),
            ).fetchall()
        return [BirthNote(*row) for row in rows]

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
        "INSERT INTO ledger_birth(generation, slice, series, amount)"
        " VALUES (?, ?, ?, ?)",
        [(block.generation, b.slice, b.series, b.amount) for b in block.births],
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


def decode_slices(first: int, blob: bytes) -> SliceRange:
    """Return the block that `encode_slices` wrote.

    Raises:
        StoreError: If the bytes are damaged.
    """
    try:
        bad_code, valid_code = struct.unpack_from("<BB", blob)
        if bad_code & _HAS_CRC:
            blob, crc = blob[: -_CRC.size], blob[-_CRC.size :]
            if _CRC.unpack(crc) != (zlib.crc32(blob),):
                raise StoreError("a ledger block is damaged: its checksum differs")
            bad_code ^= _HAS_CRC
        body = bytes(cramjam.zstd.decompress(blob[2:]))
        bad_bytes = BLOCK_SLICES * (bad_code or 8)
        valid_end = bad_bytes + BLOCK_SLICES * (valid_code or 8)
        seen_end = valid_end + 2 * BLOCK_SLICES
        return SliceRange(
            first,
            _decode_counts(bad_code, body[:bad_bytes]),
            _decode_counts(valid_code, body[bad_bytes:valid_end]),
            np.frombuffer(_unshuffle(body[valid_end:seen_end], 2), "<u2").copy(),
            np.frombuffer(body[seen_end:], np.uint8, BLOCK_SLICES).copy(),
        )
    except (ValueError, struct.error, cramjam.DecompressionError) as error:
        raise StoreError(f"a ledger block is damaged: {error}") from error


def _check_totals(part: SliceRange, bad: float, valid: float, seen: int) -> None:
    """Compare a block with the totals beside it.

    Raises:
        StoreError: If they differ: one of the two is damaged.
    """
    # Sums of fractions may differ in their last digits.
    is_same = np.allclose((part.bad.sum(), part.valid.sum()), (bad, valid), rtol=1e-9)
    if not is_same or int(part.seen.sum(dtype=np.int64)) != seen:
        raise StoreError("a ledger block is damaged: it adds up to other totals")


def _encode_counts(counts: FloatArray) -> tuple[int, bytes]:
    whole = counts.astype(np.int64)
    if not np.array_equal(whole, counts):
        return 0, _shuffle(counts.astype("<f8").tobytes(), 8)
    most = int(np.abs(whole).max(initial=0))
    width = next(w for w in (1, 2, 4, 8) if most < 2 ** (8 * w - 1))
    return width, _shuffle(whole.astype(f"<i{width}").tobytes(), width)


def _decode_counts(code: int, raw: bytes) -> FloatArray:
    kind = f"<i{code}" if code else "<f8"
    return np.frombuffer(_unshuffle(raw, code or 8), kind).astype(np.float64)


def _shuffle(raw: bytes, width: int) -> bytes:
    return np.frombuffer(raw, np.uint8).reshape(-1, width).T.tobytes()


def _unshuffle(raw: bytes, width: int) -> bytes:
    return np.frombuffer(raw, np.uint8).reshape(width, -1).T.tobytes()
