"""From what was declared to what the ledger is asked to keep."""

from kizashi.app.engine import LedgerPlan
from kizashi.runtime.declaration_files import Loaded


def plan_of(loaded: Loaded) -> LedgerPlan:
    """Return the plan of a configuration and its declarations."""
    configuration = loaded.configuration
    return LedgerPlan(
        loaded.services,
        {job.job_name: job.interval_ms for job in configuration.scrape},
        configuration.slice_ms,
    )
