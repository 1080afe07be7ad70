"""What a changed configuration of a real server shows is no outage: rules 3 and 18.

Unit tests of rules write staleness markers at once. A server writes them when it
notices: two intervals after a reload that renames, and never when it was killed.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from parity import JOB, groups_of
from test_real_server import samples
from test_wider_parity import specs

from harness.prometheus import PrometheusServer, running_prometheus
from kizashi.clock import SystemClock
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import write_groups
from kizashi.rules.series_names import Series

pytestmark = [pytest.mark.peer("prometheus"), pytest.mark.nightly]

S = 1_000
TARGETS = 8
#: Where the counter of errors stands on every target, from before anyone looked.
STANDING = 5_000
DROPS_ERRORS = {
    "source_labels": ["__name__", "code"],
    "regex": "requests_total;5..",
    "action": "drop",
}
RENAMES = {"target_label": "zone", "replacement": "a"}
DROPS_ALL = {"source_labels": ["__name__"], "regex": "requests_total", "action": "drop"}
#: One after the other; each is scraped some times before the next.
CONFIGURATIONS = (
    (),
    (DROPS_ERRORS,),
    (),
    (RENAMES,),
    (DROPS_ALL,),
    (RENAMES,),
    (),
    (RENAMES, DROPS_ERRORS),
    (RENAMES,),
)


@dataclass
class Exporters:
    """Targets alike: requests succeed, and none of them fails unless it is told to.

    Attributes:
        addresses: Where they answer.
        failed: How many requests have failed with 503, on each; none of them ever did
            where it is 0, and then there is no such series.
        stamped_s: How old the time stamps of its counters are; 0 for none.
    """

    addresses: list[str] = field(default_factory=list)
    failed: int = 0
    requests: int = 0
    stamped_s: int = 0

    def page(self) -> bytes:
        """Return the next page."""
        self.requests += 1
        lines = [
            f'requests_total{{code="200"}} {7 * self.requests}',
            f'requests_total{{code="500"}} {STANDING}',
            *(f'process_info{{number="{n}"}} 1' for n in range(12)),
        ]
        if self.failed:
            lines.append(f'requests_total{{code="503"}} {self.failed}')
        stamp = ""
        if self.stamped_s:
            stamp = f" {SystemClock().now_ms() - self.stamped_s * S}"
        return "".join(f"{line}{stamp}\n" for line in lines).encode()


@contextmanager
def exporters() -> Iterator[Exporters]:
    """Run the targets."""
    told = Exporters()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = told.page()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ExitStack() as running:
        for _ in range(TARGETS):
            server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
            running.callback(server.server_close)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            running.callback(thread.join, 10)
            running.callback(server.shutdown)
            told.addresses.append(f"127.0.0.1:{server.server_port}")
        yield told


def configuration(
    targets: Exporters, relabellings: tuple[Mapping[str, object], ...]
) -> dict[str, object]:
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": ["*.rules.yaml"],
        "scrape_configs": [
            {
                "job_name": JOB,
                "static_configs": [{"targets": targets.addresses}],
                "metric_relabel_configs": list(relabellings),
            }
        ],
    }


def write_rules(folder: Path) -> None:
    """Write the rules of an objective on errors, which look two seconds back."""
    options = CompileOptions(
        slice_ms=S, jobs={JOB: JobTiming(S, S)}, query_offset_ms=2 * S
    )
    quick, slow = groups_of(specs()[:1], options)
    rules = write_groups("s.rules.yaml", [*quick, *slow], "query_offset")
    (folder / rules.path).write_text(rules.text)


def slices(server: PrometheusServer, series: Series) -> dict[int, float]:
    return dict(next(iter(samples(server, series, "15m").values()), []))


def wait_for(server: PrometheusServer, more: int) -> None:
    """Wait until so many more slices are recorded."""
    before = len(slices(server, Series.SLICE_SEEN))
    server.targets(lambda _: len(slices(server, Series.SLICE_SEEN)) >= before + more)


def test_reloads_that_rename_drop_and_reveal_series_are_no_outage(tmp_path: Path):
    write_rules(tmp_path)
    with exporters() as targets:
        lifecycle = ["--web.enable-lifecycle"]
        first = configuration(targets, CONFIGURATIONS[0])
        with running_prometheus(tmp_path, first, lifecycle) as server:
            server.targets(lambda found: found["activeTargets"])
            for relabellings in CONFIGURATIONS:
                settings = configuration(targets, relabellings)
                (tmp_path / "prometheus.yml").write_text(json.dumps(settings))
                server.reload()
                wait_for(server, 8)
            bad = slices(server, Series.SLICE_BAD)
            valid = slices(server, Series.SLICE_VALID)

    assert len(bad) >= 7 * len(CONFIGURATIONS)
    assert {ts: n for ts, n in bad.items() if n} == {}
    # Requests that succeeded while they were dropped are counted, and no more.
    assert max(valid.values()) < TARGETS * STANDING
    assert sum(valid.values()) > 0


@pytest.mark.parametrize("back_after", [20, 310])
def test_a_kill_with_a_rule_that_drops_and_is_rolled_back_is_no_outage(
    tmp_path: Path, back_after: int
):
    """No marker is written, and look-back finds the series for five minutes."""
    write_rules(tmp_path)
    with exporters() as targets:
        lifecycle = ["--web.enable-lifecycle"]
        kept = configuration(targets, ())
        with running_prometheus(tmp_path, kept, lifecycle) as server:
            server.targets(lambda found: found["activeTargets"])
            wait_for(server, 8)
            server.kill()
            dropping = configuration(targets, (DROPS_ERRORS,))
            (tmp_path / "prometheus.yml").write_text(json.dumps(dropping))
            server.start_again()
            server.targets(lambda found: found["activeTargets"])
            for _ in range(back_after // 10):
                wait_for(server, 10)
            (tmp_path / "prometheus.yml").write_text(json.dumps(kept))
            server.reload()
            wait_for(server, 8)
            bad = slices(server, Series.SLICE_BAD)

    assert len(bad) >= back_after
    assert {ts: n for ts, n in bad.items() if n} == {}


def test_first_errors_count_once_the_memory_is_seeded(tmp_path: Path):
    """Three on each of eight targets, after a reload whose series were no births."""
    write_rules(tmp_path)
    with exporters() as targets:
        lifecycle = ["--web.enable-lifecycle"]
        hidden = configuration(targets, (DROPS_ERRORS,))
        with running_prometheus(tmp_path, hidden, lifecycle) as server:
            server.targets(lambda found: found["activeTargets"])
            for _ in range(30):
                wait_for(server, 10)
                if samples(server, Series.MEMORY_COMPLETE, "15m"):
                    break
            (tmp_path / "prometheus.yml").write_text(
                json.dumps(configuration(targets, ()))
            )
            server.reload()
            wait_for(server, 5)
            targets.failed = 3
            wait_for(server, 8)
            bad = slices(server, Series.SLICE_BAD)

    assert sum(bad.values()) == 3 * TARGETS


def test_counters_whose_pages_stamp_them_older_than_a_slice_count_nothing(
    tmp_path: Path,
):
    """The server has them too late for the slice in which they are stamped."""
    write_rules(tmp_path)
    with exporters() as targets:
        targets.stamped_s = 20
        with running_prometheus(tmp_path, configuration(targets, ())) as server:
            server.targets(lambda found: found["activeTargets"])
            wait_for(server, 12)
            valid = slices(server, Series.SLICE_VALID)
            stored = samples(server, 'requests_total{code="200"}', "15m")

    assert all(len(values) > 5 for values in stored.values())
    assert set(valid.values()) <= {0.0}
