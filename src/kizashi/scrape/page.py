"""From the bytes of a page to the samples that are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kizashi.errors import ExpositionError, LimitError, ScrapeError
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.scrape.fetch import ScrapeBody
from kizashi.scrape.labelling import Labeller
from kizashi.scrape.reasons import over_limit, reason, reason_of
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.wire.exposition import ExpositionPage, ExpositionParser

#: Explicit time stamps farther from the scrape than this are dropped and counted: one
#: sample ten years ahead would shut out every later one.
STAMP_TOLERANCE_MS = 600_000


@dataclass(frozen=True, slots=True, eq=False)
class PageSamples:
    """The samples of one page under their final names.

    Attributes:
        labels: Label sets, n of them; the very same object while the series of the
            target do not change.
        values: Shape (n,), bit-exact.
        timestamps_ms: Explicit time stamps, shape (n,), -1 where there is none; None
            where no sample has one.
        scraped: Samples on the page, duplicates included.
        remaining: Samples left by metric relabelling, duplicates and samples dropped
            for their time stamps included.
        duplicates: Samples left out because an earlier one had the same labels.
        future: Samples left out because they are too far ahead.
        too_old: Samples left out because they are too far back.
        types: Metric family to type, as the page says.
    """

    labels: tuple[Labels, ...]
    values: FloatArray
    timestamps_ms: Int64Array | None
    scraped: int
    remaining: int
    duplicates: int = 0
    future: int = 0
    too_old: int = 0
    types: Mapping[str, str] = field(default_factory=dict)


class PageReader:
    """Reads the pages of one target. Not for two threads at once."""

    def __init__(self, target: DiscoveredTarget) -> None:
        limits = target.config.limits
        self._max_samples = limits.samples
        self._honor_timestamps = target.config.honor_timestamps
        self._labeller = Labeller(target.labels, target.config)
        self._parser = ExpositionParser(
            max_samples=limits.samples,
            max_labels=limits.labels,
            max_label_name_bytes=limits.label_name_bytes,
            max_label_value_bytes=limits.label_value_bytes,
        )
        self._subset: tuple[tuple[Labels, ...], bytes, tuple[Labels, ...]] | None = None

    def read(self, body: ScrapeBody, ts_ms: int) -> PageSamples:
        """Return the samples of a page scraped at a time.

        Raises:
            ScrapeError: If it is no page, or a rule makes a series nameless.
            LimitError: If it goes over a limit of the target.
        """
        if fewest_samples(body.data, self._max_samples) > self._max_samples:
            raise over_limit("scrape.sample_limit", limit=self._max_samples)
        try:
            page = self._parser.parse(body.data, body.content_type)
            return self._samples(page, ts_ms)
        except ExpositionError as error:
            raise ScrapeError(reason("scrape.page", why=error)) from error
        except LimitError as error:
            raise LimitError(reason_of(error, "scrape.page_limit")) from error

    def _samples(self, page: ExpositionPage, ts_ms: int) -> PageSamples:
        named = self._labeller.label(page.layout)
        values = page.values
        stamps = page.timestamps_ms if self._honor_timestamps else None
        if named.columns is not None:
            values = values.take(named.columns)
            stamps = None if stamps is None else stamps.take(named.columns)
        remaining = len(values) + named.duplicates + page.duplicates
        samples = PageSamples(
            labels=named.labels,
            values=values,
            timestamps_ms=stamps,
            scraped=named.scraped + page.duplicates,
            remaining=remaining,
            duplicates=named.duplicates + page.duplicates,
            types=page.layout.types,
        )
        return samples if stamps is None else self._in_time(samples, stamps, ts_ms)

    def _in_time(
        self, samples: PageSamples, stamps: Int64Array, ts_ms: int
    ) -> PageSamples:
        """Return the samples less those whose time stamps are out of bounds."""
        given = stamps >= 0
        future = stamps > ts_ms + STAMP_TOLERANCE_MS
        too_old = given & (stamps < ts_ms - STAMP_TOLERANCE_MS)
        if not (future.any() or too_old.any()):
            return samples
        keep = ~(future | too_old)
        left = stamps[keep]
        return PageSamples(
            labels=self._subset_of(samples.labels, keep),
            values=samples.values[keep],
            timestamps_ms=left if (left >= 0).any() else None,
            scraped=samples.scraped,
            remaining=samples.remaining,
            duplicates=samples.duplicates,
            future=int(np.count_nonzero(future)),
            too_old=int(np.count_nonzero(too_old)),
            types=samples.types,
        )

    def _subset_of(
        self, labels: tuple[Labels, ...], keep: BoolArray
    ) -> tuple[Labels, ...]:
        """Return the labels kept: the same object while both arguments are equal."""
        mask = keep.tobytes()
        if self._subset is None or self._subset[:2] != (labels, mask):
            kept = tuple(labels[i] for i in np.flatnonzero(keep))
            self._subset = (labels, mask, kept)
        return self._subset[2]


def fewest_samples(page: bytes, enough: int = 0) -> int:
    """Return a number of samples that a page has at least, if it is a page at all.

    Up to `enough` lines are not looked at any further: 0 samples is true of any page.

    Every line that is neither blank nor a comment is a sample. Counting lines that
    might be either as if they were costs a few passes over the bytes and saves the
    reading of a page far over its limit, scrape after scrape.
    """
    lines = page.count(b"\n")
    if lines <= enough:
        return 0
    # Of three line ends in a row `count` sees one pair, but two lines are blank.
    blank = 2 * page.count(b"\n\n")
    doubtful = sum(page.count(start) for start in (b"\n#", b"\n ", b"\n\t", b"\n\r"))
    return lines - 1 - blank - doubtful
