"""What the scraper tells the rest of the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.scrape.reasons import FailureReason
from kizashi.scrape.targets import DiscoveredTarget


class ScrapeHealth(StrEnum):
    """How a target's last scrape went."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class ScrapeResult:
    """One scrape, successful or not. It is whole: a failed one has no samples.

    Attributes:
        target: What was scraped, with its configuration.
        ts_ms: When it started, Unix milliseconds.
        ok: Whether it succeeded; this is ``up``.
        error: Why it failed; None if it succeeded.
        limit_hit: The limit that it went over, such as ``body_limit``, or None.
        duration_s: How long fetching, reading and naming took.
        labels: Final label sets of the page's series, n of them, without the report
            series such as ``up``.
        values: Shape (n,), bit-exact.
        timestamps_ms: Explicit time stamps, shape (n,), -1 where a sample has none;
            None where no sample has one or the job does not honour them.
        samples_scraped: Samples on the page: ``scrape_samples_scraped``.
        samples_kept: What metric relabelling left:
            ``scrape_samples_post_metric_relabeling``.
        series_added: Series that the last successful scrape by the same loop lacked:
            ``scrape_series_added``.
        duplicates: Samples left out because an earlier one had the same labels.
        future: Samples left out: stamped more than 10 minutes ahead of the scrape.
        too_old: Samples left out: stamped more than 10 minutes before the scrape.
        types: Metric family to type, as the page says.
    """

    target: DiscoveredTarget
    ts_ms: int
    ok: bool
    error: FailureReason | None = None
    limit_hit: str | None = None
    duration_s: float = 0.0
    labels: tuple[Labels, ...] = ()
    values: FloatArray = field(default_factory=lambda: np.empty(0))
    timestamps_ms: Int64Array | None = None
    samples_scraped: int = 0
    samples_kept: int = 0
    series_added: int = 0
    duplicates: int = 0
    future: int = 0
    too_old: int = 0
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def layout_key(self) -> object:
        """The very same object while the series of the target do not change."""
        return self.labels

    @property
    def honor_labels(self) -> bool:
        """Whether the page's own job and instance labels won over the target's."""
        return self.target.config.honor_labels


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A target as it stands now.

    Attributes:
        target: The target.
        health: How its last scrape went; unknown before the first.
        last_scrape_ms: When that started, Unix milliseconds.
        duration_s: How long it took.
        last_error: Why it failed.
        samples: Samples kept of it.
        limit_hit: The limit that it went over, or None.
    """

    target: DiscoveredTarget
    health: ScrapeHealth = ScrapeHealth.UNKNOWN
    last_scrape_ms: int | None = None
    duration_s: float | None = None
    last_error: FailureReason | None = None
    samples: int | None = None
    limit_hit: str | None = None


class ScrapeEvents(Protocol):
    """Who wants to know. Called on the event loop, so every call must be quick.

    For one target the order is: discovered, then started and finished in turn, then
    gone. A scrape that is under way when its target goes is started, never finished.
    """

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None:
        """Take note of a target before its first scrape."""
        ...

    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None:
        """Take note that a target is no longer scraped."""
        ...

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None:
        """Take note that a scrape with this time stamp has begun."""
        ...

    def on_finished(self, result: ScrapeResult) -> None:
        """Take the result of a scrape."""
        ...
