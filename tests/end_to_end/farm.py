"""Exporters that fail in every way at random times, and know what truly happened."""

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from serving import CLOCK

from harness.targets import Servers, page, wait

#: Between two rounds of events.
TICK_S = 0.25
CODES = ("200", "204", "404", "500", "503")
FAST, ALL = 'd_seconds_bucket{le="0.20"}', 'd_seconds_bucket{le="+Inf"}'
STARTED, FINISHED = "started_total", "finished_total"
QUEUE = "queue_length"
#: Counters beyond this have been shown.
_OLD = 40
#: What may happen to a target: how often, relatively, and for how many seconds.
FAULTS: Mapping[str, tuple[float, tuple[float, ...]]] = {
    "refuses": (3, (1, 3, 8, 20)),
    "hangs": (2, (2, 6)),
    "breaks": (2, (1, 3)),
    "burns": (6, (5, 15, 40)),
    "restarts": (3, (0,)),
    "restores": (1, (0,)),
    "hides": (4, (2, 10, 60, 330)),
    "no number": (3, (2, 5, 12)),
}


@dataclass
class Target:
    """One exporter: its counters, and what ails it just now.

    Attributes:
        rng: Decides.
        counts: Series to value, of its present process.
        life: Which process it is.
        ails: Until when it suffers from what, in monotonic seconds.
        hidden: The series that it leaves out while it hides.
        served: Who asked, when, which process answered, and what; None where it failed.
    """

    rng: np.random.Generator
    address: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    life: int = 0
    ails: dict[str, float] = field(default_factory=dict)
    hidden: str = ""
    served: list[tuple[str, int, int, dict[str, float] | None]] = field(
        default_factory=list
    )
    in_flight: int = 0

    def has(self, fault: str) -> bool:
        """Return whether it suffers from something."""
        return CLOCK.monotonic() < self.ails.get(fault, 0)

    def tick(self) -> None:
        """Let events happen."""
        burns = self.has("burns")
        for code in CODES:
            often = {"200": 0.9, "204": 0.3, "404": 0.1}.get(code, 0.004)
            if self.rng.random() < (0.6 if burns and code[0] == "5" else often):
                self._add(
                    f'requests_total{{code="{code}"}}', int(self.rng.integers(1, 9))
                )
        fast, slow = int(self.rng.integers(0, 6)), int(self.rng.random() < 0.02)
        slow += burns * int(self.rng.integers(0, 6))
        self._add(FAST, fast)
        self._add(ALL, fast + slow)
        # What has started has not finished, and nothing fails.
        started = int(self.rng.integers(0, 5))
        finished = int(self.rng.integers(0, self.in_flight + started + 1))
        self.in_flight += started - finished
        self._add(STARTED, started)
        self._add(FINISHED, finished)

    def _add(self, series: str, count: int) -> None:
        self.counts[series] = self.counts.get(series, 0) + count

    def befall(self, fault: str, seconds: float) -> None:
        """Let something begin to ail it."""
        if fault in {"restarts", "restores"}:
            self.life += 1
            self.in_flight = 0
            if fault == "restarts":
                self.counts = {}
            return
        self.ails[fault] = CLOCK.monotonic() + seconds
        if fault == "hides" and {*self.counts} - {FAST, ALL}:
            # Histograms, whose buckets come together, count otherwise in the ledger.
            self.hidden = str(self.rng.choice(sorted({*self.counts} - {FAST, ALL})))

    def shown(self) -> dict[str, float]:
        """Return what its page would show now."""
        shown = {k: float(v) for k, v in self.counts.items()}
        if self.has("hides"):
            shown.pop(self.hidden, None)
        # A series that begins without a number is not born at its first one.
        old = sorted(k for k, v in shown.items() if v > _OLD and k not in {FAST, ALL})
        if self.has("no number") and old and len(self.served) > _OLD:
            wrong = str(self.rng.choice(old))
            shown[wrong] = float(self.rng.choice([math.nan, math.inf, -math.inf, 1e31]))
        shown[QUEUE] = float(self.rng.integers(0, 101 + 60 * self.has("burns")))
        return shown

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        """Answer a scrape; the path says whose."""
        who = head.split()[1].strip("/")
        shown = self.shown()
        failing = self.has("refuses") or self.has("hangs") or self.has("breaks")
        told = None if failing else shown
        self.served.append((who, CLOCK.now_ms(), self.life, told))
        if self.has("hangs"):
            await wait(5)
        body = "".join(f"{k} {_written(v)}\n" for k, v in shown.items()).encode()
        if self.has("breaks"):
            # The connection ends in the middle of a page that is longer.
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999"
                b"\r\n\r\n" + body
            )
            writer.close()
            return
        status = "503 Service Unavailable" if self.has("refuses") else "200 OK"
        await page(body, status)(head, writer)


def _written(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:.17g}"


@dataclass
class Farm:
    """Some targets, and the time in which nothing new befalls them.

    Attributes:
        targets: The targets.
        quiet_until: Monotonic seconds: around a kill nobody can know what was seen.
    """

    rng: np.random.Generator
    targets: list[Target] = field(default_factory=list)
    quiet_until: float = 0
    befallen: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return what has befallen its targets."""
        return ", ".join(f"{self.befallen.count(name)} {name}" for name in FAULTS)

    async def start(self, servers: Servers, count: int) -> None:
        """Start so many targets."""
        for seed in self.rng.integers(0, 2**31, count):
            target = Target(np.random.default_rng(int(seed)))
            target.address = f"127.0.0.1:{(await servers.start(target)).port}"
            self.targets.append(target)

    async def live(self, faults_a_minute: float) -> None:
        """Let time pass and things happen, until cancelled."""
        names = list(FAULTS)
        weights = np.array([FAULTS[name][0] for name in names])
        with suppress(asyncio.CancelledError):
            while True:
                for target in self.targets:
                    target.tick()
                    likely = faults_a_minute * TICK_S / 60 / len(self.targets)
                    if (
                        CLOCK.monotonic() < self.quiet_until
                        or self.rng.random() > likely
                    ):
                        continue
                    name = str(self.rng.choice(names, p=weights / weights.sum()))
                    target.befall(name, float(self.rng.choice(FAULTS[name][1])))
                    self.befallen.append(name)
                await wait(TICK_S)
