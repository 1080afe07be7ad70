"""The HTTP server on a real socket: what a client may send, and for how long."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.alert_service import FakeAlertService
from harness.answers import FakeAnswers
from harness.speaking import CLOSE, HOST, opened, served, told, until
from harness.targets import wait
from kizashi.api._base import ApiServices
from kizashi.api.application import build
from kizashi.app.readiness import Ready, ReloadOutcome
from kizashi.httpd.connections import ConnectionSlots, Refused
from kizashi.httpd.head import LONGEST_HEAD_BYTES, MOST_HEADERS
from kizashi.httpd.protocol import BoundedProtocol
from kizashi.httpd.server import HttpServer, listen
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_sessions import MemorySessionStore
from kizashi.testing.memory_tokens import MemoryTokenStore

HEALTHY = b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"\r\n"


class ImpatientProtocol(BoundedProtocol):
    request_timeout_s = 0.05


@pytest.fixture(scope="module", params=[BoundedProtocol])
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    async def reload() -> ReloadOutcome:
        return ReloadOutcome(is_applied=True)

    tokens = MemoryTokenStore()
    services = ApiServices(
        answers=FakeAnswers(),
        alerts=FakeAlertService(),
        tokens=tokens,
        sessions=MemorySessionStore(tokens),
        clock=ManualClock(),
        ready=lambda: Ready(is_ready=True),
        healthy=lambda: True,
        reload=reload,
        metrics=lambda: b"",
        listen_is_loopback=True,
    )
    listening = listen("127.0.0.1", 0)
    address = listening.getsockname()
    loops: list[tuple[asyncio.AbstractEventLoop, HttpServer]] = []
    has_begun = threading.Event()

    async def serve() -> None:
        server = HttpServer(build(services), listening, protocol=request.param)
        loops.append((asyncio.get_running_loop(), server))
        has_begun.set()
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert has_begun.wait(10)
    yield address
    loop, server = loops[0]
    loop.call_soon_threadsafe(server.stop)
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_an_answer_says_nothing_about_the_server(address: tuple[str, int]):
    said = told(address, b"GET /-/healthy HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")

    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"server:" not in head.lower()
    assert b"x-content-type-options: nosniff" in head
    assert json.loads(body) == {"healthy": True}


def test_head_has_the_headers_and_no_content(address: tuple[str, int]):
    said = told(address, b"HEAD /-/healthy HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")

    assert b"content-length: 16\r\n" in said
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("host", [b"", b"Host: evil\r\n"])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_request_without_our_name_is_refused(
    address: tuple[str, int], host: bytes, version: bytes
):
    said = told(
        address, b"GET /-/healthy HTTP/" + version + b"\r\n" + host + CLOSE + b"\r\n"
    )

    assert said.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET / HTTP/1.1\r\n" + HOST, b"X: " + b"a" * LONGEST_HEAD_BYTES],
        [b"GET / HTTP/1.1\r\n" + HOST] + [b"X: " + b"a" * 1000 + b"\r\n"] * 64,
        [b"GET /" + b"a" * LONGEST_HEAD_BYTES],
        [b"GET /?" + b"a" * LONGEST_HEAD_BYTES + b" HTTP/1.1\r\n" + HOST + b"\r\n"],
        [b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * MOST_HEADERS + b"\r\n"],
        [HEALTHY, b"GET / HTTP/1.1\r\n", b"X: " + b"a" * 2 * LONGEST_HEAD_BYTES],
    ],
    ids=["one header", "many headers", "path", "query", "small headers", "second"],
)
def test_a_head_over_the_limit_is_refused(
    address: tuple[str, int], pieces: list[bytes]
):
    said = told(address, *pieces)

    assert b"HTTP/1.1 431 Request Header Fields Too Large\r\n" in said
    assert b"head_too_large" in said


def test_a_head_just_below_the_limit_is_taken(address: tuple[str, int]):
    filler = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 300) for n in range(90))

    said = told(
        address, b"GET /-/healthy HTTP/1.1\r\n" + HOST + CLOSE + filler + b"\r\n"
    )

    assert said.startswith(b"HTTP/1.1 200 OK")


def test_a_long_body_is_not_counted_as_head(address: tuple[str, int]):
    body = b"x" * 4 * LONGEST_HEAD_BYTES
    head = b"POST /-/reload HTTP/1.1\r\n" + HOST + CLOSE
    length = b"Content-Length: %d\r\n\r\n" % len(body)

    # No token: the application answers, not the protocol.
    assert told(address, head + length, body).startswith(b"HTTP/1.1 401 ")


def test_what_is_not_http_is_refused(address: tuple[str, int]):
    assert told(address, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_two_requests_on_one_connection_are_both_answered(address: tuple[str, int]):
    last = b"GET /-/ready HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"

    assert told(address, HEALTHY + last).count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("address", [ImpatientProtocol], indirect=True, scope="module")
@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x",
        HEALTHY + b"GET /",
    ],
    ids=["nothing", "line", "header", "second request"],
)
def test_a_client_that_dawdles_is_left(address: tuple[str, int], beginning: bytes):
    said = told(address, beginning)

    assert said.count(b"HTTP/1.1 200 OK") == beginning.count(HEALTHY)


@pytest.mark.parametrize("address", [ImpatientProtocol], indirect=True, scope="module")
def test_empty_lines_do_not_hold_a_connection(address: tuple[str, int]):
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(HEALTHY)
        said = b""
        while not said.endswith(b'{"healthy":true}'):
            said += connection.recv(65536)

        connection.sendall(b"\r\n\r\n")

        assert connection.recv(65536) == b""


def test_a_websocket_is_not_spoken(address: tuple[str, int]):
    upgrade = (
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\n"
    )
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(b"GET /-/healthy HTTP/1.1\r\n" + HOST + upgrade + b"\r\n")

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


LONG = b"x" * 2_000_000


async def long_answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": LONG, "more_body": True})
    await send({"type": "http.response.body", "body": LONG})


async def left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def events(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/quiet":
        await left(receive)
    for _ in range(10_000):
        piece = {"type": "http.response.body", "body": b"x" * 4096, "more_body": True}
        await send(piece)


@pytest.mark.anyio
@pytest.mark.parametrize(("app", "path"), [(long_answer, "/"), (events, "/")])
async def test_an_answer_that_nobody_takes_ends_its_connection(app: ASGIApp, path: str):
    slots = ConnectionSlots(10, 10, 2)
    async with served(app, slots) as address:
        with await opened(address, path):
            await until(slots, 1)
            await until(slots, 0)


@pytest.mark.anyio
async def test_a_stream_without_news_stays():
    slots = ConnectionSlots(10, 10, 2)
    async with served(events, slots) as address:
        with await opened(address, "/quiet"):
            await until(slots, 1)
            await wait(1.0)
            assert slots.taken == 1


@pytest.mark.anyio
async def test_an_answer_that_is_taken_slowly_and_steadily_arrives_whole():
    slots = ConnectionSlots(10, 10, 2)
    async with served(long_answer, slots) as address:
        with await opened(address, "/", 65_536) as slow:
            loop, got = asyncio.get_running_loop(), 0
            while got < 2 * len(LONG):
                piece = await loop.sock_recv(slow, 400_000)
                assert piece, got
                got += len(piece)
                await wait(0.02)


@pytest.mark.anyio
async def test_when_all_work_there_is_room_for_probes_only():
    slots = ConnectionSlots(3, 3, 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/-/healthy":
            await PlainTextResponse("well")(scope, receive, send)
        else:
            await left(receive)

    async with served(app, slots) as address:
        busy = [await opened(address, "/") for _ in range(3)]
        await until(slots, 3)
        await wait(0.1)
        for _ in range(3):
            told = await asyncio.to_thread(told_by, address, b"/-/healthy", b"")
            assert told.endswith(b"well")
            told = await asyncio.to_thread(
                told_by, address, b"/", b"Accept-Language: ja"
            )
            assert told.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 1" in told
            assert "接続が多すぎ".encode() in told
        assert slots.counts.refused == {Refused.NO_ROOM: 3}
        for each in busy:
            each.close()


def told_by(address: tuple[str, int], path: bytes, header: bytes) -> bytes:
    more = header + b"\r\n" if header else b""
    return told(
        address, b"GET " + path + b" HTTP/1.1\r\n" + HOST + CLOSE + more + b"\r\n"
    )


@pytest.mark.anyio
async def test_a_thousand_silent_connections_keep_nobody_out():
    slots = ConnectionSlots(20, 20, 4)
    async with served(PlainTextResponse("well"), slots) as address:
        silent = []
        loop = asyncio.get_running_loop()
        for _ in range(1_000):
            made = socket.socket()
            made.setblocking(False)
            await loop.sock_connect(made, address)
            silent.append(made)
        answer = await asyncio.to_thread(told_by, address, b"/", b"")
        assert answer.endswith(b"well")
        assert slots.taken <= 20
        for each in silent:
            each.close()
        await until(slots, 0)


@pytest.mark.anyio
async def test_a_flood_from_one_address_ends_its_own_connections_only():
    slots = ConnectionSlots(20, 4, 0, is_exempt=lambda address: address == "127.0.0.3")
    async with served(events, slots) as address:

        async def from_(source: str) -> socket.socket:
            made = socket.socket()
            made.setblocking(False)
            made.bind((source, 0))
            await asyncio.get_running_loop().sock_connect(made, address)
            return made

        proxy = [await from_("127.0.0.3") for _ in range(8)]
        other = await from_("127.0.0.4")
        flood = [await from_("127.0.0.2") for _ in range(50)]
        await until(slots, 8 + 1 + 4)
        assert slots.counts.evicted.total() == 46
        for each in (*proxy, other, *flood):
            each.close()
        await until(slots, 0)


def test_white_space_around_a_value_is_no_part_of_it(address: tuple[str, int]):
    host = HOST.replace(b"\r\n", b" \t\r\n")
    body = b"Content-Length: 5 \r\n\r\nhello"

    said = told(address, b"POST /-/healthy HTTP/1.1\r\n" + host + CLOSE + body)

    # And not 400, nor 403 for a host that is none of ours.
    assert said.startswith(b"HTTP/1.1 405 ")
