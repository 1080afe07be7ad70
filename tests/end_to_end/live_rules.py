"""Rules against the ledger, over Prometheus' own samples at Prometheus' own times.

What it missed while it was dead is in no window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from live_recorded import (
    COLUMNS,
    JOB,
    NO_NUMBER,
    OFFSET_MS,
    SLICE_MS,
    Kills,
    Recorded,
    Slice,
    Stamped,
)

from harness.ledger_world import Config, LedgerWorld
from kizashi.compiler._base import CompileOptions
from kizashi.compiler.objective_plan import plan_objective
from kizashi.ledger.building import LedgerPlan
from kizashi.model.durations import parse_duration
from kizashi.model.labels import Labels
from kizashi.sli._base import CounterGrowth, Indicator, Side
from kizashi.slo.firing import Guard, pair_evidence
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import SEEN_ONE, WindowSums
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples


def ledger_slices(
    recorded: Recorded, specs: tuple[ObjectiveSpec, ...], kills: Kills, phase: int
) -> dict[str, dict[int, Slice]]:
    """Return what the ledger makes of a server's samples, by closing edge.

    Rules take the first scrape after the server's start for one of a changed
    configuration, and every one while their memory has a gap.
    """
    first = min(own[0][0] for own in recorded.scrapes.values())
    begin = (first - phase) // SLICE_MS * SLICE_MS
    service = ServiceSpec(JOB, LocalText(JOB, JOB), objectives=specs)
    plan = LedgerPlan((service,), {JOB: SLICE_MS}, SLICE_MS)
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, begin - SLICE_MS)
    targets: dict[str, int] = {}
    due = sorted(
        (
            (ts, name, page)
            for name, own in recorded.scrapes.items()
            for ts, page in own
        ),
        key=lambda scrape: scrape[:2],
    )
    place = {key[1]: at for key, at in world.engine.built.place.items()}
    found: dict[str, dict[int, Slice]] = {name: {} for name in place}
    last = max(ts for own in recorded.slices.values() for ts in own)
    for edge in range(begin, last - phase + 1, SLICE_MS):
        while due and due[0][0] - phase <= edge:
            ts, name, page = due.pop(0)
            config = Config(fingerprint(recorded, kills, ts), interval_ms=SLICE_MS)
            if name not in targets:
                targets[name] = world.discover(JOB, name, ts - phase - 1, config)
            world.reconfigure(targets[name], config, ts - phase - 1)
            world.land(targets[name], ts - phase, page)
        world.tick(edge if due else edge + 60_000)
        for name, (shard, member) in place.items():
            at = edge // SLICE_MS
            part = shard.past_slices(member, at, at)
            found[name][edge + phase] = (
                float(part.bad[0]),
                float(part.valid[0]),
                int(part.seen[0]) / SEEN_ONE,
            )
    for spec in specs:
        across = grown_across(recorded.scrapes, spec.indicator, phase)
        for edge, (bad, valid) in across.items():
            own = found[spec.name][edge]
            found[spec.name][edge] = (own[0] - bad, own[1] - valid, own[2])
    return found


def grown_across(
    scrapes: Mapping[str, list[tuple[int, dict[Labels, float] | None]]],
    indicator: Indicator,
    phase: int,
) -> dict[int, tuple[float, float]]:
    """Return the events that only the ledger counts, by closing edge: bad and valid.

    A counter that grew across samples that are no numbers; rules leave that out.
    """
    found: dict[int, tuple[float, float]] = {}
    growth = indicator.events
    if not isinstance(growth, CounterGrowth):
        return found
    for instance, own in scrapes.items():
        numbers: dict[Labels, float] = {}
        odd: set[Labels] = set()
        for ts, page in own:
            for labels, value in (page or {}).items():
                if not abs(value) <= NO_NUMBER:
                    odd.add(labels)
                    continue
                last = numbers.get(labels)
                numbers[labels] = value
                if labels not in odd:
                    continue
                odd.discard(labels)
                amount = 0.0 if last is None else value - (last if value >= last else 0)
                whole = labels.merged({"job": JOB, "instance": instance})
                valid = amount * growth.valid.matches(whole)
                part = amount * growth.part.matches(whole)
                failed = part if growth.side is Side.BAD else valid - part
                edge = -(-(ts - phase) // SLICE_MS) * SLICE_MS + phase
                before = found.get(edge, (0.0, 0.0))
                found[edge] = (before[0] + failed, before[1] + valid)
    return found


def fingerprint(recorded: Recorded, kills: Kills, ts: int) -> str:
    """Return of which configuration a scrape is to the rules."""
    start = sum(begun <= ts for begun in kills.starts_ms)
    if recorded.complete is None:
        return str(start)
    edge = ts + SLICE_MS
    if any(edge - 180_000 < at <= edge for at in recorded.complete):
        return str(start)
    return f"{start} {ts}"


@dataclass
class Compared:
    """How much was compared, and what differs."""

    slices: int = 0
    windows: int = 0
    decisions: int = 0
    transitions: int = 0
    alerts: int = 0
    differences: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return how much was compared."""
        return (
            f"{self.slices} slices, {self.windows} windows, {self.decisions} decisions"
            f" with {self.transitions} transitions, {self.alerts} times of alerts:"
            f" {len(self.differences)} differences"
        )

    def check(self, what: str, got: object, expected: object) -> None:
        if got != expected:
            self.differences.append(f"{what}: rules {got}, ledger {expected}")


def compare(
    recorded: Recorded,
    specs: tuple[ObjectiveSpec, ...],
    options: CompileOptions,
    kills: Kills,
) -> Compared:
    """Compare slices, windows and alerts at Prometheus' own times."""
    found = Compared()
    stamps = sorted({ts for own in recorded.slices.values() for ts in own})
    phase = stamps[0] % SLICE_MS
    assert {ts % SLICE_MS for ts in stamps} == {phase}
    ledger = ledger_slices(recorded, specs, kills, phase)
    nothing = (0.0, 0.0, 0.0)
    for spec in specs:
        own = {ts: ledger[spec.name].get(ts, nothing) for ts in stamps}
        for ts, got in recorded.slices[spec.name].items():
            found.slices += 1
            found.check(f"slice {spec.name} {ts}", got, own[ts])
        sums = {}
        plan = plan_objective(spec, options)
        for length in plan.quick_windows_ms:
            sums[length] = window_sums(own, stamps, length)
            for column, series in enumerate(COLUMNS):
                values = of(recorded.windows[series], spec.name, window=length)
                for ts, got in values.items():
                    expected = sums[length][ts]
                    each = (expected.bad, expected.valid, expected.coverage)[column]
                    found.windows += 1
                    found.check(f"{series} {spec.name} {length} {ts}", got, each)
        firing: dict[int, set[str]] = {}
        for pair in plan.pairs:
            values = of(
                recorded.held, spec.name, window=pair.long_ms, short=pair.short_ms
            )
            # A kill in the middle of an evaluation leaves slices without decisions.
            decided = sorted(values)
            held = held_of(pair, sums, decided, spec)
            for ts, got in values.items():
                found.decisions += 1
                found.check(f"held {spec.name} {pair.long_ms} {ts}", got, held[ts])
            found.transitions += sum(held[a] != held[b] for a, b in pairwise(decided))
            for ts in decided:
                firing.setdefault(ts, set())
                if held[ts]:
                    firing[ts].add(pair.severity.value)
        check_alerts(found, recorded, spec.name, firing, kills)
    return found


def check_alerts(
    found: Compared,
    recorded: Recorded,
    name: str,
    firing: Mapping[int, set[str]],
    kills: Kills,
) -> None:
    """Compare what Prometheus says that fires, but for two evaluations after a start."""
    first: set[int] = set()
    for start in kills.starts_ms:
        first |= set([ts for ts in sorted(firing) if ts + OFFSET_MS >= start][:2])
    for ts, expected in firing.items():
        if ts in first:
            continue
        got = {
            labels.get("severity")
            for labels, values in recorded.alerts.items()
            if labels.get("objective") == name and ts in values
        }
        found.alerts += 1
        found.check(f"alerts {name} {ts}", got, expected)


def of(stamped: Stamped, name: str, **lengths: int) -> dict[int, float]:
    """Return the samples of an objective's series of some lengths."""
    return next(
        (
            values
            for labels, values in stamped.items()
            if labels.get("objective") == name
            and all(
                parse_duration(labels.get(key)) == length
                for key, length in lengths.items()
            )
        ),
        {},
    )


def window_sums(
    slices: Mapping[int, Slice], stamps: list[int], length: int
) -> dict[int, WindowSums]:
    """Return a window at each time, of the slices that were evaluated."""
    times = np.array(stamps)
    parts = [
        np.concatenate(
            ([0.0], np.cumsum([round(slices[ts][n] * one) for ts in stamps]))
        )
        for n, one in ((0, 1), (1, 1), (2, SEEN_ONE))
    ]
    found = {}
    for place, ts in enumerate(stamps):
        since = int(np.searchsorted(times, ts - length, side="right"))
        bad, valid, seen = (int(p[place + 1] - p[since]) for p in parts)
        found[ts] = WindowSums(length // SLICE_MS, bad=bad, valid=valid, seen=seen)
    return found


def held_of(
    pair: WindowPair,
    sums: Mapping[int, Mapping[int, WindowSums]],
    stamps: list[int],
    spec: ObjectiveSpec,
) -> dict[int, int]:
    """Return whether a pair is held at each time."""
    held, found = False, {}
    guard = Guard(spec.min_bad_events, spec.no_data)
    for ts in stamps:
        long, short = sums[pair.long_ms][ts], sums[pair.short_ms][ts]
        evidence = pair_evidence(pair, long, short, guard)
        held = evidence.fires or (held and not evidence.resolves)
        found[ts] = int(held)
    return found
