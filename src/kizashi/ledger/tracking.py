"""Objectives as the ledger tracks them: with generation, windows and jobs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import cast

from kizashi.errors import StoreError
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow, Window
from kizashi.ports.ledger import LedgerStore
from kizashi.sli._base import Indicator
from kizashi.sli._kinds import KINDS
from kizashi.slo.generations import Generation, NewGeneration, Version
from kizashi.slo.objective import NoData, ObjectiveSpec
from kizashi.slo.policy import (
    CustomPair,
    CustomPolicy,
    PairPlan,
    Policy,
    PresetPolicy,
    SliceTiming,
    plan_pairs,
)
from kizashi.slo.windows import cut, in_slices, slices_in

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Tracked:
    """An objective, the generation that counts it, and its windows in slices.

    Attributes:
        spec: What was declared.
        generation: The generation that counts it.
        plan: The pairs of its alert policy.
        window: Over which it promises, in whole slices.
        windows: Every window with running sums, the budget's among them.
    """

    spec: ObjectiveSpec
    generation: Generation
    plan: PairPlan
    window: Window
    windows: tuple[int, ...]

    @property
    def slice_ms(self) -> int:
        """Milliseconds of one slice."""
        return self.generation.slice_ms

    @property
    def window_slices(self) -> int:
        """How many slices its window has."""
        return slices_in(self.window.length_ms, self.slice_ms)

    def cut(self, last: int) -> range:
        """Return the slices of its window at the closing edge of one."""
        return cut(self.window, last, self.slice_ms)

    @property
    def hour_slices(self) -> int:
        """An hour in slices, or its window where that is shorter."""
        return min(self.window_slices, slices_in(_HOUR_MS, self.slice_ms))

    @property
    def burn_windows(self) -> tuple[int, ...]:
        """The policy's windows in slices, each once, shortest first."""
        return burn_windows(self.plan)

    def window_text(self, slices: int) -> str:
        """Return a window as a Prometheus duration."""
        return _duration_text(slices * self.slice_ms)


_duration_text = lru_cache(maxsize=4096)(format_duration)

#: Ten thousand objectives have a handful of different policies.
_plan = lru_cache(maxsize=1024)(plan_pairs)


def burn_windows(plan: PairPlan) -> tuple[int, ...]:
    """Return the windows of a policy in slices, each once, shortest first."""
    both = {w for p in plan.pairs for w in (p.short_slices, p.long_slices)}
    return tuple(sorted(both))


def track(spec: ObjectiveSpec, generation: Generation, interval_ms: int) -> Tracked:
    """Return an objective with its windows worked out for a slice and an interval."""
    slice_ms = generation.slice_ms
    timing = SliceTiming(slice_ms, interval_ms)
    plan = _plan(spec.policy, spec.target, spec.window, timing)
    window = in_slices(spec.window, slice_ms)
    hour = min(window, in_slices(RollingWindow(_HOUR_MS), slice_ms))
    own = {slices_in(each.length_ms, slice_ms) for each in (window, hour)}
    windows = sorted(own.union(burn_windows(plan)))
    return Tracked(spec, generation, plan, window, tuple(windows))


def open_generations(
    store: LedgerStore, specs: Sequence[ObjectiveSpec], slice_ms: int, now_ms: int
) -> dict[tuple[str, str], Generation]:
    """Return each objective's generation, opening new ones and dating versions.

    A generation is opened where what is counted, or the slice, has changed; a version
    is dated where anything else has. Objectives that are gone get an end.

    Source: rule 10.
    """
    newest: dict[tuple[str, str], Generation] = {}
    for made in store.generations():
        newest[made.service, made.objective] = made
    new = [
        NewGeneration(
            spec.service, spec.name, spec.indicator.fingerprint, slice_ms, now_ms
        )
        for spec in specs
        if not _counts_the_same(newest.get(spec.key), spec, slice_ms)
    ]
    if new:
        opened = store.open_generations(new)
        newest.update({(made.service, made.objective): made for made in opened})
    chosen = {spec.key: newest[spec.key] for spec in specs}
    _date_versions(store, specs, chosen, now_ms)
    return chosen


def _counts_the_same(
    known: Generation | None, spec: ObjectiveSpec, slice_ms: int
) -> bool:
    return (
        known is not None
        and known.fingerprint == spec.indicator.fingerprint
        and known.slice_ms == slice_ms
    )


def _date_versions(
    store: LedgerStore,
    specs: Sequence[ObjectiveSpec],
    chosen: Mapping[tuple[str, str], Generation],
    now_ms: int,
) -> None:
    current = {(v.service, v.objective): v for v in store.versions() if v.to_ms is None}
    changed = []
    for spec in specs:
        text, generation = spec_to_json(spec), chosen[spec.key].id
        version = current.get(spec.key)
        if version is None or (version.spec, version.generation) != (text, generation):
            changed.append(
                Version(spec.service, spec.name, now_ms, None, generation, text)
            )
    ended = sorted(current.keys() - chosen.keys())
    if changed or ended:
        store.record_versions(changed, ended, now_ms)


def version_at(versions: Iterable[Version], at_ms: int) -> Version | None:
    """Return the version of one objective that answers for a time.

    Before the first version the first one answers: its ledger was derived from
    samples that are older than the declaration.
    """
    chosen: Version | None = None
    for version in versions:
        if chosen is None or version.from_ms <= at_ms:
            chosen = version
    if chosen is None or (chosen.to_ms is not None and at_ms >= chosen.to_ms):
        return None
    return chosen


def spec_to_json(spec: ObjectiveSpec) -> str:
    """Return what a version keeps of an objective, as canonical JSON."""
    policy: dict[str, object]
    match spec.policy:
        case PresetPolicy(preset=preset):
            policy = {"preset": preset}
        case CustomPolicy(pairs=pairs):
            policy = {
                "pairs": [
                    [p.long_ms, p.short_ms, str(p.factor), p.severity.value]
                    for p in pairs
                ]
            }
    return json.dumps(
        {
            "target": str(spec.target),
            "window_ms": spec.window.length_ms,
            "job": spec.job,
            "policy": policy,
            "min_bad_events": spec.min_bad_events,
            "no_data": spec.no_data.value,
            "for_ms": spec.for_ms,
            spec.indicator.kind: spec.indicator.kept(),
        },
        sort_keys=True,
    )


# A list of the past asks for each of thousands, and again when it is drawn anew.
@lru_cache(maxsize=16_384)
def spec_from_json(service: str, objective: str, text: str) -> ObjectiveSpec:
    """Return the objective that `spec_to_json` wrote."""
    read = cast("Mapping[str, object]", json.loads(text))
    return ObjectiveSpec(
        service=service,
        name=objective,
        target=Decimal(str(read["target"])),
        window=RollingWindow(int(str(read["window_ms"]))),
        indicator=_indicator(read),
        job=None if read["job"] is None else str(read["job"]),
        policy=_policy(cast("Mapping[str, object]", read["policy"])),
        min_bad_events=int(str(read["min_bad_events"])),
        no_data=NoData(str(read["no_data"])),
        for_ms=int(str(read.get("for_ms", 0))),
    )


def _indicator(read: Mapping[str, object]) -> Indicator:
    """Return the indicator among the facts of a version, filed under its kind.

    Raises:
        StoreError: If there is none of a kind that is known here.
    """
    for name, kind in KINDS.items():
        if name in read:
            return kind.from_kept(cast("Mapping[str, str]", read[name]))
    raise StoreError(
        "a version of an objective holds no kind of indicator that is known here:"
        f" {', '.join(sorted(read))}"
    )


def _policy(read: Mapping[str, object]) -> Policy:
    if "preset" in read:
        return PresetPolicy(str(read["preset"]))
    pairs = cast("Sequence[tuple[int, int, str, str]]", read["pairs"])
    return CustomPolicy(
        tuple(
            CustomPair(long_ms, short_ms, Decimal(factor), Severity(severity))
            for long_ms, short_ms, factor, severity in pairs
        )
    )
