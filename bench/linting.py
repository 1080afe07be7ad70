"""The lint: 2,000 rules and 200 dashboards on one core, beside promtool check rules."""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from bench.common import machine

RULES, RULES_A_FILE = 2_000, 50
DASHBOARDS, PANELS = 200, 20
SEED = 20_261_127


def main() -> None:
    """Write files, look at them with one core, and print seconds of CPU."""
    parser = argparse.ArgumentParser(prog="bench.linting", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    part = 10 if parser.parse_args().quick else 1
    random.seed(SEED)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        rules, boards = Path(folder, "rules"), Path(folder, "dashboards")
        write_rules(rules, RULES // part)
        write_dashboards(boards, DASHBOARDS // part)
        files = sorted(map(str, rules.iterdir()))
        lint = [sys.executable, "-m", "kizashi", "check", "--lint"]
        told("kizashi, nothing to look at", [*lint, files[0]])
        told(f"kizashi, {RULES // part:,} rules", [*lint, str(rules)])
        told(f"kizashi, {DASHBOARDS // part} dashboards", [*lint, str(boards)])
        told(
            f"promtool, {RULES // part:,} rules", ["promtool", "check", "rules", *files]
        )


def told(name: str, command: Sequence[str]) -> None:
    """Run a command on one core and print what it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        ["taskset", "-c", "0", *command],  # noqa: S607
        capture_output=True,
        check=False,
        text=True,
    )
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    peak = after.ru_maxrss // 1024
    last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
    print(f"{name}: {cpu:.2f} s CPU, {took:.2f} s, at most {peak} MiB; {last}")


def share(service: int, window: str) -> str:
    """Return a share of errors over a window."""
    of = f'http_requests_total{{service="s{service}"'
    return f'sum(rate({of},code=~"5.."}}[{window}])) / sum(rate({of}}}[{window}]))'


def expressions(service: int) -> Iterator[str]:
    """Yield expressions as people write them; two of the ten have a mistake."""
    labels = f'{{service="s{service}"}}'
    pair = f"({share(service, '1h')}) > 14.4 * 0.001 and ({share(service, '5m')}) > 14.4 * 0.001"
    yield pair
    yield f"histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{labels}[5m]))) > 1"
    yield f"sum(rate(http_requests_total{labels}[5m])) or vector(0)"
    yield f"predict_linear(node_filesystem_avail_bytes{labels}[6h], 4 * 3600) < 0"
    yield f"sum by (pod) (container_memory_working_set_bytes{labels}) / sum by (pod) (container_spec_memory_limit_bytes{labels} > 0) > 0.9"
    yield f"absent(up{labels})"
    yield f"avg_over_time(queue_length{labels}[15m]) > 100 and deriv(queue_length{labels}[15m]) > 0"
    yield f"max by (instance) (process_open_fds{labels} / process_max_fds{labels}) > 0.8"
    yield f'rate(http_requests_total{{service="s{service}",code="500"}}[5m]) / rate(http_requests_total{labels}[5m]) > 0.01'
    yield f"sum(rate(orders_total{labels}[5m])) < 1"


def write_rules(folder: Path, count: int) -> None:
    """Write rule files; a third of the rules record."""
    folder.mkdir()
    made = [e for service in range(count // 10) for e in expressions(service)]
    rules = [
        {"record": f"bench:r{n}", "expr": text}
        if n % 3 == 0
        else {
            "alert": f"Alert{n}",
            "expr": text,
            "for": "5m",
            "labels": {"severity": random.choice(["page", "ticket"])},  # noqa: S311
            "annotations": {
                "summary": f"Alert {n} of service {n // 10}",
                "runbook_url": f"https://runbooks.kizashi.dev/alert-{n}",
            },
        }
        for n, text in enumerate(made)
    ]
    for first in range(0, len(rules), RULES_A_FILE):
        group = {"name": f"g{first}", "rules": rules[first : first + RULES_A_FILE]}
        text = yaml.safe_dump({"groups": [group]}, sort_keys=False)
        (folder / f"{first:05}.yaml").write_text(text)


def write_dashboards(folder: Path, count: int) -> None:
    """Write dashboards with what Grafana writes around each expression."""
    folder.mkdir()
    for number in range(count):
        texts = [e for n in range(PANELS // 10) for e in expressions(number * 7 + n)]
        panels = [
            {
                "id": n,
                "title": f"Panel {n}",
                "type": "timeseries",
                "datasource": {"type": "prometheus", "uid": "${datasource}"},
                "gridPos": {"h": 8, "w": 12, "x": 12 * (n % 2), "y": 8 * (n // 2)},
                "fieldConfig": {
                    "defaults": {
                        "unit": "short",
                        "custom": {"drawStyle": "line", "fillOpacity": 10},
                        "thresholds": {"steps": [{"color": "red", "value": 80}]},
                    },
                    "overrides": [],
                },
                "targets": [
                    {
                        "refId": "A",
                        "expr": text.replace("[5m]", "[$__rate_interval]"),
                        "legendFormat": "{{instance}}",
                    }
                ],
            }
            for n, text in enumerate(texts)
        ]
        board = {"title": f"Board {number}", "panels": panels, "schemaVersion": 39}
        (folder / f"{number:04}.json").write_text(json.dumps(board, indent=2))


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    main()
