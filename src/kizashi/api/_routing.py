"""Routes whose named parts may hold a slash, written ``%2F`` in the address.

An objective may be called ``checkout/pay``. Servers hand on a path with its escapes
undone, in which that is two parts; so a path with such an escape is matched as it was
sent, and its parts are read afterwards.

Source: RFC 3986, 2.2 and 3.3: an escaped slash is data, a plain one separates.
"""

from urllib.parse import quote, unquote

from starlette.routing import Match, Route
from starlette.types import Scope

_SLASH = b"%2f"


class SegmentRoute(Route):
    """A route whose parameters are whole segments, escaped slashes and all."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is meant, and with which parameters."""
        raw = sent_path(scope)
        if scope["type"] != "http" or _SLASH not in raw.lower():
            return super().matches(scope)
        escaped = raw.decode("ascii", "replace")
        match, child = super().matches({**scope, "path": escaped})
        if match is not Match.NONE:
            named = {k: unquote(v) for k, v in child["path_params"].items()}
            child["path_params"] = named
        return match, child


def sent_path(scope: Scope) -> bytes:
    """Return the path as it was sent, without what follows a question mark."""
    raw: bytes = scope.get("raw_path") or b""
    return raw.partition(b"?")[0]


def address_of(scope: Scope) -> str:
    """Return the path as an address holds it: escaped, slashes in names as well."""
    raw = sent_path(scope)
    if _SLASH in raw.lower():
        return quote(raw, safe="/%")
    return quote(scope["path"], safe="/")
