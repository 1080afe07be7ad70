"""The rules of the target ``prometheus`` as vmalert reads them.

vmalert calls the offset of a group ``eval_delay`` and refuses ``query_offset``. Unit
tests are left to promtool: vmalert-tool evaluates a group at whole multiples of its
interval, which is not when Prometheus does.
"""

from collections.abc import Sequence
from dataclasses import replace

from kizashi.compiler._base import Compiled, CompileOptions, CompileTarget
from kizashi.compiler.rule_files import rule_files
from kizashi.declarations.configuration import Configuration
from kizashi.slo.objective import ServiceSpec

_OFFSET = "eval_delay"


class VmalertRules:
    """The target ``vmalert``."""

    name = "vmalert"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return two rule files for each service, and one for jobs."""
        return rule_files(
            services, configuration, replace(options, with_tests=False), _OFFSET
        )


TARGET: CompileTarget = VmalertRules()
