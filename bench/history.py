"""A past for Prometheus: what the rules read, as blocks that promtool makes.

Counters as far back as the longest window that reads them, the recorded 5-minute
ratios for all 30 days; a sample a minute. Text is split on the blocks' boundaries,
since promtool reads a file once a block.
"""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.exporters import EPOCH_S, rates, service_name
from bench.sloth_rules import RATIO_5M, objective

STEP_S = 60
BLOCK_S = 162 * 3600
COUNTER_DAYS = 3


@dataclass(frozen=True, slots=True)
class Past:
    """How much of a past to make.

    Attributes:
        services: How many services.
        per_target: How many of them live in one target.
        days: Days of the recorded ratios.
        end_s: When live samples begin.
        skip: Services of the first so many targets have no past: they fail.
        idle: The targets after those do not grow.
    """

    services: int
    per_target: int
    days: int
    end_s: int
    skip: int
    idle: int


def write_blocks(past: Past, folder: Path) -> int:
    """Make the blocks in a folder; return how many samples they hold."""
    with ThreadPoolExecutor(2) as two:
        return sum(two.map(lambda s: _part(past, folder, s), _starts(past)))


def _starts(past: Past) -> Iterator[int]:
    first = past.end_s - past.days * 86_400
    start = first // STEP_S * STEP_S
    while start < past.end_s:
        yield start
        start = start // BLOCK_S * BLOCK_S + BLOCK_S


def _part(past: Past, folder: Path, start_s: int) -> int:
    end_s = min(start_s // BLOCK_S * BLOCK_S + BLOCK_S, past.end_s)
    text = folder / f"{start_s}.om"
    samples = 0
    with text.open("w", buffering=1 << 22) as out:
        out.write("# TYPE http_requests counter\n")
        since = max(start_s, past.end_s - COUNTER_DAYS * 86_400)
        for number in range(past.skip * past.per_target, past.services):
            for prefix, values in _counters(past, number, since, end_s):
                samples += len(values)
                out.write(_lines(prefix, values, since))
        out.write(f"# TYPE {RATIO_5M} gauge\n")
        for number in range(past.skip * past.per_target, past.services):
            ratios = _ratios(number, (end_s - start_s) // STEP_S)
            samples += len(ratios)
            labels = {**objective(number).labels, "sloth_window": "5m"}
            told = ",".join(f'{k}="{v}"' for k, v in labels.items())
            out.write(_lines(f"{RATIO_5M}{{{told}}}", ratios, start_s))
        out.write("# EOF\n")
    subprocess.run(
        [  # noqa: S607 - the peer is whatever PATH offers
            "nice",
            "promtool",
            *("tsdb", "create-blocks-from", "openmetrics"),
            *("--max-block-duration=486h", "-q"),
            text,
            folder / "data",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    text.unlink()
    return samples


def _counters(
    past: Past, number: int, start_s: int, end_s: int
) -> Iterator[tuple[str, np.ndarray]]:
    times = np.arange(start_s, end_s, STEP_S, dtype=np.float64)
    target = number // past.per_target
    if target < past.skip + past.idle:
        times[:] = EPOCH_S + 86_400
    for code, rate in zip((200, 500), rates(number), strict=True):
        where = f'job="bench",instance="host-{target}"'
        labels = f'{where},service="{service_name(number)}",code="{code}"'
        counts = np.floor(rate * (times - EPOCH_S)).astype(np.int64)
        yield f"http_requests_total{{{labels}}}", counts


def _ratios(number: int, count: int) -> np.ndarray:
    """Recorded ratios of full precision, as divisions give them."""
    rng = np.random.default_rng(number)
    good, bad = rates(number)
    noise = rng.normal(1, 0.1, max(count, 0))
    return np.clip(bad / (good + bad) * noise, 0, 1)


def _lines(prefix: str, values: np.ndarray, start_s: int) -> str:
    return "".join(
        [
            f"{prefix} {value!r} {start_s + STEP_S * n}\n"
            for n, value in enumerate(values.tolist())
        ]
    )
