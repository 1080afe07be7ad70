"""The compiled rules of a service, as a unit test of rules evaluates them."""

from dataclasses import replace

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.rule_groups import RuleGroup, service_rules
from kizashi.compiler.yaml_text import Yaml
from kizashi.slo.objective import ServiceSpec


def own_groups(service: ServiceSpec, options: CompileOptions) -> list[dict[str, Yaml]]:
    """Return the groups of a service that has objectives, the quick ones first."""
    rules = service_rules(service, options)
    return [
        {"name": group.name, "rules": [rule.as_yaml() for rule in group.rules]}
        for group in (*rules.quick, *map(_slower, rules.slow))
    ]


def _slower(group: RuleGroup) -> RuleGroup:
    """Return a group that records at its own pace only, which unit tests do not know."""
    at_its_pace = f"vector(time()) % {group.interval_ms // 1_000} == 0"
    slower = [
        rule
        if rule.is_alert
        else replace(rule, expr=f"({rule.expr}) and on () ({at_its_pace})")
        for rule in group.rules
    ]
    return replace(group, rules=slower)
