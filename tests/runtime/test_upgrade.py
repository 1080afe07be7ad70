"""An upgrade that is killed at any statement is finished by the next start."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kizashi.statedb.database import open_state
from kizashi.statedb.schema import MIGRATIONS
from kizashi.tsdb.database import Database
from kizashi.tsdb.schema import MIGRATIONS as SAMPLE_STEPS

#: Makes folders of the first schema, lets a forked child migrate each and kill itself
#: before its Nth statement, starts again, and tells what is then in the databases.
PROGRAM = """
import json, os, shutil, signal, sqlite3, sys
from pathlib import Path
from sqlalchemy import insert
from kizashi.ports.tokens import Role
from kizashi.statedb.database import StateDatabase, open_state
from kizashi.statedb.migrations import STEPS
from kizashi.statedb.schema import MIGRATIONS
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.tsdb.database import Database
from kizashi.tsdb.schema import MIGRATIONS as SAMPLE_STEPS

NOW = 1_800_000_000_000
here, which, stride = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
old = here / "old"
old.mkdir()
if which == "state.db":
    state = StateDatabase(old / which)
    with state.writing() as connection:
        MIGRATIONS.create(connection)
        STEPS[0].apply(connection)
        row = dict(number=1, name=STEPS[0].name, applied_ms=NOW)
        connection.execute(insert(MIGRATIONS).values(**row))
    for number in range(50):
        SqlTokenStore(state).create(f"t{number}", Role.VIEWER, now_ms=NOW)
    state.close()
else:
    with Database(old / which, migrations=SAMPLE_STEPS[:1]) as samples:
        with samples.write() as writer:
            for number in range(500):
                row = (number, "j", json.dumps({"instance": str(number)}))
                writer.execute("INSERT INTO target VALUES(?, ?, ?)", row)

def start(folder):
    if which == "state.db":
        open_state(folder, NOW).close()
    else:
        Database(folder / which).close()

def content(path):
    connection = sqlite3.connect(path)
    [version] = connection.execute("PRAGMA user_version").fetchone()
    # In order: the indexes of a table are a set, and made in any.
    found = sorted(connection.iterdump())
    connection.close()
    return version, found

def kill_before(statement):
    left = [statement]
    def told(_):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    connect = sqlite3.dbapi2.connect
    def connecting(*args, **options):
        connection = connect(*args, **options)
        connection.set_trace_callback(told)
        return connection
    sqlite3.connect = sqlite3.dbapi2.connect = connecting

def migrated(name):
    folder = here / name
    shutil.copytree(old, folder)
    return folder

clean = migrated("clean")
start(clean)
whole, before = content(clean / which), content(old / which)
kills = 0
while True:
    folder = migrated(f"killed-{kills}")
    child = os.fork()
    if not child:
        kill_before(kills * stride)
        start(folder)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    kills += 1
    start(folder)
    assert content(folder / which) == whole, kills
    assert content(folder / f"{which}.schema-1") == before, kills
    assert not list(folder.glob("*.part")), kills
    shutil.rmtree(folder)
print(json.dumps({"kills": kills, "differs": whole != before}))
"""


@pytest.mark.parametrize("name", ["samples.db", "state.db"])
@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.nightly)])
def test_a_migration_killed_at_any_statement_is_finished_by_the_next_start(
    tmp_path: Path, name: str, stride: int
) -> None:
    """With the same content as one that nobody killed, and a copy of the old file."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path, name, str(stride)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["differs"]
    assert told["kills"] * stride >= 20


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
