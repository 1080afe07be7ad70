"""What stands before every route: headers, limits, hosts, origins, faults.

Each guard is a plain ASGI middleware; `kizashi.api.application` puts them in order.
"""

import logging
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kizashi.api._base import (
    READING,
    ApiServices,
    RequestError,
    error_reply,
    language_of,
)
from kizashi.model.outside import Outside

LONGEST_BODY_BYTES = 1024 * 1024
LONGEST_QUERY_BYTES = 8 * 1024
LONGEST_PATH_BYTES = 2 * 1024

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_log = logging.getLogger(__name__)


class FaultGuard:
    """Answers whatever goes wrong, and puts the security headers on every answer.

    A fault of ours is answered with an id alone; the log holds the rest under it.
    """

    def __init__(self, app: ASGIApp, services: ApiServices) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except RequestError as error:
            if has_begun:
                raise
            answer = error_reply(error, language_of(scope, self._services.language))
            await answer(scope, receive, send_with_headers)
        except ClientDisconnect:
            _log.debug("a client left before it had sent its request")
        except Exception:
            fault = secrets.token_hex(8)
            _log.exception(
                "a request failed",
                extra={
                    "fault": fault,
                    "method": scope["method"],
                    "path": scope["path"],
                },
            )
            if has_begun:
                raise
            shown = RequestError(500, "api.error.fault", fault=fault)
            answer = error_reply(shown, language_of(scope, self._services.language))
            await answer(scope, receive, send_with_headers)


class RequestGuard:
    """Refuses what is too long, and what a foreign page made a browser send."""

    def __init__(self, app: ASGIApp, services: ApiServices) -> None:
        self._app = app
        self._guards_host = services.listen_is_loopback
        self._outside = services.outside
        self._hosts = _LOOPBACK_NAMES | {h.lower() for h in services.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            RequestError: If the request is refused.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._guards_host:
            self._check_host(headers)
        _check_length(scope, headers)
        if scope["method"] not in READING:
            _check_origin(headers, self._outside())
        await self._app(scope, _limited(receive), send)

    def _check_host(self, headers: Headers) -> None:
        # A page of another site can point its own name at 127.0.0.1 and read what
        # is open here; the name that it was loaded from betrays it.
        given = headers.getlist("host")
        hosts = self._hosts | {_host_name(self._outside().host)}
        if len(given) != 1 or not given[0] or _host_name(given[0]) not in hosts:
            shown = given[0][:100] if given else ""
            raise RequestError(403, "api.error.host_not_allowed", host=shown)


def _host_name(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    has_port = bool(colon) and port.isascii() and port.isdigit()
    return name if has_port else host.lower()


def _check_length(scope: Scope, headers: Headers) -> None:
    if len(scope["query_string"]) > LONGEST_QUERY_BYTES:
        raise RequestError(414, "api.error.query_too_long", limit=LONGEST_QUERY_BYTES)
    if len(scope["path"].encode("utf-8", "surrogatepass")) > LONGEST_PATH_BYTES:
        raise RequestError(414, "api.error.path_too_long", limit=LONGEST_PATH_BYTES)
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise RequestError(400, "api.error.bad_content_length")
    if len(declared) > 18 or int(declared) > LONGEST_BODY_BYTES:  # noqa: PLR2004
        raise RequestError(413, "api.error.body_too_long", limit=LONGEST_BODY_BYTES)


def _check_origin(headers: Headers, outside: Outside) -> None:
    """Refuse a write that a page of another site asked a browser for.

    A page of ours comes from the host that was asked, or from ``external_url``: a
    proxy may not hand on the host that the browser asked.

    Source: Fetch Metadata Request Headers; OWASP, cross-site request forgery.
    """
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise RequestError(403, "api.error.foreign_origin")
    for origin in headers.getlist("origin"):
        # The scheme is left out: TLS may end at a proxy in front of us.
        scheme, _, name = origin.lower().partition("://")
        if outside.url and name == outside.host:
            if origin.lower() == outside.origin:
                continue
            raise RequestError(403, "api.error.foreign_origin")
        if scheme not in {"http", "https"} or name != headers.get("host", "").lower():
            raise RequestError(403, "api.error.foreign_origin")


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        # A body in chunks declares no length.
        if taken > LONGEST_BODY_BYTES:
            raise RequestError(413, "api.error.body_too_long", limit=LONGEST_BODY_BYTES)
        return message

    return receive_limited
