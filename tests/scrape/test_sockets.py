"""Scrapes share connections: so many at once, so many kept, and none is forgotten."""

import asyncio
import socket

import pytest

from harness.targets import Respond, Servers, page
from kizashi.clock import SystemClock
from kizashi.errors import ScrapeError
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.scrape.budget import ByteBudget
from kizashi.scrape.fetch import HttpFetcher
from kizashi.scrape.loop import Scraper
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.sockets import SocketShare
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.testing.clock import ManualClock

pytestmark = pytest.mark.anyio

INFO = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))


class Sight:
    """Counts how many requests are answered at the same time, and lets them go."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        await page(b"up 1\n")(head, writer)
        self.now -= 1


async def fetch(fetcher: HttpFetcher, url: str, timeout_ms: int = 5_000) -> bytes:
    with ByteBudget().claim(1_000) as claim:
        return (await fetcher.fetch(url, timeout_ms, claim)).data


async def test_no_more_scrapes_run_at_once_than_there_are_turns(servers: Servers):
    sight, sockets = Sight(), SocketShare(6)
    url = (await servers.start(sight)).url()
    fetcher = HttpFetcher(ScrapeConfig("test"), ManualClock(), sockets)
    fetches = [asyncio.create_task(fetch(fetcher, url)) for _ in range(10)]
    async with asyncio.timeout(10):
        while sight.now < 3:
            await asyncio.wait(fetches, timeout=0.01)
        await asyncio.wait(fetches, timeout=0.05)
        assert (sight.most, sockets.open) == (3, 3)
        sight.go.set()
        assert await asyncio.gather(*fetches) == [b"up 1\n"] * 10
    await fetcher.close()
    assert (sight.most, sockets.open) == (3, 0)


async def test_who_gets_no_turn_in_time_says_so(servers: Servers):
    sight, sockets = Sight(), SocketShare(2)
    url = (await servers.start(sight)).url()
    fetcher = HttpFetcher(ScrapeConfig("test"), ManualClock(), sockets)
    first = asyncio.create_task(fetch(fetcher, url))
    async with asyncio.timeout(10):
        while not sight.now:
            await asyncio.wait([first], timeout=0.01)
    with pytest.raises(ScrapeError, match="no connection was free in time: 1 targets"):
        await fetch(fetcher, url, timeout_ms=50)
    sight.go.set()
    assert await first == b"up 1\n"
    await fetcher.close()


@pytest.mark.parametrize(("targets", "connections"), [(2, 1), (3, 4)])
async def test_connections_are_kept_only_if_all_targets_may_keep_one(
    servers: Servers, targets: int, connections: int
):
    server, sockets = await servers.start(page(b"up 1\n")), SocketShare(4)
    sockets.expect(targets)
    fetcher = HttpFetcher(ScrapeConfig("test"), ManualClock(), sockets)
    for _ in range(4):
        await fetch(fetcher, server.url())
    assert server.connections == connections
    await SystemClock().sleep(0.01)  # what is closed is closed in the next turn
    assert sockets.open == (1 if connections == 1 else 0)
    await fetcher.close()
    assert sockets.open == 0


async def test_what_vanished_targets_kept_counts_until_it_is_closed(servers: Servers):
    sockets = SocketShare(4)
    fetcher = HttpFetcher(ScrapeConfig("test"), ManualClock(), sockets)
    for _ in range(9):  # each of them a new target, which comes once
        await fetch(fetcher, (await servers.start(page(b"up 1\n"))).url())
    await SystemClock().sleep(0.01)
    assert sockets.open == 2
    await fetcher.close()


async def test_a_socket_counts_until_it_is_closed_however_often():
    sockets = SocketShare(4)
    one, other = sockets.new(INFO), sockets.new(INFO)
    assert sockets.open == 2
    one.close()
    one.close()
    assert sockets.open == 1
    other.close()
    assert sockets.open == 0


class Results:
    """Notes which scrapes went well."""

    def __init__(self) -> None:
        self.ok: list[bool] = []

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None: ...
    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None: ...
    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None: ...

    def on_finished(self, result: ScrapeResult) -> None:
        self.ok.append(result.ok)


async def test_the_targets_of_all_jobs_share_one_lot(servers: Servers):
    count, most = [0], [0]

    async def respond(head: str, writer: asyncio.StreamWriter) -> None:
        count[0] += 1
        most[0] = max(most[0], count[0])
        await page(b"up 1\n")(head, writer)
        count[0] -= 1

    results = Results()
    scraper = Scraper(SystemClock(), results, sockets=8)
    respond_: Respond = respond
    ports = [(await servers.start(respond_)).port for _ in range(12)]
    await scraper.apply(
        [
            ScrapeConfig(
                f"job{n}",
                interval_ms=200,
                timeout_ms=200,
                static_groups=(TargetGroup((f"127.0.0.1:{port}",)),),
            )
            for n, port in enumerate(ports)
        ]
    )
    async with asyncio.timeout(10):
        while len(results.ok) < 36:
            assert scraper._sockets.open <= 8
            await SystemClock().sleep(0.005)
    await scraper.close()
    assert all(results.ok)
    assert scraper._sockets.open == 0
