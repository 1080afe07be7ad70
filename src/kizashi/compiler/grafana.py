"""Dashboards for Grafana: all objectives, one objective, one service's golden signals.

They ask only what the rules of the target ``prometheus`` record, and what services
expose.
"""

from collections.abc import Sequence
from functools import partial

from kizashi.compiler._base import (
    Compiled,
    CompileNote,
    CompileOptions,
    CompileTarget,
    GeneratedFile,
)
from kizashi.compiler.dashboard_golden import golden_signals
from kizashi.compiler.dashboard_objective import objective_detail
from kizashi.compiler.dashboard_overview import overview
from kizashi.compiler.rule_notes import carried
from kizashi.declarations.configuration import Configuration
from kizashi.messages import render
from kizashi.slo.objective import ServiceSpec


class GrafanaTarget:
    """Writes two dashboards for all services, and one for each."""

    name = "grafana"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,  # noqa: ARG002 - dashboards ask the server
        options: CompileOptions,
    ) -> Compiled:
        """Return dashboards in the language of the options."""
        say = partial(render, options.language)
        notes: list[CompileNote] = []
        files = [
            GeneratedFile("slo-overview.json", overview(say).to_json()),
            GeneratedFile("objective.json", objective_detail(say).to_json()),
        ]
        for service in carried(services):
            if service.objectives:
                board, lacks = golden_signals(service, options, say)
                path = f"golden-signals-{service.name}.json"
                files.append(GeneratedFile(path, board.to_json()))
                notes += lacks
        return Compiled.of(files, notes)


TARGET: CompileTarget = GrafanaTarget()
