"""All of it at once, as one command: it comes up, is watched, and leaves nothing."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from kizashi.runtime.clock import SystemClock

APP = Path(__file__).parents[2] / "reference-app"
SERVICES = Path(sys.prefix).parent / "apptest" / "bin" / "python"
CLOCK = SystemClock()
Running = tuple[subprocess.Popen[str], str]

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(
        not SERVICES.exists(), reason="./kz test makes the services' environment"
    ),
]


@pytest.fixture(scope="module")
def system() -> Iterator[Running]:
    """The command, and the page that it shows."""
    command = [sys.executable, str(APP), "system", "--python", str(SERVICES)]
    command += ["--rate", "20", "--duration", "5m", "--language", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            page = ""
            for line in running.stdout:
                page += line
                if line.startswith("Ctrl-C"):
                    break
            yield running, page
        finally:
            running.kill()


def address(page: str, part: str) -> str:
    found = re.search(rf"{part} +(http://127.0.0.1:\d+)", page)
    assert found, page
    return found[1]


def objectives(page: str) -> dict[str, dict]:
    url = address(page, "Kizashi")
    listed = httpx2.get(f"{url}/kizashi/v1/objectives").json()["objectives"]
    return {f"{one['service']}/{one['objective']}": one for one in listed}


def test_kizashi_counts_the_traffic_of_people_who_signed_in(
    system: Running,
):
    _, page = system
    deadline = CLOCK.monotonic() + 60
    while CLOCK.monotonic() < deadline:
        seen = objectives(page)
        if all(seen[f"{name}/availability"]["valid"] > 5 for name in ("backend", "ai")):
            break
    assert seen["backend/availability"]["valid"] > 5
    assert seen["ai/availability"]["valid"] > 5
    assert seen["backend/full-answers"]["valid"] > 0


def test_it_ends_as_asked_and_leaves_nothing(system: Running):
    """The last test of this file."""
    running, page = system
    folder = re.search(r"head -1 (\S+)/tokens", page)
    assert folder
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0
    assert not Path(folder[1]).exists()
    for part in ("Kizashi", "to-do API", "AI service", "AWS"):
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(address(page, part))
