"""Rules and their unit tests, as Prometheus and promtool read them."""

from collections.abc import Sequence

from kizashi.compiler._base import (
    Compiled,
    CompileOptions,
    CompileTarget,
    GeneratedFile,
)
from kizashi.compiler.rule_groups import job_rules, service_rules, write_groups
from kizashi.compiler.rule_notes import carried, rule_notes
from kizashi.declarations.configuration import Configuration
from kizashi.slo.objective import ServiceSpec

_OFFSET = "query_offset"


class PrometheusRules:
    """The target ``prometheus``."""

    name = "prometheus"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return two rule files for each service, one for jobs, and unit tests."""
        files: list[GeneratedFile] = []
        counted = carried(services)
        for service in counted:
            if service.objectives:
                rules = service_rules(service, options)
                for name, groups in (
                    ("rules", rules.quick),
                    ("slow.rules", rules.slow),
                ):
                    path = f"{service.name}.{name}.yaml"
                    files.append(write_groups(path, groups, _OFFSET))
        jobs = job_rules(counted, options)
        if jobs is not None:
            files.append(write_groups("targets.rules.yaml", [jobs], _OFFSET))
        return Compiled.of(files, rule_notes(services, configuration))


TARGET: CompileTarget = PrometheusRules()
