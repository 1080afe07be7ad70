"""What the inside asks of a sample store.

A scrape is one row: a time stamp and the values of all the target's series at that
time, in the order of a layout (a list of series). A layout is stored once and
shared by every scrape that has the same series in the same order. The first five
series of each layout are the scrape's own report, in the order of
``REPORT_SERIES``; a failed scrape has a layout of these alone, with ``up`` = 0.

Calls are synchronous and may come from any thread. Times are Unix milliseconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.model.scrape_rows import ScrapeRow, SeriesSamples, StoredLayout
from kizashi.model.targets import DiscoverySpan, FoundTarget, TargetConfig, TargetRecord


class SampleReader(Protocol):
    """What counting asks of samples: who was scraped, and what they said."""

    def targets(self) -> list[TargetRecord]:
        """Return every target ever known, by number."""
        ...

    def discoveries(self) -> list[DiscoverySpan]:
        """Return all discovered spans, by target and time."""
        ...

    def configs(self) -> list[TargetConfig]:
        """Return all noted scrape configurations, by target and time."""
        ...

    def series_of_target(self, target: int) -> list[tuple[int, Labels]]:
        """Return every series that a row of this target ever held, by number."""
        ...

    def first_stored_ms(self, series: Int64Array) -> Int64Array:
        """Return the time of each series' first sample ever, NEVER_MS without one."""
        ...

    def read_matrix(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> tuple[Int64Array, FloatArray]:
        """Return samples of some series of one target, lined up by time.

        Args:
            target: The target's number.
            series: Series numbers, shape (n,).
            start_ms: First time, included.
            end_ms: Last time, included.

        Returns:
            Times, strictly increasing, shape (r,), and values, shape (r, n): NaN where
            a series has no sample at that time, a staleness marker where it ended.
        """
        ...

    def last_before(
        self, series: Int64Array, before_ms: int
    ) -> Mapping[int, tuple[int, float]]:
        """Return the last real sample of each series strictly before a time.

        Staleness markers and NaN are skipped; a series without a sample is left out.
        """
        ...

    def damages(self) -> Sequence[Damage]:
        """Return what of the stored samples, and their ledger, is known to be lost."""
        ...

    def first_scrape_ms(self) -> int | None:
        """Return the time of the oldest sample stored, or None."""
        ...


class SampleStore(SampleReader, Protocol):
    """Samples, series, targets. Whatever a method wrote when it returned is durable."""

    def target_id(self, job: str, labels: Labels) -> int:
        """Return the number of a target, making one for a new target."""
        ...

    def record_discovery(self, target: int, from_ms: int) -> None:
        """Open a discovered span, unless one is open already."""
        ...

    def record_gone(self, target: int, to_ms: int) -> None:
        """Close the open discovered span, if there is one."""
        ...

    def record_config(self, config: TargetConfig) -> None:
        """Note a target's scrape configuration, unless it is the newest already."""
        ...

    def record_found(self, found: Sequence[FoundTarget]) -> list[int]:
        """Return the numbers of targets, once all are discovered and configured.

        One durable step for all of them: five thousand must not take as many.
        """
        ...

    def record_past(self, config: TargetConfig, to_ms: int) -> None:
        """Note that a target was discovered and configured in a span of the past.

        The span is ``[config.from_ms, to_ms)``. One that lies within a noted one is
        not noted again, an open span stays open, and what was configured after the
        span stays as it was; so a repeated call is harmless.
        """
        ...

    def layout(self, labels: Sequence[Labels]) -> StoredLayout:
        """Return the layout of these series in this order, making what is new."""
        ...

    def append(self, rows: Sequence[ScrapeRow]) -> None:
        """Store scrapes in one durable transaction.

        A row that is there already (same target and time) is left as it is, so that
        a repeated call is harmless.

        Raises:
            StoreError: If nothing of the call was stored.
        """
        ...

    def select(
        self, selector: Selector, start_ms: int, end_ms: int
    ) -> Iterator[SeriesSamples]:
        """Yield every series that matches and has samples in ``[start_ms, end_ms]``."""
        ...

    def write_history(
        self,
        target: int,
        labels: Sequence[Labels],
        ts_ms: Int64Array,
        values: FloatArray,
    ) -> int:
        """Store back-filled samples of one target in one durable transaction.

        Args:
            target: The target's number.
            labels: Label sets, n of them.
            ts_ms: Strictly increasing, shape (r,), all within one hour.
            values: Shape (r, n), NaN where there is no sample.

        Returns:
            How many samples were new. A sample whose series has one at that time
            already is left as it is.
        """
        ...

    def seal(self, before_ms: int) -> None:
        """Move rows older than a time into compressed chunks, in small transactions."""
        ...

    def expire(self, before_ms: int) -> None:
        """Delete samples older than a time, in small transactions."""
        ...

    def size_bytes(self) -> int:
        """Return the bytes that the store takes on disk, its log included."""
        ...

    def check(self) -> list[str]:
        """Return what an integrity check finds wrong; empty when all is well."""
        ...

    def close(self) -> None:
        """Finish what is under way and close the files."""
        ...
