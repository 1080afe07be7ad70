"""Hostile targets beside a good one: bounded memory, and the good one goes on."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from harness.targets import Respond, Servers, gzip_bomb, page, until_closed

pytestmark = pytest.mark.anyio

RUN = Path(__file__).with_name("hostile_run.py")
TICKS = 20
GOOD_INTERVAL_MS = 300
BAD_INTERVAL_MS = 1_000
#: Of what sends much: time to send it, beside other tests too.
LARGE_INTERVAL_MS = 2_500
MEMORY_MIB = 128
GZIP = {"Content-Encoding": "gzip"}
OK = b"HTTP/1.1 200 OK\r\n\r\n"

GOOD = b"".join(b'hits{path="/%d"} %d\n' % (n, n) for n in range(500))
MANY = b"".join(b'm{n="%d"} 1\n' % n for n in range(200_000))
REDIRECT = {"Location": "http://192.0.2.1/metrics"}

HOSTILE: dict[str, tuple[Respond, str]] = {
    "endless": (until_closed(OK, b"a 1\n" * 16_384), "body over 16777216 bytes"),
    "drip": (until_closed(OK, b"a", 0.05), "timed out after 1s"),
    "hang": (until_closed(b"", b"", 1.0), "timed out after 1s"),
    "many": (page(MANY), "more than 50000 samples"),
    "bytes": (page(b'a{b="\xff\xfe"} 1\n'), "UTF-8"),
    "bomb": (page(gzip_bomb(), headers=GZIP), "body over 16777216 bytes"),
    "bomb2": (page(gzip_bomb(), headers=GZIP), "body over 16777216 bytes"),
    "line": (until_closed(OK + b"a", b"a" * 65_536), "body over 16777216 bytes"),
    "down": (page(b"", "503 Service Unavailable"), "HTTP 503"),
    "moved": (page(b"", "302 Found", REDIRECT), "not the same host"),
    "html": (page(b"<html><body>hello</body></html>"), "line 1"),
}


def interval_ms(name: str) -> int:
    """Return how often a hostile target is asked, which is how long it may take."""
    _, why = HOSTILE.get(name, (None, ""))
    return LARGE_INTERVAL_MS if "body over" in why else BAD_INTERVAL_MS


async def scrape(
    targets: dict[str, tuple[str, str, int]],
) -> dict[str, dict[str, object]]:
    """Run the scraper in a process of its own and return what it saw."""
    seconds = (TICKS + 1) * GOOD_INTERVAL_MS / 1000
    arguments = [str(RUN), json.dumps(targets), str(seconds)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return json.loads(output)


async def test_hostile_targets_are_down_with_a_reason_and_hurt_nobody(
    servers: Servers,
):
    targets = {}
    for name, (respond, _) in HOSTILE.items():
        server = await servers.start(respond)
        targets[name] = ("http", f"127.0.0.1:{server.port}", interval_ms(name))
    good = f"127.0.0.1:{(await servers.start(page(GOOD))).port}"
    targets["good"] = ("http", good, GOOD_INTERVAL_MS)
    targets["tls"] = ("https", good, BAD_INTERVAL_MS)
    targets["refused"] = ("http", "127.0.0.1:1", BAD_INTERVAL_MS)

    seen = await scrape(targets)

    assert seen["growth_mib"] <= MEMORY_MIB
    assert seen["up"]["good"] >= TICKS - 1
    assert seen["samples"] == 500 * seen["up"]["good"]
    expected = {name: why for name, (_, why) in HOSTILE.items()}
    expected |= {"tls": "", "refused": "connection refused"}
    for name, why in expected.items():
        assert seen["up"][name] == 0, name
        assert any(why in reason for reason in seen["reasons"][name]), seen["reasons"]
        assert seen["longest_s"][name] <= interval_ms(name) / 1000 + 1, name
    assert seen["limits"]["bomb"] == ["body_limit"]
