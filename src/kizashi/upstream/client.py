"""Asking a Prometheus-compatible server over HTTP, with its many ways to fail."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlencode

from kizashi.declarations.upstream import TENANT_HEADER, UpstreamConfig
from kizashi.errors import (
    CredentialsError,
    TooMuchError,
    UpstreamBusyError,
    UpstreamError,
)
from kizashi.http.body import read_body
from kizashi.http.client import REDIRECTS, HttpClient, HttpOptions, HttpResponse
from kizashi.http.credentials import TlsContext, authorization_header
from kizashi.http.failures import FailureKind, HttpError
from kizashi.http.retry_after import retry_after_ms
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

#: Of an answer, unpacked: half a million samples take about half of it.
MOST_BYTES = 32 * 1024 * 1024
#: Larger answers are read in a thread, so that nothing waits for them.
_QUICK_BYTES = 256 * 1024
_KEEP_ALIVE_S = 60.0
_MOST_CONNECTIONS = 8
#: Where a server that is busy does not say for how long, and at the most.
_DEFAULT_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 300.0
_OK = 200
_BUSY = frozenset({429, 503})
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
        tls = config.tls
        options = HttpOptions(
            keep_alive_s=_KEEP_ALIVE_S,
            connections=_MOST_CONNECTIONS,
            tls=TlsContext(tls),
            server_name=tls.server_name if tls else "",
        )
        self._client = HttpClient("upstream", options)
        self._is_closed = False

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
        below = f"{path}?{urlencode(query)}" if query else path
        envelope = await self._ask(self._config.url, below, None)
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
        """Close all connections, and ask for nothing any more."""
        self._is_closed = True
        await self._client.close()

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
        if self._is_closed:
            raise UpstreamError("upstream.closed")
        timeout_ms = self._config.timeout_ms
        url = f"{base}/api/v1/{path}"
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                try:
                    return await self._exchange(url, form)
                except HttpError as error:
                    if not error.is_of_kept_connection:
                        raise
                    return await self._exchange(url, form)
        except TimeoutError as error:
            timeout = format_duration(timeout_ms)
            raise UpstreamError("upstream.timed-out", timeout=timeout) from error
        except CredentialsError as error:
            raise UpstreamError(_FILES[error.code], **error.params) from error
        except HttpError as error:
            raise explain(error) from error

    async def _exchange(self, url: str, form: Mapping[str, str] | None) -> Envelope:
        method = "GET" if form is None else "POST"
        async with self._client.request(
            method, url, headers=self._headers(), data=form
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
            **dict(config.headers),
        }
        if config.tenant:
            headers[TENANT_HEADER] = config.tenant
        credentials = authorization_header(config.basic_auth, config.authorization)
        if credentials is not None:
            headers["Authorization"] = credentials
        return headers

    async def _body(self, response: HttpResponse) -> bytes:
        """Return the body, unpacked.

        Raises:
            TooMuchError: If it is larger than the limit.
        """
        try:
            return await read_body(response, self._most_bytes, self._clock)
        except HttpError as error:
            if error.kind is not FailureKind.TOO_LARGE:
                raise
            limit = f"{self._most_bytes >> 20} MiB"
            raise TooMuchError("upstream.too-large", limit=limit) from error

    def _refuse(self, response: HttpResponse, body: bytes) -> NoReturn:
        """Raise what an answer other than 200 means."""
        status = response.status
        if status in REDIRECTS:
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


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"


def _error_of(body: bytes) -> tuple[str, str]:
    """Return the kind and the text of an error answer, or a piece of what came."""
    try:
        envelope = decode_envelope(body)
    except UpstreamError:
        return "", said(body[:1000].decode("utf-8", "replace"))
    return envelope.error_type, said(envelope.error)


_FILES = {"secret_file": "upstream.secret-file", "tls_file": "upstream.tls-file"}
_CODES = {
    FailureKind.REFUSED: "upstream.refused",
    FailureKind.CLOSED: "upstream.closed",
    FailureKind.CUT_OFF: "upstream.closed",
}
_NOT_PROMETHEUS = frozenset(
    {FailureKind.NOT_HTTP, FailureKind.GZIP, FailureKind.ENCODING}
)


def explain(error: HttpError) -> UpstreamError:
    """Return what a request without an answer means for what is read."""
    if error.kind is FailureKind.DNS:
        return UpstreamError("upstream.dns", host=error.detail)
    if error.kind in _NOT_PROMETHEUS:
        return not_prometheus(error.detail)
    code = _CODES.get(error.kind)
    if code is not None:
        return UpstreamError(code)
    is_tls = error.kind is FailureKind.TLS
    code = "upstream.tls" if is_tls else "upstream.unreachable"
    return UpstreamError(code, why=said(error.detail))
