"""Rules and their unit tests, as Prometheus and promtool read them."""

from collections.abc import Sequence
from decimal import Decimal

from kizashi.compiler._base import (
    Compiled,
    CompileOptions,
    CompileTarget,
    GeneratedFile,
)
from kizashi.compiler.objective_plan import plan_objective
from kizashi.compiler.series_names import OBJECTIVE, SERVICE, Series
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.configuration import Configuration
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec


class PrometheusRules:
    """The target ``prometheus``."""

    name = "prometheus"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,  # noqa: ARG002 - the same for every target
        options: CompileOptions,
    ) -> Compiled:
        """Return a rule file for each service."""
        return Compiled.of(_rule_file(service, options) for service in services)


def _rule_file(service: ServiceSpec, options: CompileOptions) -> GeneratedFile:
    rules = [
        rule
        for objective in service.objectives
        for rule in _metadata(service, objective, options)
    ]
    group: dict[str, Yaml] = {
        "name": f"kizashi-{service.name}-about",
        "interval": "1m",
        "rules": rules,
    }
    text = write_document({"groups": [group]})
    return GeneratedFile(f"{service.name}.rules.yaml", text)


def _metadata(
    service: ServiceSpec, objective: ObjectiveSpec, options: CompileOptions
) -> list[Yaml]:
    plan = plan_objective(objective, options)
    window_s = Decimal(objective.window_ms) / 1000
    about = {
        "owner": service.owner or "",
        "tier": "" if service.tier is None else str(service.tier),
        "indicator": objective.indicator.kind,
        "window": format_duration(objective.window_ms),
    }
    about = {key: value for key, value in about.items() if value}
    own = {SERVICE: plan.spec.service, OBJECTIVE: plan.spec.name}
    return [
        {"record": name, "expr": expression, "labels": labels}
        for name, expression, labels in (
            (Series.TARGET, f"vector({objective.target:f})", own),
            (Series.PERIOD, f"vector({window_s:f})", own),
            (Series.INFO, "vector(1)", {**own, **about}),
        )
    ]


TARGET: CompileTarget = PrometheusRules()
