"""From closed slices to changes of alerts. Pure but for the states it remembers.

After slices have closed, every objective that may burn, is blind, or has an alert
under way is looked at exactly; for all others nothing can change.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from kizashi.alert.facts import Fact, texts_of
from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.kinds import ALERT_KINDS
from kizashi.alert.kinds._base import LabelledCondition
from kizashi.alert.kinds.data_loss import NAME as DATA_LOSS
from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.alert.kinds.invalid_figures import NAME as INVALID_FIGURES
from kizashi.alert.kinds.target_down import NAME as TARGET_DOWN
from kizashi.app.evidence import burn_facts, explain, figure_facts, look
from kizashi.app.followed_alerts import UPSTREAM_JOB, followed, told_apart
from kizashi.app.health import TargetHealth, jobs_down
from kizashi.app.possible_alerts import WatchedShard, watch
from kizashi.errors import NotFoundError
from kizashi.ledger.building import Built
from kizashi.ledger.engine import LONGEST_PAUSE_MS
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.upstream import RunningAlert
from kizashi.ports.alerts import REMARK, Alert, AlertChange
from kizashi.rules.alert_state import (
    AlertState,
    Ending,
    PairEvidence,
    Phase,
    end,
    step,
)
from kizashi.slo.objective import NoData
from kizashi.slo.window_sums import State

#: The names of alerts that a server decides on for us.
NAMES = frozenset(kind.name for kind in ALERT_KINDS.values() if kind.is_in_rules)

_MINUTE_MS = 60_000


@dataclass(slots=True)
class AlertTracker:
    """Remembers every alert that is not inactive, and steps them.

    Called from the thread that runs the engine.
    """

    _alerts: dict[str, Alert] = field(default_factory=dict)
    _watched: list[WatchedShard] = field(default_factory=list)
    #: Alerts that a server decides on, and tells people of.
    _followed: dict[str, Alert] = field(default_factory=dict)
    #: The newest episode of those that are inactive now and have fired before.
    _episodes: dict[str, int] = field(default_factory=dict)
    _is_restored: bool = False
    #: Whether a server decides, and tells people.
    _follows: bool = False
    #: Alerts whose state has changed and not their phase: other pairs are held.
    _moved: set[str] = field(default_factory=set)

    def restore(self, alerts: Iterable[Alert], now_ms: int) -> None:
        """Go on with the alerts of an earlier process; of inactive ones they count on.

        Timers of burn alerts go on; `adopt` ends those of too long ago. A data loss that
        was pending starts anew: time in which Kizashi did not run is not counted (rule
        16).
        """
        self._is_restored = True
        for alert in alerts:
            state = alert.state
            if state.phase is Phase.INACTIVE:
                self._episodes[alert.id] = state.episode
                continue
            is_loss = alert.labels.get("alertname") == DATA_LOSS
            if is_loss and state.phase is Phase.PENDING:
                state = replace(state, began_ms=now_ms, since_ms=now_ms)
            self._alerts[alert.id] = replace(alert, state=state)

    def adopt(self, built: Built, now_ms: int) -> list[AlertChange]:
        """Watch what was built; return the ends of alerts whose objective is gone."""
        services = {s.name: s for s in built.plan.services}
        stepped_ms = [watched.stepped_ms for watched in self._watched]
        self._watched = [
            watch(shard, services, partial(built.concerns, shard))
            for shard in built.shards
        ]
        if self._is_restored:
            self._is_restored = False
            self._wait_anew(now_ms)
        for watched in self._watched:
            watched.stepped_ms = min([watched.stepped_ms, *stepped_ms])
        # Where a server decides, and tells people, it does not of its figures.
        kept = {
            idle.id
            for w in self._watched
            for (_, name, _), idle in w.idle.items()
            if not built.plan.follows or name == INVALID_FIGURES
        }
        self._follows = built.plan.follows
        if not self._follows:
            self._followed = {}
        gone = [
            alert
            for alert in self._alerts.values()
            if alert.labels.get("objective") and alert.id not in kept
        ]
        gone += [
            alert
            for alert in self._alerts.values()
            if alert.labels.get("alertname") == TARGET_DOWN
            and alert.labels.get("job") not in {*built.intervals_ms, UPSTREAM_JOB}
        ]
        why = json.dumps({"ended": Ending.DELETED.value})
        return [
            change
            for alert in gone
            for change in self._change(
                alert, end(alert.state, now_ms, Ending.DELETED), now_ms, why
            )
        ]

    def _wait_anew(self, now_ms: int) -> None:
        """Let burn alerts wait anew if nothing was seen for an hour before a start.

        Whether their condition held meanwhile nobody knows.
        """
        for watched in self._watched:
            for (member, name, _), idle in watched.idle.items():
                alert = self._alerts.get(idle.id)
                if name != BURN or alert is None:
                    continue
                hour = watched.shard.members[member].hour_slices
                is_pending = alert.state.phase is Phase.PENDING
                if is_pending and not watched.shard.window(member, hour).seen:
                    state = replace(alert.state, began_ms=now_ms, since_ms=now_ms)
                    self._alerts[idle.id] = replace(alert, state=state)

    def alerts(self) -> list[Alert]:
        """Return every alert that is not inactive, by id."""
        every = {**self._followed, **self._alerts}
        return [every[key] for key in sorted(every)]

    def follow(self, running: Iterable[RunningAlert], now_ms: int) -> None:
        """Take note of the alerts that a server holds; nobody is told of them here."""
        possible = [a for w in self._watched for a in w.idle.values()]
        before = self._followed
        self._followed = followed(possible, NAMES, before, running, now_ms)
        self.renew_facts()

    def moved(self) -> list[Alert]:
        """Return the alerts that hold other pairs than before, each of them once."""
        moved, self._moved = self._moved, set()
        return [self._alerts[key] for key in sorted(moved) if key in self._alerts]

    def state_of(self, labels: Labels) -> AlertState:
        """Return the state of the alert with these labels."""
        key = fingerprint(labels)
        known = self._alerts.get(key) or self._followed.get(key)
        return AlertState() if known is None else known.state

    def acknowledged(self, alert: Alert) -> None:
        """Take note of who acknowledged an alert."""
        known = self._alerts.get(alert.id)
        if known is not None:
            self._alerts[alert.id] = known.acknowledged_as(alert)

    def resolve(
        self, alert_id: str, who: str, reason: str, now_ms: int, remark: str = ""
    ) -> AlertChange:
        """Return the change by which a person ends an alert, with a reason.

        Raises:
            NotFoundError: If no active alert has this id.
        """
        alert = self._alerts.get(alert_id)
        if alert is None or not alert.state.phase.is_active:
            raise NotFoundError(f"no active alert has the id {alert_id}")
        told = {"ended": Ending.PERSON.value, "by": who, "reason": reason}
        why = json.dumps(told | ({REMARK: remark} if remark else {}))
        after = end(alert.state, now_ms, Ending.PERSON)
        return self._change(alert, after, now_ms, why)[0]

    def evaluate(self, *, is_newest: bool = True) -> list[AlertChange]:
        """Step every alert of an objective at its shard's newest slice.

        Of those that a server decides on, only the tickets of impossible figures.

        Args:
            is_newest: Whether no further slice is due. At those that were closed late
                a loss of data ends, but does not begin: we may not have run then.
        """
        changes: list[AlertChange] = []
        for watched in self._watched:
            if self._follows:
                # A figure that the server holds to be impossible it tells itself.
                changes += self._figures(watched) if is_newest else []
                continue
            blind = watched.scan.blind()
            if is_newest:
                self._postpone(watched)
            under_way = self._under_way(watched)
            burning = {(m, s) for m, name, s in under_way if name == BURN}
            burning |= {(m, s.value) for m, s in watched.scan.suspects()}
            for member, severity in sorted(burning):
                changes += self._burn(watched, member, Severity(severity))
            lost = {m for m, name, _ in under_way if name == DATA_LOSS}
            lost = lost | blind if is_newest else lost - blind
            for member in sorted(lost):
                changes += self._data_loss(watched, member, is_blind=member in blind)
            changes += self._figures(watched)
        return changes

    def _under_way(self, watched: WatchedShard) -> set[tuple[int, str, str]]:
        """Return which alerts of a shard are not inactive."""
        if not self._alerts:
            return set()
        return {key for key, idle in watched.idle.items() if idle.id in self._alerts}

    def _figures(self, watched: WatchedShard) -> list[AlertChange]:
        severity = Severity.TICKET.value
        odd = {m for m, name, _ in self._under_way(watched) if name == INVALID_FIGURES}
        held = {key for key, a in self._followed.items() if a.state.phase.is_active}
        return [
            change
            for member in sorted(odd | watched.faults().keys())
            if watched.idle[member, INVALID_FIGURES, severity].id not in held
            for change in self._invalid(watched, member)
        ]

    def _postpone(self, watched: WatchedShard) -> None:
        """Count no time in which Kizashi did not run as time of lost data: rule 16."""
        newest_ms = watched.shard.newest_ms
        slept_ms = newest_ms - watched.stepped_ms
        watched.stepped_ms = newest_ms
        if slept_ms <= LONGEST_PAUSE_MS:
            return
        for (_, name, _), idle in watched.idle.items():
            alert = self._alerts.get(idle.id)
            if name != DATA_LOSS or alert is None or alert.state.began_ms is None:
                continue
            if alert.state.phase is Phase.PENDING:
                began_ms = alert.state.began_ms + slept_ms
                state = replace(alert.state, began_ms=began_ms)
                self._alerts[idle.id] = replace(alert, state=state)

    def renew_facts(self) -> None:
        """Bring the facts of burn alerts under way up to date, for repeats."""
        for watched in self._watched:
            for (member, name, severity), idle in watched.idle.items():
                every = self._alerts if idle.id in self._alerts else self._followed
                alert = every.get(idle.id)
                if name != BURN or alert is None or not alert.state.phase.is_active:
                    continue
                pairs = watched.pairs[member, severity]
                shard = watched.shard
                looks = [look(shard, member, p) for p in pairs]
                longest = max(p.long_slices for p in pairs)
                if shard.source.is_read(member, longest):
                    said = [each.evidence for each in looks]
                    alert = told_apart(alert, said, shard.newest_ms)
                facts = burn_facts(shard, member, looks, watched.fault(member))
                every[alert.id] = replace(alert, facts=facts)

    def _burn(
        self, watched: WatchedShard, member: int, severity: Severity
    ) -> list[AlertChange]:
        shard = watched.shard
        tracked, now_ms = shard.members[member], shard.newest_ms
        looks = [look(shard, member, p) for p in watched.pairs[member, severity.value]]
        evidence = tuple(each.evidence for each in looks)
        alert = self._known(watched, member, BURN, severity)
        after = step(alert.state, evidence, now_ms, for_ms=tracked.spec.for_ms)
        if after == alert.state:
            return []
        why = ""
        if _is_change(alert.state, after):
            alert = replace(
                alert,
                facts=burn_facts(shard, member, looks, watched.fault(member)),
            )
            why = explain(tracked, looks, after)
        return self._change(alert, after, now_ms, why)

    def _invalid(self, watched: WatchedShard, member: int) -> list[AlertChange]:
        """Step the ticket of impossible figures; what is in flight gets a minute."""
        shard, fault = watched.shard, watched.fault(member)
        alert = self._known(watched, member, INVALID_FIGURES, Severity.TICKET)
        wait_ms = max(2 * shard.interval_ms, _MINUTE_MS)
        evidence = PairEvidence(fault is not None, fault is None)
        now_ms = shard.newest_ms
        after = step(alert.state, (evidence,), now_ms, for_ms=wait_ms)
        if fault is not None:
            alert = replace(alert, facts=figure_facts(fault))
        if after == alert.state:
            return []
        told = json.dumps({"at": now_ms / 1000, **texts_of(alert.facts)})
        return self._change(alert, after, now_ms, told)

    def _data_loss(
        self, watched: WatchedShard, member: int, *, is_blind: bool
    ) -> list[AlertChange]:
        """Step the alerts of lost data: a page, or a ticket for absent series.

        A page under way stays the only one. A ticket under way becomes no page, but
        does not stand in the way of one when the targets are lost as well.
        """
        tracked = watched.shard.members[member]
        if not tracked.plan.pairs or tracked.spec.no_data is NoData.GOOD:
            return []
        is_absent = watched.shard.ledger.state(member) == State.ABSENT
        page = self._known(watched, member, DATA_LOSS, Severity.PAGE)
        ticket = self._known(watched, member, DATA_LOSS, Severity.TICKET)
        is_over = not is_blind
        if ticket.state.phase.is_active:
            escalates = is_blind and (page.state.phase.is_active or not is_absent)
            # A page that waits begins anew when the targets answer meanwhile.
            evidence = PairEvidence(escalates, not escalates)
            changes = self._step_loss(watched, member, page, evidence)
            evidence = PairEvidence(is_blind, is_over)
            return [*changes, *self._step_loss(watched, member, ticket, evidence)]
        if not page.state.phase.is_active:
            page, ticket = self._same_loss(page, ticket, is_absent=is_absent)
        alert = ticket if is_absent and not page.state.phase.is_active else page
        return self._step_loss(watched, member, alert, PairEvidence(is_blind, is_over))

    def _same_loss(
        self, page: Alert, ticket: Alert, *, is_absent: bool
    ) -> tuple[Alert, Alert]:
        """Hand the time of a loss that is pending to the alert of its present kind."""
        old, new = (page, ticket) if is_absent else (ticket, page)
        if old.state.phase is not Phase.PENDING:
            return page, ticket
        del self._alerts[old.id]
        self._episodes[old.id] = old.state.episode
        state = replace(old.state, episode=new.state.episode)
        new = self._alerts[new.id] = replace(new, state=state)
        return (page, new) if is_absent else (new, ticket)

    def _step_loss(
        self, watched: WatchedShard, member: int, alert: Alert, evidence: PairEvidence
    ) -> list[AlertChange]:
        shard = watched.shard
        tracked, now_ms = shard.members[member], shard.newest_ms
        shortest = min(p.short_slices for p in tracked.plan.pairs)
        wait_ms = max(2 * shard.interval_ms, shortest * tracked.slice_ms)
        after = step(alert.state, (evidence,), now_ms, for_ms=wait_ms + 1)
        if after == alert.state:
            return []
        sums = shard.window(member, shortest)
        facts: dict[str, Fact] = {
            "state": State(shard.ledger.state(member)).word,
            "window": tracked.window_text(shortest),
            "coverage": sums.coverage,
            "for": format_duration(wait_ms),
        }
        why = json.dumps({"at": now_ms / 1000, **texts_of(facts)})
        return self._change(replace(alert, facts=facts), after, now_ms, why)

    def evaluate_targets(
        self, targets: Iterable[TargetHealth], now_ms: int
    ) -> list[AlertChange]:
        """Step TargetDown of every job that has targets."""
        changes = [c for one in jobs_down(targets) for c in self._told(one, now_ms)]
        return [*changes, *self._forget(now_ms)]

    def _forget(self, now_ms: int) -> list[AlertChange]:
        """List no ended alert longer than is due; its objective or job may be gone."""
        return [
            change
            for alert in list(self._alerts.values())
            if alert.state.phase is Phase.RESOLVED
            for change in self._change(alert, step(alert.state, (), now_ms), now_ms, "")
        ]

    def evaluate_conditions(
        self, conditions: Iterable[LabelledCondition], now_ms: int
    ) -> list[AlertChange]:
        """Step the alerts of what Kizashi tells about itself."""
        return [change for one in conditions for change in self._told(one, now_ms)]

    def _told(self, known: LabelledCondition, now_ms: int) -> list[AlertChange]:
        """Step the alert that some labels name."""
        alert = self._by_labels(known.labels)
        over = not known.fires if known.resolves is None else known.resolves
        evidence = PairEvidence(known.fires, over)
        after = step(alert.state, (evidence,), now_ms, for_ms=known.wait_ms)
        if after == alert.state:
            return []
        why = json.dumps({"at": now_ms / 1000, **texts_of(known.facts)})
        return self._change(replace(alert, facts=known.facts), after, now_ms, why)

    def _known(
        self, watched: WatchedShard, member: int, name: str, severity: Severity
    ) -> Alert:
        idle = watched.idle[member, name, severity.value]
        current = self._alerts.get(idle.id)
        if current is None:
            return self._anew(idle)
        if current.runbook == idle.runbook:
            return current
        return replace(current, runbook=idle.runbook)

    def _by_labels(self, labels: Labels) -> Alert:
        key = fingerprint(labels)
        known = self._alerts.get(key)
        return known or self._anew(Alert(key, labels, AlertState()))

    def _anew(self, alert: Alert) -> Alert:
        """Return an inactive alert that counts on from its newest episode."""
        episode = self._episodes.get(alert.id, 0)
        if not episode:
            return alert
        return replace(alert, state=replace(alert.state, episode=episode))

    def _change(
        self, alert: Alert, after: AlertState, now_ms: int, why: str
    ) -> list[AlertChange]:
        """Remember an alert's new state; return it as a change if its phase is new."""
        before = alert.state
        if before.episode != after.episode:
            alert = alert.acknowledged_as(None)
        alert = replace(alert, state=after)
        if after.phase is Phase.INACTIVE:
            self._alerts.pop(alert.id, None)
            if after.episode:
                self._episodes[alert.id] = after.episode
        else:
            self._alerts[alert.id] = alert
        if not _is_change(before, after):
            self._moved.add(alert.id)
            return []
        told = {before.phase, after.phase} - {Phase.INACTIVE, Phase.PENDING}
        if not told and alert.labels.get("alertname") != BURN:
            # Only the timers of burn alerts outlive a process. Every start is blind
            # for a moment; that is no news.
            return []
        return [AlertChange(alert, before.phase, now_ms, why)]


def _is_change(before: AlertState, after: AlertState) -> bool:
    return before.phase is not after.phase or before.episode != after.episode
