"""Quantiles of a classic histogram.

Source: Prometheus, ``histogram_quantile`` of classic histograms.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


def quantile(
    edges: Sequence[float], counts: Sequence[float], rank: float
) -> float | None:
    """Return a quantile of a histogram; None without events.

    Inside a bucket events are taken for evenly spread; beyond the last finite edge
    that edge is the answer.

    Args:
        edges: Upper edges, rising, the last infinite.
        counts: Events of each bucket, not cumulative.
        rank: Between 0 and 1.
    """
    found = located(edges, counts, rank)
    return None if found is None else found.value


@dataclass(frozen=True, slots=True)
class Located:
    """Where a quantile of a histogram lies.

    Attributes:
        total: All events.
        wanted: Which of them, counted from the quickest, the quantile is.
        below: Events of the buckets below.
        count: Events of its bucket.
        low: The lower edge of its bucket.
        high: The upper edge, infinite for the last bucket.
    """

    total: float
    wanted: float
    below: float
    count: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """The quantile."""
        if math.isinf(self.high) or not self.count:
            return self.low
        inside = max(0.0, self.wanted - self.below) / self.count
        return self.low + (self.high - self.low) * inside


def located(
    edges: Sequence[float], counts: Sequence[float], rank: float
) -> Located | None:
    """Return where a quantile lies, as `quantile` works it out; None without events."""
    total = sum(counts)
    if not total or not edges:
        return None
    wanted, below, low = rank * total, 0.0, 0.0
    for edge, count in zip(edges, counts, strict=True):
        if count and below + count >= wanted:
            return Located(total, wanted, below, count, low, edge)
        below += count
        low = low if math.isinf(edge) else edge
    return Located(total, wanted, below, 0.0, low, low)
