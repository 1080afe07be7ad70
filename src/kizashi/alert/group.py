"""When a notification of a group of alerts is due, and what it then says.

A group is flushed at fixed times. Then `plan_flush` compares the alerts with what each
integration of the receiver has been told, and returns what is due. What was told is
all that a group remembers, so nothing is lost with a process: the next flush comes to
the same conclusion.

Source: Alertmanager's dispatcher and its deduplication stage. Where we differ on
purpose, decision 0012 says why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kizashi.alert.facts import Facts
from kizashi.model.labels import Labels

GROUP_BY_ALL = "..."


@dataclass(frozen=True, slots=True, order=True)
class Integration:
    """Which of a receiver's addresses: ``webhook`` and its place in the list."""

    kind: str
    index: int


@dataclass(frozen=True, slots=True)
class GroupedAlert:
    """An alert, as far as its group needs to know it.

    Attributes:
        id: Its fingerprint.
        labels: Its labels.
        starts_ms: When this episode fired.
        ends_ms: When it resolved; None while it is active.
        is_frozen: Whether it is held without data.
        is_acknowledged: Whether somebody acknowledged it.
        facts: What the texts are made of.
        runbook: Reference of the runbook, or empty.
    """

    id: str
    labels: Labels
    starts_ms: int
    ends_ms: int | None = None
    is_frozen: bool = False
    is_acknowledged: bool = False
    facts: Facts = field(default_factory=dict)
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class LastNotification:
    """What an integration was last told, delivered or pending.

    Attributes:
        firing: Alerts it believes to be firing.
        resolved: Alerts that the last notification called resolved.
        at_ms: The flush of the last notification.
    """

    firing: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """A group of alerts of one receiver, between two flushes.

    Attributes:
        receiver: The receiver's name.
        labels: The labels that its alerts share by ``group_by``.
        born_ms: When it was first seen; with `sequence` it names notifications.
        next_flush_ms: Its next flush; None while it sleeps without alerts.
        has_flushed: Whether it was flushed since it last woke.
        sequence: Counts the flushes at which a notification was due.
        told: What each integration was told.
        muted: Alerts on record as muted, so that each is recorded once.
    """

    receiver: str
    labels: Labels
    born_ms: int
    next_flush_ms: int | None = None
    has_flushed: bool = False
    sequence: int = 0
    told: Mapping[Integration, LastNotification] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The group key, such as ``{}:{service="shop"}``."""
        return group_key(self.labels)

    @property
    def told_firing(self) -> frozenset[str]:
        """Alerts that any integration believes to be firing."""
        return frozenset().union(*(t.firing for t in self.told.values()))


@dataclass(frozen=True, slots=True)
class GroupTiming:
    """The route's three durations, milliseconds."""

    group_wait_ms: int
    group_interval_ms: int
    repeat_interval_ms: int


@dataclass(frozen=True, slots=True)
class GroupInput:
    """What a flush sees.

    Attributes:
        routed: Active alerts that the route of now puts into the group, by id.
        known: Alerts that the group has told somebody of, active or ended, by id.
        muted: Which silences mute a routed alert, by its id.
        channels: The receiver's integrations of now, and whether each wants to be
            told of the end.
        busy: Integrations with an undelivered notification of this group.
    """

    routed: Mapping[str, GroupedAlert]
    known: Mapping[str, GroupedAlert] = field(default_factory=dict)
    muted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: Mapping[Integration, bool] = field(default_factory=dict)
    busy: frozenset[Integration] = frozenset()


class NotificationReason(StrEnum):
    """Why a notification is due, or was not sent."""

    FIRST = "first notification"
    NEW_ALERTS = "new alerts in group"
    ALL_RESOLVED = "all alerts resolved"
    NEW_RESOLVED = "new resolved alerts"
    REPEAT = "repeat interval elapsed"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class DueNotification:
    """The notification that one integration is due at a flush.

    Attributes:
        integration: Whom to tell.
        reason: Why.
        firing: The alerts that fire, in the order of `by_labels`.
        resolved: The alerts that ended since it was told of them.
        new: Those of `firing` that it was not told of before.
        muted_by: The silences, where the reason is MUTED.
    """

    integration: Integration
    reason: NotificationReason
    firing: tuple[GroupedAlert, ...] = ()
    resolved: tuple[GroupedAlert, ...] = ()
    new: frozenset[str] = frozenset()
    muted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flush:
    """The group after a flush, and the notifications that are due."""

    group: AlertGroup
    notices: tuple[DueNotification, ...] = ()


def group_labels(labels: Labels, group_by: Iterable[str]) -> Labels:
    """Return the labels that decide an alert's group; ``...`` takes them all."""
    names = frozenset(group_by)
    if GROUP_BY_ALL in names:
        return labels
    return Labels(pair for pair in labels if pair[0] in names)


def group_key(labels: Labels) -> str:
    """Return the key of the root route's group, as Alertmanager writes it."""
    inner = ", ".join(f"{name}={_quoted(value)}" for name, value in labels)
    return f"{{}}:{{{inner}}}"


def schedule(
    group: AlertGroup, routed: Iterable[GroupedAlert], timing: GroupTiming, now_ms: int
) -> AlertGroup:
    """Return the group with its next flush, given the alerts routed to it now.

    The first flush comes `group_wait` after the first alert began to fire, at once if
    that is past. Later alerts wait for the flush.
    """
    starts = [min(alert.starts_ms, now_ms) for alert in routed]
    if not starts or group.has_flushed:
        return group
    first_ms = max(now_ms, min(starts) + timing.group_wait_ms)
    due_ms = group.next_flush_ms
    return replace(
        group, next_flush_ms=first_ms if due_ms is None else min(due_ms, first_ms)
    )


def plan_flush(
    group: AlertGroup, present: GroupInput, timing: GroupTiming, now_ms: int
) -> Flush | None:
    """Return what is due at a group's flush; None before the flush.

    A flush that is late falls on the newest point of its grid. An alert that ended
    before anyone was told of it is told to nobody; one that was told of is told to
    have ended, silenced or not, by whatever integration told of it.
    """
    flush_ms = _flush_time(group.next_flush_ms, timing, now_ms)
    if flush_ms is None:
        return None
    told, notices = dict(group.told), []
    for integration in sorted({*present.channels, *group.told}):
        after, notice = _plan(group, integration, present, timing, flush_ms)
        if notice is not None:
            notices.append(notice)
        if after is None:
            told.pop(integration, None)
        else:
            told[integration] = after
    muted, unsaid = _plan_muted(group, present)
    notices += unsaid
    lives = bool(present.routed) or any(t.firing for t in told.values())
    return Flush(
        replace(
            group,
            next_flush_ms=flush_ms + timing.group_interval_ms if lives else None,
            has_flushed=lives,
            sequence=group.sequence + bool(notices),
            told=told,
            muted=muted,
        ),
        tuple(notices),
    )


def decide(
    entry: LastNotification | None,
    firing: frozenset[str],
    resolved: frozenset[str],
    *,
    sends_resolved: bool,
    repeats: bool,
) -> NotificationReason | None:
    """Return why an integration is to be told, or None.

    Args:
        entry: What it was told last.
        firing: Alerts that fire now.
        resolved: Alerts that ended.
        sends_resolved: Whether it wants to know of the end.
        repeats: Whether the repeat interval is over.

    Source: Alertmanager, the deduplication stage, in its order.
    """
    if entry is None:
        return NotificationReason.FIRST if firing else None
    if not firing <= entry.firing:
        return (
            NotificationReason.NEW_ALERTS if entry.firing else NotificationReason.FIRST
        )
    if not firing:
        return NotificationReason.ALL_RESOLVED if entry.firing else None
    if sends_resolved and not resolved <= entry.resolved:
        return NotificationReason.NEW_RESOLVED
    return NotificationReason.REPEAT if repeats else None


def by_labels(alerts: Iterable[GroupedAlert]) -> tuple[GroupedAlert, ...]:
    """Return alerts by job, instance, number of labels, then labels.

    Source: Alertmanager, the order of alerts in a notification.
    """
    return tuple(sorted(alerts, key=lambda alert: _order(alert.labels)))


def withdraw(
    group: AlertGroup, integration: Integration, new: frozenset[str]
) -> AlertGroup:
    """Return the group after a notification became a dead letter.

    The integration was never told of the alerts that were new in it: those that still
    fire are due again.
    """
    entry = group.told.get(integration)
    if entry is None:
        return group
    told = {**group.told, integration: replace(entry, firing=entry.firing - new)}
    return replace(group, told=told)


def _flush_time(due_ms: int | None, timing: GroupTiming, now_ms: int) -> int | None:
    """Return the grid point that is due, None if none is."""
    if due_ms is None:
        return None
    longest_ms = max(timing.group_wait_ms, timing.group_interval_ms)
    if due_ms > now_ms + longest_ms:
        # The time of day went back while we were not running.
        return now_ms
    if due_ms > now_ms:
        return None
    return now_ms - (now_ms - due_ms) % timing.group_interval_ms


def _plan(
    group: AlertGroup,
    integration: Integration,
    present: GroupInput,
    timing: GroupTiming,
    flush_ms: int,
) -> tuple[LastNotification | None, DueNotification | None]:
    """Return what an integration has been told after the flush, and what is due."""
    entry = group.told.get(integration)
    believed = frozenset() if entry is None else entry.firing
    is_configured = integration in present.channels
    wanted = present.routed if is_configured else {}
    ended = {
        key: alert
        for key in believed
        if (alert := present.known.get(key)) is not None and alert.ends_ms is not None
    }
    firing = {k: a for k, a in wanted.items() if k not in present.muted}
    # Muted alerts stay in what is said of the group to those told of them before: a
    # message that leaves them out would claim that they are over.
    firing |= {
        k: present.known[k] for k in believed - ended.keys() if k in present.known
    }
    wakes = any(
        k not in present.muted and not a.is_acknowledged for k, a in wanted.items()
    )
    since_ms = 0 if entry is None else flush_ms - entry.at_ms
    sends_resolved = present.channels.get(integration, True)
    reason = decide(
        entry,
        frozenset(firing),
        frozenset(ended),
        sends_resolved=sends_resolved,
        repeats=since_ms >= timing.repeat_interval_ms
        and wakes
        and integration not in present.busy,
    )
    if reason is NotificationReason.ALL_RESOLVED and not sends_resolved:
        reason = None
    if reason is None:
        if entry is None or not (is_configured or firing):
            return None, None
        at_ms = entry.at_ms if since_ms >= 0 else flush_ms
        return LastNotification(frozenset(firing), entry.resolved, at_ms), None
    said = LastNotification(frozenset(firing), frozenset(ended), flush_ms)
    return said, DueNotification(
        integration,
        reason,
        by_labels(firing.values()),
        by_labels(ended.values()) if sends_resolved else (),
        frozenset(firing) - believed,
    )


def _plan_muted(
    group: AlertGroup, present: GroupInput
) -> tuple[frozenset[str], list[DueNotification]]:
    """Return the alerts on record as muted, and records for those that are new."""
    believed = group.told_firing
    muted = {k: a for k, a in present.routed.items() if k in present.muted}
    unsaid = {k: a for k, a in muted.items() if k not in group.muted | believed}
    if not unsaid:
        return group.muted & muted.keys(), []
    silences = sorted({s for key in unsaid for s in present.muted[key]})
    return group.muted & muted.keys() | unsaid.keys(), [
        DueNotification(
            integration,
            NotificationReason.MUTED,
            by_labels(unsaid.values()),
            muted_by=tuple(silences),
        )
        for integration in sorted(present.channels)
    ]


def _order(labels: Labels) -> tuple[object, ...]:
    first = tuple((not labels.get(n), labels.get(n)) for n in ("job", "instance"))
    return first, len(labels), labels.pairs


_ESCAPES = {
    '"': r"\"",
    "\\": r"\\",
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}


def _quoted(value: str) -> str:
    """Return a text as Go's ``strconv.Quote`` writes it."""
    return '"' + "".join(map(_quoted_character, value)) + '"'


def _quoted_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:  # noqa: PLR2004 - ASCII
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
