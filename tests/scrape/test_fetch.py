"""Fetching from real sockets: good pages, credentials, and every kind of bad answer."""

import asyncio
import gzip
import os
import socket
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from harness.targets import Respond, Servers, gzip_bomb, page, until_closed
from kizashi import __version__
from kizashi.errors import LimitError, ScrapeError
from kizashi.model.scraping import Authorization, BasicAuth, ScrapeConfig, TlsConfig
from kizashi.scrape.budget import ByteBudget
from kizashi.scrape.credentials import JobTlsContext
from kizashi.scrape.fetch import HttpFetcher, ScrapeBody
from kizashi.testing.clock import ManualClock

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
LIMIT = 16 * MIB
GOOD = b"up 1\n"


class Fetch(Protocol):
    """Fetches a URL as a job would; `settings` are those of ScrapeConfig."""

    def __call__(
        self,
        url: str,
        *,
        timeout_ms: int = 5_000,
        limit: int = LIMIT,
        **settings: object,
    ) -> Awaitable[ScrapeBody]: ...


def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
async def fetch() -> AsyncIterator[Fetch]:
    """Two calls with the same settings share a session."""
    fetchers: dict[str, HttpFetcher] = {}
    budget = ByteBudget()

    async def get(
        url: str, *, timeout_ms: int = 5_000, limit: int = LIMIT, **settings: object
    ) -> ScrapeBody:
        config = replace(ScrapeConfig("test"), **settings)
        fetcher = fetchers.setdefault(
            f"{config}{settings}", HttpFetcher(config, ManualClock())
        )
        with budget.claim(limit) as claim:
            return await fetcher.fetch(url, timeout_ms, claim)

    yield get
    for fetcher in fetchers.values():
        await fetcher.close()
    assert budget.held_bytes == 0


async def reason_for(
    awaited: Awaitable[ScrapeBody], kind: type[Exception] = ScrapeError
) -> str:
    with pytest.raises(kind) as caught:
        await awaited
    return str(caught.value)


async def test_a_page_comes_with_its_type(servers: Servers, fetch: Fetch):
    server = await servers.start(page(GOOD))

    body = await fetch(server.url())

    assert body == ScrapeBody(GOOD, "text/plain; version=0.0.4")


async def test_a_request_says_what_it_wants(servers: Servers, fetch: Fetch):
    server = await servers.start(page(GOOD))

    await fetch(server.url("/m?a=b%20c&d=%2B"), timeout_ms=2_500)

    head = server.heads[0]
    assert head.startswith("GET /m?a=b%20c&d=%2B HTTP/1.1\r\n")
    assert (
        "\r\nAccept: application/openmetrics-text;version=1.0.0,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"
    ) in head
    assert "\r\nAccept-Encoding: gzip\r\n" in head
    assert f"\r\nUser-Agent: Kizashi/{__version__}\r\n" in head
    assert "\r\nX-Prometheus-Scrape-Timeout-Seconds: 2.5\r\n" in head
    assert "Authorization" not in head


async def test_a_connection_is_used_again_and_no_cookie_is_kept(
    servers: Servers, fetch: Fetch
):
    cookie = {"Set-Cookie": "a=b"}
    server = await servers.start(page(GOOD, headers=cookie))

    for _ in range(3):
        # By name: cookies of bare addresses are never kept.
        await fetch(f"http://localhost:{server.port}/metrics")

    assert (server.connections, len(server.heads)) == (1, 3)
    assert "Cookie" not in server.heads[2]


async def test_no_proxy_of_the_environment_is_asked(
    servers: Servers, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
):
    server = await servers.start(page(GOOD))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert (await fetch(server.url())).data == GOOD


async def test_basic_authentication(servers: Servers, fetch: Fetch):
    server = await servers.start(page(GOOD))

    # RFC 7617, section 2, has this pair and its encoding.
    auth = BasicAuth("Aladdin", "open sesame")
    await fetch(server.url(), basic_auth=auth)

    expected = "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
    assert expected in server.heads[0]


async def test_a_secret_in_a_file_is_read_again_for_each_scrape(
    servers: Servers, fetch: Fetch, tmp_path: Path
):
    server = await servers.start(page(GOOD))
    secret = tmp_path / "token"
    auth = Authorization(credentials_file=str(secret))

    for text in ("first\n", "second\n"):
        secret.write_text(text)
        await fetch(server.url(), authorization=auth)

    assert "\r\nAuthorization: Bearer first\r\n" in server.heads[0]
    assert "\r\nAuthorization: Bearer second\r\n" in server.heads[1]


@pytest.mark.parametrize("content", [None, b"a\r\nX-Evil: 1", b"\xff"])
async def test_a_secret_file_that_cannot_serve_is_named(
    fetch: Fetch, tmp_path: Path, content: bytes | None
):
    secret = tmp_path / "token"
    if content is not None:
        secret.write_bytes(content)
    auth = Authorization(credentials_file=str(secret))

    why = await reason_for(fetch("http://127.0.0.1:9/", authorization=auth))

    assert why.startswith(f"cannot read the secret file {secret}: ")
    assert "Evil" not in why


@pytest.mark.parametrize("members", [1, 3])
async def test_gzip_is_undone(servers: Servers, fetch: Fetch, members: int):
    text = b"".join(b'm{n="%d"} 1\n' % n for n in range(50_000))
    packed = gzip.compress(text) * members
    headers = {"Content-Encoding": "gzip"}
    server = await servers.start(page(packed, headers=headers))

    assert (await fetch(server.url())).data == text * members


@pytest.mark.parametrize(
    "broken",
    [b"not gzip", gzip.compress(GOOD * 99)[:-9]],
    ids=["no gzip", "cut short"],
)
async def test_broken_gzip_is_an_error(servers: Servers, fetch: Fetch, broken: bytes):
    headers = {"Content-Encoding": "gzip"}
    server = await servers.start(page(broken, headers=headers))

    assert await reason_for(fetch(server.url())) == "the gzip body is broken"


async def test_an_encoding_that_was_not_asked_for_is_refused(
    servers: Servers, fetch: Fetch
):
    headers = {"Content-Encoding": "deflate"}
    packed = zlib.compress(GOOD)
    server = await servers.start(page(packed, headers=headers))

    why = await reason_for(fetch(server.url()))

    assert why == ("Content-Encoding deflate was not asked for; expected gzip or none")


async def test_a_body_of_exactly_the_limit_is_taken(servers: Servers, fetch: Fetch):
    server = await servers.start(page(b"x" * 1_000))

    assert len((await fetch(server.url(), limit=1_000)).data) == 1_000
    why = await reason_for(fetch(server.url(), limit=999), LimitError)
    assert why == "body over 999 bytes"


async def test_an_endless_body_is_cut_at_the_limit(servers: Servers, fetch: Fetch):
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    server = await servers.start(until_closed(head, b"a 1\n" * 16_384))

    why = await reason_for(fetch(server.url()), LimitError)

    assert why == "body over 16777216 bytes"


@pytest.mark.parametrize("mebibytes", [17, 1024])
async def test_a_gzip_bomb_is_cut_at_the_limit(
    servers: Servers, fetch: Fetch, mebibytes: int
):
    headers = {"Content-Encoding": "gzip"}
    bomb = gzip_bomb(mebibytes)
    server = await servers.start(page(bomb, headers=headers))

    why = await reason_for(fetch(server.url()), LimitError)

    assert why == "body over 16777216 bytes"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    ],
    ids=["header", "body"],
)
async def test_a_drip_is_cut_at_the_timeout(
    servers: Servers, fetch: Fetch, head: bytes
):
    server = await servers.start(until_closed(head, b"x", pause_s=0.02))

    why = await reason_for(fetch(server.url(), timeout_ms=200))

    assert why == "timed out after 200ms"


async def test_after_a_bad_answer_the_connection_is_closed(
    servers: Servers, fetch: Fetch
):
    head = b"HTTP/1.1 503 x\r\nContent-Length: 99999\r\n\r\n"
    server = await servers.start(until_closed(head, b"x", pause_s=0.01))

    for _ in range(2):
        assert await reason_for(fetch(server.url())) == "HTTP 503"

    assert server.connections == 2


@pytest.mark.parametrize("status", ["503 Service Unavailable", "404 x", "204 x"])
async def test_a_status_other_than_200_is_the_reason(
    servers: Servers, fetch: Fetch, status: str
):
    server = await servers.start(page(b"", status=status))

    assert await reason_for(fetch(server.url())) == f"HTTP {status[:3]}"


async def test_nobody_listening_is_refused(fetch: Fetch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    why = await reason_for(fetch(f"http://127.0.0.1:{port}/metrics"))

    assert why == "connection refused"


async def test_a_name_that_does_not_exist_is_named(fetch: Fetch):
    why = await reason_for(fetch("http://nowhere.invalid:80/metrics"))

    assert why == "cannot resolve the name nowhere.invalid"


async def test_a_name_is_resolved(servers: Servers, fetch: Fetch):
    server = await servers.start(page(GOOD))

    assert (await fetch(f"http://localhost:{server.port}/")).data == GOOD
    assert f"\r\nHost: localhost:{server.port}\r\n" in server.heads[0]


async def test_a_dead_name_server_holds_up_nothing_but_its_own_job(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
):
    answered = threading.Event()

    def hang(*_: object, **__: object) -> NoReturn:
        answered.wait(10)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        hanging = [
            asyncio.ensure_future(fetch(f"http://host{n}.invalid/", timeout_ms=9_000))
            for n in range(40)
        ]
        await asyncio.wait(hanging, timeout=0.1)
        async with asyncio.timeout(2):
            assert await asyncio.to_thread(lambda: 1) == 1
    finally:
        answered.set()
        await asyncio.gather(*hanging, return_exceptions=True)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "the target closed the connection before the answer was complete"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            "the target closed the connection before the answer was complete",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the answer is not HTTP: "),
    ],
    ids=["nothing", "short", "ssh"],
)
async def test_half_an_answer_is_no_answer(
    servers: Servers, fetch: Fetch, answer: bytes, why: str
):
    async def respond(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await servers.start(respond)

    assert (await reason_for(fetch(server.url()))).startswith(why)


@pytest.mark.peer("openssl")
class TestTls:
    """Certificates are checked: chain and name."""

    async def test_an_unknown_certificate_is_refused(
        self, servers: Servers, fetch: Fetch, certificate: tuple[Path, Path]
    ):
        server = await servers.start(page(GOOD), tls=server_tls(certificate))

        why = await reason_for(fetch(server.url(scheme="https")))

        assert why == "TLS failed: self-signed certificate"
        assert server.heads == []

    async def test_a_certificate_for_another_name_is_refused(
        self, servers: Servers, fetch: Fetch, certificate: tuple[Path, Path]
    ):
        server = await servers.start(page(GOOD), tls=server_tls(certificate))
        tls = TlsConfig(ca_file=str(certificate[0]))

        why = await reason_for(fetch(server.url(scheme="https"), tls=tls))

        assert why.startswith("TLS failed: IP address mismatch")

    @pytest.mark.parametrize(
        "change", [{"server_name": "localhost"}, {"insecure_skip_verify": True}]
    )
    async def test_the_job_says_what_to_trust(
        self,
        servers: Servers,
        fetch: Fetch,
        certificate: tuple[Path, Path],
        change: dict[str, str | bool],
    ):
        server = await servers.start(page(GOOD), tls=server_tls(certificate))
        tls = TlsConfig(ca_file=str(certificate[0]), **change)

        assert (await fetch(server.url(scheme="https"), tls=tls)).data == GOOD

    async def test_http_on_a_tls_port_says_so(self, servers: Servers, fetch: Fetch):
        server = await servers.start(page(GOOD))

        why = await reason_for(fetch(server.url(scheme="https"), timeout_ms=300))

        assert why.startswith(("TLS failed: ", "timed out", "the target closed"))

    async def test_a_changed_certificate_is_used_at_the_next_scrape(
        self, certificate: tuple[Path, Path], tmp_path: Path
    ):
        trusted = tmp_path / "ca.pem"
        trusted.write_bytes(certificate[0].read_bytes())
        tls = JobTlsContext(TlsConfig(ca_file=str(trusted)))
        before = tls.current()

        assert tls.current() is before
        os.utime(trusted, ns=(1, 1))
        assert tls.current() is not before

    async def test_a_missing_file_is_named(self, fetch: Fetch):
        tls = TlsConfig(ca_file="/nowhere/ca.pem")

        why = await reason_for(fetch("https://127.0.0.1:9/", tls=tls))

        assert why.startswith("cannot use the TLS files of this job: ")
        assert "/nowhere/ca.pem" in why


def redirect(location: str, status: str = "302 Found") -> Respond:
    async def respond(head: str, writer: asyncio.StreamWriter) -> None:
        if head.startswith("GET /final "):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 1\n")
        else:
            writer.write(
                f"HTTP/1.1 {status}\r\nLocation: {location}\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
        await writer.drain()

    return respond


async def test_a_redirect_on_the_same_host_is_followed(servers: Servers, fetch: Fetch):
    server = await servers.start(redirect("/final"))
    auth = Authorization(credentials="secret")

    assert (await fetch(server.url(), authorization=auth)).data == GOOD
    assert "Bearer secret" in server.heads[1]


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:{port}/", "http://169.254.169.254/latest", "file:///etc/passwd"],
)
async def test_a_redirect_elsewhere_is_not_followed(
    servers: Servers, fetch: Fetch, location: str
):
    other = await servers.start(page(GOOD))
    server = await servers.start(redirect(location.format(port=other.port)))
    auth = BasicAuth("user", "secret")

    why = await reason_for(fetch(server.url(), basic_auth=auth))

    assert why.startswith("HTTP 302 redirects to ")
    assert other.heads == []


async def test_a_circle_of_redirects_ends(servers: Servers, fetch: Fetch):
    server = await servers.start(redirect("/again"))

    assert await reason_for(fetch(server.url())) == "more than 3 redirects"
    assert len(server.heads) == 4
