"""Arrays to bytes and back, bit for bit.

Bytes of equal significance are laid side by side ("shuffled") before zstd, which
finds the repetition in the high bytes of neighbouring numbers. Whatever cannot be
decoded comes back as None: a caller counts it and goes on without.

A column is one series' values over time:

    kind    u8      1, 2, 4 or 8: whole numbers, width of their deltas in bytes;
                    0: all the same; 16: any floats, XOR with the value before.
                    + 128: staleness markers stand apart
    first   f64     the first value
    markers u32 + u32[]   only with + 128: how many, and at which places
    body    zstd    shuffled deltas, n - 1 of them; nothing for kind 0
    crc     u32     CRC-32 of all before, gone on with the two numbers that say where
                    the blob belongs (`bound`); without them in older files

All numbers are little-endian.
"""

import struct
import zlib
from collections.abc import Iterator

import cramjam
import numpy as np
from numpy.typing import NDArray

from kizashi.model.arrays import (
    STALE_NAN_BITS,
    FloatArray,
    Int64Array,
    UInt8Array,
    is_stale,
)

_ROW_LEVEL = 1
_COLUMN_LEVEL = 3
#: Rows that are decompressed together, so that they stay in the CPU's cache.
_BATCH = 64
_EXACT = 2.0**53
_NEGATIVE_ZERO = np.uint64(1 << 63)
_XOR = 16
_MARKED = 128
_WIDTHS = (1, 2, 4, 8)
_CRC = struct.Struct("<I")
_HEADER = struct.Struct("<B8s")
_TIMES = struct.Struct("<Iqqb")
_PLACE = struct.Struct("<2q")

#: Where a blob belongs: two numbers, such as the key of its row and of its times.
Place = tuple[int, int]


def pack(numbers: FloatArray | Int64Array) -> bytes:
    """Return 8-byte numbers, shape (n,), shuffled and compressed for a short life."""
    shuffled = np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, 8).T
    return bytes(cramjam.zstd.compress(shuffled.tobytes(), level=_ROW_LEVEL))


def unpack_ints(blob: bytes) -> Int64Array | None:
    """Return what `pack` made of whole numbers, or None where it is damaged."""
    body = _decompress(blob)
    if body is None or len(body) % 8:
        return None
    return _unshuffle(body, 8).view(np.int64)


def unpack_rows(
    blobs: list[bytes], width: int, columns: Int64Array
) -> tuple[FloatArray, list[int]]:
    """Return some columns of many packed rows of one layout.

    Args:
        blobs: Packed rows of floats, r of them.
        width: Numbers in a row.
        columns: Which to take, shape (k,).

    Returns:
        Values, shape (good, k), and the places in `blobs` that they came from.
    """
    good: list[int] = []
    parts = [np.empty((0, len(columns)))]
    for start in range(0, len(blobs), _BATCH):
        batch = blobs[start : start + _BATCH]
        raw = np.empty((len(batch), 8 * width), np.uint8)
        count = 0
        for place, blob in enumerate(batch, start):
            if _decompress_into(blob, raw[count]):
                good.append(place)
                count += 1
        # Pick first, unshuffle after: a query wants few of a thousand columns.
        picked = raw[:count].reshape(count, 8, width)[:, :, columns]
        values = np.ascontiguousarray(picked.transpose(0, 2, 1))
        parts.append(values.view(np.float64).reshape(count, len(columns)))
    return np.concatenate(parts), good


def row_crc(identity: tuple[int, int, int], *parts: bytes | None) -> int:
    """Return the CRC-32 of a head row: target, time, layout, then its blobs."""
    crc = zlib.crc32(struct.pack("<3q", *identity))
    for part in parts:
        crc = zlib.crc32(struct.pack("<q", -1 if part is None else len(part)), crc)
        crc = zlib.crc32(part or b"", crc)
    return crc


def encode_columns(values: FloatArray) -> list[bytes]:
    """Return the columns of values, shape (n, k), as k column blobs; n is at least 1."""
    series = np.ascontiguousarray(values.T)
    out = [b""] * len(series)
    marked = is_stale(series).any(axis=1)
    for place in np.flatnonzero(marked).tolist():
        out[place] = _encode_marked(series[place])
    plain = np.flatnonzero(~marked)
    for place, blob in zip(plain.tolist(), _encode_plain(series[plain]), strict=True):
        out[place] = _sealed(blob)
    return out


def bound(blob: bytes, place: Place) -> bytes:
    """Return a column's or times' blob that is sound at its own place only.

    A damaged key would otherwise give sound numbers to another series or time.
    """
    end = len(blob) - _CRC.size
    (crc,) = _CRC.unpack_from(blob, end)
    return blob[:end] + _CRC.pack(zlib.crc32(_PLACE.pack(*place), crc))


def decode_column(blob: bytes, count: int, place: Place) -> FloatArray | None:
    """Return the values, shape (count,), of a column blob, or None if damaged.

    Args:
        blob: What `encode_columns` made, `bound` or not.
        count: How many values it has.
        place: Where it lies.
    """
    end = len(blob) - _CRC.size
    if end < _HEADER.size or not _is_sound(blob, end, place):
        return None
    kind, first = _HEADER.unpack_from(blob)
    start = _HEADER.size
    places = np.empty(0, np.uint32)
    if kind & _MARKED:
        (marks,) = struct.unpack_from("<I", blob, start)
        places = np.frombuffer(blob, "<u4", marks, start + 4)
        start += 4 + 4 * marks
    values = _decode_plain(kind & ~_MARKED, first, blob[start:end], count)
    if values is None or (len(places) and int(places[-1]) >= count):
        return None
    values.view(np.uint64)[places] = STALE_NAN_BITS
    return values


def encode_times(ts_ms: Int64Array) -> bytes:
    """Return times, strictly increasing, shape (n >= 1,), as differences of deltas."""
    deltas = np.diff(ts_ms)
    second = np.diff(deltas)
    width = int(_widths(second[None])[0]) if second.size and second.any() else 0
    blob = _TIMES.pack(
        len(ts_ms), int(ts_ms[0]), int(deltas[0]) if len(deltas) else 0, width
    )
    if width:
        blob += _compress(_shuffled(second[None].astype(f"<i{width}"), width)[0])
    return _sealed(blob)


def decode_times(blob: bytes, place: Place) -> Int64Array | None:
    """Return what `encode_times` made, `bound` or not, or None where it is damaged."""
    end = len(blob) - _CRC.size
    if end < _TIMES.size or not _is_sound(blob, end, place):
        return None
    count, first, delta, width = _TIMES.unpack_from(blob)
    deltas = np.full(max(count - 1, 0), delta, np.int64)
    if width:
        body = _decompress(blob[_TIMES.size : end])
        if body is None or len(body) != width * (count - 2):
            return None
        deltas[1:] += np.cumsum(_unshuffle(body, width).view(f"<i{width}"), dtype="<i8")
    out = np.full(count, first, np.int64)
    out[1:] += np.cumsum(deltas)
    return out


def _is_sound(blob: bytes, end: int, place: Place) -> bool:
    (crc,) = _CRC.unpack_from(blob, end)
    plain = zlib.crc32(blob[:end])
    return bool(crc in (zlib.crc32(_PLACE.pack(*place), plain), plain))


def _encode_marked(values: FloatArray) -> bytes:
    """Put staleness markers apart, so that a counter with one stays whole numbers."""
    stale = is_stale(values)
    kept = np.flatnonzero(~stale)
    # Each marker's place takes the value before it, or the first that there is.
    before = np.maximum.accumulate(np.where(stale, -1, np.arange(len(values))))
    filled = np.zeros_like(values)
    if len(kept):
        filled = values[np.where(before < 0, kept[0], before)]
    plain = next(_encode_plain(filled[None]))
    places = np.flatnonzero(stale).astype("<u4")
    head = bytes([plain[0] | _MARKED]) + plain[1 : _HEADER.size]
    marks = struct.pack("<I", len(places)) + places.tobytes()
    return _sealed(head + marks + plain[_HEADER.size :])


def _encode_plain(series: FloatArray) -> Iterator[bytes]:
    """Yield each row of series, shape (k, n), encoded, without its CRC."""
    bits = series.view(np.uint64)
    with np.errstate(invalid="ignore"):
        whole = (series == np.trunc(series)) & (np.abs(series) < _EXACT)
    whole &= bits != _NEGATIVE_ZERO
    is_whole = whole.all(axis=1)
    deltas = np.zeros((len(series), series.shape[1] - 1), np.int64)
    deltas[is_whole] = np.diff(series[is_whole].astype(np.int64), axis=1)
    deltas[~is_whole] = (bits[~is_whole, 1:] ^ bits[~is_whole, :-1]).view(np.int64)
    kinds = np.where(is_whole, _widths(deltas), _XOR)
    kinds[~deltas.any(axis=1)] = 0
    bodies: dict[int, list[bytes]] = {}
    for kind in (*_WIDTHS, _XOR):
        width = min(kind, 8)
        chosen = deltas[kinds == kind].astype(f"<i{width}")
        bodies[kind] = [_compress(body) for body in _shuffled(chosen, width)][::-1]
    for kind, row in zip(kinds.tolist(), series, strict=True):
        yield _HEADER.pack(kind, row[:1].tobytes()) + (
            bodies[kind].pop() if kind else b""
        )


def _decode_plain(
    kind: int, first: bytes, packed: bytes, count: int
) -> FloatArray | None:
    out = np.empty(count, np.float64)
    out[:] = np.frombuffer(first, "<f8")
    if kind == 0:
        return out
    width = min(kind, 8)
    body = _decompress(packed)
    if body is None or len(body) != width * (count - 1):
        return None
    deltas = _unshuffle(body, width)
    if kind == _XOR:
        bits = out.view(np.uint64)
        bits[1:] = deltas.view(np.uint64)
        np.bitwise_xor.accumulate(bits, out=bits)
    elif kind == _WIDTHS[-1]:
        # As floats, a delta beyond 2^53 could lose its last bit.
        out[1:] = int(out[0]) + np.cumsum(deltas.view("<i8"))
    else:
        out[1:] = deltas.view(f"<i{width}")
        np.cumsum(out, out=out)
    return out


def _widths(deltas: Int64Array) -> Int64Array:
    """Return how many bytes hold every number of a row; deltas has shape (k, m)."""
    low = deltas.min(axis=1, initial=0)
    high = deltas.max(axis=1, initial=0)
    out = np.full(len(deltas), 8, np.int64)
    for width in (4, 2, 1):
        limit = 1 << (8 * width - 1)
        out[(low >= -limit) & (high < limit)] = width
    return out


def _shuffled(numbers: NDArray[np.generic], width: int) -> UInt8Array:
    """Return numbers, shape (k, m), as bytes of shape (k, m * width), shuffled."""
    k, m = numbers.shape
    parts = np.ascontiguousarray(numbers).view(np.uint8).reshape(k, m, width)
    return np.ascontiguousarray(parts.transpose(0, 2, 1)).reshape(k, m * width)


def _unshuffle(body: UInt8Array, width: int) -> UInt8Array:
    return np.ascontiguousarray(body.reshape(width, -1).T).reshape(-1)


def _compress(body: UInt8Array) -> bytes:
    return bytes(cramjam.zstd.compress(body.tobytes(), level=_COLUMN_LEVEL))


def _decompress(packed: bytes) -> UInt8Array | None:
    try:
        return np.frombuffer(bytes(cramjam.zstd.decompress(packed)), np.uint8)
    except cramjam.DecompressionError:
        return None


def _decompress_into(packed: bytes, room: UInt8Array) -> bool:
    """Return whether something of just that size was there."""
    try:
        return int(cramjam.zstd.decompress_into(packed, room.data)) == len(room)
    except (cramjam.DecompressionError, ValueError):
        return False


def _sealed(blob: bytes) -> bytes:
    return blob + _CRC.pack(zlib.crc32(blob))
