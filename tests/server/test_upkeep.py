"""Housekeeping: what is sealed, what goes, and above all what stays."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kizashi.declarations.configuration import Storage
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import Labels
from kizashi.model.targets import TargetConfig
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.server.telemetry import Telemetry
from kizashi.server.upkeep import HousekeepingLoop
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.clock import ManualClock
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
DAY = 24 * HOUR
T0 = 1_800_000_000_000 // DAY * DAY
DAYS = 12
SERIES = [
    Labels.of(__name__="hits_total", job="j", instance="a", n=str(n)) for n in range(60)
]
UP = Labels.of(__name__="up", job="j", instance="a")


@dataclass
class House:
    """Twelve days of samples that hardly compress, and their ledger."""

    database: Database
    samples: SqliteSamples
    upkeep: HousekeepingLoop

    def days(self) -> list[int]:
        """Return the days, counted from the first, that still have samples."""
        (up,) = self.samples.select(parse_selector("up"), 0, 2**50)
        return sorted({int(ts - T0) // DAY for ts in up.ts_ms})


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the samples; each test has a copy."""
    folder = tmp_path_factory.mktemp("history")
    with Database(folder / "samples.db") as database:
        samples = SqliteSamples(database)
        target = samples.target_id("j", Labels.of(job="j", instance="a"))
        config = TargetConfig(target, T0, "x", honor_labels=False, interval_ms=60_000)
        samples.record_past(config, T0 + DAYS * DAY)
        rng = np.random.default_rng(3)
        for hour in range(DAYS * 24):
            ts_ms = T0 + hour * HOUR + 60_000 * np.arange(60)
            values = np.cumsum(rng.random((60, len(SERIES) + 1)), axis=0)
            values[:, -1] = 1.0
            samples.write_history(target, [*SERIES, UP], ts_ms, values)
    return folder


@pytest.fixture
def house(history: Path, tmp_path: Path) -> Iterator[House]:
    copy = shutil.copytree(history, tmp_path / "data")
    database = Database(Path(copy) / "samples.db")
    samples, ledgers = SqliteSamples(database), SqliteLedger(database)
    now = T0 + DAYS * DAY
    indicator = RatioIndicator(
        valid=parse_selector("hits_total"), bad=parse_selector('hits_total{n="1"}')
    )
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(30 * DAY), indicator, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    engine = Engine(samples, ledgers)
    plan = LedgerPlan((service,), {"j": 60_000}, 60_000)
    engine.take_over(engine.build(plan, now))
    clock = ManualClock(now)
    upkeep = HousekeepingLoop(
        database, samples, ledgers, engine, clock, Telemetry(clock), Storage()
    )
    yield House(database, samples, upkeep)
    database.close()


async def test_everything_stays_while_it_is_young_and_small(house: House):
    house.upkeep.storage = Storage(retention_bytes=house.database.size_bytes() * 2)
    await house.upkeep.round()
    assert house.days() == list(range(DAYS))


async def test_samples_go_by_age(house: House):
    house.upkeep.storage = Storage(retention_ms=3 * DAY + HOUR)
    await house.upkeep.round()
    assert house.days() == [8, 9, 10, 11]


async def test_no_more_goes_by_size_than_must(house: House):
    """Two twelfths too large: two days go, and the ledger is a part of it."""
    await house.upkeep.round()
    used = house.database.used_bytes()
    house.upkeep.storage = Storage(retention_bytes=used * 10 // 12)
    await house.upkeep.round()
    assert house.database.used_bytes() <= used * 10 // 12
    assert house.days() in (list(range(2, DAYS)), list(range(3, DAYS)))


async def test_the_newest_day_stays_whatever_the_size(house: House):
    house.upkeep.storage = Storage(retention_bytes=1)
    await house.upkeep.round()
    assert house.days() == [DAYS - 1]


async def test_damage_that_could_not_be_mended_is_told_once_and_tried_again_hourly(
    house: House, caplog: pytest.LogCaptureFixture
):
    engine = house.upkeep.engine
    engine._builder.unmended = "the disk is full"
    for _ in range(2):
        await house.upkeep.round()
    [told] = [r.getMessage() for r in caplog.records if "counted again" in r.message]
    folder = house.upkeep.database.path.parent
    assert told.endswith(
        f"the disk is full. To see which: kizashi verify --data {folder}"
    )
    assert engine.is_stale
