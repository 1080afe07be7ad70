"""What both servers do with an address: its class, its headers, its limits.

Patterns are written so that nginx and Python read them alike; a contract test holds
both servers to this table.
"""

import re
from collections.abc import Sequence

from edge.places import Places

#: Classes in the log and on the metrics. `hashed` is logged as `asset`: its files carry a
#: hash of their content in their name and never change.
PAGE, HASHED, ASSET, API, AUTH, RUM, HEALTH, OTHER = (
    "page", "hashed", "asset", "api", "auth", "rum", "health", "other",
)  # fmt: skip
ROUTES = (PAGE, ASSET, API, AUTH, RUM, HEALTH, OTHER)
HEALTH_PATH = "/health/live"

#: Bytes that a request's body may have.
MAX_BODY = {API: 65_536, AUTH: 16_384, RUM: 65_536}
SMALL_BODY = 1_024
CONNECT_S, PAGE_READ_S = 2, 5
#: uvicorn closes an idle connection after 5 s: we must let go of it first.
IDLE_S = 4
#: Not worth compressing below.
LEAST_COMPRESSED = 512
COMPRESSED = (
    "application/javascript", "application/json", "application/manifest+json",
    "application/problem+json", "image/svg+xml", "text/css", "text/javascript",
    "text/plain", "text/xml",
)  # fmt: skip

IMMUTABLE = "public, max-age=31536000, immutable"
NO_CACHE = "no-cache"
NO_STORE = "no-store"


def patterns(pool_id: str) -> Sequence[tuple[str, str]]:
    """Return pattern and class, the first that fits counts; `PAGE` without any.

    Args:
        pool_id: The user pool of an emulated Cognito; empty for none: then the login's
            paths are pages.
    """
    rows = [
        (r"^$", OTHER),
        (r"^/api/", API),
        (r"^/rum/v1/", RUM),
        (r"^/health/", HEALTH),
    ]
    if pool_id:
        well_known = rf"{re.escape(pool_id)}/\.well-known/"
        paths = (
            r"oauth2/(authorize|token|userInfo|revoke)",
            "login",
            "logout",
            rf"{well_known}(jwks\.json|openid-configuration)",
        )
        rows.append((f"^/({'|'.join(paths)})$", AUTH))
    rows += [(r"^/assets/", HASHED), (r"\.(?!html$)[A-Za-z0-9]+$", ASSET)]
    return rows


def class_of(path: str, pool_id: str) -> str:
    """Return the class of a path, its query taken off."""
    for pattern, found in patterns(pool_id):
        if re.search(pattern, path):
            return found
    return PAGE


def route_of(found: str) -> str:
    """Return what a class is called in the log."""
    return ASSET if found == HASHED else found


def cache_control(found: str, status: int) -> str:
    """Return how long an answer of the pages' server may be kept."""
    if found == HASHED and status in (200, 206, 304):
        return IMMUTABLE
    return NO_CACHE if status in (200, 206, 304) else NO_STORE


def policy(found: str, foreign: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy of a class.

    Only the emulator's own login page may have a style inside; on AWS that page is of
    another origin.

    Args:
        found: The class.
        foreign: Origins that pages may call beside their own.
    """
    nothing = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    if found == AUTH:
        return f"{nothing}; form-action 'self'; style-src 'unsafe-inline'"
    if found not in (PAGE, HASHED, ASSET):
        return f"{nothing}; form-action 'none'"
    connect = " ".join(("'self'", *foreign))
    return (
        f"{nothing}; form-action 'self'; script-src 'self'; style-src 'self'"
        f"; img-src 'self' data:; font-src 'self'; manifest-src 'self'"
        f"; connect-src {connect}"
    )


#: On every answer. An address may hold a code, so no path is told to anybody; with
#: `no-referrer`, the login's form would say `Origin: null`, which is refused.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000; includeSubDomains"
#: Ours, or nobody's: what a server behind says of these is not passed on.
HIDDEN = (
    *HEADERS,
    "Access-Control-Allow-Origin", "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers", "Access-Control-Expose-Headers",
    "Access-Control-Max-Age", "Content-Security-Policy", "Server", "X-Powered-By",
    "X-Request-ID",
)  # fmt: skip


def hosts(places: Places) -> tuple[str, ...]:
    """Return the names that are answered to; a foreign one gets 421."""
    name = places.host.rpartition(":")[0] or places.host
    return tuple(dict.fromkeys((name, "localhost", "127.0.0.1")))
