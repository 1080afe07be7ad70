"""The HTTP server inside our own event loop."""

import asyncio
import socket

import pytest
from starlette.types import Receive, Scope, Send

from kizashi.httpd.server import HttpServer, listen

pytestmark = pytest.mark.anyio


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def head(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return answer


async def test_an_idle_server_answers_with_a_date_and_ends_as_soon_as_it_is_told() -> (
    None
):
    sock = listen("127.0.0.1", 0)
    server = HttpServer(app, sock)
    serving = asyncio.create_task(server.serve())
    answer = await head(*sock.getsockname())
    assert answer.startswith(b"HTTP/1.1 204")
    assert b"\r\ndate: " in answer
    before = asyncio.get_running_loop().time()
    server.stop()
    await serving
    # It looks at the time of day once a second; ending does not wait for that.
    assert asyncio.get_running_loop().time() - before < 0.5


def test_answers_on_kept_connections_wait_for_no_acknowledgement() -> None:
    """Else each takes 40 ms more than it needs: its body is a segment of its own."""
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_system_takes_little_of_a_connection_that_is_not_read_from() -> None:
    """Else it takes megabytes each, of memory that a container is charged for."""
    with (
        listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()) as calling,
    ):
        listening.setblocking(True)
        taken, _ = listening.accept()
        with taken:
            calling.setblocking(False)
            sent = 0
            try:
                while sent < 100_000_000:
                    sent += calling.send(b"x" * 65_536)
            except BlockingIOError:
                pass
            own = calling.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 131_072
            assert sent < own + 262_144
