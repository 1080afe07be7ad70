"""A sample store in dictionaries: slow, forgetful and obviously right."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kizashi.errors import StoreError
from kizashi.model.arrays import STALE_NAN_BITS, FloatArray, Int64Array, is_stale
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.model.scrape_rows import NEVER_MS, ScrapeRow, SeriesSamples, StoredLayout
from kizashi.model.targets import (
    DiscoverySpan,
    FoundTarget,
    TargetConfig,
    TargetRecord,
    past_configs,
    settings,
)

#: Times at or beyond this are refused: 285,000 years from 1970, either way.
_LIMIT_MS = 2**53


class MemorySamples:
    """A `SampleStore` that keeps one dictionary entry per sample.

    It is the model that other stores are compared with, and a store for tests that
    need no disk. One thread only. Values are kept as their 64 bits.

    Where two samples claim the same target, series and time, the one that was
    stored first stays; where two targets hold the same series at the same time,
    `select` and `last_before` show the one of the lower target number.
    """

    def __init__(self) -> None:
        self.lost: list[Damage] = []
        self._targets: list[TargetRecord] = []
        self._discoveries: list[DiscoverySpan] = []
        self._configs: list[TargetConfig] = []
        self._series: list[Labels] = []
        self._numbers: dict[Labels, int] = {}
        self._layouts: list[tuple[int, ...]] = []
        self._first: dict[int, int] = {}
        self._rows: set[tuple[int, int]] = set()
        self._held: set[tuple[int, int]] = set()
        #: (target, series) -> time -> bits
        self._samples: dict[tuple[int, int], dict[int, int]] = {}

    def target_id(self, job: str, labels: Labels) -> int:
        """Return the number of a target, making one for a new target."""
        for known in self._targets:
            if (known.job, known.labels) == (job, labels):
                return known.id
        self._targets.append(TargetRecord(len(self._targets) + 1, job, labels))
        return len(self._targets)

    def targets(self) -> list[TargetRecord]:
        """Return every target ever known, by number."""
        return list(self._targets)

    def record_discovery(self, target: int, from_ms: int) -> None:
        """Open a discovered span, unless one is open already."""
        if self._open_span(target) is None:
            self._discoveries.append(DiscoverySpan(target, from_ms, None))

    def record_gone(self, target: int, to_ms: int) -> None:
        """Close the open discovered span, if there is one."""
        span = self._open_span(target)
        if span is not None:
            self._discoveries.remove(span)
            self._discoveries.append(DiscoverySpan(target, span.from_ms, to_ms))

    def discoveries(self) -> list[DiscoverySpan]:
        """Return all discovered spans, by target and time."""
        return sorted(self._discoveries, key=lambda d: (d.target, d.from_ms))

    def record_config(self, config: TargetConfig) -> None:
        """Note a target's scrape configuration, unless it is the newest already."""
        known = [c for c in self.configs() if c.target == config.target]
        if not known or settings(known[-1]) != settings(config):
            self._configs.append(config)

    def record_found(self, found: Sequence[FoundTarget]) -> list[int]:
        """Return the numbers of targets, once all are discovered and configured."""
        numbers = []
        for one in found:
            number = self.target_id(one.job, one.labels)
            self.record_discovery(number, one.from_ms)
            self.record_config(one.configured(number))
            numbers.append(number)
        return numbers

    def record_past(self, config: TargetConfig, to_ms: int) -> None:
        """Note that a target was discovered and configured in a span of the past."""
        target, from_ms = config.target, config.from_ms
        if not any(
            d.target == target
            and d.from_ms <= from_ms
            and (d.to_ms is None or d.to_ms >= to_ms)
            for d in self._discoveries
        ):
            self._discoveries.append(DiscoverySpan(target, from_ms, to_ms))
        noted = [c for c in self.configs() if c.target == target]
        self._configs += past_configs(noted, config, to_ms)

    def configs(self) -> list[TargetConfig]:
        """Return all noted scrape configurations, by target and time."""
        return sorted(self._configs, key=lambda c: (c.target, c.from_ms))

    def layout(self, labels: Sequence[Labels]) -> StoredLayout:
        """Return the layout of these series in this order, making what is new."""
        series = tuple(self._number(one) for one in labels)
        if series not in self._layouts:
            self._layouts.append(series)
        return StoredLayout(
            id=self._layouts.index(series) + 1,
            series=np.array(series, np.int64),
            labels=tuple(labels),
            first_ms=self.first_stored_ms(np.array(series, np.int64)),
        )

    def series_of_target(self, target: int) -> list[tuple[int, Labels]]:
        """Return every series that a row of this target ever held, by number."""
        return [(s, self._series[s - 1]) for t, s in sorted(self._held) if t == target]

    def first_stored_ms(self, series: Int64Array) -> Int64Array:
        """Return the time of each series' first sample ever, NEVER_MS without one."""
        first = [self._first.get(number, NEVER_MS) for number in series.tolist()]
        return np.array(first, np.int64)

    def append(self, rows: Sequence[ScrapeRow]) -> None:
        """Store scrapes in one durable transaction.

        Raises:
            StoreError: If nothing of the call was stored.
        """
        for row in rows:
            self._require_sound(row)
        for row in rows:
            if (row.target, row.ts_ms) in self._rows:
                continue
            self._rows.add((row.target, row.ts_ms))
            series = self._layouts[row.layout - 1]
            bits = _bits(row.values)
            for column, number in enumerate(series):
                ts = row.ts_ms
                if row.sample_ts_ms is not None:
                    ts = int(row.sample_ts_ms[column])
                self._put(row.target, number, ts, bits[column])
            for number in row.stale.tolist():
                self._put(row.target, number, row.ts_ms, STALE_NAN_BITS)

    def read_matrix(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> tuple[Int64Array, FloatArray]:
        """Return samples of some series of one target, lined up by time."""
        found = [
            {
                ts: bits
                for ts, bits in self._samples.get((target, number), {}).items()
                if start_ms <= ts <= end_ms
            }
            for number in series.tolist()
        ]
        times = sorted({ts for column in found for ts in column})
        out = np.full((len(times), len(found)), np.nan)
        view = out.view(np.uint64)
        for column, samples in enumerate(found):
            for row, ts in enumerate(times):
                if ts in samples:
                    view[row, column] = samples[ts]
        return np.array(times, np.int64), out

    def select(
        self, selector: Selector, start_ms: int, end_ms: int
    ) -> Iterator[SeriesSamples]:
        """Yield every matching series that has samples in the span, by number."""
        for number, labels in enumerate(self._series, 1):
            if not selector.matches(labels):
                continue
            found = self._of_series(number)
            times = [ts for ts in sorted(found) if start_ms <= ts <= end_ms]
            if times:
                bits = np.array([found[ts] for ts in times], np.uint64)
                yield SeriesSamples(
                    number, labels, np.array(times, np.int64), bits.view(np.float64)
                )

    def last_before(
        self, series: Int64Array, before_ms: int
    ) -> Mapping[int, tuple[int, float]]:
        """Return the last real sample of each series strictly before a time."""
        out: dict[int, tuple[int, float]] = {}
        for number in series.tolist():
            found = self._of_series(number, real=True)
            times = [ts for ts in found if ts < before_ms]
            if times:
                out[number] = (max(times), _float(found[max(times)]))
        return out

    def damages(self) -> Sequence[Damage]:
        """Return what a test says is lost; the samples of it are as a reader left them."""
        return tuple(self.lost)

    def first_scrape_ms(self) -> int | None:
        """Return the time of the oldest sample stored, or None."""
        return min(
            (ts for found in self._samples.values() for ts in found), default=None
        )

    def write_history(
        self,
        target: int,
        labels: Sequence[Labels],
        ts_ms: Int64Array,
        values: FloatArray,
    ) -> int:
        """Store back-filled samples; return how many were new."""
        bits = np.ascontiguousarray(values).view(np.uint64)
        is_sample = ~np.isnan(values) | is_stale(values)
        new = 0
        for row, column in np.argwhere(is_sample).tolist():
            number = self._number(labels[column])
            ts = int(ts_ms[row])
            new += self._put(target, number, ts, int(bits[row, column]))
        return new

    def seal(self, before_ms: int) -> None:
        """Do nothing: there is nothing to compress."""

    def expire(self, before_ms: int) -> None:
        """Delete samples older than a time."""
        for found in self._samples.values():
            for ts in [ts for ts in found if ts < before_ms]:
                del found[ts]

    def size_bytes(self) -> int:
        """Return the bytes that the samples would take, uncompressed."""
        return 16 * sum(len(found) for found in self._samples.values())

    def check(self) -> list[str]:
        """Return no problems: dictionaries do not rot."""
        return []

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _open_span(self, target: int) -> DiscoverySpan | None:
        spans = (d for d in self._discoveries if d.target == target)
        return next((d for d in spans if d.to_ms is None), None)

    def _number(self, labels: Labels) -> int:
        if labels not in self._numbers:
            self._series.append(labels)
            self._numbers[labels] = len(self._series)
        return self._numbers[labels]

    def _require_sound(self, row: ScrapeRow) -> None:
        if not 1 <= row.layout <= len(self._layouts):
            raise StoreError(f"there is no layout {row.layout}; ask layout() for one")
        width = len(self._layouts[row.layout - 1])
        stamps = row.sample_ts_ms
        if row.values.shape != (width,) or (
            stamps is not None and stamps.shape != (width,)
        ):
            raise StoreError(
                f"a row of target {row.target} has {row.values.size} values; its"
                f" layout {row.layout} has {width} series"
            )
        times = [row.ts_ms, *(() if stamps is None else stamps.tolist())]
        if max(map(abs, times)) >= _LIMIT_MS:
            raise StoreError(f"a row of target {row.target} has a time beyond 2^53 ms")

    def _put(self, target: int, series: int, ts: int, bits: int) -> bool:
        """Store one sample unless its place is taken; return whether it was stored."""
        self._held.add((target, series))
        found = self._samples.setdefault((target, series), {})
        if ts in found:
            return False
        found[ts] = bits
        self._first[series] = min(self._first.get(series, NEVER_MS), ts)
        return True

    def _of_series(self, series: int, *, real: bool = False) -> dict[int, int]:
        """Return time -> bits over all targets, lower target numbers first."""
        out: dict[int, int] = {}
        for target in range(1, len(self._targets) + 1):
            for ts, bits in self._samples.get((target, series), {}).items():
                if not (real and np.isnan(_float(bits))):
                    out.setdefault(ts, bits)
        return out


def _bits(values: FloatArray) -> list[int]:
    found: list[int] = np.ascontiguousarray(values).view(np.uint64).tolist()
    return found


def _float(bits: int) -> float:
    return float(np.array([bits], np.uint64).view(np.float64)[0])
