"""Beats outside end when one loop stands still, and only then."""

import asyncio
import itertools
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from alarms import Parts, People, eventually as until, hook, write
from serving import CLOCK, Kizashi
from whole.leash import leashed

from harness.targets import Servers
from kizashi.testing.receivers import Received, ReceiverServer, hang, status

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

LOOPS = ("scrape", "count", "store", "evaluate", "deliver")
#: Databases that somebody else locks, so that nothing can be stored in them.
LOCKED = ("samples", "state")
#: Its receiver hangs, and a page fires once it is told to.
HUNG = "hung"
#: Its receiver hangs as well, and there is nothing to tell.
CHAT = "chat"
WELL = "well"
#: From a fault to the page that it raises.
PAGED_S = 8.0
PROBES = ("/-/healthy", "/-/ready")
INTERVAL_S = 10.0
HEARTBEAT = 'heartbeat: {{url: "{url}", interval: 10s}}\n'


@dataclass
class Switch(ReceiverServer):
    """A dead man's switch: notes when each Kizashi's beats came."""

    beats: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answer = self._take

    async def _take(self, received: Received, writer: asyncio.StreamWriter) -> None:
        name = received.line.split()[1].strip("/")
        self.beats.setdefault(name, []).append(CLOCK.monotonic())
        await status(200)(received, writer)


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    """A dead man's switch that listens."""
    made = Switch()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """Who is told by the Kizashi that scrapes no more."""
    made = People()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def hanging() -> AsyncIterator[ReceiverServer]:
    """A receiver that takes every request and answers none."""
    made = ReceiverServer(answer=hang)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def failing(servers: Servers) -> Parts:
    """What the one watches whose receiver hangs."""
    made = Parts(("only",))
    made.address = f"127.0.0.1:{(await servers.start(made)).port}"
    return made


@pytest.fixture
async def folders(
    tmp_path: Path,
    switch: Switch,
    people: People,
    hanging: ReceiverServer,
    servers: Servers,
    failing: Parts,
) -> list[Path]:
    """A configured folder for each stall, and two where nothing stalls."""
    parts, silent = Parts(("only",)), Parts(("only",), is_hanging=True)
    for each in (parts, silent):
        each.address = f"127.0.0.1:{(await servers.start(each)).port}"
    told = {"scrape": people.url(), HUNG: hanging.url(), CHAT: hanging.url()}
    made = []
    for name in (*LOOPS, *LOCKED, HUNG, CHAT, WELL):
        folder = tmp_path / name
        folder.mkdir()
        beats = HEARTBEAT.format(url=switch.url(f"/{name}"))
        # A target that hangs stands still itself: nobody needs to hear of it here.
        jobs = {"mill": failing if name == HUNG else parts}
        if name not in told.keys() - {"scrape"}:
            jobs["silent"] = silent
        hooks = [hook(told.get(name, switch.url("/notices")), timeout="30s")]
        write(Kizashi(folder), jobs, hooks, more=beats)
        made.append(folder)
    return made


def lock(folders: list[Path], stack: ExitStack) -> None:
    """Keep Kizashi from writing to a database, as a backup gone wild would."""
    for folder in folders:
        if folder.name in LOCKED:
            file = folder / "data" / f"{folder.name}.db"
            database = stack.enter_context(
                closing(sqlite3.connect(file, isolation_level=None))
            )
            database.execute("BEGIN IMMEDIATE")


async def test_a_loop_that_stands_still_ends_the_beat_and_nothing_else_does(
    folders: list[Path],
    switch: Switch,
    people: People,
    hanging: ReceiverServer,
    failing: Parts,
):
    began_s = CLOCK.monotonic()
    command = [str(Path(__file__).with_name("stalling.py")), *map(str, folders)]
    process = await asyncio.create_subprocess_exec(*leashed([sys.executable, *command]))
    names, locks = {folder.name for folder in folders}, ExitStack()
    try:
        await until(lambda: set(switch.beats) >= names, 40, "every Kizashi beats")
        lock(folders, locks)
        for folder in folders:
            (folder / "stall").touch()
        failing.failing.add("only")
        stalled_s = CLOCK.monotonic()
        # One beat may be on its way; the next two intervals notice.
        await CLOCK.sleep(2 * INTERVAL_S + 2)
        silent_s = CLOCK.monotonic()
        await CLOCK.sleep(2 * INTERVAL_S)
        for loop in (*LOOPS, *LOCKED):
            late = [at - stalled_s for at in switch.beats[loop] if at > silent_s]
            assert not late, loop
        assert hanging.received
        paged_s = stalled_s + PAGED_S
        assert not [at for at in switch.beats[HUNG] if at > paged_s + 2 * INTERVAL_S]
        # Who scrapes no more is blind, and says so as long as it can.
        assert people.told("DataLoss", "firing", service="mill")
        await check_three_answers(folders)
        await CLOCK.sleep(max(0.0, 60 - (CLOCK.monotonic() - began_s)))
        for name in (WELL, CHAT):
            beats = switch.beats[name]
            gaps = [b - a for a, b in itertools.pairwise(beats)]
            assert CLOCK.monotonic() - beats[-1] < INTERVAL_S + 2, name
            assert max(gaps) < INTERVAL_S + 2, name
    finally:
        locks.close()
        process.kill()
        await process.wait()


async def check_three_answers(folders: list[Path]) -> None:
    """A stalled loop is alive, and ready where stores work; its beat says more."""
    async with httpx2.AsyncClient() as client:
        for folder in folders:
            url = (folder / "url").read_text()
            healthy, ready = [await client.get(url + path) for path in PROBES]
            assert healthy.is_success, folder.name
            is_locked = folder.name in LOCKED
            assert ready.is_success is not is_locked, (folder.name, ready.text)
            assert (f"{folder.name}.db" in ready.text) is is_locked
