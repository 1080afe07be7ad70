"""The compiled rules of a service, as a unit test of rules evaluates them."""

from collections.abc import Mapping

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.rule_groups import RuleGroup, service_rules
from kizashi.compiler.yaml_text import Yaml
from kizashi.slo.objective import ServiceSpec


def own_groups(service: ServiceSpec, options: CompileOptions) -> list[dict[str, Yaml]]:
    """Return the groups of a service that has objectives, the quick ones first."""
    rules = service_rules(service, options)
    quick = [_group(group) for group in rules.quick]
    return quick + [_slower(group) for group in rules.slow]


def _group(group: RuleGroup) -> dict[str, Yaml]:
    return {"name": group.name, "rules": group.rules}


def _slower(group: RuleGroup) -> dict[str, Yaml]:
    """Return a group that records at its own pace only, which unit tests do not know."""
    every_s = group.interval_ms // 1_000
    rules: list[Yaml] = []
    for rule in group.rules:
        kept = dict(rule) if isinstance(rule, Mapping) else {}
        if "record" in kept:
            at_its_pace = f"vector(time()) % {every_s} == 0"
            kept["expr"] = f"({kept['expr']}) and on () ({at_its_pace})"
        rules.append(kept)
    return {"name": group.name, "rules": rules}
