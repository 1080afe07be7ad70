"""Scrapes as they are stored: layouts, rows and the samples of a series."""

from collections.abc import Sequence
from dataclasses import dataclass

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels

#: `StoredLayout.first_ms` of a series that has no sample yet.
NEVER_MS = 2**63 - 1


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
