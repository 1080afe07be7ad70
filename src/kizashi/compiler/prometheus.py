"""Rules and their unit tests, as Prometheus and promtool read them."""

from collections.abc import Sequence

from kizashi.compiler._base import Compiled, CompileOptions, CompileTarget
from kizashi.compiler.rule_files import rule_files
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
        return rule_files(services, configuration, options, _OFFSET)


TARGET: CompileTarget = PrometheusRules()
