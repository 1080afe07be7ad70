"""Signing in with an access token, and out again."""

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool

from kizashi.ui._base import Ask


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    return {
        "failed": ask.query.get("failed") == "1",
        "next_url": own_path(ask.query.get("next", "/")),
    }


async def sign_in(ask: Ask, fields: Mapping[str, str]) -> str:
    """Let the browser keep a token that is good; return where to go."""
    plaintext = fields.get("token", "").strip()
    services = ask.services.api
    now_ms = services.clock.now_ms()
    record = await run_in_threadpool(
        lambda: services.tokens.authenticate(plaintext, now_ms=now_ms)
    )
    if record is None or ask.request is None:
        return "/sign-in?failed=1"
    ask.request.state.token = plaintext
    return own_path(fields.get("next", "/"))


async def sign_out(ask: Ask, fields: Mapping[str, str]) -> str:  # noqa: ARG001
    """Let the browser forget its token."""
    if ask.request is not None:
        ask.request.state.token = ""
    return "/sign-in"


def own_path(given: str) -> str:
    """Return a path of this server; its first page for anything else."""
    is_own = given.startswith("/") and not given.startswith(("//", "/\\"))
    return given if is_own and given.isprintable() and "\\" not in given else "/"
