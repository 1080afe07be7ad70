"""An exercise in which something never comes: it ends there, and says what it was."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from whole.exercise import Exercise
from whole.plan import Plan
from whole.running import House, until_told
from whole.sink import Sink
from whole.words import word


class Hasty:
    """A clock that moves on by whatever somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class QuietHouse:
    """Every part is there; what they answer is the test's."""

    def __init__(self, folder: Path) -> None:
        names = ("kizashi", "api", "api-admin")
        self.plan = Plan(
            *(folder, "python", 10.0, "1m", "en"),
            ports=dict.fromkeys(names, 9),
            parts=frozenset(names),
            hook="http://127.0.0.1:9/hook",
        )
        self.plan.admin_token.write_text("t")
        self.clock = Hasty()
        self.told: list[tuple[str, dict[str, object]]] = []

    def say(self, text_id: str, /, **params: object) -> None:
        self.told.append((text_id, params))

    async def until_all_ready(self) -> None:
        """Be ready."""

    start_traffic = until_all_ready


class Nothing:
    """A receiver at which nothing arrives."""

    arrivals = ()


Answer = Callable[[str, str], dict[str, Any]]


def tell(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> tuple[bool, list[str], QuietHouse]:
    """Return how it went, what each step was, and the house that was told."""
    monkeypatch.setattr("whole.exercise._call", lambda how, url, *_: answer(how, url))
    monkeypatch.setattr("whole.exercise._text", lambda _: "")
    house = QuietHouse(folder)
    told: Sink = cast("Sink", Nothing())
    exercise = Exercise(cast("House", house), told)
    is_good = asyncio.run(exercise.tell())
    return is_good, [step.what for step in exercise.steps], house


def well(url: str) -> dict[str, Any]:
    """Answer for a backend whose every objective is met and that has no alert."""
    if url.endswith("/alerts"):
        return {"alerts": []}
    burn = {"coverage": 1, "valid": 5}
    known = {"service": "backend", "sli": 1, "good": 5, "valid": 5}
    names = ("availability", "full-answers", "reachable")
    return {
        "objectives": [{**known, "objective": n, "burn_rates": [burn]} for n in names]
    }


@pytest.mark.parametrize(
    ("answer", "steps", "switched"),
    [
        pytest.param(lambda *_: {}, ["healthy"], False, id="Kizashi says nothing"),
        pytest.param(
            lambda how, url: {} if how == "PUT" else well(url),
            ["healthy", "switch"],
            False,
            id="the fault switch refuses",
        ),
        pytest.param(
            lambda how, url: {"error_share": 1} if how == "PUT" else well(url),
            ["healthy", "burn.firing"],
            True,
            id="nothing fires",
        ),
    ],
)
def test_the_first_step_that_never_comes_ends_it_and_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    steps: list[str],
    *,
    switched: bool,
):
    is_good, told, house = tell(tmp_path, monkeypatch, answer)

    assert not is_good
    assert told == steps
    name = word("en", f"exercise.{steps[-1]}")
    assert house.told[-1] == ("exercise.bad", {"steps": name})
    # Nobody is told of a fault that is not there.
    assert ("exercise.fault", {}) in house.told or not switched
    assert switched or ("exercise.fault", {}) not in house.told
    # Not for ever: a bound, and half a minute to say how late it was.
    assert house.clock.monotonic() < 100


@pytest.mark.parametrize("otherwise", [True, False])
def test_a_story_that_a_signal_ends_is_what_its_teller_says(*, otherwise: bool):
    """A demo is ended by Ctrl-C; an exercise was not told to its end."""

    async def story() -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
        return not otherwise

    stopped: list[str] = []

    async def run() -> bool:
        said = until_told(
            story(), lambda: stopped.append("stopping"), otherwise=otherwise
        )
        return await said

    assert asyncio.run(run()) is otherwise
    assert stopped == ["stopping"]
