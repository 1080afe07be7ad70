"""A thousand objectives on fifty targets, beside Prometheus with Sloth-style rules.

    python -m bench.rules_peer [--quick] [--minutes N] [--days N] [--profile]

At once, over the same targets: the real `kizashi serve`, one that steps no alerts,
one Prometheus with the rules and one without. All in CPU seconds of the whole process. The difference of the
two Prometheus, divided by the evaluations that took place, is what one evaluation of
all rules costs; against it stands everything that Kizashi does in a minute.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from bench.common import (
    Exporters,
    cpu_s,
    exporters,
    fetch,
    free_port,
    load,
    machine,
    rss_kib,
    running,
    show,
    wait_for,
)
from bench.exporters import service_name
from bench.history import Past, write_blocks
from bench.sloth_rules import RULES_AN_OBJECTIVE, rule_file

TARGETS = 50
SERIES = 200
OBJECTIVES = 1_000
PER_TARGET = OBJECTIVES // TARGETS
IDLE = TARGETS // 10
FAILING = round(TARGETS * 0.05)
#: Kizashi and Prometheus settle: every target scraped, every rule evaluated once.
SETTLE_S = 75
EVALUATION_S = 60


def groups(ports: list[int]) -> list[dict[str, Any]]:
    """Static targets with names that stay, so that history belongs to them."""
    return [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": f"host-{n}"}}
        for n, port in enumerate(ports)
    ]


def kizashi_files(folder: Path, ports: list[int], objectives: int) -> Path:
    """Write configuration and declarations; return the configuration."""
    services = []
    for number in range(objectives):
        name = service_name(number)
        valid = f'http_requests_total{{service="{name}"}}'
        ratio = {"bad": f'{valid[:-1]},code=~"(5..|429)"}}', "valid": valid}
        objective = {"name": "availability", "target": "99.9%", "window": "30d"}
        services.append(
            {
                "apiVersion": "kizashi.dev/v1",
                "kind": "Service",
                "metadata": {"name": name},
                "spec": {
                    "job": "bench",
                    "objectives": [{**objective, "ratio": ratio}],
                },
            }
        )
    declared = folder / "services.yaml"
    declared.write_text("---\n".join(yaml.safe_dump(s) for s in services))
    config = {
        "declarations": ["services.yaml"] if services else [],
        "scrape_configs": [{"job_name": "bench", "static_configs": groups(ports)}],
    }
    path = folder / "kizashi.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def kizashi(
    stack: ExitStack, folder: Path, config: Path, *module: str
) -> subprocess.Popen[bytes]:
    """Start `kizashi serve` and wait until it is ready."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    which = module or ("kizashi",)
    command = [sys.executable, "-m", *which, "serve", f"--config={config}"]
    command += [f"--listen=127.0.0.1:{port}", f"--data={folder / 'data'}"]
    process = stack.enter_context(running(command, folder / "log"))
    wait_for(f"http://127.0.0.1:{port}/-/ready", process)
    return process


def prometheus(
    stack: ExitStack, folder: Path, ports: list[int]
) -> tuple[subprocess.Popen[bytes], str]:
    """Start a Prometheus over the same targets, with the rule files of its folder."""
    config: dict[str, Any] = {
        "global": {"scrape_interval": "15s", "evaluation_interval": f"{EVALUATION_S}s"},
        "scrape_configs": [{"job_name": "bench", "static_configs": groups(ports)}],
        "rule_files": [f"{folder}/*.rules.*"],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--storage.tsdb.retention.time=60d",
        "--storage.tsdb.max-block-duration=2h",
        "--log.level=warn",
    ]
    process = stack.enter_context(running(command, folder / "log"))
    wait_for(f"{url}/-/ready", process)
    return process, url


def evaluations(url: str) -> tuple[float, float, float]:
    """Rule evaluations so far, failed ones, and evaluations missed."""
    page = fetch(f"{url}/metrics").decode()

    def total(name: str) -> float:
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)", page, re.MULTILINE)
        return sum(map(float, found))

    return (
        total("prometheus_rule_evaluations_total"),
        total("prometheus_rule_evaluation_failures_total"),
        total("prometheus_rule_group_iterations_missed_total"),
    )


def side_by_side(asked: argparse.Namespace, folder: Path, helper: Exporters) -> None:
    """Measure all over the same minutes."""
    (folder / "with").mkdir()
    (folder / "without").mkdir()
    began = time.monotonic()
    past = Past(OBJECTIVES, PER_TARGET, asked.days, int(time.time()), FAILING, IDLE)
    samples = write_blocks(past, folder / "with")
    took = time.monotonic() - began
    print(
        f"rules: {samples / 1e6:.1f} M samples of the past made in {took:.0f} s:"
        f" recorded 5m ratios of {asked.days} d, counters of 3 d, at 1 min"
    )
    config = kizashi_files(folder, helper.ports, OBJECTIVES)
    with ExitStack() as stack:
        ours = kizashi(stack, folder / "ours", config)
        module = ("bench.timed_serve", "--no-alerts")
        bare = kizashi(stack, folder / "bare", config, *module)
        plain, _ = prometheus(stack, folder / "without", helper.ports)
        (folder / "with" / "sloth.rules.json").write_text(rule_file(OBJECTIVES))
        ruled, url = prometheus(stack, folder / "with", helper.ports)
        time.sleep(SETTLE_S)
        pids = [ours.pid, plain.pid, ruled.pid, bare.pid]
        before = [cpu_s(pid) for pid in pids]
        done, failed, missed = evaluations(url)
        began = time.monotonic()
        loads = []
        while time.monotonic() - began < 60 * asked.minutes:
            time.sleep(5)
            loads.append(float(load()))
        minutes = (time.monotonic() - began) / 60
        used = [cpu_s(pid) - b for pid, b in zip(pids, before, strict=True)]
        after = evaluations(url)
        rss = [rss_kib(pid) / 1024 for pid in pids]
    rounds = (after[0] - done) / (OBJECTIVES * RULES_AN_OBJECTIVE)
    evaluation_s = (used[2] - used[1]) / rounds
    ours_s, bare_s = used[0] / minutes, used[3] / minutes
    show(
        "rules",
        minutes=minutes,
        load=f"{min(loads)} to {max(loads)}",
        evaluations_of_all_rules=rounds,
        rules_failed=after[1] - failed,
        evaluations_missed=after[2] - missed,
        prometheus_cpu_s_one_evaluation=evaluation_s,
        prometheus_cpu_s_a_minute_without_rules=used[1] / minutes,
        kizashi_cpu_s_a_minute=ours_s,
        without_alerts_cpu_s_a_minute=bare_s,
        without_alerts_cpu_ms_a_scrape=1e3 * bare_s / (4 * TARGETS),
        ratio_of_scrape_ledger_and_windows=f"1/{evaluation_s / bare_s:.0f}"
        " (goal 1/80, aim 1/300)",
        ratio_of_everything=f"1/{evaluation_s / ours_s:.0f}",
        rss_mib=f"Kizashi {rss[0]:.0f}, Prometheus {rss[1]:.0f} without rules,"
        f" {rss[2]:.0f} with",
    )


def stages(asked: argparse.Namespace, folder: Path, helper: Exporters) -> None:
    """Tell which stage takes Kizashi's CPU, from a run with stopwatches."""
    config = kizashi_files(folder, helper.ports, OBJECTIVES)
    minutes = 1 if asked.quick else 2
    with ExitStack() as stack:
        process = kizashi(stack, folder / "timed", config, "bench.timed_serve")
        time.sleep(40)
        process.send_signal(signal.SIGUSR1)
        time.sleep(60 * minutes)
        process.send_signal(signal.SIGUSR2)
        time.sleep(1)
        lines = (folder / "timed" / "log").read_text().splitlines()
    told = next(
        json.loads(n) for n in lines if n.startswith('{"') and "everything" in n
    )
    for stage, (spent, count) in sorted(told.items(), key=lambda t: -t[1][0]):
        each = f"{spent / count * 1e3:.2f} ms" if count > 1 else ""
        print(
            f"rules: stage {stage}: {spent / minutes * 1e3:.0f} ms CPU a minute,"
            f" {count / minutes:.0f} calls {each}"
        )


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--minutes", type=float, default=0)
    options.add_argument("--days", type=int, default=0)
    options.add_argument("--stages", action="store_true", help="only the stages")
    asked = options.parse_args(arguments)
    asked.minutes = asked.minutes or (2 if asked.quick else 3)
    asked.days = asked.days or (3 if asked.quick else 30)
    if shutil.which("promtool") is None:
        sys.exit("promtool not found: apt-get install prometheus")
    folder = Path(tempfile.mkdtemp(prefix="kizashi-bench-"))
    fleet = (
        f"--targets={TARGETS}",
        f"--services={OBJECTIVES}",
        f"--series={SERIES}",
        f"--idle={IDLE}",
        f"--failing={FAILING}",
    )
    print(f"rules: {machine()}")
    try:
        with exporters(*fleet) as helper:
            if not asked.stages:
                side_by_side(asked, folder, helper)
            stages(asked, folder, helper)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
