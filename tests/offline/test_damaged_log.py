"""Commits that are lost with the end of a log: they are counted, noted and told."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from harness.damaging import MINUTE, NOW, SLICES, House, flip_log, killed
from kizashi.alert.kinds import own_conditions
from kizashi.cli import run
from kizashi.log_tail import LostTail, lost_tail
from kizashi.offline.verifying import verify
from kizashi.ports.tokens import Role
from kizashi.server.store_watch import StoreWatch
from kizashi.server.stores import Stores
from kizashi.statedb.database import open_state
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.testing.clock import ManualClock


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a process that died: a table, then twenty commits, a frame each."""
    (tmp_path / "open").mkdir()
    with closing(
        sqlite3.connect(tmp_path / "open" / "a.db", isolation_level=None)
    ) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t(x)")
        # Frames of an earlier round, which are in the file by now, lie behind.
        for number in range(40):
            writer.execute("INSERT INTO t VALUES(?)", (number,))
        writer.execute("PRAGMA wal_checkpoint(RESTART)")
        for number in range(20):
            writer.execute("INSERT INTO t VALUES(?)", (number,))
        folder = killed(tmp_path / "open", tmp_path / "dead")
    return folder / "a.db-wal"


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as reader:
        return int(reader.execute("SELECT count(*) FROM t").fetchone()[0])


def test_a_sound_log_has_lost_nothing(log: Path):
    assert lost_tail(log.with_name("a.db")) is None
    assert rows(log.with_name("a.db")) == 60
    assert lost_tail(log.with_name("none.db")) is None


@pytest.mark.parametrize("frame", [0, 7, 19])
def test_commits_behind_a_damaged_frame_are_counted(log: Path, frame: int):
    flip_log(log, frame)
    lost = lost_tail(log.with_name("a.db"))
    assert lost is not None
    assert lost.commits == 20 - frame
    assert rows(log.with_name("a.db")) == 40 + frame


_HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1])
held.execute("SELECT count(*) FROM t").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


def test_a_log_that_another_process_has_open_is_not_judged(log: Path):
    """Its last frames may be a commit that is just being written."""
    flip_log(log, 7)
    path = log.with_name("a.db")
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        assert lost_tail(path) is None
        holder.kill()
    assert lost_tail(path) is not None


@pytest.mark.parametrize("at", [5, 9, 17, 30])
def test_a_log_whose_header_is_damaged_is_lost_as_a_whole(log: Path, at: int):
    content = bytearray(log.read_bytes())
    content[at] ^= 1
    log.write_bytes(content)
    lost = lost_tail(log.with_name("a.db"))
    assert lost is not None
    assert lost.commits == 20
    assert rows(log.with_name("a.db")) == 40


RUBBISH = [
    b"words, words, words. " * 2000,
    bytes(50_000),
    b"short",
    bytes(range(256)) * 99,
]


@pytest.mark.parametrize("content", RUBBISH)
def test_of_what_was_written_over_a_log_nobody_counts_commits(
    log: Path, content: bytes
):
    log.write_bytes(content)

    lost = lost_tail(log.with_name("a.db"))

    assert lost == LostTail(0, log.stat().st_mtime_ns // 1_000_000)
    assert rows(log.with_name("a.db")) == 40


def test_a_damaged_header_does_not_hide_the_only_commit(log: Path):
    content = bytearray(log.read_bytes()[: 32 + 24 + 4096])
    for at in (17, 30):
        content[at] ^= 1
        log.write_bytes(content)
        lost = lost_tail(log.with_name("a.db"))
        assert lost is not None
        assert lost.commits == 1
        content[at] ^= 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "how many commits until 2026-01-02 03:04:56Z are lost is not known"),
        ("ja", "2026-01-02 03:04:56Z までに失われたコミットの数は分かりません"),
    ],
)
def test_a_log_that_is_none_is_told_without_a_number(
    house: House, capsys: pytest.CaptureFixture[str], language: str, said: str
):
    house.figures()
    folder = house.path.parent
    log = folder / "samples.db-wal"
    log.write_text("words, words, words. " * 2000)
    os.utime(log, (1_767_323_096, 1_767_323_096))
    verify_it = ["verify", "--data", str(folder), "--language", language]

    assert run(verify_it) == 1
    assert said in capsys.readouterr().out
    house.figures()
    assert run(verify_it) == 0
    assert said in capsys.readouterr().out


def test_samples_that_are_lost_with_the_log_are_unseen_with_a_note(
    house: House, tmp_path: Path
):
    house.figures()
    with house.opened() as opened:
        layout = opened.samples.layout([])
        for number in range(5):
            opened.samples.record_gone(1, NOW + number)
        assert layout.series.size == 0
        folder = killed(house.path.parent, tmp_path / "dead")
    flip_log(folder / "samples.db-wal", 2)
    at_ms = NOW - 30 * MINUTE
    os.utime(folder / "samples.db-wal", ns=(at_ms * 1_000_000, at_ms * 1_000_000))
    [found] = [f for f in verify(folder).findings if f.code == "verify.log"]
    assert found.end_ms == at_ms

    with House(folder / "samples.db").opened() as again:
        [view] = again.answers.objectives()
        [damage] = again.samples.damages()
    assert (damage.table, damage.last_ms) == ("wal", at_ms)
    assert [n.code for n in view.notes] == ["ledger.damaged.samples"]
    assert view.coverage < 1 - 50 / SLICES
    # It stays known when the log is gone.
    assert House(folder / "samples.db").figures().notes == view.notes


def test_state_that_is_lost_with_the_log_is_told_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "open").mkdir()
    state = open_state(tmp_path / "open", NOW)
    for number in range(5):
        SqlTokenStore(state).create(f"t{number}", Role.VIEWER, now_ms=NOW)
    folder = killed(tmp_path / "open", tmp_path / "dead")
    state.close()
    log = folder / "state.db-wal"
    flip_log(log, (log.stat().st_size - 32) // (24 + 4096) - 1)

    stores = Stores.open(folder, NOW, 65_536)
    with stores.state.reading() as connection:
        assert len(connection.exec_driver_sql("SELECT 1 FROM tokens").all()) == 4
    conditions = own_conditions(StoreWatch(stores, ManualClock(NOW)).knowledge())
    assert [(c.fires, c.facts["tables"]) for c in conditions] == [(True, "wal")]
    stores.close()
    assert run(["verify", "--data", str(folder)]) == 0
    assert 'what is lost: {"commits": 1' in capsys.readouterr().out
