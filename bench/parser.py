"""Scrape bodies: our parser beside prometheus_client's, and history to back-fill.

    python -m bench.parser [--series N] [--runs N]

A page of histogram buckets, counters, gauges and constants, grouped by name with HELP
and TYPE lines, as exporters write it; half of the counters move between scrapes. CPU
time is measured, so that a busy machine disturbs the ratios little; the runs of both
parsers alternate. Memory is what the parser keeps between scrapes.
"""

import argparse
import itertools
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from bench.exporters import EDGES
from kizashi.wire.backfill import iter_backfill
from kizashi.wire.exposition import ExpositionParser

#: Family, type, and how many of a service's eighteen series are its.
FAMILIES = (
    ("http_request_duration_seconds", "histogram", 12),
    ("http_requests_total", "counter", 1),
    ("http_request_bytes_total", "counter", 1),
    ("process_cpu_seconds_total", "counter", 1),
    ("process_resident_memory_bytes", "gauge", 1),
    ("queue_fill_ratio", "gauge", 1),
    ("build_info", "gauge", 1),
)
PER_SERVICE = sum(count for _, _, count in FAMILIES)
PAGES = 6


def series_of(family: str, kind: str, services: int) -> list[str]:
    """All series of one family as a page writes them."""
    found = []
    for number in range(services):
        labels = (
            f'service="svc-{number:04d}",method="GET",'
            f'path="/api/v1/resource/{number % 37}"'
        )
        if kind == "histogram":
            found += [f'{family}_bucket{{{labels},le="{edge}"}}' for edge in EDGES]
        else:
            found.append(f"{family}{{{labels}}}")
    return found


class Exporter:
    """Services whose numbers move from page to page."""

    def __init__(self, services: int) -> None:
        self._rng = np.random.default_rng(7)
        self._families = [
            (family, kind, series_of(family, kind, services))
            for family, kind, _ in FAMILIES
        ]
        self._counts = {
            family: self._rng.integers(0, 10**6, len(series)).astype(float)
            for family, _, series in self._families
        }

    def values(self, family: str) -> np.ndarray:
        """The next values of a family's series, shape (n,)."""
        rng, counts = self._rng, self._counts[family]
        n = len(counts)
        match family:
            case "process_cpu_seconds_total":
                counts = np.round(counts + rng.random(n), 2)
            case "process_resident_memory_bytes":
                counts = rng.integers(10**7, 10**9, n) // 4096 * 4096.0
            case "queue_fill_ratio":
                counts = rng.random(n)
            case "build_info":
                counts = np.ones(n)
            case _:
                counts = counts + rng.integers(0, 500, n) * (rng.random(n) < 0.5)
        self._counts[family] = counts
        return counts

    def page(self) -> bytes:
        """The next page."""
        lines = []
        for family, kind, series in self._families:
            lines.append(f"# HELP {family} What it says.\n# TYPE {family} {kind}\n")
            lines += [
                f"{name} {int(value) if value.is_integer() else value!r}\n"
                for name, value in zip(
                    series, self.values(family).tolist(), strict=True
                )
            ]
        return "".join(lines).encode()


def new_parser(series: int) -> ExpositionParser:
    """A parser with room for the page."""
    return ExpositionParser(
        max_samples=series + PER_SERVICE,
        max_labels=64,
        max_label_name_bytes=256,
        max_label_value_bytes=4096,
    )


def cpu_ms(call: Callable[[], object]) -> float:
    """CPU milliseconds that a call takes."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1e3


def show(name: str, times: list[float], series: int, theirs: float) -> None:
    """Print one row: median, spread, rate, ratio."""
    median = statistics.median(times)
    spread = f"{min(times):.1f} to {max(times):.1f}"
    print(
        f"{name:34} {median:8.1f} ms ({spread:>16})"
        f" {series / median / 1e3:6.2f} M samples/s {theirs / median:6.1f} x"
    )


def memory_mib(page: bytes, series: int) -> float:
    """MiB that a parser keeps after a page, label sets included."""
    tracemalloc.start()
    parser = new_parser(series)
    parser.parse(page, "")
    kept = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    return kept


def history(series: int, samples: int) -> Iterator[bytes]:
    """Lines of history, all series at one time after another."""
    names = series_of("http_requests_total", "counter", series)
    for number in range(samples):
        step, row = divmod(number, series)
        yield f"{names[row]} {number * 7} {1_700_000_000 + 15 * step}.123\n".encode()
    yield b"# EOF\n"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description="scrape bodies, parsed")
    options.add_argument("--series", type=int, default=50_000)
    options.add_argument("--runs", type=int, default=5)
    asked = options.parse_args()
    exporter = Exporter(-(-asked.series // PER_SERVICE))
    pages = [exporter.page() for _ in range(PAGES)]
    texts = [page.decode() for page in pages]
    # Every sample stamped, as cAdvisor does it.
    stamped = [
        b"".join(
            line if line.startswith(b"#") else line.rstrip() + b" 1700000000123\n"
            for line in page.splitlines(keepends=True)
        )
        for page in pages
    ]
    series = len(new_parser(asked.series).parse(pages[0], "").values)
    print(f"{series} series, {len(pages[0]) / 1e6:.2f} MB a page, CPU time, medians")
    usual, with_stamps = new_parser(series), new_parser(series)
    usual.parse(pages[0], "")
    with_stamps.parse(stamped[0], "")
    turn = itertools.cycle(range(PAGES))
    times: dict[str, list[float]] = {}

    def measure(name: str, call: Callable[[int], object]) -> None:
        number = next(turn)
        times.setdefault(name, []).append(cpu_ms(lambda: call(number)))

    for _ in range(asked.runs):
        measure(
            "prometheus_client.parser",
            lambda i: sum(
                len(f.samples) for f in text_string_to_metric_families(texts[i])
            ),
        )
        for _ in range(3):
            measure("ours, same series", lambda i: usual.parse(pages[i], ""))
        measure("ours, stamped", lambda i: with_stamps.parse(stamped[i], ""))
        measure("ours, first page", lambda i: new_parser(series).parse(pages[i], ""))
    # One series more or less each time: the layout is read anew, labels are known.
    churning = new_parser(series)
    churning.parse(pages[0], "")

    def churn(page: bytes) -> None:
        measure("ours, a series came or went", lambda _: churning.parse(page, ""))

    for number in range(asked.runs):
        page = pages[number % PAGES] + b"extra 1\n" * (number % 2)
        churn(page)
    theirs = statistics.median(times["prometheus_client.parser"])
    for name, taken in times.items():
        show(name, taken, series, theirs)
    print(f"kept between scrapes: {memory_mib(pages[0], series):.1f} MiB")
    lines = list(history(1_000, 300_000))
    taken = [
        cpu_ms(lambda: sum(1 for _ in iter_backfill(lines))) for _ in range(asked.runs)
    ]
    rate = len(lines) / statistics.median(taken) / 1e3
    print(f"history to back-fill: {rate:.2f} M samples/s")


if __name__ == "__main__":
    main()
