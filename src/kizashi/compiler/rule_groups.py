"""The rules of a service, in groups that are evaluated at one pace.

Rules that need each other's newest samples stand in one group, in the order they
depend on each other: a group is evaluated from top to bottom at one time stamp.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kizashi.compiler._base import CompileOptions, GeneratedFile
from kizashi.compiler.about import about_rules, budget_rule, has_slow_budget
from kizashi.compiler.burning import held_rule, memory_rule
from kizashi.compiler.counting import absent_rule, memory_rules, slice_rules
from kizashi.compiler.objective_plan import (
    BLOCK_MS,
    SLOW_LAG_MS,
    ObjectivePlan,
    is_slow,
    plan_objective,
)
from kizashi.compiler.sloth_names import sloth_rules
from kizashi.compiler.telling import burn_alerts, down_alerts, loss_alerts
from kizashi.compiler.windows import block_rules, window_rules
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.policy import Severity

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated together.

    Attributes:
        name: Unique among all groups of a file.
        interval_ms: Between two evaluations.
        offset_ms: How far in the past they look.
        rules: Each as YAML, in the order of evaluation.
    """

    name: str
    interval_ms: int
    offset_ms: int
    rules: Sequence[Yaml]


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """The groups of one service.

    Attributes:
        plans: Its objectives.
        quick: Slices, short windows and what is told of them; what objectives are.
        slow: Blocks, long windows and what is told of them.
    """

    plans: tuple[ObjectivePlan, ...]
    quick: tuple[RuleGroup, ...]
    slow: tuple[RuleGroup, ...]


def service_rules(service: ServiceSpec, options: CompileOptions) -> ServiceRules:
    """Return the groups of a service that has objectives."""
    plans = [plan_objective(o, options) for o in service.objectives]
    offset_ms = options.query_offset_ms
    if offset_ms is None:
        offset_ms = max(p.timeout_ms for p in plans)
    steps = sorted({p.step_ms for p in plans})
    told_quickly = _told(plans, slow=False)
    quick = []
    for step_ms in steps:
        own = [p for p in plans if p.step_ms == step_ms]
        rules = [rule for plan in own for rule in slice_rules(plan)]
        rules.append(absent_rule(own, plans))
        rules += window_rules(own, plans, slow=False)
        rules += _held(own, slow=False)
        rules += [budget_rule(p) for p in own if not has_slow_budget(p)]
        name = f"kizashi-{service.name}"
        if len(steps) > 1:
            name = f"{name}-{format_duration(step_ms)}"
        if step_ms == steps[-1]:
            for severity in told_quickly:
                rules += burn_alerts(service, plans, severity, options)
        quick.append(RuleGroup(name, step_ms, offset_ms, rules))
    late_ms = offset_ms + SLOW_LAG_MS
    about = [
        *about_rules(service, plans),
        *loss_alerts(service, plans, options.language),
    ]
    if options.sloth_names:
        about += sloth_rules(service, plans)
    quick.append(RuleGroup(f"kizashi-{service.name}-about", _MINUTE_MS, late_ms, about))
    rules = [rule for plan in plans for rule in memory_rules(plan)]
    # Before the blocks, which tell the quick rules that it has been remembered.
    if any(p.pairs for p in plans):
        rules.append(memory_rule(plans))
    rules += block_rules(plans)
    rules += window_rules(plans, plans, slow=True)
    rules += _held(plans, slow=True)
    rules += [budget_rule(p) for p in plans if has_slow_budget(p)]
    for severity in Severity:
        if severity not in told_quickly:
            rules += burn_alerts(service, plans, severity, options)
    slow = RuleGroup(f"kizashi-{service.name}-slow", BLOCK_MS, late_ms, rules)
    return ServiceRules(tuple(plans), tuple(quick), (slow,))


def job_rules(
    services: Iterable[ServiceSpec], options: CompileOptions
) -> RuleGroup | None:
    """Return the alerts of the jobs that objectives are measured on; None without."""
    jobs = {o.job for service in services for o in service.objectives} | {*options.jobs}
    names = sorted(job for job in jobs if job is not None)
    rules = [
        rule
        for job in names
        for rule in down_alerts(job, options.job(job).interval_ms, options.language)
    ]
    if not rules:
        return None
    offset_ms = max(options.job(job).timeout_ms for job in names)
    return RuleGroup("kizashi-targets", _MINUTE_MS // 4, offset_ms, rules)


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
                "rules": group.rules,
            }
            for group in groups
        ]
    }


def _told(plans: Sequence[ObjectivePlan], *, slow: bool) -> list[Severity]:
    """Return the severities of which some pair is watched at a pace."""
    found = {x.severity for p in plans for x in p.pairs if is_slow(x) is slow}
    return [severity for severity in Severity if severity in found]


def _held(plans: Sequence[ObjectivePlan], *, slow: bool) -> list[Yaml]:
    rules = []
    for plan in plans:
        for severity in Severity:
            pairs = [
                x for x in plan.pairs if x.severity is severity and is_slow(x) is slow
            ]
            if pairs:
                rules.append(held_rule(plan, severity, pairs))
    return rules
