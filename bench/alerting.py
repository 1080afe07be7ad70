"""Stepping the alerts of many objectives, and draining their notifications."""

import asyncio
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
from aiohttp import web
from prometheus_client import CollectorRegistry

from bench.common import free_port, machine
from kizashi.alert.fingerprint import fingerprint
from kizashi.app.alerting import AlertTracker
from kizashi.clock import SystemClock
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.ledger.live_scrapes import LiveScrape
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import TargetConfig, TargetRecord
from kizashi.model.windows import RollingWindow
from kizashi.ports.alerts import Alert, AlertChange
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import AlertState, Phase
from kizashi.server.delivering import DeliveryContext
from kizashi.server.delivery import Delivery
from kizashi.server.delivery_metrics import DeliveryMetrics
from kizashi.server.garbage import collect_and_freeze
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import open_state
from kizashi.statedb.outbox import SqlOutbox
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
SLICE = 15_000


def stepping(objectives: int) -> None:
    """Print the CPU of one step: nothing changes, all fire at once, all burn on."""
    services = tuple(
        ServiceSpec(
            f"s{n}",
            LocalText("s", "s"),
            objectives=(
                ObjectiveSpec(
                    f"s{n}",
                    "a",
                    Decimal("0.999"),
                    RollingWindow(30 * 86_400_000),
                    RatioIndicator(
                        parse_selector(f'requests_total{{service="{n}"}}'),
                        bad=parse_selector(
                            f'requests_total{{service="{n}",code="500"}}'
                        ),
                    ),
                    job="j",
                ),
            ),
        )
        for n in range(objectives)
    )
    plan = LedgerPlan(services, {"j": SLICE}, SLICE)
    samples = MemorySamples()
    engine = Engine(samples, MemoryLedger())
    engine.take_over(engine.build(plan, T0))
    own = Labels.of(job="j", instance="x")
    target = samples.target_id("j", own)
    engine.discovered(TargetRecord(target, "j", own), [(T0, None)])
    span = TargetConfig(0, T0, "a", honor_labels=False, interval_ms=SLICE)
    engine.configured(target, [span])
    labels = [own.merged({METRIC_NAME: n}) for n in REPORT_SERIES]
    labels += [
        own.merged({METRIC_NAME: "requests_total", "service": str(n), "code": code})
        for n in range(objectives)
        for code in ("200", "500")
    ]
    layout = samples.layout(labels)
    values = np.zeros(len(labels))
    values[0] = 1
    alerting = AlertTracker()
    alerting.adopt(engine.built, T0)
    collect_and_freeze()
    now = T0

    def tick(good: int, bad: int) -> float:
        nonlocal now
        now += SLICE
        values[5::2] += good
        values[6::2] += bad
        engine.landed(
            LiveScrape(target, now, ok=True, layout=layout, values=values.copy())
        )
        engine.tick(now)
        start = time.process_time()
        alerting.evaluate()
        return (time.process_time() - start) * 1000

    for _ in range(60):
        tick(100, 0)
    quiet = [tick(100, 0) for _ in range(40)]
    burning = [tick(0, 100) for _ in range(6)]
    print(
        f"{objectives} objectives, a step: quiet {np.median(quiet):.1f} ms"
        f" (max {max(quiet):.1f}); when all fire {max(burning):.0f} ms;"
        f" while all burn on {burning[-1]:.0f} ms CPU"
    )


def _fired(count: int, at: int) -> list[AlertChange]:
    """As many alerts that have just fired."""
    changes = []
    for n in range(count):
        labels = Labels.of(
            alertname="ErrorBudgetBurn", service=f"s{n}", objective="a", severity="page"
        )
        firing = AlertState(Phase.FIRING, at, at, at, (True,), 1)
        alert = Alert(fingerprint(labels), labels, firing)
        changes.append(AlertChange(alert, Phase.INACTIVE, at, "{}"))
    return changes


async def draining(count: int, answer_s: float = 0.05) -> None:
    """Print how long it takes to deliver many notifications to a slow receiver."""
    got: set[str] = set()
    done = asyncio.Event()

    async def hook(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(answer_s)
        got.add(request.headers["Idempotency-Key"])
        if len(got) == count:
            done.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        state = open_state(Path(folder), clock.now_ms())
        store = SqlAlertStore(state)
        office = DeliveryContext(
            SqlOutbox(state),
            clock,
            DeliveryMetrics(CollectorRegistry()),
            np.random.default_rng(0),
        )
        delivery = Delivery(office)
        route = Route("team", ("service",), 0, 60_000, 3_600_000)
        receiver = Receiver("team", (Webhook(f"http://127.0.0.1:{port}/hook"),))
        delivery.apply(Configuration(route=route, receivers=(receiver,)), "http://x")
        start = time.perf_counter()
        changes = _fired(count, clock.now_ms())
        await asyncio.to_thread(store.commit, changes, clock.now_ms())
        stored = time.perf_counter() - start
        task = asyncio.create_task(delivery.run_forever())
        await asyncio.wait_for(done.wait(), 300)
        drained = time.perf_counter() - start
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        state.close()
    await runner.cleanup()
    print(
        f"{count} notifications to a receiver that takes {answer_s * 1000:.0f} ms:"
        f" {drained:.1f} s wall, {stored:.1f} s of it to store {count} changes;"
        f" {len(got)} delivered"
    )


def main() -> None:
    """Print both figures."""
    quick = "--quick" in sys.argv
    print(machine())
    stepping(1_000 if quick else 10_000)
    asyncio.run(draining(500 if quick else 5_000))


if __name__ == "__main__":
    main()
