"""A real Prometheus and our scraper scrape the same pages: same targets, same series."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from harness.targets import Servers, wait
from kizashi.clock import SystemClock
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    FileDiscovery,
    RelabelAction as Action,
    RelabelRule,
    ScrapeConfig,
    TargetGroup,
)
from kizashi.scrape.loop import Scraper
from kizashi.scrape.results import ScrapeHealth, ScrapeResult
from kizashi.scrape.targets import DiscoveredTarget

pytestmark = [pytest.mark.anyio, pytest.mark.peer("prometheus")]

REPORT = ("up", "scrape_")
PAGES = {
    "/metrics": """
# HELP hits Hits.
# TYPE hits counter
hits{path="/a",code="200"} 12
hits{path="/b",code="503"} 3.5
hits{path="/a",code="200"} 12
# TYPE took histogram
took_bucket{le="0.1"} 1
took_bucket{le="+Inf"} 2
took_sum 0.7
took_count 2
odd NaN
big +Inf
tiny 5e-324
escaped{text="a\\\\b\\"c\\nd"} 1
""",
    "/clash": """
m{job="own"} 1
m{instance="own"} 2
m{job="own",exported_job="older"} 3
m{job="own",exported_job="older",exported_exported_job="oldest"} 4
m{zone="own",exported_zone="older"} 5
""",
    "/blank": """
pushed{job="batch",instance=""} 1
pushed_too{job="",instance="x"} 2
""",
    "/stamped": "then 1 {then}\nlater 2 {later}\nnow 3\n",
    "/probe": "probe_success 1\n",
}


def rule(action: Action, *sources: str, **more: object) -> RelabelRule:
    return RelabelRule(action, sources, **more)


RELABEL = (
    rule(Action.REPLACE, "__address__", regex="(.*):.*", target_label="host"),
    rule(Action.REPLACE, "name", "host", separator="/", target_label="where"),
    rule(
        Action.REPLACE, "name", regex="(.)(.*)", target_label="n_$1", replacement="$2"
    ),
    rule(Action.LABELMAP, regex="meta_(.+)"),
    rule(Action.LABELDROP, regex="meta_.*"),
    rule(Action.HASHMOD, "name", modulus=8, target_label="shard"),
    rule(Action.UPPERCASE, "name", target_label="loud"),
    rule(Action.KEEP, "name", regex="one|two"),
    rule(Action.DROP, "name", "zone", regex="two;b"),
)
METRIC_RELABEL = (
    rule(Action.DROP, "__name__", regex="took_.*"),
    rule(
        Action.REPLACE,
        "__name__",
        regex="(hits)",
        target_label="__name__",
        replacement="${1}_total",
    ),
    rule(Action.REPLACE, "path", regex="/(.*)", target_label="route"),
    rule(Action.LABELDROP, regex="path|text"),
    rule(Action.DROP_EQUAL, "route", target_label="name"),
    rule(Action.LOWERCASE, "code", target_label="code"),
)
NAMELESS = (rule(Action.REPLACE, "__name__", regex="hits", target_label="__name__"),)
PROBE = (
    rule(Action.REPLACE, "__address__", target_label="__param_target"),
    rule(Action.REPLACE, "__param_target", target_label="instance"),
    rule(Action.REPLACE, "ours", target_label="__address__"),
)


def jobs(port: int, folder: Path) -> list[ScrapeConfig]:
    ours = f"127.0.0.1:{port}"
    group = TargetGroup((ours,), Labels.of(zone="a", name="one"))
    plain = ScrapeConfig(
        "plain", interval_ms=1_000, timeout_ms=1_000, static_groups=(group,)
    )
    groups = [
        TargetGroup((ours,), Labels.of(zone=zone, name=name, meta_team="core"))
        for zone, name in (("a", "one"), ("b", "two"), ("a", "two"), ("a", "three"))
    ]
    target_file = folder / "targets.json"
    entry = {
        "targets": [ours],
        "labels": {"name": "file", "__metrics_path__": "/probe"},
    }
    target_file.write_text(json.dumps([entry]))
    others = {
        "renamed": {"metrics_path": "/clash"},
        "honoured": {"metrics_path": "/clash", "honor_labels": True},
        "blank": {"metrics_path": "/blank"},
        "relabelled": {"relabel": RELABEL, "static_groups": tuple(groups)},
        "cut": {"metric_relabel": METRIC_RELABEL},
        "nameless": {"metric_relabel": NAMELESS},
        "stamped": {"metrics_path": "/stamped"},
        "unstamped": {"metrics_path": "/stamped", "honor_timestamps": False},
        "probe": {
            "metrics_path": "/probe",
            "params": (("module", ("http_2xx",)), ("x", ("1 2", "ü"))),
            "relabel": PROBE,
            "static_groups": (
                TargetGroup(
                    ("http://a.example/?q=1", "b.example"), Labels.of(ours=ours)
                ),
            ),
        },
        "file": {
            "static_groups": (),
            "file_discoveries": (FileDiscovery((str(target_file),)),),
        },
        "down": {"static_groups": (TargetGroup(("127.0.0.1:1",)),)},
    }
    return [
        plain,
        *(replace(plain, job_name=name, **more) for name, more in others.items()),
    ]


def for_prometheus(config: ScrapeConfig) -> dict[str, object]:
    """Return a job as Prometheus' configuration file has it."""
    return {
        "job_name": config.job_name,
        "scrape_interval": format_duration(config.interval_ms),
        "scrape_timeout": format_duration(config.timeout_ms),
        "metrics_path": config.metrics_path,
        "honor_labels": config.honor_labels,
        "honor_timestamps": config.honor_timestamps,
        "params": {name: list(values) for name, values in config.params},
        "static_configs": [
            {"targets": list(g.addresses), "labels": g.labels.as_dict()}
            for g in config.static_groups
        ],
        "file_sd_configs": [{"files": list(f.paths)} for f in config.file_discoveries],
        "relabel_configs": [rule_for_prometheus(r) for r in config.relabel],
        "metric_relabel_configs": [
            rule_for_prometheus(r) for r in config.metric_relabel
        ],
    }


def rule_for_prometheus(rule: RelabelRule) -> dict[str, object]:
    written = {
        "action": rule.action.value,
        "source_labels": list(rule.source_labels),
        "separator": rule.separator,
        "regex": rule.regex,
        "target_label": rule.target_label,
        "replacement": rule.replacement,
        "modulus": rule.modulus,
    }
    if rule.action in {Action.DROP_EQUAL, Action.KEEP_EQUAL}:
        del written["separator"], written["regex"], written["replacement"]
    if rule.action in {Action.LABELDROP, Action.LABELKEEP}:
        return {"action": rule.action.value, "regex": rule.regex}
    return {name: value for name, value in written.items() if value}


class Collector:
    """Keeps the last result of each target."""

    def __init__(self) -> None:
        self.last: dict[str, ScrapeResult] = {}

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None: ...

    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None: ...

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None: ...

    def on_finished(self, result: ScrapeResult) -> None:
        self.last[f"{result.target.key}"] = result


@pytest.fixture
async def pages(servers: Servers) -> int:
    """A server of PAGES; returns its port."""
    now_ms = SystemClock().now_ms()
    stamps = {"then": now_ms - 30_000, "later": now_ms + 3_600_000}

    async def respond(head: str, writer: asyncio.StreamWriter) -> None:
        path = head.split(" ")[1].partition("?")[0]
        text = PAGES[path].lstrip()
        body = (text.format(**stamps) if path == "/stamped" else text).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()

    return (await servers.start(respond)).port


class Prometheus:
    """A running Prometheus' HTTP API."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._base = f"http://127.0.0.1:{port}"

    async def get(self, path: str, **params: str) -> dict[str, object]:
        async with self._session.get(self._base + path, params=params) as answer:
            return (await answer.json())["data"]

    async def is_ready(self) -> bool:
        try:
            async with self._session.get(f"{self._base}/-/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@pytest.fixture
async def prometheus(pages: int, tmp_path: Path) -> AsyncIterator[Prometheus]:
    config = {"scrape_configs": [for_prometheus(j) for j in jobs(pages, tmp_path)]}
    file = tmp_path / "prometheus.json"
    file.write_text(json.dumps(config))
    probe = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    await probe.wait_closed()
    process = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    )
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            server = Prometheus(session, port)
            while not await server.is_ready():
                assert process.returncode is None, "Prometheus refused to start"
                await wait(0.05)
            while not await _all_scraped(server):
                await wait(0.1)
            yield server
    finally:
        process.terminate()
        await process.wait()


async def _all_scraped(server: Prometheus) -> bool:
    active = (await server.get("/api/v1/targets"))["activeTargets"]
    return bool(active) and all(t["health"] != "unknown" for t in active)


@pytest.fixture
async def scraper(
    pages: int, tmp_path: Path
) -> AsyncIterator[tuple[Scraper, Collector]]:
    collector = Collector()
    scraper = Scraper(SystemClock(), collector)
    await scraper.apply(jobs(pages, tmp_path))
    async with asyncio.timeout(10):
        while any(t.health is ScrapeHealth.UNKNOWN for t in scraper.targets()):
            await wait(0.05)
    yield scraper, collector
    await scraper.close()


def bits(value: float) -> bytes:
    """Return a value's bits, for NaN is not equal to itself; all NaN are one."""
    return b"nan" if value != value else struct.pack(">d", value)  # noqa: PLR0124


async def test_targets_series_and_counts_are_those_of_prometheus(
    scraper: tuple[Scraper, Collector], prometheus: Prometheus
):
    ours, collector = scraper
    await compare_targets(ours, prometheus)
    await compare_series(collector, prometheus)
    await compare_counts(collector, prometheus)


async def compare_targets(ours: Scraper, prometheus: Prometheus) -> None:
    theirs = await prometheus.get("/api/v1/targets")

    assert sorted(
        (t.target.config.job_name, t.target.url, t.health.value, t.target.labels.pairs)
        for t in ours.targets()
    ) == sorted(
        (t["scrapePool"], t["scrapeUrl"], t["health"], Labels.of(t["labels"]).pairs)
        for t in theirs["activeTargets"]
    )
    assert sorted(d.labels.pairs for d in ours.dropped()) == sorted(
        Labels.of(d["discoveredLabels"]).pairs for d in theirs["droppedTargets"]
    )


async def compare_series(collector: Collector, prometheus: Prometheus) -> None:
    answer = await prometheus.get("/api/v1/query", query='{__name__=~".+"}')
    expected = {
        (str(Labels.of(each["metric"])), bits(float(each["value"][1])))
        for each in answer["result"]
        if not each["metric"]["__name__"].startswith(REPORT)
    }

    found = {
        (str(labels), bits(value))
        for result in collector.last.values()
        for labels, value in zip(result.labels, result.values.tolist(), strict=True)
    }

    assert found == expected
    assert len(found) > 50


async def compare_counts(collector: Collector, prometheus: Prometheus) -> None:
    results = collector.last.values()
    assert {r.target.config.job_name for r in results if not r.ok} == {
        "down",
        "nameless",
    }
    for name, attribute in (
        ("up", "ok"),
        ("scrape_samples_scraped", "samples_scraped"),
        ("scrape_samples_post_metric_relabeling", "samples_kept"),
    ):
        query = f"{name} unless on (job) (up == 0)" if name != "up" else name
        answer = await prometheus.get("/api/v1/query", query=query)

        # Prometheus counts what it read of a failed page; we count none of it.
        assert {
            Labels.of(each["metric"]).without("__name__"): float(each["value"][1])
            for each in answer["result"]
        } == {
            result.target.labels: float(getattr(result, attribute))
            for result in results
            if result.ok or name == "up"
        }
