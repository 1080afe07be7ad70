"""The simulated past in a running ledger: every event of it, and none that is not."""

import asyncio
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.clock import SystemClock
from kizashi.errors import InputError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.superseded import unseal
from kizashi.ports.demo import FaultsView, Loading
from kizashi.server import demo_desk
from kizashi.server.demo_desk import Demo, DemoSettings
from kizashi.server.simulated_history import (
    DAY_MS,
    EDGES,
    Past,
    Trouble,
    past_until,
)
from kizashi.settings.declaration_files import load
from kizashi.settings.plan import plan_of
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

pytestmark = pytest.mark.anyio
CHECKOUT = Path(__file__).parents[2]
END_MS = 1_795_748_400_000
TROUBLES = (
    Trouble(1, 19 * 60 + 20, minutes=30, errors=0.3),
    Trouble(0, 2 * 60, minutes=9, is_down=True),
)


class House:
    """The stores and the ledger of a server, without the server."""

    def __init__(self, folder: Path) -> None:
        config = CHECKOUT / "reference-app" / "kizashi" / "system" / "kizashi.yaml"
        self.plan: LedgerPlan = plan_of(load([config]))
        self.folder = folder
        self.database = Database(folder / "samples.db")
        self.samples = SqliteSamples(self.database)
        self.ledgers = SqliteLedger(self.database)
        self.engine = Engine(self.samples, self.ledgers)
        self.build()

    def build(self) -> None:
        self.engine.take_over(self.engine.build(self.plan, END_MS))

    async def count_from(self, first_ms: int) -> None:
        unseal(self.ledgers, first_ms)
        self.build()

    def answers(self) -> EngineAnswers:
        return EngineAnswers(self.engine, self.ledgers, list)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def short(end_ms: int, days: int, seed: int) -> Past:
        return past_until(end_ms, days, seed, TROUBLES)

    monkeypatch.setattr(demo_desk, "past_until", short)
    one = House(tmp_path)
    yield one
    one.database.close()


def is_backend(view: ObjectiveView) -> bool:
    return view.service == "backend"


async def until(holds: Callable[[], bool]) -> None:
    clock = SystemClock()
    while not holds():
        await clock.sleep(0.01)  # a thread works meanwhile


async def loaded(house: House, days: int = 2) -> Demo:
    settings = DemoSettings("http://127.0.0.1:8080", days)
    demo = Demo(settings, house.samples, house.ledgers, house.folder, END_MS)
    loading = asyncio.create_task(demo.load(house.count_from))
    await until(lambda: demo.simulated().state in {Loading.LOADED, Loading.FAILED})
    # A server whose loop has ended ends as well.
    done, _ = await asyncio.wait([loading], timeout=0.05)
    assert not done
    loading.cancel()
    return demo


async def test_the_ledger_holds_every_simulated_event_and_says_that_it_is(house: House):
    demo = await loaded(house)

    past = past_until(END_MS, 2, demo_desk.SEED, TROUBLES)
    total = int((past.good + past.bad).sum())
    bad = int(past.bad.sum())
    slow = int(past.buckets[:, EDGES.index("0.2") + 1 :].sum())
    # What the new process had counted when it was first seen came after nine minutes.
    first_seen = len(past.ts_ms) - 600 - 1 + 9
    late = int((past.good + past.bad)[:, first_seen].sum())
    views = {v.objective: v for v in house.answers().objectives() if is_backend(v)}
    availability, latency = views["availability"], views["latency"]
    assert demo.simulated().state is Loading.LOADED
    assert availability.valid == latency.valid == total
    assert availability.valid - availability.good == bad
    assert latency.valid - latency.good == slow
    assert availability.late == late > 0
    assert availability.simulated_until == END_MS / 1000
    # Two of thirty days were seen, but for the minutes when nothing answered.
    assert availability.coverage == pytest.approx(2 / 30, rel=0.01)
    notes = house.answers().objective("backend", "availability").notes
    assert [n.code for n in notes] == ["ledger.simulated"]


async def test_without_a_past_nothing_is_simulated(house: House):
    demo = await loaded(house, days=0)

    view = next(filter(is_backend, house.answers().objectives()))
    assert demo.simulated().share == 1
    assert (view.valid, view.simulated_until) == (0, None)


async def test_a_demo_without_a_past_goes_on_for_a_while(house: House):
    """Its server ends where one of its loops does."""
    settings = DemoSettings("http://127.0.0.1:8080", 0)
    demo = Demo(settings, house.samples, house.ledgers, house.folder, END_MS)
    loading = asyncio.create_task(demo.load(house.count_from))
    await until(lambda: demo.simulated().state is Loading.LOADED)
    await asyncio.wait({loading}, timeout=0.05)
    assert not loading.done()
    loading.cancel()


async def test_what_left_the_window_is_simulated_no_more(house: House):
    await loaded(house)
    later = END_MS / 1000 + 31 * DAY_MS / 1000

    house.engine.take_over(house.engine.build(house.plan, int(later * 1000)))

    view = next(filter(is_backend, house.answers().objectives()))
    assert view.simulated_until is None


async def test_loading_ends_at_once_when_the_server_does(house: House):
    settings = DemoSettings("http://127.0.0.1:8080", 30)
    demo = Demo(settings, house.samples, house.ledgers, house.folder, END_MS)
    loading = asyncio.create_task(demo.load(house.count_from))
    await until(lambda: demo.simulated().share > 0)

    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading

    assert demo.simulated().share < 0.5
    # Nobody uses the store any more, and no temporary file is left.
    assert [p.name for p in house.folder.glob("*.om")] == []


@pytest.mark.parametrize(
    "url", ["http://example.org:8080", "https://127.0.0.1", "ftp://localhost", "x"]
)
def test_a_demo_breaks_nothing_but_its_own_service(url: str):
    with pytest.raises(InputError):
        DemoSettings(url)


class Switch(BaseHTTPRequestHandler):
    """A service with a fault switch."""

    faults = b'{"error_share": 0.5}'
    killed = False
    callers: ClassVar[list[str | None]] = []

    def do_GET(self):
        self.callers.append(self.headers["Authorization"])
        self._say(type(self).faults)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).faults = body
        self._say(body)

    def do_POST(self):
        type(self).killed = True

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


async def test_faults_are_read_injected_and_the_service_is_killed(house: House):
    server = HTTPServer(("127.0.0.1", 0), Switch)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    settings = DemoSettings(url, 0, token="open sesame")  # noqa: S106 - of this test
    assert "sesame" not in repr(settings)
    demo = Demo(settings, house.samples, house.ledgers, house.folder, END_MS)

    assert await demo.faults() == FaultsView(error_share=0.5)
    assert Switch.callers == ["Bearer open sesame"]
    assert await demo.inject(FaultsView(outage=True))
    assert json.loads(Switch.faults)["outage"] is True
    assert await demo.kill()
    assert Switch.killed

    server.shutdown()
    server.server_close()
    assert await demo.faults() is None
    assert not await demo.inject(FaultsView())
    assert not await demo.kill()
