"""Kizashi and a real Prometheus watch one farm, and both are killed."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from farm import Farm
from live_embedded import Counted, check_embedded
from live_recorded import JOB, OFFSET_MS, SLICE_MS, Kills, Recorded, ask
from serving import CLOCK, Kizashi

from harness.prometheus import PrometheusServer, running_prometheus
from harness.targets import Servers
from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions, jobs_of
from kizashi.declarations.configuration import Configuration
from kizashi.settings.declaration_files import load
from kizashi.slo.objective import ObjectiveSpec

TARGETS = 8
SCRAPE = """\
  - job_name: farm
    scrape_interval: 2s
    scrape_timeout: 1s
    metrics_path: /{who}
    static_configs: [{{targets: {targets}}}]
"""
CONFIGURATION = """\
declarations: [farm.yaml]
ledger: {{slice: 2s}}
scrape_configs:
{scrape}"""
OBJECTIVE = """\
    - name: {name}
      target: {target}
      window: 30m
      {indicator}
      alerting:
        noData: {no_data}
        policies:
          - {{long: 40s, short: 10s, factor: 2, severity: page}}
          - {{long: 4m, short: 20s, factor: 1.25, severity: ticket}}
"""
REQUESTS = 'requests_total{job="farm"'
INDICATORS = {
    "errors": f"ratio: {{bad: '{REQUESTS},code=~\"5..\"}}', valid: '{REQUESTS}}}'}}",
    "good": f"ratio: {{good: '{REQUESTS},code=~\"[24]..\"}}', valid: '{REQUESTS}}}'}}",
    "flight": "ratio: {good: 'finished_total{job=\"farm\"}',"
    " valid: 'started_total{job=\"farm\"}'}",
    "fast": "latency: {histogram: d_seconds, match: '{job=\"farm\"}', below: 200ms}",
    "queue": "threshold: {gauge: 'queue_length{job=\"farm\"}', atMost: 100}",
    "reachable": "boolean: {gauge: 'up{job=\"farm\"}'}",
    "some": 'ratio: {{bad: \'{requests},code=~"5..",instance!="{first}"}}\','
    " valid: '{requests},instance!~\"{first}|x\"}}'}}",
}
NO_DATA = ("freeze", "bad", "good")


def declare(folder: Path, farm: Farm, who: str) -> None:
    """Write a configuration and a declaration."""
    addresses = [target.address for target in farm.targets]
    scrape = SCRAPE.format(who=who, targets=addresses)
    parts = []
    for number, (name, indicator) in enumerate(INDICATORS.items()):
        own = indicator
        if name == "some":
            own = indicator.format(requests=REQUESTS, first=addresses[0])
        parts.append(
            OBJECTIVE.format(
                name=name,
                target="90%" if number % 2 else "95%",
                indicator=own,
                no_data=NO_DATA[number % 3],
            )
        )
    head = "apiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {name: farm}\n"
    text = f"{head}spec:\n  job: farm\n  objectives:\n{''.join(parts)}"
    (folder / "farm.yaml").write_text(text)
    (folder / "kizashi.yaml").write_text(CONFIGURATION.format(scrape=scrape))


def compiled(folder: Path) -> tuple[tuple[ObjectiveSpec, ...], CompileOptions]:
    """Write the rules that a declaration compiles to; return its objectives."""
    loaded = load([folder / "kizashi.yaml"])
    options = CompileOptions(
        slice_ms=SLICE_MS,
        jobs=jobs_of(loaded.configuration),
        query_offset_ms=OFFSET_MS,
        with_tests=False,
    )
    services = loaded.services
    found = load_target("prometheus").compile(services, Configuration(), options)
    for file in found.files:
        (folder / file.path).write_text(file.text)
    return services[0].objectives, options


async def kill_prometheus(
    server: PrometheusServer, dead_s: Iterable[float], every_s: float, kills: Kills
) -> None:
    """Kill a server again and again, and start it after a while."""
    kills.starts_ms.append(CLOCK.now_ms())
    for seconds in dead_s:
        await CLOCK.sleep(every_s)
        await asyncio.to_thread(server.kill)
        await CLOCK.sleep(seconds)
        kills.starts_ms.append(CLOCK.now_ms())
        server.start_again()


async def kill_kizashi(
    kizashi: Kizashi, dead_s: Iterable[float], every_s: float
) -> None:
    """The same of an embedded ledger."""
    await CLOCK.sleep(every_s / 2)
    for seconds in dead_s:
        await CLOCK.sleep(every_s)
        await kizashi.kill()
        await CLOCK.sleep(seconds)
        await kizashi.start()


@dataclass
class Watched:
    """What is known when all is over."""

    farm: Farm
    specs: tuple[ObjectiveSpec, ...]
    options: CompileOptions
    kills: Kills
    recorded: Recorded
    embedded: Counted


async def watch(folder: Path, servers: Servers, minutes: float) -> Watched:
    """Let Kizashi and Prometheus watch a farm, and kill each of them three times."""
    every_s, dead_s = minutes * 60 / 4, (2, minutes * 2, minutes)
    farm = Farm(np.random.default_rng(CLOCK.now_ms()))
    await farm.start(servers, TARGETS)
    homes = {who: folder / who for who in ("kizashi", "prometheus")}
    for who, home in homes.items():
        home.mkdir()
        declare(home, farm, who)
    kizashi = Kizashi(homes["kizashi"])
    specs, options = compiled(homes["prometheus"])
    job = {
        "job_name": JOB,
        "metrics_path": "/prometheus",
        "static_configs": [{"targets": [target.address for target in farm.targets]}],
    }
    settings = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "1s"},
        "rule_files": ["*.rules.yaml"],
        "scrape_configs": [job],
    }
    kills, began_ms = Kills(), CLOCK.now_ms()
    living = asyncio.create_task(farm.live(faults_a_minute=20))
    try:
        with running_prometheus(homes["prometheus"], settings) as server:
            await kizashi.start()
            await asyncio.gather(
                kill_prometheus(server, dead_s, every_s, kills),
                kill_kizashi(kizashi, dead_s, every_s),
            )
            began_s = began_ms / 1_000
            await CLOCK.sleep(max(10, began_s + minutes * 60 - CLOCK.now_ms() / 1_000))
            embedded = await check_embedded(kizashi, farm, specs, began_ms)
            recorded = await asyncio.to_thread(ask, server, f"{round(minutes) + 10}m")
    finally:
        living.cancel()
        await kizashi.end()
    return Watched(farm, specs, options, kills, recorded, embedded)
