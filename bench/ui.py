"""The pages: how long they take, how much they weigh, what open ones cost.

    python -m bench.ui [--quick]

A server of its own process, over a ledger of 500 services with 2,000 objectives, a
month of it for some; a client here, and Chromium on a CPU slowed down four times.
"""

import argparse
import asyncio
import gzip
import http.client
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry

from bench.common import cpu_s, machine, show
from kizashi.api._base import ApiServices
from kizashi.app.readiness import Ready, ReloadOutcome
from kizashi.app.standings import EngineOverview
from kizashi.clock import SteadyClock
from kizashi.httpd.server import HttpServer, listen
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import TargetConfig
from kizashi.model.windows import RollingWindow
from kizashi.ports.effective import EffectiveView
from kizashi.promql.selectors import parse_selector
from kizashi.server.alert_subsystem import AlertSubsystem
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, block_of
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.statedb.database import open_state
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples
from kizashi.ui.application import build
from kizashi.ui.parts.base import UiServices
from kizashi.ui.parts.live import Live
from kizashi.ui.parts.signals import SignalReader

SLICE_MS = 15_000
EACH = 4
DEEP = 8
CLIENTS = 200
EDGES = ("0.05", "0.1", "0.2", "0.5", "1", "+Inf")
OVERVIEW = "/"
OBJECTIVE = "/objectives/svc-00001/o0?range=30d"


def services(count: int) -> tuple[ServiceSpec, ...]:
    """Services with four objectives each, a job and a preset of signals."""
    made = []
    for number in range(count):
        name = f"svc-{number:05}"
        valid = f'http_requests_total{{job="{name}"}}'
        objectives = []
        for which in range(EACH):
            bad = f'http_requests_total{{job="{name}",status=~"5.{which}"}}'
            indicator = RatioIndicator(parse_selector(valid), None, parse_selector(bad))
            text = LocalText(
                f"Requests succeed {which}", f"リクエストが成功する {which}"
            )
            objectives.append(
                ObjectiveSpec(
                    name, f"o{which}", Decimal("0.999"), RollingWindow(30 * 86_400_000), indicator,
                    job=name, display_name=text,
                )
            )  # fmt: skip
        made.append(
            ServiceSpec(
                name, LocalText(f"Service {number}", f"サービス {number}"),
                owner=f"team-{number % 20}", tier=1 + number % 4,
                signals_preset="prometheus-client", objectives=tuple(objectives),
            )
        )  # fmt: skip
    return tuple(made)


def fill(ledgers: SqliteLedger, engine: Engine, plan: LedgerPlan, now_ms: int) -> None:
    """Write a past: 30 days of a few objectives, two days of all."""
    rng = np.random.default_rng(3)
    engine.build(plan, now_ms)
    last = block_of(now_ms // SLICE_MS - 40) - 1
    seen = np.full(BLOCK_SLICES, SEEN_ONE, np.uint16)
    state = np.full(BLOCK_SLICES, State.LIVE, np.uint8)
    count = len(plan.objectives)
    for days, generations in (
        (30, range(1, DEEP + 1)),
        (2, range(DEEP + 1, count + 1)),
    ):
        for block in range(last - 12 * days + 1, last + 1):
            rate = rng.uniform(15, 150, len(generations))
            valid = rng.poisson(rate[:, None], (len(generations), BLOCK_SLICES))
            worse = rng.uniform(0.0002, 0.003, len(generations))[:, None]
            bad = rng.binomial(valid, worse).astype(float)
            first = block * BLOCK_SLICES + 1
            ledgers.write(
                [
                    SealedBlock(g, SliceRange(first, bad[n], valid[n].astype(float), seen, state))
                    for n, g in enumerate(generations)
                ]
            )  # fmt: skip


def scrape(samples: SqliteSamples, plan: LedgerPlan, now_ms: int) -> None:
    """Store an hour of every service's samples, which its signals are read from."""
    targets = []
    for spec in plan.services:
        own = Labels.of(job=spec.name, instance=f"{spec.name}:80")
        number = samples.target_id(spec.name, own)
        samples.record_discovery(number, now_ms - 3_700_000)
        samples.record_config(
            TargetConfig(number, now_ms - 3_700_000, "a", False, SLICE_MS)
        )
        names = [{METRIC_NAME: name} for name in REPORT_SERIES]
        names += [
            {METRIC_NAME: "http_requests_total", "route": r, "status": s}
            for r in ("/a", "/b") for s in ("200", "500")
        ]  # fmt: skip
        names += [
            {METRIC_NAME: "http_request_duration_seconds_bucket", "le": e}
            for e in EDGES
        ]
        names += [
            {METRIC_NAME: n}
            for n in ("process_cpu_seconds_total", "process_resident_memory_bytes")
        ]
        targets.append((number, samples.layout([own.merged(n) for n in names])))
    for step in range(240):
        ts_ms = now_ms - 3_600_000 + step * SLICE_MS
        rows = []
        for number, layout in targets:
            values = np.full(len(layout.series), 100.0 * step)
            values[:5] = (1, 0.01, 12, 12, 0)
            rows.append(
                ScrapeRow(number, ts_ms, layout.id, values, None, np.empty(0, np.int64))
            )
        samples.append(rows)


async def serve(folder: Path, count: int) -> None:
    """Serve the pages; slices close on time, scrapes are none of our concern here."""
    clock = SteadyClock()
    now_ms = clock.now_ms()
    database = Database(folder / "samples.db")
    samples, ledgers = SqliteSamples(database), SqliteLedger(database)
    made = services(count)
    plan = LedgerPlan(made, {s.name: SLICE_MS for s in made}, SLICE_MS)
    engine = Engine(samples, ledgers)
    fill(ledgers, engine, plan, now_ms)
    scrape(samples, plan, now_ms)
    engine = Engine(samples, ledgers)
    engine.take_over(engine.build(plan, clock.now_ms()))
    state = open_state(folder, now_ms)
    side = AlertSubsystem(engine, state, clock, CollectorRegistry())
    answers = side.answers(ledgers, list)

    async def reload() -> ReloadOutcome:
        return ReloadOutcome(is_applied=True)

    api = ApiServices(
        answers=answers, alerts=side.service(answers), tokens=SqlTokenStore(state),
        sessions=SqlSessionStore(state),
        clock=clock, ready=lambda: Ready(is_ready=True), healthy=lambda: True,
        reload=reload, metrics=lambda: b"", listen_is_loopback=True,
    )  # fmt: skip

    def effective() -> EffectiveView:
        raise NotImplementedError

    overview, live = EngineOverview(engine, answers, ledgers), Live(clock)
    signals = SignalReader(samples, overview, clock, live)
    await side.start(engine.built)
    http_server = HttpServer(
        build(UiServices(api, overview, live, signals, answers, effective)),
        listen("127.0.0.1", 0),
    )
    print(http_server.url, flush=True)
    task = asyncio.create_task(http_server.serve())
    while True:
        await asyncio.sleep(15 - time.time() % 15)
        engine.tick(clock.now_ms())
        live.announce()
        if task.done():
            return


def get(port: int, path: str) -> tuple[float, bytes, bytes]:
    """Milliseconds to the last byte, the bytes on the wire, and what they hold."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.connect()
    start = time.perf_counter()
    line.request(
        "GET", path, headers={"Accept-Encoding": "gzip", "Accept": "text/html"}
    )
    answer = line.getresponse()
    body = answer.read()
    taken = (time.perf_counter() - start) * 1e3
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status}")
    packed = answer.getheader("content-encoding") == "gzip"
    return taken, body, gzip.decompress(body) if packed else body


def page(pid: int, port: int, path: str, repeats: int) -> dict[str, float]:
    """How long a page takes and how much it weighs, its scripts and styles included."""
    get(port, path)
    time.sleep(3)  # signals are read in the background after the first look
    before = cpu_s(pid)
    taken = [get(port, path) for _ in range(repeats)]
    used = (cpu_s(pid) - before) / repeats * 1e3
    _, wire, text = taken[-1]
    files = set(re.findall(rb'(?:src|href)="(/static/[^"]+)"', text))
    weight = len(wire) + sum(len(get(port, f.decode())[1]) for f in files)
    return {
        "ms": statistics.median(t for t, _, _ in taken),
        "cpu_ms": used,
        "ms_max": max(t for t, _, _ in taken),
        "html_kb": len(text) / 1000,
        "transferred_kb": weight / 1000,
    }


async def watch(port: int, seconds: float) -> int:
    """Keep streams open for a while; return the bytes that came."""

    async def one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /live?view=/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Accept-Encoding: gzip\r\n\r\n"
        )
        got = 0
        try:
            async with asyncio.timeout(seconds):
                while data := await reader.read(1 << 20):
                    got += len(data)
        except TimeoutError:
            writer.close()
        return got

    return sum(await asyncio.gather(*(one() for _ in range(CLIENTS))))


def first_paint_ms(url: str) -> float:
    """When Chromium first shows something, on a CPU slowed down four times."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        taken: list[float] = []
        for _ in range(5):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            tab = context.new_page()
            session = context.new_cdp_session(tab)
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            context.add_cookies([{"name": "kizashi_zone", "value": "UTC", "url": url}])
            tab.goto(url, wait_until="load")
            taken.append(
                tab.evaluate(
                    "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                )
            )
            context.close()
        browser.close()
    return statistics.median(taken)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="bench.ui", description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = options.parse_args()
    count = 100 if asked.quick else 500
    if asked.serve:
        asyncio.run(serve(asked.serve, count))
        return
    print(f"ui: {machine()}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.ui", "--serve", folder]
        command += ["--quick"] if asked.quick else []
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            try:
                measure(server, quick=asked.quick)
            finally:
                server.kill()


def measure(server: "subprocess.Popen[bytes]", *, quick: bool) -> None:
    """Ask a server that has begun."""
    if server.stdout is None:
        raise ValueError("its output is not read")
    url = server.stdout.readline().decode().strip()
    port = int(url.rpartition(":")[2])
    for name, path in (("overview", OVERVIEW), ("objective_30d", OBJECTIVE)):
        show(
            "ui",
            **{f"{name}_{k}": v for k, v in page(server.pid, port, path, 25).items()},
        )
    seconds = 30 if quick else 60
    before = cpu_s(server.pid)
    time.sleep(seconds)
    alone = cpu_s(server.pid) - before
    before = cpu_s(server.pid)
    got = asyncio.run(watch(port, seconds))
    watched = cpu_s(server.pid) - before
    show(
        "ui",
        alone_cpu_percent=100 * alone / seconds,
        streams_cpu_percent=100 * (watched - alone) / seconds,
        streams_mb=got / 1e6,
        first_contentful_paint_ms=first_paint_ms(url),
    )


if __name__ == "__main__":
    main()
