"""kill -9 at any moment: what was acknowledged is there, once, and sound."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kizashi.promql.selectors import parse_selector
from kizashi.testing.sample_store_contract import DAY, T0
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples

sys.path.insert(0, str(Path(__file__).parent))
import killed

CHILD = [sys.executable, str(Path(killed.__file__))]
EVERYTHING = parse_selector('{__name__=~"m.*"}')
ROWS = 26 * 60
SERIES = np.arange(1, len(killed.LABELS) + 1)


def opened(folder: Path) -> SqliteSamples:
    return SqliteSamples(Database(folder / "samples.db"))


def dump(store: SqliteSamples) -> list[tuple[int, bytes, bytes]]:
    return [
        (s.id, s.ts_ms.tobytes(), s.values.tobytes())
        for s in store.select(EVERYTHING, 0, T0 + 9 * DAY)
    ]


def kill_while_appending(folder: Path, rng: np.random.Generator) -> None:
    lines = int(rng.integers(1, 120))
    with subprocess.Popen(
        [*CHILD, "append", str(folder)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        for _ in range(lines):
            child.stdout.readline()
        child.kill()
        acknowledged = lines + len(child.stdout.read().splitlines())
    store = opened(folder)
    for target in (1, 2):
        times, values = store.read_matrix(target, SERIES, 0, T0 + DAY)
        count = len(times)
        assert acknowledged <= count <= acknowledged + 1
        assert times.tolist() == [T0 + n * killed.STEP for n in range(count)]
        want = np.array([killed.values(n, target) for n in range(count)])
        assert values.tobytes() == want.tobytes()
    assert store.check() == []
    store.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with 26 hours of rows, none sealed."""
    folder = tmp_path_factory.mktemp("full")
    store = opened(folder)
    for number in range(0, ROWS, 15):
        killed.append(store, number)
    store.close()
    return folder


def kill_while_sealing(full: Path, folder: Path, nth: int, where: str) -> int:
    """Return the exit code of the child, after all was found to be well."""
    shutil.copytree(full, folder)
    store = opened(folder)
    want = dump(store)
    store.close()
    child = subprocess.run(
        [*CHILD, "seal", str(folder), str(nth), where], check=False, timeout=60
    )
    store = opened(folder)
    assert dump(store) == want
    assert store.check() == []
    store.seal(T0 + 2 * DAY)
    assert dump(store) == want
    with store._database.read() as reader:
        assert reader.execute("SELECT count(*) FROM head").fetchone() == (0,)
        per_stream = reader.execute(
            "SELECT key & 4294967295, count(*) FROM chunk_1d GROUP BY 1"
        ).fetchall()
    assert {count for _, count in per_stream} == {2}
    assert store.check() == []
    store.close()
    shutil.rmtree(folder)
    return child.returncode


@pytest.mark.parametrize("seed", range(3))
def test_no_acknowledged_row_is_lost(tmp_path: Path, seed: int):
    kill_while_appending(tmp_path, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("nth", "where"), [(2, "before"), (9, "after"), (29, "after"), (44, "before")]
)
def test_sealing_that_was_killed_loses_and_doubles_nothing(
    full: Path, tmp_path: Path, nth: int, where: str
):
    assert kill_while_sealing(full, tmp_path / "copy", nth, where) == -9


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(50))
def test_no_acknowledged_row_is_lost_in_fifty_kills(tmp_path: Path, seed: int):
    kill_while_appending(tmp_path, np.random.default_rng(1_000 + seed))


@pytest.mark.nightly
@pytest.mark.parametrize("where", ["before", "after"])
def test_sealing_may_be_killed_in_each_of_its_writes(
    full: Path, tmp_path: Path, where: str
):
    nth = 1
    while kill_while_sealing(full, tmp_path / "copy", nth, where) == -9:
        nth += 1
    assert nth > 40
