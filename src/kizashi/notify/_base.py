"""What every kind of receiver shares: outcomes, and HTTP with its many ways to fail."""

import asyncio
import hashlib
import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from kizashi.alert.retry import VERDICTS, DeliveryResult
from kizashi.http.client import HttpClient, HttpOptions, HttpResponse, address_of
from kizashi.http.failures import FailureKind, HttpError
from kizashi.http.retry_after import retry_after_ms
from kizashi.model.durations import format_duration
from kizashi.ports.notifier import Outcome, Outgoing

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

    What we know goes to the address that was configured, and nowhere else; see
    `kizashi.http.client.HttpClient`. Belongs to one event loop.
    """

    def __init__(self, timeout_ms: int) -> None:
        """Prepare to send; `timeout_ms` is how long one request may take in all."""
        self._timeout_ms = timeout_ms
        self._client = HttpClient("notify", HttpOptions(keep_alive_s=_KEEP_ALIVE_S))

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
        except HttpError as error:
            code, detail = explain(error)
            return Outcome(DeliveryResult.RETRY, code, _clean(detail, request))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _call(self, request: HttpRequest, now_ms: int, method: str) -> Outcome:
        headers = {
            "Accept-Encoding": "identity",
            **request.headers,
            **request.secret_headers,
        }
        async with self._client.request(
            method, request.url, headers=headers, data=request.body or None
        ) as response:
            said = b""
            if response.status // 100 != 2:  # noqa: PLR2004 - nobody reads a thank-you
                said = await response.content.read(MOST_READ_BYTES)
            return _judge(request, response, said, now_ms)


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
    request: HttpRequest, response: HttpResponse, said: bytes, now_ms: int
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
    secret_headers = request.secret_headers.values()
    known = {
        *request.secrets,
        *secret_headers,
        *(part for value in secret_headers for part in re.split("[,=]", value)),
        *_texts_of(request.url),
    }
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    line = " ".join(text.split())[:LONGEST_ANSWER]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _texts_of(text: str) -> Iterator[str]:
    """Yield an address and its parts, as far as they are secrets."""
    yield text
    try:
        url = address_of(text)
    except HttpError:
        return  # What is no address has no parts.
    yield str(url)
    yield url.raw_path_qs.strip("/")
    yield url.raw_path.strip("/")
    yield url.path.strip("/")
    yield url.query_string
    yield from (part for part in url.raw_parts if part != "/")
    yield from url.query.values()
    yield url.password or ""


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


#: Where the detail says more than the message does.
_WITH_DETAIL = frozenset({FailureKind.DNS, FailureKind.TLS})
_CODES = {
    FailureKind.DNS: "notify.dns",
    FailureKind.TLS: "notify.tls",
    FailureKind.REFUSED: "notify.refused",
    FailureKind.CLOSED: "notify.closed",
    FailureKind.NOT_HTTP: "notify.not-http",
}


def explain(error: HttpError) -> tuple[str, str]:
    """Return the message id and the detail of a request that got no answer."""
    code = _CODES.get(error.kind)
    if code is not None:
        return code, error.detail if error.kind in _WITH_DETAIL else ""
    # The text of an address that is none is the address, which may be a secret.
    is_secret = error.kind is FailureKind.ADDRESS
    return "notify.unreachable", "the address" if is_secret else error.detail
