"""The reference application's access log as metrics: lines a second of one core.

The exporter reads a log to its end, saves and shows it; beside it a loop that only
reads each line as JSON, and mtail with a program that counts the same requests and
durations. All count the same lines, and their counts are compared.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from bench.common import cpu_s, free_port, machine, rss_kib

ROOT = Path(__file__).parents[1]
ROUTES = ("page", "asset", "api", "api", "api", "rum", "health")
STATUSES = ("200", "200", "200", "201", "304", "404", "502")
MTAIL = """\
counter http_requests_total by method, route, status
counter lines_total
histogram http_request_duration_seconds by route buckets 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10
/"method":"(?P<method>[A-Z]+)","path":"[^"]*","route":"(?P<route>[a-z]+)","status":"(?P<status>\\d+)","answer":"[a-z]+","seconds":"(?P<seconds>[0-9.]+)"/ {
  lines_total++
  $route != "health" {
    http_requests_total[$method][$route][$status]++
    http_request_duration_seconds[$route] = $seconds
  }
}
"""


def _write_log(path: Path, lines: int) -> None:
    rng = np.random.default_rng(7)
    routes = rng.integers(len(ROUTES), size=lines)
    statuses = rng.integers(len(STATUSES), size=lines)
    milliseconds = rng.lognormal(3, 1.5, size=lines).astype(int)
    with path.open("w", encoding="ascii") as file:
        for n in range(lines):
            took = int(milliseconds[n])
            said = {
                "time": f"{1_795_000_000 + n / 1000:.3f}",
                "id": f"{n:032x}",
                "method": "POST" if n % 5 == 0 else "GET",
                "path": f"/api/tasks/{n % 997}",
                "route": ROUTES[routes[n]],
                "status": STATUSES[statuses[n]],
                "answer": "full",
                "seconds": f"{took // 1000}.{took % 1000:03d}",
                "bytes": "1234",
                "upstream_status": "200",
                "upstream_seconds": "0.011",
                "protocol": "HTTP/1.1",
            }
            file.write(json.dumps(said, separators=(",", ":")) + "\n")


def _exporter(log: Path, folder: Path) -> tuple[float, float]:
    """Return CPU seconds of a read to the end, a save and a scrape; and what it counted."""
    sys.path.insert(0, str(ROOT / "reference-app"))
    from edge.exporter.command import Exporter

    began = _own_cpu_s()
    exporter = Exporter(log, folder / "kept.json", time.time)
    exporter.expose("")
    took = _own_cpu_s() - began
    counted = sum(count.value for count in exporter.counts.requests.values())
    exporter.close()
    return took, counted


def _loop(log: Path) -> tuple[float, float]:
    began, lines = _own_cpu_s(), 0
    with log.open("rb") as file:
        for line in file:
            lines += json.loads(line)["route"] != "health"
    return _own_cpu_s() - began, lines


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _mtail(log: Path, folder: Path, lines: int) -> tuple[float, float] | None:
    """Return mtail's CPU seconds from an empty log to all of it; None without mtail."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "edge.mtail").write_text(MTAIL)
    followed, port = folder / "followed.log", free_port()
    followed.touch()
    command = ["mtail", "--progs", str(programs), "--logs", str(followed)]
    command += ["--address", "127.0.0.1", "--port", str(port), "--logtostderr"]
    try:
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return None
    try:
        _until(lambda: _shown(port, "lines_total") >= 0)
        began = cpu_s(running.pid)
        with followed.open("ab") as file, log.open("rb") as whole:
            while chunk := whole.read(1 << 20):
                file.write(chunk)
        _until(lambda: _shown(port, "lines_total") >= lines)
        took = cpu_s(running.pid) - began
        print(f"  mtail holds {rss_kib(running.pid) / 1024:.0f} MB")
        return took, _shown(port, "http_requests_total")
    finally:
        running.terminate()
        running.wait(timeout=20)


def _shown(port: int, name: str) -> float:
    """Return the sum of a metric's series; -1 where nobody answers."""
    with suppress(OSError):
        url = f"http://127.0.0.1:{port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            rows = answer.read().decode().splitlines()
        found = [r for r in rows if r.startswith(name) and r[len(name)] in "{ "]
        return sum(float(row.split()[-1]) for row in found)
    return -1


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError("not within two minutes")
        time.sleep(0.2)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="bench.edge_log", description=__doc__)
    options.add_argument("--lines", type=int, default=400_000)
    lines = options.parse_args().lines
    print(machine())
    with tempfile.TemporaryDirectory(prefix="bench-edge-") as name:
        folder = Path(name)
        log = folder / "access.log"
        _write_log(log, lines)
        rows = {
            "exporter": _exporter(log, folder),
            "json.loads alone": _loop(log),
            "mtail": _mtail(log, folder, lines),
        }
        for what, row in rows.items():
            if row is None:
                print(f"{what:18} not installed: apt-get install mtail")
                continue
            took, counted = row
            rate = lines / max(took, 0.01)
            print(
                f"{what:18} {rate:10,.0f} lines/s of one core, {counted:,.0f} requests"
            )


if __name__ == "__main__":
    main()
