"""What Cognito does at a renewal and the emulator does not.

A refreshed token keeps the time at which the person signed in (`auth_time`) and their
groups, and only the client that the refresh token was made for gets one. The refresh
token holds that time; the emulator makes it after the others, which may be a second
later, so those are made to agree. Each private name that is patched here is asserted, so
that a new version fails loudly.
"""

import base64
import json
import time
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

_PATCHED = (
    "_oauth2_token",
    "_signed_jwt",
    "_signature_valid",
    "_get_pool_unscoped",
    "_oauth2_error",
)
Answer = tuple[int, dict[str, str], bytes]


def require(cognito: ModuleType, names: Iterable[str]) -> None:
    """Refuse a version of the emulator that lacks private names.

    Raises:
        RuntimeError: Naming those that are missing.
    """
    missing = [name for name in names if not hasattr(cognito, name)]
    if missing:
        raise RuntimeError(f"this emulator has no {', '.join(missing)}; mend anew")


def mend_renewal(cognito: ModuleType) -> None:
    """Make renewals behave as Cognito's.

    Raises:
        RuntimeError: If this version of the emulator lacks a function that is mended.
    """
    require(cognito, _PATCHED)
    answer: Callable[..., Answer] = cognito._oauth2_token  # noqa: SLF001

    def token(
        data: object, query: object, raw_body: bytes = b"", headers: object = None
    ) -> Answer:
        form = {
            name: values[0]
            for name, values in parse_qs(raw_body.decode("utf-8", "replace")).items()
        }
        if form.get("grant_type") == "authorization_code":
            return _signed_in(cognito, answer(data, query, raw_body, headers))
        if form.get("grant_type") != "refresh_token":
            return answer(data, query, raw_body, headers)
        refresh = form.get("refresh_token", "")
        claims = claims_of(refresh)
        if not _is_good(cognito, refresh, claims, form.get("client_id")):
            refused: Answer = cognito._oauth2_error(  # noqa: SLF001
                "invalid_grant", "Invalid refresh token."
            )
            return refused
        status, sent, body = answer(data, query, raw_body, headers)
        if status != 200:  # noqa: PLR2004 - as the emulator writes it
            return status, sent, body
        return status, sent, _restamped(cognito, claims, body)

    cognito._oauth2_token = token  # type: ignore[attr-defined] # noqa: SLF001


def claims_of(token: str) -> dict[str, Any]:
    """Return a token's claims, unverified; none where it is no token."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _is_good(
    cognito: ModuleType, refresh: str, claims: dict[str, Any], client_id: str | None
) -> bool:
    return (
        claims.get("token_use") == "refresh"
        and (client_id is None or claims.get("client_id") == client_id)
        and claims.get("exp", 0) > time.time()
        and bool(cognito._signature_valid(refresh))  # noqa: SLF001
    )


def _signed_in(cognito: ModuleType, answer: Answer) -> Answer:
    """Return the answer to a sign-in with the time that its renewals will have."""
    status, sent, body = answer
    if status != 200:  # noqa: PLR2004 - as the emulator writes it
        return answer
    refresh = claims_of(json.loads(body).get("refresh_token", ""))
    return (status, sent, _restamped(cognito, refresh, body)) if refresh else answer


def _restamped(cognito: ModuleType, refresh: dict[str, Any], body: bytes) -> bytes:
    """Return the answer with sign-in time and groups in its tokens, signed again."""
    document = json.loads(body)
    pool_id = str(refresh["iss"]).rsplit("/", 1)[-1]
    pool = cognito._get_pool_unscoped(pool_id) or {}  # noqa: SLF001
    for name, use in (("access_token", "access"), ("id_token", "id")):
        if name not in document:
            continue
        claims = claims_of(document[name])
        user = claims.get("username") or claims.get("cognito:username")
        groups = pool.get("_users", {}).get(user, {}).get("_groups", [])
        claims["auth_time"] = refresh["iat"]
        if groups:
            claims["cognito:groups"] = list(groups)
        document[name] = cognito._signed_jwt(claims, pool_id, use)  # noqa: SLF001
    return json.dumps(document).encode()
