"""Alerts: what fires, what is held back and why, what ended; and what to do about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kizashi.api._base import parse_seconds
from kizashi.app.standings import level_of
from kizashi.app.workings import PAGE, comparison
from kizashi.errors import InputError
from kizashi.ports.alert_desk import (
    AlertListView,
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
    NewSilence,
    SilenceView,
)
from kizashi.ports.alerts import SilenceMatcher
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting
from kizashi.ui.parts.names import Titles, key_of, objective_of, title_of, titles
from kizashi.ui.parts.terms import ALERT_NAMES, PHASES, SEVERITIES
from kizashi.ui.parts.words import Words

_GROUPS = ("firing", "frozen", "pending", "resolved")
_HELD = {"silenced": "alert.held.silenced", "acknowledged": "alert.held.acknowledged"}
_SILENCE_STATES = {
    "pending": "ui.silence.pending",
    "active": "ui.silence.active",
    "expired": "ui.silence.expired",
}
_OUTCOMES = {
    "pending": "ui.notice.pending",
    "delivered": "ui.notice.delivered",
    "dead": "ui.notice.dead",
    "muted": "ui.notice.muted",
}
_DURATIONS = ("30m", "1h", "2h", "4h", "8h", "1d", "7d")
#: Labels by which a silence of one alert finds it again, and nothing else.
_OWN_LABELS = ("alertname", "service", "objective", "severity", "job", "receiver")
_RANKS = {"firing": 0, "frozen": 1, "pending": 2, "resolved": 3, "inactive": 4}


@dataclass(frozen=True, slots=True)
class Row:
    """One alert of the list."""

    alert: AlertListView
    title: str
    of: str
    key: str
    level: str
    word: str
    told: str
    is_held: bool
    fact: str


COLUMNS = (
    Column("alert", "ui.alerts.title_one"),
    Column("state", "ui.filter.state"),
    Column("since", "ui.column.since", from_top=True),
    Column("told", "ui.alerts.telling"),
)
_KEYS: Mapping[str, Callable[[Row], object]] = {
    "alert": lambda r: (r.of, r.title),
    "state": lambda r: _rank(r.alert),
    "since": lambda r: r.alert.since,
    "told": lambda r: r.told,
}


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    desk = ask.services.api.alerts
    alerts = sorted(await desk.alerts(ask.at), key=_rank)
    silences = await desk.silences()
    wanted = ask.query.get("state", "")
    chosen = wanted if wanted in (*_GROUPS, "held") else ""
    known = titles(ask)
    rows = [row_of(a, ask.words, known) for a in alerts if _is_wanted(a, chosen)]
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    return {
        "rows": sorting.arrange(rows, _KEYS),
        "columns": COLUMNS,
        "sorting": sorting,
        "choices": _choices(ask, alerts, chosen),
        "silences": sorted(silences, key=lambda s: s.ends),
        "damaged_silences": await desk.damaged_silences(),
        "silence_states": _SILENCE_STATES,
        "matchers_text": matchers_text,
        "may_act": ask.may("operator"),
    }


async def show_one(ask: Ask) -> Mapping[str, object]:
    """Return what the page of one alert shows.

    Raises:
        NotFoundError: If there is no such alert.
    """
    detail = await ask.services.api.alerts.alert(ask.named["id"], ask.at)
    alert = detail.alert
    silences = {s.id: s for s in await ask.services.api.alerts.silences()}
    return {
        "row": row_of(alert, ask.words, titles(ask)),
        "detail": detail,
        "phases": PHASES,
        "severities": SEVERITIES,
        "muting": [silences[i] for i in alert.silenced_by if i in silences],
        "matchers_text": matchers_text,
        "outcomes": _OUTCOMES,
        "checks": _checks(detail.evidence),
        # What is past can only be looked at.
        "is_active": ask.at is None and alert.state in {"firing", "frozen"},
        "may_act": ask.may("operator"),
        "durations": _DURATIONS,
        "link": objective_of(alert),
    }


async def acknowledge(ask: Ask, fields: Mapping[str, str]) -> str:
    """Note who takes an alert in hand."""
    alert_id = ask.named["id"]
    await ask.services.api.alerts.acknowledge(alert_id, *_who(ask, fields))
    ask.services.live.announce()
    return f"/alerts/{alert_id}?told=acknowledged"


async def resolve(ask: Ask, fields: Mapping[str, str]) -> str:
    """End an alert by a person's word."""
    alert_id = ask.named["id"]
    who, remark = _who(ask, fields)
    reason = fields.get("reason", "").strip()
    await ask.services.api.alerts.resolve(alert_id, who, reason, remark)
    ask.services.live.announce()
    return f"/alerts/{alert_id}?told=resolved"


async def silence(ask: Ask, fields: Mapping[str, str]) -> str:
    """Silence one alert for a while.

    Raises:
        NotFoundError: If there is no such alert.
        InputError: If the time or the reason is no good.
    """
    alert_id = ask.named["id"]
    detail = await ask.services.api.alerts.alert(alert_id)
    length_s = parse_seconds(fields.get("duration", ""))
    reason = fields.get("reason", "").strip()
    if length_s is None or not reason:
        raise InputError(ask.words.t("ui.silence.needs"))
    matchers = tuple(
        SilenceMatcher(name, "=", value)
        for name, value in detail.alert.labels.items()
        if name in _OWN_LABELS
    )
    who, owner = _who(ask, fields)
    ends = ask.now + length_s
    new = NewSilence(matchers, ends, owner or who, reason, made_by=who)
    await ask.services.api.alerts.add_silence(new)
    ask.services.live.announce()
    return f"/alerts/{alert_id}?told=silenced"


async def end_silence(ask: Ask, fields: Mapping[str, str]) -> str:  # noqa: ARG001
    """End a silence now."""
    who = ask.principal.name if ask.principal else ""
    await ask.services.api.alerts.delete_silence(ask.named["id"], who)
    ask.services.live.announce()
    return "/alerts?told=unsilenced"


def _who(ask: Ask, fields: Mapping[str, str]) -> tuple[str, str]:
    """Return who acts, the token's name, and what the form says of it."""
    name = ask.principal.name if ask.principal else ""
    remark = fields.get("by", "").strip()
    return name, "" if remark == name else remark


def row_of(alert: AlertListView, words: Words, known: Titles) -> Row:
    """Return an alert as a reader sees it.

    Args:
        alert: The alert.
        words: Writes for the reader.
        known: What objectives are called.
    """
    level = level_of(alert)
    name = alert.name or ""
    severity = (
        words.t(SEVERITIES[alert.severity])
        if alert.severity in SEVERITIES
        else alert.severity
    )
    return Row(
        alert=alert,
        title=words.t(ALERT_NAMES[name]) if name in ALERT_NAMES else name,
        of=title_of(alert, known),
        key=key_of(alert),
        level=level.word,
        word=f"{severity} · {words.t(PHASES[alert.state])}",
        told=_told(alert, words),
        is_held=alert.held_back is not None,
        fact=_fact(alert, words),
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


def _rank(alert: AlertListView) -> tuple[int, int, float]:
    return _RANKS.get(alert.state, 9), level_of(alert), -(alert.since or 0.0)


def _is_wanted(alert: AlertListView, chosen: str) -> bool:
    if chosen == "held":
        return alert.held_back is not None
    return not chosen or alert.state == chosen


def _choices(ask: Ask, alerts: Sequence[AlertListView], chosen: str) -> list[Choice]:
    words = ask.words
    every = [("", words.t("ui.filter.any"), len(alerts))]
    every += [
        (state, words.t(PHASES[state]), sum(a.state == state for a in alerts))
        for state in _GROUPS
    ]
    held = sum(a.held_back is not None for a in alerts)
    every.append(("held", words.t("ui.alerts.held"), held))
    return [
        Choice(
            f"{label} ({count})", ask.link(state=key or None), is_chosen=key == chosen
        )
        for key, label, count in every
    ]


def matchers_text(silence: SilenceView) -> str:
    """Return what a silence matches, as PromQL writes it."""
    return (
        "{"
        + ", ".join(f'{m["name"]}{m["op"]}"{m["value"]}"' for m in silence.matchers)
        + "}"
    )


@dataclass(frozen=True, slots=True)
class Check:
    """One window of a pair: its counts, and the comparison with its limit."""

    window: EvidenceWindowView
    is_over: bool
    compared: str


def _checks(
    evidence: EvidenceView | None,
) -> list[tuple[EvidencePairView, list[Check]]]:
    """Return the decision on each pair, window by window."""
    if evidence is None:
        return []
    found = []
    for pair in evidence.pairs:
        decision = evidence.decision(pair)
        windows = ((pair.long, decision.long), (pair.short, decision.short))
        checks = [
            Check(window, weighing.exceeds, comparison(weighing, PAGE))
            for window, weighing in windows
        ]
        found.append((pair, checks))
    return found
