"""A demo of the whole, as a person starts it."""

import json
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kizashi.clock import SystemClock

SERVICES = Path(sys.prefix).parent / "apptest" / "bin" / "python"
CLOCK = SystemClock()
PARTS = ("kizashi", "edge-exporter", "edge", "pages", "aws", "ai", "api", "traffic")
needs_services = pytest.mark.skipif(
    not SERVICES.exists(), reason="./kz test makes the services' environment"
)
COMMAND = (
    *(sys.executable, "-m", "kizashi", "demo", "--free-ports"),
    *("--services-python", str(SERVICES)),
)


@contextmanager
def running(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Run a demo until the block ends, or until it ends itself."""
    with subprocess.Popen(
        [*COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            yield demo
        finally:
            demo.terminate()


def until_told(demo: subprocess.Popen[str], text: str) -> str:
    """Return what the demo prints, up to and with the first line that holds a text."""
    assert demo.stdout
    told = []
    for line in demo.stdout:
        told.append(line)
        if text in line:
            return "".join(told)
    raise AssertionError(f"{text!r} was never said:\n{''.join(told)}")


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Return whether something held in time."""
    deadline = CLOCK.monotonic() + seconds
    while not holds():
        if CLOCK.monotonic() > deadline:
            return False
    return True


def children_of(process: int) -> dict[str, int]:
    """Return the process ids of the parts, by name."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    found = {}
    for pid in map(int, listed.split()):
        with suppress(OSError):  # it may have ended meanwhile
            words = Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")
            # nginx has the name of its folder only; who is about to end has none. The
            # leash, as long as it has not become the part, names it as well.
            names = {name for word in words for name in (word, Path(word).name)}
            part = next((name for name in PARTS if name in names), "")
            found[part] = pid
    found.pop("", None)
    return found


def all_end(processes: list[int], seconds: float = 30) -> bool:
    """Return whether every process ends in time; give file descriptors of them."""
    return all(select.select([one], [], [], seconds)[0] for one in processes)


@dataclass(frozen=True)
class Page:
    """The one page that the demo shows."""

    text: str

    def address(self, part: str) -> str:
        found = re.search(rf"{part} +(http://(127.0.0.1|localhost):\d+)", self.text)
        assert found, self.text
        return found[1]

    def file(self, name: str) -> Path:
        found = re.search(rf"(/\S+/{name})\b", self.text)
        assert found, self.text
        return Path(found[1])

    def objective(self, name: str) -> dict[str, Any]:
        """Return an objective, and what is bad and valid in its ledger so far."""
        return self.objectives()[name]

    def objectives(self) -> dict[str, dict[str, Any]]:
        """Return every objective, by its name."""
        url = f"{self.address('Kizashi')}/kizashi/v1/objectives"
        return {
            f"{one['service']}/{one['objective']}": {
                **one,
                "bad": one["valid"] - one["good"],
            }
            for one in httpx2.get(url).json()["objectives"]
        }

    def targets(self, job: str) -> set[str]:
        """Return the health of a job's targets."""
        url = f"{self.address('Kizashi')}/kizashi/v1/targets"
        targets = httpx2.get(url).json()["targets"]
        return {one["health"] for one in targets if one["job"] == job}

    def fault(self, **faults: object) -> None:
        """Switch faults by hand, as the page says."""
        url = re.search(r"http://127.0.0.1:\d+/demo/faults", self.text)
        assert url
        secret = self.file("admin-token").read_text(encoding="ascii")
        httpx2.put(
            url[0],
            content=json.dumps(faults),
            headers={
                "Authorization": f"Bearer {secret}",
                "Content-Type": "application/json",
            },
        ).raise_for_status()
