"""Thousands of strangers who connect and wait stop no scrape, page or probe."""

import asyncio
import itertools
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from alarms import Parts, People, eventually as until, hook, write
from serving import CLOCK, Kizashi
from whole.leash import leashed

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

LOG = logging.getLogger(__name__)
FLOODING = Path(__file__).with_name("flooding.py")
#: Of a hundred scrapes, so many come within half an interval of their time.
ON_TIME_PERCENT = 99.0
LATE_S = 5.0
LOG_BYTES_A_MINUTE = 1_000_000
USED_PERCENT = 80


class Bounded(Kizashi):
    """A Kizashi that may open so many files."""

    files = 1024

    def command(self) -> list[str]:
        """Return the command that serves, under the limit."""
        limited = f'ulimit -n {self.files} && exec "$@"'
        return ["/bin/sh", "-c", limited, "sh", *super().command()]


@dataclass
class Watch:
    """What is seen of a server from outside while strangers are there."""

    kizashi: Kizashi
    most_files: int = 0
    probes_s: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def forever(self) -> None:
        """Look twice a second, with a new connection each time."""
        assert self.kizashi.process is not None
        files = f"/proc/{self.kizashi.process.pid}/fd"
        while True:
            began_s = CLOCK.monotonic()
            for path in ("/-/healthy", "/-/ready"):
                try:
                    url = f"http://127.0.0.1:{self.kizashi.port}{path}"
                    async with httpx2.AsyncClient() as client:
                        answer = await client.get(url, timeout=10)
                    if not answer.is_success:
                        self.refused.append(f"{path}: {answer.status_code}")
                except httpx2.TransportError as error:
                    self.refused.append(f"{path}: {error!r}")
            self.probes_s.append(CLOCK.monotonic() - began_s)
            count = len(await asyncio.to_thread(os.listdir, files))
            self.most_files = max(self.most_files, count)
            await CLOCK.sleep(0.5)


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """Who is told."""
    made = People()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def bounded(tmp_path: Path) -> AsyncIterator[Bounded]:
    """A Kizashi that is not started yet."""
    made = Bounded(tmp_path)
    yield made
    await made.end()


@dataclass(frozen=True)
class Flood:
    """So many strangers, for so long."""

    idle: int
    readers: int
    writers: int
    seconds: float


async def paged(parts: Parts, people: People, name: str) -> float:
    """Return how long it takes from a fault to the page."""
    parts.failing.add(name)

    def is_told() -> bool:
        return bool(people.told("ErrorBudgetBurn", "firing", objective=name))

    return await until(is_told, 60, f"{name} is told")


def on_time(parts: list[Parts], since_s: float, until_s: float) -> float:
    """Return of a hundred scrapes, each a second apart, how many came in time."""
    due = good = 0.0
    for each in parts:
        times = [at for at in each.served if since_s <= at <= until_s]
        gaps = [b - a for a, b in itertools.pairwise(times)]
        due += max(until_s - since_s - 1, len(gaps))
        good += sum(0.5 < gap < 1.5 for gap in gaps)
    return 100 * good / due


async def check(
    kizashi: Bounded, people: People, servers: Servers, flood: Flood
) -> None:
    jobs = {f"mill{n}": Parts((f"wheel{n}",)) for n in range(10)}
    jobs["watched"] = Parts(("first", "second"))
    for each in jobs.values():
        each.address = f"127.0.0.1:{(await servers.start(each)).port}"
    write(kizashi, jobs, [hook(people.url())])
    await kizashi.start()
    await kizashi.until("/kizashi/v1/objectives/watched/first", '"live"')
    calm_s = await paged(jobs["watched"], people, "first")
    numbers = map(str, (kizashi.port, flood.idle, flood.readers, flood.writers))
    strangers = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, str(FLOODING), "127.0.0.1", *numbers]),
        stdout=asyncio.subprocess.PIPE,
    )
    watch = Watch(kizashi)
    watching = asyncio.create_task(watch.forever())
    began_s, logged = CLOCK.monotonic(), kizashi.log.stat().st_size
    try:
        assert strangers.stdout is not None
        assert await strangers.stdout.readline() == b"all have come\n"
        came_s = CLOCK.monotonic() - began_s
        page_s = await paged(jobs["watched"], people, "second")
        left_s = flood.seconds - (CLOCK.monotonic() - began_s)
        await CLOCK.sleep(max(0.0, left_s))
        ended_s = CLOCK.monotonic()
    finally:
        watching.cancel()
        strangers.kill()
        with suppress(asyncio.CancelledError):
            await watching
        await strangers.wait()
    share = on_time(list(jobs.values()), began_s, ended_s)
    log_bytes = kizashi.log.stat().st_size - logged
    figures = (
        f"all came in {came_s:.1f} s; scrapes on time {share:.2f} %; page after"
        f" {page_s:.1f} s (calm {calm_s:.1f}); log {log_bytes} bytes in"
        f" {ended_s - began_s:.0f} s; files {watch.most_files} of {kizashi.files};"
        f" probes {len(watch.probes_s)}, slowest {max(watch.probes_s):.2f} s"
    )
    LOG.info(figures)
    print(figures)  # noqa: T201 - figures for a run by hand
    assert not watch.refused, figures
    assert share >= ON_TIME_PERCENT, figures
    assert page_s <= calm_s + LATE_S, figures
    assert log_bytes <= LOG_BYTES_A_MINUTE * max(1, (ended_s - began_s) / 60), figures
    assert watch.most_files * 100 <= USED_PERCENT * kizashi.files, figures
    assert not people.told("DataLoss", "firing")
    assert not people.told("TargetDown", "firing")
    assert await kizashi.stop(30) == 0


async def test_strangers_who_wait_stop_nothing(
    bounded: Bounded, people: People, servers: Servers
):
    bounded.files = 256
    await check(bounded, people, servers, Flood(400, 50, 50, 5))


@pytest.mark.nightly
async def test_eleven_thousand_strangers_who_wait_stop_nothing(
    bounded: Bounded, people: People, servers: Servers
):
    await check(bounded, people, servers, Flood(10_000, 500, 500, 90))


async def test_with_too_few_files_it_says_how_many_it_needs(
    bounded: Bounded, people: People
):
    bounded.files = 64
    write(bounded, {"mill": Parts(("only",), "127.0.0.1:1")}, [hook(people.url())])
    await bounded.launch()
    assert bounded.process is not None
    assert await asyncio.wait_for(bounded.process.wait(), 60) == 1
    said = bounded.log.read_text()
    assert said.startswith("Cannot start: this process may have 64 files open")
    assert "needs at least 128" in said
    assert said.count("\n") == 1
