"""Who a browser is: a cookie that holds its token, and forms that only it can send.

The cookie holds the access token itself, out of reach of scripts and of other sites.
So a token that is revoked or expires ends every session at once, a restart ends none,
and there is no second secret to keep. Beside the origin check of every write, a form
carries a proof that whoever drew it knew the cookie.
"""

import base64
import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "kizashi_token"
LANGUAGE_COOKIE = "kizashi_language"
THEME_COOKIE = "kizashi_theme"
ZONE_COOKIE = "kizashi_zone"
_SALT_BYTES = 16
_YEAR_S = 31_536_000


def token_of(request: Request) -> str | None:
    """Return the token of a browser's cookie, None without one."""
    return request.cookies.get(COOKIE) or None


def remember_token(request: Request, answer: Response, plaintext: str) -> None:
    """Let a browser keep a token until it is closed or signs out."""
    answer.set_cookie(
        COOKIE,
        plaintext,
        path="/",
        httponly=True,
        samesite="strict",
        secure=_is_encrypted(request),
    )


def forget_token(answer: Response) -> None:
    """Let a browser forget its token."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def remember_choice(answer: Response, cookie: str, value: str) -> None:
    """Let a browser keep a choice of its reader for a year."""
    answer.set_cookie(
        cookie, value, max_age=_YEAR_S, path="/", httponly=True, samesite="lax"
    )


def _is_encrypted(request: Request) -> bool:
    # TLS may end at a proxy in front of us; the browser's Origin tells what it sees.
    origin = request.headers.get("origin", "")
    return request.url.scheme == "https" or origin.startswith("https://")


def form_proof(token: str | None) -> str:
    """Return what a form carries; another one each time, against guessing by length.

    Source: OWASP, Cross-Site Request Forgery Prevention, "Signed Double-Submit
    Cookie"; the salt keeps compressed pages from leaking it (BREACH).
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.urlsafe_b64encode(salt + _proof(token, salt)).decode("ascii")


def is_proof(given: str, token: str | None) -> bool:
    """Return whether a form was drawn for whoever holds this token."""
    try:
        raw = base64.urlsafe_b64decode(given.encode("ascii"))
    except ValueError:
        return False
    salt, proof = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
    return hmac.compare_digest(proof, _proof(token, salt))


def _proof(token: str | None, salt: bytes) -> bytes:
    key = hashlib.sha256(f"kizashi form {token or ''}".encode()).digest()
    return hmac.new(key, salt, hashlib.sha256).digest()
