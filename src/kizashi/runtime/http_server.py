"""The HTTP server's settings, and the limits that its protocol does not have itself.

uvicorn's fast protocol takes a request head of any length and waits for it for ever:
32 MB of headers are stored, and a thousand silent connections stay. `BoundedProtocol`
ends both, before a request reaches the application.
"""

import asyncio

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

#: Bytes of the request line and the headers together.
LONGEST_HEAD_BYTES = 32 * 1024
MOST_HEADERS = 100
#: A request must have arrived whole in this time; so must the first after connecting.
REQUEST_TIMEOUT_S = 30.0
IDLE_TIMEOUT_S = 60
MOST_CONNECTIONS = 1024


def server_config(app: ASGIApp) -> uvicorn.Config:
    """Return the settings under which Kizashi serves; the caller opens the socket.

    Nothing is told about the server, records go through the logging of
    `kizashi.runtime.logging`, and headers of a proxy are not believed.
    """
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_TIMEOUT_S,
    )


class _HeadTooLargeError(Exception):
    """Ends the parser from inside a callback; it never leaves this module."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a limit on the length of a head and on the time of a request."""

    request_timeout_s = REQUEST_TIMEOUT_S

    _is_in_head = True
    _head_bytes = 0
    _refusal = 400
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override]  # as the class above has it
        self, transport: asyncio.Transport
    ) -> None:
        """Start to wait for a first request."""
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless a head would grow beyond its limit."""
        # Before the first request there is no cycle, whatever its annotation says.
        is_idle = getattr(self.cycle, "response_complete", True)
        if is_idle and self._deadline is None:
            # Empty lines between requests begin none, and would hold the line.
            self._start_deadline()
        self._head_bytes += len(data)
        super().data_received(data)
        # A head that is not complete stays in the parser: what counts is how much
        # has come since it began.
        if not self._is_in_head:
            self._head_bytes = 0
        elif self._head_bytes > LONGEST_HEAD_BYTES and not self.transport.is_closing():
            self._refusal = 431
            self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_in_head = True
        self._start_deadline()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start a request, unless its head is too large.

        Raises:
            _HeadTooLargeError: If it is; the parser turns it into a refusal.
        """
        self._is_in_head = False
        size = len(self.url) + sum(len(n) + len(v) + 4 for n, v in self.headers)
        if size > LONGEST_HEAD_BYTES or len(self.headers) > MOST_HEADERS:
            self._refusal = 431
            raise _HeadTooLargeError
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request: it has arrived whole."""
        self._stop_deadline()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, with the status that says why, and close."""
        status = self._refusal
        reason = msg if status == 400 else "Request head too large."  # noqa: PLR2004
        head = (
            b"content-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(reason)
        )
        self.transport.write(STATUS_LINE[status] + head + reason.encode("ascii"))
        self.transport.close()

    def _start_deadline(self) -> None:
        self._stop_deadline()
        self._deadline = self.loop.call_later(self.request_timeout_s, self._give_up)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self.transport.close()
