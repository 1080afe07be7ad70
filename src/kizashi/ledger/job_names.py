"""On which jobs an objective's coverage is measured, and how often they are scraped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.model.matchers import LabelMatcher
from kizashi.slo.objective import ObjectiveSpec


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs that an objective's coverage is measured on, and how they were found.

    Attributes:
        names: The jobs.
        implied: Whether they follow from who holds the objective's series, so that a
            new holder changes them.
        matchers: What selects them where the objective's selector does, so that a
            target of a new job changes them.
    """

    names: frozenset[str]
    implied: bool = False
    matchers: tuple[LabelMatcher, ...] = ()


@dataclass(frozen=True, slots=True)
class IntervalSpan:
    """At which interval a target was scraped; `to_ms` is None for what still holds."""

    from_ms: int
    to_ms: int | None
    interval_ms: int


def named_jobs(spec: ObjectiveSpec) -> Jobs:
    """Return the job that a declaration names; the server knows those it implies."""
    return Jobs(frozenset() if spec.job is None else frozenset([spec.job]))


def jobs_of(
    spec: ObjectiveSpec, configured: Iterable[str], catalogue: TargetCatalogue
) -> Jobs:
    """Return the jobs that an objective's coverage is measured on.

    The declaration names one; or its valid selector has matchers on ``job``; or it
    is those whose targets ever held its valid series; or, before any did, all.

    Source: rule 11.
    """
    if spec.job is not None:
        return Jobs(frozenset([spec.job]))
    every_job = set(configured) | {t.job_label for t in catalogue.targets}
    valid = spec.indicator.events.valid
    on_job = [m for m in valid.selector.matchers if m.name == "job"]
    if on_job:
        names = frozenset(j for j in every_job if all_match(on_job, j))
        return Jobs(names, matchers=tuple(on_job))
    holders = {
        target.job_label
        for target in catalogue.targets
        if catalogue.holds(target.id, valid)
    }
    return Jobs(frozenset(holders or set(configured)), implied=True)


def intervals_in(catalogue: TargetCatalogue) -> dict[str, list[IntervalSpan]]:
    """Return how often targets were scraped, by the job that they are of."""
    spans: dict[str, list[IntervalSpan]] = {}
    for target in catalogue.targets:
        configs = catalogue.configs.get(target.id, ())
        ends = [*(config.from_ms for config in configs[1:]), None]
        job = target.job_label
        spans.setdefault(job, []).extend(
            IntervalSpan(config.from_ms, to_ms, config.interval_ms)
            for config, to_ms in zip(configs, ends, strict=False)
        )
    return spans


def all_match(matchers: Sequence[LabelMatcher], value: str) -> bool:
    """Return whether every matcher accepts a value."""
    return all(m.matches_value(value) for m in matchers)
