"""What every kind of receiver shares: outcomes, and HTTP with its many ways to fail."""

import asyncio
import errno
import hashlib
import hmac
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import aiohttp
from yarl import URL

from kizashi import __version__
from kizashi.alert.retry import VERDICTS, DeliveryResult, retry_after_ms
from kizashi.http.resolving import OwnThreadsResolver, open_session
from kizashi.model.durations import format_duration
from kizashi.ports.notifier import Outcome, Outgoing

USER_AGENT = f"Kizashi/{__version__}"

#: Of what a receiver answers, so much is read, and so much of that is kept.
MOST_READ_BYTES = 4 * 1024
LONGEST_ANSWER = 200
MASK = "***"
#: A shorter part of an address is no secret, and masking it would garble answers.
_SHORTEST_SECRET = 5
_KEEP_ALIVE_S = 15.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as a kind of receiver wants it.

    Attributes:
        url: Where to; all of it but the host is taken for a secret.
        body: What to send.
        headers: Further headers.
        secret_headers: Further headers whose values are secrets.
        secrets: What else must not be repeated of an answer.
    """

    url: str = field(repr=False)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


class HttpCaller:
    """Sends requests of ours to addresses of others, and judges the answers.

    Redirects are not followed and proxies of the environment not used: what we know
    goes to the address that was configured, and nowhere else. Belongs to one event
    loop.
    """

    def __init__(self, timeout_ms: int) -> None:
        """Prepare to send; `timeout_ms` is how long one request may take in all."""
        self._timeout_ms = timeout_ms
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, request: HttpRequest, now_ms: int, method: str = "POST"
    ) -> Outcome:
        """Return how a request went; whatever happens, it is an outcome."""
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                return await self._call(request, now_ms, method)
        except TimeoutError:
            after = format_duration(self._timeout_ms)
            return Outcome(DeliveryResult.RETRY, "notify.timeout", after)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            code, detail = explain(error)
            return Outcome(DeliveryResult.RETRY, code, _clean(detail, request))

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(self, request: HttpRequest, now_ms: int, method: str) -> Outcome:
        headers = {
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
            **request.headers,
            **request.secret_headers,
        }
        async with self._open().request(
            method,
            URL(request.url, encoded=True),
            data=request.body or None,
            headers=headers,
            allow_redirects=False,
        ) as response:
            said = b""
            if response.status // 100 != 2:  # noqa: PLR2004 - nobody reads a thank-you
                said = await response.content.read(MOST_READ_BYTES)
            return _judge(request, response, said, now_ms)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_session(
                OwnThreadsResolver("notify-dns", most=2), keep_alive_s=_KEEP_ALIVE_S
            )
        return self._session


class HttpNotifier(ABC):
    """Sends what a kind makes of a notification by POST."""

    def __init__(self, timeout_ms: int) -> None:
        """Prepare to send; `timeout_ms` is how long one attempt may take in all."""
        self._caller = HttpCaller(timeout_ms)

    @abstractmethod
    def request(self, outgoing: Outgoing) -> HttpRequest:
        """Return the request for a notification.

        Raises:
            OSError: If a secret's file cannot be read.
            ValueError: If it does not hold what it should.
        """

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Return how one attempt went; whatever happens, it is an outcome."""
        try:
            request = self.request(outgoing)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            return Outcome(
                DeliveryResult.RETRY, "notify.secret-file", why[:LONGEST_ANSWER]
            )
        own = {"Content-Type": "application/json", "Idempotency-Key": outgoing.id}
        named = replace(request, headers={**own, **request.headers})
        return await self._caller.call(named, outgoing.now_ms)

    async def close(self) -> None:
        """Close all connections."""
        await self._caller.close()


def _judge(
    request: HttpRequest, response: aiohttp.ClientResponse, said: bytes, now_ms: int
) -> Outcome:
    status = response.status
    verdict = VERDICTS.get(status, DeliveryResult.RETRY)
    text = _clean(said.decode("utf-8", "replace"), request)
    answer = f"HTTP {status} {text}".rstrip()[:LONGEST_ANSWER]
    if verdict is DeliveryResult.DELIVERED:
        return Outcome(verdict, "notify.delivered", answer)
    asked_ms = retry_after_ms(response.headers.get("Retry-After", ""), now_ms)
    return Outcome(verdict, "notify.status", answer, asked_ms)


def _clean(text: str, request: HttpRequest) -> str:
    """Return a text on one line, without secrets, of bounded length."""
    url = URL(request.url, encoded=True)
    secret_headers = request.secret_headers.values()
    known = {
        *request.secrets,
        *secret_headers,
        *(part for value in secret_headers for part in re.split("[,=]", value)),
        request.url,
        str(url),
        url.raw_path_qs.strip("/"),
        url.raw_path.strip("/"),
        url.path.strip("/"),
        url.query_string,
        *(part for part in url.raw_parts if part != "/"),
        *url.query.values(),
        url.password or "",
    }
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    line = " ".join(text.split())[:LONGEST_ANSWER]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def signature(secret: str, body: bytes, now_ms: int) -> str:
    """Return a signature header: ``t=…,v1=…``.

    The receiver works out the HMAC-SHA256 of ``t``, a full stop and the body with the
    secret, compares it with ``v1`` in constant time, and refuses a ``t`` (Unix
    seconds) of more than a few minutes ago.
    """
    seconds = now_ms // 1000
    signed = f"{seconds}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def explain(error: Exception) -> tuple[str, str]:
    """Return the message id and the detail of a request that got no answer."""
    for kinds, code, detail in _EXPLANATIONS:
        if isinstance(error, kinds):
            return code, detail(error)
    return _os_error(error)


def _os_error(error: Exception) -> tuple[str, str]:
    number = getattr(error, "errno", None)
    if number == errno.ECONNREFUSED:
        return "notify.refused", ""
    if number in {errno.ECONNRESET, errno.EPIPE}:
        return "notify.closed", ""
    return "notify.unreachable", str(getattr(error, "strerror", None) or error)


def _tls(error: Exception) -> str:
    cause = getattr(error, "certificate_error", getattr(error, "os_error", error))
    said = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    return str(said or cause)


#: The first row that fits explains an error; narrow classes stand before wide ones.
_EXPLANATIONS: tuple[
    tuple[tuple[type[Exception], ...], str, Callable[[Exception], str]], ...
] = (
    (
        (aiohttp.ClientConnectorDNSError,),
        "notify.dns",
        lambda error: str(getattr(error, "host", "")),
    ),
    ((aiohttp.ClientSSLError, ssl.SSLError), "notify.tls", _tls),
    (
        (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError),
        "notify.closed",
        lambda _: "",
    ),
    ((aiohttp.ClientResponseError,), "notify.not-http", lambda _: ""),
    ((aiohttp.InvalidURL,), "notify.unreachable", lambda _: "the address"),
)
