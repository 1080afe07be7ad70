"""What the inside asks of the place that keeps the sessions of browsers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from kizashi.ports.tokens import TOKEN_PREFIX, TokenRecord

#: Begins like a token, so that logs mask one too.
SESSION_PREFIX = f"{TOKEN_PREFIX}s_"
#: A session that nobody uses ends after this long.
IDLE_MS = 12 * 3_600_000
#: A session ends after this long, used or not.
LONGEST_MS = 7 * 86_400_000
#: A session that began later than this from now is none: its clock was wrong, and it
#: would last until that time comes.
LONGEST_AHEAD_MS = 3_600_000
#: Open sessions of one token; beyond it the one that began first ends.
MOST_OF_A_TOKEN = 100


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as it is kept: never its secret.

    Attributes:
        digest: The SHA-256 of its secret, in hexadecimal; names it inside the server.
        token: The token that was signed in with: who acts, and in which role.
    """

    digest: str
    token: TokenRecord


class SessionStore(Protocol):
    """Sessions. Whatever a method wrote when it returned is durable.

    A session ends with its token: by revocation, or when the token expires. Calls are
    synchronous and may come from any thread. Times are Unix milliseconds.
    """

    def begin(self, token_id: str, *, now_ms: int) -> str:
        """Return the secret of a new session, 256 random bits: show it once.

        Raises:
            NotFoundError: If there is no token of this id.
        """
        ...

    def authenticate(self, plaintext: str, *, now_ms: int) -> SessionRecord | None:
        """Return the session, or None where it is unknown or has ended.

        The time of last use is written at most once a minute.
        """
        ...

    def end(self, plaintext: str) -> None:
        """End a session; nothing happens where it is unknown or has ended."""
        ...

    def standing(self, digests: Collection[str], *, now_ms: int) -> frozenset[str]:
        """Return those of some sessions that have not ended; that counts as no use."""
        ...
