"""Who is let in: by a token, or as a reader on this machine."""

import contextlib
import logging
from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kizashi.api._base import READING, Access, ApiServices, RequestError, Route
from kizashi.errors import StoreError
from kizashi.ports.tokens import TokenRecord

#: A proxy in front makes a foreign reader look like one of this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
_log = logging.getLogger(__name__)


async def admit(
    request: Request, route: Route, services: ApiServices
) -> TokenRecord | None:
    """Return whose token a request of a program brings, None where it needs none.

    Raises:
        RequestError: If the caller is nobody we know (401) or may not do it (403).
    """
    if route.access.role is None:
        return None
    return await let_in(request, route.access, services, bearer_of(request))


def bearer_of(request: Request) -> str | None:
    """Return the token of the Authorization header, None without that header.

    Raises:
        RequestError: If the header holds something else (401).
    """
    given = request.headers.getlist("authorization")
    if not given:
        return None
    scheme, _, plaintext = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise _unauthorized("api.error.token_missing")
    return plaintext.strip()


async def let_in(
    request: Request, access: Access, services: ApiServices, plaintext: str | None
) -> TokenRecord | None:
    """Return whose token it is, None for a caller who needs none.

    Args:
        request: What is asked.
        access: Who may ask it.
        services: The tokens, and whether reading is open.
        plaintext: The token that was brought; None where none was.

    Raises:
        RequestError: If the caller is nobody we know (401) or may not do it (403).
    """
    needed = access.role
    if plaintext is None:
        is_local = services.listen_is_loopback and not any(
            name in request.headers for name in _FORWARDED
        )
        is_reading = request.method in READING and access is Access.VIEWER
        if needed is None or (is_local and is_reading):
            return None
        raise _unauthorized("api.error.token_missing")
    now_ms = services.clock.now_ms()
    with store_errors():
        record = await run_in_threadpool(
            lambda: services.tokens.authenticate(plaintext, now_ms=now_ms)
        )
    if record is None:
        raise _unauthorized("api.error.token_unknown")
    if needed is not None and not record.role.covers(needed):
        raise RequestError(
            403, "api.error.role_too_low", role=record.role.value, needed=needed.value
        )
    return record


def _unauthorized(code: str) -> RequestError:
    # RFC 6750, 3: a request without credentials gets no error code in the challenge.
    error = ', error="invalid_token"' if code == "api.error.token_unknown" else ""
    challenge = {"www-authenticate": f'Bearer realm="kizashi"{error}'}
    return RequestError(401, code, headers=challenge)


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Turn a failure of the state database into an answer.

    Raises:
        RequestError: If it failed (503); the log says why.
    """
    try:
        yield
    except StoreError as error:
        _log.exception("the state database failed")
        raise RequestError(503, "api.error.store_unavailable") from error
