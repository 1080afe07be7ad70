"""Databases that are no files, or not there: what a start and a check say of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kizashi.errors import StoreError
from kizashi.runtime.stores import Stores
from kizashi.runtime.verifying import verify

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


def with_a_folder_for_its_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").mkdir()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change", [as_folder, as_loop, as_link_to_nowhere, with_a_folder_for_its_log]
)
def test_what_cannot_be_opened_is_named_with_the_reason_and_a_command(
    folder: Path, name: str, change: Callable[[Path], None]
):
    change(folder / name)
    with pytest.raises(StoreError) as refused:
        Stores.open(folder, 0, 65_536)
    assert str(refused.value).startswith(str(folder / name))
    assert f"ls -ld {folder / name}*" in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", [as_folder, as_loop, as_link_to_nowhere])
def test_a_database_that_is_no_file_is_found_by_a_check(
    folder: Path, name: str, change: Callable[[Path], None]
):
    change(folder / name)
    [found] = verify(folder).findings
    assert (found.file, found.code) == (name, "verify.file")
    assert found.what.startswith("is no file")


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
