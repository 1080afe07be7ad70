"""What the benches share: processes, their CPU and memory, and the machine."""

import datetime
import json
import os
import platform
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).parents[1]


def machine() -> str:
    """The machine, the interpreter, the day and how busy the machine is now."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{today}, {os.cpu_count()} cores ({model}), Python"
        f" {platform.python_version()}, load {load()}"
    )


def load() -> str:
    """The load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def cpu_s(pid: int | str) -> float:
    """CPU seconds that a process (``self`` too) has used, all threads, user and system."""
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICKS_A_SECOND


def rss_kib(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def fetch(url: str) -> bytes:
    """The body at a URL."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - ours
        return bytes(answer.read())


def wait_for(
    url: str, process: subprocess.Popen[bytes], timeout_s: float = 300
) -> None:
    """Return when a server answers at a URL."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"{process.args!r} ended with {process.returncode}")
        try:
            fetch(url)
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit(f"{url} did not answer in {timeout_s:.0f} s")


@contextmanager
def running(
    command: Sequence[str], log: Path, *, under: Sequence[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; its output goes to a file."""
    with log.open("wb") as out:
        process = subprocess.Popen([*under, *command], stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Exporters:
    """The helper process that all targets live in."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.ports: list[int] = json.loads(process.stdout.readline())  # type: ignore[union-attr]

    def forget(self) -> None:
        """Leave scrapes so far out of what `stop` tells."""
        self._process.stdin.write(b"forget\n")  # type: ignore[union-attr]
        self._process.stdin.flush()  # type: ignore[union-attr]

    def stop(self) -> dict[str, Any]:
        """End the process; return what it tells of Kizashi's scrapes."""
        told, _ = self._process.communicate(timeout=60)
        return json.loads(told) if told else {}


@contextmanager
def exporters(*options: str) -> Iterator[Exporters]:
    """Run targets in a process of their own; see `bench.exporters` for options.

    It ends when its standard input does, so it never outlives a bench.
    """
    allow_many_files()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.exporters", *options],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Exporters(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def allow_many_files() -> None:
    """Let this process and its children open as many files as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def child(module: str, *options: str) -> dict[str, Any]:
    """Run a phase of a bench in a process of its own; return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *options],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def show(bench: str, **figures: object) -> None:
    """Print figures, one a line."""
    for name, value in figures.items():
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        print(f"{bench}: {name.replace('_', ' ')}: {text}", flush=True)
