"""Whatever a running server needs is loaded before it says that it is ready.

An import opens files. Where none can be opened any more, it fails in the middle of what
must go on: a loop that ends for it ends the process.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from alarms import Parts, People, eventually as until, hook, write
from serving import Kizashi
from whole.leash import leashed

from harness.targets import Servers, page
from kizashi.testing.receivers import ReceiverServer

pytestmark = pytest.mark.anyio

#: Needed by few pages, and slow to load. A request whose import fails is answered with
#: 500, and the next one tries again.
ON_REQUEST = ("pygments.", "kizashi.compiler.")
PAGES = (
    "/",
    "/objectives/mill/only",
    "/objectives/mill/only/explain",
    "/alerts",
    "/targets",
    "/settings",
    "/rules",
    "/docs/",
    "/metrics",
    "/kizashi/v1/objectives/mill/only",
    "/kizashi/v1/alerts",
    "/-/ready",
)


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """Who is told."""
    made = People()
    await made.start()
    yield made
    await made.close()


async def story(url: str, mill: Parts, people: People, process: object) -> None:
    """Let happen what may happen: a page, its end, a look at every page, a reload."""
    mill.failing.add("only")
    await until(lambda: people.told("ErrorBudgetBurn", "firing"), 60, "a page")
    async with httpx2.AsyncClient(base_url=url) as client:
        for path in PAGES:
            answer = await client.get(path)
            assert answer.status_code in {200, 303, 307, 404}, (path, answer.text)
    process.send_signal(signal.SIGHUP)  # type: ignore[attr-defined]
    mill.failing.clear()
    await until(lambda: people.told("ErrorBudgetBurn", "resolved"), 60, "its end")


@pytest.fixture
async def beats() -> AsyncIterator[ReceiverServer]:
    """A dead man's switch."""
    made = ReceiverServer()
    await made.start()
    yield made
    await made.close()


async def test_nothing_is_imported_after_the_start(
    tmp_path: Path, people: People, beats: ReceiverServer, servers: Servers
):
    mill = Parts(("only",))
    mill.address = f"127.0.0.1:{(await servers.start(mill)).port}"
    bad = (await servers.start(page(b"<html>", "500 Oops"))).port
    scrapes = f"""\
  - job_name: bad
    static_configs: [{{targets: ["127.0.0.1:{bad}", "127.0.0.1:1"]}}]
  - job_name: named
    dns_sd_configs: [{{names: [wheel.invalid], type: A, port: 80}}]
"""
    write(
        Kizashi(tmp_path),
        {"mill": mill},
        [hook(people.url())],
        scrapes=scrapes,
        more=f'heartbeat: {{url: "{beats.url("/")}", interval: 10s}}\n',
    )
    command = [sys.executable, str(Path(__file__).with_name("imported.py"))]
    process = await asyncio.create_subprocess_exec(*leashed([*command, str(tmp_path)]))
    try:
        await until((tmp_path / "url").exists, 60, "it is ready")
        await until((tmp_path / "url").read_text, 5, "its address")
        await story((tmp_path / "url").read_text(), mill, people, process)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)
    late = (tmp_path / "late").read_text().splitlines()
    assert [line for line in late if not line.startswith(ON_REQUEST)] == []
