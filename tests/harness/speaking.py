"""A server that speaks HTTP on a real socket, and clients that write every byte."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from starlette.types import ASGIApp

from harness.targets import wait
from kizashi.httpd.connections import ConnectionSlots
from kizashi.httpd.protocol import BoundedProtocol
from kizashi.httpd.server import HttpServer, listen

HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"


class Impatient(BoundedProtocol):
    request_timeout_s = 0.3
    write_timeout_s = 0.3


@contextlib.asynccontextmanager
async def served(
    app: ASGIApp,
    slots: ConnectionSlots | None = None,
    protocol: type[BoundedProtocol] = Impatient,
) -> AsyncIterator[tuple[str, int]]:
    """Serve an application; yield its address."""
    sock = listen("127.0.0.1", 0)
    address = sock.getsockname()
    server = HttpServer(app, sock, slots, protocol=protocol)
    serving = asyncio.create_task(server.serve())
    try:
        yield address
    finally:
        server.stop()
        await serving


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


async def opened(
    address: tuple[str, int], path: str, buffer: int = 4096, more: bytes = b""
) -> socket.socket:
    """Return a connection that has asked, has said more, and reads nothing."""
    loop = asyncio.get_running_loop()
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.setblocking(False)
    await loop.sock_connect(made, address)
    asked = b"GET %s HTTP/1.1\r\n%s\r\n" % (path.encode(), HOST)
    await loop.sock_sendall(made, asked + more)
    return made


async def until(slots: ConnectionSlots, taken: int) -> None:
    """Wait until so many seats are taken."""
    async with asyncio.timeout(10):
        while slots.taken != taken:
            await wait(0.01)
