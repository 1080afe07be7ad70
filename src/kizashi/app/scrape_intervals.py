"""How often a server that is read scrapes, and whether its rules can go by that."""

from collections.abc import Iterable, Mapping

import numpy as np

from kizashi.model.upstream import UpstreamSamples
from kizashi.slo.faults import Fault
from kizashi.slo.intervals import gap_fault, rules_fault

#: So much of `up` is looked at where a server does not tell an interval: enough for two
#: scrapes ten minutes apart and one that came late.
MEASURED_MS = 30 * 60_000
_SECOND_MS = 1_000


def measured_interval_ms(samples: UpstreamSamples) -> int | None:
    """Return how often the targets of a job are scraped, from samples of ``up``.

    The median of the distances of each target, in whole seconds; of these the longest.
    A failed scrape has a sample, too, so that only a server that did not run widens some.

    Returns:
        None where no target has two distances.
    """
    medians = [
        float(np.median(np.diff(one.ts_ms)))
        for one in samples.series
        if len(one.ts_ms) > 2  # noqa: PLR2004 - one distance may be anything
    ]
    if not medians:
        return None
    return max(_SECOND_MS, round(max(medians) / _SECOND_MS) * _SECOND_MS)


def interval_fault(
    jobs: Iterable[str], intervals_ms: Mapping[str, int], compiled_ms: int
) -> Fault | None:
    """Return why a server scrapes too seldom for what it counts, None where not.

    Args:
        jobs: The jobs that are counted.
        intervals_ms: How often each job is scraped, as far as that is known.
        compiled_ms: What the rules were compiled for.
    """
    interval_ms = max((intervals_ms.get(job, 0) for job in jobs), default=0)
    return gap_fault(interval_ms) or rules_fault(interval_ms, compiled_ms)
