"""Rows of the state database that are not what was written."""

import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from kizashi.alert.group import Integration
from kizashi.errors import NotFoundError
from kizashi.model.labels import Labels
from kizashi.ports.alerts import (
    Alert,
    AlertChange,
    Attempt,
    DamagedSilences,
    Silence,
    SilenceMatcher,
)
from kizashi.ports.outbox import Address
from kizashi.ports.tokens import Role, token_digest
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.checksums import bring_along, protected, row_crc
from kizashi.statedb.database import StateDatabase, open_state
from kizashi.statedb.migrations import STEPS
from kizashi.statedb.outbox import SqlOutbox
from kizashi.statedb.schema import DAMAGED_ROWS, METADATA, MIGRATIONS, SILENCES
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.setting_aside import damaged_rows
from kizashi.statedb.tokens import SqlTokenStore

NOW = 1_800_000_000_000
SILENCE = Silence(
    "one",
    (SilenceMatcher("service", "=", "shop"),),
    NOW,
    NOW + 9,
    "me",
    "a rollout",
    NOW,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two silences and a token."""
    database = open_state(tmp_path, NOW)
    store = SqlAlertStore(database)
    store.add_silence(SILENCE)
    second = Silence("two", SILENCE.matchers, NOW, NOW + 9, "me", "another", NOW)
    store.add_silence(second)
    SqlTokenStore(database).create("ci", Role.VIEWER, now_ms=NOW)
    database.close()
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[StateDatabase]:
    database = open_state(folder, NOW)
    yield database
    database.close()


def change(folder: Path, statement: str) -> None:
    """Change rows as damage does: no checksum follows."""
    with closing(sqlite3.connect(folder / "state.db")) as writer:
        triggers = writer.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            writer.execute(f"DROP TRIGGER {name}")
        assert writer.execute(statement).rowcount > 0
        for _, sql in triggers:
            writer.execute(sql)
        writer.commit()


def set_aside(database: StateDatabase) -> list[tuple[str, dict[str, object]]]:
    with database.reading() as connection:
        rows = connection.execute(select(DAMAGED_ROWS).order_by(DAMAGED_ROWS.c.number))
        return [(row.name, json.loads(row.content)) for row in rows]


def test_every_column_of_every_table_is_in_its_checksum(opened: StateDatabase):
    with opened.reading() as connection:
        texts = dict(
            connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).all()
        )
    for table in METADATA.sorted_tables:
        if table in {MIGRATIONS, DAMAGED_ROWS}:
            continue
        columns = protected(table)
        assert len(columns) == len(table.columns) - 1, table.name
        for when in ("insert", "update"):
            _, _, new = texts[f"{table.name}_crc_{when}"].rpartition("kizashi_crc(")
            told = re.findall(r"AS BLOB\) ELSE NEW\.(\w+) END", new)
            assert told == list(columns)


def test_a_checksum_is_of_each_value_and_its_place():
    """CRC-32 of a MessagePack array, of texts their bytes: 93 c4 01 61 01 c0."""
    assert row_crc("a", 1, None) == zlib.crc32(bytes.fromhex("93c4016101c0"))
    others = [("a", None, 1), ("a1", None), ("a", "1", None), ("a", 1)]
    assert row_crc("a", 1, None) not in {row_crc(*values) for values in others}


def test_a_silence_that_was_changed_mutes_nothing_and_what_it_says_is_kept(
    folder: Path,
):
    change(
        folder,
        "UPDATE silences SET matchers = replace(matchers, 'shop', 'shoq') WHERE id = 'one'",
    )

    database = open_state(folder, NOW + 1)
    left = [s.id for s in SqlAlertStore(database).silences()]
    [(table, content)] = set_aside(database)
    database.close()

    assert left == ["two"]
    assert table == "silences"
    assert content["reason"] == "a rollout"
    assert "shoq" in str(content["matchers"])
    # Once is enough.
    database = open_state(folder, NOW + 2)
    assert len(set_aside(database)) == 1
    database.close()


def test_a_byte_that_is_no_text_stops_no_start(folder: Path):
    path = folder / "state.db"
    content = path.read_bytes()
    assert content.count(b"a rollout") == 1
    path.write_bytes(content.replace(b"a rollout", b"a \xffollout"))

    database = open_state(folder, NOW + 1)
    [(_, kept)] = set_aside(database)
    assert [s.id for s in SqlAlertStore(database).silences()] == ["two"]
    database.close()

    assert kept["reason"] == "a \N{REPLACEMENT CHARACTER}ollout"


def test_a_damaged_row_that_is_read_while_running_is_left_out_and_known(
    folder: Path, opened: StateDatabase
):
    change(folder, "UPDATE silences SET ends_ms = ends_ms + 1 WHERE id = 'one'")
    assert [s.id for s in SqlAlertStore(opened).silences()] == ["two"]
    assert opened.damaged == {("silences", "one")}


def test_damaged_silences_are_counted_from_when_the_first_was_found(folder: Path):
    opened = open_state(folder, NOW)
    store = SqlAlertStore(opened)
    assert store.damaged_silences(0, NOW) is None
    change(folder, "UPDATE silences SET owner = 'you' WHERE id = 'one'")
    # It was met and stands there still.
    assert store.damaged_silences(0, NOW + 1) == DamagedSilences(1, NOW + 1)
    assert store.silences()[0].id == "two"
    assert opened.set_damaged_aside(NOW + 2)
    change(folder, "UPDATE tokens SET role = 'admin'")
    change(folder, "UPDATE silences SET owner = 'you'")

    assert store.damaged_silences(NOW, NOW + 3) == DamagedSilences(2, NOW + 2)
    assert store.damaged_silences(NOW + 3, NOW + 3) == DamagedSilences(1, NOW + 3)
    opened.close()


def test_what_is_written_to_a_damaged_row_does_not_make_it_sound(
    folder: Path, opened: StateDatabase
):
    change(folder, "UPDATE silences SET owner = 'you' WHERE id = 'one'")
    SqlAlertStore(opened).end_silence("one", NOW + 5)
    SqlAlertStore(opened).end_silence("two", NOW + 5)
    with opened.reading() as connection:
        found = [row.content["id"] for row in damaged_rows(connection, (SILENCES,))]
    assert found == ["one"]


def test_a_token_that_was_changed_is_not_accepted(folder: Path):
    database = open_state(folder, NOW)
    issued = SqlTokenStore(database).create("x", Role.VIEWER, now_ms=NOW)
    database.close()
    change(folder, "UPDATE tokens SET role = 'admin' WHERE name = 'x'")
    database = open_state(folder, NOW)
    assert SqlTokenStore(database).authenticate(issued.plaintext, now_ms=NOW) is None
    database.close()


def test_an_index_that_was_damaged_with_its_row_is_made_anew(folder: Path):
    """The id stands in the row and in the index of ids."""
    path = folder / "state.db"
    content = path.read_bytes()
    at = content.index(b"one", content.index(b"a rollout") - 200)
    path.write_bytes(content[:at] + b"ono" + content[at + 3 :])
    database = open_state(folder, NOW + 1)
    assert [s.id for s in SqlAlertStore(database).silences()] == ["two"]
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()


def test_rows_of_before_get_their_checksum_by_the_migration(tmp_path: Path):
    database = StateDatabase(tmp_path / "state.db")
    with database.writing() as connection:
        MIGRATIONS.create(connection)
        for step in STEPS[:3]:
            step.apply(connection)
            connection.execute(
                MIGRATIONS.insert().values(
                    number=step.number, name=step.name, applied_ms=1
                )
            )
        connection.exec_driver_sql(
            "INSERT INTO tokens(id, name, role, digest, created_ms)"
            " VALUES('i', 'n', 'viewer', 'd', 1)"
        )
    database.close()
    database = open_state(tmp_path, NOW)
    assert [t.id for t in SqlTokenStore(database).list()] == ["i"]
    with database.reading() as connection:
        crc = connection.exec_driver_sql("SELECT crc FROM tokens").scalar()
    database.close()
    assert crc == row_crc("i", "n", "viewer", "d", 1, None, None)


def test_who_a_damaged_notification_was_for_is_told_again(
    folder: Path, opened: StateDatabase
):
    with opened.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO alert_groups(id, receiver, labels, born_ms, next_flush_ms, has_flushed,"
            " sequence, told, muted) VALUES('g', 'team', '{}', 1, 1, 1, 1, '[{}]', '[]')"
        )
        connection.exec_driver_sql(
            "INSERT INTO notifications(id, receiver, kind, place, group_key, alert_ids, new_ids,"
            " payload, created_ms, state, tries, muted_by) VALUES"
            " ('k', 'team', 'webhook', 0, '{}', '[]', '[]', '{}', 1, 'pending', 0, '[]')"
        )
    opened.close()
    change(folder, "UPDATE notifications SET payload = '{!'")
    database = open_state(folder, NOW)
    with database.reading() as connection:
        assert (
            connection.exec_driver_sql("SELECT told FROM alert_groups").scalar() == "[]"
        )
        assert (
            connection.exec_driver_sql("SELECT count(*) FROM notifications").scalar()
            == 0
        )
    database.close()


def owe(database: StateDatabase, *rows: tuple[str, str, int]) -> None:
    """Let groups of one receiver owe notifications, by id and group."""
    with database.writing() as connection:
        for key, group, due_ms in rows:
            connection.exec_driver_sql(
                "INSERT INTO notifications(id, receiver, kind, place, group_key,"
                " alert_ids, new_ids, payload, created_ms, state, next_attempt_ms,"
                " tries, muted_by) VALUES(?, 'team', 'webhook', 0, ?, '[]', '[]', '{}',"
                " 1, 'pending', ?, 0, '[]')",
                (key, group, due_ms),
            )


TEAM = Address("team", Integration("webhook", 0))


def test_a_damaged_notification_holds_up_none_behind_it(
    folder: Path, opened: StateDatabase
):
    owe(opened, ("a1", "a", 1), ("a2", "a", 2), ("b1", "b", 3), ("a3", "a", 4))
    change(folder, "UPDATE notifications SET payload = '{!' WHERE id IN ('a1', 'a2')")
    outbox = SqlOutbox(opened)
    assert [one.id for one in outbox.waiting(TEAM)] == ["b1", "a3"]
    assert outbox.backlog().count == 4

    # And while the server runs they are set aside.
    assert opened.set_damaged_aside(NOW)
    assert [content["id"] for _, content in set_aside(opened)] == ["a1", "a2"]
    assert opened.damaged == set()
    assert opened.set_aside_since(NOW) == {"notifications": 2}
    assert outbox.backlog().count == 2
    assert not opened.set_damaged_aside(NOW)


def test_a_page_with_damaged_ids_ends_no_look_at_what_is_owed(
    folder: Path, opened: StateDatabase
):
    labels = Labels.of(alertname="BurnRate", severity="page")
    alert = Alert("id", labels, AlertState(Phase.FIRING), {}, "", "", None)
    SqlAlertStore(opened).commit([AlertChange(alert, Phase.PENDING, NOW, "")], NOW)
    owe(opened, ("a1", "a", 1))
    with opened.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO notification_alerts(notification_id, alert_id)"
            " VALUES('a1', 'id')"
        )
        connection.exec_driver_sql("UPDATE notifications SET new_ids = '[\"id\"]'")
    assert SqlOutbox(opened).backlog().pages == {TEAM: 1}
    change(folder, "UPDATE notifications SET new_ids = '[\"id]'")
    assert SqlOutbox(opened).backlog().pages == {}


def test_what_was_set_aside_while_it_was_sent_can_be_given_up(
    folder: Path, opened: StateDatabase
):
    owe(opened, ("a1", "a", 1))
    [one] = SqlOutbox(opened).waiting(TEAM)
    change(folder, "UPDATE notifications SET tries = 9")
    SqlOutbox(opened).waiting(TEAM)
    opened.set_damaged_aside(NOW)
    assert SqlOutbox(opened).give_up(Attempt(one.id, NOW, "notify.timeout", "")) == []


def test_an_active_alert_whose_row_was_damaged_is_written_anew(
    folder: Path, opened: StateDatabase
):
    labels = Labels.of(alertname="BurnRate", severity="page")
    alert = Alert("id", labels, AlertState(Phase.FIRING), {}, "", "", None)
    store = SqlAlertStore(opened)
    store.commit([AlertChange(alert, Phase.PENDING, NOW, "")], NOW)
    change(folder, "UPDATE alerts SET labels = '{!'")
    assert store.every() == []
    with pytest.raises(NotFoundError):
        store.acknowledge("id", "me", NOW)

    # By a change of its phase, and by the refreshing of what did not change.
    store.commit([AlertChange(alert, Phase.FIRING, NOW, "")], NOW + 1)
    assert store.every() == [alert]
    change(folder, "UPDATE alerts SET labels = '{!'")
    assert store.every() == []
    opened.set_damaged_aside(NOW)
    store.refresh([alert])
    assert store.every() == [alert]
    assert opened.set_aside_since(NOW) == {"alerts": 2}


def test_rows_that_nobody_reads_are_looked_through(folder: Path, opened: StateDatabase):
    opened.look_through()
    assert opened.damaged == set()
    change(folder, "UPDATE silences SET reason = '' WHERE id = 'two'")
    opened.look_through()
    assert opened.damaged == {("silences", "two")}


def test_an_index_that_lacks_its_row_is_made_anew_while_the_server_runs(
    folder: Path, opened: StateDatabase, caplog: pytest.LogCaptureFixture
):
    owe(opened, ("a1", "a", 1))
    with closing(sqlite3.connect(folder / "state.db")) as writer:
        sql = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'notifications_%'"
        [(name, made), *_] = [
            row for row in writer.execute(sql) if "state" in str(row[1])
        ]
        # An index of nothing, told to be of everything.
        writer.execute(f"DROP INDEX {name}")
        writer.execute(f"{made} WHERE number < 0")
        writer.execute("PRAGMA writable_schema = ON")
        writer.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (made, name))
        writer.commit()
    opened.close()
    assert SqlOutbox(opened).waiting(TEAM) == []
    opened.look_through()
    assert "indexes are made anew" in caplog.text
    assert [one.id for one in SqlOutbox(opened).waiting(TEAM)] == ["a1"]


def test_a_session_of_a_damaged_token_lets_nobody_in(folder: Path):
    """Else one changed role would make a viewer's browser an administrator's."""
    database = open_state(folder, NOW)
    tokens = SqlTokenStore(database)
    (token,) = tokens.list()
    plaintext = SqlSessionStore(database).begin(token.id, now_ms=NOW)
    database.close()
    change(folder, "UPDATE tokens SET role = 'admin'")

    database = open_state(folder, NOW)
    sessions = SqlSessionStore(database)

    assert sessions.authenticate(plaintext, now_ms=NOW + 1) is None
    digest = token_digest(plaintext)
    assert sessions.standing([digest], now_ms=NOW + 1) == frozenset()
    database.close()


def test_a_session_whose_end_was_damaged_lets_nobody_in(folder: Path):
    database = open_state(folder, NOW)
    (token,) = SqlTokenStore(database).list()
    plaintext = SqlSessionStore(database).begin(token.id, now_ms=NOW)
    database.close()
    change(folder, "UPDATE sessions SET expires_ms = expires_ms + 1048576")

    database = open_state(folder, NOW)

    assert SqlSessionStore(database).authenticate(plaintext, now_ms=NOW + 1) is None
    database.close()


def test_a_text_that_is_none_stops_no_change_of_its_row(folder: Path):
    change(folder, "UPDATE silences SET reason = CAST(x'41ff42' AS TEXT)")

    with closing(sqlite3.connect(folder / "state.db")) as writer:
        bring_along(writer)
        writer.execute("UPDATE silences SET ends_ms = ends_ms + 1")
        found = writer.execute("SELECT ends_ms, crc FROM silences").fetchall()

    assert found == [(NOW + 10, None), (NOW + 10, None)]
