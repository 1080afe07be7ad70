"""The HTTP face put together: the table of routes behind the guards."""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route as StarletteRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kizashi.api._base import Access, ApiServices, RequestError, Route
from kizashi.api.guards import READING, guarded
from kizashi.api.routes import ROUTES
from kizashi.errors import StoreError
from kizashi.ports.tokens import TokenRecord

#: A proxy in front makes a foreign reader look like one of this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
_log = logging.getLogger(__name__)


def build(services: ApiServices, table: Sequence[Route] = ROUTES) -> Starlette:
    """Return the application that serves a table of routes.

    Args:
        services: What the routes need from the rest of the house.
        table: The routes; each path may come once for each method.
    """
    by_path: dict[str, dict[str, Route]] = {}
    for route in table:
        by_path.setdefault(route.path, {})[route.method] = route
    routes: list[BaseRoute] = [
        StarletteRoute(path, _Resource(methods, services), methods=None)
        for path, methods in by_path.items()
    ]
    app = Starlette(routes=[*routes], middleware=[Middleware(_Guards, services)])
    app.router.redirect_slashes = False
    app.router.default = _nowhere
    app.state.routes = tuple(table)
    return app


class _Guards:
    """`guarded` in the form in which Starlette takes middleware."""

    def __init__(self, app: ASGIApp, services: ApiServices) -> None:
        self._guarded = guarded(app, services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._guarded(scope, receive, send)


class _Resource:
    """One path: picks the method's route, lets the right callers in, answers."""

    def __init__(self, methods: dict[str, Route], services: ApiServices) -> None:
        self._methods = methods
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            RequestError: If it is refused.
        """
        request = Request(scope, receive)
        is_head = request.method == "HEAD"
        route = self._methods.get("GET" if is_head else request.method)
        if route is None:
            allowed = [*self._methods, *(["HEAD"] if "GET" in self._methods else [])]
            headers = {"allow": ", ".join(sorted(allowed))}
            raise RequestError(405, "api.error.method_not_allowed", headers=headers)
        request.state.principal = await _admit(request, route, self._services)
        _check_body(request, route)
        _check_parameters(request, route)
        with _store_errors():
            answer = await route.handler(request, self._services)
        await answer(scope, receive, _without_body(send) if is_head else send)


async def _admit(
    request: Request, route: Route, services: ApiServices
) -> TokenRecord | None:
    """Return whose token it is, None for a caller who needs none.

    Raises:
        RequestError: If the caller is nobody we know (401) or may not do it (403).
    """
    needed = route.access.role
    if needed is None:
        return None
    given = request.headers.getlist("authorization")
    if not given:
        is_local = services.listen_is_loopback and not any(
            name in request.headers for name in _FORWARDED
        )
        is_reading = route.method in READING and route.access is Access.VIEWER
        if is_local and is_reading:
            return None
        raise _unauthorized("api.error.token_missing")
    scheme, _, plaintext = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise _unauthorized("api.error.token_missing")
    now_ms = services.clock.now_ms()
    with _store_errors():
        record = await run_in_threadpool(
            lambda: services.tokens.authenticate(plaintext.strip(), now_ms=now_ms)
        )
    if record is None:
        raise _unauthorized("api.error.token_unknown")
    if not record.role.covers(needed):
        raise RequestError(
            403, "api.error.role_too_low", role=record.role.value, needed=needed.value
        )
    return record


def _unauthorized(code: str) -> RequestError:
    # RFC 6750, 3: a request without credentials gets no error code in the challenge.
    error = ', error="invalid_token"' if code == "api.error.token_unknown" else ""
    challenge = {"www-authenticate": f'Bearer realm="kizashi"{error}'}
    return RequestError(401, code, headers=challenge)


def _check_body(request: Request, route: Route) -> None:
    has_body = (
        request.headers.get("content-length", "0").strip("0") != ""
        or "transfer-encoding" in request.headers
    )
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    json_too = () if route.body is None else ("application/json",)
    accepts = (*json_too, *route.accepts)
    if has_body and given not in accepts:
        accepted = ", ".join(accepts) or "-"
        raise RequestError(
            415, "api.error.bad_media_type", given=given[:100], accepted=accepted
        )


def _check_parameters(request: Request, route: Route) -> None:
    if route.parameters is None:
        return
    known = [p.name for p in route.parameters if p.where == "query"]
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            listed = ", ".join(known) or "-"
            raise RequestError(
                400, "api.error.unknown_parameter", parameter=name[:100], known=listed
            )
        if given.count(name) > 1:
            raise RequestError(400, "api.error.repeated_parameter", parameter=name)


@contextlib.contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        _log.exception("the state database failed")
        raise RequestError(503, "api.error.store_unavailable") from error


def _without_body(send: Send) -> Send:
    """Return a send that keeps the headers of an answer and drops its content."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return cast("Send", send_head)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a path that no route has.

    Raises:
        RequestError: Always, for HTTP.
    """
    if scope["type"] == "http":
        raise RequestError(404, "api.error.no_such_path", path=scope["path"][:100])
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000, "reason": ""})
