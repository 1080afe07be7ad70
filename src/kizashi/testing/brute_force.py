"""The ledger's rules once more, as loops over dictionaries.

Slow, without arrays or running sums, and written from the rules alone: what the
ledger is compared with.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.model.labels import Labels
from kizashi.sli._base import Indicator
from kizashi.slo.columns import created_labels

FIVE_MINUTES_MS = 300_000


@dataclass(frozen=True, slots=True)
class ScrapeStory:
    """One scrape as it happened.

    Attributes:
        ts_ms: When it started.
        values: Series to value; None where it failed.
        fingerprint: Of the scrape configuration then.
        honor_labels: Of the scrape configuration then.
        interval_ms: Of the scrape configuration then.
    """

    ts_ms: int
    values: Mapping[Labels, float] | None
    fingerprint: str = "a"
    honor_labels: bool = False
    interval_ms: int = 15_000


@dataclass(slots=True)
class TargetStory:
    """All that happened to one target.

    Attributes:
        discovered: Spans in which it was discovered: from, and to or None.
        scrapes: Its scrapes, by time.
        labels: Its own labels, which its ``up`` carries.
    """

    discovered: list[tuple[int, int | None]]
    scrapes: list[ScrapeStory] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)


@dataclass(slots=True)
class BruteLedger:
    """Events by slice, and what was seen.

    Attributes:
        slice_ms: Milliseconds of a slice.
        bad: Slice to bad events on time.
        valid: Slice to valid events on time.
        late_bad: Slice to late bad events.
        late_valid: Slice to late valid events.
    """

    slice_ms: int
    bad: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    valid: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    late_bad: defaultdict[int, float] = field(
        default_factory=lambda: defaultdict(float)
    )
    late_valid: defaultdict[int, float] = field(
        default_factory=lambda: defaultdict(float)
    )

    def window(self, last: int, slices: int) -> tuple[float, float, float, float]:
        """Return bad, valid, late bad and late valid of a window."""
        inside = range(last - slices + 1, last + 1)
        return (
            sum(v for k, v in self.bad.items() if k in inside),
            sum(v for k, v in self.valid.items() if k in inside),
            sum(v for k, v in self.late_bad.items() if k in inside),
            sum(v for k, v in self.late_valid.items() if k in inside),
        )


def brute_ledger(
    indicator: Indicator, targets: Sequence[TargetStory], slice_ms: int
) -> BruteLedger:
    """Return an objective's events, counted series by series. Rules 1 to 4 and 6."""
    ledger = BruteLedger(slice_ms)
    if indicator.sample_test is not None:
        _add_samples(ledger, indicator, targets)
        return ledger
    for target in targets:
        stored: dict[Labels, tuple[int, float]] = {}
        previous: ScrapeStory | None = None
        ever_ok = False
        for scrape in target.scrapes:
            if scrape.values is not None:
                discovered = max(
                    (f for f, _ in target.discovered if f <= scrape.ts_ms), default=None
                )
                told = _Told(scrape, previous, ever_ok, discovered)
                grown = {
                    labels: told.growth(labels, value, stored.get(labels))
                    for labels, value in scrape.values.items()
                }
                _add(ledger, indicator, scrape, grown)
                for labels, value in scrape.values.items():
                    stored[labels] = (scrape.ts_ms, value)
                ever_ok = True
            previous = scrape
    return ledger


@dataclass(frozen=True, slots=True)
class _Grown:
    """Growth of one series at one scrape; not told where it is a baseline."""

    amount: float
    is_late: bool
    is_told: bool


@dataclass(frozen=True, slots=True)
class _Told:
    scrape: ScrapeStory
    previous: ScrapeStory | None
    ever_ok: bool
    discovered: int | None

    def growth(
        self, labels: Labels, value: float, last: tuple[int, float] | None
    ) -> "_Grown":
        """Return what one series tells at this scrape."""
        amount, since = self._growth(labels, value, last)
        if since is None:
            return _Grown(0.0, is_late=False, is_told=False)
        is_late = self.scrape.ts_ms - since > FIVE_MINUTES_MS
        return _Grown(amount, is_late, is_told=True)

    def _growth(
        self, labels: Labels, value: float, last: tuple[int, float] | None
    ) -> tuple[float, int | None]:
        before = self.previous.values if self.previous else None
        appears = before is None or labels not in before
        origin = self.discovered
        if self.ever_ok and self.previous is not None:
            origin = self.previous.ts_ms
        created = self._seconds(created_labels(labels))
        if appears and created is not None and origin is not None and created > origin:
            return value, created
        if last is not None:
            return (value - last[1] if value >= last[1] else value), last[0]
        since = None if self.scrape.honor_labels else self._born_since(labels)
        return (0.0, None) if since is None else (value, since)

    def _born_since(self, labels: Labels) -> int | None:
        """Return since when a series never stored counts from zero, if it does."""
        if self.ever_ok and self.previous is not None:
            same = self.previous.fingerprint == self.scrape.fingerprint
            is_ok = self.previous.values is not None
            return self.previous.ts_ms if is_ok and same else None
        own = {n: labels.get(n) for n in ("job", "instance")}
        start = self._seconds(Labels.of(own, __name__="process_start_time_seconds"))
        if start is None or self.discovered is None or start <= self.discovered:
            return None
        return start

    def _seconds(self, labels: Labels) -> int | None:
        value = (self.scrape.values or {}).get(labels)
        return None if value is None else int(value * 1000)


def _add(
    ledger: BruteLedger,
    indicator: Indicator,
    scrape: ScrapeStory,
    grown: Mapping[Labels, _Grown],
) -> None:
    number = -(-scrape.ts_ms // ledger.slice_ms)
    good, bad, valid = (
        indicator.good_selector,
        indicator.bad_selector,
        indicator.valid_selector,
    )
    needs_edge = good is not None and good.edge is not None
    edges = {
        labels.without("le")
        for labels, told in grown.items()
        if told.is_told and good is not None and good.matches(labels)
    }
    for labels, told in grown.items():
        amount, late = told.amount, told.is_late
        if needs_edge and labels.without("le") not in edges:
            continue
        is_valid = valid.matches(labels)
        to_bad = 0.0
        if bad is not None:
            to_bad += amount if bad.matches(labels) else 0.0
        else:
            to_bad += amount if is_valid else 0.0
            to_bad -= amount if good is not None and good.matches(labels) else 0.0
        (ledger.late_bad if late else ledger.bad)[number] += to_bad
        if is_valid:
            (ledger.late_valid if late else ledger.valid)[number] += amount


def _add_samples(
    ledger: BruteLedger, indicator: Indicator, targets: Sequence[TargetStory]
) -> None:
    """Add an event for every sample of a gauge."""
    for target in targets:
        for scrape in target.scrapes:
            number = -(-scrape.ts_ms // ledger.slice_ms)
            for labels, value in _samples(target, scrape).items():
                if indicator.valid_selector.matches(labels) and not math.isnan(value):
                    ledger.valid[number] += 1
                    ledger.bad[number] += not _is_good(indicator, value)


def _is_good(indicator: Indicator, value: float) -> bool:
    test = indicator.sample_test
    if test is None:
        return True
    bound = float(test.bound)
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "!=": value != bound,
    }[test.comparison.value]


def _samples(target: TargetStory, scrape: ScrapeStory) -> dict[Labels, float]:
    """Return what a scrape exposed, and what the scraper wrote of it."""
    up = target.labels.merged({"__name__": "up"})
    return {**(scrape.values or {}), up: 0.0 if scrape.values is None else 1.0}


def brute_seen(
    indicator: Indicator, targets: Sequence[TargetStory], edge_ms: int
) -> tuple[float, str]:
    """Return the seen share and the state of the slice that closes at an edge.

    Rules 11 and 12 (a failed scrape is seen by who counts scrapes), for targets of the objective's own job. Whether what is present
    is live or idle is for `brute_ledger` to tell.
    """
    known, seen, present, stored = 0, 0, False, False
    for target in targets:
        is_known = any(
            f <= edge_ms and (t is None or edge_ms < t) for f, t in target.discovered
        )
        known += is_known
        counts = [s for s in target.scrapes if s.ts_ms <= edge_ms]
        valid = indicator.valid_selector
        counts_scrapes = valid.selector.metric_name == "up"
        stored |= any(valid.matches(k) for s in counts for k in _samples(target, s))
        recent = [
            s
            for s in counts
            if (s.values is not None or counts_scrapes)
            and 2 * s.ts_ms > 2 * edge_ms - 5 * s.interval_ms
        ]
        seen += bool(recent) and is_known
        present |= any(
            valid.matches(k) and not math.isnan(v)
            for s in recent
            for k, v in _samples(target, s).items()
        )
    share = seen / known if known else 0.0
    if known == 0:
        return share if present or not stored else 0.0, "unknown"
    if not present and stored:
        share = 0.0
    if seen == 0:
        return share, "broken"
    if not present:
        return share, "absent"
    return share, "present"
