"""What the demo is made of, without running it."""

import asyncio
import socket
import string
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from whole.children import Children
from whole.command import _without_missing
from whole.configuration import write_configuration
from whole.exercise import Step, Timing
from whole.parts import MORE_PORTS, PARTS, Part
from whole.plan import HOST, Plan, free_port
from whole.running import House, PartError
from whole.words import LANGUAGES, TEXTS, word

from kizashi.clock import SystemClock
from kizashi.settings.declaration_files import load


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    names = [*(name for part in PARTS for name in part.ports), *MORE_PORTS]
    return Plan(
        folder=tmp_path,
        python=sys.executable,
        rate=10,
        duration="1m",
        language="en",
        ports={name: 20_000 + number for number, name in enumerate(names)},
        parts=frozenset(part.name for part in PARTS),
    )


def test_the_times_follow_from_the_declared_policy():
    timing = Timing()
    # 14.4 x (1 - 0.9995) = 0.0072 of all requests; all of them fail.
    assert timing.detection_s == pytest.approx(0.144)
    # t seconds after the end 5 - t of 5 s are bad: 0.0072 of them at t = 4.964.
    assert timing.reset_s == pytest.approx(4.964)
    # 2.5 s counted after the last scrape, 2.5 s until half is unseen, 5 s of that.
    assert timing.loss_s == pytest.approx(10)
    assert timing.seen_again_s == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("observed_s", "is_good"),
    [(None, False), (1.8, False), (1.9, True), (6.88, True), (6.89, False)],
)
def test_a_step_is_good_when_it_came_in_time_and_not_before_it_could(
    observed_s: float | None, *, is_good: bool
):
    assert Step("x", observed_s, 2.88, 6.88).is_in_bound is is_good


def test_a_free_port_is_kept_and_a_taken_one_is_replaced():
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) not in {0, port}
    assert free_port(port) == port


@pytest.mark.parametrize("text_id", TEXTS)
def test_every_text_says_the_same_in_both_languages(text_id: str):
    english, japanese = (
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in TEXTS[text_id]
    )
    assert english == japanese
    for language in LANGUAGES:
        assert word(language, text_id, **dict.fromkeys(english, "x"))


def test_the_table_of_parts_is_sound():
    names = [part.name for part in PARTS]
    ports = [name for part in PARTS for name in part.ports]
    assert len({*names}) == len(names)
    assert len({*ports, *MORE_PORTS}) == len(ports) + len(MORE_PORTS)
    for number, part in enumerate(PARTS):
        # What is needed stands above: nothing waits in a circle.
        assert {*part.needs} <= {*names[:number]}
        assert part.title.keys() == {*LANGUAGES}


@pytest.mark.parametrize("hook", [None, "http://127.0.0.1:9/hook"])
def test_kizashi_is_configured_with_this_runs_places_and_no_problem(
    plan: Plan, hook: str | None
):
    loaded = load([], write_configuration(replace(plan, hook=hook)))
    assert loaded.problems == ()
    assert loaded.configuration.slice_ms == 1000
    addresses = {
        job.job_name: {a for g in job.static_groups for a in g.addresses}
        for job in loaded.configuration.scrape
    }
    assert addresses["backend"] == {f"{HOST}:{plan.ports['api']}"}
    assert addresses["ai"] == {f"{HOST}:{plan.ports['ai']}"}
    assert str(plan.ports["clients"]) in (plan.folder / "clients.json").read_text()


def test_what_this_machine_lacks_is_named_and_the_rest_runs(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    lacks = {"en": "there is no such program.", "ja": "プログラムがありません。"}
    lame = replace(PARTS[-1], name="lame", missing=lambda _: lacks)
    monkeypatch.setattr("whole.command.PARTS", (*PARTS, lame))
    said: list[tuple[str, dict[str, object]]] = []
    left = _without_missing(
        replace(plan, parts=plan.parts | {"lame"}),
        lambda text_id, /, **params: said.append((text_id, params)),
    )
    assert "lame" not in left.parts
    assert {"kizashi", "api", "aws", "ai"} <= left.parts
    told = [params["why"] for text_id, params in said if text_id == "missing"]
    assert lacks["en"] in told


class HastyClock(SystemClock):
    """Does not wait for what only a person would wait for."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.02))


def waiting(name: str, *needs: str, code: str = "pass") -> Part:
    """A part that is ready once its file is there, and waits to be stopped."""
    program = (
        f"{code}; import signal, sys; open(sys.argv[1], 'w').close(); signal.pause()"
    )

    def command(plan: Plan) -> list[str]:
        return [sys.executable, "-c", program, str(plan.folder / f"{name}.up")]

    return Part(
        name,
        {"en": name, "ja": name},
        {},
        command,
        lambda plan: (plan.folder / f"{name}.up").exists(),
        needs=needs,
    )


@pytest.mark.anyio
async def test_parts_start_as_they_need_each_other_and_come_back(plan: Plan):
    first, second = waiting("first"), waiting("second", "first", "not-here")
    said: list[str] = []
    async with Children(plan.folder) as children:
        house = House(
            plan,
            (second, first),
            lambda text_id, /, **_: said.append(text_id),
            HastyClock(),
            children,
        )
        keeping = asyncio.create_task(house.keep())
        await house.until_all_ready()
        assert list(house.running) == ["first", "second"]
        killed = house.running["first"]
        killed.process.kill()
        while "back" not in said:
            await SystemClock().sleep(0.01)
        assert house.running["first"].process.pid != killed.process.pid
        assert said == ["gone", "back"]
        keeping.cancel()


@pytest.mark.anyio
async def test_a_part_that_does_not_come_back_at_once_is_tried_again(plan: Plan):
    """Its second start fails, its third does not."""
    starts = "import pathlib, sys; p = pathlib.Path(sys.argv[1] + '.n')"
    starts += "; n = int(p.read_text()) + 1 if p.exists() else 1"
    starts += "; p.write_text(str(n)); n == 2 and sys.exit('not now')"
    part = waiting("part", code=starts)
    said: list[str] = []
    async with Children(plan.folder) as children:
        house = House(
            plan,
            (part,),
            lambda text_id, /, **_: said.append(text_id),
            HastyClock(),
            children,
        )
        keeping = asyncio.create_task(house.keep())
        await house.until_all_ready()
        (plan.folder / "part.up").unlink()
        house.running["part"].process.kill()
        while "back" not in said:
            assert not keeping.done()
            await SystemClock().sleep(0.01)
        keeping.cancel()
    assert (plan.folder / "part.up.n").read_text() == "3"
    assert said == ["gone", "gone", "back"]


@pytest.mark.anyio
async def test_a_part_that_does_not_start_is_named_with_its_last_words(plan: Plan):
    lame = waiting("lame", code="import sys; sys.exit('no such option')")
    async with Children(plan.folder) as children:
        house = House(plan, (lame,), lambda *_, **__: None, HastyClock(), children)
        with pytest.raises(ExceptionGroup) as caught:
            await house.keep()
    (error,) = caught.value.exceptions
    assert isinstance(error, PartError)
    assert (error.part, error.log) == ("lame", "no such option")
