"""What the inside asks of the place that keeps access tokens."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kizashi.errors import InputError

#: What every token begins with, so that a leaked one is recognised by scanners.
TOKEN_PREFIX = "kz_"  # noqa: S105 - a prefix, not a token
#: How exact `TokenRecord.last_used_ms` is, so that reading does not always write.
LAST_USED_GRAIN_MS = 60_000
_LONGEST_NAME = 100


class Role(StrEnum):
    """What a token may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order viewer, editor, operator, admin, from 1."""
        return list(Role).index(self) + 1

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may."""
        return self.rank >= needed.rank


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token as it is kept: never its secret.

    Attributes:
        id: What the command line and the audit log call it; not secret.
        name: What a person called it.
        role: What it may do.
        created_ms: Unix milliseconds.
        expires_ms: From this time on it is refused; None for never.
        last_used_ms: When it was last accepted, exact to a minute; None for never.
    """

    id: str
    name: str
    role: Role
    created_ms: int
    expires_ms: int | None
    last_used_ms: int | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token. Its plaintext exists here and nowhere else: show it once."""

    record: TokenRecord
    plaintext: str

    def __repr__(self) -> str:
        """Return the record alone, so that no log line shows the token."""
        return f"IssuedToken(record={self.record!r})"


class TokenStore(Protocol):
    """Access tokens. Whatever a method wrote when it returned is durable.

    Calls are synchronous and may come from any thread. Times are Unix milliseconds.
    """

    def create(
        self, name: str, role: Role, *, now_ms: int, expires_ms: int | None = None
    ) -> IssuedToken:
        """Return a new token of 256 random bits.

        Raises:
            InputError: If the name is empty, longer than 100 characters or holds
                control characters, or if expires_ms is not after now_ms.
        """
        ...

    def list(self) -> Sequence[TokenRecord]:
        """Return every token, the expired ones too, oldest first."""
        ...

    def revoke(self, token_id: str) -> TokenRecord:
        """Delete a token and return what it was; it is refused from now on.

        Raises:
            NotFoundError: If there is no token of this id.
        """
        ...

    def authenticate(self, plaintext: str, *, now_ms: int) -> TokenRecord | None:
        """Return the token's record, or None where it is unknown or has expired.

        The time of last use is written at most once a minute.
        """
        ...

    def standing(self, digests: Collection[str], *, now_ms: int) -> frozenset[str]:
        """Return those digests whose tokens are accepted; that counts as no use."""
        ...


def bearer_token(authorization: str) -> str | None:
    """Return the token of ours that a header holds, None where it holds something else.

    Source: RFC 6750, 2.1, "Authorization Request Header Field".
    """
    scheme, _, rest = authorization.strip().partition(" ")
    token = rest.strip()
    is_ours = scheme.lower() == "bearer" and token.startswith(TOKEN_PREFIX)
    return token if is_ours else None


def token_digest(plaintext: str) -> str:
    """Return the SHA-256 of a token in hexadecimal: all that a store may keep.

    A plain hash is enough because a token is 256 random bits: there is no dictionary
    to try, so neither a salt nor a slow hash would add anything.
    """
    return hashlib.sha256(plaintext.encode("utf-8", "surrogatepass")).hexdigest()


def check_token_request(name: str, *, now_ms: int, expires_ms: int | None) -> None:
    """Refuse a name or an expiry that `TokenStore.create` does not allow.

    Raises:
        InputError: As `TokenStore.create` says.
    """
    if not (0 < len(name) <= _LONGEST_NAME and name.isprintable() and name.strip()):
        raise InputError(
            f"token name {name!r}: expected 1 to {_LONGEST_NAME} printable characters"
        )
    if expires_ms is not None and expires_ms <= now_ms:
        raise InputError(
            f"token {name!r} would expire before it exists; expected an expiry in the"
            " future, such as 90d"
        )
