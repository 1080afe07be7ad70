"""Who a browser is: a cookie that names its session, and forms that only it can send.

The cookie holds a random secret that names a session in the state database, never the
access token: one who reads it, a server at another port of the same host for example,
has no more than the session, which ends with its sign-out, with its token, and by
itself. Beside the origin check of every write, a form carries a proof that it
was drawn by one who knew the cookie.
"""

import base64
import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from kizashi.api.admission import Credential, bearer_of
from kizashi.model.outside import Outside

COOKIE = "kizashi_session"
LANGUAGE_COOKIE = "kizashi_language"
THEME_COOKIE = "kizashi_theme"
ZONE_COOKIE = "kizashi_zone"
#: It held the access token itself, once.
_FORMER_COOKIE = "kizashi_token"
_SALT_BYTES = 16
_YEAR_S = 31_536_000


def cookie_name(outside: Outside) -> str:
    """Return what the cookie of a session is called.

    Over TLS its prefix binds it: another host of the same site cannot set it, nor can
    an answer without TLS. ``__Host-`` would give it to every path of the host, and
    what runs at another path may belong to somebody else.

    Source: RFC 6265bis, 4.1.3, "Cookie Name Prefixes".
    """
    if not outside.is_encrypted:
        return COOKIE
    return f"__Secure-{COOKIE}" if outside.path else f"__Host-{COOKIE}"


def carried(request: Request, outside: Outside) -> Credential | None:
    """Return what a request shows: a token of ours by header, or a session by cookie.

    What else Authorization holds is a proxy's, and hides no session.
    """
    bearer = bearer_of(request.headers)
    if bearer is not None:
        return Credential(bearer)
    session = request.cookies.get(cookie_name(outside))
    return Credential(session, is_session=True) if session else None


def remember_session(
    request: Request, answer: Response, plaintext: str, outside: Outside
) -> None:
    """Let a browser keep a session until it is closed or signs out."""
    answer.set_cookie(
        cookie_name(outside),
        plaintext,
        path=outside.path or "/",
        httponly=True,
        samesite="strict",
        secure=outside.is_encrypted or _is_encrypted(request),
    )
    if _FORMER_COOKIE in request.cookies:
        answer.delete_cookie(_FORMER_COOKIE, path="/", httponly=True, samesite="strict")


def forget_session(answer: Response, outside: Outside) -> None:
    """Let a browser forget its session."""
    answer.delete_cookie(
        cookie_name(outside),
        path=outside.path or "/",
        # A browser ignores a prefixed cookie that does not claim what its prefix says.
        secure=outside.is_encrypted,
        httponly=True,
        samesite="strict",
    )


def remember_choice(
    answer: Response, cookie: str, value: str, outside: Outside
) -> None:
    """Let a browser keep a choice of its reader for a year."""
    answer.set_cookie(
        cookie,
        value,
        max_age=_YEAR_S,
        path=outside.path or "/",
        httponly=True,
        samesite="lax",
    )


def _is_encrypted(request: Request) -> bool:
    # TLS may end at a proxy in front of us; the browser's Origin tells what it sees.
    origin = request.headers.get("origin", "")
    return request.url.scheme == "https" or origin.startswith("https://")


def form_proof(shown: Credential | None) -> str:
    """Return what a form carries; another one each time, against guessing by length.

    Source: OWASP, Cross-Site Request Forgery Prevention, "Signed Double-Submit
    Cookie"; the salt keeps compressed pages from leaking it (BREACH).
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.urlsafe_b64encode(salt + _proof(shown, salt)).decode("ascii")


def is_proof(given: str, shown: Credential | None) -> bool:
    """Return whether a form was drawn for the one who shows this."""
    try:
        raw = base64.urlsafe_b64decode(given.encode("ascii"))
    except ValueError:
        return False
    salt, proof = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
    return hmac.compare_digest(proof, _proof(shown, salt))


def _proof(shown: Credential | None, salt: bytes) -> bytes:
    secret = "" if shown is None else shown.plaintext
    key = hashlib.sha256(f"kizashi form {secret}".encode()).digest()
    return hmac.new(key, salt, hashlib.sha256).digest()
