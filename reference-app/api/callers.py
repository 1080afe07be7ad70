"""Who calls, and how often they may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from api.tasks import MAX_TASKS, Owner


class NotAllowedError(Exception):
    """A token is missing or not good; the message says why."""


class IssuerError(Exception):
    """The issuer's keys cannot be had, so nobody's token can be checked."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and how often they may.

    Attributes:
        owner: Whose tasks they see.
        rate: Requests a second, on average.
        burst: Requests at once.
    """

    owner: Owner
    rate: float
    burst: int


#: Returns the caller of a token. NotAllowedError comes out where it is not good,
#: IssuerError where it cannot be checked.
Identify = Callable[[str | None, datetime], Awaitable[Caller]]


async def everyone(_token: str | None, _now: datetime) -> Caller:
    """Return the one caller of a service without login, on one machine."""
    return Caller(Owner("local"), rate=float("inf"), burst=MAX_TASKS)
