"""Alerts as rows of a list, and what the list and one alert's page share."""

from collections.abc import Mapping
from dataclasses import dataclass

from kizashi.app.standings import level_of
from kizashi.ports.alert_service import AlertListView, SilenceView
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import Badge
from kizashi.ui.parts.names import Titles, key_of, title_of
from kizashi.ui.parts.terms import alert_badge, alert_name
from kizashi.ui.parts.words import Words

_HELD = {"silenced": "alert.held.silenced", "acknowledged": "alert.held.acknowledged"}
_RANKS = {"firing": 0, "frozen": 1, "pending": 2, "resolved": 3, "inactive": 4}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert of the list.

    Times are Unix seconds.

    Attributes:
        id: Its name in addresses.
        title: What it is of, as that is called; its own name where it is of nothing.
        name: What it is about; empty where its title says it.
        key: What it is of, by the names of its labels; empty where its title says it.
        badge: How urgent it is, and where it stands.
        since: When its state began.
        told: Whether people are told of it, and if not, why.
        is_held: Whether a person keeps it back.
        fact: The counts behind it, in a sentence; empty where it has none.
        rank: What needs a person first.
    """

    id: str
    title: str
    name: str
    key: str
    badge: Badge
    since: float | None
    told: str
    is_held: bool
    fact: str
    rank: tuple[int, int, float]


def row_of(alert: AlertListView, words: Words, names_of_all: Titles) -> AlertRow:
    """Return an alert as a reader sees it.

    Args:
        alert: The alert.
        words: Writes for the reader.
        names_of_all: What objectives are called.
    """
    of, key = title_of(alert, names_of_all), key_of(alert)
    name = alert_name(alert.name or "", words)
    return AlertRow(
        id=alert.id,
        title=of or name,
        name=name if of else "",
        key="" if key == of else key,
        badge=alert_badge(alert, words),
        since=alert.since,
        told=_told(alert, words),
        is_held=alert.held_back is not None,
        fact=_fact(alert, words),
        rank=alert_rank(alert),
    )


def _told(alert: AlertListView, words: Words) -> str:
    """Return whether people are told of an alert, and if not, why."""
    if alert.state not in {"firing", "frozen"}:
        return words.t("ui.alerts.nobody")
    if alert.held_back is None:
        return words.t("ui.alerts.told")
    by = alert.acknowledged.who if alert.acknowledged else ""
    return words.t(_HELD[alert.held_back], by=by)


def _fact(alert: AlertListView, words: Words) -> str:
    """Return the counts behind an alert in a sentence."""
    facts = alert.facts
    if not {"bad", "valid", "long"} <= facts.keys():
        return ""
    return words.t(
        "ui.alerts.fact",
        bad=_count(facts["bad"], words),
        valid=_count(facts["valid"], words),
        window=words.window(facts["long"]),
    )


def _count(text: str, words: Words) -> str:
    try:
        return words.num(float(text))
    except ValueError:
        return text


def alert_rank(alert: AlertListView) -> tuple[int, int, float]:
    """Return what needs a person first, and of equal ones the newest."""
    return _RANKS.get(alert.state, 9), level_of(alert), -(alert.since or 0.0)


def matchers_text(silence: SilenceView) -> str:
    """Return what a silence matches, as PromQL writes it."""
    return (
        "{"
        + ", ".join(f'{m["name"]}{m["op"]}"{m["value"]}"' for m in silence.matchers)
        + "}"
    )


def who_acts(ask: Ask, fields: Mapping[str, str]) -> tuple[str, str]:
    """Return who acts, the token's name, and what the form says of it."""
    name = ask.principal.name if ask.principal else ""
    remark = fields.get("by", "").strip()
    return name, "" if remark == name else remark
