"""What Kizashi measures of itself, for its own /metrics."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from kizashi import __version__
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.ports.clock import Clock
from kizashi.scrape.results import ScrapeResult

_COMMIT_EDGES_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_TICK_EDGES_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)


class Telemetry:
    """Counters and histograms of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        build = gauge("kizashi_build_info", "Version.", ["version"])
        build.labels(__version__).set(1)
        self._scrapes = counter("kizashi_scrapes", "Scrapes, by outcome.", ["outcome"])
        self._samples = counter("kizashi_samples_stored", "Samples stored.")
        self._dropped = counter(
            "kizashi_scrapes_dropped",
            "Scrapes that were never stored because the store failed too long.",
        )
        self._refused = counter(
            "kizashi_samples_refused", "Samples left out, by reason.", ["reason"]
        )
        self._commits = histogram(
            "kizashi_commit_duration_seconds",
            "Time that one group commit of samples took.",
            buckets=_COMMIT_EDGES_S,
        )
        self._ticks = histogram(
            "kizashi_ledger_tick_duration_seconds",
            "Time that closing the due slices took.",
            buckets=_TICK_EDGES_S,
        )
        self._closed = counter(
            "kizashi_ledger_slices_closed", "Slices closed, over all shards."
        )
        self.objectives = gauge("kizashi_objectives", "Objectives that are counted.")
        self.targets = gauge("kizashi_targets", "Targets, by health.", ["health"])
        self.store_bytes = gauge(
            "kizashi_store_bytes", "Bytes of samples and ledger on disk."
        )
        self.store_damaged = gauge(
            "kizashi_store_damaged_records",
            "Damaged records that are known and left out.",
        )
        self.reload_ok = gauge(
            "kizashi_config_last_reload_successful",
            "Whether the newest configuration was taken.",
        )

    def scraped(self, result: ScrapeResult) -> None:
        """Count one scrape."""
        self._scrapes.labels("ok" if result.ok else "failed").inc()
        for reason in ("duplicates", "future", "too_old"):
            count = getattr(result, reason)
            if count:
                self._refused.labels(reason).inc(count)

    def refused_scrape(self) -> None:
        """Count a scrape that is not later than what is stored."""
        self._scrapes.labels("refused").inc()

    def dropped(self, rows: int) -> None:
        """Count scrapes that were abandoned."""
        self._dropped.inc(rows)

    @contextmanager
    def commit(self, rows: Sequence[ScrapeRow]) -> Iterator[None]:
        """Time one group commit, and count its samples if it worked."""
        start = self._clock.monotonic()
        yield
        self._commits.observe(self._clock.monotonic() - start)
        self._samples.inc(sum(len(row.values) for row in rows))

    @contextmanager
    def tick(self) -> Iterator[list[int]]:
        """Time one tick; the caller puts the number of closed slices in the list."""
        start, closed = self._clock.monotonic(), [0]
        yield closed
        if closed[0]:
            self._ticks.observe(self._clock.monotonic() - start)
            self._closed.inc(closed[0])

    def exposition(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self.registry)
