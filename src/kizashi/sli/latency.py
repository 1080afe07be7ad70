"""Events faster than a threshold, read at an edge of a classic histogram."""

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from kizashi.errors import ObjectiveError
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.sli._base import (
    EDGE_LABEL,
    EventSelector,
    canonical_json,
    canonical_matchers,
    sides_text,
)


@dataclass(frozen=True, slots=True)
class LatencyIndicator:
    """Events of a histogram in seconds, good when they took at most below_s.

    The threshold must be an edge of the histogram: between two edges nobody knows
    the count. A bucket holds what is less than or equal to its edge.

    Attributes:
        kind: ``latency``.
        histogram: Metric name without ``_bucket``.
        below_s: Threshold in seconds, above 0.
        match: Further matchers, neither ``le`` nor the metric's name among them.

    Raises:
        ObjectiveError: If below_s is not above 0, or match names what it must not.
    """

    kind: ClassVar[str] = "latency"

    histogram: str
    below_s: Decimal
    match: Selector = field(default=Selector(()))

    def __post_init__(self) -> None:
        if not (self.below_s.is_finite() and self.below_s > 0):
            raise ObjectiveError(f"below is {self.below_s} s; expected above 0")
        taken = {m.name for m in self.match.matchers} & {EDGE_LABEL, METRIC_NAME}
        if taken:
            raise ObjectiveError(
                f"match names {' and '.join(sorted(taken))}, which the histogram and"
                " the threshold decide"
            )

    @property
    def good_selector(self) -> EventSelector:
        """The bucket at the threshold."""
        return EventSelector(self._buckets, float(self.below_s))

    @property
    def bad_selector(self) -> None:
        """None: slow events are the valid ones that are not good."""
        return None

    @property
    def valid_selector(self) -> EventSelector:
        """The bucket without an upper edge, which holds every event."""
        return EventSelector(self._buckets, math.inf)

    @property
    def sample_test(self) -> None:
        """None: events are the growth of counters."""
        return

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the spelling of the threshold does not change it."""
        return canonical_json(
            {
                "kind": self.kind,
                "histogram": self.histogram,
                "match": canonical_matchers(self.match.matchers),
                "below_s": f"{self.below_s.normalize():f}",
            }
        )

    def selector_text(self) -> str:
        """Return the selectors that are counted, for a reader."""
        return sides_text(self.good_selector, None, self.valid_selector)

    @property
    def _buckets(self) -> Selector:
        name = LabelMatcher(METRIC_NAME, MatchOp.EQUAL, f"{self.histogram}_bucket")
        return Selector((name, *self.match.matchers))
