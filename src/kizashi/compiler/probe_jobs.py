"""Scrape jobs that ask a prober about somebody else, and how they do it.

Source: blackbox_exporter's documentation, "Prometheus Configuration".
"""

from dataclasses import dataclass, replace

from kizashi.model.scraping import RelabelAction, RelabelRule, ScrapeConfig

PROBE_PATH = "/probe"
_ADDRESS = "__address__"
_TARGET = "__param_target"
_INSTANCE = "instance"
_WHOLE = RelabelRule()


@dataclass(frozen=True, slots=True)
class ProbeJob:
    """A job whose targets are asked about through a prober.

    Attributes:
        job: As configured.
        module: What the prober is asked to do.
        prober: The prober's address; None where the usual relabelling, and nothing
            else, does not say it.
        rules: Relabelling rules beyond the usual ones.
    """

    job: ScrapeConfig
    module: str
    prober: str | None
    rules: tuple[RelabelRule, ...] = ()


def probe_job(job: ScrapeConfig) -> ProbeJob | None:
    """Return how a job probes, None where it does not."""
    modules = dict(job.params).get("module", ())
    if job.metrics_path != PROBE_PATH or not modules:
        return None
    probers = [rule.replacement for rule in job.relabel if _names_prober(rule)]
    usual = [rule for rule in job.relabel if _is_usual(rule)]
    targets = {rule.target_label for rule in usual}
    is_usual = len(probers) == 1 and {_TARGET, _INSTANCE} <= targets
    rest = tuple(r for r in job.relabel if not (_names_prober(r) or _is_usual(r)))
    return ProbeJob(job, modules[0], probers[0] if is_usual else None, rest)


def _names_prober(rule: RelabelRule) -> bool:
    """Return whether a rule puts a fixed address in the target's place."""
    return (
        rule.action is RelabelAction.REPLACE
        and rule.target_label == _ADDRESS
        and not rule.source_labels
        and "$" not in rule.replacement
    )


def _is_usual(rule: RelabelRule) -> bool:
    """Return whether a rule hands the target on, or makes it the instance."""
    moves = (((_ADDRESS,), _TARGET), ((_TARGET,), _INSTANCE))
    return any(
        rule == replace(_WHOLE, source_labels=source, target_label=target)
        for source, target in moves
    )
