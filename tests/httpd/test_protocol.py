"""HTTP as strangers speak it: every request is read once, whole, and for one caller."""

import asyncio
import itertools
import json
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings, strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.speaking import CLOSE, HOST, opened, served, told, until
from harness.targets import wait
from kizashi.httpd.answering import server_config
from kizashi.httpd.connections import ConnectionSlots, TimedOut
from kizashi.httpd.head import (
    LONGEST_AROUND_BYTES,
    LONGEST_HEAD_BYTES,
    MOST_TRAILERS,
    RequestFault,
)
from kizashi.httpd.protocol import (
    MOST_LATE_BYTES,
    READ_BYTES,
    BoundedProtocol,
)

pytestmark = pytest.mark.anyio

POST = b"POST /one HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /two HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"


class Patient(BoundedProtocol):
    """Keeps what it was, so that a test can look."""

    made: list["Patient"]

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self.made.append(self)


def patient() -> type[Patient]:
    return type("Kept", (Patient,), {"made": []})


@dataclass
class Echo:
    """Answers with what it was asked, and keeps it."""

    asked: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[list[tuple[bytes, bytes]]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        self.asked.append((f"{scope['method']} {scope['path']}", body))
        self.headers.append(list(scope["headers"]))
        shown = {"asked": self.asked[-1][0], "length": len(body)}
        await PlainTextResponse(json.dumps(shown))(scope, receive, send)


async def tell(
    app: ASGIApp, *pieces: bytes, slots: ConnectionSlots | None = None
) -> bytes:
    async with served(app, slots, BoundedProtocol) as address:
        return await asyncio.to_thread(told, address, *pieces)


def answers(said: bytes) -> int:
    return len(re.findall(rb"HTTP/1\.1 \d{3} ", said))


# Trailers.


@pytest.mark.parametrize(
    "pieces",
    [
        [CHUNKED + b"3\r\nabc\r\n0\r\nX-Forwarded-For: 198.51.100.9\r\nHost: evil\r\n"
         b"Authorization: Bearer stolen\r\n\r\n" + NEXT],
        [CHUNKED, b"3\r\nabc\r\n0\r\nX-Forwarded-For: ", b"198.51.100.9\r\nHost: evil\r",
         b"\nAuthorization: Bearer stolen\r\n\r", b"\n" + NEXT],
    ],
    ids=["at once", "in pieces"],
)  # fmt: skip
async def test_trailers_reach_nobody(pieces: list[bytes]):
    echo = Echo()

    await tell(echo, *pieces)

    assert echo.asked == [("POST /one", b"abc"), ("GET /two", b"")]
    names = [[name for name, _ in headers] for headers in echo.headers]
    assert names == [[b"host", b"transfer-encoding"], [b"host", b"connection"]]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"0\r\n" + b"X: 1\r\n" * (MOST_TRAILERS + 1) + b"\r\n"],
        [b"0\r\nX: " + b"a" * READ_BYTES] * 2,
        [b"0\r\n", *[b"X: " + b"a" * 1_000] * 20],
        [b"1;" + b"a" * LONGEST_AROUND_BYTES * 3],
        [b"1\r\na\r\n0;" + b"a" * LONGEST_AROUND_BYTES, b"a" * READ_BYTES],
        [b"0" * 2 * READ_BYTES],
    ],
    ids=["many", "long", "in pieces", "extension", "last extension", "zeros"],
)
async def test_what_stands_around_a_body_is_bounded(pieces: list[bytes]):
    echo, slots = Echo(), ConnectionSlots(9, 9, 0)

    said = await tell(echo, CHUNKED, *pieces, slots=slots)

    assert said.startswith(b"HTTP/1.1 431 ")
    assert answers(said) == 1
    assert echo.asked == []
    assert slots.counts.requests == {RequestFault.TRAILERS_TOO_LARGE: 1}


async def test_a_few_trailers_and_many_small_chunks_are_taken():
    echo = Echo()
    many = b"1;note=small\r\nx\r\n" * 2_000 + b"0\r\nDigest: abc\r\n\r\n"

    await tell(echo, CHUNKED + many + NEXT)

    assert echo.asked == [("POST /one", b"x" * 2_000), ("GET /two", b"")]


# Several requests on one connection.


async def gated(gate: asyncio.Event, started: list[str], scope: Scope) -> str:
    started.append(scope["path"])
    await gate.wait()
    return f"{scope['path']} "


async def test_requests_that_come_early_wait_as_bytes_and_few_of_them():
    gate, started, slots, kept = (
        asyncio.Event(),
        [],
        ConnectionSlots(9, 9, 0),
        patient(),
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await gated(gate, started, scope)
        await PlainTextResponse(answer)(scope, receive, send)

    many = b"".join(b"GET /%d HTTP/1.1\r\n%s\r\n" % (n, HOST) for n in range(1_000))
    async with served(app, slots, kept) as address:
        talk = asyncio.create_task(asyncio.to_thread(told, address, many + NEXT))
        async with asyncio.timeout(10):
            while not kept.made or not kept.made[0]._flow.read_paused:
                await wait(0.01)
        await wait(0.1)

        assert started == ["/0"]
        assert not kept.made[0].pipeline
        assert READ_BYTES <= len(kept.made[0]._rest) < 2 * READ_BYTES
        gate.set()
        said = await talk

    assert said.count(b"HTTP/1.1 200 OK") == 1_001
    assert started == [*[f"/{n}" for n in range(1_000)], "/two"]


async def test_requests_behind_one_that_ends_the_connection_are_left():
    echo = Echo()

    said = await tell(echo, NEXT + NEXT + POST)

    assert said.count(b"HTTP/1.1 200 OK") == 1
    assert echo.asked == [("GET /two", b"")]


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_long_body_and_the_beginning_of_the_next_head_come_together(
    is_chunked: bool,
):
    echo = Echo()
    async with served(echo, None, BoundedProtocol) as address:
        for length in (10, 1_000, READ_BYTES, 5 * READ_BYTES):
            body = b"x" * length
            whole = POST + b"Content-Length: %d\r\n\r\n" % length + body
            if is_chunked:
                whole = CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (length, body)
            echo.asked.clear()
            await asyncio.to_thread(told, address, whole + NEXT[:30], NEXT[30:])
            assert echo.asked == [("POST /one", body), ("GET /two", b"")]


@pytest.mark.parametrize(
    "framed",
    [b"Content-Length: 50\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n32\r\n"],
    ids=["length", "chunked"],
)
@pytest.mark.parametrize("is_split", [False, True])
async def test_a_body_under_an_upgrade_is_no_request(framed: bytes, is_split: bool):
    echo = Echo()
    hidden = b"GET /hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".ljust(50, b" ")
    end = b"\r\n0\r\n\r\n" if b"chunked" in framed else b""
    head, _, size = framed.partition(b"\r\n\r\n")
    pieces = [POST + UPGRADE + head + b"\r\n\r\n", size + hidden + end, NEXT]
    if not is_split:
        pieces = [b"".join(pieces)]

    said = await tell(echo, *pieces)

    assert echo.asked == [("POST /one", hidden), ("GET /two", b"")]
    assert said.count(b"HTTP/1.1 200 OK") == 2


PARTS = st.one_of(
    st.just(b"GET /g HTTP/1.1\r\n" + HOST + b"\r\n"),
    st.just(b"\r\n\r\nGET /g HTTP/1.1\r\n" + HOST + b"\r\n"),
    st.just(b"GET /g HTTP/1.1\r\n" + HOST + UPGRADE + b"\r\n"),
    st.builds(
        lambda body, more: (
            b"POST /p HTTP/1.1\r\n" + HOST + more
            + b"Content-Length: %d\r\n\r\n" % len(body) + body
        ),
        st.sampled_from([b"", b"a", b"\r\n\r\n", b"0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"]),
        st.sampled_from([b"", UPGRADE]),
    ),
    st.builds(
        lambda chunks, trailer, more: (
            b"POST /c HTTP/1.1\r\n" + HOST + more + b"Transfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks)
            + b"0\r\n" + trailer + b"\r\n"
        ),
        st.lists(st.sampled_from([b"a", b"\r\n\r\n", b"0\r\n\r\n", b"GET / "])),
        st.sampled_from([b"", b"X: 1\r\n"]),
        st.sampled_from([b"", UPGRADE]),
    ),
)  # fmt: skip


class Transport(asyncio.Transport):
    """Takes everything at once."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def write(self, data: object) -> None:
        pass

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def asked(pieces: list[bytes]) -> list[tuple[str, bytes]]:
    """Return what reaches the application of bytes that come in these pieces."""
    from uvicorn.server import ServerState

    echo = Echo()
    config = server_config(echo, BoundedProtocol)
    config.load()
    protocol = BoundedProtocol(config, ServerState(), {})
    transport = Transport()
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
        assert len(protocol.pipeline) == 0
    while protocol._rest or protocol._running:
        assert not transport.is_closed
        await wait(0)
    protocol.connection_lost(None)
    return echo.asked


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=6), st.data())
def test_how_bytes_are_cut_on_their_way_changes_no_request(
    parts: list[bytes], data: st.DataObject
):
    stream = b"".join(parts)
    cuts = data.draw(st.lists(st.integers(1, len(stream)), max_size=12))
    edges = sorted({0, *cuts, len(stream)})
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]

    found = asyncio.run(asked(pieces))

    assert len(found) == len(parts)
    assert found == [one for part in parts for one in asyncio.run(asked([part]))]
    assert found == asyncio.run(asked([bytes([one]) for one in stream]))


# What can be read in two ways is not read.

LENGTH = b"Content-Length: 3\r\n"
CODING = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n0\r\n\r\n"


TWO_MEANINGS = [
    (400, POST + LENGTH + CODING + END),
    (400, POST + CODING + LENGTH + END),
    (400, POST + LENGTH + LENGTH + b"\r\nabc"),
    (400, POST + LENGTH + b"Content-Length: 4\r\n\r\nabcd"),
    (400, POST + b"Content-Length: 3, 3\r\n\r\nabc"),
    (400, POST + b"Content-Length: +3\r\n\r\nabc"),
    (400, POST + b"Content-Length: 0x3\r\n\r\nabc"),
    (400, POST + b"Content-Length:\r\n\r\nabc"),
    (400, POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc"),
    (400, POST + b"Content-Length : 3\r\n\r\nabc"),
    (501, POST + b"Transfer-Encoding: gzip, chunked\r\n" + END),
    (400, POST + b"Transfer-Encoding: chunked, gzip\r\n" + END),
    (501, POST + b"Transfer-Encoding: xchunked\r\n" + END),
    (501, POST + b"Transfer-Encoding: identity\r\n" + CODING + END),
    (400, POST + CODING + b"Transfer-Encoding: identity\r\n" + END),
    (400, POST + b"Transfer-Encoding: \x0bchunked\r\n" + END),
    (400, POST + b"Transfer-Encoding : chunked\r\n" + END),
    (400, POST + b"Transfer-Encoding:\r\n" + END),
    (501, POST.replace(b"1.1", b"1.0") + CODING + END),
    (400, POST.replace(b"\r\n", b"\n") + LENGTH + b"\nabc"),
    (400, POST + b"X: a\n" + LENGTH + b"\r\nabc"),
    (400, POST + b"X: a\rContent-Length: 3\r\n\r\nabc"),
    (400, POST + b"X: a\r\n folded\r\n" + LENGTH + b"\r\nabc"),
    (400, b"POST /one HTTP/1.1\r\n " + HOST + LENGTH + b"\r\nabc"),
    (400, POST + b"X: a\x00b\r\n" + LENGTH + b"\r\nabc"),
    (400, POST + b"X\x00: ab\r\n" + LENGTH + b"\r\nabc"),
    (400, POST + b"X\xff: ab\r\n" + LENGTH + b"\r\nabc"),
    (400, POST + b": ab\r\n" + LENGTH + b"\r\nabc"),
    (400, POST + b"nothing\r\n" + LENGTH + b"\r\nabc"),
    (400, CHUNKED + b"ffffffffffffffffff\r\nabc"),
    (400, CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n"),
    (400, CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n"),
    (400, CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n"),
    (400, CHUNKED + b"3\nabc\n0\n\n"),
    (400, CHUNKED + b"3\r\nabcX\r\n0\r\n\r\n"),
    (400, CHUNKED + b"3;a\nb\r\nabc\r\n0\r\n\r\n"),
    (400, CHUNKED + b"0\r\nContent-Length: 9\r\n\r\n"),
    (505, b"GET /\r\n\r\n"),
    (505, b"GET / HTTP/2.0\r\n" + HOST + b"\r\n"),
    (400, b"GET / HTTP/1.2\r\n" + HOST + b"\r\n"),
    (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (400, b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"GET http://evil/one HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"GET ftp://127.0.0.1/one HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"GET one HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"GET /one HTTP/1.1\r\n" + HOST + b"Host: evil\r\n\r\n"),
    (400, b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"GET /a\x00b HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"GET /a\tb HTTP/1.1\r\n" + HOST + b"\r\n"),
]  # fmt: skip


async def test_what_two_could_read_differently_is_refused():
    echo, slots = Echo(), ConnectionSlots(99, 99, 0)

    async with served(echo, slots, BoundedProtocol) as address:
        for status, sent in TWO_MEANINGS:
            said = await asyncio.to_thread(told, address, sent + NEXT)
            assert said.startswith(b"HTTP/1.1 %d " % status), sent
            assert answers(said) == 1, sent
            assert echo.asked == [], sent

    assert slots.counts.requests.total() == len(TWO_MEANINGS)


ONE_MEANING = [
    ("GET /one", b"GET http://127.0.0.1/one HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("GET /", b"GET http://127.0.0.1 HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("GET /", b"GET HTTP://127.0.0.1?x HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("GET //evil/one", b"GET //evil/one HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("GET /a", b"\r\n\r\nGET /a#b HTTP/1.1\r\n" + HOST + b"X: \xff\r\n\r\n"),
    ("GET /one", b"GET /one HTTP/1.1\r\n" + HOST + UPGRADE + b"\r\n"),
    ("POST /one", POST + b"Transfer-Encoding: CHUNKED\r\n" + END),
]  # fmt: skip


async def test_what_has_one_meaning_is_taken():
    echo = Echo()

    async with served(echo, None, BoundedProtocol) as address:
        for asked, sent in ONE_MEANING:
            echo.asked.clear()
            await asyncio.to_thread(told, address, sent + NEXT)
            assert [line for line, _ in echo.asked] == [asked, "GET /two"], sent


async def test_a_refusal_names_what_was_wrong_in_the_readers_language():
    japanese = b"Accept-Language: ja\r\n"
    said = await tell(Echo(), POST + japanese + b"Transfer-Encoding: x\r\n\r\n")
    assert "転送符号化は".encode() in said
    said = await tell(Echo(), b"GET / HTTP/1.1\nHost: 127.0.0.1\r\n\r\n")
    body = json.loads(said.partition(b"\r\n\r\n")[2])
    assert body["error"]["code"] == "malformed_request"
    assert "Expected CRLF after version" in body["error"]["message"]


# Answers that stand already.


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("no", 401)(scope, receive, send)


async def begun(_scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    piece = {"type": "http.response.body", "body": b"begun", "more_body": True}
    await send(piece)
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.parametrize("app", [refusing, begun])
async def test_a_bad_body_puts_nothing_behind_an_answer(app: ASGIApp):
    async with served(app, None, BoundedProtocol) as address:
        loop = asyncio.get_running_loop()
        with socket.socket() as made:
            made.setblocking(False)
            await loop.sock_connect(made, address)
            await loop.sock_sendall(made, CHUNKED)
            said = await loop.sock_recv(made, 65_536)
            await loop.sock_sendall(made, b"bad\n" + NEXT)
            async with asyncio.timeout(5):
                while piece := await loop.sock_recv(made, 65_536):
                    said += piece

    assert answers(said) == 1


async def sent_late(length: int) -> bytes:
    """Return what is said to one who sends a long body and is answered before it."""
    head = POST + b"Content-Length: %d\r\n\r\n" % length
    body = [b"x" * 65_536] * (length // 65_536)
    return await tell(refusing, head, *body, NEXT)


async def test_of_a_body_that_is_answered_already_so_much_is_read():
    assert answers(await sent_late(MOST_LATE_BYTES)) == 2
    assert answers(await sent_late(4 * MOST_LATE_BYTES)) == 1


async def test_a_body_that_was_not_asked_for_is_no_next_request():
    expecting = POST + b"Expect: 100-continue\r\nContent-Length: 60\r\n\r\n"

    said = await tell(refusing, expecting)

    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in said


async def test_a_body_is_asked_for_once_and_in_the_new_version_only():
    expecting = POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"

    said = await tell(Echo(), expecting, b"abc")
    old = await tell(Echo(), expecting.replace(b"1.1", b"1.0"), b"abc")

    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert old.startswith(b"HTTP/1.1 200 OK\r\n")


# Clients that are slow, or go.


async def heard(made: socket.socket) -> bytes:
    """Return all that is said until the other side closes."""
    loop, said = asyncio.get_running_loop(), b""
    with suppress(ConnectionError):
        while piece := await loop.sock_recv(made, 65_536):
            said += piece
    return said


async def dripping(address: tuple[str, int], first: bytes, drop: bytes) -> bytes:
    """Return what is said to one who never stops saying a little."""
    loop = asyncio.get_running_loop()
    with socket.socket() as made:
        made.setblocking(False)
        await loop.sock_connect(made, address)
        await loop.sock_sendall(made, first)
        hearing = asyncio.create_task(heard(made))
        async with asyncio.timeout(20):
            while not hearing.done():
                # Once it is closed nothing can be sent; what was said is there.
                with suppress(ConnectionError):
                    await loop.sock_sendall(made, drop)
                await wait(0.02)
        return await hearing


DRIPS = [
    (b"", b"\r\n", b""),
    (b"GET / HTTP/1.1\r\nX: ", b"x", b"408"),
    (b"GET /", b"x", b"408"),
    (POST + b"Content-Length: 900000\r\n\r\n", b"x", b"408"),
    (CHUNKED, b"1\r\nx\r\n", b"408"),
    (CHUNKED + b"1;", b"x", b"408"),
    (CHUNKED + b"0\r\nX: ", b"x", b"408"),
    (POST + UPGRADE + b"Content-Length: 900000\r\n\r\n", b"x", b"408"),
    (POST + b"Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n", b"x", b"408"),
    (b"GET /two HTTP/1.1\r\n" + HOST + b"\r\nGET /", b"x", b"408"),
]


async def test_clients_that_drip_are_ended():
    slots = ConnectionSlots(99, 99, 0)
    async with served(Echo(), slots) as address:
        drips = [dripping(address, first, drop) for first, drop, _ in DRIPS]
        all_said = await asyncio.gather(*drips)
        await until(slots, 0)

    for said, (first, _, status) in zip(all_said, DRIPS, strict=True):
        last = re.findall(rb"HTTP/1.1 (\d{3}) ", said)[-1:]
        assert last == ([status] if status else []), first
    assert slots.counts.timed_out == {TimedOut.REQUEST: len(DRIPS)}


async def test_a_client_that_sends_on_without_a_line_is_refused_at_the_limit():
    slots = ConnectionSlots(9, 9, 0)
    said = await tell(Echo(), b"GET /" + b"x" * 4 * LONGEST_HEAD_BYTES, slots=slots)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert slots.counts.requests == {RequestFault.HEAD_TOO_LARGE: 1}


async def test_a_client_that_has_closed_its_side_is_left():
    slots = ConnectionSlots(9, 9, 0)
    async with served(begun, slots) as address:
        with await opened(address, "/") as made:
            await until(slots, 1)
            made.shutdown(socket.SHUT_WR)
            await until(slots, 0)


async def test_a_client_that_asks_behind_a_stream_and_goes_is_left():
    slots = ConnectionSlots(9, 9, 0)
    async with served(begun, slots) as address:
        with await opened(address, "/", more=NEXT):
            await until(slots, 1)
        await until(slots, 0)


def reset(made: socket.socket) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.close()


async def test_who_is_still_worked_for_keeps_the_seat_though_the_client_has_gone():
    gate, started, slots = asyncio.Event(), [], ConnectionSlots(2, 2, 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await gated(gate, started, scope)
        await PlainTextResponse(answer)(scope, receive, send)

    async with served(app, slots) as address:
        for n in range(2):
            made = await opened(address, f"/{n}")
            await until(slots, n + 1)
            async with asyncio.timeout(5):
                while len(started) <= n:
                    await wait(0.01)
            reset(made)
        await wait(0.1)
        said = await asyncio.to_thread(told, address, NEXT)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert (slots.working, len(started)) == (2, 2)
        gate.set()
        await until(slots, 0)
        assert (await asyncio.to_thread(told, address, NEXT)).endswith(b"/two ")


async def test_a_connection_that_was_reset_holds_no_memory_until_it_would_be_idle():
    kept, slots = patient(), ConnectionSlots(9, 9, 0)
    async with served(Echo(), slots, kept) as address:
        made = await opened(address, "/")
        assert (await asyncio.get_running_loop().sock_recv(made, 9_999)).endswith(b"}")
        assert kept.made[0].timeout_keep_alive_task is not None
        reset(made)
        await until(slots, 0)

        assert kept.made[0].timeout_keep_alive_task is None


async def pieces(answer: bytes) -> AsyncIterator[Message]:
    yield {"type": "http.response.start", "status": 200, "headers": []}
    yield {"type": "http.response.body", "body": answer}


@pytest.mark.parametrize("more", [CLOSE, b""], ids=["last", "more"])
async def test_the_last_answer_that_nobody_takes_ends_its_connection(more: bytes):
    slots = ConnectionSlots(9, 9, 0)

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        async for message in pieces(b"x" * 4_000_000):
            await send(message)

    async with served(app, slots) as address:
        with socket.socket() as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            made.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(made, address)
            asked = b"GET / HTTP/1.1\r\n" + HOST + more + b"\r\n"
            await loop.sock_sendall(made, asked)
            await until(slots, 1)
            await until(slots, 0)

    assert slots.counts.timed_out == {TimedOut.ANSWER: 1}
