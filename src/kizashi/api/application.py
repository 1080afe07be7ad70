"""The HTTP face put together: the table of routes behind the guards."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kizashi.api._base import ApiRoute, ApiServices, RequestError
from kizashi.api._outside import OutsideGuard
from kizashi.api._routing import SegmentRoute
from kizashi.api.admission import admit, may_read, store_errors
from kizashi.api.guards import FaultGuard, RequestGuard
from kizashi.api.routes import ROUTES


def build(
    services: ApiServices,
    table: Sequence[ApiRoute] = ROUTES,
    *,
    pages: Sequence[BaseRoute] = (),
    nowhere: ASGIApp | None = None,
) -> Starlette:
    """Return the application that serves a table of routes.

    Args:
        services: What the routes need from the rest of the house.
        table: The routes; each path may come once for each method.
        pages: What else is served behind the same guards: pages for people, which
            let callers in by themselves.
        nowhere: Answers for every other path; None for an error as JSON.
    """
    by_path: dict[str, dict[str, ApiRoute]] = {}
    for route in table:
        by_path.setdefault(route.path, {})[route.method] = route
    routes: list[BaseRoute] = [
        SegmentRoute(path, _Resource(methods, services), methods=None)
        for path, methods in by_path.items()
    ]
    app = Starlette(
        routes=[*routes, *pages], middleware=[Middleware(_Guards, services)]
    )
    app.router.redirect_slashes = False
    app.router.default = nowhere or _nowhere
    app.state.routes = tuple(table)
    return app


class _Guards:
    """Every guard, in the form in which Starlette takes middleware."""

    def __init__(self, app: ASGIApp, services: ApiServices) -> None:
        inner = OutsideGuard(RequestGuard(app, services), services)
        self._guarded = FaultGuard(inner, services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._guarded(scope, receive, send)


class _Resource:
    """One path: picks the method's route, lets the right callers in, answers."""

    def __init__(self, methods: dict[str, ApiRoute], services: ApiServices) -> None:
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
        request.state.principal = await admit(request, route, self._services)
        request.state.may_read = partial(may_read, request, self._services)
        _check_body(request, route)
        _check_parameters(request, route)
        with store_errors():
            answer = await route.handler(request, self._services)
        await answer(scope, receive, _without_body(send) if is_head else send)


def _check_body(request: Request, route: ApiRoute) -> None:
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


def _check_parameters(request: Request, route: ApiRoute) -> None:
    if route.parameters is None:
        return
    names = [p.name for p in route.parameters if p.where == "query"]
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in names:
            listed = ", ".join(names) or "-"
            raise RequestError(
                400, "api.error.unknown_parameter", parameter=name[:100], known=listed
            )
        if given.count(name) > 1:
            raise RequestError(400, "api.error.repeated_parameter", parameter=name)


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
