"""The demo's story, with a stand-in for the server so that each turn can be made."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kizashi.messages import render
from kizashi.runtime.client import ServerError, fetch
from kizashi.runtime.clock import SystemClock
from kizashi.runtime.demo import (
    HOST,
    DemoError,
    DemoPlan,
    find_checkout,
    free_port,
    run_demo,
)

pytestmark = pytest.mark.anyio
SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"objectives": [{"objective": "availability",'
                         b' "service": "todo-api", "at": 9}],'
                         b' "points": [{"bad": 1, "valid": 12}, {"bad": 0, "valid": 8}],'
                         b' "simulated": {"state": "loaded", "share": 1, "until": 3}}')

port = int(sys.argv[sys.argv.index("--listen") + 1].split(":")[1])
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class HastyClock(SystemClock):
    """Does not wait for what only a person would wait for."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.05))


class Told:
    """What the demo said; `react` is called with each message."""

    def __init__(self, react: Callable[[str], None] = lambda _: None) -> None:
        self.messages: list[tuple[str, dict[str, object]]] = []
        self._react = react

    def __call__(self, message_id: str, /, **params: object) -> None:
        self.messages.append((message_id, params))
        self._react(message_id)

    @property
    def ids(self) -> list[str]:
        return [message_id for message_id, _ in self.messages]


def plan(folder: Path, server: str = SERVER, duration_ms: int = 60_000) -> DemoPlan:
    checkout = find_checkout()
    assert checkout
    return DemoPlan(
        checkout=checkout,
        folder=folder,
        language="en",
        duration_ms=duration_ms,
        rate=20.0,
        api_port=free_port(0),
        kizashi_port=free_port(0),
        shows_status=False,
        history_days=0,
        serve=(sys.executable, "-c", server),
    )


def assert_gone(one: DemoPlan) -> None:
    for url in (one.api_url, one.kizashi_url):
        with pytest.raises(ServerError):
            fetch(url, "/", token=None, language="en")


async def test_a_demo_left_alone_shows_its_page_and_ends_with_both_counts(
    tmp_path: Path,
):
    one, told = plan(tmp_path, duration_ms=1000), Told()
    await run_demo(one, told, HastyClock())
    assert told.ids == [
        "demo.starting",
        "demo.page",
        "demo.settling",
        "demo.count",
        "demo.ended",
    ]
    counts = dict(told.messages)["demo.count"]
    assert (counts["bad"], counts["valid"]) == (0, 20)
    assert (counts["ledger_bad"], counts["ledger_valid"]) == (1, 20)
    assert_gone(one)
    for language in ("en", "ja"):
        page = render(language, "demo.page", **dict(told.messages)["demo.page"])
        assert "{" not in re.sub(r"'\{.*?\}'", "", page)
        assert f"status --server {one.kizashi_url}" in page
        assert page.count(f"curl -X PUT {one.api_url}/demo/faults") == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals):
    def react(message_id: str) -> None:
        if message_id == "demo.page":
            os.kill(os.getpid(), number)

    one, told = plan(tmp_path), Told(react)
    await run_demo(one, told, HastyClock())
    assert told.ids[-2:] == ["demo.stopping", "demo.ended"]
    assert_gone(one)


async def test_a_killed_service_comes_back(tmp_path: Path):
    kills: set[asyncio.Task[object]] = set()
    one = plan(tmp_path)

    async def kill() -> None:
        reader, writer = await asyncio.open_connection(HOST, one.api_port)
        writer.write(
            b"POST /demo/kill HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        )
        assert await reader.read() == b""
        writer.close()

    def react(message_id: str) -> None:
        if message_id == "demo.page":
            kills.add(asyncio.get_running_loop().create_task(kill()))
        if message_id == "demo.back":
            os.kill(os.getpid(), signal.SIGTERM)

    told = Told(react)
    await run_demo(one, told, HastyClock())
    assert ("demo.gone", {"code": 137, "seconds": "20"}) in told.messages
    assert told.ids[-3:] == ["demo.back", "demo.stopping", "demo.ended"]
    await asyncio.gather(*kills)
    assert_gone(one)


async def test_a_server_that_does_not_start_is_named_with_its_last_words(
    tmp_path: Path,
):
    one, told = plan(tmp_path, server="import sys; sys.exit('no such option')"), Told()
    with pytest.raises(DemoError) as caught:
        await run_demo(one, told, HastyClock())
    assert (caught.value.part, caught.value.log) == ("kizashi", "no such option")
    assert_gone(one)


async def test_the_configuration_names_this_run_s_port_and_the_promise(tmp_path: Path):
    from kizashi.runtime.declaration_files import load

    one = plan(tmp_path, server="raise SystemExit")
    with pytest.raises(DemoError):
        await run_demo(one, Told(), HastyClock())
    loaded = load([], tmp_path / "kizashi.yaml")
    assert loaded.problems == ()
    (group,) = loaded.configuration.scrape[0].static_groups
    assert group.addresses == (f"{HOST}:{one.api_port}",)
    assert [service.name for service in loaded.services] == ["todo-api"]
