"""Kizashi reads a real Prometheus through a proxy that is slow, cuts, and leaves out."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from serving import CLOCK, WORKS, Kizashi
from test_upstream import Counter, compile_rules, prometheus_configuration, until

from harness.prometheus import PrometheusServer, running_prometheus
from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.nightly,
    pytest.mark.peer("prometheus"),
]

S = 1_000
#: As Thanos says that a store did not answer.
WARNING = "receive series from store: rpc error: code = Unavailable"


@dataclass
class Proxy:
    """Hands questions on; answers are handed back as `mode` says."""

    origin: str
    mode: str = "whole"
    client: httpx2.AsyncClient = field(default_factory=httpx2.AsyncClient)

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one question, and close."""
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The one who asked has gone.
        finally:
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ")
        fields = dict(line.lower().split(": ", 1) for line in lines if line)
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        if self.mode == "slow":
            await CLOCK.sleep(2.5)
        answer = await self.client.request(
            method,
            f"{self.origin}{path}",
            content=body,
            headers={"content-type": fields.get("content-type", "")},
        )
        content = answer.content
        if self.mode == "partial" and "/query" in path:
            content = self._without_bad(content)
        length = len(content)
        if self.mode == "cut":
            content = content[: length // 2]
        status = f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n"
        kind = "Content-Type: application/json\r\nConnection: close\r\n"
        writer.write(f"{status}{kind}Content-Length: {length}\r\n\r\n".encode())
        writer.write(content)
        await writer.drain()

    def _without_bad(self, content: bytes) -> bytes:
        """Return an answer without what counts bad events, and say so as Thanos does."""
        answer = json.loads(content)
        result = answer["data"]["result"]
        answer["data"]["result"] = [
            one
            for one in result
            if "bad" not in one["metric"].get("__name__", "")
            and one["metric"].get("code") != "500"
        ]
        return json.dumps({**answer, "warnings": [WARNING]}).encode()


@asynccontextmanager
async def proxied(origin: str) -> AsyncIterator[tuple[Proxy, str]]:
    proxy = Proxy(origin)
    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, f"http://127.0.0.1:{port}"
    finally:
        server.close()
        await proxy.client.aclose()


async def test_half_answers_slow_ones_and_cut_ones_lose_and_double_nothing(
    tmp_path: Path, servers: Servers
):
    shop = Counter()
    shop.address = f"127.0.0.1:{(await servers.start(shop)).port}"
    kizashi = Kizashi(tmp_path)
    kizashi.declare(target="95%", window="2h")
    kizashi.configure(shop.address, interval="1s")
    compile_rules(kizashi)
    folder = tmp_path / "prometheus"
    folder.mkdir()
    content = json.loads(prometheus_configuration(tmp_path, shop.address, rules=True))
    with running_prometheus(folder, content) as peer:
        peer.targets(lambda found: found["activeTargets"])
        async with proxied(f"http://127.0.0.1:{peer.port}") as (proxy, url):
            more = f"upstream: {{url: '{url}', timeout: 1s}}\n"
            kizashi.configure(shop.address, interval="1s", more=more)
            try:
                await kizashi.start()
                await story(kizashi, shop, proxy, peer)
            finally:
                await kizashi.end()


async def story(
    kizashi: Kizashi, shop: Counter, proxy: Proxy, peer: PrometheusServer
) -> None:
    async def is_counted() -> bool:
        return any(point["bad"] for point in await kizashi.points(5))

    await until(lambda: has_samples(kizashi), 30, "recordings are read")
    shop.bad = 3
    await until(is_counted, 30, "bad events are read")
    for mode, said in (
        ("partial", "the server could not ask all of its parts"),
        ("slow", "no answer within 1s"),
        (
            "cut",
            "the server closed the connection before the answer was complete",
        ),
    ):
        proxy.mode = mode
        await until(lambda s=said: is_told(kizashi, s), 20, said)
        assert said in (await kizashi.client.get(f"/objectives/shop/{'works'}")).text
        # Long enough that no slice is read again for having come late only.
        await CLOCK.sleep(6)
        # Never half of a slice: thirteen events with three bad ones, or none yet.
        for point in await kizashi.points(20):
            assert (point["bad"], point["valid"]) in {(0, 0), (0, 10), (3, 13)}
    proxy.mode = "whole"
    await until(lambda: is_told(kizashi, None), 20, "the server is read again")

    async def is_whole() -> bool:
        end_s = CLOCK.now_ms() // S - 8
        start_s = end_s - 20
        answer = await kizashi.get(
            f"{WORKS}/ledger", start=start_s, end=end_s, step="1s"
        )
        points = [(p["bad"], p["valid"]) for p in answer["points"]]
        return points == [(3, 13)] * 20

    # The missing middle is back; nothing is there twice.
    await until(is_whole, 60, "what was missed is read")
    recorded = peer.query("sum_over_time(kizashi:slice_bad:count[1h])")
    scraped = peer.query('hits_total{code="500"}')
    assert float(recorded[0][1]) <= float(scraped[0][1])


async def has_samples(kizashi: Kizashi) -> bool:
    return any(point["valid"] for point in await kizashi.points(5))


async def is_told(kizashi: Kizashi, error: str | None) -> bool:
    (target,) = (await kizashi.get("/kizashi/v1/targets"))["targets"]
    return target["last_error"] == error
