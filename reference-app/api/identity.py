"""Who calls: a person by a Cognito access token, or a guest by one of ours.

Signatures are checked against the issuer's published keys (JWKS), which are kept, and
fetched again when they are old or a token names one that is unknown, at most every two
seconds. While the issuer cannot be reached the keys that are known go on being used.
"""

import asyncio
import json
import secrets
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from api.callers import Caller, IssuerError, NotAllowedError
from api.tasks import Owner

#: How far clocks may differ.
LEEWAY_S = 30
GUEST_LIFE = timedelta(hours=24)
GUEST_TASKS = 20
_GUEST_ISSUER = "todo-api"
_FRESH_S = 3600.0
_REFETCH_S = 2.0
_LONGEST = 8192
#: Tokens remembered; the one that was used longest ago is forgotten first.
_MOST_VERIFIED = 5000


class Keys:
    """The issuer's keys, kept.

    Args:
        fetch: Returns the JWKS document; raises OSError if it cannot.
        timer: Seconds from any origin.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[bytes]], timer: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._timer = timer
        self._published: dict[str, Any] = {}
        self._keys: dict[str, KeySet] = {}
        self._fetched_s = float("-inf")
        self._tried_s = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> KeySet:
        """Return the key of that id: the same object for as long as it is the same key.

        Raises:
            NotAllowedError: If the issuer has no such key.
            IssuerError: If no keys are known and none can be fetched.
        """
        is_old = self._timer() - self._fetched_s > _FRESH_S
        if is_old or key_id not in self._keys:
            await self._refetch()
        if not self._keys:
            raise IssuerError("the issuer's keys cannot be fetched")
        if key_id not in self._keys:
            raise NotAllowedError("the token is signed with a key that is not known")
        return self._keys[key_id]

    async def _refetch(self) -> None:
        async with self._lock:
            if self._timer() - self._tried_s < _REFETCH_S:
                return
            self._tried_s = self._timer()
            try:
                document = json.loads(await self._fetch())
                published = {key["kid"]: key for key in document["keys"]}
                self._keys = {
                    key_id: self._keys[key_id]
                    if self._published.get(key_id) == key
                    else KeySet.import_key_set({"keys": [key]})
                    for key_id, key in published.items()
                }
                self._published = published
            except (OSError, ValueError, KeyError, TypeError, JoseError):
                return  # the keys that are known go on being used
            self._fetched_s = self._timer()


@dataclass(frozen=True, slots=True)
class _Verified:
    """The claims of a token whose signature was good under a key."""

    key: KeySet
    claims: dict[str, Any]


class Tokens:
    """Checks access tokens of one app client, and guests' tokens.

    Args:
        issuer: The pool's URL, as tokens name it.
        client_id: The app client.
        keys: The pool's keys.
        guest_key: Signs guests' tokens; every replica needs the same.
    """

    def __init__(
        self, issuer: str, client_id: str, keys: Keys, guest_key: bytes
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._guest_key = OctKey.import_key(guest_key)
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    def new_guest(self, now: datetime) -> tuple[str, datetime]:
        """Return a token for a new guest, and when it ends."""
        ends = now + GUEST_LIFE
        claims = {
            "iss": _GUEST_ISSUER,
            "sub": f"guest-{secrets.token_hex(16)}",
            "scope": "guest",
            "iat": int(now.timestamp()),
            "exp": int(ends.timestamp()),
        }
        return jwt.encode({"alg": "HS256"}, claims, self._guest_key), ends

    async def __call__(self, token: str | None, now: datetime) -> Caller:
        """Return the caller that the token stands for."""
        if not token:
            raise NotAllowedError("a bearer token is needed: sign in, or POST /guest")
        if len(token) > _LONGEST:
            raise NotAllowedError("the token is too long")
        header, claims = _parts(token)
        try:
            if claims.get("iss") == _GUEST_ISSUER:
                return self._guest(token, now)
            return await self._person(token, header, now)
        except (JoseError, ValueError) as error:
            raise NotAllowedError(f"the token is not good: {error}") from None

    def _guest(self, token: str, now: datetime) -> Caller:
        claims = jwt.decode(token, self._guest_key, algorithms=["HS256"]).claims
        _check(claims, now, {"scope": "guest"})
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        owner = Owner(claims["sub"], max_tasks=GUEST_TASKS, keeps_until=ends)
        return Caller(owner, rate=5, burst=20)

    async def _person(
        self, token: str, header: Mapping[str, Any], now: datetime
    ) -> Caller:
        key = await self._keys.find(str(header.get("kid", "")))
        claims = self._claims(token, key)
        # Cognito's access tokens have no audience; they name the client.
        expected = {
            "iss": self._issuer,
            "client_id": self._client_id,
            "token_use": "access",
        }
        _check(claims, now, expected)
        return Caller(Owner(claims["sub"]), rate=50, burst=100)

    def _claims(self, token: str, key: KeySet) -> dict[str, Any]:
        """Return the claims of a token that the key signed.

        A signature is checked once for as long as the issuer publishes its key, which
        takes a tenth of a request's time; times and names are checked always.
        """
        digest = sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None or known.key is not key:
            claims = jwt.decode(token, key, algorithms=["RS256"]).claims
            known = self._verified[digest] = _Verified(key, claims)
            if len(self._verified) > _MOST_VERIFIED:
                self._verified.popitem(last=False)
        self._verified.move_to_end(digest)
        return known.claims


def _check(claims: dict[str, Any], now: datetime, expected: dict[str, str]) -> None:
    values: dict[str, Any] = {
        name: {"essential": True, "value": value} for name, value in expected.items()
    }
    essential = {name: {"essential": True} for name in ("exp", "iat", "sub")}
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()), leeway=LEEWAY_S, **values, **essential
    )
    registry.validate(claims)
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise ValueError("it names no subject")


def _parts(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return header and claims, unverified: they decide which key is asked only."""
    try:
        first, second, _ = token.split(".")
        header, claims = (json.loads(_decoded(part)) for part in (first, second))
    except (ValueError, RecursionError):
        raise NotAllowedError("the token is no JSON Web Token") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise NotAllowedError("the token is no JSON Web Token")
    return header, claims


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
