"""How everything stands at a glance: enough to put the worst first, cheaply.

A page shows a few dozen services of hundreds. Which ones, an `ObjectiveStanding` of every
objective decides; the exact figures are worked out for those on the page alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.app.figures import whole_budget
from kizashi.ledger.engine import Engine
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked, spec_from_json
from kizashi.ports.alert_service import AlertListView
from kizashi.ports.ledger import LedgerStore
from kizashi.slo.budget import Ratio, value_of
from kizashi.slo.faults import INVALID, Fault
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.standing import (
    Burning,
    Urgency,
    alert_level,
    burning,
    fastest,
    objective_level,
    worst_first,
)
from kizashi.slo.window_sums import State


@dataclass(frozen=True, slots=True)
class ObjectiveStanding:
    """How one objective stands.

    Times are Unix seconds.

    Attributes:
        service: The service's name.
        objective: The objective's name.
        level: How much it needs a person.
        state: What its data looks like: live, idle, absent, broken, unknown; or
            invalid, where its figures are impossible.
        burning: The fastest burn of its pairs; None without events.
        left_ratio: What is left of the budget; None without events.
        coverage: The coverage of its window, 0 to 1.
        since: When the alert that gives the level began its state; None without one.
        alert: The id of that alert, or None.
        alert_name: What it is about; empty without one.
        indicator: The share of good events; None without events.
    """

    service: str
    objective: str
    level: Urgency
    state: str
    burning: Burning | None
    left_ratio: float | None
    coverage: float
    since: float | None = None
    alert: str | None = None
    alert_name: str = ""
    indicator: Ratio | None = None

    @property
    def sli(self) -> float | None:
        """The share of good events as it is shown; None without events."""
        return value_of(self.indicator)

    @property
    def rank(self) -> tuple[int, float, float]:
        """A key that sorts the worst first, and of those the fastest burn."""
        burn = self.burning.rate if self.burning else None
        return worst_first(self.level, [burn], [self.left_ratio])


@dataclass(frozen=True, slots=True)
class Declared:
    """What an objective was declared to be from a time on.

    Attributes:
        since: Unix seconds.
        until: Unix seconds; None for what holds now.
        generation: The number of the generation that counts it.
        target: Its target.
        window_s: Its window, in seconds.
    """

    since: float
    until: float | None
    generation: int
    target: float
    window_s: float


class EngineOverview:
    """What pages ask about everything at once. Calls are quick and synchronous."""

    def __init__(
        self, engine: Engine, answers: EngineAnswers, ledgers: LedgerStore
    ) -> None:
        self._engine = engine
        self._answers = answers
        self._ledgers = ledgers

    def services(self) -> Sequence[ServiceSpec]:
        """Return the declared services, by name."""
        return sorted(self._engine.built.plan.services, key=lambda s: s.name)

    def jobs(self, service: str) -> frozenset[str]:
        """Return the scrape jobs of a service's objectives."""
        return frozenset(
            name
            for (owner, _), jobs in self._engine.built.jobs.items()
            if owner == service
            for name in jobs.names
        )

    def interval_ms(self, service: str, start_ms: int, end_ms: int) -> int:
        """Return the longest interval at which a service was scraped in a stretch."""
        jobs = self.jobs(service)
        return self._engine.built.interval_ms_within(jobs, start_ms, end_ms)

    def declared(self, service: str, objective: str) -> Sequence[Declared]:
        """Return what an objective was declared to be, newest first."""
        key = service, objective
        numbers = {g.id: g.number for g in self._ledgers.generations(key)}
        declared = []
        for version in self._ledgers.versions(key):
            spec = spec_from_json(service, objective, version.spec)
            declared.append(
                Declared(
                    since=version.from_ms / 1000,
                    until=None if version.to_ms is None else version.to_ms / 1000,
                    generation=numbers.get(version.generation, 0),
                    target=float(spec.target),
                    window_s=spec.window.length_ms / 1000,
                )
            )
        return sorted(declared, key=lambda d: -d.since)

    def standings(self, alerts: Iterable[AlertListView]) -> Sequence[ObjectiveStanding]:
        """Return every objective's standing, given the alerts that are under way."""
        worst = _worst_alerts(alerts)
        return [
            standing
            for shard in self._engine.built.shards
            for standing in _of_shard(shard, worst, self._engine.built.faults(shard))
        ]

    def objectives(
        self, keys: Iterable[tuple[str, str]], at: float | None = None
    ) -> Mapping[tuple[str, str], ObjectiveView]:
        """Return the exact figures of some objectives; unknown ones are left out.

        Args:
            keys: Services and objectives.
            at: Unix seconds; None for the newest closed slice.
        """
        return self._answers.some(keys, at)


def level_of(alert: AlertListView) -> Urgency:
    """Return how much an alert needs a person."""
    return alert_level(alert.state, alert.severity)


def _worst_alerts(
    alerts: Iterable[AlertListView],
) -> dict[tuple[str, str], tuple[Urgency, AlertListView]]:
    worst: dict[tuple[str, str], tuple[Urgency, AlertListView]] = {}
    for alert in alerts:
        key = alert.labels.get("service", ""), alert.labels.get("objective", "")
        level = level_of(alert)
        if level < Urgency.CALM and (key not in worst or level < worst[key][0]):
            worst[key] = level, alert
    return worst


def standings_of(
    views: Iterable[ObjectiveView], alerts: Iterable[AlertListView]
) -> list[ObjectiveStanding]:
    """Return how objectives stood at the time of their figures and alerts."""
    worst = _worst_alerts(alerts)
    standings = []
    for view in views:
        key = view.service, view.objective
        left = view.budget.remaining_ratio
        level, alert = worst.get(key, (Urgency.CALM, None))
        standings.append(
            ObjectiveStanding(
                service=view.service,
                objective=view.objective,
                level=objective_level(level, view.state, left),
                state=view.state,
                burning=_burning_of(view) if view.fault is None else None,
                indicator=None if view.sli is None else Ratio(Fraction(view.sli), 1),
                left_ratio=left,
                coverage=view.coverage,
                since=None if alert is None else alert.since,
                alert=None if alert is None else alert.id,
                alert_name="" if alert is None else alert.name,
            )
        )
    return standings


def _burning_of(view: ObjectiveView) -> Burning | None:
    """Return the fastest burn that both windows of a pair agree on."""
    rates = {burn.window: burn.value for burn in view.burn_rates}
    return burning(
        (p.long, p.short, rates[p.long], rates[p.short])
        for alert in view.alerts
        for p in alert.pairs
    )


class _Sums:
    """Running sums of a shard as plain lists: thousands of look-ups in a row."""

    def __init__(self, shard: Shard) -> None:
        self._ledger = shard.ledger
        self._counts = {w.slices: w.counts.tolist() for w in shard.ledger.windows}

    def counts(self, member: int, slices: int) -> tuple[float, float]:
        """Return bad and valid events."""
        bad, valid = self._counts[slices][self._ledger.row(member, slices)]
        return bad, valid


def _of_shard(
    shard: Shard,
    worst: Mapping[tuple[str, str], tuple[Urgency, AlertListView]],
    faults: Mapping[int, Fault],
) -> Iterable[ObjectiveStanding]:
    sums = _Sums(shard)
    for member, tracked in enumerate(shard.members):
        is_valid = member not in faults
        state = State(shard.ledger.state(member)).word if is_valid else INVALID
        budget = shard.budget(member)
        whole = whole_budget(tracked, budget)
        left = value_of(whole.left) if is_valid else None
        level, alert = worst.get(tracked.spec.key, (Urgency.CALM, None))
        yield ObjectiveStanding(
            service=tracked.spec.service,
            objective=tracked.spec.name,
            level=objective_level(level, state, left),
            state=state,
            burning=_burning(tracked, member, sums, whole.allowed)
            if is_valid
            else None,
            indicator=whole.indicator if is_valid else None,
            left_ratio=left,
            coverage=budget.coverage,
            since=None if alert is None else alert.since,
            alert=None if alert is None else alert.id,
            alert_name="" if alert is None else alert.name,
        )


def _burning(
    tracked: Tracked, member: int, sums: _Sums, allowed: Fraction
) -> Burning | None:
    """Return the fastest burn that both windows of a pair agree on."""
    windows = ((p.long_slices, p.short_slices) for p in tracked.plan.pairs)
    best = fastest(
        (
            (long, short, sums.counts(member, long), sums.counts(member, short))
            for long, short in windows
        ),
        allowed,
    )
    if best is None:
        return None
    return Burning(best[0], *map(tracked.window_text, best[1:]))
