"""A real Prometheus and the ledger live through the same outage: rule 22.

Windows, coverage and alerts are compared at Prometheus' own evaluation times.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from parity import JOB, Lived, Story, groups_of, hurried, live
from test_parity import specs
from test_real_server import samples, scraped

from harness.prometheus import PrometheusServer, running_prometheus
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import write_groups
from kizashi.model.durations import format_duration, parse_duration
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.rules.series_names import Series
from kizashi.slo.policy import CustomPair, CustomPolicy

pytestmark = [pytest.mark.peer("prometheus"), pytest.mark.nightly]

#: Of both windows, in slices.
LONG, SHORT = 6, 3
#: By the number of the scrape, from 1: half of all fail, nothing answers, it restarts.
BURNS, FAILS, RESTART = {10, 11, 12}, {11, 15, 16, 17, 18}, 14
ENOUGH = 26
COLUMNS = (Series.WINDOW_BAD, Series.WINDOW_VALID, Series.WINDOW_COVERAGE)


@contextmanager
def exporter() -> Iterator[str]:
    """Serve counters that live through the outage, a scrape a step."""
    counts: dict[str, int] = {}
    scrapes = 0

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal scrapes
            scrapes += 1
            if scrapes == RESTART:
                counts.clear()
            bad = 40 if scrapes in BURNS else 0
            more = {
                'requests_total{code="200"}': 60,
                'requests_total{code="500"}': bad,
                'duration_seconds_bucket{le="0.20"}': 100 - bad,
                'duration_seconds_bucket{le="+Inf"}': 100,
            }
            for series, count in more.items():
                if count or series in counts:
                    counts[series] = counts.get(series, 0) + count
            lines = [f"{series} {count}\n" for series, count in counts.items()]
            body = "".join(lines).encode()
            self.send_response(503 if scrapes in FAILS else 200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.mark.parametrize(
    ("slice_ms", "interval_ms", "timeout_ms"),
    [
        pytest.param(1_000, 1_000, 1_000, id="1s"),
        pytest.param(15_000, 15_000, 10_000, id="15s"),
    ],
)
def test_windows_and_alerts_of_a_real_server_are_the_ledgers(
    tmp_path: Path, slice_ms: int, interval_ms: int, timeout_ms: int
):
    pair = CustomPair(LONG * slice_ms, SHORT * slice_ms, Decimal(2), Severity.PAGE)
    objectives = specs(policy=CustomPolicy((pair,)))
    jobs = {JOB: JobTiming(interval_ms, timeout_ms)}
    options = CompileOptions(slice_ms=slice_ms, jobs=jobs)
    quick, slow = groups_of(objectives, options)
    rules = write_groups(
        "s.rules.yaml", hurried([*quick, *slow], slice_ms), "query_offset"
    )
    (tmp_path / rules.path).write_text(rules.text)
    with exporter() as address:
        configuration = {
            "global": {
                "scrape_interval": format_duration(interval_ms),
                "scrape_timeout": format_duration(timeout_ms),
            },
            "rule_files": ["*.rules.yaml"],
            "scrape_configs": [
                {"job_name": JOB, "static_configs": [{"targets": [address]}]}
            ],
        }
        with running_prometheus(tmp_path, configuration) as server:
            server.targets(lambda found: found["activeTargets"])
            wait_for_slices(server, slice_ms)
            windows = {series: asked(server, series) for series in COLUMNS}
            fired = asked(server, 'ALERTS{alertname="ErrorBudgetBurn"}')
            edges = asked(server, 'kizashi:slice_seen:ratio{objective="bad"}')
            story = scraped(server, "15m")

    ((_, own),) = edges.items()
    times = sorted(own)
    phase = times[0] % slice_ms
    assert {ts % slice_ms for ts in times} == {phase}
    base = (story[0][0] - phase) // slice_ms * slice_ms - slice_ms
    moved = [(ts - phase - base, page) for ts, page in story]
    moved = [s for s in moved if s[0] <= times[-1] - phase - base]
    # A slice more, so that the last one recorded has closed.
    moved.append((moved[-1][0] + slice_ms, None))
    lived = live(Story(interval_ms, {"x": moved}), objectives, slice_ms)
    numbers = [(ts - phase - base) // slice_ms for ts in times]
    # From the first scrape on, which the story has in its second slice.
    numbers = [n for n in numbers if 1 <= n < len(lived.alerts)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    def at(number: int) -> int:
        return number * slice_ms + phase + base

    # A window is compared once the server has recorded every slice of it.
    compared = numbers[LONG:]
    check_windows(windows, lived, {n: at(n) for n in compared}, slice_ms)
    expected = [
        {(o, s) for alert, o, s in lived.alerts[n] if alert == "ErrorBudgetBurn"}
        for n in compared
    ]
    told = [
        {
            (labels.get("objective"), labels.get("severity"))
            for labels, values in fired.items()
            if labels.get("alertstate") == "firing" and at(n) in values
        }
        for n in compared
    ]
    assert told == expected
    # They began and ended within what was compared.
    assert expected[0] == set()
    assert expected[-1] == set()
    assert any(expected)


def check_windows(
    windows: dict[Series, dict[Labels, dict[int, float]]],
    lived: Lived,
    times: dict[int, int],
    slice_ms: int,
) -> None:
    compared, partial = 0, 0
    for column, series in enumerate(COLUMNS):
        for labels, values in windows[series].items():
            length = parse_duration(labels.get("window"))
            if length > LONG * slice_ms:
                continue
            sums = lived.windows[labels.get("objective"), length]
            for number, ts in times.items():
                assert values[ts] == sums[number][column], (labels, number)
                compared += 1
                partial += series is Series.WINDOW_COVERAGE and values[ts] < 1
    assert compared >= 2 * len(COLUMNS) * 3 * 10
    assert partial


def wait_for_slices(server: PrometheusServer, slice_ms: int) -> None:
    """Wait until enough slices are recorded."""
    for _ in range(3 * ENOUGH):
        found = asked(server, 'kizashi:slice_seen:ratio{objective="bad"}')
        if found and min(map(len, found.values())) >= ENOUGH:
            return
        threading.Event().wait(slice_ms / 1_000)
    raise AssertionError("the server does not record slices")


def asked(server: PrometheusServer, selector: str) -> dict[Labels, dict[int, float]]:
    """Return the samples of the last quarter of an hour, by series and time."""
    return {k: dict(v) for k, v in samples(server, selector, "15m").items()}
