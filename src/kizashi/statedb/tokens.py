"""Access tokens in the state database; implements `kizashi.ports.tokens`."""

import builtins
import contextlib
import hmac
import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from kizashi.errors import NotFoundError, StoreError
from kizashi.ports.tokens import (
    LAST_USED_GRAIN_MS,
    TOKEN_PREFIX,
    IssuedToken,
    Role,
    TokenRecord,
    check_token_request,
    token_digest,
)
from kizashi.statedb.checksums import sound
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.schema import SESSIONS, TOKENS

_SECRET_BYTES = 32
_ID_BYTES = 6


class SqlTokenStore:
    """Tokens of one state database."""

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def create(
        self, name: str, role: Role, *, now_ms: int, expires_ms: int | None = None
    ) -> IssuedToken:
        """Return a new token, as `TokenStore.create` says.

        Raises:
            InputError: If the name or the expiry is not allowed.
            StoreError: If it was not stored.
        """
        check_token_request(name, now_ms=now_ms, expires_ms=expires_ms)
        plaintext = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        record = TokenRecord(
            secrets.token_hex(_ID_BYTES), name, role, now_ms, expires_ms, None
        )
        with self._database.writing() as connection:
            connection.execute(
                insert(TOKENS).values(
                    id=record.id,
                    name=name,
                    role=role.value,
                    digest=token_digest(plaintext),
                    created_ms=now_ms,
                    expires_ms=expires_ms,
                )
            )
        return IssuedToken(record, plaintext)

    def list(self) -> builtins.list[TokenRecord]:
        """Return every token, the expired ones too, oldest first."""
        query = select(TOKENS).order_by(TOKENS.c.created_ms, TOKENS.c.id)
        with self._database.reading() as connection:
            rows = sound(connection, TOKENS, connection.execute(query))
            return [record_of(row) for row in rows]

    def revoke(self, token_id: str) -> TokenRecord:
        """Delete a token with its sessions, and return what it was.

        Raises:
            NotFoundError: If there is no token of this id.
            StoreError: If it was not deleted.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                select(TOKENS).where(TOKENS.c.id == token_id)
            ).one_or_none()
            if row is None:
                raise NotFoundError(
                    f"there is no token {token_id!r}; `kizashi token list` shows the ids"
                )
            connection.execute(delete(TOKENS).where(TOKENS.c.id == token_id))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_id == token_id))
            return record_of(row)

    def authenticate(self, plaintext: str, *, now_ms: int) -> TokenRecord | None:
        """Return the token's record, or None where it is unknown or has expired.

        Raises:
            StoreError: If the database cannot be read.
        """
        digest = token_digest(plaintext)
        with self._database.reading() as connection:
            rows = connection.execute(select(TOKENS).where(TOKENS.c.digest == digest))
            row = next(sound(connection, TOKENS, rows), None)
        # The index compares digests, whose timing tells nothing about a token; the
        # last word is a comparison in constant time all the same.
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        record = record_of(row)
        if record.expires_ms is not None and record.expires_ms <= now_ms:
            return None
        self._note_use(record, now_ms)
        return record

    def standing(self, digests: Collection[str], *, now_ms: int) -> frozenset[str]:
        """Return those digests whose tokens are accepted; that counts as no use.

        Raises:
            StoreError: If the database cannot be read.
        """
        good = or_(TOKENS.c.expires_ms.is_(None), TOKENS.c.expires_ms > now_ms)
        query = select(TOKENS.c.digest).where(TOKENS.c.digest.in_(digests), good)
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def _note_use(self, record: TokenRecord, now_ms: int) -> None:
        newest_due = now_ms - LAST_USED_GRAIN_MS
        if record.last_used_ms is not None and record.last_used_ms > newest_due:
            return
        due = or_(TOKENS.c.last_used_ms.is_(None), TOKENS.c.last_used_ms <= newest_due)
        # A full disk must not lock people out of the screens that tell them of it.
        with contextlib.suppress(StoreError), self._database.writing() as connection:
            connection.execute(
                update(TOKENS)
                .where(TOKENS.c.id == record.id, due)
                .values(last_used_ms=now_ms)
            )


def record_of(row: Row[Any]) -> TokenRecord:
    """Return a token as it is kept."""
    return TokenRecord(
        row.id,
        row.name,
        Role(row.role),
        row.created_ms,
        row.expires_ms,
        row.last_used_ms,
    )
