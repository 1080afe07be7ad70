"""Where slices came from, kept beside them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kizashi.ports.ledger import LedgerStore
from kizashi.slo.sources import SourceKind, SourceSpan
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger

RECORDED = SourceSpan(1, SourceKind.RECORDED, 20, 29)
RAW = SourceSpan(1, SourceKind.RAW, 10, 19)
OTHER = SourceSpan(2, SourceKind.NOTHING, 1, 9)


@pytest.fixture(params=["memory", "sqlite"])
def ledgers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerStore]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    with Database(tmp_path / "samples.db") as database:
        yield SqliteLedger(database)


def test_spans_come_back_in_order(ledgers: LedgerStore):
    ledgers.record_sources([1, 2], [OTHER, RECORDED, RAW])

    assert ledgers.sources() == [RAW, RECORDED, OTHER]


def test_spans_of_a_generation_are_replaced_and_others_stay(ledgers: LedgerStore):
    ledgers.record_sources([1, 2], [OTHER, RECORDED, RAW])

    longer = SourceSpan(1, SourceKind.RECORDED, 10, 39)
    ledgers.record_sources([1], [longer])
    assert ledgers.sources() == [longer, OTHER]

    ledgers.record_sources([1], [])
    assert ledgers.sources() == [OTHER]
