"""What every kind of place shares: credentials, trying again, and words of others."""

import errno
import os
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import TypeVar

from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.errors import PushError
from kizashi.ports.clock import Clock
from kizashi.ports.destination import Document

MOST_ATTEMPTS = 5
_FIRST_WAIT_S = 0.5
#: A server that asks for more patience than this is told apart from a slow one.
LONGEST_WAIT_S = 30.0
_LONGEST_ANSWER = 300

#: Worth another attempt: too many requests, and what a proxy or a restart says.
RETRYABLE = frozenset({429, 500, 502, 503, 504})
UNAUTHORIZED = frozenset({401, 403})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who pushes.

    Attributes:
        token: A bearer token, or the password of `user`; empty for none.
        user: The name of basic authentication; empty for a bearer token.
        tenant: The tenant of a server that has several; empty for none.
    """

    token: str = field(default="", repr=False)
    user: str = ""
    tenant: str = ""

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that say so."""
        found = {}
        if self.tenant:
            found["X-Scope-OrgID"] = self.tenant
        if self.user:
            pair = b64encode(f"{self.user}:{self.token}".encode()).decode()
            found["Authorization"] = f"Basic {pair}"
        elif self.token:
            found["Authorization"] = f"Bearer {self.token}"
        return found


class TryAgainError(Exception):
    """An attempt failed in a way that may pass; `problem` is said if it does not."""

    def __init__(self, problem: PushError, asked_s: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.asked_s = asked_s


async def persistently(attempt: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Return what an attempt returns, tried again while its failure may pass.

    Waits half a second, then twice as long each time, or as long as the server asks.

    Args:
        attempt: Raises TryAgainError where another attempt may go better.
        clock: What waits.

    Raises:
        PushError: If it fails for good, or as often as is reasonable.
    """
    wait_s = _FIRST_WAIT_S
    for _ in range(MOST_ATTEMPTS - 1):
        try:
            return await attempt()
        except TryAgainError as again:
            asked_s = again.asked_s
            if asked_s is not None and asked_s > LONGEST_WAIT_S:
                raise again.problem from again
            await clock.sleep(max(wait_s, asked_s or 0.0))
            wait_s *= 2
    try:
        return await attempt()
    except TryAgainError as again:
        raise again.problem from again


def as_yaml(document: Document) -> str:
    """Return a document as the same text for the same value."""
    return write_document({key: _foreign(value) for key, value in document.items()})


def _foreign(value: object) -> Yaml:
    """Return what someone else's YAML or JSON held, as ours can be written."""
    match value:
        case Mapping():
            return {str(key): _foreign(below) for key, below in value.items()}
        case float():
            return Decimal(repr(value)) if isfinite(value) else str(value)
        case None | str() | int():
            return value
        case Sequence():
            return [_foreign(item) for item in value]
        case _:
            return str(value)


def one_line(text: str) -> str:
    """Return what a server said on one line, of bounded length."""
    line = " ".join(text.split())[:_LONGEST_ANSWER]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def reason(error: BaseException) -> str:
    """Return why a connection failed, in the words of the system where it has some."""
    if isinstance(error, TimeoutError):
        return "timeout"
    known = getattr(error, "cause", None) or error
    found = getattr(known, "os_error", known)
    number = getattr(found, "errno", None)
    if isinstance(number, int) and number in errno.errorcode:
        return os.strerror(number)
    said = getattr(found, "strerror", None) or str(found) or type(found).__name__
    return one_line(said)
