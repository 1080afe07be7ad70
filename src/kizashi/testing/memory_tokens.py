"""Access tokens in memory, for tests; implements `kizashi.ports.tokens`."""

import builtins
import secrets
from collections.abc import Collection
from dataclasses import replace

from kizashi.errors import NotFoundError
from kizashi.ports.tokens import (
    LAST_USED_GRAIN_MS,
    TOKEN_PREFIX,
    IssuedToken,
    Role,
    TokenRecord,
    check_token_request,
    token_digest,
)


class MemoryTokenStore:
    """A token store that forgets everything when it goes."""

    def __init__(self) -> None:
        self._by_digest: dict[str, TokenRecord] = {}

    def create(
        self, name: str, role: Role, *, now_ms: int, expires_ms: int | None = None
    ) -> IssuedToken:
        """Return a new token, as `TokenStore.create` says."""
        check_token_request(name, now_ms=now_ms, expires_ms=expires_ms)
        plaintext = TOKEN_PREFIX + secrets.token_urlsafe(32)
        record = TokenRecord(secrets.token_hex(6), name, role, now_ms, expires_ms, None)
        self._by_digest[token_digest(plaintext)] = record
        return IssuedToken(record, plaintext)

    def list(self) -> builtins.list[TokenRecord]:
        """Return every token, oldest first."""
        return sorted(self._by_digest.values(), key=lambda r: (r.created_ms, r.id))

    def revoke(self, token_id: str) -> TokenRecord:
        """Delete a token and return what it was.

        Raises:
            NotFoundError: If there is no token of this id.
        """
        for digest, record in self._by_digest.items():
            if record.id == token_id:
                return self._by_digest.pop(digest)
        raise NotFoundError(f"there is no token {token_id!r}")

    def authenticate(self, plaintext: str, *, now_ms: int) -> TokenRecord | None:
        """Return the token's record, or None where it is unknown or has expired."""
        digest = token_digest(plaintext)
        record = self._by_digest.get(digest)
        if record is None:
            return None
        if record.expires_ms is not None and record.expires_ms <= now_ms:
            return None
        last = record.last_used_ms
        if last is None or now_ms - last >= LAST_USED_GRAIN_MS:
            self._by_digest[digest] = replace(record, last_used_ms=now_ms)
        return record

    def standing(self, digests: Collection[str], *, now_ms: int) -> frozenset[str]:
        """Return those digests whose tokens are accepted."""
        return frozenset(
            digest
            for digest in digests
            if (record := self._by_digest.get(digest)) is not None
            and (record.expires_ms is None or record.expires_ms > now_ms)
        )
