"""The sample stores, held to their contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kizashi.ports.samples import SampleStore
from kizashi.testing.memory_samples import MemorySamples
from kizashi.testing.sample_store_contract import SampleStoreContract
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SampleStore]:
    one: SampleStore
    if request.param == "memory":
        one = MemorySamples()
    else:
        one = SqliteSamples(Database(tmp_path / "samples.db"))
    yield one
    one.close()


class TestSampleStores(SampleStoreContract):
    """Both stores."""
