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
    indicator = objective.indicator
    sides = (indicator.good_selector, indicator.bad_selector, indicator.valid_selector)
    return all(side is None or side.selector.metric_name for side in sides)


def rule_notes(
    services: Iterable[ServiceSpec], configuration: Configuration
) -> Iterator[CompileNote]:
    """Yield what a reader of the rules must know."""
    honoring = {job.job_name for job in configuration.scrape if job.honor_labels}
    for service in services:
        for objective in service.objectives:
            which = {"service": objective.service, "objective": objective.name}
            matchers = objective.indicator.valid_selector.selector.matchers
            if not has_names(objective):
                yield note("compile.note.no-name", **which)
            elif objective.job is None and all(m.name != "job" for m in matchers):
                yield note("compile.note.no-job", **which)
            elif objective.job in honoring:
                yield note("compile.note.honor-labels", job=objective.job)
