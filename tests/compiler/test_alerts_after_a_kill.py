"""A server is killed while an alert fires: its receiver is not told that it ended.

Prometheus shows no ALERTS in the first two evaluations after its start, and cannot be
made to. Its receivers are told from the first one on.
"""

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from parity import JOB, groups_of, hurried

from harness.prometheus import PrometheusServer, running_prometheus
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import write_groups
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.policy import CustomPair, CustomPolicy

pytestmark = [pytest.mark.peer("prometheus"), pytest.mark.nightly]

S = 1_000


class World:
    """Every request fails; and an Alertmanager that keeps what it is told."""

    def __init__(self) -> None:
        """Begin with an exporter that answers."""
        self.scrapes = 0
        self.is_down = False
        self.told: list[dict[str, object]] = []
        self.posts = 0

    def page(self) -> str:
        self.scrapes += 1
        failed = 10 * self.scrapes
        return f'requests_total{{code="500"}} {failed}\nother_total 1\n'


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = world.page().encode()
            self.send_response(503 if world.is_down else 200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            world.told += json.loads(self.rfile.read(size))
            world.posts += 1
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def settings(folder: Path, address: str) -> dict[str, object]:
    """Write rules of which an alert fires within seconds; return a configuration."""
    pair = CustomPair(8 * S, 4 * S, Decimal(2), Severity.PAGE)
    requests = "requests_total"
    ratio = RatioIndicator(
        valid=parse_selector(requests), bad=parse_selector(f'{requests}{{code="500"}}')
    )
    policy = CustomPolicy((pair,))
    spec = ObjectiveSpec(
        "s",
        "o",
        Decimal("0.9"),
        RollingWindow(7_200_000),
        ratio,
        job=JOB,
        policy=policy,
    )
    options = CompileOptions(slice_ms=S, jobs={JOB: JobTiming(S, S)})
    quick, slow = groups_of([spec], options)
    groups = hurried([*quick, *slow], 2 * S)
    text = write_groups("s.rules.yaml", groups, "query_offset").text
    (folder / "s.rules.yaml").write_text(text)
    there = {"static_configs": [{"targets": [address]}]}
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": ["*.rules.yaml"],
        "alerting": {"alertmanagers": [there]},
        "scrape_configs": [{"job_name": JOB, **there}],
    }


def firing(server: PrometheusServer, name: str) -> set[str]:
    """Return the severities that fire, as rules and not as series have it."""
    return {
        alert["labels"]["severity"]
        for alert in server.get("alerts")["alerts"]
        if alert["labels"]["alertname"] == name and alert["state"] == "firing"
    }


def ended(told: list[dict[str, object]], before_s: float) -> list[dict[str, object]]:
    """Return the alerts that were told as ended by a time."""
    return [
        one
        for one in told
        if datetime.fromisoformat(str(one["endsAt"])).timestamp() < before_s
    ]


def now_s(server: PrometheusServer) -> float:
    return float(server.query("vector(time())")[0][1])


def kill_and_start(server: PrometheusServer, world: World) -> int:
    """Return how much had been told before."""
    before = len(world.told)
    slices = recorded(server)
    server.kill()
    server.start_again()
    posts = world.posts
    # What it says is that of several evaluations after the start.
    server.targets(lambda _: recorded(server) > slices + 4)
    server.targets(lambda _: world.posts > posts)
    return before


def recorded(server: PrometheusServer) -> int:
    """Return how many slices have been recorded."""
    return int(server.query(f"count_over_time({Series.SLICE_SEEN}[10m])")[0][1])


def test_no_receiver_is_told_that_a_burn_ended_when_the_server_was_killed(
    tmp_path: Path, world: World, address: str
):
    with running_prometheus(tmp_path, settings(tmp_path, address)) as server:
        server.targets(lambda _: firing(server, "ErrorBudgetBurn") == {"page"})
        server.targets(lambda _: world.told)
        began = min(str(one["startsAt"]) for one in world.told)

        before = kill_and_start(server, world)

        assert firing(server, "ErrorBudgetBurn") == {"page"}
        again = world.told[before:]
        assert {one["labels"]["alertname"] for one in again} == {"ErrorBudgetBurn"}
        assert ended(world.told, now_s(server)) == []
        assert all(str(one["startsAt"]) >= began for one in again)
        held = server.query(Series.PAIR_HELD)
        assert {value for _, value in held} == {"1"}


def test_a_page_of_lost_data_stays_one_when_the_server_was_killed(
    tmp_path: Path, world: World, address: str
):
    """The target answers again without the series: alone that would be a ticket."""
    with running_prometheus(tmp_path, settings(tmp_path, address)) as server:
        server.targets(lambda _: server.query(f"{Series.SLICE_VALID} > 0"))
        world.is_down = True
        server.targets(lambda _: firing(server, "DataLoss") == {"page"})
        server.targets(lambda _: server.query('ALERTS{alertname="DataLoss"}'))
        world.page = lambda: "other_total 1\n"
        world.is_down = False

        kill_and_start(server, world)

        assert server.query(Series.SLICE_ABSENT)
        assert firing(server, "DataLoss") == {"page"}
