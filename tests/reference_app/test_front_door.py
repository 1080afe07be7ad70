"""The way in while parts of it are gone: each moves its own promise and no other."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from whole_demo import Page, children_of, needs_services, running, until, until_told

DIST = Path(__file__).parents[2] / "reference-app" / "frontend" / "dist"
pytestmark = [
    pytest.mark.nightly,
    needs_services,
    pytest.mark.skipif(
        not (DIST / "index.html").is_file(),
        reason="the pages are not built: ./kz app frontend build",
    ),
]
#: A slow machine makes late answers of its own.
NOT_OF_THE_KILL = ("/latency",)


@dataclass(frozen=True)
class Whole:
    """The running demo, and people who come in at its front door."""

    process: int
    page: Page
    door: str

    def bad(self) -> dict[str, float]:
        return {
            name: one["bad"]
            for name, one in self.page.objectives().items()
            if not name.endswith(NOT_OF_THE_KILL)
        }

    def moved(self, before: dict[str, float]) -> set[str]:
        return {name for name, bad in self.bad().items() if bad > before[name]}


def come_in(door: str, stop: threading.Event) -> None:
    """Look at the pages and ask the API, several times a second."""
    with httpx2.Client(base_url=door, timeout=5) as person:
        while not stop.wait(0.2):
            for path in ("/", "/icon.svg", "/config.json", "/api/tasks"):
                with suppress(httpx2.HTTPError):
                    person.get(path)


@pytest.fixture(scope="module")
def whole() -> Iterator[Whole]:
    options = ("--rate", "20", "--duration", "10m", "--history", "0")
    stop = threading.Event()
    with running(*options, "--language", "en") as process:
        page = Page(until_told(process, "Ctrl-C"))
        door = page.address("To-do application")
        people = threading.Thread(target=come_in, args=(door, stop), daemon=True)
        people.start()
        for name in ("frontend/availability", "backend/answered", "ingress/reachable"):
            assert until(lambda name=name: page.objective(name)["valid"] > 5)
        assert until(lambda: page.objective("backend/full-answers")["valid"] > 5)
        yield Whole(process.pid, page, door)
        stop.set()
        people.join()


def test_the_status_tells_the_minutes_that_the_frontend_has(whole: Whole):
    command = [sys.executable, "-m", "kizashi", "status"]
    command += ["--server", whole.page.address("Kizashi")]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    (line,) = [
        row for row in shown.stdout.splitlines() if "frontend/availability" in row
    ]
    assert " 43.2" in line, shown.stdout


@pytest.mark.parametrize(
    ("part", "moves", "may_move"),
    [
        ("pages", "frontend/availability", set()),
        ("edge", "ingress/reachable", set()),
        # Seen by the front door, and by clients that come in over TLS.
        ("api", "backend/answered", {"backend/reachable"}),
        # Back again it says 503 until its models are loaded: its own promise.
        ("ai", "backend/full-answers", {"ai/availability"}),
    ],
)
def test_what_was_killed_moves_its_own_promise_and_no_other(
    whole: Whole, part: str, moves: str, may_move: set[str]
):
    before = whole.bad()
    first = children_of(whole.process)[part]
    os.kill(first, signal.SIGKILL)
    assert until(lambda: moves in whole.moved(before))
    assert until(lambda: children_of(whole.process).get(part, first) != first)

    def is_over() -> bool:
        rest = whole.bad()
        valid = whole.page.objective(moves)["valid"]
        until(lambda: whole.page.objective(moves)["valid"] > valid + 5)
        return not whole.moved(rest)

    assert until(is_over, 90)
    assert moves in whole.moved(before)
    assert whole.moved(before) <= {moves, *may_move}


def test_a_degraded_answer_is_no_bad_one_on_the_page(whole: Whole):
    """It counts against the promise to read sentences, not against availability."""
    before = whole.bad()
    whole.page.fault(ai_down=True)
    assert until(lambda: "backend/full-answers" in whole.moved(before))
    kizashi = whole.page.address("Kizashi")
    page = httpx2.get(f"{kizashi}/services/backend").text
    assert "Sentences are read by the AI service" in page
    whole.page.fault()
    assert "backend/availability" not in whole.moved(before)
