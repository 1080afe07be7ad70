"""One client for every address: what it sends, and what it says where none answers."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator

import pytest

from kizashi.http.body import read_body
from kizashi.http.client import HttpClient, HttpOptions
from kizashi.http.failures import FailureKind, HttpError, failure_of
from kizashi.messages import LANGUAGES, render
from kizashi.notify._base import explain as notify_words
from kizashi.scrape.fetch import explain as scrape_words
from kizashi.scrape.reasons import reason_of
from kizashi.testing.clock import ManualClock
from kizashi.testing.receivers import Received, ReceiverServer, reset, status
from kizashi.upstream.client import explain as upstream_words

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[ReceiverServer]:
    started = await ReceiverServer().start()
    yield started
    await started.close()


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient("test", HttpOptions(keep_alive_s=5.0))
    yield made
    await made.close()


async def ask(client: HttpClient, url: str, most_bytes: int = 100) -> bytes:
    async with client.request("GET", url, headers={}) as response:
        return await read_body(response, most_bytes, ManualClock())


async def failure(client: HttpClient, url: str) -> HttpError:
    with pytest.raises(HttpError) as caught:
        await ask(client, url)
    return caught.value


async def test_a_client_says_who_asks_and_keeps_no_cookie(
    client: HttpClient, server: ReceiverServer
):
    server.answer = status(200, b"fine", {"Set-Cookie": "a=b"})

    assert [await ask(client, server.url()) for _ in "12"] == [b"fine", b"fine"]

    for received in server.received:
        assert received.headers["user-agent"].startswith("Kizashi/")
        assert "cookie" not in received.headers


async def test_a_client_that_was_closed_connects_anew(
    client: HttpClient, server: ReceiverServer
):
    server.answer = status(200, b"fine")
    await ask(client, server.url())
    await client.close()

    assert await ask(client, server.url().replace("127.0.0.1", "localhost")) == b"fine"


async def test_a_redirect_is_an_answer_and_not_followed(
    client: HttpClient, server: ReceiverServer
):
    server.answer = status(302, b"gone", {"Location": server.url("/elsewhere")})

    assert await ask(client, server.url()) == b"gone"
    assert len(server.received) == 1


async def test_a_port_where_nobody_listens_refuses(client: HttpClient):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        found = await failure(client, f"http://127.0.0.1:{bound.getsockname()[1]}/")

    assert found.kind is FailureKind.REFUSED
    assert not found.is_of_kept_connection


async def test_a_name_that_does_not_exist_is_told_as_that(client: HttpClient):
    found = await failure(client, "http://kizashi.invalid/")

    assert (found.kind, found.detail) == (FailureKind.DNS, "kizashi.invalid")


async def test_a_request_that_waits_when_its_client_closes_has_no_answer(
    server: ReceiverServer,
):
    hung = asyncio.Event()
    client = HttpClient("test", HttpOptions(keep_alive_s=5.0, connections=1))

    async def hang(*_: object) -> None:
        hung.set()
        await asyncio.Event().wait()

    server.answer = hang
    # One is asked, the other waits for the connection.
    waiting = [asyncio.create_task(failure(client, server.url())) for _ in "12"]
    await hung.wait()
    await client.close()

    for found in await asyncio.gather(*waiting):
        assert found.kind is FailureKind.CLOSED
        assert not found.is_of_kept_connection


@pytest.mark.parametrize("is_waiting", [True, False])
async def test_a_body_that_is_read_when_its_client_closes_is_cut_off(
    server: ReceiverServer, *, is_waiting: bool
):
    client = HttpClient("test", HttpOptions(keep_alive_s=5.0))
    begun = asyncio.Event()

    async def half(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await asyncio.Event().wait()

    async def read() -> None:
        async with client.request("GET", server.url(), headers={}) as response:
            assert await response.content.readany() == b"half"
            begun.set()
            if not is_waiting:
                await client.close()
            await response.content.readany()

    server.answer = half
    reading = asyncio.create_task(read())
    await begun.wait()
    if is_waiting:
        await client.close()
    with pytest.raises(HttpError) as caught:
        await reading

    assert caught.value.kind is FailureKind.CLOSED


@pytest.mark.parametrize("url", ["http://[::1/", "http:///x", "http://a:65536/"])
async def test_an_address_that_is_none_is_told_as_that(client: HttpClient, url: str):
    assert (await failure(client, url)).kind is FailureKind.ADDRESS


async def test_a_connection_that_ends_without_an_answer_may_have_been_kept(
    client: HttpClient, server: ReceiverServer
):
    server.answer = reset

    found = await failure(client, server.url())

    assert found.kind is FailureKind.CLOSED
    assert found.is_of_kept_connection


async def test_a_body_that_ends_early_is_a_closed_connection(
    client: HttpClient, server: ReceiverServer
):
    async def half(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        writer.close()

    server.answer = half

    assert (await failure(client, server.url())).kind is FailureKind.CLOSED


async def test_what_is_no_http_is_told_in_one_line(
    client: HttpClient, server: ReceiverServer
):
    async def greet(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        writer.close()

    server.answer = greet

    found = await failure(client, server.url())

    assert found.kind is FailureKind.NOT_HTTP
    assert "\n" not in found.detail


async def test_plain_http_behind_https_is_a_tls_problem(client: HttpClient):
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        found = await failure(client, f"https://127.0.0.1:{port}/")

    assert found.kind is FailureKind.TLS


@pytest.mark.parametrize(
    ("encoding", "body", "kind"),
    [
        ("deflate", b"x", FailureKind.ENCODING),
        ("gzip", b"no gzip", FailureKind.GZIP),
        ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", FailureKind.CUT_OFF),
        ("identity", b"x" * 101, FailureKind.TOO_LARGE),
    ],
)
async def test_a_body_that_cannot_be_taken_says_why(
    client: HttpClient,
    server: ReceiverServer,
    encoding: str,
    body: bytes,
    kind: FailureKind,
):
    server.answer = status(200, body, {"Content-Encoding": encoding})

    assert (await failure(client, server.url())).kind is kind


@pytest.mark.parametrize(
    ("error", "kind", "detail"),
    [
        (ssl.SSLError(1, "bad record"), FailureKind.TLS, "bad record"),
        (ConnectionResetError(), FailureKind.CLOSED, ""),
        (OSError(113, "No route to host"), FailureKind.UNREACHABLE, "No route to host"),
        (ValueError("odd"), FailureKind.UNREACHABLE, "odd"),
    ],
)
async def test_an_error_of_the_system_is_told_in_its_words(
    error: Exception, kind: FailureKind, detail: str
):
    found = failure_of(error)

    assert (found.kind, found.cause) == (kind, error)
    assert found.detail == detail


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_failure_has_words_for_everyone_who_asks(
    kind: FailureKind, language: str
):
    """A receiver's address may be a secret, so its text is not repeated."""
    error = HttpError(kind, "http://secret@")

    upstream = upstream_words(error)
    scraped = reason_of(scrape_words(error), "")
    code, detail = notify_words(error)

    assert render(language, upstream.code, **upstream.params)
    assert render(language, scraped.code, **dict(scraped.params))
    assert render(language, code, detail=detail)
    assert (kind is FailureKind.ADDRESS) <= ("secret" not in detail)
