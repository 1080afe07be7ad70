"""The HTTP server's settings, and what it answers when it is full."""

import asyncio

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from kizashi.api._base import RequestError, error_reply, language_of
from kizashi.httpd.connections import ConnectionSlots, Refused

IDLE_TIMEOUT_S = 60
PROBES = ("/-/healthy", "/-/ready")


def server_config(app: ASGIApp, protocol: type[asyncio.Protocol]) -> uvicorn.Config:
    """Return the settings under which Kizashi serves; the caller opens the socket.

    Nothing is told about the server, records go through the logging of
    `kizashi.logs.logging`, and headers of a proxy are not believed.
    """
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_TIMEOUT_S,
    )


class ProbesOnly:
    """Answers probes, and tells everybody else that there is no room just now."""

    def __init__(self, app: ASGIApp, slots: ConnectionSlots) -> None:
        self._app = app
        self._slots = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            self._slots.counts.refused[Refused.NO_ROOM] += 1
            headers = {"retry-after": "1", "connection": "close"}
            error = RequestError(503, "api.error.no_room", headers=headers)
            answer = error_reply(error, language_of(scope, None))
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)
