"""Series that are new while the disk is full: known at once, stored when it can be."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from kizashi.errors import StoreError
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import NEVER_MS
from kizashi.testing.sample_store_contract import row
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples

UP = Labels({"__name__": "up", "job": "shop"})
GOOD = Labels({"__name__": "hits_total", "code": "200"})
# Longer than what is left of the disk.
BAD = Labels({"__name__": "hits_total", "code": "500", "why": "x" * 20_000})
T0 = 1_700_000_000_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "samples.db") as made:
        yield made


def fill(database: Database, *, full: bool) -> None:
    """Leave no page, or as many as there may ever be."""
    with database.write() as writer:
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        most = pages if full else 1 << 30
        writer.execute(f"PRAGMA max_page_count={most}")


def test_a_series_that_is_new_while_the_disk_is_full_has_its_number_at_once(
    database: Database,
):
    store = SqliteSamples(database)
    target = store.target_id("shop", UP)
    before = store.layout([UP, GOOD])
    store.append([row(target, T0, before, [1, 7])])
    fill(database, full=True)
    grown = store.layout([UP, GOOD, BAD])
    assert grown.series.tolist()[:2] == before.series.tolist()
    assert grown.first_ms.tolist() == [T0, T0, NEVER_MS]
    again = store.layout([UP, GOOD, BAD])
    assert (again.id, again.series.tolist()) == (grown.id, grown.series.tolist())
    waiting = [row(target, T0 + 1_000, grown, [1, 8, 3])]
    with pytest.raises(StoreError, match="disk is full"):
        store.append(waiting)

    fill(database, full=False)
    store.append(waiting)
    assert store.layout([UP, GOOD, BAD]).first_ms.tolist() == [T0, T0, T0 + 1_000]
    check_stored(SqliteSamples(database), target)


def check_stored(store: SqliteSamples, target: int) -> None:
    """What a process that opens the file later finds."""
    layout = store.layout([BAD, UP, GOOD])
    ts_ms, values = store.read_matrix(target, layout.series, T0, T0 + 1_000)
    assert ts_ms.tolist() == [T0, T0 + 1_000]
    np.testing.assert_array_equal(values, [[np.nan, 1, 7], [3, 1, 8]])
    assert store.check() == []


def test_numbers_given_on_a_full_disk_are_nobody_elses(database: Database):
    store = SqliteSamples(database)
    fill(database, full=True)
    first = store.layout([UP, BAD])
    second = store.layout([BAD, GOOD])
    fill(database, full=False)
    third = store.layout([GOOD, UP])
    assert len({first.id, second.id, third.id}) == 3
    up, bad = first.series.tolist()
    good = second.series.tolist()[1]
    assert len({up, bad, good}) == 3
    assert third.series.tolist() == [good, up]
    target = store.target_id("shop", UP)
    assert store.series_of_target(target) == []
    store.append([row(target, T0, third, [1, 2])])
    opened = SqliteSamples(database)
    assert opened.layout([GOOD, BAD, UP]).series.tolist() == [good, bad, up]
    assert opened.check() == []


def test_only_who_stores_a_row_asks_a_full_disk_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """An attempt at a locked file takes seconds, and scrapes wait behind it."""
    store = SqliteSamples(database)
    target = store.target_id("shop", UP)
    asked = []
    write = database.write

    def counted() -> AbstractContextManager[sqlite3.Connection]:
        asked.append(1)
        return write()

    fill(database, full=True)
    monkeypatch.setattr(database, "write", counted)
    layout = store.layout([UP, BAD])
    store.layout([UP, GOOD])
    assert len(asked) == 1
    with pytest.raises(StoreError):
        store.append([row(target, T0, layout, [1, 3])])
    assert len(asked) == 2
