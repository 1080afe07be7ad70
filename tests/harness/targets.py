"""Scrape targets on real sockets that answer as a test says, well or badly."""

import asyncio
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

#: Writes the answer to a request, given its head.
Respond = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
_MIB = 1024 * 1024


@dataclass
class Server:
    """A server on a free port; `heads` are the request heads that it got."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/metrics", scheme: str = "http") -> str:
        """Return the URL of a path on this server."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"


class Servers:
    """Starts servers and ends them, whatever their clients left open."""

    def __init__(self) -> None:
        self._running: list[asyncio.Server] = []
        self._answering: set[asyncio.Task[object]] = set()

    async def start(
        self, respond: Respond, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> Server:
        """Start a server on 127.0.0.1, on a free port unless one is named."""
        server = Server()

        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            server.connections += 1
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.is_closing():
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    server.heads.append(head)
                    await respond(head, writer)
            writer.transport.abort()

        running = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
        self._running.append(running)
        server.port = running.sockets[0].getsockname()[1]
        return server

    async def close(self) -> None:
        """End all servers and what they are still answering."""
        for running in self._running:
            running.close()
        answering = list(self._answering)
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        for running in self._running:
            await running.wait_closed()


def page(
    body: bytes, status: str = "200 OK", headers: Mapping[str, str] | None = None
) -> Respond:
    """Return a good answer: whole, with its length, connection kept."""
    lines = {
        "Content-Type": "text/plain; version=0.0.4",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())

    async def respond(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return respond


def until_closed(head: bytes, piece: bytes, pause_s: float = 0.0) -> Respond:
    """Return an answer without an end: a piece again and again."""

    async def respond(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await wait(pause_s)

    return respond


async def wait(seconds: float) -> None:
    """Let real time pass: these servers stand for a real network."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


def gzip_bomb(mebibytes: int = 1024) -> bytes:
    """Return gzip data of so many MiB of zeros, about a thousandth of their size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = bytes(_MIB)
    # After a full flush the same input packs to the same bytes, so one block repeats.
    first = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (mebibytes - 1)
