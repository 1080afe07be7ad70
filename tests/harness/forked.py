"""Starts of our own programs without their imports: forked off a process that has them.

A Python that starts `kizashi serve` works for a second and a half before the first line
of it runs, and the tests start some hundreds. After `install()` a command such as
``python -m kizashi …`` is not started but forked off one process, the stem, that has
imported what the command needs. What comes of it is a child of this process like any
other, with its own pid, files, folder, environment, session and exit code.

Where the start itself is what a test is about, the test is marked `own_interpreter`. A
command that asks for more than is understood here is started as ever.
"""

import array
import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
#: What it takes to understand the arguments of `Popen._execute_child`, in their order.
_ARGUMENTS: Final = (
    *("args", "executable", "preexec_fn", "close_fds", "pass_fds", "cwd", "env"),
    *("startupinfo", "creationflags", "shell", "p2cread", "p2cwrite"),
    *("c2pread", "c2pwrite", "errread", "errwrite", "restore_signals"),
    *("gid", "gids", "uid", "umask", "start_new_session", "process_group"),
)
#: What must be as if it had not been given.
_UNASKED: Final = {
    "executable": None,
    "preexec_fn": None,
    "close_fds": True,
    "shell": False,
    "restore_signals": True,
    "gid": None,
    "gids": None,
    "uid": None,
    "umask": -1,
}
#: Environment that a Python reads before any line of ours runs.
_READ_BY_PYTHON: Final = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_")
_SUBREAPER: Final = 36  # Source: Linux, prctl(2), PR_SET_CHILD_SUBREAPER.
_APPLICATION: Final = str(ROOT / "reference-app")
#: Programs of ours that are run by their path.
_SCRIPTS: Final = {
    _APPLICATION,
    str(ROOT / "tests" / "server" / "delivery_killed.py"),
}
#: What `whole.leash.leashed` puts before a command.
_LEASH: Final = str(ROOT / "reference-app" / "whole" / "leash.py")
_LEASHED: Final = [sys.executable, "-P", _LEASH, str(os.getpid())]


class Forked(subprocess.Popen[bytes]):
    """A Popen that forks where it can, and starts where it cannot."""

    #: Whether to fork; off while a test runs that is about the start itself.
    is_wanted: bool = True

    def _execute_child(self, *given: Any) -> None:  # noqa: ANN401 - as it is there
        asked = dict(zip(_ARGUMENTS, given, strict=False))
        program = _program(asked["args"]) if len(given) == len(_ARGUMENTS) else None
        if not self.is_wanted or program is None or not _is_plain(asked):
            super()._execute_child(*given)  # type: ignore[misc]
            return
        standard = [
            number if taken == -1 else taken
            for number, taken in enumerate(
                (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
            )
        ]
        environment = _environment() if asked["env"] is None else asked["env"]
        order = {
            "program": program,
            "leash": os.getpid() if _is_leashed(asked["args"]) else None,
            "cwd": os.path.abspath(os.fsdecode(asked["cwd"] or ".")),
            "env": dict(environment),
            "session": bool(asked["start_new_session"]),
            "group": asked["process_group"],
            "passed": list(asked["pass_fds"]),
        }
        self.pid = _STEM.fork(order, [*standard, *asked["pass_fds"]])
        self._child_created = True
        ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(asked[end] for end in ends))  # type: ignore[attr-defined]


def install() -> None:
    """Let every Popen from now on fork where it can, asyncio's too."""
    if sys.platform == "linux" and subprocess.Popen is not Forked:
        atexit.register(_STEM.close)
        subprocess.Popen = Forked  # type: ignore[assignment, misc]


def _is_leashed(command: Sequence[str]) -> bool:
    return list(command[: len(_LEASHED)]) == _LEASHED


def _program(command: object) -> list[str] | None:
    """Return what Python is to run, its own name left out; None if none of ours."""
    if not isinstance(command, list | tuple):
        return None
    words = [os.fspath(word) for word in command]
    if not all(isinstance(word, str) for word in words):
        return None
    if _is_leashed(words):
        words = words[len(_LEASHED) :]
    if words[:1] != [sys.executable]:
        return None
    is_ours = words[1:3] == ["-m", "kizashi"] or _SCRIPTS.intersection(words[1:2])
    return words[1:] if is_ours else None


def _is_plain(asked: Mapping[str, Any]) -> bool:
    if any(asked[name] != usual for name, usual in _UNASKED.items()):
        return False
    if asked["process_group"] not in {-1, None, 0}:
        return False
    return asked["env"] is None or _early(asked["env"]) == _early(_environment())


def _environment() -> dict[str, str]:
    """Return what a process is handed down that is given nothing of its own."""
    return dict(os.environ)  # noqa: TID251 - not the product


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_READ_BY_PYTHON)
    }


class _Stem:
    """The process that has imported everything; started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: socket.socket | None = None
        self._early: dict[str, str] = {}
        self._lock = threading.Lock()

    def fork(self, order: Mapping[str, object], files: Sequence[int]) -> int:
        """Return the pid of a new child of this process that carries out the order."""
        with self._lock, _adopting():
            wire = self._connected()
            sent = array.array("i", files)
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)]
            wire.sendmsg([json.dumps(order).encode()], rights)
            answer = wire.recv(64)
        if not answer:
            raise OSError("the process that forks has ended")
        return int(answer)

    def close(self) -> None:
        """End the process; the next order starts another."""
        if self._wire is not None and self._process is not None:
            self._wire.close()
            self._process.wait()
        self._wire = None

    def _connected(self) -> socket.socket:
        if self._wire is None or _early(_environment()) != self._early:
            self.close()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                script = str(Path(__file__).with_name("stem.py"))
                given = [str(theirs.fileno()), str(os.getpid()), _APPLICATION]
                # On no leash: that would end it with the thread that started it.
                self._process = subprocess.Popen(
                    [sys.executable, script, *given],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._wire, self._early = ours, _early(_environment())
        return self._wire


@contextmanager
def _adopting() -> Iterator[None]:
    """Become the parent of what loses its own."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


_STEM: Final = _Stem()
