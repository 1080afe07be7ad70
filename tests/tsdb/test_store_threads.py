"""The store under many threads and on a disk that says no."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kizashi.errors import StoreError
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import NEVER_MS
from kizashi.promql.selectors import parse_selector
from kizashi.testing.sample_store_contract import (
    HITS,
    HOUR,
    SCRAPE,
    T0,
    UP,
    found,
    row,
)
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSamples]:
    one = SqliteSamples(Database(tmp_path / "samples.db"))
    yield one
    one.close()


NAMES = [Labels.of({"__name__": "m", "n": str(n)}) for n in range(200)]
ROUNDS = 120
STEP = 5 * SCRAPE


def scrape(store: SqliteSamples, target: int) -> None:
    for n in range(ROUNDS):
        layout = store.layout([UP, *NAMES[: 1 + n // 4]])
        width = len(layout.series)
        store.append([row(target, T0 + n * STEP, layout, [target * n] * width)])


def fill_back(store: SqliteSamples) -> None:
    for n in range(30):
        ts = np.array([T0 - HOUR + n * SCRAPE], np.int64)
        store.write_history(1, [HITS, NAMES[n + 100]], ts, np.ones((1, 2)))


def move(store: SqliteSamples) -> None:
    for fifths in range(1, 30):
        store.seal(T0 + fifths * HOUR // 5)
        store.checkpoint()


def ask(store: SqliteSamples) -> None:
    for _ in range(30):
        list(store.select(parse_selector('{__name__=~"m|up"}'), 0, T0 + 9 * HOUR))
        store.last_before(np.arange(1, 9), T0 + HOUR)
        store.series_of_target(1)
        store.first_scrape_ms()


def run_together(jobs: Sequence[Callable[[], None]]) -> list[BaseException]:
    """Run each in a thread of its own; return what they raised."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return failures


def test_all_calls_at_once_end_and_lose_nothing(store: SqliteSamples):
    targets = [store.target_id("job", NAMES[n]) for n in range(3)]
    jobs = [partial(work, store) for work in (fill_back, move, ask)]
    jobs += [partial(scrape, store, target) for target in targets]
    assert run_together(jobs) == []
    up = store.layout([UP]).series
    for target in targets:
        times, values = store.read_matrix(target, up, T0, T0 + 9 * HOUR)
        assert times.tolist() == [T0 + n * STEP for n in range(ROUNDS)]
        assert values[:, 0].tolist() == [target * n for n in range(ROUNDS)]
    assert store.check() == []
    assert store.corrupt == 0


def test_a_full_disk_loses_the_call_and_nothing_else(store: SqliteSamples):
    target = store.target_id("job", UP)
    layout = store.layout([UP, HITS])
    store.append([row(target, T0, store.layout([UP]), [1])])
    store.checkpoint()
    noise = np.random.default_rng(1).normal(size=(400, 2)).tolist()
    rows = [row(target, T0 + 1 + n, layout, noise[n]) for n in range(400)]
    with store._database.write() as writer:
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count={pages + 1}")
    with pytest.raises(StoreError, match="disk is full"):
        store.append(rows)
    assert store.layout([UP, HITS]).first_ms.tolist() == [T0, NEVER_MS]
    assert len(found(store, "up")) == 1
    assert found(store, "hits_total") == {}
    with store._database.write() as writer:
        writer.execute("PRAGMA max_page_count=1000000")
    store.append(rows)
    assert len(found(store, "hits_total")[str(HITS)]) == 400
    assert store.layout([UP, HITS]).first_ms.tolist() == [T0, T0 + 1]
    assert store.check() == []
