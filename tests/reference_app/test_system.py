"""All of it at once, as one command: it comes up, is watched, and leaves nothing."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
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


def test_a_service_that_was_killed_is_missed_and_comes_back(system: Running):
    """Kizashi scrapes it in vain, and counts on when it is there again."""
    _, page = system
    admin = re.findall(r"http://127.0.0.1:\d+(?=/demo/faults)", page)[1]
    token = re.search(r"cat (\S+)/admin-token", page)
    assert token
    secret = (Path(token[1]) / "admin-token").read_text(encoding="ascii")
    with pytest.raises(httpx2.HTTPError):
        httpx2.post(f"{admin}/demo/kill", headers={"Authorization": f"Bearer {secret}"})
    ai, kizashi = address(page, "AI service"), address(page, "Kizashi")

    def health() -> set[str]:
        targets = httpx2.get(f"{kizashi}/kizashi/v1/targets").json()["targets"]
        return {one["health"] for one in targets if one["job"] == "ai"}

    assert until(lambda: health() == {"down"})
    assert until(lambda: health() == {"up"})
    assert until(lambda: httpx2.get(f"{ai}/health/ready").status_code == 200)


def until(holds: Callable[[], bool]) -> bool:
    deadline = CLOCK.monotonic() + 60
    while not holds():
        if CLOCK.monotonic() > deadline:
            return False
    return True


def test_the_exercise_tells_its_story_in_its_bounds():
    """A page, why, and its end; a degraded answer that counts against its objective."""
    command = [sys.executable, str(APP), "system", "--python", str(SERVICES)]
    command += ["--rate", "20", "--duration", "5m", "--language", "en", "--exercise"]
    run = subprocess.run(
        command, capture_output=True, check=False, text=True, timeout=150
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "every step came in its bound" in run.stdout


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
