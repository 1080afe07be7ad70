"""What the inside asks of a sample store.

A scrape is one row: a time stamp and the values of all the target's series at that
time, in the order of a layout (a list of series). A layout is stored once and
shared by every scrape that has the same series in the same order. The first five
series of each layout are the scrape's own report, in the order of
``REPORT_SERIES``; a failed scrape has a layout of these alone, with ``up`` = 0.

Calls are synchronous and may come from any thread. Times are Unix milliseconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kizashi.model import scraping
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.ports.damage import Damage

REPORT_SERIES = scraping.REPORT_SERIES

#: `StoredLayout.first_ms` of a series that has no sample yet.
NEVER_MS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target that was discovered at least once; job and labels identify it.

    Attributes:
        id: Number in this store.
        job: The job of its scrape configuration.
        labels: Its labels after relabelling, job and instance among them.
    """

    id: int
    job: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Discovery:
    """A span in which a target was discovered: ``[from_ms, to_ms)``, open if None."""

    target: int
    from_ms: int
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """The scrape configuration of a target from a time on."""

    target: int
    from_ms: int
    fingerprint: str
    honor_labels: bool
    interval_ms: int


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """A target that is discovered from a time on, and how it is scraped.

    Attributes:
        job: The job of its scrape configuration.
        labels: Its labels after relabelling.
        from_ms: Since when.
        fingerprint: Of its scrape configuration.
        honor_labels: As its scrape configuration says.
        interval_ms: Time between scrapes.
    """

    job: str
    labels: Labels
    from_ms: int
    fingerprint: str
    honor_labels: bool
    interval_ms: int

    def configured(self, target: int) -> TargetConfig:
        """Return its configuration as that of the target of a number."""
        return TargetConfig(
            target, self.from_ms, self.fingerprint, self.honor_labels, self.interval_ms
        )


#: The fingerprint of a target that never was: a demo made its samples up.
SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class StoredLayout:
    """An ordered list of series that scrape rows refer to.

    Attributes:
        id: Number in this store.
        series: Series numbers, shape (n,).
        labels: The label sets, same order.
        first_ms: Time of the first sample ever stored of each series, shape (n,);
            NEVER_MS where there is none yet.
    """

    id: int
    series: Int64Array
    labels: Sequence[Labels]
    first_ms: Int64Array


@dataclass(frozen=True, slots=True)
class ScrapeRow:
    """One scrape, successful or not.

    Attributes:
        target: The target's number.
        ts_ms: When the scrape started.
        layout: The layout's number.
        values: Shape (n,), in the layout's order.
        sample_ts_ms: Explicit time stamps, shape (n,), where the target gave any;
            None when every sample is stamped ts_ms.
        stale: Numbers of the series that the target had at its previous scrape and
            has no more: each gets a staleness marker at ts_ms.
    """

    target: int
    ts_ms: int
    layout: int
    values: FloatArray
    sample_ts_ms: Int64Array | None
    stale: Int64Array


@dataclass(frozen=True, slots=True)
class SeriesSamples:
    """Samples of one series, oldest first, staleness markers included.

    Attributes:
        id: The series' number.
        labels: Its label set, the metric name included.
        ts_ms: Strictly increasing, shape (n,).
        values: Same shape, bit-exact as scraped.
    """

    id: int
    labels: Labels
    ts_ms: Int64Array
    values: FloatArray


def past_configs(
    noted: Sequence[TargetConfig], config: TargetConfig, to_ms: int
) -> list[TargetConfig]:
    """Return what to note so that a configuration applies in a span of the past.

    Args:
        noted: What is noted of the target, by time.
        config: What applied from its time on.
        to_ms: When that ended; what was noted for then and later stays in force.
    """
    before = [c for c in noted if c.from_ms <= config.from_ms]
    if before and _settings(before[-1]) == _settings(config):
        return []
    out = [config]
    if before and not any(config.from_ms < c.from_ms <= to_ms for c in noted):
        out.append(replace(before[-1], from_ms=to_ms))
    return out


def _settings(config: TargetConfig) -> tuple[str, bool, int]:
    return config.fingerprint, config.honor_labels, config.interval_ms


class SampleReader(Protocol):
    """What counting asks of samples: who was scraped, and what they said."""

    def targets(self) -> list[TargetRecord]:
        """Return every target ever known, by number."""
        ...

    def discoveries(self) -> list[Discovery]:
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
