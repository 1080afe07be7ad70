"""Backups hold what was acknowledged, and only sound ones are restored."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from kizashi.cli import run
from kizashi.errors import StoreError
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.model.scraping import REPORT_SERIES
from kizashi.offline.backup import back_up, restore
from kizashi.offline.tokens import create_token, list_tokens
from kizashi.ports.tokens import Role
from kizashi.statedb.database import open_state
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.tsdb.database import Database
from kizashi.tsdb.folder import DataFolder
from kizashi.tsdb.store import SqliteSamples

NONE = np.empty(0, np.int64)


class Writer:
    """Appends rows to a store, as a server does."""

    def __init__(self, data: Path) -> None:
        data.mkdir(exist_ok=True)
        self._database = Database(data / "samples.db")
        self._samples = SqliteSamples(self._database)
        own = Labels.of(job="j", instance="x")
        self.target = self._samples.target_id("j", own)
        report = [own.merged({"__name__": n}) for n in REPORT_SERIES]
        self._layout = self._samples.layout(report)
        self.written = 0

    def write(self, count: int) -> None:
        for _ in range(count):
            self.written += 1
            ts = 1_800_000_000_000 + self.written * 1_000
            row = ScrapeRow(self.target, ts, self._layout.id, np.ones(5), None, NONE)
            self._samples.append([row])

    def rows(self) -> int:
        series = self._layout.series[:1]
        return len(self._samples.read_matrix(self.target, series, 0, 2**50)[0])

    def close(self) -> None:
        self._samples.close()
        self._database.close()


def test_every_sample_acknowledged_before_a_backup_under_load_is_restored(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    writer = Writer(data)
    create_token(data, "t", Role.VIEWER)
    writer.write(50)
    acknowledged = writer.written
    load = threading.Thread(target=writer.write, args=(200,))
    load.start()
    made = back_up(data, tmp_path / "backup")
    load.join()
    writer.close()
    assert [d.name for d in made.databases] == ["samples.db", "state.db"]
    again = tmp_path / "again"
    restore(tmp_path / "backup", again)
    restored = Writer(again)
    assert acknowledged <= restored.rows() <= 250
    restored.write(300)
    restored.close()
    assert [t.name for t in list_tokens(again)] == ["t"]


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_session_that_ended_since_the_backup_is_not_restored(
    tmp_path: Path, *, by_hand: bool
) -> None:
    data, now_ms = tmp_path / "data", 1_800_000_000_000
    token = create_token(data, "t", Role.VIEWER)
    state = open_state(data, now_ms)
    session = SqlSessionStore(state).begin(token.record.id, now_ms=now_ms)
    back_up(data, tmp_path / "backup")
    SqlSessionStore(state).end(session)
    state.close()

    if by_hand:
        (tmp_path / "again").mkdir()
        shutil.copy(tmp_path / "backup" / "state.db", tmp_path / "again")
    else:
        restore(tmp_path / "backup", tmp_path / "again")

    again = open_state(tmp_path / "again", now_ms)
    try:
        assert SqlSessionStore(again).authenticate(session, now_ms=now_ms) is None
        found = SqlTokenStore(again).authenticate(token.plaintext, now_ms=now_ms)
        assert found is not None
    finally:
        again.close()


def test_a_damaged_backup_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "data")
    writer.write(3)
    writer.close()
    backup = tmp_path / "backup"
    back_up(tmp_path / "data", backup)
    path = backup / "samples.db"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="checksum"):
        restore(backup, tmp_path / "again")
    assert not (tmp_path / "again" / "samples.db").exists()


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "backup.json").write_text(
        json.dumps(
            {
                "version": "1",
                "created_ms": 0,
                "databases": [{"name": "../x", "bytes": 1, "sha256": ""}],
            }
        )
    )
    with pytest.raises(StoreError, match="no database of ours"):
        restore(tmp_path, tmp_path / "data")


def test_a_folder_with_data_or_in_use_is_left_alone(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "data")
    writer.write(1)
    writer.close()
    back_up(tmp_path / "data", tmp_path / "backup")
    with pytest.raises(StoreError, match="already"):
        restore(tmp_path / "backup", tmp_path / "data")
    with (
        DataFolder(tmp_path / "used"),
        pytest.raises(StoreError, match="in use"),
    ):
        restore(tmp_path / "backup", tmp_path / "used")
    with pytest.raises(StoreError, match="not empty"):
        back_up(tmp_path / "data", tmp_path / "backup")


@pytest.mark.parametrize("name", ["samples.db", "state.db"])
@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_log_of_a_database_that_is_gone_is_no_part_of_the_one_restored(
    tmp_path: Path, name: str, end: str
) -> None:
    writer = Writer(tmp_path / "data")
    create_token(tmp_path / "data", "t", Role.VIEWER)
    writer.write(1)
    back_up(tmp_path / "data", tmp_path / "backup")
    log = tmp_path / "again" / f"{name}{end}"
    log.parent.mkdir()
    shutil.copy(tmp_path / "data" / "samples.db-wal", log)
    writer.close()

    with pytest.raises(StoreError, match=rf"holds {log.name}, left by a database"):
        restore(tmp_path / "backup", log.parent)
    log.unlink()
    restore(tmp_path / "backup", log.parent)


def test_the_commands_say_what_they_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = Writer(tmp_path / "data")
    writer.write(1)
    writer.close()
    data, backup = str(tmp_path / "data"), str(tmp_path / "backup")
    assert run(["backup", backup, "--data", data]) == 0
    assert run(["restore", backup, "--data", str(tmp_path / "again")]) == 0
    assert "kizashi serve --data" in capsys.readouterr().out
    assert run(["restore", backup, "--data", data, "--language", "ja"]) == 1
    assert "何も行いませんでした" in capsys.readouterr().err
    assert run(["backup", backup, "--data", str(tmp_path / "none")]) == 1


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A sound backup of a folder with both databases."""
    writer = Writer(tmp_path / "data")
    writer.write(5)
    writer.close()
    create_token(tmp_path / "data", "t", Role.VIEWER)
    back_up(tmp_path / "data", tmp_path / "backup")
    return tmp_path / "backup"


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_place_that_is_no_folder_is_refused_in_words(
    backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    (tmp_path / "file").touch()
    to, data = str(tmp_path / where), str(tmp_path / "data")
    assert run(["backup", to, "--data", data]) == 1
    assert run(["restore", str(backup), "--data", to]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"Nothing was done: the backup to {to} failed: ")
    assert second.startswith("Nothing was done: ")


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("backup")
def test_a_backup_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = tmp_path / "again"
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StoreError, match="No space left"):
        back_up(tmp_path / "data", again)
    assert list(again.iterdir()) == []
    monkeypatch.undo()
    # Nor does one that somebody breaks off.
    monkeypatch.setattr("kizashi.offline.backup.sha256", stop)
    with pytest.raises(KeyboardInterrupt):
        back_up(tmp_path / "data", again)
    assert list(again.iterdir()) == []
    monkeypatch.undo()
    assert back_up(tmp_path / "data", again).databases


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_restore_onto_a_full_disk_leaves_no_database(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = tmp_path / "again"
    real = shutil.copyfile

    def first_only(source: Path, to: Path) -> None:
        if source.name == "state.db":
            to.write_bytes(b"half")
            full()
        real(source, to)

    monkeypatch.setattr(shutil, "copyfile", first_only)
    with pytest.raises(StoreError, match="No space left"):
        restore(backup, again)
    assert [path.name for path in again.iterdir()] == ["kizashi.lock"]
    monkeypatch.undo()
    restore(backup, again)
    assert [t.name for t in list_tokens(again)] == ["t"]


#: Restores, and kills itself before the Nth of what a restore does to the folder.
_KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from kizashi.offline import backup
left = int(sys.argv[3])
def dying(real):
    def dies(*args):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)
    return dies
shutil.copyfile = dying(shutil.copyfile)
Path.rename = dying(Path.rename)
backup.sync = dying(backup.sync)
backup.restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_restore_that_is_killed_is_no_data_folder_until_it_is_run_again(
    backup: Path, tmp_path: Path
) -> None:
    killed = 0
    for number in range(20):
        again = tmp_path / f"again-{number}"
        ran = subprocess.run(
            [sys.executable, "-c", _KILLED, backup, again, str(number)], check=False
        )
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL
        killed += 1
        is_whole = (again / "state.db").exists()
        if list(again.glob("*.restoring")):
            assert not is_whole
            with pytest.raises(StoreError, match="broken off"):
                DataFolder(again)
            with pytest.raises(StoreError, match="broken off"):
                back_up(again, tmp_path / f"half-{number}")
        if not is_whole:
            restore(backup, again)
        writer = Writer(again)
        assert writer.rows() == 5
        writer.close()
        assert [t.name for t in list_tokens(again)] == ["t"]
        DataFolder(again).close()
    # Two copies, two names, a sync of each copy and two of the folder.
    assert killed == 8
