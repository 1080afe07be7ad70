"""A target as objectives follow it."""

from dataclasses import dataclass

import numpy as np

from kizashi.ledger.catalogue import Span
from kizashi.ledger.scrapes import TargetHistory
from kizashi.ledger.tally import TargetTally
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.targets import TargetRecord


@dataclass(slots=True)
class TrackedTarget:
    """A target of the objectives' jobs, or one that holds series they count.

    Attributes:
        record: Who it is.
        tally: Its counts.
        spans: When it was discovered: from, and to or None; by time.
        counts_as_seen: Whether its job is one that coverage is measured on.
        up: The number of its ``up``; None before its first scrape was stored.
    """

    record: TargetRecord
    tally: TargetTally
    spans: list[Span]
    counts_as_seen: bool
    up: int | None = None

    @property
    def history(self) -> TargetHistory:
        """How and since when it is scraped."""
        return self.tally.history

    @property
    def is_discovered(self) -> bool:
        """Whether it is discovered now."""
        return bool(self.spans) and self.spans[-1][1] is None

    def known(self, edges_ms: Int64Array) -> FloatArray:
        """Return 1.0 where it was discovered at an edge, else 0.0; shape (m,)."""
        known = np.zeros(len(edges_ms))
        for from_ms, to_ms in self.spans:
            inside = edges_ms >= from_ms
            if to_ms is not None:
                inside &= edges_ms < to_ms
            known[inside] = 1.0
        return known
