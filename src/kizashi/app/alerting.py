"""From closed slices to changes of alerts. Pure but for the states it remembers.

After slices have closed, every objective that may burn, is blind, or has an alert
under way is looked at exactly; for all others nothing can change.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kizashi.alert.fingerprint import fingerprint
from kizashi.app.engine import Built
from kizashi.app.figures import Instant, objective_view
from kizashi.app.shard import Shard
from kizashi.app.tracking import Tracked
from kizashi.errors import NotFoundError
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert, AlertChange
from kizashi.rules.alert_state import (
    AlertState,
    Ending,
    PairEvidence,
    Phase,
    end,
    step,
)
from kizashi.slo.burning import BurnScan
from kizashi.slo.firing import Guard, pair_evidence
from kizashi.slo.objective import NoData, ServiceSpec
from kizashi.slo.policy import Pair, Severity
from kizashi.slo.slices import SEEN_ONE, State, WindowSums

BURN = "ErrorBudgetBurn"
DATA_LOSS = "DataLoss"
TARGET_DOWN = "TargetDown"
NOTIFICATION_FAILED = "NotificationFailed"

_MINUTE_MS = 60_000
#: Without another dead letter for so long, a receiver is taken for well again.
DEAD_LETTER_MS = 10 * _MINUTE_MS


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """How a scrape target stands, as far as TargetDown asks.

    Attributes:
        job: The target's job label.
        is_down: Whether its last scrape failed; None before the first.
        interval_ms: Its scrape interval.
    """

    job: str
    is_down: bool | None
    interval_ms: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The newest notification that was given up, of one receiver."""

    at_ms: int
    kind: str
    answer: str


@dataclass(slots=True)
class _Watched:
    """A shard with its scan, as long as the shard is the same."""

    shard: Shard
    scan: BurnScan


@dataclass(slots=True)
class Alerting:
    """Remembers every alert that is not inactive, and steps them.

    Called from the thread that runs the engine.
    """

    _alerts: dict[str, Alert] = field(default_factory=dict)
    _watched: list[_Watched] = field(default_factory=list)
    _services: dict[str, ServiceSpec] = field(default_factory=dict)

    def restore(self, alerts: Iterable[Alert], now_ms: int) -> None:
        """Go on with the alerts of an earlier process.

        Timers of burn alerts go on. A data loss that was pending starts anew: time in
        which Kizashi did not run is not counted (rule 16).
        """
        for alert in alerts:
            state = alert.state
            is_loss = alert.labels.get("alertname") == DATA_LOSS
            if is_loss and state.phase is Phase.PENDING:
                state = replace(state, began_ms=now_ms, since_ms=now_ms)
            self._alerts[alert.id] = replace(alert, state=state)

    def adopt(self, built: Built, now_ms: int) -> list[AlertChange]:
        """Watch what was built; return the ends of alerts whose objective is gone."""
        self._watched = [_Watched(s, _scan(s)) for s in built.shards]
        self._services = {s.name: s for s in built.plan.services}
        kept = {
            labels_of(self._services, tracked, name, severity).pairs
            for shard in built.shards
            for tracked in shard.members
            for name, severity in _possible(tracked)
        }
        gone = [
            alert
            for alert in self._alerts.values()
            if alert.labels.get("objective") and alert.labels.pairs not in kept
        ]
        gone += [
            alert
            for alert in self._alerts.values()
            if alert.labels.get("alertname") == TARGET_DOWN
            and alert.labels.get("job") not in built.plan.intervals_ms
        ]
        why = json.dumps({"ended": Ending.DELETED.value})
        return [
            change
            for alert in gone
            for change in self._change(
                alert, end(alert.state, now_ms, Ending.DELETED), now_ms, why
            )
        ]

    def alerts(self) -> list[Alert]:
        """Return every alert that is not inactive, by id."""
        return [self._alerts[key] for key in sorted(self._alerts)]

    def state_of(self, labels: Labels) -> AlertState:
        """Return the state of the alert with these labels."""
        known = self._alerts.get(fingerprint(labels))
        return AlertState() if known is None else known.state

    def acknowledged(self, alert: Alert) -> None:
        """Take note of who took an alert in hand."""
        known = self._alerts.get(alert.id)
        if known is not None:
            self._alerts[alert.id] = replace(
                known,
                acknowledged_by=alert.acknowledged_by,
                acknowledged_ms=alert.acknowledged_ms,
            )

    def resolve(self, alert_id: str, who: str, reason: str, now_ms: int) -> AlertChange:
        """Return the change by which a person ends an alert, with a reason.

        Raises:
            NotFoundError: If no active alert has this id.
        """
        alert = self._alerts.get(alert_id)
        if alert is None or not alert.state.phase.is_active:
            raise NotFoundError(f"no active alert has the id {alert_id}")
        why = json.dumps({"ended": Ending.PERSON.value, "by": who, "reason": reason})
        after = end(alert.state, now_ms, Ending.PERSON)
        return self._change(alert, after, now_ms, why)[0]

    def evaluate(self) -> list[AlertChange]:
        """Step every alert of an objective at its shard's newest slice."""
        changes: list[AlertChange] = []
        under_way = {
            (a.labels.get("service"), a.labels.get("objective"))
            for a in self._alerts.values()
        }
        for watched in self._watched:
            shard = watched.shard
            suspects, blind = watched.scan.suspects(), watched.scan.blind()
            active = (
                {
                    number
                    for number, member in enumerate(shard.members)
                    if member.spec.key in under_way
                }
                if under_way
                else set()
            )
            for member in sorted(suspects | active):
                changes += self._burn(shard, member)
            for member in sorted(blind | active):
                changes += self._data_loss(shard, member, is_blind=member in blind)
        return changes

    def _burn(self, shard: Shard, member: int) -> list[AlertChange]:
        tracked, now_ms = shard.members[member], shard.newest_ms
        changes: list[AlertChange] = []
        for severity in Severity:
            pairs = [p for p in tracked.plan.pairs if p.severity is severity]
            if not pairs:
                continue
            looks = [look(shard, member, pair) for pair in pairs]
            evidence = tuple(each.evidence for each in looks)
            alert = self._known(tracked, BURN, severity.value)
            after = step(alert.state, evidence, now_ms, for_ms=tracked.spec.for_ms)
            if after == alert.state and not after.phase.is_active:
                continue
            facts = burn_facts(shard, member, looks)
            alert = replace(alert, facts=facts)
            changes += self._change(
                alert, after, now_ms, explain(tracked, looks, after)
            )
        return changes

    def _data_loss(
        self, shard: Shard, member: int, *, is_blind: bool
    ) -> list[AlertChange]:
        tracked, now_ms = shard.members[member], shard.newest_ms
        if not tracked.plan.pairs or tracked.spec.no_data is NoData.GOOD:
            return []
        word = State(shard.ledger.state(member)).word
        alert = self._data_loss_alert(tracked, word)
        shortest = min(p.short_slices for p in tracked.plan.pairs)
        wait_ms = max(2 * shard.interval_ms, shortest * tracked.slice_ms)
        evidence = (PairEvidence(is_blind, not is_blind),)
        after = step(alert.state, evidence, now_ms, for_ms=wait_ms + 1)
        if after == alert.state:
            return []
        sums = shard.window(member, shortest)
        facts = {
            "state": word,
            "window": tracked.window_text(shortest),
            "coverage": repr(sums.coverage),
            "for": format_duration(wait_ms),
        }
        why = json.dumps({"at": now_ms / 1000, **facts})
        return self._change(replace(alert, facts=facts), after, now_ms, why)

    def _data_loss_alert(self, tracked: Tracked, word: str) -> Alert:
        """Return the alert under way, whatever its severity, or a fresh one.

        Lost data is a page; series that are gone while the target answers, a ticket.
        """
        for severity in Severity:
            alert = self._known(tracked, DATA_LOSS, severity.value)
            if alert.state.phase.is_active:
                return alert
        absent = word == State.ABSENT.word
        wanted = Severity.TICKET if absent else Severity.PAGE
        other = Severity.PAGE if absent else Severity.TICKET
        pending = self._known(tracked, DATA_LOSS, other.value)
        alert = self._known(tracked, DATA_LOSS, wanted.value)
        if pending.state.phase is Phase.PENDING:
            # The same loss, seen as another kind now: its time goes on.
            del self._alerts[pending.id]
            episode = alert.state.episode
            return replace(alert, state=replace(pending.state, episode=episode))
        return alert

    def evaluate_targets(
        self, targets: Iterable[TargetHealth], now_ms: int
    ) -> list[AlertChange]:
        """Step TargetDown of every job: all failing is a page, some a ticket.

        A job without targets says nothing: what it had goes on (rule 15).
        """
        by_job: dict[str, list[TargetHealth]] = {}
        for target in targets:
            if target.is_down is not None:
                by_job.setdefault(target.job, []).append(target)
        changes: list[AlertChange] = []
        for job, own in sorted(by_job.items()):
            down = sum(bool(t.is_down) for t in own)
            slowest = max(t.interval_ms for t in own)
            page_ms = max(3 * slowest, _MINUTE_MS)
            facts = {"job": job, "down": str(down), "targets": str(len(own))}
            for severity, fires, over, wait_ms in (
                (Severity.PAGE, down == len(own), down < len(own), page_ms),
                (Severity.TICKET, 0 < down < len(own), down == 0, 10 * _MINUTE_MS),
            ):
                labels = Labels.of(
                    alertname=TARGET_DOWN, job=job, severity=severity.value
                )
                alert = self._by_labels(labels)
                evidence = (PairEvidence(fires, over),)
                after = step(alert.state, evidence, now_ms, for_ms=wait_ms)
                if after != alert.state:
                    why = json.dumps({"at": now_ms / 1000, **facts})
                    alert = replace(alert, facts=facts)
                    changes += self._change(alert, after, now_ms, why)
        return changes

    def evaluate_deliveries(
        self, dead: Mapping[str, DeadLetter], now_ms: int
    ) -> list[AlertChange]:
        """Step the alert of every receiver to which something was given up.

        It fires with the first dead letter, and ends when there was none for a while.
        """
        changes: list[AlertChange] = []
        for receiver, letter in sorted(dead.items()):
            labels = Labels.of(
                alertname=NOTIFICATION_FAILED,
                receiver=receiver,
                severity=Severity.PAGE.value,
            )
            alert = self._by_labels(labels)
            is_recent = now_ms - letter.at_ms < DEAD_LETTER_MS
            evidence = (PairEvidence(is_recent, not is_recent),)
            after = step(alert.state, evidence, now_ms)
            if after != alert.state:
                facts = {"kind": letter.kind, "answer": letter.answer}
                why = json.dumps({"at": now_ms / 1000, **facts})
                alert = replace(alert, facts=facts)
                changes += self._change(alert, after, now_ms, why)
        return changes

    def _known(self, tracked: Tracked, name: str, severity: str) -> Alert:
        labels = labels_of(self._services, tracked, name, severity)
        return self._by_labels(labels, runbook_of(self._services, tracked))

    def _by_labels(self, labels: Labels, runbook: str = "") -> Alert:
        key = fingerprint(labels)
        known = self._alerts.get(key)
        return (
            Alert(key, labels, AlertState(), runbook=runbook)
            if known is None
            else (replace(known, runbook=runbook))
        )

    def _change(
        self, alert: Alert, after: AlertState, now_ms: int, why: str
    ) -> list[AlertChange]:
        """Remember an alert's new state; return it as a change if its phase is new."""
        before = alert.state
        alert = replace(alert, state=after)
        if before.episode != after.episode:
            alert = replace(alert, acknowledged_by="", acknowledged_ms=None)
        if after.phase is Phase.INACTIVE:
            self._alerts.pop(alert.id, None)
        else:
            self._alerts[alert.id] = alert
        if before.phase is after.phase and before.episode == after.episode:
            return []
        told = {before.phase, after.phase} - {Phase.INACTIVE, Phase.PENDING}
        if not told and alert.labels.get("alertname") != BURN:
            # Only the timers of burn alerts outlive a process. Every start is blind
            # for a moment; that is no news.
            return []
        return [AlertChange(alert, before.phase, now_ms, why)]


@dataclass(frozen=True, slots=True)
class Look:
    """A pair with what its windows hold and say."""

    pair: Pair
    long: WindowSums
    short: WindowSums
    evidence: PairEvidence


def look(shard: Shard, member: int, pair: Pair) -> Look:
    """Return what a pair says at a shard's newest slice."""
    long = shard.ledger.window(member, pair.long_slices)
    short = shard.ledger.window(member, pair.short_slices)
    return look_at(shard.members[member], pair, long, short)


def look_at(tracked: Tracked, pair: Pair, long: WindowSums, short: WindowSums) -> Look:
    """Return what a pair says about two windows."""
    return Look(pair, long, short, pair_evidence(pair, long, short, guard_of(tracked)))


def guard_of(tracked: Tracked) -> Guard:
    """Return what an objective asks beside the limit."""
    return Guard(tracked.spec.min_bad_events, tracked.spec.no_data)


def labels_of(
    services: Mapping[str, ServiceSpec], tracked: Tracked, name: str, severity: str
) -> Labels:
    """Return the labels of an objective's alert, those of its declaration included."""
    service = services.get(tracked.spec.service)
    own = Labels() if service is None else service.labels
    return own.merged(
        {
            "alertname": name,
            "service": tracked.spec.service,
            "objective": tracked.spec.name,
            "severity": severity,
        }
    )


def runbook_of(services: Mapping[str, ServiceSpec], tracked: Tracked) -> str:
    """Return the reference of the runbook for an objective's alerts, or empty."""
    service = services.get(tracked.spec.service)
    for runbook in () if service is None else service.runbooks:
        if runbook.on == tracked.spec.name:
            return runbook.ref
    return ""


def burn_facts(shard: Shard, member: int, looks: Sequence[Look]) -> dict[str, str]:
    """Return what a notification tells of a burning objective."""
    tracked = shard.members[member]
    instant = Instant(
        at_ms=shard.newest_ms,
        budget=shard.window(member, tracked.budget_slices),
        hour=shard.window(member, tracked.hour_slices),
        burns=(),
        state=State(shard.ledger.state(member)),
    )
    view = objective_view(tracked, instant, explain=False)
    chosen = next((each for each in looks if each.evidence.fires), looks[0])
    error_budget = 1 - float(tracked.spec.target)
    facts = {
        "target": str(tracked.spec.target),
        "window": view.window,
        "factor": str(chosen.pair.factor),
        "long": tracked.window_text(chosen.pair.long_slices),
        "short": tracked.window_text(chosen.pair.short_slices),
        "bad": _text(chosen.long.bad),
        "valid": _text(chosen.long.valid),
        "coverage": repr(chosen.long.coverage),
        "state": view.state,
    }
    for name, sums in (("long_burn", chosen.long), ("short_burn", chosen.short)):
        if sums.valid:
            facts[name] = repr(sums.bad / sums.valid / error_budget)
    if view.budget.remaining_ratio is not None:
        facts["budget_left"] = repr(view.budget.remaining_ratio)
    if view.budget.minutes is not None:
        facts["budget_minutes"] = repr(view.budget.minutes)
    if view.budget.time_to_empty_s is not None:
        facts["time_to_empty_s"] = repr(view.budget.time_to_empty_s)
    if view.sli is not None:
        facts["sli"] = repr(view.sli)
    return facts


def explain(tracked: Tracked, looks: Sequence[Look], after: AlertState | None) -> str:
    """Return the evidence of a step as JSON, to be worked out again by hand."""
    held = after.held if after is not None else ()
    return json.dumps(
        {
            "min_bad_events": tracked.spec.min_bad_events,
            "no_data": tracked.spec.no_data.value,
            "for_s": tracked.spec.for_ms / 1000,
            "pairs": [
                {
                    "factor": str(each.pair.factor),
                    "limit": "/".join(map(str, each.pair.limit)),
                    "long": _window_facts(tracked, each.long),
                    "short": _window_facts(tracked, each.short),
                    "fires": each.evidence.fires,
                    "resolves": each.evidence.resolves,
                    "held": held[number] if number < len(held) else None,
                }
                for number, each in enumerate(looks)
            ],
        }
    )


def _window_facts(tracked: Tracked, sums: WindowSums) -> dict[str, object]:
    return {
        "window": tracked.window_text(sums.slices),
        "bad": sums.bad,
        "valid": sums.valid,
        "seen": sums.seen / SEEN_ONE,
        "expected": sums.slices,
        "coverage": sums.coverage,
    }


def _possible(tracked: Tracked) -> list[tuple[str, str]]:
    burns = {p.severity.value for p in tracked.plan.pairs}
    losses = {s.value for s in Severity} if burns else set()
    return [(BURN, s) for s in burns] + [(DATA_LOSS, s) for s in losses]


def _scan(shard: Shard) -> BurnScan:
    return BurnScan(
        shard.ledger,
        [m.plan.pairs for m in shard.members],
        [guard_of(m) for m in shard.members],
    )


def _text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
