"""A real Prometheus scrapes and counts; the ledger counts the same samples: rule 22."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from parity import JOB, Page, Story, groups_of, hurried, live
from test_parity import specs

from harness.prometheus import PrometheusServer, running_prometheus
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import write_groups
from kizashi.model.labels import Labels
from kizashi.rules.series_names import Series

pytestmark = [pytest.mark.peer("prometheus"), pytest.mark.nightly]

S = 1_000
#: Scrapes that fail, the one before which the process restarts, the first with errors.
FAILING, RESTART, FIRST_ERROR = {8, 9, 15}, 12, 18
ENOUGH_SLICES = 30


class Exporter(BaseHTTPRequestHandler):
    """Counts its scrapes, and lets them decide what happens."""

    scrapes = 0

    def do_GET(self) -> None:
        """Answer a scrape."""
        number = type(self).scrapes = type(self).scrapes + 1
        since = number - RESTART if number >= RESTART else number
        lines = [f'requests_total{{code="200"}} {7 * since}']
        if number >= FIRST_ERROR:
            lines.append(
                f'requests_total{{code="500"}} {2 * (number - FIRST_ERROR + 1)}'
            )
        lines.append(f'duration_seconds_bucket{{le="0.20"}} {5 * since}')
        lines.append(f'duration_seconds_bucket{{le="+Inf"}} {7 * since}')
        body = "".join(f"{line}\n" for line in lines).encode()
        self.send_response(503 if number in FAILING else 200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def exporter() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def samples(
    server: PrometheusServer, selector: str, within: str = "5m"
) -> dict[Labels, list[tuple[int, float]]]:
    """Return the samples of the last minutes, in milliseconds, by series."""
    found = server.get(f"query?query={quote(f'{selector}[{within}]')}")["result"]
    return {
        Labels.of(each["metric"]): [
            (round(ts * 1000), float(value)) for ts, value in each["values"]
        ]
        for each in found
    }


def scraped(
    server: PrometheusServer, within: str = "5m"
) -> list[tuple[int, Page | None]]:
    """Return every scrape as Prometheus has stored it."""
    (ups,) = samples(server, "up", within).values()
    pages: dict[int, dict[Labels, float]] = {}
    for name in ("requests_total", "duration_seconds_bucket"):
        for labels, values in samples(server, name, within).items():
            own = labels.without("job", "instance")
            for ts, value in values:
                pages.setdefault(ts, {})[own] = value
    return [(ts, pages.get(ts, {}) if is_up else None) for ts, is_up in ups]


def test_a_real_server_counts_every_slice_as_the_ledger_does(
    tmp_path: Path, exporter: str
):
    objectives = specs()
    options = CompileOptions(slice_ms=S, jobs={JOB: JobTiming(S, S)})
    quick, slow = groups_of(objectives, options)
    rules = write_groups("s.rules.yaml", hurried([*quick, *slow], S), "query_offset")
    (tmp_path / rules.path).write_text(rules.text)
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": ["*.rules.yaml"],
        "scrape_configs": [
            {"job_name": JOB, "static_configs": [{"targets": [exporter]}]}
        ],
    }
    with running_prometheus(tmp_path, configuration) as server:
        server.targets(lambda _: len(slices(server, Series.SLICE_SEEN)) > ENOUGH_SLICES)
        recorded = {
            series: samples(server, series)
            for series in (Series.SLICE_BAD, Series.SLICE_VALID, Series.SLICE_SEEN)
        }
        story = scraped(server)

    times = sorted(ts for own in recorded[Series.SLICE_SEEN].values() for ts, _ in own)
    phase = times[0] % S
    assert {ts % S for ts in times} == {phase}
    base = (story[0][0] - phase) // S * S - S
    moved = [(ts - phase - base, page) for ts, page in story]
    # A slice more, so that the last one recorded has closed.
    moved = [s for s in moved if s[0] <= times[-1] - phase - base]
    lived = live(Story(S, {"x": [*moved, (moved[-1][0] + S, None)]}), objectives, S)
    compared = 0
    for column, (series, by_labels) in enumerate(recorded.items()):
        for labels, values in by_labels.items():
            expected = lived.slices[labels.get("objective")]
            for ts, value in values:
                number = (ts - phase - base) // S
                if 0 < number < len(expected):
                    assert value == expected[number][column], (series, labels, number)
                    compared += 1
    assert compared > 5 * ENOUGH_SLICES
    assert max(v for v, _, _ in lived.slices["bad"]) >= 2


def slices(server: PrometheusServer, series: Series) -> list[tuple[int, float]]:
    return next(iter(samples(server, series).values()), [])
