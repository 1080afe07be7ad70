"""What is forked in place of a start is a process like one that was started."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from whole.leash import leashed

from harness import forked

ROOT = Path(__file__).parents[1]
KIZASHI = (sys.executable, "-m", "kizashi")
#: Answers at once, and has no more to import than its own name.
VERSION = (*KIZASHI, "--version")
SERVE = (*KIZASHI, "serve", "--listen", "127.0.0.1:0", "--language", "en", "--data")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


class Orders:
    """Notes what the stem is asked to fork."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.programs: list[list[str]] = []
        fork = forked._STEM.fork

        def noted(order: dict[str, object], files: list[int]) -> int:
            self.programs.append(order["program"])  # type: ignore[arg-type]
            return fork(order, files)

        monkeypatch.setattr(forked._STEM, "fork", noted)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Orders:
    return Orders(monkeypatch)


def first_line(process: "subprocess.Popen[str]", holding: str) -> str:
    """Return the first line on standard error that holds a text."""
    assert process.stderr is not None
    return next(line for line in process.stderr if holding in line)


def status(pid: int, name: str) -> int:
    """Return a field of /proc/PID/stat, by its name in proc(5)."""
    names = ("state", "ppid", "pgrp", "session")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[names.index(name)])


def test_a_command_is_forked_and_answers_as_when_it_is_started(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
):
    wrong = (*KIZASHI, "check", "nowhere.yaml", "--language", "en")
    for command in (VERSION, wrong, (sys.executable, str(ROOT / "reference-app"))):
        by_fork = subprocess.run(command, capture_output=True, check=False)
        assert orders.programs.pop() == list(command[1:])

        monkeypatch.setattr(forked.Forked, "is_wanted", False)
        started = subprocess.run(command, capture_output=True, check=False)
        monkeypatch.setattr(forked.Forked, "is_wanted", True)

        assert orders.programs == []
        assert by_fork.returncode == started.returncode
        assert (by_fork.stdout, by_fork.stderr) == (started.stdout, started.stderr)


def test_a_server_is_a_child_with_its_own_session_folder_files_and_end(
    orders: Orders, tmp_path: Path
):
    with subprocess.Popen(
        [*SERVE, "data"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        first_line(process, "answers at")

        assert len(orders.programs) == 1
        assert status(process.pid, "ppid") == os.getpid()
        assert status(process.pid, "session") == process.pid
        assert Path(f"/proc/{process.pid}/cwd").readlink() == tmp_path
        assert (tmp_path / "data" / "samples.db").exists()
        files = {
            int(file.name): os.readlink(file)
            for file in Path(f"/proc/{process.pid}/fd").iterdir()
        }
        standard = {files.pop(number) for number in range(3)}
        assert "/dev/null" in standard
        assert standard.isdisjoint(files.values())
        process.terminate()
        assert process.wait(20) == 0


def test_how_one_ends_is_told_to_its_parent_on_a_leash_too(tmp_path: Path):
    async def killed(number: signal.Signals, *command: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *command, stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        while b"answers at" not in (line := await process.stderr.readline()):
            assert line, "it ended"
        process.send_signal(number)
        return await asyncio.wait_for(process.wait(), 20)

    assert asyncio.run(killed(signal.SIGKILL, *SERVE, str(tmp_path / "a"))) == -9
    on_leash = leashed([*SERVE, str(tmp_path / "b")])
    assert asyncio.run(killed(signal.SIGTERM, *on_leash)) == 0


def test_a_leashed_one_dies_with_the_process_that_started_it(tmp_path: Path):
    # In a process of its own, which forks, tells the pid, and is killed.
    code = (
        "import os, subprocess, sys;"
        f"sys.path[:0] = [{str(ROOT / 'tests')!r}, {str(ROOT / 'reference-app')!r}];"
        "from harness import forked; from whole.leash import leashed; forked.install();"
        f"p = subprocess.Popen(leashed({[*SERVE, str(tmp_path)]!r}),"
        " stderr=subprocess.PIPE, text=True);"
        "next(line for line in p.stderr if 'answers at' in line);"
        "print(type(p).__name__, p.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        name, pid = process.stdout.readline().split()
        assert name == "Forked"
        watched = os.pidfd_open(int(pid))
        process.kill()
        process.wait()
        assert select.select([watched], [], [], 20)[0] == [watched]
        os.close(watched)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ((sys.executable, "-c", "pass"), {}),
        ((sys.executable, "-W", "ignore", "-m", "kizashi", "--version"), {}),
        (("/bin/true",), {}),
        (VERSION, {"env": {"PYTHONHASHSEED": "1"}}),
        (VERSION, {"env": {"LC_ALL": "C"}}),
        (VERSION, {"preexec_fn": lambda: None}),
        (VERSION, {"umask": 0o077}),
    ],
)
def test_what_asks_for_more_is_started_as_ever(
    orders: Orders, command: tuple[str, ...], options: dict[str, object]
):
    subprocess.run(command, check=True, capture_output=True, **options)  # type: ignore[call-overload]

    assert orders.programs == []


@pytest.mark.own_interpreter
def test_a_test_about_the_start_starts(orders: Orders):
    subprocess.run(VERSION, check=True, capture_output=True)

    assert orders.programs == []
