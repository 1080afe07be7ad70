"""Which pages and hosts may talk to the emulator.

It answers every origin and has a route that wipes it: without this guard any page that
a browser on this machine opens could use that.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HOSTS = {"localhost", "127.0.0.1"}


class OnlyOurOrigins:
    """Answers 403 to a foreign Host, and to a page whose origin is not listed.

    Args:
        app: The emulator.
        origins: The pages that may call it.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "http" and not self._may_pass(Headers(scope=scope)):
            answer = PlainTextResponse("this host or origin may not", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, headers: Headers) -> bool:
        host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        is_ours = host in _HOSTS or host.endswith(".localhost")
        origin = headers.get("origin")
        return is_ours and (origin is None or origin in self._origins)
