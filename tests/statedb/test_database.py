"""The state database: what it promises about files, versions and processes."""

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, create_engine, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from kizashi.errors import SchemaError, StoreError
from kizashi.ports.tokens import Role
from kizashi.statedb import database as database_module
from kizashi.statedb.database import StateDatabase, open_state
from kizashi.statedb.migrations import STEPS, migrate, version
from kizashi.statedb.schema import METADATA, MIGRATIONS
from kizashi.statedb.tokens import SqlTokenStore

NOW = 1_800_000_000_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[StateDatabase]:
    opened = open_state(tmp_path, NOW)
    yield opened
    opened.close()


def test_a_commit_survives_power_loss_by_its_settings(database: StateDatabase):
    with database.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    full = 2
    assert settings == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_only_the_owner_may_read_the_file(database: StateDatabase, tmp_path: Path):
    SqlTokenStore(database).create("ci", Role.ADMIN, now_ms=NOW)

    files = list(tmp_path.iterdir())

    assert files
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}


def test_no_file_holds_a_token(database: StateDatabase, tmp_path: Path):
    issued = SqlTokenStore(database).create("ci", Role.ADMIN, now_ms=NOW)
    SqlTokenStore(database).authenticate(issued.plaintext, now_ms=NOW)

    everything = b"".join(f.read_bytes() for f in tmp_path.iterdir())

    assert b"tokens_digest" in everything
    assert issued.plaintext[3:].encode() not in everything


def test_steps_are_numbered_from_one_without_a_gap():
    assert [s.number for s in STEPS] == list(range(1, len(STEPS) + 1))


def test_the_steps_arrive_at_the_schema_that_the_code_uses(database: StateDatabase):
    fresh = create_engine("sqlite://")
    METADATA.create_all(fresh)
    wanted, found = MetaData(), MetaData()
    with fresh.connect() as connection:
        wanted.reflect(connection)
    with database.reading() as connection:
        found.reflect(connection)
    fresh.dispose()

    def column(held: Column[object]) -> str:
        default = getattr(held.server_default, "arg", None)
        kinds = f"{held.type!r} {held.nullable} {held.primary_key} {default}"
        return f"{held.name} {kinds}"

    def described(metadata: MetaData) -> dict[str, list[str]]:
        return {
            table.name: sorted(
                [column(c) for c in table.columns]
                + [f"{i.name} {i.unique} {i.columns.keys()}" for i in table.indexes]
            )
            for table in metadata.sorted_tables
        }

    assert described(found) == described(wanted)


def test_every_table_is_also_sound_in_postgresql():
    dialect = postgresql.dialect()

    for table in METADATA.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_opening_twice_runs_no_step_twice(tmp_path: Path):
    open_state(tmp_path, NOW).close()
    again = open_state(tmp_path, NOW + 99)

    with again.reading() as connection:
        rows = connection.execute(MIGRATIONS.select()).all()
        assert version(connection) == STEPS[-1].number
    again.close()
    assert [(r.number, r.applied_ms) for r in rows] == [(s.number, NOW) for s in STEPS]


def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path):
    first = open_state(tmp_path, NOW)
    with first.writing() as connection:
        connection.execute(
            insert(MIGRATIONS).values(number=999, name="future", applied_ms=NOW)
        )
    first.close()
    before = (tmp_path / "state.db").read_bytes()

    with pytest.raises(SchemaError, match=r"schema version 999.*or a newer one"):
        open_state(tmp_path, NOW)

    assert (tmp_path / "state.db").read_bytes() == before


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path):
    class UnpluggedError(Exception):
        pass

    def migrate_and_stop(database: StateDatabase) -> None:
        with database.writing() as connection:
            migrate(connection, "here", NOW)
            raise UnpluggedError

    empty = StateDatabase(tmp_path / "state.db")
    with pytest.raises(UnpluggedError):
        migrate_and_stop(empty)

    with empty.reading() as connection:
        assert version(connection) == 0
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").all()
    empty.close()
    assert tables == []


def test_a_database_of_an_older_version_is_copied_before_it_is_migrated(
    tmp_path: Path,
):
    old = StateDatabase(tmp_path / "state.db")
    with old.writing() as connection:
        MIGRATIONS.create(connection)
        STEPS[0].apply(connection)
        connection.execute(
            insert(MIGRATIONS).values(number=1, name="tokens", applied_ms=NOW)
        )
    SqlTokenStore(old).create("kept", Role.VIEWER, now_ms=NOW)
    old.close()

    for _ in range(2):
        open_state(tmp_path, NOW).close()

    [copy] = tmp_path.glob("*.schema-*")
    assert copy.name == "state.db.schema-1"
    before = StateDatabase(copy)
    with before.reading() as connection:
        assert version(connection) == 1
        names = connection.exec_driver_sql("SELECT name FROM tokens").scalars().all()
    assert names == ["kept"]
    before.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    (tmp_path / "state.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(StoreError, match=r"state\.db is damaged: file is not"):
        open_state(tmp_path, NOW)


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    with pytest.raises(StoreError, match="expected a data folder"):
        open_state(tmp_path / "nowhere", NOW)


def test_a_reader_does_not_wait_for_a_writer(database: StateDatabase):
    store = SqlTokenStore(database)
    issued = store.create("ci", Role.VIEWER, now_ms=NOW)
    store.authenticate(issued.plaintext, now_ms=NOW)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    # No minute has gone by: nothing is to be written, so nothing waits.
    found = store.authenticate(issued.plaintext, now_ms=NOW + 1)

    other.close()
    assert found is not None


def test_a_disk_that_refuses_writes_locks_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        database_module,
        "_PRAGMAS",
        (*database_module._PRAGMAS[1:], "PRAGMA busy_timeout = 1"),
    )
    database = open_state(tmp_path, NOW)
    store = SqlTokenStore(database)
    issued = store.create("ci", Role.VIEWER, now_ms=NOW)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    found = store.authenticate(issued.plaintext, now_ms=NOW)

    assert found is not None
    with pytest.raises(StoreError, match="database is locked"):
        store.create("second", Role.VIEWER, now_ms=NOW)
    other.close()
    database.close()


_OPEN_AND_CREATE = """
import sys
from pathlib import Path
from kizashi.ports.tokens import Role
from kizashi.statedb.database import open_state
from kizashi.statedb.tokens import SqlTokenStore
for n in range(5):
    database = open_state(Path(sys.argv[1]), 1_800_000_000_000)
    SqlTokenStore(database).create(f"{sys.argv[2]}-{n}", Role.VIEWER, now_ms=n)
    database.close()
"""


def test_processes_that_open_a_new_folder_together_lose_nothing(tmp_path: Path):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN_AND_CREATE, tmp_path, str(i)],
            stderr=subprocess.PIPE,
        )
        for i in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in started]

    assert errors == [b""] * 4
    database = open_state(tmp_path, NOW)
    assert len(SqlTokenStore(database).list()) == 4 * 5
    database.close()


@pytest.mark.parametrize("place", [0, 4096, 3 * 4096])
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, place: int):
    opened = open_state(tmp_path, NOW)
    SqlTokenStore(opened).create("ci", Role.ADMIN, now_ms=NOW)
    opened.close()
    content = bytearray((tmp_path / "state.db").read_bytes())
    content[place : place + 512] = b"\xa5" * 512
    (tmp_path / "state.db").write_bytes(content)

    with pytest.raises(
        StoreError, match=r"damaged.* mv \S+ \S+ && kizashi restore BACKUP --data"
    ):
        open_state(tmp_path, NOW)

    assert (tmp_path / "state.db").read_bytes() == content
