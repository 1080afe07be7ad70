"""Notification log: what was sent to whom, every attempt, and what was answered."""

from collections.abc import Callable, Mapping

from kizashi.messages import CATALOGUE
from kizashi.ports.alert_desk import AttemptView, NotificationView
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting
from kizashi.ui.parts.names import call_of, titles
from kizashi.ui.parts.words import Words

STATES: Mapping[str, str] = {
    "pending": "ui.notice.pending",
    "delivered": "ui.notice.delivered",
    "dead": "ui.notice.dead",
    "muted": "ui.notice.muted",
}
LEVELS = {"pending": "pending", "delivered": "calm", "dead": "page", "muted": "spent"}
COLUMNS = (
    Column("owed", "ui.notifications.owed", from_top=True),
    Column("receiver", "ui.notifications.receiver"),
    Column("state", "ui.filter.state"),
    Column("about", "ui.notifications.about"),
    Column("attempts", "ui.notifications.attempts", from_top=True),
)
#: What needs a person first.
_RANKS = {"dead": 0, "pending": 1, "muted": 2, "delivered": 3}
_KEYS: Mapping[str, Callable[[NotificationView], object]] = {
    "owed": lambda n: n.created,
    "receiver": lambda n: (n.receiver, n.kind),
    "state": lambda n: _RANKS.get(n.state, 0),
    "about": lambda n: n.group,
    "attempts": lambda n: len(n.attempts),
}
#: The newest that are looked at.
MOST = 200


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    every = await ask.services.api.alerts.notifications(MOST)
    receivers = sorted({one.receiver for one in every})
    state = ask.query.get("state", "")
    state = state if state in STATES else ""
    receiver = ask.query.get("receiver", "")
    receiver = receiver if receiver in receivers else ""
    rows = [
        one
        for one in every
        if (not state or one.state == state)
        and (not receiver or one.receiver == receiver)
    ]
    alerts = await ask.services.api.alerts.alerts()
    known = titles(ask)
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    return {
        "rows": sorting.arrange(rows, _KEYS),
        "called": {a.id: call_of(a, known, ask.words) for a in alerts},
        "columns": COLUMNS,
        "sorting": sorting,
        "total": len(every),
        "most": MOST,
        "states": STATES,
        "levels": LEVELS,
        "by_state": _choices(ask, "state", [*STATES.items()], state),
        "by_receiver": _choices(
            ask, "receiver", [(r, "") for r in receivers], receiver
        ),
        "outcome": outcome,
    }


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
