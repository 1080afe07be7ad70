"""Ten thousand objectives from one target: what the ledger costs.

    python -m bench.ledger [--quick] [--objectives N] [--intervals N] [--profile]

The real parts in simulated time: a page over HTTP from another process, scraped,
parsed, fed, stored on disk and counted; upkeep every minute. Only waiting is left
out. Phases run in processes of their own, so that memory and restarts are honest.
"""

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import child, exporters, machine, rss_kib, show
from bench.exporters import rates, service_name
from kizashi.app.answering import EngineAnswers
from kizashi.declarations.configuration import Storage
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import Labels
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.scrape.loop import Scraper
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.server.feed import ScrapeFeed
from kizashi.server.garbage import collect_and_freeze
from kizashi.server.telemetry import Telemetry
from kizashi.server.upkeep import HousekeepingLoop
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, block_of
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.testing.clock import ManualClock
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

Parts = tuple[Database, SqliteSamples, SqliteLedger]

SLICE_MS = 15_000
#: The middle of a block, so that sealing falls into the run.
START_MS = 1_792_022_400_000 + 3_600_000
JOB = "bench"
WARM = 5


def plan(objectives: int) -> LedgerPlan:
    """One availability objective for each service."""
    services = []
    for number in range(objectives):
        name = service_name(number)
        valid = f'http_requests_total{{job="{JOB}",service="{name}"}}'
        bad = f'{valid[:-1]},code=~"5.."}}'
        indicator = RatioIndicator(parse_selector(valid), None, parse_selector(bad))
        spec = ObjectiveSpec(
            name,
            "availability",
            Decimal("0.999"),
            RollingWindow(30 * 86_400_000),
            indicator,
        )
        services.append(ServiceSpec(name, LocalText(name, name), objectives=(spec,)))
    return LedgerPlan(tuple(services), {JOB: SLICE_MS}, SLICE_MS)


class Watch:
    """Passes a scraper's events on and tells when a scrape has finished."""

    def __init__(self, feed: ScrapeFeed) -> None:
        self._feed = feed
        self.finished = asyncio.Event()
        self.on_discovered = feed.on_discovered
        self.on_gone = feed.on_gone

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None:
        """Pass a start on."""
        self._feed.on_started(target, ts_ms)

    def on_finished(self, result: ScrapeResult) -> None:
        """Pass a result on."""
        if not result.ok:
            sys.exit(f"the scrape failed: {result.error}")
        self._feed.on_finished(result)
        self.finished.set()


@contextmanager
def stores(folder: Path) -> Iterator[Parts]:
    """The stores in a folder."""
    database = Database(folder / "samples.db")
    samples = SqliteSamples(database)
    try:
        yield database, samples, SqliteLedger(database)
    finally:
        samples.close()
        database.close()


def fill(asked: argparse.Namespace) -> dict[str, Any]:
    """Open the generations and write a past: 30 days of some, two days of all."""
    rng = np.random.default_rng(3)
    with stores(asked.folder) as (database, samples, ledgers):
        engine = Engine(samples, ledgers)
        engine.build(plan(asked.objectives), START_MS)
        last = block_of(START_MS // SLICE_MS - 40) - 1
        database.checkpoint()
        before = database.size_bytes()
        seen = np.full(BLOCK_SLICES, SEEN_ONE, np.uint16)
        state = np.full(BLOCK_SLICES, State.LIVE, np.uint8)
        sizes = {}
        for days, some in ((30, asked.deep), (2, asked.objectives)):
            generations = range(1 if days == 30 else asked.deep + 1, some + 1)
            for block in range(last - 12 * days + 1, last + 1):
                rate = rng.uniform(15, 1500, len(generations))
                valid = rng.poisson(rate[:, None], (len(generations), BLOCK_SLICES))
                bad = rng.binomial(valid, 0.001).astype(float)
                first = block * BLOCK_SLICES + 1
                ledgers.write(
                    [
                        SealedBlock(
                            generation,
                            SliceRange(
                                first, bad[n], valid[n].astype(float), seen, state
                            ),
                        )
                        for n, generation in enumerate(generations)
                    ]
                )
            database.checkpoint()
            sizes[days] = database.size_bytes() - before
            before = database.size_bytes()
        return {"kb_30d": sizes[30] / asked.deep / 1000}


class Live:
    """The parts of a server, without its loops."""

    def __init__(self, asked: argparse.Namespace, parts: Parts) -> None:
        self.database, self.samples, self.ledgers = parts
        self.clock = ManualClock(START_MS)
        self.engine = Engine(self.samples, self.ledgers)
        telemetry = Telemetry(self.clock)
        self.feed = ScrapeFeed(
            self.samples,
            self.engine,
            self.clock,
            telemetry,
            on_counted=lambda: None,
        )
        self.watch = Watch(self.feed)
        self.scraper = Scraper(self.clock, self.watch)
        self.upkeep = HousekeepingLoop(
            self.database,
            self.samples,
            self.ledgers,
            self.engine,
            self.clock,
            telemetry,
            Storage(),
        )
        self._asked = asked
        self.ticks: list[float] = []

    async def start(self) -> None:
        """Take over and discover the target."""
        built = self.engine.build(plan(self._asked.objectives), START_MS)
        self.engine.take_over(built)
        # As a server does.
        collect_and_freeze()
        group = TargetGroup((f"127.0.0.1:{self._asked.port}",), Labels())
        config = ScrapeConfig(JOB, static_groups=(group,))
        self._counting = asyncio.create_task(self.feed.count_forever())
        await self.scraper.apply([config])
        # To the first scrape; from there every interval ends with one.
        while not self.watch.finished.is_set():
            await self.clock.advance(0.1)
            await asyncio.sleep(0.001)
        await self.feed.flush()
        # When in a slice the scrape comes depends on the port: from here, once a slice.
        self.engine.tick(self.clock.now_ms())

    async def interval(self) -> None:
        """One scrape interval: it ends when the scrape is counted and stored."""
        self.watch.finished.clear()
        await self.clock.advance(SLICE_MS / 1000)
        await self.watch.finished.wait()
        await self.feed.flush()
        start = time.process_time()
        if self.engine.tick(self.clock.now_ms()) != 1:
            sys.exit("an interval did not close one slice")
        self.ticks.append((time.process_time() - start) * 1e3)

    async def stop(self) -> None:
        """End what runs."""
        await self.scraper.close()
        self._counting.cancel()


def run(asked: argparse.Namespace) -> dict[str, Any]:
    """Live through the intervals, then ask."""
    with stores(asked.folder) as parts:
        return asyncio.run(_run(asked, parts))


async def _run(asked: argparse.Namespace, parts: Parts) -> dict[str, Any]:
    live = Live(asked, parts)
    await live.start()
    if live.engine.is_stale:
        sys.exit("the engine is stale")
    for _ in range(WARM):
        await live.interval()
    profile = cProfile.Profile() if asked.profile else None
    if profile:
        profile.enable()
    live.ticks.clear()
    taken, upkeep = [], 0.0
    for number in range(asked.intervals):
        start = time.process_time()
        await live.interval()
        taken.append(time.process_time() - start)
        if number % 4 == 3:
            start = time.process_time()
            await live.upkeep.round()
            upkeep += time.process_time() - start
    if profile:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    share = [100 * t / 15 for t in taken]
    told = {
        "cpu_percent": statistics.median(share),
        "cpu_percent_max": max(share),
        "cpu_percent_upkeep": 100 * upkeep / (15 * asked.intervals),
        "tick_ms": statistics.median(live.ticks),
        "tick_ms_max": max(live.ticks),
        "rss_kb": rss_kib(os.getpid()) * 1.024 / asked.objectives,
        "wal_mb": live.database.size_bytes() / 1e6,
    }
    check(live, asked.objectives)
    told |= ask(live)
    await live.stop()
    return told


def check(live: Live, objectives: int) -> None:
    """Hold a five-minute window of some objectives to what the target served."""
    for number in range(0, objectives, max(1, objectives // 10)):
        shard, member = live.engine.built.place[service_name(number), "availability"]
        sums = shard.window(member, 20)
        good, bad = rates(number)
        served = (good + bad) * 300
        if abs(sums.valid - served) > 2 or sums.seen != 20 * SEEN_ONE:
            sys.exit(f"objective {number}: {sums}, but {served:.0f} were served")


def ask(live: Live) -> dict[str, Any]:
    """Milliseconds of answers."""
    answers = EngineAnswers(live.engine, live.ledgers, lambda: ())
    now_s = live.clock.now_ms() / 1000
    name = service_name(7)
    shard, member = live.engine.built.place[name, "availability"]
    newest = shard.ledger.newest
    rng = np.random.default_rng(1)

    def past_window() -> None:
        back = int(rng.integers(0, 20 * 5760))
        shard.past_window(member, newest - back, int(rng.integers(1, 7 * 5760)))

    work: dict[str, tuple[Callable[[], object], int]] = {
        "objectives_ms": (answers.objectives, 3),
        "objective_ms": (lambda: answers.objective(name, "availability"), 21),
        "objective_at_ms": (
            lambda: answers.objective(name, "availability", now_s - 86_400 * 3.3),
            21,
        ),
        "past_window_ms": (past_window, 101),
        "chart_30d_ms": (
            lambda: answers.ledger(
                name,
                "availability",
                start=now_s - 30 * 86_400,
                end=now_s,
                step_s=300,
            ),
            5,
        ),
    }
    told = {}
    for what, (call, repeats) in work.items():
        taken = []
        for _ in range(repeats):
            start = time.process_time()
            call()
            taken.append((time.process_time() - start) * 1e3)
        told[what] = statistics.median(taken)
    return told


def restart(asked: argparse.Namespace) -> dict[str, Any]:
    """Seconds from a process without a ledger to one that counts."""
    objectives = plan(asked.objectives)
    with stores(asked.folder) as (_, samples, ledgers):
        cpu, wall = time.process_time(), time.perf_counter()
        profile = cProfile.Profile() if asked.profile else None
        if profile:
            profile.enable()
        engine = Engine(samples, ledgers)
        now_ms = asked.now_ms
        engine.take_over(engine.build(objectives, now_ms))
        if profile:
            profile.disable()
            stats = pstats.Stats(profile, stream=sys.stderr)
            stats.sort_stats("tottime").print_stats(30)
        return {
            "restart_s": time.perf_counter() - wall,
            "restart_cpu_s": time.process_time() - cpu,
            "restart_rss_kb": rss_kib(os.getpid()) * 1.024 / asked.objectives,
        }


PHASES = {"fill": fill, "run": run, "restart": restart}


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--objectives", type=int, default=10_000)
    options.add_argument("--intervals", type=int, default=0)
    options.add_argument("--deep", type=int, default=0, help="objectives with 30 days")
    options.add_argument("--profile", action="store_true")
    options.add_argument("--phase", choices=list(PHASES), help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options.add_argument("--now-ms", type=int, help=argparse.SUPPRESS)
    asked = options.parse_args(arguments)
    if asked.phase:
        print(json.dumps(PHASES[asked.phase](asked)))
        return
    asked.intervals = asked.intervals or (40 if asked.quick else 520)
    asked.deep = asked.deep or (50 if asked.quick else 500)
    folder = Path(tempfile.mkdtemp(prefix="kizashi-bench-"))
    try:
        measure(asked, folder)
    finally:
        shutil.rmtree(folder)


def measure(asked: argparse.Namespace, folder: Path) -> None:
    """Run all phases."""
    count = asked.objectives
    print(f"ledger: {machine()}")
    print(f"ledger: {count} objectives, 1 target, {2 * count} series, 15 s")
    common = [f"--folder={folder}", f"--objectives={count}", f"--deep={asked.deep}"]
    common += ["--profile"] if asked.profile else []
    show("ledger", **child("bench.ledger", "--phase=fill", *common))
    targets = ("--targets=1", f"--services={count}", f"--series={2 * count}")
    with exporters(*targets, "--by-request") as helper:
        port = f"--port={helper.ports[0]}"
        intervals = f"--intervals={asked.intervals}"
        show("ledger", **child("bench.ledger", "--phase=run", *common, port, intervals))
    end_ms = START_MS + SLICE_MS * (asked.intervals + WARM + 2)
    now = f"--now-ms={end_ms}"
    show("ledger", **child("bench.ledger", "--phase=restart", *common, now))
    size = sum(p.stat().st_size for p in folder.iterdir())
    show("ledger", store_mb_after=size / 1e6)


if __name__ == "__main__":
    main()
