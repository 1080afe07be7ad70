"""A real server in front of a small world: four services, one in trouble."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

from fake_demo import FakeDemo
from prometheus_client import CollectorRegistry

from harness.ledger_world import LedgerWorld
from kizashi.api._base import ApiServices
from kizashi.api.admission import standing
from kizashi.app.answers import TargetView
from kizashi.app.readiness import Ready, ReloadOutcome
from kizashi.app.standings import EngineOverview
from kizashi.checking.service import ConfiguredLintService
from kizashi.declarations.configuration import Configuration
from kizashi.httpd.server import HttpServer, listen
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.ports.effective import EffectiveView
from kizashi.ports.tokens import Role
from kizashi.promql.selectors import parse_selector
from kizashi.server.alert_subsystem import AlertSubsystem
from kizashi.settings.declaration_files import Loaded
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import Dependency, LocalText, ObjectiveSpec, ServiceSpec
from kizashi.statedb.database import open_state
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.testing.clock import ManualClock
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples
from kizashi.ui.application import build
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import UiServices
from kizashi.ui.parts.live import Live
from kizashi.ui.parts.signals import SignalReader

T = TypeVar("T")

#: What the world in front of a browser has beside the pages.
DEMO = FakeDemo()

SLICE_MS = 15_000
#: 2026-11-24T12:00:00Z, on the edge of a block.
START_MS = 1_795_521_600_000
SCRAPES = 480
NOW_MS = START_MS + SCRAPES * SLICE_MS + 5_000
EDGES = ("0.05", "0.1", "0.2", "0.5", "1", "+Inf")
#: Share of requests that end in time at each edge, in order.
SHAPE = (0.6, 0.8, 0.96, 0.99, 0.995, 1.0)


def service(
    name: str, english: str, japanese: str, owner: str, tier: int, **rest: object
) -> ServiceSpec:
    job = f'job="{name}"'
    ratio = RatioIndicator(
        valid=parse_selector(f"http_requests_total{{{job}}}"),
        bad=parse_selector(f'http_requests_total{{{job},status=~"5.."}}'),
    )
    latency = LatencyIndicator(
        histogram="http_request_duration_seconds",
        match=parse_selector(f"{{{job}}}"),
        below_s=Decimal("0.2"),
    )
    objectives = (
        ObjectiveSpec(
            name, "availability", Decimal("0.999"), RollingWindow(30 * 86_400_000), ratio, job=name,
            display_name=LocalText("Requests succeed", "リクエストが成功する"),
        ),
        ObjectiveSpec(
            name, "latency", Decimal("0.95"), RollingWindow(30 * 86_400_000), latency, job=name,
            display_name=LocalText("Answers within 200 ms", "200 ミリ秒以内に応答する"),
        ),
    )  # fmt: skip
    return ServiceSpec(
        name,
        LocalText(english, japanese),
        owner=owner,
        tier=tier,
        signals_preset="prometheus-client",
        objectives=objectives,
        **rest,  # type: ignore[arg-type]
    )


#: Rules that can never fire; of one its author knows.
RULES = """\
groups:
  - name: g
    rules:
      - alert: NeverFires
        expr: sum(rate(a_total{code="500"}[5m])) / sum(rate(a_total[5m])) > 1.5
      - alert: KnownOf
        # kizashi:ignore can-never-fire the limit is lowered next week
        expr: sum(rate(b_total{code="500"}[5m])) / sum(rate(b_total[5m])) > 2
"""


@dataclass
class Traffic:
    """What one service counts: the share of requests that fail, by scrape."""

    per_scrape: int
    fails: tuple[tuple[int, float], ...] = ((0, 0.0),)
    ends: int = SCRAPES
    counted: dict[Labels, float] = field(default_factory=dict)

    def at(self, number: int) -> dict[Labels, float]:
        ratio = [r for since, r in self.fails if number >= since][-1]
        bad = round(self.per_scrape * ratio)
        for route, share in (("/tasks", 0.75), ("/tasks/{id}", 0.25)):
            for status, count in (("200", self.per_scrape - bad), ("500", bad)):
                self.add(
                    "http_requests_total",
                    round(count * share),
                    method="GET", route=route, status=status,
                )  # fmt: skip
        for edge, share in zip(EDGES, SHAPE, strict=True):
            self.add(
                "http_request_duration_seconds_bucket",
                round(self.per_scrape * share),
                method="GET", route="/tasks", le=edge,
            )  # fmt: skip
        self.add("process_cpu_seconds_total", 1.5 + bad / 100)
        self.counted[named("process_resident_memory_bytes")] = 5e7 + 1e4 * number
        self.counted[named("http_requests_in_flight")] = float(number % 4)
        return self.counted

    def add(self, name: str, count: float, **labels: str) -> None:
        key = named(name, **labels)
        self.counted[key] = self.counted.get(key, 0.0) + count


def named(name: str, **labels: str) -> Labels:
    return Labels.of(__name__=name, **labels)


SERVICES = (
    service("mail", "Mail", "メール配信", "growth", 3),
    service(
        "checkout", "Checkout", "注文", "payments", 1,
        depends_on=(Dependency("search", "soft"), Dependency("ledger-db", "hard")),
    ),
    service("search", "Search", "検索", "discovery", 2),
    service("archive", "Archive", "保管庫", "discovery", 3),
)  # fmt: skip
TRAFFIC = {
    "mail": Traffic(20),
    # In the last half hour every tenth request fails: a burn of 100.
    "checkout": Traffic(200, ((0, 0.0), (360, 0.1))),
    # Every two-hundredth fails, always: a burn of 5.
    "search": Traffic(400, ((0, 0.005),)),
}


@dataclass
class House:
    """A running server, and what tests reach behind it for."""

    url: str
    world: LedgerWorld
    alerts: AlertSubsystem
    clock: ManualClock
    live: Live
    tokens: dict[Role, str]
    sessions: dict[Role, str]
    loop: asyncio.AbstractEventLoop
    stopping: asyncio.Event
    services: UiServices

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def announce(self) -> None:
        """Tell open pages that there is news."""
        self.loop.call_soon_threadsafe(self.live.announce)


class Stores:
    """The stores of a world, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "samples.db")
        self.samples = SqliteSamples(self.database)
        self.ledgers = SqliteLedger(self.database)
        self.state = open_state(folder, NOW_MS)

    def close(self) -> None:
        self.samples.close()
        self.database.close()
        self.state.close()


@contextmanager
def running(
    folder: Path,
    services: tuple[ServiceSpec, ...] = SERVICES,
    traffic: dict[str, Traffic] | None = None,
) -> Iterator[House]:
    """Serve a world until the block ends."""
    stores = Stores(folder)
    plan = LedgerPlan(services, {s.name: SLICE_MS for s in services}, SLICE_MS)
    world = LedgerWorld(stores.samples, stores.ledgers, plan, START_MS)
    tell(world, TRAFFIC if traffic is None else traffic)
    started = threading.Event()
    found: list[House] = []

    async def serve() -> None:
        clock = ManualClock(NOW_MS)
        side = AlertSubsystem(world.engine, stores.state, clock, CollectorRegistry())
        services = services_of(world, stores, side, clock)
        rows = (*PAGES, *DEMO.pages.rows())
        http = HttpServer(build(services, rows), listen("127.0.0.1", 0))
        await side.start(world.engine.built)
        side.evaluate()
        await side.step(())
        api = services.api
        made = {r: api.tokens.create(f"{r}-1", r, now_ms=NOW_MS) for r in Role}
        begin = partial(api.sessions.begin, now_ms=NOW_MS)
        house = House(
            http.url, world, side, clock, services.live,
            {role: issued.plaintext for role, issued in made.items()},
            {role: begin(issued.record.id) for role, issued in made.items()},
            asyncio.get_running_loop(), asyncio.Event(), services,
        )  # fmt: skip
        found.append(house)
        task = asyncio.create_task(http.serve())
        started.set()
        await house.stopping.wait()
        services.live.close()
        http.stop()
        await task

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield found[0]
    finally:
        found[0].loop.call_soon_threadsafe(found[0].stopping.set)
        thread.join(15)
        assert not thread.is_alive(), "open pages keep the server from stopping"
        stores.close()


def services_of(
    world: LedgerWorld, stores: Stores, side: AlertSubsystem, clock: ManualClock
) -> UiServices:
    answers = side.answers(stores.ledgers, lambda: targets(world))

    async def reload() -> ReloadOutcome:
        return ReloadOutcome(is_applied=True)

    tokens, sessions = SqlTokenStore(stores.state), SqlSessionStore(stores.state)
    api = ApiServices(
        answers=answers,
        alerts=side.service(answers),
        tokens=tokens,
        sessions=sessions,
        clock=clock,
        ready=lambda: Ready(is_ready=True),
        healthy=lambda: True,
        reload=reload,
        metrics=lambda: b"",
        listen_is_loopback=True,
    )
    overview = EngineOverview(world.engine, answers, stores.ledgers)
    live = Live(clock, standing(tokens, sessions, clock, lambda: False))
    signals = SignalReader(stores.samples, overview, clock, live)
    settings = EffectiveView(
        (("listen", "127.0.0.1:9470"), ("data", "data")),
        "slice: 15s\n",
        ("kizashi.yaml",),
    )
    # Two findings, one of them kept back by a comment.
    loaded = Loaded(Configuration(), (), (), {"rules.yml": RULES})
    lint = ConfiguredLintService(lambda: loaded, ManualClock())
    return UiServices(
        api,
        overview,
        live,
        signals,
        answers,
        lambda: settings,
        lint=lint,
        banners=DEMO.pages.banners,
    )


def tell(world: LedgerWorld, traffic: dict[str, Traffic]) -> None:
    """Let every service be scraped for two hours, then count it all."""
    ids = {name: world.discover(name, f"{name}:8000", START_MS) for name in traffic}
    for number in range(SCRAPES):
        ts_ms = START_MS + number * SLICE_MS + 7_000
        for name, told in traffic.items():
            if number < told.ends:
                world.land(ids[name], ts_ms, told.at(number))
    world.restart(NOW_MS)


def targets(world: LedgerWorld) -> list[TargetView]:
    return [
        TargetView(
            record.job, record.labels.get("instance"), record.labels.as_dict(),
            f"http://{record.labels.get('instance')}/metrics", "up",
            NOW_MS / 1000 - 8, 0.004, None, 40, None, "15s", "10s",
        )
        for record in world.samples.targets()
    ]  # fmt: skip
