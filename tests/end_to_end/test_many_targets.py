"""Thousands of targets, or a slow list of them, do not keep a server from being ready."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from serving import CLOCK, Kizashi, Shop

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

TARGETS = 5_000
MANY = """\
  - job_name: many
    scrape_interval: 1m
    scrape_timeout: 5s
    file_sd_configs: [{files: [many.json]}]
"""
SLOW = """\
  - job_name: slow
    http_sd_configs: [{url: "%s"}]
"""
#: Of processor time; each by itself took minutes.
READY_S = 12.0


def name_many(folder: Path) -> None:
    """Write addresses at which nobody listens, so that each scrape is over at once."""
    addresses = [f"127.9.{n // 250}.{n % 250 + 1}:9" for n in range(TARGETS)]
    (folder / "many.json").write_text(json.dumps([{"targets": addresses}]))


async def test_five_thousand_targets_are_registered_together(kizashi: Kizashi):
    name_many(kizashi.folder)
    kizashi.configure("127.0.0.1:9", more=MANY)

    assert await kizashi.start() <= READY_S

    listed = 0
    async with asyncio.timeout(60):
        while listed < TARGETS:
            listed = len((await kizashi.get("/kizashi/v1/targets"))["targets"])  # type: ignore[arg-type]
            await CLOCK.sleep(0.2)
    await kizashi.kill()
    # All are known from now on, which is another way to begin.
    assert await kizashi.start() <= READY_S


async def test_who_is_slow_to_name_targets_keeps_nobody_out(
    kizashi: Kizashi, shop: Shop, servers: Servers
):
    asked_s: list[float] = []

    async def hang(_head: str, _writer: asyncio.StreamWriter) -> None:
        asked_s.append(CLOCK.monotonic())
        await asyncio.Event().wait()

    url = (await servers.start(hang)).url("/")
    kizashi.configure(shop.address, more=SLOW % url)

    await kizashi.start()

    # It would have been asked in vain for ten seconds.
    assert CLOCK.monotonic() - asked_s[0] < 8
    assert await kizashi.stop(30) == 0
