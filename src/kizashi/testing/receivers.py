"""A receiver of notifications on a real socket, which answers as a test says."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

#: Writes the answer to a request.
Answer = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request.

    Attributes:
        line: Its first line.
        headers: Its headers, names in lower case.
        body: Its body.
    """

    line: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """Its idempotency key."""
        return self.headers.get("idempotency-key", "")


def status(
    code: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer of a status code, connection kept."""
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {code} Because\r\nContent-Length: {len(body)}\r\n{more}\r\n"

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def hang(_received: Received, _writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def reset(_received: Received, writer: asyncio.StreamWriter) -> None:
    """End the connection without an answer."""
    writer.transport.abort()


def endless(code: int) -> Answer:
    """Return an answer whose body has no end."""

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} Because\r\n\r\n".encode())
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    return answer


@dataclass
class ReceiverServer:
    """A server on this machine that keeps every request it got.

    Attributes:
        answer: What it answers; may be replaced at any time.
        received: Every request, oldest first.
        port: Where it listens.
        host: On which address.
        tls: The certificate that it shows; None for plain HTTP.
    """

    answer: Answer = field(default_factory=lambda: status(200))
    received: list[Received] = field(default_factory=list)
    port: int = 0
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    _server: asyncio.Server | None = None
    _answering: set[asyncio.Task[object]] = field(default_factory=set)

    async def start(self) -> "ReceiverServer":
        """Listen, on a free port unless one is named."""
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, ssl=self.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """End, whatever is still being answered."""
        if self._server is None:
            return
        self._server.close()
        answering = list(self._answering)
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, path: str = "/") -> str:
        """Return the URL of a path."""
        scheme = "http" if self.tls is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{path}"

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                received = await _read(reader)
                self.received.append(received)
                await self.answer(received, writer)
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rest = head.split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (part.partition(":") for part in rest if part)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(line, headers, body)
