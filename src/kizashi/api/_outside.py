"""What a proxy in front changes of a request, undone before anything looks at it.

The caller's address and scheme are those that trusted proxies tell, the path is the
one below ``external_url``, and whether a request comes from this machine is decided
here, once.

Source: RFC 7239, 4 and 5.2; MDN, "X-Forwarded-For"; WSGI's SCRIPT_NAME for paths.
"""

from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from kizashi.api._base import READING, ApiServices
from kizashi.model.outside import Outside
from kizashi.ports.tokens import bearer_token

#: What headers of proxies, balancers and delivery networks begin with, and which they
#: are beside: each makes a caller that looks like this machine a foreign one.
FORWARDING_FAMILIES = (
    "cf-",
    "x-auth-request-",
    "x-azure-",
    "x-envoy-",
    "x-forward",
    "x-original-",
)
FORWARDING = frozenset(
    {
        "cdn-loop",
        "client-ip",
        "fastly-client-ip",
        "forwarded",
        "forwarded-for",
        "front-end-https",
        "proxy-client-ip",
        "remote-user",
        "true-client-ip",
        "via",
        "wl-proxy-client-ip",
        "x-amz-cf-id",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-proxyuser-ip",
        "x-real-ip",
        "x-remote-addr",
        "x-remote-ip",
        "x-remote-user",
        "x-scheme",
        "x-url-scheme",
        "x-varnish",
    }
)


class OutsideGuard:
    """Reads what proxies tell, where it can be believed, into the request's scope."""

    def __init__(self, app: ASGIApp, services: ApiServices) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        outside, headers = self._services.outside(), Headers(scope=scope)
        peer = (scope.get("client") or ("", 0))[0]
        state = scope.setdefault("state", {})
        state["is_local"] = (
            self._services.listen_is_loopback
            and not outside.needs_token
            and not outside.trusts(peer)
            and not _is_forwarded(headers)
        )
        if outside.trusts(peer):
            # In place, so that the server's own log names the caller too.
            scope["client"] = (outside.caller(peer, _told(headers)), 0)
            scope["scheme"] = _scheme(headers, scope["scheme"])
        if outside.path and scope["path"] == outside.path:
            if scope["method"] in READING:
                query = scope["query_string"].decode("latin-1")
                goal = f"{outside.path}/{'?' if query else ''}{query}"
                await RedirectResponse(goal, 308)(scope, receive, send)
                return
        elif outside.path:
            _go_inside(scope, outside)
        await self._app(scope, receive, send)


def _is_forwarded(headers: Headers) -> bool:
    """Return whether a proxy has passed a request on.

    Credentials that are none of ours are a proxy's.
    """
    # Some servers take both spellings for one.
    names = [name.replace("_", "-") for name in headers]
    is_told = any(n in FORWARDING or n.startswith(FORWARDING_FAMILIES) for n in names)
    given = headers.getlist("authorization")
    return is_told or any(bearer_token(one) is None for one in given)


def _told(headers: Headers) -> list[str]:
    """Return the addresses that proxies wrote down, the nearest caller's last.

    The older header first: proxies that write it let the newer one of a caller pass.
    """
    networks = [
        one for line in headers.getlist("x-forwarded-for") for one in line.split(",")
    ]
    if networks:
        return networks
    elements = ",".join(headers.getlist("forwarded")).split(",")
    pairs = [pair.partition("=") for one in elements for pair in one.split(";")]
    return [value for name, _, value in pairs if name.strip().lower() == "for"]


def _scheme(headers: Headers, own: str) -> str:
    scheme = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
    return scheme if scheme in {"http", "https"} else own


def _go_inside(scope: Scope, outside: Outside) -> None:
    """Take the path of ``external_url`` off a request's path.

    Some proxies have taken it off already, and one of our own paths may begin with
    the same word: what is a route of ours only as it stands is left as it stands.
    """
    path, before = scope["path"], outside.path
    if not path.startswith(f"{before}/"):
        return
    inner = path[len(before) :]
    app = scope["app"]
    if not _is_served(app, scope, inner) and _is_served(app, scope, path):
        return
    raw, sent = scope.get("raw_path") or b"", before.encode("ascii")
    cut = raw[len(sent) :] if raw.startswith(sent) else quote(inner).encode("ascii")
    scope["path"], scope["raw_path"] = inner, cut


def _is_served(app: Starlette, scope: Scope, path: str) -> bool:
    scope_of_path = {**scope, "path": path, "raw_path": quote(path).encode("ascii")}
    return any(
        route.matches(scope_of_path)[0] is not Match.NONE for route in app.routes
    )
