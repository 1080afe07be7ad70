"""Scrapes that have landed, lined up as the columns that a tally counts."""

from dataclasses import dataclass

import numpy as np

from kizashi.ledger.deriving import extend_tally
from kizashi.ledger.tally import Rows, TargetTally
from kizashi.model.arrays import STALE_NAN, FloatArray, Int64Array
from kizashi.model.scrape_rows import StoredLayout
from kizashi.ports.samples import SampleReader


@dataclass(frozen=True, slots=True)
class LiveScrape:
    """A scrape that has landed, as the ledger counts it.

    Attributes:
        target: The target's number.
        ts_ms: When it started.
        ok: Whether it succeeded.
        layout: Its series; a failed scrape has only its report.
        values: Shape (n,), in the layout's order.
        sample_ts_ms: Explicit time stamps, shape (n,), or None.
    """

    target: int
    ts_ms: int
    ok: bool
    layout: StoredLayout
    values: FloatArray
    sample_ts_ms: Int64Array | None = None


@dataclass(frozen=True, slots=True)
class Scraped:
    """What is known of a target's scrapes: the last one, and if any ever succeeded."""

    ts_ms: int
    ok: bool
    ever_ok: bool


@dataclass(frozen=True, slots=True)
class RunningScrape:
    """A scrape that is under way: since when, and until when it may be."""

    ts_ms: int
    until_ms: int


@dataclass(slots=True)
class _Take:
    """Where a tally's columns stand in a layout; -1 for those it lacks."""

    wanted: Int64Array
    index: Int64Array


class LayoutPositions:
    """Remembers where the columns of each target's tally stand in its layouts."""

    def __init__(self, samples: SampleReader) -> None:
        self._samples = samples
        self._takes: dict[tuple[int, int], _Take] = {}
        self._targets: set[int] = set()

    def rows(self, tally: TargetTally, scrape: LiveScrape) -> list[Rows]:
        """Return a scrape as rows: samples with time stamps of their own go first."""
        up = np.array([1.0 if scrape.ok else 0.0])
        ts = np.array([scrape.ts_ms], np.int64)
        take = self._index(tally, scrape)
        # What a page lacks has ended; a page that could not be read says nothing.
        lacking = STALE_NAN if scrape.ok else np.nan
        values = np.append(scrape.values, lacking)[take]
        if scrape.sample_ts_ms is None:
            return [Rows(ts, up, values[None, :])]
        stamps = np.append(scrape.sample_ts_ms, scrape.ts_ms)[take]
        none = np.array([np.nan])
        rows = [
            Rows(
                np.array([stamp], np.int64),
                none,
                np.where(stamps == stamp, values, np.nan)[None, :],
            )
            for stamp in np.unique(stamps[stamps != scrape.ts_ms]).tolist()
        ]
        own = np.where(stamps == scrape.ts_ms, values, np.nan)
        return [*rows, Rows(ts, up, own[None, :])]

    def _index(self, tally: TargetTally, scrape: LiveScrape) -> Int64Array:
        """Return where the tally's columns stand in the scrape's layout."""
        key = (scrape.target, scrape.layout.id)
        self._targets.add(scrape.target)
        take = self._takes.get(key)
        if take is None or take.wanted is not tally.wanted:
            if len(self._takes) > 4 * len(self._targets) + 16:
                self._takes.clear()
            numbers = scrape.layout.series.tolist()
            series = zip(numbers, scrape.layout.labels, strict=True)
            extend_tally(tally, series, self._samples, scrape.ts_ms, is_shown=True)
            places = {n: i for i, n in enumerate(numbers)}
            index = [places.get(n, -1) for n in tally.wanted.tolist()]
            take = _Take(tally.wanted, np.array(index, np.int64))
            self._takes[key] = take
        return take.index
