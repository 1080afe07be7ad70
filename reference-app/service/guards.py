"""Middleware that every request passes: an id, and a limit on its body."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def problem(
    request: Request, status: int, detail: str, errors: object = None
) -> JSONResponse:
    """Return an error as RFC 9457 wants it, with the request's id."""
    body = {
        "type": "about:blank",
        "status": status,
        "detail": detail,
        "request_id": request.scope.get("request_id"),
    }
    if errors is not None:
        body["errors"] = errors
    return JSONResponse(body, status, media_type="application/problem+json")


class RequestIds:
    """Gives every request an id: the client's if it is harmless, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with ``scope["request_id"]`` set."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ACCEPTABLE_ID.fullmatch(given) else uuid4().hex
        scope["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


class LimitBodies:
    """Refuses a body that is too long, or that will not say how long it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 411 or 413, or pass the request on."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        refusal = None
        if "transfer-encoding" in headers:
            refusal = 411, "send Content-Length instead of a chunked body"
        elif int(headers.get("content-length", 0)) > MAX_BODY_BYTES:
            refusal = 413, f"a body may hold {MAX_BODY_BYTES} bytes"
        if refusal is None:
            await self._app(scope, receive, send)
            return
        answer = problem(Request(scope), *refusal)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)
