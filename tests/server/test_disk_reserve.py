"""Room on the disk that is kept for alerts."""

from pathlib import Path

import pytest

from kizashi.errors import StoreError
from kizashi.model.labels import Labels
from kizashi.server import disk_reserve as module
from kizashi.server.disk_reserve import FILE_NAME, Reserve
from kizashi.server.stores import Stores
from kizashi.server.unwritable_folder import copy_elsewhere
from kizashi.testing.sample_store_contract import row

MIB = 1 << 20
SIZE = 16 * MIB


class Disk:
    """How much is free, as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 100 * MIB
        monkeypatch.setattr(module, "free_bytes", lambda _: self.free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_it_is_taken_whole_and_given_up_when_the_disk_is_full(
    disk: Disk, tmp_path: Path
):
    reserve = Reserve(tmp_path, SIZE)
    path = tmp_path / FILE_NAME
    assert reserve.is_held
    assert path.stat().st_blocks * 512 >= SIZE
    disk.free = 2 * MIB
    reserve.tend()
    assert reserve.is_held
    disk.free = MIB - 1
    reserve.tend()
    assert not reserve.is_held
    assert not path.exists()
    # It has to fit, and a quarter of it more: else it would be given up at once.
    disk.free = SIZE + SIZE // 4 - 1
    reserve.tend()
    assert not reserve.is_held
    disk.free += 1
    reserve.tend()
    assert reserve.is_held
    assert path.stat().st_blocks * 512 >= SIZE


@pytest.mark.usefixtures("disk")
def test_a_write_that_failed_gives_it_up_at_once(tmp_path: Path):
    reserve = Reserve(tmp_path, SIZE)
    reserve.give_up()
    assert not reserve.is_held
    assert not (tmp_path / FILE_NAME).exists()


def test_samples_wait_while_it_is_given_up_and_the_state_does_not(
    disk: Disk, tmp_path: Path
):
    stores = Stores.open(tmp_path, 0, SIZE)
    target = stores.samples.target_id("j", Labels.of(job="j"))
    layout = stores.samples.layout([Labels.of(__name__="up", job="j")])
    disk.free = 0
    stores.reserve.tend()
    with pytest.raises(StoreError, match="samples wait"):
        stores.samples.append([row(target, 1_000, layout, [1])])
    with stores.state.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE x(y)")
    disk.free = 100 * MIB
    stores.reserve.tend()
    stores.samples.append([row(target, 1_000, layout, [1])])
    stores.close()


def test_a_copy_that_has_no_room_names_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "samples.db").write_bytes(bytes(MIB))
    monkeypatch.setattr("kizashi.server.unwritable_folder.free_bytes", lambda _: MIB)
    with pytest.raises(StoreError, match=r"TMPDIR=FOLDER kizashi serve --data "):
        copy_elsewhere(tmp_path, "Read-only file system")
