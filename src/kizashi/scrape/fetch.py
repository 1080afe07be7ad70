"""Fetching a page over HTTP: one session for each job."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from yarl import URL

from kizashi.errors import ScrapeError
from kizashi.http.body import chunks_of
from kizashi.http.client import (
    REDIRECTS,
    HttpClient,
    HttpOptions,
    HttpResponse,
    address_of,
)
from kizashi.http.failures import FailureKind, HttpError
from kizashi.model.durations import format_duration
from kizashi.model.scraping import ScrapeConfig
from kizashi.ports.clock import Clock
from kizashi.scrape.body import body_too_large, read_limited
from kizashi.scrape.budget import Claim
from kizashi.scrape.credentials import JobTlsContext, authorization
from kizashi.scrape.reasons import failed
from kizashi.scrape.sockets import SocketShare

ACCEPT = (
    "application/openmetrics-text;version=1.0.0,"
    "text/plain;version=0.0.4;q=0.5,"
    "*/*;q=0.1"
)
MAX_REDIRECTS = 3

_OK = 200
#: A connection is kept for this long beyond a scrape interval.
_KEEP_ALIVE_SPARE_S = 30.0


@dataclass(frozen=True, slots=True)
class ScrapeBody:
    """What a target answered, decompressed, and its Content-Type header."""

    data: bytes
    content_type: str


class Fetcher(Protocol):
    """How a scrape loop gets a page; tests pass one that needs no network."""

    async def fetch(self, url: str, timeout_ms: int, claim: Claim) -> ScrapeBody:
        """Return the page at a URL.

        Raises:
            ScrapeError: If the target does not answer as it should, or not in time.
            LimitError: If the body is larger than the claim's limit.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class HttpFetcher:
    """Fetches the pages of one job. Belongs to one event loop.

    Redirects are followed to the same host only, and never from https to http: a
    target must not send our credentials, or us, to an address of its choice.
    """

    def __init__(
        self, config: ScrapeConfig, clock: Clock, sockets: SocketShare | None = None
    ) -> None:
        """Prepare to fetch.

        Args:
            config: The job's settings.
            clock: The clock.
            sockets: The connections that all jobs share; some of its own when None.
        """
        self._config = config
        self._clock = clock
        self._sockets = sockets or SocketShare()
        self._tls = JobTlsContext(config.tls)
        #: One keeps connections, the other closes each after its answer.
        self._clients: dict[bool, HttpClient] = {}

    async def fetch(self, url: str, timeout_ms: int, claim: Claim) -> ScrapeBody:
        """Return the page at a URL; the timeout covers all of waiting, connect and read.

        Raises:
            ScrapeError: If the target does not answer as it should, or not in time.
            LimitError: If the body is larger than the claim's limit.
        """
        headers = {
            "Accept": ACCEPT,
            "Accept-Encoding": "gzip",
            "X-Prometheus-Scrape-Timeout-Seconds": f"{timeout_ms / 1000:g}",
        }
        credentials = authorization(self._config)
        if credentials is not None:
            headers["Authorization"] = credentials
        has_turn = False
        try:
            async with asyncio.timeout(timeout_ms / 1000), self._sockets.turn():
                has_turn = True
                return await self._follow(address_of(url), headers, claim)
        except TimeoutError as error:
            if not has_turn:
                limit = self._sockets.at_once
                raise failed("scrape.no_turn", limit=limit) from error
            timeout = format_duration(timeout_ms)
            raise failed("scrape.timeout", timeout=timeout) from error
        except HttpError as error:
            raise explain(error) from error

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()

    async def _follow(
        self, url: URL, headers: dict[str, str], claim: Claim
    ) -> ScrapeBody:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._get(url, headers, claim)
            if isinstance(answer, ScrapeBody):
                return answer
            url = answer
        raise failed("scrape.redirects", limit=MAX_REDIRECTS)

    async def _get(
        self, url: URL, headers: dict[str, str], claim: Claim
    ) -> ScrapeBody | URL:
        """Return the page, or the URL that the target names instead."""
        async with self._client().request("GET", url, headers=headers) as response:
            # Leaving the block closes the connection unless the body was read to its
            # end; nobody waits for the rest of a hostile one.
            return await self._answer(url, response, claim)

    async def _answer(
        self, url: URL, response: HttpResponse, claim: Claim
    ) -> ScrapeBody | URL:
        if response.status in REDIRECTS and "Location" in response.headers:
            return redirected(url, response.status, response.headers["Location"])
        if response.status != _OK:
            raise failed("scrape.status", status=response.status)
        encoding = response.headers.get("Content-Encoding", "")
        if not encoding and (response.content_length or 0) > claim.limit:
            raise body_too_large(claim)
        data = await read_limited(chunks_of(response), encoding, claim, self._clock)
        return ScrapeBody(data, response.headers.get("Content-Type", ""))

    def _client(self) -> HttpClient:
        keeps = self._sockets.keeps
        if keeps not in self._clients:
            tls = self._config.tls
            kept_s = self._config.interval_ms / 1000 + _KEEP_ALIVE_SPARE_S
            options = HttpOptions(
                keep_alive_s=kept_s if keeps else None,
                new_socket=self._sockets.new,
                tls=self._tls,
                server_name=tls.server_name if tls else "",
            )
            self._clients[keeps] = HttpClient("scrape", options)
        return self._clients[keeps]


def redirected(url: URL, status: int, location: str) -> URL:
    """Return the URL to go on with.

    It is read by the parser that the client connects with: two parsers that disagree
    about where a host name ends would let a target choose where we go.

    Raises:
        ScrapeError: If it is on another host, or leaves https.
    """
    try:
        target = url.join(URL(location))
    except ValueError:
        target = URL()
    same = target.origin() == url.origin() if target.absolute else False
    upgraded = (
        target.host == url.host and url.scheme == "http" and target.scheme == "https"
    )
    if not (same or upgraded) or target.raw_user is not None:
        raise failed("scrape.redirect", status=status, location=location)
    return target


def explain(error: HttpError) -> ScrapeError:
    """Return what a request without an answer means for a target."""
    match error.kind:
        case FailureKind.DNS:
            return failed("scrape.dns", host=error.detail)
        case FailureKind.TLS:
            return failed("scrape.tls", why=error.detail)
        case FailureKind.REFUSED:
            return failed("scrape.refused")
        case FailureKind.CLOSED:
            return failed("scrape.closed")
        case FailureKind.NOT_HTTP:
            return failed("scrape.not_http", why=error.detail)
        case _:
            return failed("scrape.unreachable", why=error.detail)
