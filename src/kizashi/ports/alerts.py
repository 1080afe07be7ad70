"""What the inside asks of a store of alerts, silences and notifications.

The promise behind it: a change of an alert and the notifications due for it commit
in one transaction, so that neither is lost without the other. Calls are synchronous and
may come from any thread; times are Unix milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kizashi.alert.facts import Facts
from kizashi.model.labels import Labels
from kizashi.rules.alert_state import AlertState, Phase

#: What names in an event's evidence who acknowledged an alert.
TAKEN = "acknowledged"
#: What holds, in an event's evidence, what was said of who acted.
REMARK = "remark"


def attributed(name: str, remark: object) -> str:
    """Return who acted as people read it: the token's name, and what was said beside.

    The remark never stands alone: any holder of a token may write anything there.
    """
    return f"{name} ({remark})" if remark else name


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands.

    Attributes:
        id: Sixteen hex digits that follow from its labels: Alertmanager's fingerprint.
        labels: ``alertname`` (ErrorBudgetBurn, DataLoss, TargetDown), ``severity``,
            and ``service`` and ``objective``, or ``job``; labels of the declaration.
        state: Where it stands.
        facts: What the texts of a notification are made of: the pair that holds, its
            windows, burn, counts, coverage, budget left, time to empty. Numbers and
            plain text, never a sentence.
        runbook: Reference of the runbook, or empty.
        acknowledged_by: Who acknowledged it in this episode, or empty.
        acknowledged_ms: When, or None.
        acknowledged_remark: What was said of who it is, or empty.
    """

    id: str
    labels: Labels
    state: AlertState
    facts: Facts = field(default_factory=dict)
    runbook: str = ""
    acknowledged_by: str = ""
    acknowledged_ms: int | None = None
    acknowledged_remark: str = ""

    def acknowledged_as(self, other: "Alert | None") -> "Alert":
        """Return this alert with the acknowledgement of another, or with none."""
        return replace(
            self,
            acknowledged_by="" if other is None else other.acknowledged_by,
            acknowledged_ms=None if other is None else other.acknowledged_ms,
            acknowledged_remark="" if other is None else other.acknowledged_remark,
        )


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that changed phase, and why, for *explain* at any later time.

    Attributes:
        alert: The alert after the change.
        before: The phase before.
        at_ms: When: the closing edge of the slice that decided.
        why: The evidence as JSON: windows, counts, coverage, limit, guard.
    """

    alert: Alert
    before: Phase
    at_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One line of an alert's history: a change of phase, or that someone took it.

    Attributes:
        alert_id: The alert that changed.
        at_ms: When, Unix milliseconds.
        before: The phase before.
        after: The phase after; the same where someone acknowledged it.
        episode: The episode after.
        why: The evidence as JSON; who, under `TAKEN`, where someone acknowledged it.
    """

    alert_id: str
    at_ms: int
    before: Phase
    after: Phase
    episode: int
    why: str

    @property
    def is_change(self) -> bool:
        """Whether the phase changed."""
        return self.before is not self.after


@dataclass(frozen=True, slots=True)
class SilenceMatcher:
    """One comparison of a silence: ``op`` is one of = != =~ !~."""

    name: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that nobody is told of for a while; they stay visible.

    Attributes:
        id: A random identifier.
        matchers: All must hold of an alert's labels.
        starts_ms: From when, included.
        ends_ms: Until when, not included.
        owner: Who answers for it.
        reason: Why; never empty.
        created_ms: When it was made.
        made_by: The token that it was made with, empty where that was not kept.
        ended_by: The token that it was ended with, or empty.
    """

    id: str
    matchers: tuple[SilenceMatcher, ...]
    starts_ms: int
    ends_ms: int
    owner: str
    reason: str
    created_ms: int
    made_by: str = ""
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class DamagedSilences:
    """Silences that are not what was written: they mute nothing.

    Attributes:
        count: How many.
        since_ms: When the first of them was found.
    """

    count: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a notification, and what the receiver answered.

    Attributes:
        notification_id: The idempotency key.
        at_ms: When it began.
        outcome: A message id such as ``notify.delivered`` or ``notify.timeout``; its
            text has the placeholder ``answer``.
        answer: What the receiver said, without secrets, at most 200 characters.
    """

    notification_id: str
    at_ms: int
    outcome: str
    answer: str


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """A notification to a receiver.

    Attributes:
        id: The idempotency key; the same for every attempt.
        receiver: The receiver's name.
        kind: Such as ``webhook`` or ``log``.
        group_key: The group it speaks for.
        alert_ids: The alerts in it.
        created_ms: When it was created.
        state: pending, delivered, dead, or muted: it would have been due, had not a
            silence kept it back.
        next_attempt_ms: When it is tried next; None unless pending.
        attempts: All tries so far, oldest first.
        muted_by: The silences that kept it back.
    """

    id: str
    receiver: str
    kind: str
    group_key: str
    alert_ids: tuple[str, ...]
    created_ms: int
    state: str
    next_attempt_ms: int | None
    attempts: tuple[Attempt, ...] = ()
    muted_by: tuple[str, ...] = ()


class AlertStore(Protocol):
    """Alerts and their history. What returned is durable."""

    def every(self) -> list[Alert]:
        """Return every alert that ever was and is not forgotten, by id."""
        ...

    def commit(self, changes: Sequence[AlertChange], now_ms: int) -> None:
        """Store changed alerts, their history, and that their groups are due.

        All in one transaction: a notification due for these changes cannot be lost.
        """
        ...

    def refresh(self, alerts: Sequence[Alert]) -> None:
        """Store newer facts of alerts whose phase did not change."""
        ...

    def history(
        self, alert_id: str | None = None, *, start_ms: int = 0, end_ms: int = 2**62
    ) -> list[AlertEvent]:
        """Return changes of one alert, or of all, by time."""
        ...

    def acknowledge(
        self, alert_id: str, who: str, now_ms: int, remark: str = ""
    ) -> Alert:
        """Note who acknowledged an active alert, in its history too.

        Raises:
            NotFoundError: If no active alert has this id.
        """
        ...

    def silences(self) -> list[Silence]:
        """Return all silences, those that ended among them, by their end."""
        ...

    def damaged_silences(self, since_ms: int, now_ms: int) -> DamagedSilences | None:
        """Return the silences that were found damaged since a time, None for none."""
        ...

    def add_silence(self, silence: Silence) -> None:
        """Add a silence."""
        ...

    def end_silence(self, silence_id: str, now_ms: int, who: str = "") -> None:
        """Let a silence end now, if it has not ended; what it muted stays known.

        Raises:
            NotFoundError: If there is none of this id.
        """
        ...

    def notifications(
        self, alert_id: str | None = None, limit: int = 100, *, until_ms: int = 2**62
    ) -> list[NotificationRecord]:
        """Return the newest notifications, of one alert or of all, with attempts.

        Of those created up to a time, that included.
        """
        ...
