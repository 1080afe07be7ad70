"""What rules cannot carry, or carry in part."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kizashi.compiler._base import CompileNote, note
from kizashi.declarations.configuration import Configuration
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec


def carried(services: Sequence[ServiceSpec]) -> tuple[ServiceSpec, ...]:
    """Return services with those objectives that rules can count, by name."""
    return tuple(
        replace(
            service, objectives=tuple(o for o in service.objectives if has_names(o))
        )
        for service in sorted(services, key=lambda service: service.name)
    )


def has_names(objective: ObjectiveSpec) -> bool:
    """Return whether each selector fixes its metric's name.

    PromQL drops the name where it subtracts, and then series of two metrics would be
    one.
    """
    selectors = objective.indicator.events.selectors
    return all(events.selector.metric_name for events in selectors)


def rule_notes(
    services: Iterable[ServiceSpec], configuration: Configuration
) -> Iterator[CompileNote]:
    """Yield what a reader of the rules must know."""
    honoring = {job.job_name for job in configuration.scrape if job.honor_labels}
    for service in services:
        for objective in service.objectives:
            which = {"service": objective.service, "objective": objective.name}
            matchers = objective.indicator.events.valid.selector.matchers
            if not has_names(objective):
                yield note("compile.note.no-name", **which)
            elif objective.job is None and all(m.name != "job" for m in matchers):
                yield note("compile.note.no-job", **which)
            elif objective.job in honoring:
                yield note("compile.note.honor-labels", job=objective.job)
