"""``kizashi verify`` finds what is damaged, and ``kizashi backup`` copies none of it."""

import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from harness.damaging import (
    BAD,
    FLIP,
    HOUR,
    MINUTE,
    NOW,
    OTHER,
    House,
    Opened,
    flip_chunk,
)
from kizashi.alert.kinds import own_conditions
from kizashi.app.answers import ObjectiveView
from kizashi.cli import run
from kizashi.errors import KizashiError, StoreError
from kizashi.model.labels import Labels
from kizashi.offline.backup import DamagedError, back_up, restore
from kizashi.offline.verifying import Verified, verify
from kizashi.ports.alerts import Silence, SilenceMatcher
from kizashi.ports.tokens import Role
from kizashi.server.disk_reserve import FILE_NAME as RESERVE
from kizashi.server.store_watch import StoreWatch
from kizashi.server.stores import Stores
from kizashi.slo.slices import block_of
from kizashi.slo.windows import slice_of
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import open_state
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.testing.clock import ManualClock
from kizashi.tsdb.folder import DataFolder

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def whole(house: House) -> House:
    """A folder with a ledger and a state database."""
    house.figures()
    state = open_state(house.path.parent, NOW)
    matchers = (SilenceMatcher("service", "=", "s"),)
    SqlAlertStore(state).add_silence(
        Silence("one", matchers, NOW, NOW + HOUR, "me", "a rollout", NOW)
    )
    for name in ("ci", "laptop", "status page"):
        SqlTokenStore(state).create(name, Role.VIEWER, now_ms=NOW)
    state.close()
    return house


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def told(verified: Verified) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.code, one.table, one.objectives) for one in verified.findings]


def test_a_sound_folder_is_clean_and_left_as_it_is(whole: House, capsys: Capture):
    folder = whole.path.parent
    before = content_of(folder)
    assert run(["verify", "--data", str(folder)]) == 0
    assert "nothing is damaged (samples.db, state.db)" in capsys.readouterr().out
    assert content_of(folder) == before


def test_a_folder_in_use_is_verified_with_what_its_log_holds(whole: House):
    folder = whole.path.parent
    with DataFolder(folder), whole.opened() as opened:
        opened.samples.target_id("new", Labels.of(job="new", instance="a"))
        assert (folder / "samples.db-wal").stat().st_size > 0
        assert verify(folder).findings == ()


def test_samples_are_named_with_their_objectives_and_their_time(whole: House):
    flip_chunk(whole, BAD, NOW - 20 * HOUR)
    flip_chunk(whole, OTHER, NOW - 20 * HOUR)
    found = {f.objectives: f for f in verify(whole.path.parent).findings}
    one = found[("checkout/availability",)]
    assert (one.code, one.table) == ("verify.samples", "chunk_2h")
    assert (one.start_ms, one.end_ms) == (NOW - 20 * HOUR, NOW - 18 * HOUR - 1)
    assert set(found) == {("checkout/availability",), ()}


def test_a_block_is_named_with_its_objective(whole: House):
    whole.change(
        FLIP.format("ledger", "block"), block_of(slice_of(NOW - 40 * HOUR, MINUTE))
    )
    [one] = verify(whole.path.parent).findings
    assert (one.code, one.objectives) == ("verify.block", ("checkout/availability",))


def test_a_row_of_the_state_is_shown_as_it_is(whole: House, capsys: Capture):
    path = whole.path.parent / "state.db"
    path.write_bytes(path.read_bytes().replace(b"a rollout", b"a rollouu"))
    assert run(["verify", "--data", str(path.parent), "--format", "json"]) == 1
    [one] = json.loads(capsys.readouterr().out)["damaged"]
    assert (one["file"], one["table"], one["row"]) == ("state.db", "silences", 1)
    assert json.loads(one["what"])["reason"] == "a rollouu"


def test_what_to_restore_is_a_command(whole: House, capsys: Capture):
    flip_chunk(whole, BAD, NOW - 20 * HOUR)
    folder = whole.path.parent
    assert run(["verify", "--data", str(folder), "--language", "ja"]) == 1
    out = capsys.readouterr().out
    assert (
        f"  mv {folder} {folder}.damaged && kizashi restore BACKUP --data {folder}"
        in out
    )
    assert "checkout/availability のサンプル" in out


def test_a_folder_without_a_database_is_a_question_that_has_no_answer(
    tmp_path: Path, capsys: Capture
):
    assert run(["verify", "--data", str(tmp_path)]) == 2
    assert "holds no database" in capsys.readouterr().err
    assert run(["verify", "--data", str(tmp_path / "none")]) == 2


def lose_a_page(path: Path, table: str) -> None:
    """Make zeroes of the first leaf of a table."""
    with closing(sqlite3.connect(path)) as reader:
        pages = reader.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path",
            (table,),
        ).fetchall()
        (size,) = reader.execute("PRAGMA page_size").fetchone()
    at = (pages[0][0] - 1) * size
    content = bytearray(path.read_bytes())
    content[at : at + size] = bytes(size)
    path.write_bytes(content)


def has_dbstat() -> bool:
    with closing(sqlite3.connect(":memory:")) as probe, suppress(sqlite3.Error):
        probe.execute("SELECT * FROM dbstat")
        return True
    return False


@pytest.mark.skipif(not has_dbstat(), reason="this SQLite does not tell its pages")
def test_one_page_that_cannot_be_read_does_not_hide_the_rest(whole: House):
    flip_chunk(whole, BAD, NOW - 2 * HOUR)
    lose_a_page(whole.path, "chunk_2h")
    found = verify(whole.path.parent).findings
    assert any(f.code == "verify.structure" for f in found)
    assert any(f.table == "chunk_2h" and f.end_ms == NOW - 1 for f in found)


@pytest.mark.skipif(not has_dbstat(), reason="this SQLite does not tell its pages")
def test_what_can_be_read_of_a_damaged_folder_is_backed_up_when_that_is_wanted(
    whole: House, tmp_path: Path, capsys: Capture
):
    folder, to = whole.path.parent, tmp_path / "backup"
    lose_a_page(whole.path, "chunk_2h")
    with pytest.raises(DamagedError):
        back_up(folder, to)
    assert list(to.iterdir()) == []

    assert run(["backup", str(to), "--data", str(folder), "--even-damaged"]) == 0
    assert "Damaged: left out" in capsys.readouterr().out
    assert back_up_is_sound(to)
    restored = tmp_path / "restored"
    assert restore(to, restored).damaged
    with Opened(restored / "samples.db", NOW) as opened:
        [view] = opened.answers.objectives()
    assert 0.8 < view.coverage <= 1


def back_up_is_sound(folder: Path) -> bool:
    return verify(folder).findings == ()


def test_a_damaged_folder_is_not_backed_up_unless_told_to(
    whole: House, tmp_path: Path, capsys: Capture
):
    folder, to = whole.path.parent, tmp_path / "to"
    flip_chunk(whole, BAD, NOW - 20 * HOUR)
    assert run(["backup", str(to), "--data", str(folder)]) == 1
    err = capsys.readouterr().err
    assert "samples of checkout/availability" in err
    assert f"kizashi backup {to} --data {folder} --even-damaged" in err
    assert list(to.iterdir()) == []

    assert run(["backup", str(to), "--data", str(folder), "--even-damaged"]) == 0
    assert "samples of checkout/availability" in capsys.readouterr().out
    assert (
        "samples of checkout/availability"
        in json.loads((to / "backup.json").read_text())["damaged"][0]
    )


def test_a_backup_is_verified_by_its_manifest_too(whole: House, tmp_path: Path):
    to = tmp_path / "to"
    back_up(whole.path.parent, to)
    assert verify(to).findings == ()
    path = to / "state.db"
    path.write_bytes(path.read_bytes().replace(b"a rollout", b"a rollouu"))
    assert [f.code for f in verify(to).findings] == ["verify.manifest", "verify.row"]


# Flips, cuts and zeroes anywhere.


@dataclass
class Dump:
    """Every value that a folder holds, by table and row; None where it cannot be read."""

    values: dict[str, list[tuple[object, ...]]] | None

    @classmethod
    def of(cls, folder: Path) -> "Dump":
        """Read all of it through SQLite, as it was written."""
        values: dict[str, list[tuple[object, ...]]] = {}
        for path in sorted(folder.glob("*.db")):
            try:
                with closing(sqlite3.connect(path)) as reader:
                    reader.text_factory = bytes
                    names = [
                        name.decode()
                        for (name,) in reader.execute(
                            "SELECT name FROM sqlite_master WHERE type = 'table'"
                        )
                    ]
                    for name in sorted(names):
                        values[f"{path.name} {name}"] = reader.execute(
                            f"SELECT rowid, * FROM {name}"  # noqa: S608
                        ).fetchall()
            except (sqlite3.Error, UnicodeDecodeError):
                return cls(None)
        return cls(values)


def damage(folder: Path, rng: np.random.Generator) -> str:
    """Change one place of one file."""
    # The reserve holds nothing.
    files = sorted(
        p for p in folder.iterdir() if p.stat().st_size and p.name != RESERVE
    )
    sizes = np.array([path.stat().st_size for path in files])
    path = files[int(rng.choice(len(files), p=sizes / sizes.sum()))]
    content = bytearray(path.read_bytes())
    at = int(rng.integers(0, len(content)))
    how = ("flip", "zero", "cut")[int(rng.choice(3, p=[0.6, 0.3, 0.1]))]
    match how:
        case "flip":
            content[at] ^= 1 << int(rng.integers(0, 8))
        case "zero":
            content[at : at + 512] = bytes(len(content[at : at + 512]))
        case _:
            del content[at:]
    path.write_bytes(content)
    return f"{how} at {at} of {path.name}"


@dataclass
class Outside:
    """What somebody sees of a folder that is started."""

    figures: ObjectiveView
    silences: set[str]


def outside(stores: Stores) -> tuple[Outside, bool]:
    """Return what is shown, and whether anything is told of damage."""
    opened = Opened(stores.database.path, NOW, stores.database)
    opened.look_through()
    [view] = opened.answers.objectives()
    silences = {s.id for s in SqlAlertStore(stores.state).silences()}
    watch = StoreWatch(stores, ManualClock(NOW))
    is_told = any(condition.fires for condition in own_conditions(watch.knowledge()))
    return Outside(view, silences), is_told


def refusal(error: KizashiError, what: str) -> str:
    """Return that a start was refused, with the command to run."""
    assert "kizashi restore BACKUP --data" in str(error), f"{what}: {error}"
    return "refused"


def outcome_of(folder: Path, sound: Outside, before: Dump, what: str) -> str:
    """Verify and start a damaged folder; return what became of it."""
    is_changed = Dump.of(shutil.copytree(folder, folder / "read")) != before
    shutil.rmtree(folder / "read")
    try:
        is_found = bool(verify(folder).findings)
    except StoreError:
        is_found = True
    assert is_found or not is_changed, f"{what}: not found"
    try:
        stores = Stores.open(folder, NOW)
    except KizashiError as error:
        return refusal(error, what)
    try:
        seen, is_told = outside(stores)
    except StoreError as error:
        return refusal(error, what)
    finally:
        stores.close()
    if seen == sound:
        return "told" if is_told else "same"
    assert is_told, f"{what}: {seen}"
    if seen.figures != sound.figures:
        assert seen.figures.notes, f"{what}: {seen.figures}"
        return "noted"
    assert seen.silences < sound.silences
    return "set aside"


def outcomes(whole: House, rng: np.random.Generator, count: int) -> Counter[str]:
    """Damage copies of a folder, one place each; return what became of them."""
    folder = whole.path.parent
    stores = Stores.open(folder, NOW)
    sound, _ = outside(stores)
    stores.close()
    before = Dump.of(folder)
    assert before.values is not None
    told: Counter[str] = Counter()
    for number in range(count):
        copy = shutil.copytree(folder, folder.with_name(f"copy-{number}"))
        told[outcome_of(copy, sound, before, damage(copy, rng))] += 1
        shutil.rmtree(copy)
    return told


def test_damage_anywhere_is_found_and_no_figure_is_wrong_without_a_word(whole: House):
    told = outcomes(whole, np.random.default_rng(5), 15)
    assert told.total() == 15


def test_a_schema_that_is_no_text_is_found_and_not_backed_up(
    whole: House, tmp_path: Path
):
    """The driver cannot even decode what SQLite says of it."""
    content = whole.path.read_bytes()
    damaged = content.replace(b"CREATE TABLE", b"CREATE \xff\xfe\xfd\xfc\xfb", 1)
    assert damaged != content
    whole.path.write_bytes(damaged)

    [found] = [f for f in verify(whole.path.parent).findings if f.file == "samples.db"]
    assert found.code == "verify.file"
    with pytest.raises(DamagedError):
        back_up(whole.path.parent, tmp_path / "backup")


@pytest.mark.nightly
def test_five_hundred_places_of_a_folder_are_damaged_and_none_in_silence(whole: House):
    told = outcomes(whole, np.random.default_rng(6), 500)
    assert told.total() == 500
    assert {"refused", "noted", "same"} <= set(told)
