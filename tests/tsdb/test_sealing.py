"""From rows to chunks to days: what moves, what stays, who wins."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kizashi.promql.selectors import parse_selector
from kizashi.testing.sample_store_contract import (
    DAY,
    FAILS,
    HITS,
    HOUR,
    SCRAPE,
    SIZE,
    T0,
    UP,
    floats,
    found,
    ints,
    row,
)
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSamples]:
    one = SqliteSamples(Database(tmp_path / "samples.db"))
    yield one
    one.close()


def count(store: SqliteSamples, table: str) -> int:
    with store._database.read() as reader:
        (n,) = reader.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(n)


def fill(store: SqliteSamples, start: int, end: int, step: int = 60_000) -> int:
    target = store.target_id("shop", UP)
    layout = store.layout([UP, HITS, SIZE])
    store.append(
        [
            row(target, ts, layout, [1, ts // step, np.sin(ts)])
            for ts in range(start, end, step)
        ]
    )
    return target


def test_only_whole_blocks_of_two_hours_are_sealed(store: SqliteSamples):
    fill(store, T0, T0 + 3 * HOUR)
    before = found(store, '{job="shop"}')
    store.seal(T0 + 2 * HOUR + 59 * 60_000)
    assert count(store, "head") == 60
    assert count(store, "chunk_2h") == 3
    assert found(store, '{job="shop"}') == before


def test_series_of_a_target_share_their_times(store: SqliteSamples):
    fill(store, T0, T0 + 2 * HOUR)
    store.seal(T0 + 2 * HOUR)
    assert count(store, "times_2h") == 1


def test_a_day_that_has_ended_is_joined(store: SqliteSamples):
    fill(store, T0 - HOUR, T0 + DAY + HOUR)
    before = found(store, '{job="shop"}')
    store.seal(T0 + DAY + 2 * HOUR)
    assert (count(store, "chunk_1d"), count(store, "times_1d")) == (6, 2)
    assert (count(store, "chunk_2h"), count(store, "times_2h")) == (3, 1)
    assert found(store, '{job="shop"}') == before
    assert store.check() == []


def test_a_day_that_gets_more_samples_is_joined_again(store: SqliteSamples):
    target = fill(store, T0, T0 + 4 * HOUR)
    store.seal(T0 + DAY)
    late = ints(T0 + 5, T0 + HOUR, T0 + 6 * HOUR)
    assert store.write_history(target, [HITS, FAILS], late, np.ones((3, 2))) == 5
    before = found(store, '{job="shop"}')
    store.seal(T0 + DAY)
    assert count(store, "chunk_2h") == 0
    assert found(store, '{job="shop"}') == before
    with store._database.read() as reader:
        unused = reader.execute(
            "SELECT count(*) FROM times_1d"
            " WHERE key NOT IN (SELECT times FROM chunk_1d)"
        ).fetchone()
    assert unused == (0,)


def test_the_first_claim_wins_though_a_later_row_is_older(store: SqliteSamples):
    target = store.target_id("shop", UP)
    layout = store.layout([UP, HITS])
    after = T0 + 2 * HOUR + 1
    store.append([row(target, after, layout, [1, 111], stamps=[after, T0 + 5])])
    store.append([row(target, T0 + 5, layout, [1, 222])])
    for edge in (2 * HOUR, 4 * HOUR, DAY):
        store.seal(T0 + edge)
        assert found(store, "hits_total")[str(HITS)] == [
            (T0 + 5, floats(111).tobytes())
        ]


@pytest.mark.parametrize("edge", [0, 2 * HOUR, DAY])
def test_the_last_sample_is_not_one_that_lost_its_place(
    store: SqliteSamples, edge: int
):
    target = store.target_id("shop", UP)
    layout = store.layout([UP, HITS, SIZE])
    _, hits, size = layout.series.tolist()
    store.append([row(target, T0, layout, [1, 7, 7])])
    store.append([row(target, T0 + 1, layout, [1, np.nan, 8])])
    store.seal(T0 + edge)
    stamps = [T0 + 2, T0 + 1, T0 + 1]
    store.append([row(target, T0 + 2, layout, [1, 9, 9], stamps=stamps)])
    for _ in range(3):
        last = store.last_before(ints(hits, size), T0 + 5)
        assert last == {hits: (T0, 7.0), size: (T0 + 1, 8.0)}
        edge += 2 * HOUR
        store.seal(T0 + edge)


def test_two_rows_sealed_at_once_keep_the_first_claim(store: SqliteSamples):
    target = store.target_id("shop", UP)
    layout = store.layout([UP, HITS])
    after = T0 + 2 * HOUR + 1
    store.append([row(target, after, layout, [1, 111], stamps=[after, T0 + 5])])
    store.append([row(target, T0 + 5, layout, [1, 222])])
    store.seal(T0 + 4 * HOUR)
    assert found(store, "hits_total")[str(HITS)] == [(T0 + 5, floats(111).tobytes())]


def test_a_target_that_flaps_stays_exact(store: SqliteSamples):
    target = store.target_id("shop", UP)
    full, failed = store.layout([UP, HITS, SIZE]), store.layout([UP])
    gone = full.series[1:].tolist()
    for n in range(480):
        ts = T0 + n * SCRAPE
        if n % 7 == 3:
            store.append([row(target, ts, failed, [0], stale=gone)])
        elif n % 7 != 4:
            store.append([row(target, ts, full, [1, n, n / 3])])
    before = found(store, '{job="shop"}')
    store.seal(T0 + 2 * HOUR)
    assert count(store, "head") == 0
    assert found(store, '{job="shop"}') == before


def test_a_repeated_row_that_was_sealed_changes_nothing(store: SqliteSamples):
    target = store.target_id("shop", UP)
    layout = store.layout([UP, HITS])
    again = row(target, T0, layout, [1, 5])
    store.append([again])
    store.seal(T0 + 2 * HOUR)
    store.append([row(target, T0, layout, [1, 6])])
    assert found(store, "hits_total")[str(HITS)] == [(T0, floats(5).tobytes())]
    store.seal(T0 + 2 * HOUR)
    assert found(store, "hits_total")[str(HITS)] == [(T0, floats(5).tobytes())]


def test_readers_see_everything_while_rows_move(store: SqliteSamples):
    target = fill(store, T0, T0 + 30 * HOUR)
    series = store.layout([UP, HITS, SIZE]).series
    want = store.read_matrix(target, series, T0, T0 + 2 * DAY)
    selector = parse_selector('{job="shop"}')
    wrong = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            times, values = store.read_matrix(target, series, T0, T0 + 2 * DAY)
            if len(times) != len(want[0]) or values.tobytes() != want[1].tobytes():
                wrong.append(len(times))
            lengths = {len(s.ts_ms) for s in store.select(selector, T0, T0 + 2 * DAY)}
            if lengths != {len(want[0])}:
                wrong.append(lengths)

    thread = threading.Thread(target=look)
    thread.start()
    for hours in range(2, 32, 2):
        store.seal(T0 + hours * HOUR)
    done.set()
    thread.join()
    assert wrong == []


def test_expiry_deletes_blocks_and_gives_pages_back(store: SqliteSamples):
    fill(store, T0, T0 + 3 * DAY)
    store.seal(T0 + 2 * DAY + 12 * HOUR)
    store.expire(T0 + DAY)
    assert store.first_scrape_ms() == T0 + DAY
    store.expire(T0 + 2 * DAY + 2 * HOUR)
    assert store.first_scrape_ms() == T0 + 2 * DAY + 2 * HOUR
    store.expire(T0 + 9 * DAY)
    assert store.first_scrape_ms() is None
    tables = ("head", "chunk_1d", "chunk_2h", "times_1d", "times_2h")
    assert [count(store, t) for t in tables] == [0] * 5
    assert found(store, '{job="shop"}') == {}


def test_first_times_survive_expiry_and_reopening(tmp_path: Path):
    store = SqliteSamples(Database(tmp_path / "s.db"))
    fill(store, T0, T0 + HOUR)
    store.expire(T0 + 9 * DAY)
    store.close()
    store = SqliteSamples(Database(tmp_path / "s.db"))
    assert store.layout([UP, FAILS]).first_ms[0] == T0
    store.close()


@pytest.mark.parametrize("column", ["v", "crc", "ts", "stale"])
def test_a_damaged_row_is_left_out_and_counted(store: SqliteSamples, column: str):
    target = store.target_id("shop", UP)
    layout = store.layout([UP])
    ended = int(store.layout([HITS]).series[0])
    store.append(
        [row(target, T0 + n, layout, [n], stale=[ended] if n else []) for n in (0, 1)]
    )
    change = "x'00112233445566'" if column in {"v", "stale"} else f"{column} + 1"
    with store._database.write() as writer:
        writer.execute(f"UPDATE head SET {column}={change} WHERE id=2")  # noqa: S608
    times, values = store.read_matrix(target, layout.series, T0, T0 + 9)
    assert times.tolist() == [T0]
    assert values.tolist() == [[0]]
    assert store.corrupt == 1
    (problem,) = store.check()
    assert problem == "row 2 of head is damaged"
    (lost,) = store.damages()
    assert (lost.target, lost.first_ms, lost.last_ms) == (target, T0 + 1, T0 + 1)


def test_damaged_chunks_and_times_are_left_out_and_counted(store: SqliteSamples):
    target = fill(store, T0, T0 + 26 * HOUR)
    series = store.layout([UP, HITS, SIZE]).series
    store.seal(T0 + 26 * HOUR)
    with store._database.write() as writer:
        writer.execute(
            "UPDATE chunk_1d SET"
            " v=CAST(substr(v, 1, 9) || x'ff' || substr(v, 11) AS BLOB)"
            " WHERE key & 4294967295 = 2"
        )
        writer.execute("UPDATE times_2h SET t=x'00'")
    times, values = store.read_matrix(target, series, T0, T0 + 2 * DAY)
    assert len(times) == 24 * 60
    assert np.isnan(values[:, 1]).all()
    assert not np.isnan(values[:, [0, 2]]).any()
    assert store.corrupt == 1 + 3
    problems = store.check()
    assert f"row {(T0 // DAY << 32) + 2} of chunk_1d is damaged" in problems
    # The times as well, and each of the chunks that refers to them.
    assert len(problems) == 1 + 3 + 1
    assert {
        (lost.target, lost.series, lost.first_ms, lost.last_ms)
        for lost in store.damages()
    } == {
        (target, series[1], T0, T0 + DAY - 1),
        *((target, n, T0 + DAY, T0 + DAY + 2 * HOUR - 1) for n in series),
    }


def test_what_was_damaged_is_known_when_it_has_been_sealed_and_opened_again(
    tmp_path: Path,
):
    """A row goes when its block is sealed: that its time is lost must not go with it."""
    store = SqliteSamples(Database(tmp_path / "s.db"))
    target = fill(store, T0, T0 + HOUR)
    with store._database.write() as writer:
        writer.execute("UPDATE head SET crc = crc + 1 WHERE id = 5")
    store.seal(T0 + 3 * HOUR)
    assert count(store, "head") == 0
    lost = store.damages()
    store.close()
    store = SqliteSamples(Database(tmp_path / "s.db"))
    assert store.damages() == lost
    assert [(one.target, one.first_ms) for one in lost] == [(target, T0 + 4 * 60_000)]
    store.expire(T0 + DAY)
    assert store.damages() == ()
    assert count(store, "damage") == 0
    store.close()


def test_a_layout_that_nobody_uses_goes_when_the_store_is_opened(tmp_path: Path):
    store = SqliteSamples(Database(tmp_path / "s.db"))
    store.layout([HITS])
    fill(store, T0, T0 + HOUR)
    store.close()
    store = SqliteSamples(Database(tmp_path / "s.db"))
    assert count(store, "layout") == 1
    assert len(found(store, '{job="shop"}')) == 3
    store.close()
