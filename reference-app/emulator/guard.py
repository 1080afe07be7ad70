"""Which pages and hosts may talk to the emulator, and about what.

It answers every origin and has routes that wipe and change it: without this guard any
page that a browser on this machine opens could use them.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HOSTS = {"localhost", "127.0.0.1"}
#: Its own routes; what it is asked for as AWS has other names.
_OWN = "/_ministack/"
_HARMLESS = "/_ministack/health"


class OnlyOurOrigins:
    """Answers 403 to a foreign Host, and to a page whose origin is not listed.

    Its own routes are closed to everybody: they need no key, and wipe what it holds.
    A browser says of a picture or a form of a foreign page no origin, but that it comes
    from another site.

    Args:
        app: The emulator.
        origins: The pages that may call it.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "http" and not self._may_pass(scope):
            answer = PlainTextResponse("this host or origin may not", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path, headers = scope["path"], Headers(scope=scope)
        if path.startswith(_OWN) and path != _HARMLESS:
            return False
        if headers.get("sec-fetch-site") == "cross-site":
            return False
        host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        is_ours = host in _HOSTS or host.endswith(".localhost")
        origin = headers.get("origin")
        return is_ours and (origin is None or origin in self._origins)
