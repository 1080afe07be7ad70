"""Who is let in: by a token, or as a reader on this machine."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request

from kizashi.api._base import READING, Access, ApiRoute, ApiServices, RequestError
from kizashi.errors import StoreError
from kizashi.ports.clock import Clock
from kizashi.ports.sessions import SessionStore
from kizashi.ports.tokens import TokenRecord, TokenStore, bearer_token, token_digest

#: For callers whose proxy keeps the Authorization header for itself.
TOKEN_HEADER = "x-kizashi-token"  # noqa: S105 - a name, not a token
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller shows to be let in: an access token, or a browser's session."""

    plaintext: str = field(repr=False)
    is_session: bool = False

    @property
    def digest(self) -> str:
        """What stores know it by; not secret."""
        return token_digest(self.plaintext)


async def admit(
    request: Request, route: ApiRoute, services: ApiServices
) -> TokenRecord | None:
    """Return whose token a request of a program brings, None where it needs none.

    Raises:
        RequestError: If the caller is nobody we know (401) or may not do it (403).
    """
    if route.access.role is None:
        return None
    bearer = bearer_of(request.headers)
    shown = None if bearer is None else Credential(bearer)
    return await let_in(request, route.access, services, shown)


async def may_read(request: Request, services: ApiServices) -> bool:
    """Return whether the caller of a public route could read what is not public."""
    try:
        bearer = bearer_of(request.headers)
        shown = None if bearer is None else Credential(bearer)
        await let_in(request, Access.VIEWER, services, shown)
    except RequestError:
        return False
    return True


def bearer_of(headers: Headers) -> str | None:
    """Return the token that a header holds, None without one.

    Where our own header is there, Authorization belongs to a proxy; so does whatever
    is in it that does not begin as our tokens do: names and passwords, tickets, and
    tokens of somebody else. Who sends a header twice is not understood: that is the
    empty token, which is refused as any wrong one.
    """
    own = headers.getlist(TOKEN_HEADER)
    if own:
        return own[0].strip() if len(own) == 1 else ""
    given = headers.getlist("authorization")
    ours = [token for token in map(bearer_token, given) if token is not None]
    if not ours:
        return None
    return ours[0] if len(given) == 1 else ""


async def let_in(
    request: Request, access: Access, services: ApiServices, shown: Credential | None
) -> TokenRecord | None:
    """Return whose token it is, None for a caller who needs none.

    A session that has ended counts as none; a token that is wrong is refused even
    where none is needed.

    Args:
        request: What is asked.
        access: Who may ask it.
        services: The tokens, and whether reading is open.
        shown: What the caller shows; None where nothing.

    Raises:
        RequestError: If the caller is nobody we know (401) or may not do it (403).
    """
    needed = access.role
    record = None if shown is None else await _record_of(shown, services)
    if record is None and (shown is None or shown.is_session):
        is_reading = request.method in READING and access is Access.VIEWER
        if needed is None or (request.state.is_local and is_reading):
            return None
        ended = "api.error.session_ended"
        raise _unauthorized("api.error.token_missing" if shown is None else ended)
    if record is None:
        services.refused(address_of(request))
        raise _unauthorized("api.error.token_unknown")
    if needed is not None and not record.role.covers(needed):
        raise RequestError(
            403, "api.error.role_too_low", role=record.role.value, needed=needed.value
        )
    return record


def standing(
    tokens: TokenStore,
    sessions: SessionStore,
    clock: Clock,
    needs_token: Callable[[], bool],
) -> Callable[[frozenset[str]], Awaitable[frozenset[str]]]:
    """Return what says which readers may go on now, by the digests of what they showed.

    Those who showed nothing, the empty digest, may where reading is open.
    """

    async def look(holders: frozenset[str]) -> frozenset[str]:
        now_ms, shown = clock.now_ms(), holders - {""}
        still: frozenset[str] = frozenset()
        if shown:
            still = await run_in_threadpool(
                lambda: (
                    tokens.standing(shown, now_ms=now_ms)
                    | sessions.standing(shown, now_ms=now_ms)
                )
            )
        return still if needs_token() else still | (holders - shown)

    return look


async def _record_of(shown: Credential, services: ApiServices) -> TokenRecord | None:
    """Return the token that a caller acts with, None where it is not accepted."""
    now_ms = services.clock.now_ms()

    def look() -> TokenRecord | None:
        if not shown.is_session:
            return services.tokens.authenticate(shown.plaintext, now_ms=now_ms)
        record = services.sessions.authenticate(shown.plaintext, now_ms=now_ms)
        return None if record is None else record.token

    with store_errors():
        return await run_in_threadpool(look)


def address_of(request: Request) -> str:
    """Return a caller's address, as far as it is known."""
    return "" if request.client is None else request.client.host


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
