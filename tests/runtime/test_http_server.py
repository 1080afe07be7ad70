"""The HTTP server on a real socket: what a client may send, and for how long."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from kizashi.api._base import ApiServices, Ready, ReloadOutcome
from kizashi.api.application import build
from kizashi.runtime.http_server import (
    LONGEST_HEAD_BYTES,
    MOST_HEADERS,
    BoundedProtocol,
    server_config,
)
from kizashi.testing.alert_desk import FakeDesk
from kizashi.testing.answers import FakeAnswers
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_tokens import MemoryTokenStore

HOST = b"Host: 127.0.0.1\r\n"
HEALTHY = b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"\r\n"


class ImpatientProtocol(BoundedProtocol):
    request_timeout_s = 0.05


@pytest.fixture(scope="module", params=[BoundedProtocol])
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    async def reload() -> ReloadOutcome:
        return ReloadOutcome(is_applied=True)

    services = ApiServices(
        answers=FakeAnswers(),
        alerts=FakeDesk(),
        tokens=MemoryTokenStore(),
        clock=ManualClock(),
        ready=lambda: Ready(is_ready=True),
        healthy=lambda: True,
        reload=reload,
        metrics=lambda: b"",
        listen_is_loopback=True,
    )
    config = server_config(build(services))
    config.http = request.param
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listening]))
    )
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()
    assert not thread.is_alive()


def told(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Return all that the server says to these bytes until it closes."""
    with socket.create_connection(address, timeout=5) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (ConnectionResetError, BrokenPipeError):
            pass  # It has heard enough; what it said may still be there.
        said = b""
        try:
            while piece := connection.recv(65536):
                said += piece
        except ConnectionResetError:
            pass
        return said


CLOSE = b"Connection: close\r\n"


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


@pytest.mark.parametrize("host", [b"", b"Host: evil\r\n", HOST + b"Host: evil\r\n"])
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
    assert said.endswith(b"Request head too large.")


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
