"""An upgrade that is killed at any statement is finished by the next start."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert

from kizashi.errors import SchemaError, StoreError
from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role
from kizashi.server.stores import Stores
from kizashi.statedb.database import StateDatabase, open_state
from kizashi.statedb.migrations import STEPS
from kizashi.statedb.schema import MIGRATIONS
from kizashi.tsdb.database import Database
from kizashi.tsdb.folder import DataFolder
from kizashi.tsdb.schema import MIGRATIONS as SAMPLE_STEPS

#: Makes folders of the first schemas, lets a forked child start on each and kill itself
#: before its Nth statement or change of a file, goes back in a copy of what that left by
#: the command that is told, starts again, and tells what is then in the databases.
PROGRAM = """
import json, os, shutil, signal, sqlite3, subprocess, sys
from pathlib import Path
from sqlalchemy import insert
from kizashi.errors import SchemaError
from kizashi.ports.tokens import Role
from kizashi.offline import upgrading
from kizashi.server.stores import Stores
from kizashi.schema_copies import copies_before, how_to_go_back
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.migrations import STEPS
from kizashi.statedb.schema import MIGRATIONS
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.tsdb.database import Database
from kizashi.tsdb.schema import MIGRATIONS as SAMPLE_STEPS

NOW = 1_800_000_000_000
NAMES = ("samples.db", "state.db")
here, stride, first = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
old = here / "old"
old.mkdir()
state = StateDatabase(old / "state.db")
with state.writing() as connection:
    MIGRATIONS.create(connection)
    STEPS[0].apply(connection)
    row = dict(number=1, name=STEPS[0].name, applied_ms=NOW)
    connection.execute(insert(MIGRATIONS).values(**row))
for number in range(50):
    SqlTokenStore(state).create(f"t{number}", Role.VIEWER, now_ms=NOW)
state.close()
with Database(old / "samples.db", migrations=SAMPLE_STEPS[:1]) as samples:
    with samples.write() as writer:
        for number in range(500):
            row = (number, "j", json.dumps([["instance", str(number)]]))
            writer.execute("INSERT INTO target VALUES(?, ?, ?)", row)

def start(folder):
    Stores.open(folder, NOW, 65_536).close()

def content(path):
    connection = sqlite3.connect(path)
    [version] = connection.execute("PRAGMA user_version").fetchone()
    # In order: the indexes of a table are a set, and made in any.
    found = sorted(connection.iterdump())
    connection.close()
    return version, found

def contents(folder):
    return [content(folder / name) for name in NAMES]

def kill_before(step):
    left = [step]
    def told(*_):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    def telling(call):
        def tell(*args, **options):
            told()
            return call(*args, **options)
        return tell
    connect = sqlite3.dbapi2.connect
    def connecting(*args, **options):
        connection = connect(*args, **options)
        connection.set_trace_callback(told)
        return connection
    sqlite3.connect = sqlite3.dbapi2.connect = connecting
    for name in ("fsync", "rename", "unlink", "open", "chmod"):
        setattr(os, name, telling(getattr(os, name)))

def copied(name, source=old):
    folder = here / name
    shutil.copytree(source, folder)
    return folder

def gone_back(folder):
    known = {folder / name: 1 for name in NAMES}
    versions = {folder / k.name: k.stored(folder / k.name) for k in upgrading._KEPT}
    newer = {path: 1 for path, version in versions.items() if version > 1}
    command = how_to_go_back(copies_before(newer)).partition("older version: ")[2]
    subprocess.run(["sh", "-c", command or "true"], check=True)
    return contents(folder)

clean = copied("clean")
start(clean)
whole, before = contents(clean), contents(old)
kills, ways_back = 0, 0
while True:
    folder = copied(f"killed-{kills}")
    child = os.fork()
    if not child:
        kill_before(kills * stride + first)
        start(folder)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    kills += 1
    ways_back += any(folder.glob("*.schema-1"))
    back = copied("back", folder)
    assert gone_back(back) == before, kills
    shutil.rmtree(back)
    start(folder)
    assert contents(folder) == whole, kills
    copies = [content(folder / f"{name}.schema-1") for name in NAMES]
    assert copies == before, kills
    assert not list(folder.glob("*.part*")), kills
    shutil.rmtree(folder)
differs = [a != b for a, b in zip(whole, before)]
print(json.dumps({"kills": kills, "differs": differs, "ways_back": ways_back}))
"""


@pytest.mark.parametrize(
    ("stride", "first"), [(29, 7), pytest.param(1, 0, marks=pytest.mark.nightly)]
)
def test_an_upgrade_killed_at_any_step_is_finished_by_the_next_start_or_undone(
    tmp_path: Path, stride: int, first: int
) -> None:
    """With the same content as one that nobody killed, and copies of the old files."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path, str(stride), str(first)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["differs"] == [True, True]
    assert told["kills"] * stride >= 150
    assert told["ways_back"] >= 2


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("newer", ["samples.db", "state.db"])
@pytest.mark.parametrize("left", ["closed", "restored", "killed"])
def test_a_server_older_than_either_database_writes_nothing(
    tmp_path: Path, newer: str, left: str
) -> None:
    """Also where it could migrate the other one, and whatever mode a file is in."""
    Database(tmp_path / "samples.db", migrations=SAMPLE_STEPS[:1]).close()
    open_state(tmp_path, 0).close()
    (tmp_path / "kizashi.lock").write_text("4194304\n")
    change = "PRAGMA user_version=99"
    if newer == "state.db":
        change = f"INSERT INTO {MIGRATIONS.name} VALUES(99, 'x', 0)"
    with closing(sqlite3.connect(tmp_path / newer, isolation_level=None)) as writer:
        if left == "restored":
            writer.execute("PRAGMA journal_mode=DELETE")
        writer.execute(change)
        # What a process that was killed leaves: the change stands in the log alone.
        there = [tmp_path / f"{newer}{end}" for end in ("", "-wal", "-shm")]
        kept = {p: p.read_bytes() for p in there if left == "killed"}
    for path, bytes_then in kept.items():
        path.write_bytes(bytes_then)
    before = content_of(tmp_path)

    command = [sys.executable, "-m", "kizashi", "serve", "--listen", "127.0.0.1:0"]
    ran = subprocess.run(
        [*command, "--data", tmp_path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 1
    assert f"{newer} has schema" in ran.stderr
    after = content_of(tmp_path)
    # Its index is made anew by every process that reads the log.
    for files in (before, after):
        files.pop(f"{newer}-shm", None)
    assert after == before


def old_folder(folder: Path) -> Path:
    """Make a folder of the first schemas."""
    Database(folder / "samples.db", migrations=SAMPLE_STEPS[:1]).close()
    state = StateDatabase(folder / "state.db")
    with state.writing() as connection:
        MIGRATIONS.create(connection)
        STEPS[0].apply(connection)
        row = {"number": 1, "name": STEPS[0].name, "applied_ms": 0}
        connection.execute(insert(MIGRATIONS).values(row))
    state.close()
    return folder


def dumps_of(folder: Path) -> dict[str, list[str]]:
    found = {}
    for path in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(path)) as reader:
            found[path.name] = list(reader.iterdump())
    return found


def test_without_room_for_both_copies_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old_folder(tmp_path)
    before = dumps_of(folder)
    monkeypatch.setattr("kizashi.schema_copies.free_bytes", lambda _: 16 << 20)
    with pytest.raises(StoreError) as refused:
        Stores.open(folder, 0, 65_536)
    assert (
        "samples.db and state.db must be brought up to date, and a copy of each is made"
        " first. That needs 17 MiB, and 16 MiB are free. Nothing was changed"
    ) in str(refused.value)
    assert dumps_of(folder) == before
    assert not list(folder.glob("*.schema-*"))


def test_where_the_second_copy_fails_neither_is_kept_and_nothing_changes(
    tmp_path: Path,
) -> None:
    folder = old_folder(tmp_path)
    before = dumps_of(folder)
    (folder / "state.db.schema-1.part").mkdir()
    (folder / "samples.db.schema-1.part").write_bytes(b"of a start that was killed")
    with pytest.raises(StoreError, match="the older version still starts"):
        Stores.open(folder, 0, 65_536)
    assert dumps_of(folder) == before
    assert [p.name for p in folder.glob("*.schema-*")] == ["state.db.schema-1.part"]


def test_an_upgrade_that_fails_half_way_names_the_copies_and_the_way_back(
    tmp_path: Path,
) -> None:
    folder = old_folder(tmp_path)
    with closing(sqlite3.connect(folder / "samples.db")) as writer:
        # What the second step makes.
        writer.execute("CREATE TABLE ledger(x)")
    before = dumps_of(folder)
    with pytest.raises(StoreError, match="table ledger already exists") as failed:
        Stores.open(folder, 0, 65_536)
    assert dumps_of(folder) != before
    told, _, command = str(failed.value).partition("to the older version: ")
    assert "samples.db.schema-1 and state.db.schema-1, copies of before" in told
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert dumps_of(folder) == before
    assert (folder / "newer-1" / "state.db").exists()


def test_a_copy_of_an_earlier_upgrade_is_replaced(tmp_path: Path) -> None:
    """Somebody went back by hand, and worked on with the older version."""
    folder = old_folder(tmp_path)
    (folder / "samples.db.schema-1").write_bytes(b"of long ago")
    before = dumps_of(folder)
    Stores.open(folder, 0, 65_536).close()
    with closing(sqlite3.connect(folder / "samples.db.schema-1")) as reader:
        assert list(reader.iterdump()) == before["samples.db"]


def test_an_older_version_tells_the_way_back_of_what_a_newer_one_copied(
    tmp_path: Path,
) -> None:
    Stores.open(tmp_path, 0, 65_536).close()
    for version in (2, len(SAMPLE_STEPS), 98):
        (tmp_path / f"samples.db.schema-{version}").write_bytes(b"")
    (tmp_path / "state.db.schema-1").write_bytes(b"")
    with closing(sqlite3.connect(tmp_path / "samples.db")) as writer:
        writer.execute("PRAGMA user_version=99")
    with pytest.raises(SchemaError) as refused:
        Stores.open(tmp_path, 0)
    name = f"samples.db.schema-{len(SAMPLE_STEPS)}"
    assert str(refused.value).endswith(
        f"cd {tmp_path} && mkdir newer-1 && mv samples.db* newer-1/"
        f" && cp -p newer-1/{name} samples.db"
    )


def test_a_token_is_not_made_beside_a_server_of_an_older_version(
    tmp_path: Path,
) -> None:
    folder = old_folder(tmp_path)
    before = dumps_of(folder)
    with DataFolder(folder), pytest.raises(StoreError, match="in use by process"):
        create_token(folder, "ci", Role.VIEWER)
    assert dumps_of(folder) == before
    create_token(folder, "ci", Role.VIEWER)
    copies = sorted(p.name for p in folder.glob("*.schema-*"))
    assert copies == ["samples.db.schema-1", "state.db.schema-1"]


@pytest.mark.parametrize("name", ["samples.db", "state.db"])
def test_a_file_of_another_program_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    Stores.open(tmp_path, 0, 65_536).close()
    (tmp_path / name).unlink()
    with closing(sqlite3.connect(tmp_path / name)) as writer:
        writer.execute("CREATE TABLE theirs(x)")
    before = dumps_of(tmp_path)
    with pytest.raises(
        SchemaError, match=f"{name} belongs to another.*kizashi restore"
    ):
        Stores.open(tmp_path, 0)
    assert dumps_of(tmp_path) == before


def test_databases_that_were_swapped_are_left_as_they_are(tmp_path: Path) -> None:
    Stores.open(tmp_path, 0, 65_536).close()
    (tmp_path / "state.db").rename(tmp_path / "x")
    (tmp_path / "samples.db").rename(tmp_path / "state.db")
    (tmp_path / "x").rename(tmp_path / "samples.db")
    before = dumps_of(tmp_path)
    with pytest.raises(SchemaError, match="is another file of Kizashi"):
        Stores.open(tmp_path, 0)
    assert dumps_of(tmp_path) == before


def test_what_is_in_the_way_of_a_copy_is_not_blamed_on_a_full_disk(
    tmp_path: Path,
) -> None:
    folder = old_folder(tmp_path)
    (folder / "state.db.schema-1").mkdir()
    with pytest.raises(StoreError, match="Is a directory") as refused:
        Stores.open(folder, 0, 65_536)
    assert "Free some space" not in str(refused.value)
    assert f"{folder / 'state.db.schema-1'}*` shows it" in str(refused.value)
