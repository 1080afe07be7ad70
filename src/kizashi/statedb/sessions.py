"""Sessions of browsers in the state database; implements `kizashi.ports.sessions`."""

import contextlib
import hmac
import secrets
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from kizashi.errors import NotFoundError, StoreError
from kizashi.ports.sessions import (
    IDLE_MS,
    LONGEST_AHEAD_MS,
    LONGEST_MS,
    MOST_OF_A_TOKEN,
    SESSION_PREFIX,
    SessionRecord,
)
from kizashi.ports.tokens import LAST_USED_GRAIN_MS, token_digest
from kizashi.statedb.checksums import sound
from kizashi.statedb.database import StateDatabase
from kizashi.statedb.schema import SESSIONS, TOKENS
from kizashi.statedb.tokens import record_of

_SECRET_BYTES = 32


class SqlSessionStore:
    """Sessions of one state database."""

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    def begin(self, token_id: str, *, now_ms: int) -> str:
        """Return the secret of a new session, as `SessionStore.begin` says.

        Sessions that have ended are swept away, and so is the oldest of too many.

        Raises:
            NotFoundError: If there is no token of this id.
            StoreError: If it was not stored.
        """
        plaintext = SESSION_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        with self._database.writing() as connection:
            known = select(TOKENS.c.id).where(TOKENS.c.id == token_id)
            if connection.execute(known).one_or_none() is None:
                raise NotFoundError(f"there is no token {token_id!r}")
            connection.execute(delete(SESSIONS).where(~_stands(now_ms)))
            _make_room(connection, token_id)
            connection.execute(
                insert(SESSIONS).values(
                    digest=token_digest(plaintext),
                    token_id=token_id,
                    created_ms=now_ms,
                    expires_ms=now_ms + LONGEST_MS,
                    last_used_ms=now_ms,
                )
            )
        return plaintext

    def authenticate(self, plaintext: str, *, now_ms: int) -> SessionRecord | None:
        """Return the session, or None where it is unknown or has ended.

        Raises:
            StoreError: If the database cannot be read.
        """
        digest = token_digest(plaintext)
        with self._database.reading() as connection:
            standing = list(_standing(connection, [digest], now_ms))
        # As with tokens, the last word is a comparison in constant time.
        if not standing or not hmac.compare_digest(standing[0][0].digest, digest):
            return None
        session, token = standing[0]
        if session.last_used_ms <= now_ms - LAST_USED_GRAIN_MS:
            self._note_use(digest, now_ms)
        return SessionRecord(digest, record_of(token))

    def end(self, plaintext: str) -> None:
        """End a session; nothing happens where it is unknown or has ended.

        Raises:
            StoreError: If it was not ended.
        """
        digest = token_digest(plaintext)
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))

    def standing(self, digests: Collection[str], *, now_ms: int) -> frozenset[str]:
        """Return those of some sessions that have not ended; that counts as no use.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self._database.reading() as connection:
            found = _standing(connection, digests, now_ms)
            return frozenset(session.digest for session, _ in found)

    def _note_use(self, digest: str, now_ms: int) -> None:
        # A full disk must not lock people out of the screens that tell them of it.
        with contextlib.suppress(StoreError), self._database.writing() as connection:
            connection.execute(
                update(SESSIONS)
                .where(SESSIONS.c.digest == digest, SESSIONS.c.last_used_ms < now_ms)
                .values(last_used_ms=now_ms)
            )


def _make_room(connection: Connection, token_id: str) -> None:
    newest = (
        select(SESSIONS.c.digest)
        .where(SESSIONS.c.token_id == token_id)
        .order_by(SESSIONS.c.created_ms.desc())
        .offset(MOST_OF_A_TOKEN - 1)
    )
    too_many = connection.execute(newest).scalars().all()
    if too_many:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.digest.in_(too_many)))


def _standing(
    connection: Connection, digests: Collection[str], now_ms: int
) -> Iterator[tuple[Row[Any], Row[Any]]]:
    """Yield the sessions that have not ended, each with the row of its token.

    Both are rows as they were written: a damaged one lets nobody in.
    """
    wanted = select(SESSIONS).where(SESSIONS.c.digest.in_(digests), _stands(now_ms))
    sessions = list(sound(connection, SESSIONS, connection.execute(wanted)))
    owners = {session.token_id for session in sessions}
    good = select(TOKENS).where(TOKENS.c.id.in_(owners), _is_good(now_ms))
    tokens = {t.id: t for t in sound(connection, TOKENS, connection.execute(good))}
    for session in sessions:
        if session.token_id in tokens:
            yield session, tokens[session.token_id]


def _stands(now_ms: int) -> ColumnElement[bool]:
    """Return whether a session has neither expired nor been left alone."""
    return and_(
        SESSIONS.c.expires_ms > now_ms,
        SESSIONS.c.last_used_ms > now_ms - IDLE_MS,
        SESSIONS.c.created_ms <= now_ms + LONGEST_AHEAD_MS,
    )


def _is_good(now_ms: int) -> ColumnElement[bool]:
    """Return whether a session's token has not expired."""
    return or_(TOKENS.c.expires_ms.is_(None), TOKENS.c.expires_ms > now_ms)
