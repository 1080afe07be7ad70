"""Alerts as faces show them: pure functions from what is stored to views."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from kizashi.alert.facts import Fact, facts_of, texts_of
from kizashi.app.evidence import PairEvaluation, guard_of, pair_views
from kizashi.app.silencing import mutes
from kizashi.ledger.tracking import Tracked
from kizashi.ports.alert_service import (
    AcknowledgedView,
    AlertEventView,
    AlertListView,
    AttemptView,
    EvidenceView,
    NotificationView,
    SilenceView,
)
from kizashi.ports.alerts import (
    REMARK,
    TAKEN,
    Alert,
    AlertEvent,
    NotificationRecord,
    Silence,
)
from kizashi.rules.alert_state import AlertState, Phase

#: Evidence that is no fact of the alert: how it ended.
_ENDING = frozenset({"ended", "by", "reason", "no_data", REMARK})


def alert_view(
    alert: Alert, silences: Iterable[Silence], now_ms: int, source: str = "kizashi"
) -> AlertListView:
    """Return an alert with what holds its notifications back at a time."""
    state = alert.state
    muting = tuple(s.id for s in silences if mutes(s, alert, now_ms))
    held_back = None
    if state.phase.is_active:
        if muting:
            held_back = "silenced"
        elif alert.acknowledged_by:
            held_back = "acknowledged"
    return AlertListView(
        id=alert.id,
        name=alert.labels.get("alertname"),
        labels=alert.labels.as_dict(),
        severity=alert.labels.get("severity"),
        state=state.phase.value,
        since=_seconds(state.since_ms) if state.phase is not Phase.INACTIVE else None,
        began=_seconds(state.began_ms),
        fired=_seconds(state.fired_ms),
        episode=state.episode,
        ending=None if state.ending is None else state.ending.value,
        facts=texts_of(alert.facts),
        runbook=alert.runbook or None,
        acknowledged=_acknowledged(alert),
        silenced_by=muting,
        held_back=held_back,
        source=source,
    )


def evidence_view(
    tracked: Tracked, looks: Sequence[PairEvaluation], state: AlertState, at_ms: int
) -> EvidenceView:
    """Return what the pairs of an alert say."""
    guard = guard_of(tracked)
    return EvidenceView(
        at=at_ms / 1000,
        min_bad_events=guard.min_bad_events,
        no_data=guard.no_data.value,
        for_s=tracked.spec.for_ms / 1000,
        pairs=pair_views(
            tracked, looks, state.held if len(state.held) == len(looks) else ()
        ),
    )


def event_view(event: AlertEvent) -> AlertEventView:
    """Return one line of an alert's history."""
    return AlertEventView(
        at=event.at_ms / 1000,
        before=event.before.value,
        after=event.after.value,
        episode=event.episode,
        why=_decoded(event.why),
    )


def alert_after(alert: Alert, history: Sequence[AlertEvent]) -> Alert:
    """Return an alert as it stood at the end of its history.

    Which pairs were held is known as of its last change.
    """
    state = state_after(history)
    changes = [n for n, e in enumerate(history) if e.is_change]
    facts: dict[str, Fact] = {}
    who, remark, since_ms = "", "", None
    if changes and state.phase is not Phase.INACTIVE:
        why = _decoded(history[changes[-1]].why)
        facts = facts_of(
            {k: v for k, v in why.items() if isinstance(v, str) and k not in _ENDING}
        )
        pairs = cast("list[dict[str, object]]", why.get("pairs", []))
        state = replace(state, held=tuple(pair.get("held") is True for pair in pairs))
    for event in history if state.phase.is_active else ():
        if event.after is Phase.FIRING and not event.before.is_active:
            who, remark, since_ms = "", "", None
        elif not event.is_change:
            why = _decoded(event.why)
            who, since_ms = str(why.get(TAKEN, "")), event.at_ms
            remark = str(why.get(REMARK, ""))
    return replace(
        alert,
        state=state,
        facts=facts,
        acknowledged_by=who,
        acknowledged_ms=since_ms,
        acknowledged_remark=remark,
    )


def state_after(history: Sequence[AlertEvent]) -> AlertState:
    """Return the state that an alert's history ends in."""
    events = [event for event in history if event.is_change]
    if not events:
        return AlertState()
    last = events[-1]
    if last.after is Phase.INACTIVE:
        return AlertState(Phase.INACTIVE, last.at_ms, episode=last.episode)
    over = (Phase.INACTIVE, Phase.RESOLVED)
    begins = [number for number, e in enumerate(events) if e.before in over]
    episode = events[begins[-1] if begins else 0 :]
    fired = [e.at_ms for e in episode if e.after is Phase.FIRING]
    return AlertState(
        phase=last.after,
        since_ms=last.at_ms,
        began_ms=episode[0].at_ms,
        fired_ms=fired[0] if fired else None,
        episode=last.episode,
    )


def notification_then(record: NotificationRecord, at_ms: int) -> NotificationRecord:
    """Return a notification as it stood at a time: with the attempts up to then."""
    attempts = tuple(a for a in record.attempts if a.at_ms <= at_ms)
    if len(attempts) == len(record.attempts):
        return record
    return replace(record, state="pending", next_attempt_ms=None, attempts=attempts)


def notification_view(record: NotificationRecord) -> NotificationView:
    """Return a notification with its attempts."""
    return NotificationView(
        id=record.id,
        receiver=record.receiver,
        kind=record.kind,
        state=record.state,
        created=record.created_ms / 1000,
        next_attempt=_seconds(record.next_attempt_ms),
        attempts=tuple(
            AttemptView(a.at_ms / 1000, a.outcome, a.answer) for a in record.attempts
        ),
        group=record.group_key,
        alerts=record.alert_ids,
    )


def silence_view(silence: Silence, alerts: Iterable[Alert], now_ms: int) -> SilenceView:
    """Return a silence with the alerts that it mutes now."""
    state = "active"
    if now_ms < silence.starts_ms:
        state = "pending"
    elif now_ms >= silence.ends_ms:
        state = "expired"
    return SilenceView(
        id=silence.id,
        matchers=tuple(
            {"name": m.name, "op": m.op, "value": m.value} for m in silence.matchers
        ),
        starts=silence.starts_ms / 1000,
        ends=silence.ends_ms / 1000,
        owner=silence.owner,
        reason=silence.reason,
        created=silence.created_ms / 1000,
        state=state,
        mutes=tuple(a.id for a in alerts if mutes(silence, a, now_ms)),
        made_by=silence.made_by,
        ended_by=silence.ended_by,
    )


def _decoded(why: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(why)) if why else {}


def _acknowledged(alert: Alert) -> AcknowledgedView | None:
    if not alert.acknowledged_by or alert.acknowledged_ms is None:
        return None
    at = alert.acknowledged_ms / 1000
    return AcknowledgedView(alert.acknowledged_by, at, alert.acknowledged_remark)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
