"""The words of states: for each value of the code, the id of its message."""

from collections.abc import Mapping

from kizashi.alert.kinds import ALERT_KINDS
from kizashi.app.standings import level_of
from kizashi.ports.alert_service import AlertListView
from kizashi.slo.standing import Urgency
from kizashi.ui.parts.contexts import Badge
from kizashi.ui.parts.words import Words

#: Where an alert stands.
PHASES: Mapping[str, str] = {
    "inactive": "alert.state.inactive",
    "pending": "alert.state.pending",
    "firing": "alert.state.firing",
    "frozen": "alert.state.frozen",
    "resolved": "alert.state.resolved",
}
#: How urgent an alert is.
SEVERITIES: Mapping[str, str] = {"page": "ui.level.page", "ticket": "ui.level.ticket"}
#: How much something needs a person.
LEVELS: Mapping[Urgency, str] = {
    Urgency.PAGE: "ui.level.page",
    Urgency.FROZEN: "ui.level.frozen",
    Urgency.TICKET: "ui.level.ticket",
    Urgency.PENDING: "ui.level.pending",
    Urgency.INVALID: "ui.level.invalid",
    Urgency.BLIND: "ui.level.blind",
    Urgency.SPENT: "ui.level.spent",
    Urgency.CALM: "ui.level.calm",
}
#: How a scrape of a target went, what needs a person first.
HEALTH: Mapping[str, str] = {
    "down": "ui.health.down",
    "unknown": "ui.health.unknown",
    "up": "ui.health.up",
}
#: What became of a notification, what needs a person first.
OUTCOMES: Mapping[str, str] = {
    "dead": "ui.notice.dead",
    "pending": "ui.notice.pending",
    "muted": "ui.notice.muted",
    "delivered": "ui.notice.delivered",
}
_HEALTH_LEVELS = {"down": "page", "unknown": "blind", "up": "calm"}
_OUTCOME_LEVELS = {
    "dead": "page",
    "pending": "pending",
    "muted": "spent",
    "delivered": "calm",
}
#: What an alert is about.
ALERT_NAMES: Mapping[str, str] = {k.name: k.title for k in ALERT_KINDS.values()}
#: What the handbook says of it.
HANDBOOK_PAGES: Mapping[str, str] = {k.name: k.handbook for k in ALERT_KINDS.values()}


def level_badge(level: Urgency, words: Words) -> Badge:
    """Return how much something needs a person."""
    return Badge(level.word, words.t(LEVELS[level]))


def health_badge(health: str, words: Words) -> Badge:
    """Return how a scrape of a target went."""
    word = words.t(HEALTH[health]) if health in HEALTH else health
    return Badge(_HEALTH_LEVELS.get(health, "blind"), word)


def outcome_text(state: str, words: Words) -> str:
    """Return what became of a notification."""
    return words.t(OUTCOMES[state]) if state in OUTCOMES else state


def outcome_badge(state: str, words: Words) -> Badge:
    """Return what became of a notification, as it stands."""
    level = _OUTCOME_LEVELS.get(state, "blind")
    return Badge(level, outcome_text(state, words))


def severity_text(severity: str, words: Words) -> str:
    """Return how urgent an alert is; a severity that is none of ours as it is."""
    return words.t(SEVERITIES[severity]) if severity in SEVERITIES else severity


def alert_name(name: str, words: Words) -> str:
    """Return what an alert is about; a name that is none of ours as it is."""
    return words.t(ALERT_NAMES[name]) if name in ALERT_NAMES else name


def alert_badge(alert: AlertListView, words: Words) -> Badge:
    """Return how urgent an alert is, and where it stands."""
    severity = severity_text(alert.severity, words)
    return Badge(level_of(alert).word, f"{severity} · {words.t(PHASES[alert.state])}")
