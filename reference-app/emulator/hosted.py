"""What Cognito's hosted pages and endpoints do and the emulator's do not.

`POST /oauth2/revoke`, `GET /login`, `prompt=none`, signing out to the login page, and
the revocation endpoint in the discovery document.

Source: Amazon Cognito developer guide, "User pool endpoints and managed login
reference".
"""

import json
from collections.abc import Callable
from types import ModuleType
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.renewal import Answer, claims_of, require

_PATCHED = (
    "_find_pool_by_client_id",
    "_oauth2_error",
    "_revoke_token",
    "_signature_valid",
    "well_known_openid_configuration",
)
_LONGEST_FORM = 16_384


def mend_discovery(cognito: ModuleType) -> None:
    """Name the revocation endpoint in the discovery document.

    Raises:
        RuntimeError: If this version of the emulator lacks a function that is used.
    """
    require(cognito, _PATCHED)
    described: Callable[..., Answer] = cognito.well_known_openid_configuration

    def describe(*place: object) -> Answer:
        status, headers, body = described(*place)
        document = json.loads(body)
        token = str(document["token_endpoint"])
        document["revocation_endpoint"] = token.removesuffix("token") + "revoke"
        return status, headers, json.dumps(document).encode()

    cognito.well_known_openid_configuration = describe  # type: ignore[attr-defined]


class HostedPages:
    """Answers what the emulator does not, and passes on the rest.

    Args:
        app: The emulator.
        cognito: Its Cognito.
    """

    def __init__(self, app: ASGIApp, cognito: ModuleType) -> None:
        self._app = app
        self._cognito = cognito

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == "http":
            request = Request(scope, receive)
            match request.method, request.url.path:
                case "POST", "/oauth2/revoke":
                    answer = await self._revoke(request)
                    await answer(scope, receive, send)
                    return
                case "GET", "/oauth2/authorize" | "/login":
                    scope = self._login(request)
                    if request.query_params.get("prompt") == "none":
                        await self._not_signed_in(request)(scope, receive, send)
                        return
                case "GET", "/logout" if "logout_uri" not in request.query_params:
                    if {"redirect_uri", "response_type"} <= request.query_params.keys():
                        there = f"/login?{request.url.query}"
                        await RedirectResponse(there, 302)(scope, receive, send)
                        return
        await self._app(scope, receive, send)

    async def _revoke(self, request: Request) -> Response:
        """Revoke a refresh token, and with it what was made from it."""
        body = await request.body()
        if len(body) > _LONGEST_FORM:
            return self._refused("invalid_request", "The form is too long.")
        form = {k: v[0] for k, v in parse_qs(body.decode("utf-8", "replace")).items()}
        token = form.get("token", "")
        # A token that is none is revoked already (RFC 7009, section 2.2).
        is_whole = bool(claims_of(token)) and self._cognito._signature_valid(token)  # noqa: SLF001
        objection = self._objection(token, form.get("client_id", ""), is_whole=is_whole)
        if objection is not None:
            return self._refused(*objection)
        if is_whole:
            self._cognito._revoke_token({"Token": token})  # noqa: SLF001
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    def _objection(
        self, token: str, client_id: str, *, is_whole: bool
    ) -> tuple[str, str] | None:
        """Return why a token is not revoked: an error and its description."""
        if not token:
            return "invalid_request", "A token is required."
        _, _, client = self._cognito._find_pool_by_client_id(client_id)  # noqa: SLF001
        if not client:
            return "invalid_client", "The client is not known."
        if not client.get("EnableTokenRevocation", True):
            return "invalid_request", "Revocation is not enabled."
        claims = claims_of(token)
        if claims.get("token_use") in {"access", "id"}:
            return "unsupported_token_type", "A refresh token is expected."
        if is_whole and claims.get("client_id") != client_id:
            return "unauthorized_client", "It is another client's token."
        return None

    @staticmethod
    def _login(request: Request) -> Scope:
        """Return the request for the page on which people sign in."""
        return {**request.scope, "path": "/oauth2/authorize"}

    def _not_signed_in(self, request: Request) -> Response:
        """Answer that nobody is signed in: there is no session at the emulator's."""
        asked = request.query_params
        client_id, there = asked.get("client_id", ""), asked.get("redirect_uri", "")
        _, _, client = self._cognito._find_pool_by_client_id(client_id)  # noqa: SLF001
        if not client or there not in client.get("CallbackURLs", []):
            return self._refused("invalid_request", "redirect_uri is not allowed.")
        told = {"error": "login_required"}
        if "state" in asked:
            told["state"] = asked["state"]
        return RedirectResponse(f"{there}?{urlencode(told)}", 302)

    def _refused(self, error: str, why: str) -> Response:
        status, headers, body = self._cognito._oauth2_error(error, why)  # noqa: SLF001
        return Response(body, status, headers)
