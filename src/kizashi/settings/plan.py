"""From what was declared to what the ledger is asked to keep."""

from kizashi.compiler._base import CompileOptions, jobs_of
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.scrape_configuration import DEFAULT_TIMEOUT_MS
from kizashi.ledger.building import LedgerPlan
from kizashi.settings.declaration_files import Loaded


def plan_of(loaded: Loaded, retention_ms: int | None = None) -> LedgerPlan:
    """Return the plan of a configuration and its declarations.

    Args:
        loaded: What was read.
        retention_ms: How long samples are kept; None for what the configuration says.
    """
    configuration = loaded.configuration
    return LedgerPlan(
        loaded.services,
        {job.job_name: job.interval_ms for job in configuration.scrape},
        configuration.slice_ms,
        follows=configuration.upstream is not None,
        retention_ms=retention_ms or configuration.storage.retention_ms,
    )


def rules_offset_ms(configuration: Configuration) -> int:
    """Return how far behind the clock a server's rules look, at the most.

    They wait for what the slowest scrape may take, as the compiled rules say.
    """
    timeouts = [job.timeout_ms for job in configuration.scrape]
    return max(timeouts, default=DEFAULT_TIMEOUT_MS)


def compile_options(configuration: Configuration) -> CompileOptions:
    """Return what rules depend on besides the declarations, as the command has it."""
    upstream = configuration.upstream
    return CompileOptions(
        slice_ms=configuration.slice_ms,
        jobs=jobs_of(configuration),
        most_rules=0 if upstream is None else upstream.max_rules_per_group,
        with_tests=False,
    )
