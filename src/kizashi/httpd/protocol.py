"""HTTP/1.1 as we speak it: the limits that uvicorn's protocol does not have itself.

uvicorn's fast protocol takes a request head of any length, waits for it for ever, takes
trailers for headers, reads on while it answers, and keeps an answer for as long as its
client does not read it. `BoundedProtocol` ends all of these, and says who waits for
whom, so that `kizashi.httpd.connections` knows whom to end for another.
"""

import asyncio
import logging

import httptools
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from kizashi.api._base import RequestError, error_reply, language_of
from kizashi.httpd.answering import ProbesOnly
from kizashi.httpd.connections import ConnectionSlots, TimedOut
from kizashi.httpd.head import (
    ANSWERS,
    LONGEST_AROUND_BYTES,
    LONGEST_HEAD_BYTES,
    MOST_HEADERS,
    MOST_TRAILERS,
    RequestFault,
    RequestFaultError,
    body_length,
    checked_target,
    piece_end,
)

#: A request must have arrived whole in this time; so must the first after connecting.
REQUEST_TIMEOUT_S = 30.0
#: What is ready to be taken, pages that stay open included, is looked at this often...
WRITE_TIMEOUT_S = 30.0
#: ... and its client must have taken so much of it, or all.
SLOWEST_BYTES_S = 1024
#: Read at once; with as much waiting for an answer before it, nothing more is read.
READ_BYTES = 16 * 1024
#: Of a body that has its answer already so much is read, so that a client that sends
#: first and reads then gets to its answer.
MOST_LATE_BYTES = 1024 * 1024

_LOG = logging.getLogger(__name__)


class _Flow(FlowControl):
    """Does not read on while enough is there that waits for its turn."""

    is_full = False

    def resume_reading(self) -> None:
        """Read on, if there is room."""
        if not self.is_full:
            super().resume_reading()


class _Body:
    """Hears what a parser says of one body, and nothing else."""

    def __init__(self, protocol: "BoundedProtocol") -> None:
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete


class BoundedProtocol(HttpToolsProtocol, asyncio.BufferedProtocol):
    """HTTP/1.1 with limits on what a client sends, and on what it waits with.

    Requests are answered one at a time: what a client sends before it has its answer
    waits as bytes, and only so many of them are read.

    Attributes:
        request_timeout_s: How long a request may take to arrive.
        write_timeout_s: How long an answer may lie without being taken.
    """

    request_timeout_s = REQUEST_TIMEOUT_S
    write_timeout_s = WRITE_TIMEOUT_S

    _flow: _Flow
    _buffer = bytearray()
    #: What has been read and not parsed, and the last bytes that were.
    _rest = b""
    _before = b""
    #: Until the headers are complete, and between two requests.
    _is_in_head = True
    #: From a request's first byte to its last.
    _is_arriving = False
    #: Bytes since the head began, or since the last ones of the body.
    _loose_bytes = 0
    #: Of a body whose length was told; None for one in chunks.
    _body_left: int | None = 0
    _trailers = 0
    _late_bytes = 0
    _lacks_body = False
    _body_parser: httptools.HttpRequestParser | None = None
    _deadline: asyncio.TimerHandle | None = None
    _slots = ConnectionSlots(0, 0, 0)
    _is_evicted = False
    _is_lost = False
    _running = 0
    _untaken_bytes = 0
    _untaken: asyncio.TimerHandle | None = None

    # Connecting and leaving.

    def sit(self, slots: ConnectionSlots, *, only_probes: bool) -> None:
        """Tell these slots who waits for whom.

        Args:
            slots: Where this connection has its slot.
            only_probes: Whether nothing but probes is answered on it.
        """
        self._slots = slots
        if only_probes:
            self.app = ProbesOnly(self.app, slots)

    def evict(self) -> None:
        """End at once: somebody else needs the slot."""
        self._is_evicted = True
        # It may not be there yet, whatever its annotation says.
        if getattr(self, "transport", None) is not None:
            self.transport.abort()

    def connection_made(  # type: ignore[override]  # as the class above has it
        self, transport: asyncio.Transport
    ) -> None:
        """Start to wait for a first request."""
        super().connection_made(transport)
        self.flow = self._flow = _Flow(transport)
        # Whatever the system does not take at once is told to `pause_writing`.
        transport.set_write_buffer_limits(high=0)
        self._start_deadline()
        if self._is_evicted:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; its slot is free when nobody works for it any more."""
        self._is_lost = True
        self._rest = b""
        self._stop_deadline()
        self._stop_untaken()
        # It would hold the connection's memory until it is due.
        self._unset_keepalive_if_required()
        if self._running:
            self._slots.took(self)
            self._slots.works(self)
        else:
            self._slots.leave(self)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]  # the same type by another name
        self._running += 1

        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            finally:
                self._running -= 1
                if self._is_lost and not self._running:
                    self._slots.leave(self)

        super()._start_asgi_task(cycle, run)  # type: ignore[arg-type]  # likewise

    # What comes in.

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - a few bytes
        """Return where to read into; it is nobody's while nothing comes."""
        self._buffer = bytearray(READ_BYTES)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        data = bytes(memoryview(self._buffer)[:nbytes])
        self._buffer = bytearray()
        self.data_received(data)

    def data_received(self, data: bytes) -> None:
        """Take bytes: parse them up to the next request, or keep them until then."""
        data, self._rest = self._rest + data, b""
        start = 0
        while start < len(data) and not self.transport.is_closing():
            if not self._is_arriving and not self._is_answered():
                self._rest = data[start:]
                break
            end = self._piece_end(data, start)
            self._parse(data[start:end])
            start = end
        self._flow.is_full = len(self._rest) >= READ_BYTES
        if self._flow.is_full:
            self.flow.pause_reading()

    def _piece_end(self, data: bytes, start: int) -> int:
        if not self._is_in_head and self._body_left:
            return min(len(data), start + self._body_left)
        return piece_end(data, start, self._before)

    def _parse(self, piece: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._is_answered() and self._deadline is None:
            # Empty lines between requests begin none, and would hold the line.
            self._start_deadline()
        self._before = (self._before + piece[-3:])[-3:]
        self._loose_bytes += len(piece)
        try:
            (self._body_parser or self.parser).feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._go_on_without_upgrade()
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, RequestFaultError):
                self._refuse(cause.fault)
            else:
                self._refuse(RequestFault.MALFORMED, why=str(error))
            return
        if self._is_in_head and self._loose_bytes > LONGEST_HEAD_BYTES:
            self._refuse(RequestFault.HEAD_TOO_LARGE)
        elif not self._is_in_head and self._loose_bytes > LONGEST_AROUND_BYTES:
            self._refuse(RequestFault.TRAILERS_TOO_LARGE)

    def _go_on_without_upgrade(self) -> None:
        """Read the body of a request that asks for a protocol that we do not speak.

        The parser has ended the request with its head, and would take its body for the
        next request; a proxy in front would not.
        """
        if not self._lacks_body:
            return
        self._lacks_body = False
        length = self._body_left
        framing = b"Transfer-Encoding: chunked"
        if length is not None:
            framing = b"Content-Length: %d" % length
        self._body_parser = httptools.HttpRequestParser(_Body(self))
        self._body_parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n\r\n")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_arriving = True
        self._trailers = self._late_bytes = 0
        self._start_deadline()
        self._slots.waits(self)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers are counted, and nobody gets to see them."""
        if self._is_in_head:
            # White space around a value is no part of it. Source: RFC 9112, 5.
            super().on_header(name, value.strip(b" \t"))
            if len(self.headers) > MOST_HEADERS:
                raise RequestFaultError(RequestFault.HEAD_TOO_LARGE)
            return
        self._trailers += 1
        if self._trailers > MOST_TRAILERS:
            raise RequestFaultError(RequestFault.TRAILERS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Start a request, unless its head is refused.

        Raises:
            FaultError: If it is; the parser ends with it.
        """
        version = self.parser.get_http_version()
        self.url = checked_target(self.url, version, self.headers)
        self._body_left = body_length(self.headers)
        self._lacks_body = self.parser.should_upgrade() and self._body_left != 0
        super().on_headers_complete()
        if self.expect_100_continue:
            # It is not known whether the body follows when it is not asked for.
            self.cycle.keep_alive = False
            self.cycle.waiting_for_100_continue = version == "1.1"
        self._is_in_head = False
        self._loose_bytes = 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body; its client is at it."""
        self._loose_bytes = 0
        if self._body_left is not None:
            self._body_left -= len(body)
        self._slots.waits(self)
        if self._is_answered():
            self._late_bytes += len(body)
            if self._late_bytes > MOST_LATE_BYTES:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request: it has arrived whole."""
        if self._lacks_body:
            return
        self._body_parser = None
        self._is_arriving = False
        self._is_in_head = True
        self._loose_bytes = 0
        self._stop_deadline()
        if not self._is_answered():
            self._slots.works(self)
        super().on_message_complete()

    # What goes out.

    def pause_writing(self) -> None:
        """Wait for the client to take what is there."""
        super().pause_writing()
        self._untaken_bytes = self.transport.get_write_buffer_size()
        self._stop_untaken()
        self._untaken = self.loop.call_later(self.write_timeout_s, self._look)
        self._slots.waits(self)
        self._slots.holds(self, self._untaken_bytes)

    def resume_writing(self) -> None:
        """Go on: the client has taken everything."""
        self._stop_untaken()
        self._slots.took(self)
        if not self._is_answered():
            self._slots.works(self)
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        super().on_response_complete()
        if self._is_answered():
            self._slots.waits(self)
        if self._rest and not self.transport.is_closing():
            # Later, so that a long line of requests leaves others their turns.
            self.loop.call_soon(self._take_rest)

    def _take_rest(self) -> None:
        self.data_received(b"")
        self.flow.resume_reading()

    def _refuse(self, fault: RequestFault, **more: str | int) -> None:
        """Answer what cannot be read with the reason, where that can be, and close."""
        if self.transport.is_closing():
            return
        self._slots.counts.requests[fault] += 1
        why = more.get("why", fault)
        _LOG.warning("a request was refused before it was read: %s", why)
        if not self._is_in_head:
            is_late = self._is_answered() or self.cycle.response_started
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if is_late:
                # The client would take it for a part of its answer, or for the next.
                self.transport.close()
                return
        status, message_id, params = ANSWERS[fault]
        close = {"connection": "close"}
        given = {**params, **more}
        error = RequestError(status, message_id, headers=close, detail=None, **given)
        language = language_of({"type": "http", "headers": self.headers or []})
        answer = error_reply(error, language)
        head = b"".join(b"%s: %s\r\n" % pair for pair in answer.raw_headers)
        self.transport.write(STATUS_LINE[status] + head + b"\r\n" + bytes(answer.body))
        self.transport.close()

    def _is_answered(self) -> bool:
        # Before the first request there is no cycle, whatever its annotation says.
        return getattr(self.cycle, "response_complete", True)

    # How long it may take.

    def _look(self) -> None:
        """End the connection unless its client has taken enough since the last look."""
        self._untaken = None
        size = self.transport.get_write_buffer_size()
        if self._untaken_bytes - size < SLOWEST_BYTES_S * self.write_timeout_s:
            self._slots.counts.timed_out[TimedOut.ANSWER] += 1
            self.transport.abort()
            return
        self._untaken_bytes = size
        self._untaken = self.loop.call_later(self.write_timeout_s, self._look)
        self._slots.holds(self, size)

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
        """End a connection whose request has not arrived in time."""
        self._deadline = None
        if self.transport.is_closing():
            return
        self._slots.counts.timed_out[TimedOut.REQUEST] += 1
        if self._is_arriving:
            self._refuse(RequestFault.TOO_SLOW, seconds=f"{self.request_timeout_s:g}")
        else:
            self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that was answered and has asked for nothing since."""
        if not self.transport.is_closing():
            self._slots.counts.timed_out[TimedOut.IDLE] += 1
        super().timeout_keep_alive_handler()
