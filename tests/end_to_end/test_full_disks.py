"""Real disks of 64 MiB that are full, or read-only: pages leave, and it starts."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from alarms import Parts, People, eventually as until, hook, write
from serving import Kizashi

from harness.targets import Servers
from kizashi.server.disk_reserve import FILE_NAME as RESERVE

BURN, FAILING = "ErrorBudgetBurn", "StoreFailing"
NAMES = tuple(f"part{n}" for n in range(20))
RESUMED_S = 15.0


def may_mount() -> bool:
    """Return whether this user may mount a file system, as in a container it may not."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    tried = subprocess.run(
        ["/usr/bin/env", "unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not may_mount(), reason="no right to mount a file system"),
]


class Disk:
    """A file system of its own, mounted where a data folder is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self._run("mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", str(path))

    def fill(self) -> None:
        """Leave not one byte."""
        handle = os.open(self.path / "filler", os.O_WRONLY | os.O_CREAT)
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while os.write(handle, bytes(size)) == size:
                    pass
        os.close(handle)

    def make_room(self) -> None:
        (self.path / "filler").unlink()

    def remount(self, how: str) -> None:
        self._run("mount", "-o", f"remount,{how}", str(self.path))

    def close(self) -> None:
        self._run("umount", "--lazy", str(self.path))

    @staticmethod
    def _run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def disk(kizashi: Kizashi) -> Iterator[Disk]:
    made = Disk(kizashi.data)
    yield made
    made.close()


@pytest.fixture
async def people() -> AsyncIterator[People]:
    server = People()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def parts(servers: Servers) -> Parts:
    made = Parts(NAMES)
    made.address = f"127.0.0.1:{(await servers.start(made)).port}"
    return made


async def is_ready(kizashi: Kizashi) -> bool:
    return (await kizashi.client.get("/-/ready")).is_success


async def objectives(kizashi: Kizashi) -> dict[str, float]:
    found = (await kizashi.get("/kizashi/v1/objectives"))["objectives"]
    return {str(o["objective"]): float(o["valid"]) for o in found}  # type: ignore[attr-defined]


async def test_twenty_of_twenty_notices_leave_while_the_disk_is_full(
    kizashi: Kizashi, disk: Disk, parts: Parts, people: People
):
    write(kizashi, {"mill": parts}, [hook(people.url())])
    await kizashi.start()
    await until(lambda: len(parts.served) > 2, 20, "it scrapes")
    assert (disk.path / RESERVE).stat().st_blocks * 512 >= 16 << 20
    disk.fill()

    async def is_full() -> bool:
        return not await is_ready(kizashi)

    await until(is_full, 20, "it says that it cannot store")
    await until(lambda: not (disk.path / RESERVE).exists(), 10, "the reserve is used")
    parts.failing.update(NAMES)

    def told() -> set[str]:
        return {t.labels["objective"] for t in people.told(BURN, "firing")}

    await until(lambda: told() == set(NAMES), 60, "everyone is told")
    await until(lambda: people.told(FAILING, "firing"), 30, "and that it cannot store")
    assert not await is_ready(kizashi)
    assert (await kizashi.client.get("/-/healthy")).is_success

    disk.make_room()
    await until(lambda: is_ready(kizashi), RESUMED_S, "it stores again")
    assert (disk.path / RESERVE).exists()
    await until(lambda: people.told(FAILING, "resolved"), 30, "that it stores again")
    assert people.extra == 0
    assert await kizashi.stop() == 0


@pytest.mark.parametrize("how", ["full", "full without a reserve", "read-only"])
async def test_a_start_on_a_disk_that_takes_nothing_serves_what_it_has_and_pages(
    kizashi: Kizashi, disk: Disk, parts: Parts, people: People, how: str
):
    write(kizashi, {"mill": parts}, [hook(people.url())])
    await kizashi.start()
    await until(lambda: len(parts.served) > 5, 20, "it scrapes")
    counted = await objectives(kizashi)
    assert await kizashi.stop() == 0
    if how == "full without a reserve":
        (disk.path / RESERVE).unlink()
    if how == "read-only":
        disk.remount("ro")
    else:
        disk.fill()
    before = stored(disk.path)

    await kizashi.launch()

    async def answers() -> bool:
        try:
            return (await objectives(kizashi)).keys() == counted.keys()
        except (OSError, AssertionError, KeyError, ValueError):
            return False
        except Exception as error:  # noqa: BLE001 - whatever a client says meanwhile
            return "connect" in repr(error).lower() and False

    await until(answers, 60, "it answers")
    assert all(
        valid >= counted[name] for name, valid in (await objectives(kizashi)).items()
    )
    await until(lambda: people.told(FAILING, "firing"), 40, "it pages about itself")
    assert not await is_ready(kizashi)
    parts.failing.add(NAMES[0])
    await until(
        lambda: people.told(BURN, "firing", objective=NAMES[0]), 40, "a page leaves"
    )
    if how != "full":
        assert stored(disk.path) == before
        assert "cannot be written" in kizashi.log.read_text()
    assert await kizashi.stop() == 0


def stored(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*.db*")}


async def test_a_copy_that_has_no_room_is_refused_with_what_to_do(
    kizashi: Kizashi, disk: Disk, parts: Parts
):
    write(kizashi, {"mill": parts}, [])
    disk.remount("ro")
    small = kizashi.folder / "small"
    small.mkdir()
    command = kizashi.command()
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "sh", "-c"),
        'mount -t tmpfs -o size=1m tmpfs "$1" && export TMPDIR="$1" && shift && exec "$@"',
        *("sh", str(small), *command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert f"TMPDIR=FOLDER kizashi serve --data {kizashi.data}" in err.decode()
