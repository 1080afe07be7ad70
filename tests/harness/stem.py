"""The process that `harness.forked` forks from.

``python stem.py WIRE PARENT APPLICATION`` reads orders from the socket with the number
WIRE, imports what each needs, and answers with the pid of a child of PARENT that
carries it out. It ends when the other side is closed.
"""

import array
import ctypes
import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

#: What programs import, by how their command begins; a path by its last part.
NEEDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("-m", "kizashi"): (
        *(f"kizashi.cli.{name}" for name in ("check", "compile", "explain", "serve")),
        *(f"kizashi.cli.{name}" for name in ("import_samples", "status", "token")),
        "kizashi.server.composition",
        "rich.console",
    ),
    ("reference-app", "ai"): ("ai.server",),
    ("reference-app", "api"): ("api.server", "api.system"),
    ("reference-app", "aws"): ("emulator.command",),
    ("reference-app", "edge"): ("edge.command",),
    ("reference-app", "pages"): ("edge.command",),
    ("reference-app", "traffic"): ("traffic.command",),
    ("delivery_killed.py",): ("kizashi.server.composition",),
}
_PR_SET_PDEATHSIG = 1  # Source: Linux, prctl(2).
_ORDER_BYTES = 1 << 20
_MOST_FILES = 64


def main(wire: socket.socket, parent: int, application: str) -> dict[str, Any]:
    """Answer orders; return only in a child, with the order that it carries out."""
    sys.path.append(application)
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        order, files = _received(wire)
        if order is None:
            os._exit(0)
        _prepare(order["program"])
        pid = _forked(parent)
        if pid == 0:
            signal.signal(signal.SIGINT, interrupted)
            _become(order, files)
            return order
        for file in files:
            os.close(file)
        wire.send(str(pid).encode())


def _received(wire: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    files = array.array("i")
    size = socket.CMSG_SPACE(_MOST_FILES * files.itemsize)
    text, rights, _, _ = wire.recvmsg(_ORDER_BYTES, size)
    for _, _, data in rights:
        files.frombytes(data[: len(data) - len(data) % files.itemsize])
    return (json.loads(text) if text else None), files.tolist()


def _prepare(program: Sequence[str]) -> None:
    """Import what a program needs."""
    words = [os.path.basename(program[0]), *program[1:]]
    wanted = {
        module
        for first, modules in NEEDS.items()
        if tuple(words[: len(first)]) == first
        for module in modules
    }
    missing = wanted - sys.modules.keys()
    if missing:
        gc.disable()
        for module in sorted(missing):
            # What is not in this environment, the program says itself.
            with suppress(ImportError):
                importlib.import_module(module)
        # What is never searched for garbage is not written to, and stays shared.
        gc.freeze()
        gc.enable()


def _forked(parent: int) -> int:
    """Return 0 in the new child of `parent`, and its pid here.

    The process between ends at once, and the kernel gives the child to `parent`, which
    takes up orphans just now.
    """
    told, tells = os.pipe()
    waits, goes = os.pipe()
    with warnings.catch_warnings():
        # numpy's threads are ended by its own handler before the fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        between = os.fork()
        if between == 0 and os.fork() != 0:
            os._exit(0)
    if between == 0:
        for file in (told, goes):
            os.close(file)
        os.write(tells, str(os.getpid()).encode())
        os.read(waits, 1)
        if os.getppid() != parent:
            os._exit(1)
        return 0
    os.close(tells)
    os.close(waits)
    os.waitpid(between, 0)
    pid = int(os.read(told, 32))
    os.close(told)
    os.close(goes)
    return pid


def _become(order: Mapping[str, Any], files: Sequence[int]) -> None:
    """Be what a new process would be before the first line of its program runs."""
    if order["leash"] is not None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != order["leash"]:
            os._exit(1)
    wanted = [0, 1, 2, *order["passed"]]
    above = max(wanted) + 1
    high = [fcntl.fcntl(file, fcntl.F_DUPFD, above) for file in files]
    for source, target in zip(high, wanted, strict=True):
        os.dup2(source, target)
    start = 0
    for kept in sorted(wanted):
        if start < kept:
            os.closerange(start, kept)
        start = kept + 1
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))
    if order["session"]:
        os.setsid()
    if order["group"] == 0:
        os.setpgid(0, 0)
    os.chdir(order["cwd"])
    environment = os.environ  # noqa: TID251 - not the product
    environment.clear()
    environment.update(order["env"])
    time.tzset()
    _open_standard_streams()


def _open_standard_streams() -> None:
    """Have streams that buffer as a new process' would: by the line on a terminal."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        old = getattr(sys, name)
        number = old.fileno()
        is_by_line = mode == "w" and (name == "stderr" or os.isatty(number))
        new = open(  # noqa: SIM115 - it stays open
            number,
            mode,
            buffering=1 if is_by_line else -1,
            encoding=old.encoding,
            errors=old.errors,
            closefd=False,
        )
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def run(program: Sequence[str]) -> None:
    """Run a program as Python's command line does."""
    if program[0] == "-m":
        sys.argv = list(program[1:])
        sys.path.insert(0, os.getcwd())
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        return
    sys.argv = list(program)
    if program[0].endswith(".py"):
        # To a folder that is run this is done by what runs it.
        sys.path.insert(0, os.path.dirname(program[0]))
    runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    # A program that is run as a module has no folder of ours in its path.
    del sys.path[0]
    with socket.socket(fileno=int(sys.argv[1])) as _wire:
        _order = main(_wire, int(sys.argv[2]), sys.argv[3])
        _wire.detach()
    run(_order["program"])
