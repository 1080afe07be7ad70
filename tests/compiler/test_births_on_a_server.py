"""A real server is killed, and its configuration changed while it runs: nothing is born.

Unit tests of rules cannot tell this: promtool ends a series where its samples end. Every
job here has a counter of failures that stands at 5,000 and never grows.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from parity import groups_of, hurried

from harness.prometheus import PrometheusServer, running_prometheus
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import write_groups
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec

pytestmark = [pytest.mark.peer("prometheus"), pytest.mark.nightly]

S = 1_000
HIDDEN, RENAMED, REVEALED, BORN = JOBS = ("hidden", "renamed", "revealed", "born")
DROPPED = {
    "source_labels": ["__name__", "code"],
    "regex": "requests_total;500",
    "action": "drop",
}
NAMED_ANEW = {"target_label": "zone", "replacement": "b"}
#: A second beyond what any slice looks back, and two scrapes.
ROLLED_BACK_AFTER_S = 303


@dataclass
class World:
    """An exporter, and a server that reads it under rules that a test changes.

    Attributes:
        failures: Of the job whose counter of failures is really born; None before.
        relabelling: The metric relabelling of each job.
    """

    folder: Path
    failures: int | None = None
    relabelling: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def page(self, job: str) -> str:
        """Return what a target of a job exposes."""
        lines = [f'other_total{{n="{n}"}} {n}' for n in range(20)]
        lines.append('requests_total{code="200"} 70000')
        failed = self.failures if job == BORN else 5_000
        if failed is not None:
            lines.append(f'requests_total{{code="500"}} {failed}')
        return "\n".join([*lines, ""])

    def configuration(self, address: str) -> dict[str, object]:
        """Return what the server is told."""
        return {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "rule_files": ["*.rules.yaml"],
            "scrape_configs": [
                {
                    "job_name": job,
                    "metrics_path": f"/{job}",
                    "static_configs": [{"targets": [address]}],
                    "metric_relabel_configs": self.relabelling.get(job, []),
                }
                for job in JOBS
            ],
        }


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, relabelling={REVEALED: [DROPPED]})


@pytest.fixture
def exporter(world: World) -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = world.page(self.path.strip("/")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def write_rules(folder: Path) -> None:
    """Write rules of an objective for each job; what runs at leisure runs soon."""
    objectives = [
        ObjectiveSpec(
            "s",
            job,
            Decimal("0.9"),
            RollingWindow(7_200_000),
            RatioIndicator(
                valid=parse_selector(f'requests_total{{job="{job}"}}'),
                bad=parse_selector(f'requests_total{{job="{job}",code="500"}}'),
            ),
            job=job,
        )
        for job in JOBS
    ]
    jobs = {job: JobTiming(S, S) for job in JOBS}
    quick, slow = groups_of(objectives, CompileOptions(slice_ms=S, jobs=jobs))
    groups = hurried([*quick, *slow], 5 * S)
    text = write_groups("s.rules.yaml", groups, "query_offset").text
    (folder / "s.rules.yaml").write_text(text)


def wait(is_done: Callable[[], object], most_s: int = 60) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: If it takes longer.
    """
    for _ in range(5 * most_s):
        if is_done():
            return
        threading.Event().wait(0.2)
    raise TimeoutError("the server did not come to what the test waits for")


def now_s(server: PrometheusServer) -> float:
    return float(server.query("vector(time())")[0][1])


def counted(server: PrometheusServer) -> Mapping[str, float]:
    """Return the bad events of each job, all slices together."""
    found = server.query(f"sum_over_time({Series.SLICE_BAD}[30m])")
    return {labels["objective"]: float(value) for labels, value in found}


def slices(server: PrometheusServer) -> int:
    """Return how many slices have been recorded."""
    found = server.query(
        f'count_over_time({Series.SLICE_SEEN}{{objective="born"}}[30m])'
    )
    return int(found[0][1]) if found else 0


def shows(server: PrometheusServer, selector: str) -> bool:
    return bool(server.query(f"requests_total{{{selector}}}"))


def settle(server: PrometheusServer, more: int = 5) -> None:
    """Wait until some more slices have been recorded."""
    until = slices(server) + more
    wait(lambda: slices(server) >= until)


def reload(server: PrometheusServer, world: World, address: str) -> None:
    told = yaml.safe_dump(world.configuration(address))
    (world.folder / "prometheus.yml").write_text(told)
    server.reload()


def begin(server: PrometheusServer, world: World) -> None:
    """Let the first failures be born once rules know what there was."""
    server.targets(lambda found: len(found["activeTargets"]) == len(JOBS))
    wait(lambda: server.query(f"{Series.MEMORY_COMPLETE}"))
    settle(server)
    world.failures = 5
    wait(lambda: shows(server, 'job="born",code="500"'))
    settle(server)
    assert counted(server)[BORN] == 5


def change_while_it_runs(server: PrometheusServer, world: World, address: str) -> None:
    """Rename the labels of one job, and take the drop rule of another away."""
    world.relabelling = {RENAMED: [NAMED_ANEW]}
    reload(server, world, address)
    wait(lambda: shows(server, 'job="renamed",zone="b"'))
    wait(lambda: shows(server, 'job="revealed",code="500"'))
    settle(server)


def test_a_reload_that_renames_or_reveals_counters_invents_no_events(
    world: World, exporter: str
):
    write_rules(world.folder)
    told = world.configuration(exporter)
    arguments = ["--web.enable-lifecycle"]
    with running_prometheus(world.folder, told, arguments) as server:
        begin(server, world)

        change_while_it_runs(server, world, exporter)

        assert counted(server) == {HIDDEN: 0, RENAMED: 0, REVEALED: 0, BORN: 5}


def test_a_killed_server_whose_rule_is_rolled_back_invents_no_events(
    world: World, exporter: str
):
    """The counter is back when no slice looks back to its last sample any more."""
    write_rules(world.folder)
    told = world.configuration(exporter)
    arguments = ["--web.enable-lifecycle"]
    with running_prometheus(world.folder, told, arguments) as server:
        begin(server, world)
        killed_s = now_s(server)
        server.kill()
        world.relabelling[HIDDEN] = [DROPPED]
        changed = yaml.safe_dump(world.configuration(exporter))
        (world.folder / "prometheus.yml").write_text(changed)
        server.start_again()
        server.targets(lambda found: len(found["activeTargets"]) == len(JOBS))
        settle(server)
        back_s = killed_s + ROLLED_BACK_AFTER_S
        wait(lambda: now_s(server) > back_s, 2 * ROLLED_BACK_AFTER_S)
        assert not shows(server, 'job="hidden",code="500"')

        del world.relabelling[HIDDEN]
        reload(server, world, exporter)
        wait(lambda: shows(server, 'job="hidden",code="500"'))
        world.failures = 8
        settle(server)

        assert counted(server) == {HIDDEN: 0, RENAMED: 0, REVEALED: 0, BORN: 8}
