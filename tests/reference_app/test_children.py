"""No process that we start outlives us, however we end."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from anyio import Path as AsyncPath
from whole import leash
from whole.children import Children

pytestmark = pytest.mark.anyio
APP = Path(leash.__file__).parents[1]
WAITS = (sys.executable, "-c", "import signal; signal.pause()")
STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("deaf from here on")
while True:
    signal.pause()
"""
PARENT = """
import asyncio, pathlib, sys
sys.path.append(sys.argv[2])
from whole.children import Children

async def main():
    async with Children(pathlib.Path(sys.argv[1])) as children:
        waits = (sys.executable, "-c", "import signal; signal.pause()")
        child = await children.start("waits", waits)
        print(child.process.pid, flush=True)
        await child.process.wait()

asyncio.run(main())
"""


def has_ended(pidfd: int, within_s: float) -> bool:
    """Return whether a process ends in time; a pidfd turns readable when it does."""
    return bool(select.select([pidfd], [], [], within_s)[0])


async def test_leaving_stops_what_still_runs(tmp_path: Path) -> None:
    async with Children(tmp_path) as children:
        child = await children.start("waits", WAITS)
        assert child.process.returncode is None
    assert child.process.returncode == -signal.SIGTERM


async def test_a_process_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    async with Children(tmp_path, grace_s=0.1) as children:
        command = (sys.executable, "-c", STUBBORN, str(fifo))
        child = await children.start("stubborn", command)
        assert await AsyncPath(fifo).read_text() == "deaf from here on"
    assert child.process.returncode == -signal.SIGKILL


async def test_output_and_complaints_are_kept_apart(tmp_path: Path) -> None:
    async with Children(tmp_path) as children:
        code = "import sys; print('out'); sys.exit('complaint')"
        child = await children.start("talks", (sys.executable, "-c", code))
        assert await child.process.wait() == 1
    assert child.output.read_text() == "out\n"
    assert child.tail() == "complaint"


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's own")
def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(APP)],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        pidfd = os.pidfd_open(int(parent.stdout.readline()))
        assert not has_ended(pidfd, 0.2)
        parent.kill()
        assert has_ended(pidfd, 10)
        os.close(pidfd)


def test_a_leash_whose_holder_is_gone_runs_nothing() -> None:
    command = [sys.executable, leash.__file__, "1", "/bin/echo", "ran"]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, b"")
