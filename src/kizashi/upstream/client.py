"""Asking a Prometheus-compatible server over HTTP, with its many ways to fail."""

import asyncio
import errno
import ssl
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from kizashi import __version__
from kizashi.alert.retry import retry_after_ms
from kizashi.declarations.upstream import TENANT_HEADER, UpstreamConfig
from kizashi.errors import (
    CredentialsError,
    TooMuchError,
    UpstreamBusyError,
    UpstreamError,
)
from kizashi.http.credentials import TlsContext, authorization_header
from kizashi.http.resolving import OwnThreadsResolver, open_session
from kizashi.model.durations import format_duration
from kizashi.model.upstream import RunningAlert, RunningGroup, UpstreamSamples
from kizashi.ports.clock import Clock
from kizashi.upstream.decoding import (
    Envelope,
    decode_alerts,
    decode_envelope,
    decode_groups,
    decode_intervals,
    decode_samples,
    not_prometheus,
    said,
)

USER_AGENT = f"Kizashi/{__version__}"

#: Of an answer, unpacked: half a million samples take about half of it.
MOST_BYTES = 32 * 1024 * 1024
#: Larger answers are read in a thread, so that nothing waits for them.
_QUICK_BYTES = 256 * 1024
_READ_BYTES = 64 * 1024
_KEEP_ALIVE_S = 60.0
#: Where a server that is busy does not say for how long, and at the most.
_DEFAULT_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 300.0
_OK = 200
_CLOSED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
_BUSY = frozenset({429, 503})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Words by which servers say that a query asks for too much at a time.
#: Source: Prometheus promql.ErrTooManySamples; Mimir's globalerror "exceeded the";
#: VictoriaMetrics' "-search.max…" limits.
_TOO_MUCH = ("too many samples", "exceed", "-search.max", "too large")
#: A server that does not know one of these ignores it. Thanos and VictoriaMetrics would
#: otherwise leave out what did not answer, VictoriaMetrics the newest half minute too.
_WHOLE = {
    "partial_response": "false",
    "deny_partial_response": "1",
    "nocache": "1",
    "latency_offset": "1ms",
}


class HttpUpstream:
    """Reads one server; see `kizashi.ports.upstream.Upstream`.

    Redirects are not followed and proxies of the environment not used: our
    credentials go to the address that was configured, and nowhere else.
    """

    def __init__(
        self, config: UpstreamConfig, clock: Clock, *, most_bytes: int = MOST_BYTES
    ) -> None:
        self._config = config
        self._clock = clock
        self._most_bytes = most_bytes
        self._tls = TlsContext(config.tls)
        self._session: aiohttp.ClientSession | None = None

    async def samples(
        self, selector: str, start_ms: int, end_ms: int
    ) -> UpstreamSamples:
        """Return stored samples in ``(start_ms, end_ms]`` of the series that match."""
        # The left edge is in the range for Prometheus 2 and not for 3; we leave it out.
        query = f"{selector}[{end_ms - start_ms}ms]"
        form = {"query": query, "time": _seconds(end_ms)}
        return await self._samples("query", form, start_ms, end_ms)

    async def last_before(
        self, selector: str, at_ms: int, within_ms: int
    ) -> UpstreamSamples:
        """Return each matching series' last value at or before a time."""
        query = f"last_over_time({selector}[{within_ms}ms])"
        form = {"query": query, "time": _seconds(at_ms)}
        return await self._samples("query", form, at_ms - 1, at_ms)

    async def presence(
        self, selector: str, by: Sequence[str], start_ms: int, end_ms: int, step_ms: int
    ) -> UpstreamSamples:
        """Return after which steps of a grid series that match had a sample."""
        within = f"last_over_time({selector}[{step_ms}ms])"
        form = {
            "query": f"group by ({', '.join(by)}) ({within})",
            "start": _seconds(start_ms),
            "end": _seconds(end_ms),
            "step": _seconds(step_ms),
        }
        return await self._samples("query_range", form, start_ms - 1, end_ms)

    async def instant(self, expression: str, at_ms: int) -> UpstreamSamples:
        """Return the value of an expression at a time; its names may be gone."""
        form = {"query": expression, "time": _seconds(at_ms)}
        return await self._samples("query", form, at_ms - 1, at_ms)

    async def read(
        self, path: str, query: Sequence[tuple[str, str]] = ()
    ) -> tuple[bytes, bool]:
        """Return the data of any API that is read, as JSON, and whether it is a part.

        Args:
            path: Below ``/api/v1/``.
            query: Parameters.
        """
        asked = f"{path}?{urlencode(query)}" if query else path
        envelope = await self._ask(self._config.url, asked, None)
        return bytes(envelope.data), envelope.is_partial

    async def groups(self) -> tuple[RunningGroup, ...]:
        """Return every group of rules that is evaluated."""
        envelope = await self._ask(self._config.rules_url, "rules", None)
        return await asyncio.to_thread(decode_groups, envelope)

    async def alerts(self) -> tuple[RunningAlert, ...]:
        """Return every alert that is pending or firing."""
        envelope = await self._ask(self._config.rules_url, "alerts", None)
        return await asyncio.to_thread(decode_alerts, envelope)

    async def intervals(self) -> Mapping[str, int]:
        """Return how often each job is scraped, by its job label, in milliseconds."""
        data, _ = await self.read("targets", [("state", "active")])
        slowest: dict[str, int] = {}
        for job, interval_ms in await asyncio.to_thread(decode_intervals, data):
            slowest[job] = max(interval_ms, slowest.get(job, 0))
        return slowest

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _samples(
        self, path: str, form: Mapping[str, str], start_ms: int, end_ms: int
    ) -> UpstreamSamples:
        envelope = await self._ask(self._config.url, path, {**form, **_WHOLE})
        if len(memoryview(envelope.data)) < _QUICK_BYTES:
            return decode_samples(envelope, start_ms, end_ms)
        return await asyncio.to_thread(decode_samples, envelope, start_ms, end_ms)

    async def _ask(
        self, base: str, path: str, form: Mapping[str, str] | None
    ) -> Envelope:
        """Return an answer; everything that goes wrong becomes an UpstreamError."""
        timeout_ms = self._config.timeout_ms
        url = URL(f"{base}/api/v1/{path}", encoded=True)
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                try:
                    return await self._exchange(url, form)
                except _CLOSED as error:
                    if isinstance(error, aiohttp.ClientConnectorError):
                        raise
                    # A connection that was kept, and closed by the server meanwhile.
                    return await self._exchange(url, form)
        except TimeoutError as error:
            timeout = format_duration(timeout_ms)
            raise UpstreamError("upstream.timed-out", timeout=timeout) from error
        except CredentialsError as error:
            raise UpstreamError(_FILES[error.code], **error.params) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise explain(error) from error

    async def _exchange(self, url: URL, form: Mapping[str, str] | None) -> Envelope:
        tls = self._config.tls
        async with self._open().request(
            "GET" if form is None else "POST",
            url,
            data=form,
            headers=self._headers(),
            allow_redirects=False,
            ssl=self._tls.current() if url.scheme == "https" else True,
            server_hostname=(tls.server_name or None) if tls else None,
        ) as response:
            body = await self._body(response)
            if response.status != _OK:
                self._refuse(response, body)
            envelope = decode_envelope(body)
            if envelope.status != "success":
                raise not_prometheus(f"status {envelope.status or 'missing'}")
            return envelope

    def _headers(self) -> dict[str, str]:
        config = self._config
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": USER_AGENT,
            **dict(config.headers),
        }
        if config.tenant:
            headers[TENANT_HEADER] = config.tenant
        credentials = authorization_header(config.basic_auth, config.authorization)
        if credentials is not None:
            headers["Authorization"] = credentials
        return headers

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """Return the body, unpacked.

        Raises:
            TooMuchError: If it is larger than the limit.
        """
        packed = response.headers.get("Content-Encoding", "") == "gzip"
        unpacker = zlib.decompressobj(wbits=31) if packed else None
        parts: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(_READ_BYTES):
            part = chunk
            if unpacker is not None:
                part = _unpack(unpacker, chunk, self._most_bytes - size + 1)
            size += len(part)
            if size > self._most_bytes:
                limit = f"{self._most_bytes >> 20} MiB"
                raise TooMuchError("upstream.too-large", limit=limit)
            parts.append(part)
        if unpacker is not None and not unpacker.eof:
            raise UpstreamError("upstream.closed")
        return b"".join(parts)

    def _refuse(self, response: aiohttp.ClientResponse, body: bytes) -> NoReturn:
        """Raise what an answer other than 200 means."""
        status = response.status
        if status in _REDIRECTS:
            location = said(response.headers.get("Location", ""))
            raise UpstreamError("upstream.redirect", status=status, location=location)
        kind, text = _error_of(body)
        if kind == "timeout" or any(word in text.lower() for word in _TOO_MUCH):
            raise TooMuchError("upstream.too-much", said=text)
        if status in _BUSY:
            header = response.headers.get("Retry-After", "")
            asked_ms = retry_after_ms(header, self._clock.now_ms())
            after_s = _DEFAULT_PAUSE_S if asked_ms is None else asked_ms / 1000
            after_s = min(after_s, _LONGEST_PAUSE_S)
            raise UpstreamBusyError(after_s, "upstream.busy", status=status, said=text)
        raise UpstreamError("upstream.status", status=status, said=text)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_session(
                OwnThreadsResolver("upstream-dns", most=2),
                keep_alive_s=_KEEP_ALIVE_S,
                connections=8,
            )
        return self._session


def _unpack(unpacker: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    """Return a chunk unpacked, at most so many bytes: a bomb costs no more."""
    try:
        return unpacker.decompress(chunk, max(most, 1))
    except zlib.error as error:
        raise not_prometheus(error) from error


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"


def _error_of(body: bytes) -> tuple[str, str]:
    """Return the kind and the text of an error answer, or a piece of what came."""
    try:
        envelope = decode_envelope(body)
    except UpstreamError:
        return "", said(body[:1000].decode("utf-8", "replace"))
    return envelope.error_type, said(envelope.error)


def explain(error: Exception) -> UpstreamError:
    """Return what a client error means, without its long-windedness."""
    for kinds, say in _EXPLANATIONS:
        if isinstance(error, kinds):
            return say(error)
    return UpstreamError("upstream.unreachable", why=said(str(error)))


def _dns(error: Exception) -> UpstreamError:
    return UpstreamError("upstream.dns", host=getattr(error, "host", ""))


def _tls(error: Exception) -> UpstreamError:
    cause = getattr(error, "certificate_error", getattr(error, "os_error", error))
    told = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return UpstreamError("upstream.tls", why=said(str(told or cause)))


def _os_error(error: Exception) -> UpstreamError:
    match getattr(error, "errno", None):
        case errno.ECONNREFUSED:
            return UpstreamError("upstream.refused")
        case errno.ECONNRESET | errno.EPIPE:
            return UpstreamError("upstream.closed")
        case _:
            why = getattr(error, "strerror", None) or error
            return UpstreamError("upstream.unreachable", why=said(str(why)))


_FILES = {"secret_file": "upstream.secret-file", "tls_file": "upstream.tls-file"}

#: The first row that fits explains an error; narrow classes stand before wide ones.
_EXPLANATIONS: tuple[
    tuple[tuple[type[Exception], ...], Callable[[Exception], UpstreamError]], ...
] = (
    ((aiohttp.ClientConnectorDNSError,), _dns),
    ((aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError), _tls),
    ((ssl.SSLError,), _tls),
    ((aiohttp.ClientConnectorError,), _os_error),
    (
        (
            aiohttp.ServerDisconnectedError,
            aiohttp.ClientPayloadError,
            aiohttp.ClientOSError,
        ),
        lambda _: UpstreamError("upstream.closed"),
    ),
    (
        (aiohttp.ClientResponseError,),
        lambda error: not_prometheus(getattr(error, "message", error)),
    ),
    ((OSError,), _os_error),
)
