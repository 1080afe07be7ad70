"""What delivery asks of the store: groups, their notifications, and how it went.

Beside `AlertStore`, and in the same database: what a flush of a group decides, and the
notifications that are due at it, commit in one transaction. Calls are synchronous and
may come from any thread; times are Unix milliseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kizashi.alert.group import AlertGroup, Integration
from kizashi.ports.alerts import Alert, Attempt, NotificationRecord, Silence


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One integration of one receiver."""

    receiver: str
    integration: Integration


@dataclass(frozen=True, slots=True)
class OutboxState:
    """Everything that decides which notifications are due, at one moment.

    Attributes:
        alerts: By id: every active alert, and those that ended after some group told
            of them, in the state in which they ended.
        groups: Every group that is awake.
        silences: Those that are not deleted.
        busy: Where a notification is not delivered yet: address and group key.
    """

    alerts: Mapping[str, Alert]
    groups: tuple[AlertGroup, ...]
    silences: tuple[Silence, ...]
    busy: frozenset[tuple[Address, str]]


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A notification to be stored: pending, or muted where silences are named.

    Attributes:
        id: The idempotency key.
        address: Whom to tell.
        group_key: The group it speaks for.
        alert_ids: The alerts in it.
        new_ids: Those that fire and were not told before.
        payload: What to send, JSON.
        created_ms: When it was created.
        muted_by: The silences that keep it from being sent.
    """

    id: str
    address: Address
    group_key: str
    alert_ids: tuple[str, ...]
    new_ids: tuple[str, ...]
    payload: str
    created_ms: int
    muted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxChange:
    """What a look at the standing led to.

    Attributes:
        groups: Groups that changed; one without a next flush is forgotten.
        new: Notifications that became due.
        next_flush_ms: The next flush of any group, changed or not; None without any.
    """

    groups: tuple[AlertGroup, ...] = ()
    new: tuple[NewNotification, ...] = ()
    next_flush_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PendingNotification:
    """A notification that waits for its next attempt.

    Attributes:
        id: The idempotency key.
        address: Whom to tell.
        group_key: The group it speaks for.
        payload: What to send, JSON.
        created_ms: When it was created.
        next_attempt_ms: When to try next.
        tries: Attempts so far.
        refused_since_ms: Since when the receiver has answered nothing but refusals;
            None where its last answer was none.
    """

    id: str
    address: Address
    group_key: str
    payload: str
    created_ms: int
    next_attempt_ms: int
    tries: int = 0
    refused_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not delivered yet.

    Attributes:
        count: How many notifications.
        oldest_ms: When the oldest of them was created; None without any.
        pages: Since when an address has not heard of a page that it was to hear of.
    """

    count: int
    oldest_ms: int | None
    pages: Mapping[Address, int] = field(default_factory=dict)


class Outbox(Protocol):
    """Groups and their notifications. What returned is durable."""

    def advance(self, decide: Callable[[OutboxState], OutboxChange]) -> OutboxChange:
        """Return what `decide` made of the standing, after it was stored.

        Reading, deciding and storing are one transaction.
        """
        ...

    def addresses(self) -> list[Address]:
        """Return where anything is pending."""
        ...

    def waiting(self, address: Address) -> list[PendingNotification]:
        """Return the oldest pending notification of each group, by its next attempt.

        A group's notifications are sent in the order in which they were created.
        """
        ...

    def delivered(self, attempt: Attempt) -> None:
        """Note that a notification arrived."""
        ...

    def postpone(
        self, attempt: Attempt, next_attempt_ms: int, refused_since_ms: int | None
    ) -> None:
        """Note that an attempt failed, and when to try again."""
        ...

    def give_up(self, attempt: Attempt) -> list[NotificationRecord]:
        """Make a notification a dead letter, and the later ones of its group with it.

        They would speak of alerts that the receiver never heard of. Its group forgets
        what was new in them, so that what still fires is due again.

        Returns:
            The dead letters, oldest first.
        """
        ...

    def backlog(self) -> Backlog:
        """Return how much is pending."""
        ...

    def forget(self, before_ms: int) -> None:
        """Delete history, finished notifications and ended silences of before."""
        ...
