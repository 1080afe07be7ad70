"""Which alerts an objective can have, worked out once for as long as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.kinds.data_loss import NAME as DATA_LOSS
from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.alert.kinds.invalid_figures import NAME as INVALID_FIGURES
from kizashi.app.evidence import guard_of
from kizashi.ledger.burning import BurnScan
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.ports.alerts import Alert
from kizashi.rules.alert_state import AlertState
from kizashi.slo.faults import Fault
from kizashi.slo.objective import NoData, ServiceSpec
from kizashi.slo.policy import WindowPair


@dataclass(slots=True)
class WatchedShard:
    """A shard with what follows from it, as long as the shard is the same.

    Attributes:
        shard: The shard.
        scan: Finds the objectives that may burn.
        idle: Each alert of each objective before anything has happened to it, by
            objective, name and severity: labels and identity are worked out once.
        pairs: The pairs of each burn alert, by objective and severity.
        stepped_ms: The slice at which its alerts were stepped last.
        faults: Returns whose figures are impossible at the newest slice, and why.
    """

    shard: Shard
    scan: BurnScan
    idle: dict[tuple[int, str, str], Alert]
    pairs: dict[tuple[int, str], list[WindowPair]]
    stepped_ms: int
    faults: Callable[[], Mapping[int, Fault]]

    def fault(self, member: int) -> Fault | None:
        """Return why an objective's figures cannot be right, None where they may."""
        return self.faults().get(member)


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


def watch(
    shard: Shard,
    services: Mapping[str, ServiceSpec],
    faults: Callable[[], Mapping[int, Fault]],
) -> WatchedShard:
    """Return a shard with the alerts that its objectives can have."""
    idle: dict[tuple[int, str, str], Alert] = {}
    pairs: dict[tuple[int, str], list[WindowPair]] = {}
    for member, tracked in enumerate(shard.members):
        runbook = runbook_of(services, tracked)
        for name, severity in possible_alerts(tracked):
            labels = labels_of(services, tracked, name, severity)
            key = fingerprint(labels)
            alert = Alert(key, labels, AlertState(), runbook=runbook)
            idle[member, name, severity] = alert
        for pair in tracked.plan.pairs:
            pairs.setdefault((member, pair.severity.value), []).append(pair)
    scan = BurnScan(
        shard.ledger,
        [m.plan.pairs for m in shard.members],
        [guard_of(m) for m in shard.members],
    )
    return WatchedShard(shard, scan, idle, pairs, shard.newest_ms, faults)


def possible_alerts(tracked: Tracked) -> list[tuple[str, str]]:
    """Return name and severity of every alert that an objective can have."""
    burns = sorted({p.severity.value for p in tracked.plan.pairs})
    cares = bool(burns) and tracked.spec.no_data is not NoData.GOOD
    losses = [s.value for s in Severity] if cares else []
    return [
        *((BURN, s) for s in burns),
        *((DATA_LOSS, s) for s in losses),
        (INVALID_FIGURES, Severity.TICKET.value),
    ]
