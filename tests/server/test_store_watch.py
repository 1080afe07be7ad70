"""The watch over what is stored, while the server runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kizashi.alert.kinds import own_conditions
from kizashi.errors import StoreError
from kizashi.ports.alerts import Silence, SilenceMatcher
from kizashi.server.store_watch import StoreWatch
from kizashi.server.stores import Stores
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import StateDatabase
from kizashi.testing.clock import ManualClock

NOW = 1_800_000_000_000


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = Stores.open(tmp_path, NOW, 65_536)
    matchers = (SilenceMatcher("service", "=", "shop"),)
    SqlAlertStore(opened.state).add_silence(
        Silence("one", matchers, NOW, NOW + 9, "me", "a rollout", NOW)
    )
    yield opened
    opened.close()


def flip(stores: Stores) -> None:
    """Change a row as damage does."""
    with closing(sqlite3.connect(stores.state.path)) as writer:
        writer.execute("DROP TRIGGER silences_crc_update")
        writer.execute("UPDATE silences SET reason = ''")
        writer.commit()


def told(watch: StoreWatch) -> list[tuple[bool, str]]:
    return [
        (one.fires, one.facts["tables"]) for one in own_conditions(watch.knowledge())
    ]


def test_a_row_that_is_met_damaged_is_set_aside_and_told_of_from_then_on(
    stores: Stores,
):
    watch = StoreWatch(stores, ManualClock(NOW))
    watch.put_aside()
    assert told(watch) == []
    flip(stores)
    assert SqlAlertStore(stores.state).silences() == []
    assert told(watch) == [(True, "silences")]
    watch.put_aside()
    assert told(watch) == [(True, "silences")]
    assert stores.state.set_aside_since(NOW) == {"silences": 1}
    with stores.state.reading() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM silences")
        assert rows.scalar() == 0


@pytest.mark.anyio
async def test_where_the_disk_says_no_it_is_tried_again_and_the_row_stays_told(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    clock = ManualClock(NOW)
    watch = StoreWatch(stores, clock)
    flip(stores)
    assert SqlAlertStore(stores.state).silences() == []

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(StateDatabase, "set_damaged_aside", full)
        for _ in range(3):
            watch.put_aside()
    assert caplog.text.count("could not be set aside: the disk is full") == 1
    assert told(watch) == [(True, "silences")]
    watch.put_aside()
    assert stores.state.set_aside_since(NOW) == {}
    await clock.advance(60)
    watch.put_aside()
    assert stores.state.set_aside_since(NOW) == {"silences": 1}
