"""What the feed remembers of a target, and what happens to one."""

from dataclasses import dataclass, field

import numpy as np

from kizashi.ledger.counting import NO_TIME
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.scrape_rows import StoredLayout
from kizashi.model.targets import FoundTarget, TargetRecord
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.server.stamping import NewestStamps

Span = tuple[int, int | None]
NO_SERIES: Int64Array = np.empty(0, np.int64)


@dataclass(slots=True)
class KnownTarget:
    """What the feed remembers of a target."""

    record: TargetRecord
    #: When it was discovered, from and to, oldest first; the last is open.
    spans: list[Span] = field(default_factory=list)
    config: object = None
    layout_key: object = None
    layout: StoredLayout | None = None
    report: StoredLayout | None = None
    last: StoredLayout | None = None
    held: Int64Array = field(default_factory=lambda: NO_SERIES)
    #: The series whose newest samples have time stamps of their own.
    stamped: Int64Array = field(default_factory=lambda: NO_SERIES)
    #: Since some page had time stamps of its own.
    newest: NewestStamps | None = None
    #: The newest scrape that an earlier process stored.
    stored_ms: int = NO_TIME


@dataclass(frozen=True, slots=True)
class TargetGone:
    """A target is no longer scraped."""

    target: DiscoveredTarget
    at_ms: int


@dataclass(frozen=True, slots=True)
class TargetFound:
    """A target was discovered."""

    target: DiscoveredTarget
    at_ms: int

    def stored(self) -> FoundTarget:
        """Return it as the store notes it."""
        target, config = self.target, self.target.config
        return FoundTarget(
            config.job_name,
            target.labels,
            self.at_ms,
            config.fingerprint,
            config.honor_labels,
            target.interval_ms,
        )


#: Targets that were discovered one after the other, with nothing between them.
FoundTogether = list[TargetFound]
FeedEvent = FoundTogether | TargetGone | ScrapeResult


def ended(spans: list[Span], at_ms: int) -> list[Span]:
    """Return spans, the open one closed."""
    return [(begin, at_ms if end is None else end) for begin, end in spans]


def report_values(result: ScrapeResult) -> FloatArray:
    """Return the values of REPORT_SERIES."""
    return np.array(
        [
            1.0 if result.ok else 0.0,
            result.duration_s,
            result.samples_scraped,
            result.samples_kept,
            result.series_added,
        ]
    )
