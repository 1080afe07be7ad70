"""What delivery asks of each kind of receiver."""

from dataclasses import dataclass
from typing import Protocol

from kizashi.alert.retry import DeliveryResult


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One notification on its way.

    Attributes:
        id: The idempotency key, the same for every attempt.
        payload: The payload of `kizashi.alert.payload`, JSON.
        now_ms: The time of day, for signatures.
    """

    id: str
    payload: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went.

    Attributes:
        verdict: What it means for the notification.
        code: Message id with the placeholder ``answer``.
        answer: What the receiver said: one line, no secrets, at most 200 characters.
        asked_ms: How long the receiver asked us to wait, or None.
    """

    verdict: DeliveryResult
    code: str
    answer: str = ""
    asked_ms: int | None = None


class Notifier(Protocol):
    """Tells one integration of one receiver. Belongs to one event loop."""

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Return how one attempt went; whatever happens, it is an outcome."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
