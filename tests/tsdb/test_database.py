"""The SQLite file under the embedded stores."""

import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kizashi.errors import SchemaError, StoreError, StoreLockedError
from kizashi.tsdb.database import Database
from kizashi.tsdb.folder import LOCK_NAME, DataFolder
from kizashi.tsdb.schema import MIGRATIONS

STEPS = (("CREATE TABLE a(x)",), ("CREATE TABLE b(y)", "INSERT INTO b VALUES(7)"))


def test_a_new_file_is_wal_incremental_and_fully_synchronous(tmp_path: Path):
    with Database(tmp_path / "s.db") as db, db.write() as writer:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert writer.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
        assert writer.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_missing_steps_are_run_once_and_in_order(tmp_path: Path):
    Database(tmp_path / "s.db", migrations=STEPS[:1]).close()
    for _ in range(2):
        with Database(tmp_path / "s.db", migrations=STEPS) as db, db.read() as reader:
            assert reader.execute("SELECT y FROM b").fetchall() == [(7,)]


def test_a_step_that_fails_leaves_the_file_at_the_step_before(tmp_path: Path):
    Database(tmp_path / "s.db", migrations=STEPS[:1]).close()
    bad = (STEPS[0], ("CREATE TABLE c(z)", "no SQL"))
    with pytest.raises(StoreError):
        Database(tmp_path / "s.db", migrations=bad)
    with Database(tmp_path / "s.db", migrations=STEPS) as db, db.read() as reader:
        names = reader.execute("SELECT name FROM sqlite_master ORDER BY 1").fetchall()
    assert names == [("a",), ("b",)]


def test_a_file_is_copied_before_it_is_migrated_and_the_copy_is_the_old_one(
    tmp_path: Path,
):
    with Database(tmp_path / "s.db", migrations=STEPS[:1]) as db, db.write() as writer:
        writer.execute("INSERT INTO a VALUES(5)")
    assert list(tmp_path.glob("*.schema-*")) == []
    Database(tmp_path / "s.db", migrations=STEPS).close()
    with sqlite3.connect(tmp_path / "s.db.schema-1") as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
        assert copy.execute("SELECT x FROM a").fetchall() == [(5,)]
    copy.close()
    Database(tmp_path / "s.db", migrations=STEPS).close()
    assert [p.name for p in tmp_path.glob("*.schema-*")] == ["s.db.schema-1"]


def test_a_newer_file_is_refused_and_left_untouched(tmp_path: Path):
    path = tmp_path / "s.db"
    Database(path, migrations=STEPS).close()
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="schema 2, written by a newer version"):
        Database(path, migrations=STEPS[:1])
    assert path.read_bytes() == before


def test_another_programs_file_is_refused(tmp_path: Path):
    with sqlite3.connect(tmp_path / "s.db") as other:
        other.execute("PRAGMA user_version=1")
    other.close()
    with pytest.raises(SchemaError, match="another program"):
        Database(tmp_path / "s.db")


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path):
    (tmp_path / "s.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="not an SQLite database"):
        Database(tmp_path / "s.db")


def test_an_error_inside_a_write_undoes_all_of_it(tmp_path: Path):
    with Database(tmp_path / "s.db", migrations=STEPS) as db:
        with pytest.raises(ZeroDivisionError), db.write() as writer:
            writer.execute("INSERT INTO a VALUES(1)").fetchall()[1 // 0]
        with db.write() as writer:
            writer.execute("INSERT INTO a VALUES(2)")
        with db.read() as reader:
            assert reader.execute("SELECT x FROM a").fetchall() == [(2,)]


def test_a_full_disk_is_a_store_error_and_the_next_write_works(tmp_path: Path):
    with Database(tmp_path / "s.db", migrations=STEPS) as db:
        with db.write() as writer:
            (pages,) = writer.execute("PRAGMA page_count").fetchone()
            writer.execute(f"PRAGMA max_page_count={pages + 2}")
        with pytest.raises(StoreError, match="disk is full"), db.write() as writer:
            writer.execute("INSERT INTO a VALUES(zeroblob(100000))")
        with db.write() as writer:
            writer.execute("INSERT INTO a VALUES(1)")


def test_a_nested_write_is_refused_instead_of_hanging(tmp_path: Path):
    with (
        Database(tmp_path / "s.db") as db,
        db.write(),
        pytest.raises(StoreError, match="already"),
        db.write(),
    ):
        pass


def test_a_reader_sees_one_snapshot_while_others_write(tmp_path: Path):
    with Database(tmp_path / "s.db", migrations=STEPS) as db, db.read() as reader:
        assert reader.execute("SELECT count(*) FROM a").fetchone() == (0,)
        with db.write() as writer:
            writer.execute("INSERT INTO a VALUES(1)")
        assert reader.execute("SELECT count(*) FROM a").fetchone() == (0,)
        with db.read() as other:
            assert other.execute("SELECT count(*) FROM a").fetchone() == (1,)


def test_readers_cannot_write(tmp_path: Path):
    with (
        Database(tmp_path / "s.db", migrations=STEPS) as db,
        pytest.raises(StoreError, match="cannot be written"),
        db.read() as reader,
    ):
        reader.execute("INSERT INTO a VALUES(1)")


def test_writers_of_many_threads_take_turns(tmp_path: Path):
    def work() -> None:
        for _ in range(20):
            with db.write() as writer:
                (n,) = writer.execute("SELECT count(*) FROM a").fetchone()
                writer.execute("INSERT INTO a VALUES(?)", (n,))

    with Database(tmp_path / "s.db", migrations=STEPS) as db:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with db.read() as reader:
            found = reader.execute("SELECT x FROM a ORDER BY rowid").fetchall()
    assert found == [(n,) for n in range(80)]


def test_a_checkpoint_empties_the_log_unless_a_reader_is_in_the_way(tmp_path: Path):
    log = tmp_path / "s.db-wal"
    with Database(tmp_path / "s.db", migrations=STEPS) as db:
        with db.read() as reader:
            reader.execute("SELECT count(*) FROM a").fetchone()
            with db.write() as writer:
                writer.execute("INSERT INTO a VALUES(1)")
            assert not db.checkpoint()
        assert log.stat().st_size > 0
        assert db.checkpoint()
        assert log.stat().st_size == 0


def test_vacuum_frees_as_many_pages_as_it_was_asked_to(tmp_path: Path):
    with Database(tmp_path / "s.db", migrations=STEPS) as db:
        with db.write() as writer:
            writer.execute("INSERT INTO a VALUES(zeroblob(409600))")
        with db.write() as writer:
            writer.execute("DELETE FROM a")
        before = db.vacuum(1)
        assert db.vacuum(40) == before - 40
        db.checkpoint()
        assert (tmp_path / "s.db").stat().st_size < 65 * 4096


def test_a_closed_file_says_so(tmp_path: Path):
    db = Database(tmp_path / "s.db")
    db.close()
    db.close()
    with pytest.raises(StoreError, match="closed"), db.read():
        pass
    with pytest.raises(StoreError, match="closed"), db.write():
        pass


def test_a_data_folder_has_one_owner(tmp_path: Path):
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from kizashi.tsdb.folder import DataFolder\n"
        "folder = DataFolder(Path(sys.argv[1]))\nprint('mine', flush=True)\n"
        "sys.stdin.read()\n"
    )
    data = tmp_path / "deep" / "data"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"mine\n"
        with pytest.raises(StoreLockedError, match=f"in use by process {child.pid};"):
            DataFolder(data)
        (data / LOCK_NAME).unlink()
        with pytest.raises(StoreLockedError, match="in use by process unknown;"):
            DataFolder(data)
        child.kill()
    with DataFolder(data) as folder:
        assert folder.path == data


def test_an_older_version_that_holds_the_lock_file_keeps_the_folder(tmp_path: Path):
    with (tmp_path / LOCK_NAME).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreLockedError):
            DataFolder(tmp_path)
    DataFolder(tmp_path).close()


def test_only_the_owner_may_read_what_is_in_a_data_folder(tmp_path: Path):
    data = tmp_path / "data"
    old_mask = os.umask(0o022)
    try:
        with DataFolder(data), Database(data / "samples.db", migrations=MIGRATIONS[:1]):
            (data / "samples.db").chmod(0o644)  # as older versions made it
        with DataFolder(data), Database(data / "samples.db") as database:
            database.vacuum(1)
            files = {f.name: stat.S_IMODE(f.stat().st_mode) for f in data.iterdir()}
    finally:
        os.umask(old_mask)
    assert "samples.db.schema-1" in files
    assert set(files.values()) == {0o600}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_data_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--data"):
        DataFolder(tmp_path / "file" / "data")
