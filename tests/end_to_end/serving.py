"""A real `kizashi serve` in a process of its own, and a shop for it to watch."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
from whole.leash import leashed

from harness.brute_force import ScrapeStory, TargetStory
from harness.targets import page
from kizashi.clock import SystemClock
from kizashi.ledger.engine import Engine
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scraping import REPORT_SERIES
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.settings.declaration_files import load
from kizashi.settings.plan import plan_of
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

CLOCK = SystemClock()
SLICE_MS = 1_000
WORKS = "/kizashi/v1/objectives/shop/works"
CONFIGURATION = """\
declarations: [shop.yaml]
ledger: {{slice: 1s}}
scrape_configs:
  - job_name: shop
    scrape_interval: {interval}
    scrape_timeout: {interval}
    static_configs: [{{targets: ["{address}"]}}]
{more}"""
DECLARATION = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {{name: shop}}
spec:
  job: shop
  objectives:
    - name: works
      target: {target}
      window: {window}
      ratio: {{bad: '{bad}', valid: hits_total}}
{more}"""


@dataclass
class Shop:
    """An exporter whose counters grow between pages; it remembers all it served.

    Attributes:
        address: Where it answers.
        served: Time and counters of every page.
    """

    address: str = ""
    served: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        """Answer a scrape."""
        for code in ("200", "404", "500"):
            if code in self.counts or self.rng.random() < 0.5:
                # No two pages are alike, so that a test can tell which was stored.
                more = int(self.rng.integers(0, 9)) + (code == "200")
                self.counts[code] = self.counts.get(code, 0) + more
        self.served.append((CLOCK.now_ms(), dict(self.counts)))
        lines = [f'hits_total{{code="{c}"}} {n}\n' for c, n in self.counts.items()]
        await page("".join(lines).encode())(head, writer)


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


class Kizashi:
    """One `kizashi serve`, which can be started again and again on its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "kizashi.yaml"
        self.port = free_port()
        self.log = folder / "kizashi.log"
        self.process: asyncio.subprocess.Process | None = None
        self.client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}")

    def configure(
        self, address: str, *, interval: str = "200ms", more: str = ""
    ) -> None:
        """Write the configuration file."""
        text = CONFIGURATION.format(address=address, interval=interval, more=more)
        self.config.write_text(text)

    def declare(
        self,
        *,
        target: str = "99%",
        window: str = "30d",
        bad: str = 'hits_total{code="500"}',
        more: str = "",
    ) -> None:
        """Write the declaration."""
        text = DECLARATION.format(target=target, window=window, bad=bad, more=more)
        (self.folder / "shop.yaml").write_text(text)

    def command(self) -> list[str]:
        """Return the command that serves."""
        options = {
            "--config": str(self.config),
            "--data": str(self.data),
            "--listen": f"127.0.0.1:{self.port}",
            "--language": "en",
        }
        parts = [part for option in options.items() for part in option]
        return [sys.executable, "-m", "kizashi", "serve", *parts]

    async def launch(self) -> None:
        """Start the process, and do not wait for it."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *leashed(self.command()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def start(self, most_s: float = 60.0) -> float:
        """Start it, wait until it is ready, and return how long that took.

        In processor time, so that a busy machine does not fail a test.
        """
        await self.launch()
        await self.ready(most_s)
        return self.processor_s()

    def processor_s(self) -> float:
        """Return how long the process has worked so far."""
        assert self.process is not None
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2]
        # Source: proc(5); after the name come state, 10 fields, utime and stime.
        user, system = stat.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    async def ready(self, most_s: float = 60.0) -> None:
        """Wait until it is ready."""
        began = CLOCK.monotonic()
        while CLOCK.monotonic() - began < most_s:
            assert self.process is not None
            assert self.process.returncode is None, self.log.read_text()
            try:
                if (await self.client.get("/-/ready")).is_success:
                    return
            except httpx2.TransportError:
                pass  # it does not listen yet
            await CLOCK.sleep(0.02)
        raise AssertionError(f"not ready in {most_s} s: {self.log.read_text()}")

    def hang_up(self) -> None:
        """Tell it to read its configuration again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    async def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self, most_s: float = 10.0) -> int:
        """End it politely and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), most_s)

    async def end(self) -> None:
        """End it if it still runs."""
        if self.process is not None and self.process.returncode is None:
            await self.kill()
        await self.client.aclose()

    async def get(self, path: str, **params: object) -> dict[str, object]:
        """Return what it answers to a GET."""
        answer = await self.client.get(path, params=params)
        assert answer.is_success, answer.text
        return json.loads(answer.text)

    async def until(self, path: str, says: str, most_s: float = 10.0) -> str:
        """Wait until an answer holds a text, and return it."""
        began = CLOCK.monotonic()
        told = ""
        while CLOCK.monotonic() - began < most_s:
            told = (await self.client.get(path)).text
            if says in told:
                return told
            await CLOCK.sleep(0.05)
        raise AssertionError(f"{says!r} is not in {told}")

    async def points(self, last_s: float) -> list[dict[str, object]]:
        """Return the ledger of the last seconds, slice by slice."""
        end_s = CLOCK.now_ms() / 1000
        start_s = end_s - last_s
        answer = await self.get(f"{WORKS}/ledger", start=start_s, end=end_s, step="1s")
        return answer["points"]  # type: ignore[return-value]


class Opened:
    """The stores in a data folder, or in a copy of it, that nobody serves."""

    def __init__(self, data: Path, copy_to: Path | None = None) -> None:
        if copy_to is not None:
            data = Path(shutil.copytree(data, copy_to))
        self._database = Database(data / "samples.db")
        self.samples: SampleStore = SqliteSamples(self._database)
        self.ledgers: LedgerStore = SqliteLedger(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def stories(self) -> list[TargetStory]:
        """Return what is stored as stories of targets, for counting by brute force."""
        stories = []
        for target in self.samples.targets():
            story = TargetStory(
                [
                    (d.from_ms, d.to_ms)
                    for d in self.samples.discoveries()
                    if d.target == target.id
                ]
            )
            stories.append(story)
            for ts_ms, values in self.rows(target.id).items():
                up = values.pop(target.labels.merged({METRIC_NAME: REPORT_SERIES[0]}))
                pages = {
                    k: v
                    for k, v in values.items()
                    if k.metric_name not in REPORT_SERIES
                }
                config = [
                    c
                    for c in self.samples.configs()
                    if c.target == target.id and c.from_ms <= ts_ms
                ][-1]
                story.scrapes.append(
                    ScrapeStory(
                        ts_ms,
                        pages if up == 1 else None,
                        config.fingerprint,
                        config.honor_labels,
                        config.interval_ms,
                    )
                )
        return stories

    def rows(self, target: int) -> dict[int, dict[Labels, float]]:
        """Return the stored scrapes of a target by time."""
        series = self.samples.series_of_target(target)
        numbers = np.array([number for number, _ in series], np.int64)
        times, values = self.samples.read_matrix(target, numbers, 0, 2**50)
        return {
            ts: {
                labels: value
                for (_, labels), value in zip(series, row, strict=True)
                if not np.isnan(value)
            }
            for ts, row in zip(times.tolist(), values.tolist(), strict=True)
        }

    def recount(self, config: Path, now_ms: int) -> Engine:
        """Delete what is known of the ledger and derive it from the samples."""
        generations = [g.id for g in self.ledgers.generations()]
        self.ledgers.unseal(generations, None)
        engine = Engine(self.samples, self.ledgers)
        engine.take_over(engine.build(plan_of(load([config])), now_ms))
        return engine


def as_scraped(counts: Mapping[str, int], address: str) -> dict[Labels, float]:
    """Return a page of the shop as Kizashi stores it."""
    own = {"job": "shop", "instance": address}
    return {
        Labels.of(own, __name__="hits_total", code=code): float(count)
        for code, count in counts.items()
    }
