"""Looks at everything that lies in the samples' file, row by row.

One page that cannot be read does not hide the rest: the rows on it are stepped over,
and the step is told.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from kizashi.errors import StoreError
from kizashi.model.damage import ANY_GENERATION, Damage
from kizashi.slo.slices import first_slice
from kizashi.tsdb import codec
from kizashi.tsdb.catalog import layout_digest, text_digest
from kizashi.tsdb.chunks import LEVELS, STREAM_MASK, ChunkLevel
from kizashi.tsdb.damage import Damages
from kizashi.tsdb.head import ROW_COLUMNS, RawRow
from kizashi.tsdb.ledger_blocks import block_damage, check_totals, decode_slices
from kizashi.tsdb.schema import CHECKED_AT_OPENING, MIGRATIONS

#: Yields a connection for one short look.
Read = Callable[[], AbstractContextManager[sqlite3.Connection]]

_TOGETHER = 500
#: Blocks that are looked at before older ones are.
_BLOCKS_TOGETHER = 12
_MOST_STRETCHES = 4_000
_FIRST, _LAST = -(2**63), 2**63 - 1
_MOST_TOLD = 100
#: Tables that are not checked when a file is opened.
_LARGE = ("ledger", "chunk_2h", "chunk_1d", "times_2h", "times_1d")
#: The schema from which on a file says what was found damaged.
_FIRST_KNOWN = 5


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What SQLite, or a comparison, finds wrong with no row of samples or ledger.

    Attributes:
        table: Where, as far as that is known.
        row: Which row, or None.
        what: What was found, in English as SQLite says it.
    """

    table: str
    row: int | None
    what: str


Found = Damage | Contradiction
#: The key before some, and the last of them.
Keys = tuple[int, int]


@dataclass(frozen=True, slots=True)
class KeyGap:
    """Keys between two others that cannot be read."""

    after: int
    before: int


def inspect(read: Read, version: int = len(MIGRATIONS)) -> Iterator[Found]:
    """Yield everything that is damaged in a samples' file.

    Args:
        read: Gives a connection.
        version: The schema of the file.
    """
    yield from _structure(read, version)
    yield from _meaning(read)
    yield from inspect_rows(read)


def inspect_rows(read: Read, between: Callable[[], object] = int) -> Iterator[Damage]:
    """Yield what is damaged among samples and blocks of the ledger, newest first.

    Args:
        read: Gives a connection.
        between: Called after every few hundred rows: a place to rest.
    """
    yield from _head(read, between)
    yield from _ledger(read, between)
    for level in LEVELS:
        for keys in _newest_first(read, level):
            yield from _times(read, level, keys, between)
            yield from _chunks(read, level, keys, between)


def inspect_trees(read: Read, between: Callable[[], object] = int) -> Iterator[Damage]:
    """Yield the tables whose rows may not all be found; nobody knows of what time."""
    for table in (*CHECKED_AT_OPENING, *_LARGE):
        between()
        try:
            with read() as reader:
                check = f"PRAGMA integrity_check({table})"
                told = [text for (text,) in reader.execute(check).fetchall()]
        except (StoreError, sqlite3.Error, UnicodeDecodeError) as error:
            told = [str(error)]
        if told != ["ok"]:
            yield Damage(table, -1, 0, 2**53, generation=ANY_GENERATION)


def known(read: Read, version: int = len(MIGRATIONS)) -> Sequence[Damage]:
    """Return what was found before; the rows may be gone since."""
    damages = Damages()
    if version >= _FIRST_KNOWN:
        with suppress(StoreError, sqlite3.Error), read() as reader:
            damages.load(reader)
    return damages.all()


def _structure(read: Read, version: int) -> Iterator[Contradiction]:
    """Yield where pages, indexes and constraints contradict each other."""
    try:
        with read() as reader:
            check = f"PRAGMA integrity_check({_MOST_TOLD})"
            told = [text for (text,) in reader.execute(check).fetchall()]
            texts = dict(reader.execute("SELECT name, sql FROM sqlite_master"))
    except (StoreError, sqlite3.Error, UnicodeDecodeError) as error:
        yield Contradiction("", None, str(error))
        return
    for text in told:
        if text != "ok":
            yield Contradiction("", None, text)
    wanted = _schema(version)
    for name in sorted(texts.keys() | wanted.keys()):
        if texts.get(name) != wanted.get(name):
            yield Contradiction(name, None, "its definition is not what was written")


def _schema(version: int) -> dict[str, str | None]:
    """Return the definitions of a file of a schema, by name."""
    made = sqlite3.connect(":memory:")
    try:
        for step in MIGRATIONS[:version]:
            for statement in step:
                made.execute(statement)
        return dict(made.execute("SELECT name, sql FROM sqlite_master"))
    finally:
        made.close()


def _meaning(read: Read) -> Iterator[Contradiction]:
    """Yield series and layouts that are not what they were."""
    query = "SELECT id, hash, labels FROM series WHERE id > ? ORDER BY id LIMIT ?"
    for number, digest, text in _sound_rows(read, query):
        if not isinstance(text, str) or text_digest(text) != digest:
            yield Contradiction("series", number, "its labels are not those written")
    query = "SELECT id, hash, series FROM layout WHERE id > ? ORDER BY id LIMIT ?"
    for number, digest, blob in _sound_rows(read, query):
        if _layout_width(digest, blob) is None:
            yield Contradiction("layout", number, "its series are not those written")


def _layout_width(digest: object, blob: object) -> int | None:
    """Return how many series a layout has, None where it is damaged."""
    series = codec.unpack_ints(blob) if isinstance(blob, bytes) else None
    if series is None or layout_digest(series) != digest:
        return None
    return len(series)


def _head(read: Read, between: Callable[[], object]) -> Iterator[Damage]:
    widths: dict[int, int | None] = {}
    query = (
        f"SELECT {ROW_COLUMNS} FROM head"  # noqa: S608
        " WHERE id > ? ORDER BY id LIMIT ?"
    )
    before_ms = 0
    for rows in walk(read, query):
        between()
        if isinstance(rows, KeyGap):
            # Rows lie in the order in which they came.
            yield Damage("head", rows.after, before_ms, _time_after(read, rows.before))
            continue
        for row in map(RawRow._make, rows):
            if _is_sound(read, row, widths):
                before_ms = row.ts_ms
            else:
                yield _row_damage(*row[:3], before_ms)


def _row_damage(number: int, target: object, ts_ms: object, before_ms: int) -> Damage:
    """Return damage of a row of the head, whatever damage has made of it."""
    at_ms = ts_ms if isinstance(ts_ms, int) else before_ms
    whose = target if isinstance(target, int) else None
    return Damage("head", number, at_ms, at_ms, target=whose)


def _time_after(read: Read, row: int) -> int:
    if row >= _LAST:
        return 2**53
    with read() as reader:
        found = reader.execute("SELECT ts FROM head WHERE id = ?", (row,)).fetchone()
    return int(found[0]) if found else 2**53


def _is_sound(read: Read, row: RawRow, widths: dict[int, int | None]) -> bool:
    try:
        if not row.is_sound:
            return False
        if row.layout not in widths:
            with read() as reader:
                found = reader.execute(
                    "SELECT hash, series FROM layout WHERE id=?", (row.layout,)
                ).fetchone()
            widths[row.layout] = _layout_width(*found) if found else None
        values = codec.unpack_ints(row.values)
    # Damage makes other types of columns, and numbers that are none.
    except (TypeError, ValueError, OverflowError, StoreError, sqlite3.Error):
        return False
    return values is not None and len(values) == widths[row.layout]


def _newest_first(read: Read, level: ChunkLevel) -> Iterator[Keys]:
    """Yield stretches of a level's keys that cover all of them, the newest first."""
    ends: list[int] = []
    for table in (f"times_{level.name}", level.table):
        query = f"SELECT min(key), max(key) FROM {table}"  # noqa: S608
        try:
            with read() as reader:
                ends += [k for k in reader.execute(query).fetchone() if k is not None]
        except (StoreError, sqlite3.Error, UnicodeDecodeError):
            ends = []
            break
    until, step = _LAST, _BLOCKS_TOGETHER << 32
    # Where nobody knows its ends, or damage has moved them: all of it at once.
    if not ends or max(ends) - min(ends) > _MOST_STRETCHES * step:
        yield _FIRST, _LAST
        return
    after = max(ends) // step * step - 1
    while until == _LAST or after >= min(ends):
        yield after, until
        after, until = after - step, after
    yield _FIRST, until


def _times(
    read: Read, level: ChunkLevel, keys: Keys, between: Callable[[], object]
) -> Iterator[Damage]:
    table = f"times_{level.name}"
    query = f"SELECT key, lo, hi, CAST(t AS BLOB) FROM {table} WHERE key > ? ORDER BY key LIMIT ?"  # noqa: S608
    for rows in walk(read, query, keys):
        between()
        if isinstance(rows, KeyGap):
            yield _lost_blocks(table, level, rows, keys)
            continue
        for key, lo, hi, blob in rows:
            ts_ms = None
            if isinstance(blob, bytes):
                ts_ms = codec.decode_times(blob, (level.span_ms, key))
            if ts_ms is None or [lo, hi] != [int(ts_ms[0]), int(ts_ms[-1])]:
                yield Damage(table, key, *level.span(key))


def _lost_blocks(table: str, level: ChunkLevel, gap: KeyGap, keys: Keys) -> Damage:
    first_ms, _ = level.span(max(gap.after, 0))
    before = min(gap.before, keys[1])
    last_ms = 2**53 if before >= _LAST else level.span(before)[1]
    return Damage(table, gap.after, first_ms, last_ms)


def _chunks(
    read: Read, level: ChunkLevel, keys: Keys, between: Callable[[], object]
) -> Iterator[Damage]:
    times: dict[int, int | None] = {}
    for rows in walk(read, level.walk, keys):
        between()
        if isinstance(rows, KeyGap):
            yield _lost_blocks(level.table, level, rows, keys)
            continue
        for key, number, blob in rows:
            if number not in times:
                times[number] = _count_of(read, level, number)
            count = times[number]
            if count is None or codec.decode_column(blob, count, (key, number)) is None:
                target, series = _owner(read, key & STREAM_MASK)
                span = level.span(key)
                yield Damage(level.table, key, *span, target=target, series=series)


def _count_of(read: Read, level: ChunkLevel, number: int) -> int | None:
    """Return how many times a row of times holds, None where it is damaged."""
    try:
        with read() as reader:
            row = reader.execute(level.one_times, (number,)).fetchone()
    except (StoreError, sqlite3.Error):
        return None
    ts_ms = codec.decode_times(row[0], (level.span_ms, number)) if row else None
    return None if ts_ms is None else len(ts_ms)


def _owner(read: Read, stream: int) -> tuple[int | None, int | None]:
    try:
        with read() as reader:
            row = reader.execute(
                "SELECT target, series FROM stream WHERE id=?", (stream,)
            ).fetchone()
    except (StoreError, sqlite3.Error):
        row = None
    return (None, None) if row is None else (row[0], row[1])


def _ledger(read: Read, between: Callable[[], object]) -> Iterator[Damage]:
    query = (
        "SELECT id, slice_ms FROM ledger_generation WHERE id > ? ORDER BY id LIMIT ?"
    )
    lengths = {row[0]: row[1] for row in _sound_rows(read, query)}
    damage = partial(_block_damage, lengths)
    query = (
        "SELECT rowid, generation, block, bad, valid, seen, CAST(v AS BLOB) FROM ledger"
        " WHERE rowid > ? ORDER BY rowid LIMIT ?"
    )
    last: tuple[Any, Any] = (None, None)
    for rows in walk(read, query):
        between()
        if isinstance(rows, KeyGap):
            yield damage(*last)
            continue
        for _, generation, block, *totals, blob in rows:
            last = generation, block
            if not _is_block(block, totals, blob):
                yield damage(generation, block)


def _block_damage(lengths: Mapping[int, int], generation: Any, block: Any) -> Damage:  # noqa: ANN401
    """Return damage of a block, whatever damage has made of its key."""
    if generation not in lengths or not isinstance(block, int):
        return Damage("ledger", -1, 0, 2**53)
    return block_damage(generation, block, lengths[generation])


def _is_block(block: object, totals: Sequence[Any], blob: object) -> bool:
    try:
        if not isinstance(blob, bytes) or not isinstance(block, int):
            return False
        part = decode_slices(first_slice(block), [blob])
        check_totals(part, [(totals[0], totals[1], totals[2])])
    except (StoreError, TypeError, ValueError, OverflowError, IndexError):
        return False
    return True


def _sound_rows(read: Read, query: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query that can be read; gaps are told by the structure."""
    for rows in walk(read, query):
        if not isinstance(rows, KeyGap):
            yield from rows


def walk(
    read: Read, query: str, keys: Keys = (_FIRST, _LAST)
) -> Iterator[list[tuple[Any, ...]] | KeyGap]:
    """Yield the rows of a query by key, some at a time, and where none can be read.

    Args:
        read: Gives a connection.
        query: Its first column is the key; it takes the key before, and a limit.
        keys: The key before the first that is wanted, and the last.
    """
    (after, until), limit = keys, _TOGETHER
    while after < until:
        rows = _look(read, query, after, limit)
        if rows is None and limit > 1:
            limit = 1
        elif rows is None:
            before = _next_key(read, query, after)
            yield KeyGap(after, before)
            if before > until or before >= _LAST:
                return
            after, limit = before - 1, _TOGETHER
        elif not rows or rows[-1][0] <= after:
            # A damaged tree may lead in a circle.
            return
        else:
            after = rows[-1][0]
            yield rows if after <= until else [r for r in rows if r[0] <= until]


def _next_key(read: Read, query: str, after: int) -> int:
    """Return the first key beyond those that cannot be read, or `_LAST`."""
    step = 1
    while after + step < _LAST and _look(read, query, after + step, 1) is None:
        step *= 2
    low, high = step // 2, min(step, _LAST - after)
    while high - low > 1:
        middle = (low + high) // 2
        if _look(read, query, after + middle, 1) is None:
            low = middle
        else:
            high = middle
    rows = _look(read, query, after + high, 1)
    return int(rows[0][0]) if rows else _LAST


def _look(
    read: Read, query: str, after: int, limit: int
) -> list[tuple[Any, ...]] | None:
    try:
        with read() as reader:
            return reader.execute(query, (after, limit)).fetchall()
    except (StoreError, sqlite3.Error, UnicodeDecodeError):
        return None
