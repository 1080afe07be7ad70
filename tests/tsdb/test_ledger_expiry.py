"""What expires of the ledger, over more generations than one transaction takes."""

from pathlib import Path

import numpy as np

from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock
from kizashi.slo.generations import NewGeneration
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, first_slice
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger

GENERATIONS = 120
BLOCKS = 12


def block_of(generation: int, number: int) -> SealedBlock:
    first = first_slice(number)
    part = SliceRange.blank(first, BLOCK_SLICES)
    part.valid[:] = 1
    late = (LateEvents(first, 0.0, 1.0),)
    return SealedBlock(generation, part, late, (BirthNote(first, "x", 1.0),))


def test_every_generation_loses_what_is_older_than_its_own_block(tmp_path: Path):
    with Database(tmp_path / "samples.db") as database:
        ledgers = SqliteLedger(database)
        made = ledgers.open_generations(
            [NewGeneration("s", str(n), "f", 15_000, 0) for n in range(GENERATIONS)]
        )
        ledgers.write([block_of(g.id, b) for g in made for b in range(BLOCKS)])

        ledgers.expire({g.id: 11 - (g.id % 2) * 6 for g in made})

        for generation in made:
            first = 5 if generation.id % 2 else 11
            last = first_slice(BLOCKS) - 1
            kept = ledgers.read(generation.id, 1, last)
            expected = np.arange(1, last + 1) >= first_slice(first)
            np.testing.assert_array_equal(kept.valid, expected)
            assert len(ledgers.late(generation.id, 1, last)) == BLOCKS - first
            assert len(ledgers.births(generation.id, 1, last)) == BLOCKS - first
