"""When an objective tells a person: a preset, or pairs of one's own."""

from dataclasses import dataclass, replace
from decimal import Decimal

from kizashi.declarations.fields import Fields, read_each
from kizashi.declarations.problems import ProblemList
from kizashi.model.durations import format_duration
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.model.windows import Window
from kizashi.slo.budget import highest_burn
from kizashi.slo.intervals import plan_fault, window_fault
from kizashi.slo.objective import DEFAULT_MIN_BAD_EVENTS, NoData
from kizashi.slo.policy import (
    DEFAULT_PRESET,
    PRESETS,
    CustomPair,
    CustomPolicy,
    Policy,
    PresetPolicy,
    SliceTiming,
    is_dead,
    plan_pairs,
)

GUARD_KEYS = ("minBadEvents", "noData")
_ALERTING_KEYS = ("preset", "policies", "for", *GUARD_KEYS)
_PAIR_KEYS = ("long", "short", "factor", "severity")


@dataclass(frozen=True, slots=True)
class Alerting:
    """The ``alerting`` of an objective."""

    policy: Policy
    min_bad_events: int = DEFAULT_MIN_BAD_EVENTS
    no_data: NoData = NoData.FREEZE
    for_ms: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """The figures that make sense of a burn rate."""

    target: Decimal
    window: Window
    timing: SliceTiming


def read_alerting(objective: Fields, promise: Promise | None) -> Alerting | None:
    """Read an objective's alerting.

    The guards ``minBadEvents`` and ``noData`` may stand in it or beside it.

    Args:
        objective: The objective's mapping.
        promise: What it promises; None where that is wrong already, and then only the
            form of the policy is checked.

    Returns:
        The alerting, the default where nothing is said; None where none of its pairs
        could be read.
    """
    fields = objective.open("alerting", _ALERTING_KEYS)
    guards = _read_guards(objective if fields is None else fields, objective)
    if fields is None:
        policy = PresetPolicy(DEFAULT_PRESET)
        _advise_on_preset(objective, policy, promise)
        return replace(guards, policy=policy)
    read = _read_policy(fields, promise)
    for_ms = fields.duration_ms("for", least_ms=0)
    if read is None:
        return None
    return replace(guards, policy=read, for_ms=for_ms or 0)


def _read_guards(inner: Fields, outer: Fields) -> Alerting:
    """Return the guards, wherever of two places they stand; the policy is a default."""
    found = {}
    for name in GUARD_KEYS:
        fields = inner if inner.entry(name) is not None else outer
        if inner is not outer and fields is inner and outer.entry(name) is not None:
            outer.report(name, "alerting.guard-twice", key=name)
        found[name] = fields
    least = found["minBadEvents"].integer("minBadEvents", least=1)
    no_data = found["noData"].choice("noData", tuple(NoData))
    return Alerting(
        PresetPolicy(DEFAULT_PRESET),
        min_bad_events=DEFAULT_MIN_BAD_EVENTS if least is None else least,
        no_data=NoData.FREEZE if no_data is None else NoData(no_data),
    )


def _read_policy(fields: Fields, promise: Promise | None) -> Policy | None:
    if fields.entry("policies") is None:
        chosen = PresetPolicy(fields.choice("preset", PRESETS) or DEFAULT_PRESET)
        _advise_on_preset(fields, chosen, promise)
        return chosen
    if fields.entry("preset") is not None:
        fields.report("preset", "alerting.preset-and-policies")
    rows = fields.open_items("policies", _PAIR_KEYS)
    if not rows:
        fields.report("policies", "alerting.no-pairs")
    pairs = read_each(rows, lambda row: _read_pair(row, promise))
    return CustomPolicy(pairs) if pairs else None


def _read_pair(fields: Fields, promise: Promise | None) -> CustomPair | None:
    fields.require(*_PAIR_KEYS)
    long_ms, short_ms = fields.duration_ms("long"), fields.duration_ms("short")
    factor = fields.decimal("factor")
    severity = fields.choice("severity", tuple(Severity))
    if factor is not None and factor <= 0:
        fields.report("factor", "alerting.factor-zero")
        return None
    if long_ms is None or short_ms is None or factor is None or severity is None:
        return None
    pair = CustomPair(long_ms, short_ms, factor, Severity(severity))
    if pair.short_ms >= pair.long_ms:
        fields.report(
            "short",
            "alerting.short-not-shorter",
            short=format_duration(pair.short_ms),
            long=format_duration(pair.long_ms),
        )
    if promise is not None:
        places = fields.place("long"), fields.place("short"), fields.place("factor")
        check_pair(fields.problems, places, pair, promise)
    return pair


def check_pair(
    problems: ProblemList,
    places: tuple[Position, Position, Position],
    pair: CustomPair,
    promise: Promise,
) -> None:
    """Report a pair that an objective cannot have, or should not.

    Args:
        problems: Takes what is wrong.
        places: Where its long window, its short window and its factor stand.
        pair: The pair.
        promise: What the objective promises.
    """
    long, short, factor = places
    if is_dead(pair.factor, promise.target):
        dead = dead_factor(pair.factor, promise)
        problems.report(factor, "alerting.factor-dead", **dead)
    if pair.long_ms > promise.window.length_ms:
        problems.report(
            long,
            "alerting.long-too-long",
            long=format_duration(pair.long_ms),
            window=str(promise.window),
        )
    timing = promise.timing
    fault = window_fault(
        (pair.long_ms, pair.short_ms), timing.interval_ms, timing.slice_ms
    )
    problems.report_fault(short, fault)
    if fault is None and pair.short_ms < timing.shortest_short_ms:
        problems.advise(
            short,
            "alerting.short-too-short",
            short=format_duration(pair.short_ms),
            least=format_duration(timing.shortest_short_ms),
        )


def _advise_on_preset(
    fields: Fields, policy: PresetPolicy, promise: Promise | None
) -> None:
    if promise is not None:
        advise_on_preset(fields.problems, fields.place("preset"), policy, promise)


def advise_on_preset(
    problems: ProblemList, place: Position, policy: PresetPolicy, promise: Promise
) -> None:
    """Warn of pairs that never fire, and of windows that are too short."""
    plan = plan_pairs(policy, promise.target, promise.window, promise.timing)
    for row in plan.dropped:
        dead = dead_factor(row.factor, promise)
        problems.advise(place, "alerting.preset-dead", preset=policy.preset, **dead)
    problems.report_fault(place, plan_fault(plan, promise.timing.interval_ms))
    tight = [p for p in plan.pairs if p.short_slices >= p.long_slices]
    if tight:
        problems.advise(
            place,
            "alerting.preset-tight",
            preset=policy.preset,
            count=len(tight),
            window=str(promise.window),
            least=format_duration(promise.timing.shortest_short_ms),
        )


def dead_factor(factor: Decimal, promise: Promise) -> dict[str, str]:
    """Return the parameters of a message about a factor that nothing can exceed."""
    return {
        "factor": f"{factor}",
        "target": f"{promise.target.normalize():f}",
        "most": f"{float(highest_burn(promise.target)):.6g}",
    }
