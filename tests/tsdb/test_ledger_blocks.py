"""Sealed blocks come back as they were written, one objective or many at once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kizashi.errors import StoreError
from kizashi.ports.ledger import LedgerStore
from kizashi.slo.blocks import BirthNote, BirthReason, LateEvents, SealedBlock
from kizashi.slo.generations import NewGeneration
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, first_slice
from kizashi.slo.window_sums import SEEN_ONE
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.ledger_blocks import decode_slices, encode_slices
from kizashi.tsdb.schema import MIGRATIONS

#: The most events of a slice: what one, two, four and eight bytes hold, and a fraction.
SIZES = (100, 127, 128, 30_000, 2**20, 2**40, 0.5)


@pytest.fixture(params=["memory", "sqlite"])
def ledgers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerStore]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    with Database(tmp_path / "samples.db") as database:
        yield SqliteLedger(database)


def slices(number: int, size: float, seed: int) -> SliceRange:
    rng = np.random.default_rng(seed)
    part = SliceRange.blank(first_slice(number), BLOCK_SLICES)
    part.valid[:] = np.floor(rng.random(BLOCK_SLICES) * size) + size
    part.bad[:] = rng.integers(0, 3, BLOCK_SLICES)
    part.seen[:] = rng.integers(0, SEEN_ONE + 1, BLOCK_SLICES)
    part.state[:] = rng.integers(0, 5, BLOCK_SLICES)
    return part


def same(one: SliceRange, other: SliceRange) -> bool:
    pairs = [(one.bad, other.bad), (one.valid, other.valid)]
    pairs += [(one.seen, other.seen), (one.state, other.state)]
    return one.first == other.first and all(np.array_equal(*pair) for pair in pairs)


def test_many_objectives_are_read_in_the_order_asked_for(ledgers: LedgerStore):
    new = [NewGeneration("s", str(size), "f", 15_000, 0) for size in SIZES]
    ids = [made.id for made in ledgers.open_generations(new)]
    written = {
        (generation, number): slices(number, size, seed=10 * generation + number)
        for generation, size in zip(ids, SIZES, strict=True)
        for number in (7, 8, 10)
        if generation != ids[2]
    }
    late = LateEvents(first_slice(8) + 3, 1.0, 2.5)
    ledgers.write(
        [
            SealedBlock(g, part, (late,) if (g, b) == (ids[1], 8) else ())
            for (g, b), part in written.items()
        ]
    )
    # From the middle of a block to the middle of one after a block without rows.
    first, last = first_slice(7) + 100, first_slice(10) + 50
    asked = ids[::-1]
    table = ledgers.read_many(asked, first, last)
    assert table.seen.shape == (last - first + 1, len(ids))
    for row, generation in enumerate(asked):
        expected = SliceRange.blank(first, last - first + 1)
        for (owner, _), part in written.items():
            if owner == generation:
                expected.put(part)
        assert same(table.of(row), expected)
        assert same(ledgers.read(generation, first, last), expected)
    assert ledgers.late_of_many(asked, first, last) == {ids[1]: [late]}
    assert ledgers.late_of_many(asked, late.slice + 1, last) == {}


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\x01\x01what", b"\x03\x01"])
def test_a_damaged_block_is_named(damage: bytes):
    whole = encode_slices(slices(1, 100, seed=1))
    blob = damage + whole[2:] if damage == b"\x03\x01" else damage
    with pytest.raises(StoreError, match="a ledger block is damaged"):
        decode_slices(1, [blob])


def test_births_come_back_with_their_reasons(ledgers: LedgerStore):
    [made] = ledgers.open_generations([NewGeneration("s", "a", "f", 15_000, 0)])
    first = first_slice(7)
    births = tuple(
        BirthNote(first + n, f"x{n}", 3.0, reason)
        for n, reason in enumerate(BirthReason)
    )
    part = SliceRange.blank(first, BLOCK_SLICES)
    ledgers.write([SealedBlock(made.id, part, births=births)])

    assert ledgers.births(made.id, first, first + 9) == list(births)


def test_births_of_before_reasons_were_stored_have_none(tmp_path: Path):
    path = tmp_path / "samples.db"
    with Database(path, migrations=MIGRATIONS[:3]) as old, old.write() as db:
        db.execute("INSERT INTO ledger_birth VALUES (1, 1, 7, 'x', 3.0)")
    with Database(path) as database:
        births = SqliteLedger(database).births(1, 7, 7)

    assert births == [BirthNote(7, "x", 3.0, BirthReason.UNKNOWN)]
