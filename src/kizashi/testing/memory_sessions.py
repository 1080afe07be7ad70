"""Sessions in memory, for tests; implements `kizashi.ports.sessions`."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from kizashi.errors import NotFoundError
from kizashi.ports.sessions import (
    IDLE_MS,
    LONGEST_AHEAD_MS,
    LONGEST_MS,
    MOST_OF_A_TOKEN,
    SESSION_PREFIX,
    SessionRecord,
)
from kizashi.ports.tokens import (
    LAST_USED_GRAIN_MS,
    TokenRecord,
    TokenStore,
    token_digest,
)


@dataclass(slots=True)
class _Kept:
    token_id: str
    created_ms: int
    used_ms: int


class MemorySessionStore:
    """A session store that forgets everything when it goes."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens
        self._kept: dict[str, _Kept] = {}

    def begin(self, token_id: str, *, now_ms: int) -> str:
        """Return the secret of a new session.

        Raises:
            NotFoundError: If there is no token of this id.
        """
        if all(token.id != token_id for token in self._tokens.list()):
            raise NotFoundError(f"there is no token {token_id!r}")
        plaintext = SESSION_PREFIX + secrets.token_urlsafe(32)
        self._kept[token_digest(plaintext)] = _Kept(token_id, now_ms, now_ms)
        own = [d for d, k in self._kept.items() if k.token_id == token_id]
        for digest in own[:-MOST_OF_A_TOKEN]:
            del self._kept[digest]
        return plaintext

    def authenticate(self, plaintext: str, *, now_ms: int) -> SessionRecord | None:
        """Return the session, or None where it is unknown or has ended."""
        digest = token_digest(plaintext)
        token = self._token_of(digest, now_ms)
        if token is None:
            return None
        kept = self._kept[digest]
        if kept.used_ms <= now_ms - LAST_USED_GRAIN_MS:
            kept.used_ms = now_ms
        return SessionRecord(digest, token)

    def end(self, plaintext: str) -> None:
        """End a session."""
        self._kept.pop(token_digest(plaintext), None)

    def standing(self, digests: Collection[str], *, now_ms: int) -> frozenset[str]:
        """Return those of some sessions that have not ended."""
        return frozenset(d for d in digests if self._token_of(d, now_ms) is not None)

    def _token_of(self, digest: str, now_ms: int) -> TokenRecord | None:
        kept = self._kept.get(digest)
        if kept is None or kept.created_ms > now_ms + LONGEST_AHEAD_MS:
            return None
        if now_ms >= min(kept.created_ms + LONGEST_MS, kept.used_ms + IDLE_MS):
            return None
        for token in self._tokens.list():
            if token.id == kept.token_id:
                is_good = token.expires_ms is None or token.expires_ms > now_ms
                return token if is_good else None
        return None
