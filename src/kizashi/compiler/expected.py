"""The rules that would be generated, as a server that runs them would tell them."""

from collections.abc import Sequence

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.rule_groups import RuleGroup, job_rules, service_parts
from kizashi.compiler.rule_notes import carried
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningGroup, RunningRule
from kizashi.slo.objective import ServiceSpec


def expected_groups(
    services: Sequence[ServiceSpec], options: CompileOptions
) -> list[RunningGroup]:
    """Return the groups that would be generated."""
    counted = [s for s in carried(services) if s.objectives]
    groups = [
        group
        for service in counted
        for rules in service_parts(service, options)
        for group in (*rules.quick, *rules.slow)
    ]
    return [_told(group) for group in (*groups, *job_rules(counted, options))]


def compiled_intervals(
    services: Sequence[ServiceSpec], options: CompileOptions
) -> dict[str, int]:
    """Return how often rules take each job to be scraped, in milliseconds."""
    jobs = {o.job for service in services for o in service.objectives}
    return {job: options.job(job).interval_ms for job in jobs if job}


def _told(group: RuleGroup) -> RunningGroup:
    rules = tuple(
        RunningRule(
            rule.name,
            is_alert=rule.is_alert,
            expression=rule.expr,
            labels=Labels(rule.labels.items()),
            for_ms=rule.for_ms,
        )
        for rule in group.rules
    )
    return RunningGroup(group.name, "", group.interval_ms, rules)
