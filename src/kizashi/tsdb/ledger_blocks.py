"""Blocks of the ledger to rows and bytes, and back; and which of them are sound."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import cramjam
import numpy as np
from numpy.typing import NDArray

from kizashi.errors import StoreError
from kizashi.model.arrays import FloatArray, UInt8Array
from kizashi.model.damage import Damage
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.slices import (
    BLOCK_SLICES,
    SliceRange,
    SliceTable,
    block_of,
    first_slice,
)

_ZSTD_LEVEL = 3
_HAS_CRC = 0x80
_CRC = struct.Struct("<I")


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


def _frame_of(blob: bytes) -> bytes:
    """Return the zstd frame of a block; where it has a checksum, that is right."""
    if not blob[0] & _HAS_CRC:
        return blob[2:]
    whole, crc = blob[: -_CRC.size], blob[-_CRC.size :]
    if _CRC.unpack(crc) != (zlib.crc32(whole),):
        raise StoreError("a ledger block is damaged: its checksum differs")
    return whole[2:]


def check_totals(part: SliceTable, totals: Sequence[tuple[float, float, int]]) -> None:
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


def block_row(
    block: SealedBlock,
) -> tuple[int, int, float, float, int, bytes] | None:
    """Return a block as a row, None for one that holds nothing.

    Raises:
        StoreError: If it is no whole block.
    """
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


class StoredBlock(NamedTuple):
    """A row of blocks: whose it is among those asked for, and its totals."""

    block: int
    row: int
    bad: float
    valid: float
    seen: int
    blob: bytes


def alike(found: Iterable[StoredBlock]) -> Iterable[list[StoredBlock]]:
    """Return blocks together that have the same number and the same widths."""
    alike: dict[tuple[int, bytes], list[StoredBlock]] = {}
    for one in found:
        alike.setdefault((one.block, one.blob[:2]), []).append(one)
    return alike.values()


def put_blocks(out: SliceTable, some: Sequence[StoredBlock]) -> bool:
    """Put blocks that are alike into a table; return whether all of them are sound."""
    try:
        part = decode_slices(first_slice(some[0].block), [one.blob for one in some])
        check_totals(part, [(one.bad, one.valid, one.seen) for one in some])
    # Damage makes NULL of columns that cannot be.
    except (StoreError, TypeError):
        return False
    out.put(np.array([one.row for one in some], np.int64), part)
    return True


def is_marked(*row: float) -> bool:
    """Return whether sums of blocks add up to the sum of their marks.

    Args:
        *row: Generation; sums of bad, valid, seen and number; how many; sum of marks.
    """
    if any(not isinstance(value, int | float) for value in row):
        return False
    generation, bad, valid, seen, block, count, mark = row
    wanted = bad + 3 * valid + 7 * seen + 11 * block + 13 * generation * count
    if float(bad).is_integer() and float(valid).is_integer():
        return wanted == mark
    # Sums of fractions may differ in their last digits.
    return abs(wanted - mark) <= 1e-9 * (abs(bad) + 3 * abs(valid)) + 1e-4


def block_damage(generation: int, block: int, slice_ms: int) -> Damage:
    """Return a block of the ledger as damage."""
    first_ms = (first_slice(block) - 1) * slice_ms + 1
    last_ms = (first_slice(block + 1) - 1) * slice_ms
    number = generation << 32 | (block & 0xFFFFFFFF)
    return Damage("ledger", number, first_ms, last_ms, generation=generation)
