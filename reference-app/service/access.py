"""One log line for each user's request: what was asked for and how it ended."""

import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import NOT_TRAFFIC, method_of, route_of
from service.traces import trace_id

_LOG = logging.getLogger("access")


class LogRequests:
    """Logs every user's request by its route; paths and bodies are not logged."""

    def __init__(
        self, app: ASGIApp, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._app = app
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log it when it is over."""
        if scope["type"] != "http" or scope["path"].startswith(NOT_TRAFFIC):
            await self._app(scope, receive, send)
            return
        status, began = 500, self._timer()

        async def seeing_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seeing_send)
        finally:
            extra = {
                "request_id": scope.get("request_id"),
                "trace_id": trace_id(),
                "method": method_of(scope),
                "route": route_of(scope),
                "status": status,
                "duration_ms": round((self._timer() - began) * 1000, 3),
            }
            _LOG.info("request", extra=extra)
