"""A data folder with known figures, and ways to damage it."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Self

import numpy as np

from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import Labels
from kizashi.model.targets import TargetConfig
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.tsdb.chunks import HOURS_2
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
T0 = 1_800_000_000_000 // DAY * DAY
DAYS = 3
NOW = T0 + DAYS * DAY
#: A window of two days: 2,880 slices of a minute.
WINDOW, SLICES = 2 * DAY, 2_880
#: Minutes of it that something grew in: the last sample is a minute old.
GREW = SLICES - 1
UP = Labels.of(__name__="up", job="j", instance="a")
GOOD = Labels.of(__name__="hits_total", job="j", instance="a", code="200")
BAD = Labels.of(__name__="hits_total", job="j", instance="a", code="500")
#: Of no objective.
OTHER = Labels.of(__name__="other_total", job="j", instance="a")
SERIES = (UP, GOOD, BAD, OTHER)


def write_history(folder: Path) -> Path:
    """Write three days: 11 events a minute, 1 of them bad. Return the folder."""
    with Database(folder / "samples.db") as database:
        samples = SqliteSamples(database)
        target = samples.target_id("j", Labels.of(job="j", instance="a"))
        config = TargetConfig(target, T0, "x", honor_labels=False, interval_ms=MINUTE)
        samples.record_past(config, NOW)
        samples.record_discovery(target, NOW)
        for hour in range(DAYS * 24):
            ts_ms = T0 + hour * HOUR + MINUTE * np.arange(60)
            passed = (ts_ms - T0) / MINUTE
            values = np.stack([np.ones(60), 10 * passed, passed, 7 * passed], axis=1)
            samples.write_history(target, SERIES, ts_ms, values)
    return folder


@dataclass
class House:
    """A folder whose ledger is derived when it is opened."""

    path: Path

    def change(self, statement: str, *values: object) -> None:
        """Damage one row."""
        with closing(sqlite3.connect(self.path)) as writer:
            assert writer.execute(statement, values).rowcount == 1
            writer.commit()

    def figures(self, now_ms: int = NOW) -> ObjectiveView:
        """Open it, and return the objective as a list shows it."""
        with self.opened(now_ms) as opened:
            [view] = opened.answers.objectives()
            return view

    def opened(self, now_ms: int = NOW) -> "Opened":
        return Opened(self.path, now_ms)

    def key_of(self, labels: Labels, at_ms: int) -> int:
        """Return the key of the chunk that holds a series at a time."""
        with Database(self.path) as database:
            (series,) = SqliteSamples(database).layout([labels]).series.tolist()
            with database.read() as reader:
                (stream,) = reader.execute(
                    "SELECT id FROM stream WHERE series = ?", (series,)
                ).fetchone()
        return HOURS_2.key(at_ms) | int(stream)


class Opened:
    """A server's stores, engine and answers."""

    def __init__(
        self, path: Path, now_ms: int = NOW, database: Database | None = None
    ) -> None:
        self.database = database or Database(path)
        self.samples = SqliteSamples(self.database)
        self.ledgers = SqliteLedger(self.database)
        self.engine = Engine(self.samples, self.ledgers)
        indicator = RatioIndicator(
            valid=parse_selector("hits_total"),
            bad=parse_selector('hits_total{code="500"}'),
        )
        spec = ObjectiveSpec(
            "checkout",
            "availability",
            Decimal("0.5"),
            RollingWindow(WINDOW),
            indicator,
            job="j",
        )
        service = ServiceSpec(
            "checkout", LocalText("Checkout", "Checkout"), objectives=(spec,)
        )
        plan = LedgerPlan((service,), {"j": MINUTE}, MINUTE)
        self.engine.take_over(self.engine.build(plan, now_ms))
        self.answers = EngineAnswers(self.engine, self.ledgers, lambda: ())

    def look_through(self, now_ms: int = NOW) -> None:
        """Do what a server does soon after its start."""
        self.samples.look_through(int)
        self.engine.tick(now_ms)
        if self.engine.is_stale:
            plan = self.engine.built.plan
            self.engine.take_over(self.engine.build(plan, now_ms))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()


def killed(folder: Path, to: Path) -> Path:
    """Copy databases that are open with their logs, as a process that dies leaves them."""
    to.mkdir()
    for path in sorted(folder.glob("*.db*")):
        if not path.name.endswith("-shm"):
            shutil.copy(path, to / path.name)
    return to


def flip_log(log: Path, frame: int) -> None:
    """Change a byte in the page of a frame of a log, counted from 0."""
    content = bytearray(log.read_bytes())
    content[32 + frame * (24 + 4096) + 24 + 2000] ^= 1
    log.write_bytes(content)


FLIP = "UPDATE {} SET v = substr(v, 1, 9) || x'5a5a' || substr(v, 12) WHERE {} = ?"


def flip_chunk(house: House, labels: Labels, at_ms: int) -> None:
    house.change(FLIP.format("chunk_2h", "key"), house.key_of(labels, at_ms))
