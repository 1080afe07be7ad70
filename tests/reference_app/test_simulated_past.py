"""The simulated past in a running ledger: every event of it, and none that is not."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from demo import past as simulated
from demo.history import (
    DAY_MS,
    EDGES,
    Past,
    Trouble,
    past_until,
)
from demo.past import Loading, SimulatedPast

from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.clock import SystemClock
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.superseded import unseal
from kizashi.server.additions import OpenedServer
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

    def simulated(self, days: int) -> SimulatedPast:
        opened = OpenedServer(
            self.samples, self.ledgers, self.folder, END_MS, self.count_from
        )
        return SimulatedPast(opened, days)

    def answers(self) -> EngineAnswers:
        return EngineAnswers(self.engine, self.ledgers, list)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def short(end_ms: int, days: int, seed: int) -> Past:
        return past_until(end_ms, days, seed, TROUBLES)

    monkeypatch.setattr(simulated, "past_until", short)
    one = House(tmp_path)
    yield one
    one.database.close()


def is_backend(view: ObjectiveView) -> bool:
    return view.service == "backend"


async def until(holds: Callable[[], bool]) -> None:
    clock = SystemClock()
    while not holds():
        await clock.sleep(0.01)  # a thread works meanwhile


async def loaded(house: House, days: int = 2) -> SimulatedPast:
    past = house.simulated(days)
    loading = asyncio.create_task(past.load())
    await until(lambda: past.view.state in {Loading.LOADED, Loading.FAILED})
    # A server whose loop has ended ends as well.
    done, _ = await asyncio.wait([loading], timeout=0.05)
    assert not done
    loading.cancel()
    return past


async def test_the_ledger_holds_every_simulated_event_and_says_that_it_is(house: House):
    past = await loaded(house)

    told = past_until(END_MS, 2, simulated.SEED, TROUBLES)
    total = int((told.good + told.bad).sum())
    bad = int(told.bad.sum())
    slow = int(told.buckets[:, EDGES.index("0.2") + 1 :].sum())
    # What the new process had counted when it was first seen came after nine minutes.
    first_seen = len(told.ts_ms) - 600 - 1 + 9
    late = int((told.good + told.bad)[:, first_seen].sum())
    views = {v.objective: v for v in house.answers().objectives() if is_backend(v)}
    availability, latency = views["availability"], views["latency"]
    assert past.view.state is Loading.LOADED
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
    past = await loaded(house, days=0)

    view = next(filter(is_backend, house.answers().objectives()))
    assert past.view.share == 1
    assert (view.valid, view.simulated_until) == (0, None)


async def test_a_demo_without_a_past_goes_on_for_a_while(house: House):
    """Its server ends where one of its loops does."""
    past = house.simulated(0)
    loading = asyncio.create_task(past.load())
    await until(lambda: past.view.state is Loading.LOADED)
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
    past = house.simulated(30)
    loading = asyncio.create_task(past.load())
    await until(lambda: past.view.share > 0)

    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading

    assert past.view.share < 0.5
    # Nobody uses the store any more, and no temporary file is left.
    assert [p.name for p in house.folder.glob("*.om")] == []
