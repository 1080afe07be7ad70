"""Notification log: what was sent to whom, every attempt, and what was answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kizashi.messages import CATALOGUE
from kizashi.ports.alert_service import AttemptView, NotificationView
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting
from kizashi.ui.parts.contexts import Badge, PageContext
from kizashi.ui.parts.names import call_of, titles
from kizashi.ui.parts.terms import OUTCOMES, outcome_badge
from kizashi.ui.parts.words import Words

COLUMNS = (
    Column("since", "ui.notifications.since", from_top=True),
    Column("receiver", "ui.notifications.receiver"),
    Column("state", "ui.filter.state"),
    Column("about", "ui.notifications.about"),
    Column("attempts", "ui.notifications.attempts", from_top=True),
)
#: What needs a person first.
_RANKS = {state: number for number, state in enumerate(OUTCOMES)}
_KEYS: Mapping[str, Callable[[NotificationView], object]] = {
    "since": lambda n: n.created,
    "receiver": lambda n: (n.receiver, n.kind),
    "state": lambda n: _RANKS.get(n.state, 0),
    "about": lambda n: n.group,
    "attempts": lambda n: len(n.attempts),
}
#: The newest that are looked at.
MOST = 200
#: In the order in which a notification has them.
_STATES = ("pending", "delivered", "dead", "muted")
_MOST_ALERTS = 5
_MOST_ATTEMPTS = 10
#: The group of notifications that are not grouped says nothing.
_NO_GROUP = "{}:{}"


@dataclass(frozen=True, slots=True)
class AboutLink:
    """An alert that a notification is about; `title` is empty where it is gone."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt, and what came of it in words.

    Times are Unix seconds.
    """

    at: float
    outcome: str


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One notification.

    Times are Unix seconds.

    Attributes:
        created: When it was created.
        receiver: The receiver's name.
        kind: The receiver's kind, such as ``webhook``.
        badge: Its state.
        next_attempt: When it is tried again; None for never.
        alerts: The first of the alerts that it is about.
        more: How many more alerts it is about.
        group: The labels of its group; empty where there are none.
        attempts: The newest attempts.
    """

    created: float
    receiver: str
    kind: str
    badge: Badge
    next_attempt: float | None
    alerts: Sequence[AboutLink]
    more: int
    group: str
    attempts: Sequence[AttemptLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsContext(PageContext):
    """What the log of notifications shows.

    Attributes:
        rows: The notifications, as sorted.
        columns: What is shown of each notification.
        sorting: The order the reader chose.
        total: How many there are in all.
        most: The largest number that is read.
        by_state: The states to filter by.
        by_receiver: The receivers to filter by.
    """

    rows: Sequence[NotificationRow]
    columns: Sequence[Column]
    sorting: Sorting
    total: int
    most: int
    by_state: Sequence[Choice]
    by_receiver: Sequence[Choice]


async def show(ask: Ask) -> NotificationsContext:
    """Return what the page shows."""
    every = await ask.services.api.alerts.notifications(MOST)
    receivers = sorted({one.receiver for one in every})
    state = ask.query.get("state", "")
    state = state if state in OUTCOMES else ""
    receiver = ask.query.get("receiver", "")
    receiver = receiver if receiver in receivers else ""
    rows = [
        one
        for one in every
        if (not state or one.state == state)
        and (not receiver or one.receiver == receiver)
    ]
    alerts = await ask.services.api.alerts.alerts()
    names_of_all = titles(ask)
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    called = {a.id: call_of(a, names_of_all, ask.words) for a in alerts}
    return NotificationsContext(
        rows=[_row(one, called, ask.words) for one in sorting.arrange(rows, _KEYS)],
        columns=COLUMNS,
        sorting=sorting,
        total=len(every),
        most=MOST,
        by_state=_choices(
            ask, "state", [(one, OUTCOMES[one]) for one in _STATES], state
        ),
        by_receiver=_choices(ask, "receiver", [(r, "") for r in receivers], receiver),
    )


def _row(
    one: NotificationView, called: Mapping[str, str], words: Words
) -> NotificationRow:
    return NotificationRow(
        created=one.created,
        receiver=one.receiver,
        kind=one.kind,
        badge=outcome_badge(one.state, words),
        next_attempt=one.next_attempt,
        alerts=[AboutLink(i, called.get(i, "")) for i in one.alerts[:_MOST_ALERTS]],
        more=max(0, len(one.alerts) - _MOST_ALERTS),
        group="" if one.group == _NO_GROUP else one.group,
        attempts=[
            AttemptLine(attempt.at, outcome(attempt, words))
            for attempt in one.attempts[-_MOST_ATTEMPTS:]
        ],
    )


def outcome(attempt: AttemptView, words: Words) -> str:
    """Return what came of an attempt in words, with the receiver's own."""
    if attempt.outcome not in CATALOGUE:
        return f"{attempt.outcome}: {attempt.answer}".rstrip(": ")
    return words.t(attempt.outcome, answer=attempt.answer)


def _choices(
    ask: Ask, name: str, values: list[tuple[str, str]], chosen: str
) -> list[Choice]:
    words = ask.words
    every = Choice(words.t("ui.filter.any"), ask.link(**{name: None}), not chosen)
    return [
        every,
        *(
            Choice(
                words.t(message_id) if message_id else value,
                ask.link(**{name: value}),
                chosen == value,
            )
            for value, message_id in values
        ),
    ]
