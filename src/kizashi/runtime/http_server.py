"""The HTTP server's settings, and the limits that its protocol does not have itself.

uvicorn's fast protocol takes a request head of any length, waits for it for ever, and
keeps an answer for as long as its client does not read it: 32 MB of headers are stored,
and a thousand silent connections stay. `BoundedProtocol` ends all three, and says who
waits for whom, so that `kizashi.runtime.connections` knows whom to end for another.
"""

import asyncio

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from kizashi.api._base import RequestError, error_reply, language_of
from kizashi.runtime.connections import Seats

#: Bytes of the request line and the headers together.
LONGEST_HEAD_BYTES = 32 * 1024
MOST_HEADERS = 100
#: A request must have arrived whole in this time; so must the first after connecting.
REQUEST_TIMEOUT_S = 30.0
IDLE_TIMEOUT_S = 60
#: What is ready to be taken, pages that stay open included, is looked at this often...
WRITE_TIMEOUT_S = 30.0
#: ... and its client must have taken so much of it, or all.
SLOWEST_BYTES_S = 1024
PROBES = ("/-/healthy", "/-/ready")


def server_config(app: ASGIApp, protocol: type["BoundedProtocol"]) -> uvicorn.Config:
    """Return the settings under which Kizashi serves; the caller opens the socket.

    Nothing is told about the server, records go through the logging of
    `kizashi.runtime.logging`, and headers of a proxy are not believed.
    """
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_TIMEOUT_S,
    )


class ProbesOnly:
    """Answers probes, and tells everybody else that there is no room just now."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            headers = {"retry-after": "1", "connection": "close"}
            error = RequestError(503, "api.error.no_room", headers=headers)
            answer = error_reply(error, language_of(scope, None))
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _HeadTooLargeError(Exception):
    """Ends the parser from inside a callback; it never leaves this module."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with limits on the length of a head, and on what clients wait with.

    Attributes:
        request_timeout_s: How long a request may take to arrive.
        write_timeout_s: How long an answer may lie without being taken.
    """

    request_timeout_s = REQUEST_TIMEOUT_S
    write_timeout_s = WRITE_TIMEOUT_S

    _is_in_head = True
    _head_bytes = 0
    _refusal = 400
    _deadline: asyncio.TimerHandle | None = None
    _seats = Seats(0, 0, 0)
    _is_evicted = False
    _untaken_bytes = 0
    _untaken: asyncio.TimerHandle | None = None

    def sit(self, seats: Seats, *, only_probes: bool) -> None:
        """Tell these seats who waits for whom.

        Args:
            seats: Where this connection has its seat.
            only_probes: Whether nothing but probes is answered on it.
        """
        self._seats = seats
        if only_probes:
            self.app = ProbesOnly(self.app)

    def evict(self) -> None:
        """End at once: somebody else needs the seat."""
        self._is_evicted = True
        # It may not be there yet, whatever its annotation says.
        if getattr(self, "transport", None) is not None:
            self.transport.abort()

    def connection_made(  # type: ignore[override]  # as the class above has it
        self, transport: asyncio.Transport
    ) -> None:
        """Start to wait for a first request."""
        super().connection_made(transport)
        # Whatever the system does not take at once is told to `pause_writing`.
        transport.set_write_buffer_limits(high=0)
        self._start_deadline()
        if self._is_evicted:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_deadline()
        self._stop_untaken()
        self._seats.leave(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to take what is there."""
        super().pause_writing()
        self._untaken_bytes = self.transport.get_write_buffer_size()
        self._stop_untaken()
        self._untaken = self.loop.call_later(self.write_timeout_s, self._look)
        self._seats.waits(self)
        self._seats.holds(self, self._untaken_bytes)

    def resume_writing(self) -> None:
        """Go on: the client has taken everything."""
        self._stop_untaken()
        self._seats.took(self)
        if not self._is_answered():
            self._seats.works(self)
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        super().on_response_complete()
        if self._is_answered():
            self._seats.waits(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless a head would grow beyond its limit."""
        if self._is_answered() and self._deadline is None:
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
        if self._is_answered():
            self._seats.waits(self)
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

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; its client is at it."""
        self._seats.waits(self)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request: it has arrived whole."""
        self._stop_deadline()
        if not self._is_answered():
            self._seats.works(self)
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

    def _is_answered(self) -> bool:
        # Before the first request there is no cycle, whatever its annotation says.
        return getattr(self.cycle, "response_complete", True)

    def _look(self) -> None:
        """End the connection unless its client has taken enough since the last look."""
        self._untaken = None
        size = self.transport.get_write_buffer_size()
        if self._untaken_bytes - size < SLOWEST_BYTES_S * self.write_timeout_s:
            self.transport.abort()
            return
        self._untaken_bytes = size
        self._untaken = self.loop.call_later(self.write_timeout_s, self._look)
        self._seats.holds(self, size)

    def _stop_untaken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

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
