"""From alerts as they stand to the notifications that are due. Pure.

Nothing notes that a group is due: each look puts the active alerts into groups by the
route of now and lets each group's flush compare them with what was told. So a change of
the route, a restart or a lost look leaves nothing behind.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kizashi.alert.group import (
    AlertGroup,
    DueNotification,
    Flush,
    GroupedAlert,
    GroupInput,
    GroupTiming,
    Integration,
    NotificationReason,
    group_key,
    group_labels,
    plan_flush,
    schedule,
)
from kizashi.alert.payload import Sender, payload
from kizashi.app.silencing import matcher_of
from kizashi.declarations.notification import Receiver, Route
from kizashi.errors import InputError
from kizashi.model.matchers import LabelMatcher
from kizashi.ports.alerts import Alert, Silence
from kizashi.ports.outbox import Address, NewNotification, OutboxChange, OutboxState
from kizashi.rules.alert_state import Phase

#: Ticks of groups that no route feeds any more, and that only wait for ends.
_LEFTOVER = GroupTiming(30_000, 300_000, 14_400_000)

GroupName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told, and by whom.

    Attributes:
        route: Where alerts go; None where they are only listed.
        receivers: Everyone who can be told.
        sender: Who speaks.
    """

    route: Route | None
    receivers: tuple[Receiver, ...]
    sender: Sender

    def channels(self, receiver: str) -> dict[Integration, bool]:
        """Return a receiver's integrations, and which want to hear of the end."""
        return {
            integration: settings.send_resolved
            for each in self.receivers
            if each.name == receiver
            for integration, settings in each.integrations.items()
        }


def decide_notifications(
    standing: OutboxState, audience: Audience, now_ms: int
) -> OutboxChange:
    """Return what is due now, and the groups that changed."""
    route = audience.route
    timing = _LEFTOVER if route is None else route.timing
    grouped = {key: _grouped(alert) for key, alert in standing.alerts.items()}
    muted = _muted(standing, now_ms)
    routed = _routed(grouped, route)
    groups = {(g.receiver, g.key): g for g in standing.groups}
    busy: dict[GroupName, list[Integration]] = {}
    for address, key in standing.busy:
        busy.setdefault((address.receiver, key), []).append(address.integration)
    moved: list[AlertGroup] = []
    new: list[NewNotification] = []
    due: list[int] = []
    for name, alerts in {**dict.fromkeys(groups, _NOBODY), **routed}.items():
        before = groups.get(name)
        group = before or _new_group(name[0], alerts, route, now_ms)
        group = schedule(group, alerts.values(), timing, now_ms)
        present = GroupInput(
            alerts,
            {key: grouped[key] for key in group.told_firing if key in grouped},
            {key: muted[key] for key in alerts if key in muted},
            audience.channels(group.receiver),
            frozenset(busy.get(name, ())),
        )
        flush = plan_flush(group, present, timing, now_ms) or Flush(group)
        group = flush.group
        if group != before:
            moved.append(group)
        if group.next_flush_ms is not None:
            due.append(group.next_flush_ms)
        new += [
            _new_notification(group, n, audience.sender, now_ms) for n in flush.notices
        ]
    return OutboxChange(tuple(moved), tuple(new), min(due, default=None))


_NOBODY: Mapping[str, GroupedAlert] = {}


def _grouped(alert: Alert) -> GroupedAlert:
    state = alert.state
    is_active = state.phase.is_active
    fired_ms = state.since_ms if state.fired_ms is None else state.fired_ms
    return GroupedAlert(
        alert.id,
        alert.labels,
        fired_ms,
        None if is_active else state.since_ms,
        is_frozen=state.phase is Phase.FROZEN,
        is_acknowledged=bool(alert.acknowledged_by),
        facts=alert.facts,
        runbook=alert.runbook,
    )


def _routed(
    grouped: Mapping[str, GroupedAlert], route: Route | None
) -> dict[GroupName, dict[str, GroupedAlert]]:
    """Return the active alerts by the groups that the route puts them into."""
    routed: dict[GroupName, dict[str, GroupedAlert]] = {}
    if route is None:
        return routed
    for key, alert in sorted(grouped.items()):
        if alert.ends_ms is None:
            labels = group_labels(alert.labels, route.group_by)
            routed.setdefault((route.receiver, group_key(labels)), {})[key] = alert
    return routed


def _new_group(
    receiver: str, alerts: Mapping[str, GroupedAlert], route: Route | None, now_ms: int
) -> AlertGroup:
    any_alert = next(iter(alerts.values()))
    group_by = () if route is None else route.group_by
    return AlertGroup(receiver, group_labels(any_alert.labels, group_by), now_ms)


def _muted(standing: OutboxState, now_ms: int) -> dict[str, tuple[str, ...]]:
    """Return the silences that mute each alert, of those that any mutes."""
    active = [
        (s.id, matchers)
        for s in standing.silences
        if s.starts_ms <= now_ms < s.ends_ms and (matchers := _matchers(s))
    ]
    silences_of = {
        key: tuple(
            name for name, all_of in active if all(m.matches(a.labels) for m in all_of)
        )
        for key, a in standing.alerts.items()
    }
    return {key: names for key, names in silences_of.items() if names}


def _matchers(silence: Silence) -> Sequence[LabelMatcher]:
    try:
        return [matcher_of(m) for m in silence.matchers]
    except InputError:
        # Silences are checked when they are made. One that cannot be read mutes
        # nothing: a call too many is better than one too few.
        return ()


def _new_notification(
    group: AlertGroup, notice: DueNotification, sender: Sender, now_ms: int
) -> NewNotification:
    key = _key(group, notice)
    told = payload(group, notice, key, sender)
    return NewNotification(
        key,
        Address(group.receiver, notice.integration),
        group.key,
        tuple(a.id for a in (*notice.firing, *notice.resolved)),
        tuple(sorted(notice.new)),
        json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        now_ms,
        notice.muted_by,
    )


def _key(group: AlertGroup, notice: DueNotification) -> str:
    """Return the idempotency key: 32 hex digits that no other notification has."""
    what = (
        group.receiver,
        group.key,
        notice.integration.kind,
        notice.integration.index,
        group.born_ms,
        group.sequence,
        notice.reason is NotificationReason.MUTED,
    )
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]
