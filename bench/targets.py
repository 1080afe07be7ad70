"""A thousand targets of a hundred series at 15 s: told, not held to a bound.

    python -m bench.targets [--quick] [--targets N] [--minutes N]

The real `kizashi serve`. Whether it comes on time is seen by the targets: the gap
between two scrapes of one target is the interval, give or take a hundredth.
"""

import argparse
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.common import (
    Exporters,
    allow_many_files,
    cpu_s,
    exporters,
    load,
    machine,
    rss_kib,
    show,
)
from bench.rules_peer import kizashi, kizashi_files

SERIES = 100
SETTLE_S = 40


def measure(asked: argparse.Namespace, folder: Path, helper: Exporters) -> None:
    """Serve for the time asked and tell."""
    config = kizashi_files(folder, helper.ports, asked.objectives)
    with ExitStack() as stack:
        ours = kizashi(stack, folder / "ours", config)
        time.sleep(SETTLE_S)
        helper.forget()
        before, began = cpu_s(ours.pid), time.monotonic()
        time.sleep(60 * asked.minutes)
        used, took = cpu_s(ours.pid) - before, time.monotonic() - began
        told = helper.stop()
        rss = rss_kib(ours.pid)
    show(
        "targets",
        cpu_percent=100 * used / took,
        cpu_ms_a_scrape=1e3 * used / told["scrapes"],
        rss_mib=rss / 1024,
        scrapes_of_those_due=told["scrapes"] / (asked.targets * took / 15),
        on_time_share=told["on_time"],
        worst_gap_off_s=told["worst_s"],
        load=load(),
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--targets", type=int, default=1_000)
    options.add_argument("--objectives", type=int, default=1_000)
    options.add_argument("--minutes", type=float, default=0)
    asked = options.parse_args(arguments)
    asked.minutes = asked.minutes or (1 if asked.quick else 2)
    allow_many_files()
    folder = Path(tempfile.mkdtemp(prefix="kizashi-bench-"))
    print(f"targets: {machine()}")
    print(f"targets: {asked.targets} x {SERIES} series, {asked.objectives} objectives")
    fleet = (f"--targets={asked.targets}", f"--series={SERIES}")
    services = f"--services={max(asked.objectives, asked.targets)}"
    try:
        with exporters(*fleet, services) as helper:
            measure(asked, folder, helper)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
