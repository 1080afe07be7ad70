"""The rules of a service, in groups that are evaluated at one pace.

Rules that need each other's newest samples stand in one group, in the order they
depend on each other: a group is evaluated from top to bottom at one time stamp.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kizashi.compiler._base import CompileNote, CompileOptions, GeneratedFile, note
from kizashi.compiler.about import about_rules, budget_rule, has_slow_budget
from kizashi.compiler.births import (
    MEMORY_MS,
    SEED_MS,
    changed_rule,
    counted,
    memory_rules,
    seed_rules,
)
from kizashi.compiler.burning import held_rule, memory_rule
from kizashi.compiler.counting import absent_rule, slice_rules, up_selector
from kizashi.compiler.figures import alternating_rule, figure_alerts, largest_rule
from kizashi.compiler.objective_plan import (
    BLOCK_MS,
    SLOW_LAG_MS,
    ObjectivePlan,
    is_slow,
    plan_objective,
)
from kizashi.compiler.promql_text import is_within_limits
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.sloth_names import sloth_rules
from kizashi.compiler.telling import burn_alerts, down_alerts, loss_alerts
from kizashi.compiler.windows import block_rules, window_rules
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.slo.objective import ServiceSpec

_MINUTE_MS = 60_000
#: Rules that serve all objectives of a service serve no more than these.
MOST_OBJECTIVES: Final = 100


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated together.

    Attributes:
        name: Unique among all groups of a file.
        interval_ms: Between two evaluations.
        offset_ms: How far in the past they look.
        rules: In the order of evaluation.
    """

    name: str
    interval_ms: int
    offset_ms: int
    rules: Sequence[CompiledRule]


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """The groups of one service, or of some of its objectives.

    Attributes:
        name: Tells its files apart from all others.
        plans: The objectives.
        quick: Slices, short windows and what is told of them; what objectives are.
        slow: Blocks, long windows and what is told of them.
    """

    name: str
    plans: tuple[ObjectivePlan, ...]
    quick: tuple[RuleGroup, ...]
    slow: tuple[RuleGroup, ...]

    @property
    def largest(self) -> RuleGroup:
        """The group with the most rules."""
        return max((*self.quick, *self.slow), key=lambda group: len(group.rules))


def service_rules(service: ServiceSpec, options: CompileOptions) -> ServiceRules:
    """Return the groups of a service that has objectives, whatever their size."""
    plans = [plan_objective(o, options) for o in service.objectives]
    return _part(service, plans, plans, options, service.name)


def service_parts(service: ServiceSpec, options: CompileOptions) -> list[ServiceRules]:
    """Return the groups of a service, of as many objectives at a time as fit in each.

    The rules of one objective depend on each other and stay together; those of two
    never do. One that does not fit alone is returned as it is.
    """
    plans = [plan_objective(o, options) for o in service.objectives]
    parts: list[ServiceRules] = []
    rest = plans
    while rest:
        name = f"{service.name}.{len(parts) + 1}" if parts else service.name
        found = _largest(service, rest, plans, options, name)
        parts.append(found)
        rest = rest[len(found.plans) :]
    return parts


def _largest(
    service: ServiceSpec,
    rest: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    options: CompileOptions,
    part: str,
) -> ServiceRules:
    """Return the groups of as many of the next objectives as fit, of one at least."""
    least, most = 1, min(len(rest), MOST_OBJECTIVES)
    found, count = _part(service, rest[:most], everyone, options, part), most
    while least < most:
        if _fits(found, options):
            least = count
        else:
            most = count - 1
        if least == most and len(found.plans) == least:
            break
        count = (least + most + 1) // 2
        found = _part(service, rest[:count], everyone, options, part)
    return found


def _fits(rules: ServiceRules, options: CompileOptions) -> bool:
    """Return whether groups and their expressions are within every limit."""
    if 0 < options.most_rules < len(rules.largest.rules):
        return False
    # What belongs to one objective is as large alone.
    return len(rules.plans) == 1 or all(
        is_within_limits(rule.expr)
        for group in (*rules.quick, *rules.slow)
        for rule in group.rules
    )


def size_notes(
    parts: Iterable[ServiceRules], options: CompileOptions
) -> list[CompileNote]:
    """Return which groups hold more rules than they may, although split."""
    return [
        note(
            "compile.note.large-group",
            group=part.largest.name,
            rules=len(part.largest.rules),
            most=options.most_rules,
        )
        for part in parts
        if 0 < options.most_rules < len(part.largest.rules)
    ]


def _part(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    options: CompileOptions,
    part: str,
) -> ServiceRules:
    """Return the groups of some of a service's objectives."""
    offset_ms = options.query_offset_ms
    if offset_ms is None:
        offset_ms = max(p.timeout_ms for p in everyone)
    late_ms = offset_ms + SLOW_LAG_MS
    quick = _quick(service, plans, everyone, options, (part, offset_ms))
    about = [
        *about_rules(service, plans),
        *loss_alerts(service, plans, everyone, options.language),
    ]
    if options.sloth_names:
        about += sloth_rules(plans, everyone)
    quick.append(RuleGroup(f"kizashi-{part}-about", _MINUTE_MS, late_ms, about))
    quick += [
        RuleGroup(f"kizashi-{part}-{kind}", every_ms, offset_ms, found)
        for kind, every_ms, found in (
            ("seed", SEED_MS, seed_rules(plans, part)),
            ("memory", MEMORY_MS, memory_rules(plans, part)),
        )
        if found
    ]
    rules: list[CompiledRule] = []
    # Before the blocks, which tell the quick rules that it has been remembered.
    if any(p.pairs for p in plans):
        rules.append(memory_rule(plans, everyone))
    rules += block_rules(plans, everyone)
    growing = [p for p in plans if p.counts_growth]
    if growing:
        rules += [largest_rule(growing, everyone), alternating_rule(growing, part)]
    rules += window_rules(plans, everyone, slow=True)
    rules += _held(plans, slow=True)
    rules += [budget_rule(p) for p in plans if has_slow_budget(p)]
    rules += figure_alerts(service, growing, everyone, options.language, part)
    told_quickly = _told(plans, slow=False)
    for severity in Severity:
        if severity not in told_quickly:
            rules += burn_alerts(service, plans, everyone, severity, options)
    slow = RuleGroup(f"kizashi-{part}-slow", BLOCK_MS, late_ms, rules)
    return ServiceRules(part, tuple(plans), tuple(quick), (slow,))


def _quick(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    options: CompileOptions,
    named: tuple[str, int],
) -> list[RuleGroup]:
    """Return a group for each pace at which slices are counted."""
    part, offset_ms = named
    steps = sorted({p.step_ms for p in plans})
    groups = []
    for step_ms in steps:
        own = [p for p in plans if p.step_ms == step_ms]
        rules: list[CompiledRule] = []
        counters = [up_selector(p) for p in own if counted(p)]
        if counters:
            rules.append(changed_rule(own, counters, part))
        rules += [rule for plan in own for rule in slice_rules(plan, part)]
        rules.append(absent_rule(own, everyone))
        rules += window_rules(own, everyone, slow=False)
        rules += _held(own, slow=False)
        rules += [budget_rule(p) for p in own if not has_slow_budget(p)]
        name = f"kizashi-{part}"
        if len(steps) > 1:
            name = f"{name}-{format_duration(step_ms)}"
        if step_ms == steps[-1]:
            for severity in _told(plans, slow=False):
                rules += burn_alerts(service, plans, everyone, severity, options)
        groups.append(RuleGroup(name, step_ms, offset_ms, rules))
    return groups


def job_rules(
    services: Iterable[ServiceSpec], options: CompileOptions
) -> tuple[RuleGroup, ...]:
    """Return the alerts of the jobs that objectives are measured on."""
    jobs = {o.job for service in services for o in service.objectives} | {*options.jobs}
    names = sorted(job for job in jobs if job is not None)
    if not names:
        return ()
    offset_ms = max(options.job(job).timeout_ms for job in names)
    each = [
        down_alerts(job, options.job(job).interval_ms, options.language)
        for job in names
    ]
    count = max(1, options.most_rules // 2) if options.most_rules else len(each)
    return tuple(
        RuleGroup(
            f"kizashi-targets.{n + 1}" if n else "kizashi-targets",
            _MINUTE_MS // 4,
            offset_ms,
            [rule for some in each[n * count : (n + 1) * count] for rule in some],
        )
        for n in range(-(-len(each) // count))
    )


def write_groups(
    path: str, groups: Iterable[RuleGroup], offset_key: str
) -> GeneratedFile:
    """Return a rule file.

    Args:
        path: Where it goes.
        groups: Its groups.
        offset_key: What the reader calls the offset of a group.
    """
    return GeneratedFile(path, write_document(groups_document(groups, offset_key)))


def groups_document(groups: Iterable[RuleGroup], offset_key: str) -> dict[str, Yaml]:
    """Return groups as Prometheus and its relatives read them.

    Args:
        groups: In the order to be written.
        offset_key: What the reader calls the offset of a group.
    """
    return {
        "groups": [
            {
                "name": group.name,
                "interval": format_duration(group.interval_ms),
                offset_key: format_duration(group.offset_ms),
                "rules": [rule.as_yaml() for rule in group.rules],
            }
            for group in groups
        ]
    }


def _told(plans: Sequence[ObjectivePlan], *, slow: bool) -> list[Severity]:
    """Return the severities of which some pair is watched at a pace."""
    found = {x.severity for p in plans for x in p.pairs if is_slow(x) is slow}
    return [severity for severity in Severity if severity in found]


def _held(plans: Sequence[ObjectivePlan], *, slow: bool) -> list[CompiledRule]:
    rules = []
    for plan in plans:
        for severity in Severity:
            pairs = [
                x for x in plan.pairs if x.severity is severity and is_slow(x) is slow
            ]
            if pairs:
                rules.append(held_rule(plan, severity, pairs))
    return rules
