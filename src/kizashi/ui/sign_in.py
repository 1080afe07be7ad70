"""Signing in with an access token, and out again."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from kizashi.api._base import ApiServices
from kizashi.api.admission import Credential, address_of
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import PageContext
from kizashi.ui.parts.session import carried


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInContext(PageContext):
    """What the page to sign in shows: whether that failed, and where to go next."""

    has_failed: bool
    next_url: str


async def show(ask: Ask) -> SignInContext:
    """Return what the page shows."""
    return SignInContext(
        has_failed=ask.query.get("failed") == "1",
        next_url=own_path(ask.query.get("next", "/")),
    )


async def sign_in(ask: Ask, fields: Mapping[str, str]) -> str:
    """Begin a session for a token that is good; return where to go."""
    plaintext = fields.get("token", "").strip()
    services = ask.services.api
    now_ms = services.clock.now_ms()
    former = None if ask.request is None else carried(ask.request, ask.outside)

    def begin() -> str | None:
        record = services.tokens.authenticate(plaintext, now_ms=now_ms)
        if record is None:
            return None
        _end(services, former)
        return services.sessions.begin(record.id, now_ms=now_ms)

    session = await run_in_threadpool(begin)
    if session is None or ask.request is None:
        if plaintext and ask.request is not None:
            services.refused(address_of(ask.request))
        return "/sign-in?failed=1"
    ask.request.state.session = session
    return own_path(fields.get("next", "/"))


async def sign_out(ask: Ask, fields: Mapping[str, str]) -> str:  # noqa: ARG001
    """End the session, and let the browser forget it."""
    if ask.request is not None:
        shown = carried(ask.request, ask.outside)
        await run_in_threadpool(_end, ask.services.api, shown)
        ask.request.state.session = ""
    return "/sign-in"


def _end(services: ApiServices, shown: Credential | None) -> None:
    if shown is not None and shown.is_session:
        services.sessions.end(shown.plaintext)


def own_path(given: str) -> str:
    """Return a path of this server; its first page for anything else."""
    is_own = given.startswith("/") and not given.startswith(("//", "/\\"))
    return given if is_own and given.isprintable() and "\\" not in given else "/"
