"""From an address to an objective that is measured: three commands, real processes."""

import asyncio
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import CLOCK, Kizashi, free_port

from harness.prometheus import running_prometheus
from harness.serving import ending

# How long a start takes is a part of the promise.
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.nightly,
    pytest.mark.own_interpreter,
]

#: An application with the official client library: each look at it is an order, and each
#: tenth one fails.
APPLICATION = """
import sys
from prometheus_client import Counter, Histogram, make_wsgi_app
from wsgiref.simple_server import WSGIRequestHandler, make_server
requests = Counter("http_requests", "", ["handler", "status"])
latency = Histogram("http_request_duration_seconds", "", ["handler"], buckets=(0.1, 0.25, 1))
metrics = make_wsgi_app()
requests.labels("/orders", "200").inc(5000)
requests.labels("/orders", "500").inc(2)
for _ in range(5002):
    latency.labels("/orders").observe(0.2)
def app(environ, start):
    requests.labels("/metrics", "200").inc()
    for _ in range(10):
        requests.labels("/orders", "200").inc()
        latency.labels("/orders").observe(0.2)
    return metrics(environ, start)
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=Quiet).serve_forever()
"""
#: A fresh command, on a machine with much to do. It is 1.8 s of a processor.
MOST_S = 10.0
POLL_S, POLLS = 0.1, 600


@pytest.fixture
def application() -> Iterator[str]:
    """Yield where an instrumented application answers."""
    port = free_port()
    with ending(subprocess.Popen([sys.executable, "-c", APPLICATION, str(port)])):
        wait_for(lambda: asked(port, "/metrics") is not None)
        yield f"127.0.0.1:{port}"


def asked(port: int, path: str) -> bytes | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except OSError:
        return None
    else:
        return body if response.status == 200 else None
    finally:
        connection.close()


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(POLLS):
        if holds():
            return
        threading.Event().wait(POLL_S)
    raise TimeoutError


def init(folder: Path, address: str, *more: str) -> tuple[str, float]:
    """Run the command as a user does; return what it said and how long it took."""
    started = CLOCK.monotonic()
    told = subprocess.run(
        [sys.executable, "-m", "kizashi", "init", address, "--yes", *more],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout, CLOCK.monotonic() - started


def checked(folder: Path) -> str:
    """Return what the second command says."""
    check = [sys.executable, "-m", "kizashi", "check", "--config", "kizashi.yaml"]
    return subprocess.run(
        check, cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def written(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*.yaml"))


async def measured(folder: Path, path: str) -> dict[str, object]:
    """Check and serve what was written until an objective has events."""
    assert "Errors: 0. Warnings: 0." in await asyncio.to_thread(checked, folder)
    kizashi = Kizashi(folder)
    await kizashi.launch()
    try:
        for _ in range(POLLS):
            body = await asyncio.to_thread(asked, kizashi.port, path)
            if body is not None and (found := json.loads(body))["valid"]:
                return dict(found)
            await CLOCK.sleep(POLL_S)
        raise TimeoutError
    finally:
        await kizashi.kill()


async def test_an_exporter_is_measured_after_three_commands(
    application: str, tmp_path: Path
) -> None:
    told, took_s = init(tmp_path, application, "--service", "shop")

    assert took_s <= MOST_S
    assert "availability: 99.9% over 30d of http_requests_total" in told
    assert "latency: 99% over 30d of http_request_duration_seconds" in told
    text = (tmp_path / "kizashi.yaml").read_text()
    # Two scrapes are waited for; those of a user are fifteen seconds apart.
    (tmp_path / "kizashi.yaml").write_text(
        text.replace("scrape_interval: 15s", "scrape_interval: 1s")
    )
    found = await measured(tmp_path, "/kizashi/v1/objectives/shop/availability")

    assert found["good"] == found["valid"]
    # Ten orders a scrape; the scrape itself is none.
    assert float(str(found["valid"])) % 10 == 0


@pytest.mark.peer("prometheus")
async def test_a_server_is_read_after_three_commands(
    application: str, tmp_path: Path
) -> None:
    (tmp_path / "prometheus").mkdir()
    jobs = [
        {"job_name": "shop", "static_configs": [{"targets": [application]}]},
        {"job_name": "gone", "static_configs": [{"targets": ["127.0.0.1:1"]}]},
    ]
    configuration = {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}
    with running_prometheus(tmp_path / "prometheus", configuration) as server:
        grown = "/api/v1/query?query=increase(http_requests_total%5B1m%5D)%3E0"
        wait_for(
            lambda: bool(
                json.loads(asked(server.port, grown) or b"{}")
                .get("data", {})
                .get("result")
            )
        )
        told, took_s = init(tmp_path, f"127.0.0.1:{server.port}")

        assert took_s <= MOST_S
        assert "is a Prometheus-compatible server" in told
        assert 'handler!="/metrics"' in (tmp_path / "shop.yaml").read_text()
        assert written(tmp_path) == ["kizashi.yaml", "shop.yaml"]
        found = await measured(tmp_path, "/kizashi/v1/objectives/shop/availability")

        assert found["good"] == found["valid"]
