"""The sample store: bytes a sample beside Prometheus, and how long things take.

    python -m bench.storage [disk|append|seal|read ...] [--page BYTES]

`disk` fills the store with a mix of series as services expose them, 7 days at 15 s,
seals it, and has promtool build Prometheus' own blocks from the same samples in the
same run: both with index and labels. `append` commits scrapes of 50 targets x 1,000
series, `seal` moves two hours of them, `read` asks for what a restart and a chart
ask for. Everything is synthetic and made from fixed seeds.
"""

import argparse
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.tsdb.database import Database
from kizashi.tsdb.store import SqliteSamples

T0 = 1_792_022_400_000
STEP = 15_000
HOUR = 3_600_000
DAY = 24 * HOUR
NOBODY = np.empty(0, np.int64)


def mixed(number: int, count: int, step_s: float) -> np.ndarray:
    """One series of the mix, shape (count,).

    40 % request counters, 25 % slow histogram buckets, 15 % byte gauges, 10 % floats
    of full precision, 10 % constants.
    """
    rng = np.random.default_rng(number)
    kind = number % 20
    if kind < 8:
        return rng.poisson(rng.uniform(1, 100) * step_s, count).cumsum().astype(float)
    if kind < 13:
        rate = rng.choice([0, 0.002, 0.05, 1])
        return rng.poisson(rate * step_s, count).cumsum().astype(float)
    if kind < 16:
        return np.round(2e8 + rng.normal(0, 204_800, count).cumsum() / 4096) * 4096
    if kind < 18:
        drift = np.clip(0.3 + rng.normal(0, 0.01, count).cumsum() * 0.05, 0, None)
        return drift + rng.normal(0, 0.01, count)
    return np.full(count, float(rng.integers(0, 5)))


def labels_of(number: int) -> Labels:
    """The label set of a series of the mix."""
    return Labels.of(
        {"__name__": f"m{number % 50}", "job": f"j{number % 7}", "i": str(number)}
    )


@contextmanager
def new_store(page: int) -> Iterator[tuple[SqliteSamples, Path]]:
    """Give an empty store in a folder that goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kizashi-bench-"))
    store = SqliteSamples(Database(folder / "samples.db", page_bytes=page))
    try:
        yield store, folder
    finally:
        store.close()
        shutil.rmtree(folder)


def timed(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the median milliseconds that some work takes."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1e3


def rows_at(
    targets: list[tuple[int, int]], ts: int, values: np.ndarray
) -> list[ScrapeRow]:
    """One scrape of each (target, layout)."""
    return [
        ScrapeRow(target, ts, layout, values[n], None, NOBODY)
        for n, (target, layout) in enumerate(targets)
    ]


def disk(page: int) -> None:
    """Bytes a sample after a week, beside Prometheus on the same samples."""
    targets, width, days = 3, 100, 7
    count = days * DAY // STEP
    data = np.stack([mixed(n, count, STEP / 1000) for n in range(targets * width)])
    samples = data.size
    with new_store(page) as (store, folder):
        start = time.perf_counter()
        names = [labels_of(n) for n in range(len(data))]
        pairs = [
            (
                store.target_id("bench", names[n * width]),
                store.layout(names[n * width : (n + 1) * width]).id,
            )
            for n in range(targets)
        ]
        shaped = np.ascontiguousarray(data.T).reshape(count, targets, width)
        per_block = 2 * HOUR // STEP
        for block in range(0, count, per_block):
            every = [
                rows_at(pairs, T0 + at * STEP, shaped[at])
                for at in range(block, min(block + per_block, count))
            ]
            store.append(list(itertools.chain(*every)))
            store.seal(T0 + (block + per_block) * STEP)
        store.checkpoint()
        ours = store.size_bytes() / samples
        took = time.perf_counter() - start
        print(
            f"disk: {samples:,} samples, page {page}: {ours:.3f} B/sample"
            f" (written, sealed and joined in {took:.1f} s)"
        )
        theirs = prometheus_bytes(data, names, folder) / samples
    print(f"disk: Prometheus' blocks: {theirs:.3f} B/sample; ratio {ours / theirs:.3f}")


def prometheus_bytes(data: np.ndarray, names: list[Labels], folder: Path) -> int:
    """Return the bytes of the blocks that promtool makes of the samples."""
    promtool = shutil.which("promtool")
    if promtool is None:
        sys.exit("promtool not found: apt-get install prometheus")
    text = folder / "samples.om"
    stamps = [f" {(T0 + n * STEP) // 1000}\n" for n in range(data.shape[1])]
    with text.open("w") as out:
        for labels, values in zip(names, data, strict=True):
            whole = (values == np.floor(values)).all()
            shown = (values.astype(np.int64) if whole else values).tolist()
            out.writelines(
                f"{labels} {value!r}{stamp}"
                for value, stamp in zip(shown, stamps, strict=True)
            )
        out.write("# EOF\n")
    blocks = folder / "prometheus"
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", text, blocks],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return sum(p.stat().st_size for p in blocks.rglob("*") if p.is_file())


def fleet(
    store: SqliteSamples, targets: int, width: int
) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Return (target, layout) pairs and first values, shape (targets, width)."""
    pairs = []
    for n in range(targets):
        names = [labels_of(n * width + k) for k in range(width)]
        pairs.append((store.target_id("bench", names[0]), store.layout(names).id))
    return pairs, np.random.default_rng(1).poisson(1e6, (targets, width)).astype(float)


def scraped(
    store: SqliteSamples, pairs: list[tuple[int, int]], values: np.ndarray, count: int
) -> list[float]:
    """Append so many scrapes of all targets; return milliseconds of each commit."""
    rng = np.random.default_rng(2)
    steps = rng.poisson(30, values.shape).astype(float)
    taken = []
    for n in range(count):
        values = values + rng.permutation(steps, axis=1)
        rows = rows_at(pairs, T0 + n * STEP, values)
        start = time.perf_counter()
        store.append(rows)
        taken.append((time.perf_counter() - start) * 1e3)
    return taken


def append(page: int) -> None:
    """Milliseconds of a commit of 50 rows of 1,000 series, and of a layout."""
    with new_store(page) as (store, _):
        pairs, values = fleet(store, 50, 1_000)
        taken = np.sort(scraped(store, pairs, values, 200)[5:])
        print(
            f"append: 50 rows x 1,000 series a commit: p50 {np.median(taken):.2f},"
            f" p99 {taken[int(len(taken) * 0.99)]:.2f}, max {taken[-1]:.2f} ms"
        )
        names = [labels_of(k) for k in range(1_000)]
        same = timed(lambda: store.layout(names))
        fresh = iter(range(10**6, 2 * 10**6))
        new = timed(lambda: store.layout([*names, labels_of(next(fresh))]))
        print(f"layout: of 1,000 series: known {same:.2f}, one series new {new:.2f} ms")


class Timing(Database):
    """Notes how long each write transaction took."""

    def __init__(self, path: Path, page: int) -> None:
        self.taken: list[float] = []
        super().__init__(path, page_bytes=page)

    @contextmanager
    def write(self) -> Iterator[object]:  # type: ignore[override]
        start = time.perf_counter()
        with super().write() as writer:
            yield writer
        self.taken.append((time.perf_counter() - start) * 1e3)


def seal(page: int) -> None:
    """CPU seconds and transaction times of sealing 2 h x 50,000 series."""
    folder = Path(tempfile.mkdtemp(prefix="kizashi-bench-"))
    database = Timing(folder / "samples.db", page)
    store = SqliteSamples(database)
    try:
        pairs, values = fleet(store, 50, 1_000)
        scraped(store, pairs, values, 480)
        database.taken.clear()
        cpu, wall = time.process_time(), time.perf_counter()
        store.seal(T0 + 2 * HOUR)
        taken = np.sort(database.taken)
        print(
            f"seal: 2 h x 50,000 series: {time.process_time() - cpu:.2f} s CPU,"
            f" {time.perf_counter() - wall:.2f} s; {len(taken)} transactions:"
            f" p50 {np.median(taken):.1f}, max {taken[-1]:.1f} ms"
        )
    finally:
        store.close()
        shutil.rmtree(folder)


def read(page: int) -> None:
    """Milliseconds of the reads that a restart and a chart need."""
    with new_store(page) as (store, _):
        pairs, values = fleet(store, 1, 2_000)
        scraped(store, pairs, values, 480)
        target, _ = pairs[0]
        series = store.layout([labels_of(k) for k in range(2_000)]).series
        end = T0 + 2 * HOUR
        wide = timed(lambda: store.read_matrix(target, series, T0, end))
        few = timed(lambda: store.read_matrix(target, series[:20], T0, end))
        last = timed(lambda: store.last_before(series, end))
        print(
            f"read: head of 480 rows: 2,000 series {wide:.1f}, 20 series {few:.1f},"
            f" last value of 2,000 {last:.1f} ms"
        )
        store.seal(end)
        sealed = timed(lambda: store.read_matrix(target, series, T0, end))
        print(f"read: the same sealed: 2,000 series {sealed:.1f} ms")
    with new_store(page) as (store, _):
        count = 30 * DAY // STEP
        data = np.stack([mixed(n, count, STEP / 1000) for n in range(100)], axis=1)
        names = [labels_of(n) for n in range(100)]
        target = store.target_id("bench", names[0])
        start = time.perf_counter()
        for at in range(0, count, HOUR // STEP):
            part = slice(at, at + HOUR // STEP)
            times = T0 + STEP * np.arange(count)[part]
            store.write_history(target, names, times, data[part])
        written = time.perf_counter() - start
        start = time.perf_counter()
        store.seal(T0 + 30 * DAY)
        joined = time.perf_counter() - start
        store.checkpoint()
        series = store.layout(names).series
        end = T0 + 30 * DAY
        one = timed(lambda: store.read_matrix(target, series[:1], T0, end), 9)
        many = timed(lambda: store.read_matrix(target, series, T0, end))
        print(
            f"read: 30 days at 15 s: 1 series {one:.1f}, 100 series {many:.0f} ms;"
            f" {data.size:,} samples back-filled in {written:.1f} s, joined in"
            f" {joined:.1f} s, {store.size_bytes() / data.size:.3f} B/sample"
        )


WHAT = {"disk": disk, "append": append, "seal": seal, "read": read}


def main() -> None:
    """Measure what the command line names, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*WHAT, []], default=[])
    parser.add_argument("--page", type=int, default=4096)
    arguments = parser.parse_args()
    for name in arguments.what or WHAT:
        WHAT[name](arguments.page)


if __name__ == "__main__":
    main()
