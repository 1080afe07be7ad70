"""Databases that are no files, or not there: what a start and a check say of them."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kizashi.errors import StoreError
from kizashi.offline.backup import DamagedError, back_up
from kizashi.offline.verifying import verify
from kizashi.server.stores import Stores

NAMES = ["samples.db", "state.db"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Stores.open(tmp_path, 0, 65_536).close()
    return tmp_path


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def as_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere/at/all")


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_pipe_with_a_log(path: Path) -> None:
    as_pipe(path)
    path.with_name(f"{path.name}-wal").write_bytes(b"x")


def with_a_pipe_for_its_log(path: Path) -> None:
    os.mkfifo(path.with_name(f"{path.name}-wal"))


def with_a_folder_for_its_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").mkdir()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change",
    [
        as_folder,
        as_loop,
        as_link_to_nowhere,
        as_pipe,
        as_pipe_with_a_log,
        with_a_folder_for_its_log,
        with_a_pipe_for_its_log,
    ],
)
def test_what_cannot_be_opened_is_named_with_the_reason_and_a_command(
    folder: Path,
    name: str,
    change: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
):
    caplog.clear()
    change(folder / name)
    with pytest.raises(StoreError) as refused:
        Stores.open(folder, 0, 65_536)
    assert str(refused.value).startswith(str(folder / name))
    assert "is no file but a " in str(refused.value)
    assert f"ls -ld {folder / name}*" in str(refused.value)
    # Nothing is blamed on the disk.
    assert caplog.text == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", [as_folder, as_loop, as_link_to_nowhere, as_pipe])
def test_a_database_that_is_no_file_is_found_by_a_check(
    folder: Path, name: str, change: Callable[[Path], None]
):
    change(folder / name)
    [found] = verify(folder).findings
    assert (found.file, found.code) == (name, "verify.file")
    assert found.what.startswith("is no file")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", [as_folder, as_link_to_nowhere, as_pipe])
def test_a_backup_leaves_out_what_is_no_file_only_if_told_to_and_says_so(
    folder: Path, tmp_path: Path, name: str, change: Callable[[Path], None]
):
    change(folder / name)
    with pytest.raises(DamagedError, match="is no file"):
        back_up(folder, tmp_path / "refused")

    made = back_up(folder, tmp_path / "made", even_damaged=True)

    assert [each.name for each in made.databases] == [n for n in NAMES if n != name]
    [told] = made.damaged
    assert told.startswith(f"{name}: is no file")


@pytest.mark.parametrize("name", [*NAMES, "samples.db-wal", "state.db-wal"])
def test_a_file_that_may_not_be_read_is_named_and_not_taken_for_damage(
    folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    (folder / name).touch()
    open_it = os.open

    def refusing(path: str | Path, *rest: int) -> int:
        if path == folder / name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_it(path, *rest)

    # The user who runs the tests may be one who can read every file.
    monkeypatch.setattr(os, "open", refusing)
    asked: tuple[Callable[[], object], ...] = (
        lambda: Stores.open(folder, 0, 65_536),
        lambda: verify(folder),
        lambda: back_up(folder, tmp_path / "backup", even_damaged=True),
    )
    for ask in asked:
        with pytest.raises(
            StoreError, match="cannot be read: Permission denied"
        ) as told:
            ask()
        assert not isinstance(told.value, DamagedError)
        assert str(folder / name) in str(told.value)
        assert f"ls -ld {folder / name.removesuffix('-wal')}*" in str(told.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_there", [True, False])
def test_one_that_is_empty_beside_one_that_is_not_is_told_when_it_is_made_anew(
    folder: Path, name: str, is_there: bool, caplog: pytest.LogCaptureFixture
):
    (folder / name).write_bytes(b"")
    if not is_there:
        (folder / name).unlink()
    Stores.open(folder, 0, 65_536).close()
    assert f"{folder / name} is empty or absent" in caplog.text
    assert "kizashi restore BACKUP" in caplog.text


def test_a_first_start_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    Stores.open(tmp_path, 0, 65_536).close()
    assert caplog.text == ""
