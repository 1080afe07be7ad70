"""Rules held against what really runs: exporters that are scraped, a Prometheus."""

import http.client
import http.server
import json
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from harness.prometheus import PrometheusServer, running_prometheus
from harness.serving import ending
from harness.victoria_metrics import running_victoria_metrics
from kizashi.cli import run

#: An application with the official client: traffic, latency, a counter that stands
#: still, a gauge. Its /metrics counts itself, as instrumented servers do.
APPLICATION = """
import sys, time
from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app
from wsgiref.simple_server import WSGIRequestHandler, make_server
requests = Counter("http_requests", "", ["handler", "status_code"])
starts = Counter("app_starts", "")
starts.inc()
latency = Histogram("http_request_duration_seconds", "", ["route"], buckets=(0.1, 0.25, 1))
queue = Gauge("queue_length", "")
for _ in range(30):
    requests.labels("/orders", "200").inc()
    latency.labels("/orders").observe(0.05)
requests.labels("/orders", "500").inc()
latency.labels("/export").observe(3)
metrics = make_wsgi_app()
def app(environ, start):
    requests.labels("/metrics", "200").inc()
    latency.labels("/orders").observe(0.05)
    queue.inc()
    return metrics(environ, start)
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=Quiet).serve_forever()
"""
RULES = """\
groups:
  - name: shop
    rules:
      - {alert: Name, expr: 'sum(rate(http_request_total[5m])) > 100'}
      - {alert: Label, expr: 'sum(rate(http_requests_total{status="500",handler!="/metrics"}[5m])) > 1'}
      - {alert: Negated, expr: 'sum(rate(http_requests_total{code!~"2..",handler!="/metrics"}[5m])) > 1'}
      - {alert: Value, expr: 'sum(rate(http_requests_total{status_code="5xx",handler!="/metrics"}[5m])) > 1'}
      - {record: 'shop:fast:ratio', expr: 'sum(rate(http_request_duration_seconds_bucket{le="0.2"}[5m])) / sum(rate(http_request_duration_seconds_count[5m]))'}
      - {record: 'shop:quick:ratio', expr: 'sum(rate(http_request_duration_seconds_bucket{le="5"}[5m])) / sum(rate(http_request_duration_seconds_count[5m]))'}
      - {alert: Never, expr: 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 2'}
      - {alert: Each, expr: 'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) > 0.25'}
      - {alert: Machines, expr: 'sum(rate(http_requests_total[5m])) > 100'}
      - {alert: Gauge, expr: 'rate(queue_length[5m]) > 1'}
      - {alert: Sound, expr: 'sum(rate(http_requests_total{status_code=~"5..",handler!="/metrics"}[5m])) / sum(rate(http_requests_total{handler!="/metrics"}[5m])) > 0.05', for: 5m}
      - {alert: NotYet, expr: 'sum(rate(http_requests_total{status_code="503",handler!="/metrics"}[5m])) > 1'}
"""
EXPECTED = {
    ("Name", "metric-not-exported"),
    ("Label", "label-not-exported"),
    ("Negated", "label-excludes-nothing"),
    ("Value", "value-not-exported"),
    ("shop:fast:ratio", "threshold-without-edge"),
    ("shop:quick:ratio", "threshold-above-last-edge"),
    ("Never", "quantile-never-above"),
    ("Each", "quantile-of-each-series"),
    ("Machines", "machines-counted"),
    ("Gauge", "rate-of-gauge"),
}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Return once a port answers a request for /metrics."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/metrics")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            Event().wait(0.05)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError(port)


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    """Run an instrumented application; its address."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", APPLICATION, str(port)])
    with ending(process):
        wait_for(port)
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def prometheus(
    application: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrometheusServer]:
    """Run a server that has scraped the application several times."""
    job = {
        "job_name": "shop",
        "scrape_interval": "500ms",
        "static_configs": [{"targets": [application]}],
    }
    with running_prometheus(
        tmp_path_factory.mktemp("prometheus"),
        {"scrape_configs": [job]},
        ["--storage.tsdb.retention.time=10d"],
    ) as server:
        server.targets(bool)
        for _ in range(600):
            if server.query("count_over_time(up[1m]) > 4"):
                break
            Event().wait(0.05)
        yield server


def findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rules: str, *arguments: str
) -> tuple[dict[tuple[str, str], dict[str, Any]], dict[str, Any]]:
    """Lint rules; return findings by the rule's name and theirs, and the answer."""
    path = tmp_path / "rules.yml"
    path.write_text(rules)
    lines = rules.splitlines()
    run(["check", "--lint", str(path), "--format", "json", *arguments])
    answer = json.loads(capsys.readouterr().out)
    found = {}
    for one in answer["findings"]:
        line = lines[one["line"] - 1]
        name = line.partition("alert: ")[2] or line.partition("record: ")[2]
        found[name.partition(",")[0].strip("'"), one["rule"]] = one
    return found, answer


def test_what_an_exporter_lacks_is_found_by_scraping_it(
    application: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    found, answer = findings(
        tmp_path, capsys, RULES, "--targets", application, "--over", "100ms"
    )

    assert set(found) == EXPECTED
    name = found["Name", "metric-not-exported"]
    assert f"{application} exports " in name["evidence"]
    assert "The nearest is http_requests_total." in name["evidence"]
    assert name["correction"] == "sum(rate(http_requests_total[5m])) > 100"
    edges = found["shop:fast:ratio", "threshold-without-edge"]
    assert "0.1, 0.25, 1.0, +Inf; the nearest is 0.25" in edges["evidence"]
    assert 'le="0.25"' in edges["correction"]
    assert answer["unseen"] == []


@pytest.mark.peer("prometheus")
def test_a_server_is_asked_for_the_same_and_for_jobs_and_retention(
    prometheus: PrometheusServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    more = """\
      - {alert: Job, expr: 'up{job="shopp"} == 0', for: 5m}
      - {alert: Long, expr: 'sum(increase(http_requests_total{handler!="/metrics"}[30d])) > 1'}
      - {alert: Still, expr: 'sum(rate(app_starts_total[5m])) < 0.1 or absent(app_starts_total)'}
      - {alert: Known, expr: 'up{job="shop"} == 0', for: 5m}
"""
    url = f"http://127.0.0.1:{prometheus.port}"
    found, _ = findings(
        tmp_path, capsys, RULES + more, "--upstream", url, "--over", "1m"
    )

    assert set(found) == EXPECTED | {
        ("Job", "job-cannot-match"),
        ("Long", "range-beyond-retention"),
        ("Still", "counter-never-moves"),
    }
    assert found["Job", "job-cannot-match"]["correction"] == 'up{job="shop"} == 0'
    told = found["Long", "range-beyond-retention"]["evidence"]
    assert told == f"127.0.0.1:{prometheus.port} keeps samples for 10d."


@pytest.fixture
def guarded(prometheus: PrometheusServer) -> Iterator[str]:
    """Ask for a password in front of the server; the address."""
    wanted = "Basic " + b64encode(b"reader:sesame").decode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers["Authorization"] != wanted:
                self.answer(401, b"no")
                return
            length = int(self.headers.get("Content-Length", 0))
            behind = http.client.HTTPConnection("127.0.0.1", prometheus.port)
            kept = {k: v for k, v in self.headers.items() if k == "Content-Type"}
            behind.request(self.command, self.path, self.rfile.read(length), kept)
            said = behind.getresponse()
            self.answer(said.status, said.read())
            behind.close()

        do_POST = do_GET  # noqa: N815 - the library's name

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.peer("prometheus")
def test_a_configuration_says_how_to_log_in(
    guarded: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    config = tmp_path / "kizashi.yaml"
    login = "basic_auth: {username: reader, password: sesame}"
    config.write_text(f"upstream: {{url: '{guarded}', {login}}}\n")

    found, answer = findings(
        tmp_path, capsys, RULES, "--upstream", guarded, "--over", "1m"
    )
    assert found == {}
    assert "401" in answer["unseen"][0]

    found, answer = findings(
        tmp_path, capsys, RULES, "--upstream", guarded, "--config", str(config)
    )
    assert ("Name", "metric-not-exported") in found
    assert answer["unseen"] == []


def test_a_password_in_an_address_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "rules.yml"
    path.write_text(RULES)

    for option in ("--targets", "--upstream"):
        asked = ["check", "--lint", str(path), option, "http://a:hunter2@127.0.0.1:1"]
        assert run(asked) == 2
        told = capsys.readouterr().err
        assert "must not hold a password" in told
        assert "hunter2" not in told


@pytest.mark.peer("victoria-metrics")
def test_another_server_of_the_same_interface_is_asked_alike(
    application: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    job = {
        "job_name": "shop",
        "scrape_interval": "500ms",
        "static_configs": [{"targets": [application]}],
    }
    config = tmp_path / "scrape.yml"
    config.write_text(json.dumps({"scrape_configs": [job]}))
    with running_victoria_metrics(tmp_path, [f"-promscrape.config={config}"]) as port:
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            found, answer = findings(
                tmp_path, capsys, RULES, "--upstream", url, "--over", "1m"
            )
            if ("Machines", "machines-counted") in found:
                break
            Event().wait(0.3)

    assert answer["unseen"] == []
    # It knows no types of metrics.
    assert set(found) == EXPECTED - {("Gauge", "rate-of-gauge")}


@pytest.mark.peer("prometheus")
def test_each_finding_of_absence_is_true_in_the_server(
    prometheus: PrometheusServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """What is said to select nothing selects nothing; its correction selects."""
    url = f"http://127.0.0.1:{prometheus.port}"
    found, _ = findings(tmp_path, capsys, RULES, "--upstream", url, "--over", "1m")

    for key in (("Name", "metric-not-exported"), ("Label", "label-not-exported")):
        corrected = found[key]["correction"].partition(" > ")[0]
        assert prometheus.query(corrected.replace("5m", "1m"))
    assert not prometheus.query("http_request_total")
    assert not prometheus.query('http_requests_total{status="500"}')
    assert prometheus.query('http_requests_total{code!~"2..", status_code="200"}')


def test_a_target_that_does_not_answer_is_told_once_and_nothing_is_called_missing(
    application: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    found, answer = findings(
        tmp_path,
        capsys,
        RULES,
        "--targets",
        f"{application},127.0.0.1:{free_port()}",
        "--over",
        "50ms",
    )

    assert {rule for _, rule in found} == {
        "machines-counted",
        "rate-of-gauge",
        "quantile-of-each-series",
    }
    (told,) = answer["unseen"]
    assert "could not be looked at" in told


def test_a_server_that_does_not_answer_is_told_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    url = f"http://127.0.0.1:{free_port()}"

    found, answer = findings(tmp_path, capsys, RULES, "--upstream", url)

    assert found == {}
    assert len(answer["unseen"]) == 1


@pytest.mark.peer("prometheus-blackbox-exporter")
def test_rules_for_probes_hold_against_the_real_exporter(
    application: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    modules = tmp_path / "blackbox.yml"
    modules.write_text("modules: {http_2xx: {prober: http}}\n")
    port = free_port()
    process = subprocess.Popen(
        [  # noqa: S607 - the peer is whatever PATH offers
            "prometheus-blackbox-exporter",
            f"--config.file={modules}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stderr=subprocess.DEVNULL,
    )
    rules = """\
groups:
  - name: probes
    rules:
      - {alert: Down, expr: 'probe_success{instance="https://shop"} == 0', for: 5m}
      - {alert: Slow, expr: 'probe_http_duration_seconds{phase="Transfer"} > 1', for: 5m}
      - {alert: Certificate, expr: 'probe_ssl_earliest_cert_expire - time() < 86400'}
"""
    with ending(process):
        wait_for(port)
        probe = f"http://127.0.0.1:{port}/probe?target={application}/metrics"
        found, answer = findings(
            tmp_path, capsys, rules, "--targets", probe, "--over", "50ms"
        )

    assert answer["unseen"] == []
    assert set(found) == {
        ("Slow", "value-not-exported"),
        ("Certificate", "metric-not-exported"),
    }


DECLARATION = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop, owner: shop}
spec:
  job: shopp
  objectives:
    - name: availability
      target: 99.9%
      window: 30d
      ratio: {bad: 'http_requests_total{handler!="/metrics",status=~"5.."}', valid: 'http_requests_total{handler!="/metrics"}'}
    - name: latency
      target: 95%
      window: 30d
      latency: {histogram: http_request_duration_seconds, below: 200ms}
    - name: fast
      target: 95%
      window: 30d
      latency: {histogram: http_request_duration_seconds, below: 250ms}
    - name: jobs
      target: 99%
      window: 30d
      ratio: {bad: job_failed_total, valid: job_total}
"""


@pytest.mark.peer("prometheus")
def test_objectives_are_held_against_what_there_is(
    prometheus: PrometheusServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "shop.yaml"
    path.write_text(DECLARATION)
    url = f"http://127.0.0.1:{prometheus.port}"

    run(["check", "--lint", str(path), "--upstream", url, "--format", "json"])

    lines = DECLARATION.splitlines()
    told = {
        (lines[f["line"] - 1].rpartition("name: ")[2], f["rule"])
        for f in json.loads(capsys.readouterr().out)["findings"]
    }
    assert told == {
        ("availability", "label-not-exported"),
        ("latency", "threshold-without-edge"),
        ("jobs", "metric-not-exported"),
        *((name, "job-cannot-match") for name in ("availability", "latency")),
        *((name, "job-cannot-match") for name in ("fast", "jobs")),
    }


def test_problems_of_a_declaration_are_among_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "shop.yaml"
    path.write_text(DECLARATION.replace("99.9%", "100%"))

    assert run(["check", "--lint", str(path), "--format", "json"]) == 1

    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "objective.target-whole"


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """Serve one page, one that is gone, one that wants a login; the address."""
    statuses = {"/here": 200, "/gone": 404, "/mine": 403}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.get(self.path, 500))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_links_are_tried_only_when_that_is_asked(
    pages: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rules = "groups:\n  - name: g\n    rules:\n" + "".join(
        f"      - {{alert: {name}, expr: 'up == 0', for: 5m,"
        f" annotations: {{runbook_url: '{pages}/{name}'}}}}\n"
        for name in ("here", "gone", "mine")
    )

    assert findings(tmp_path, capsys, rules)[0] == {}
    found, answer = findings(tmp_path, capsys, rules, "--links")

    assert set(found) == {("gone", "dead-runbook")}
    assert "HTTP 404" in found["gone", "dead-runbook"]["evidence"]
    (told,) = answer["unseen"]
    assert f"{pages}/mine" in told
