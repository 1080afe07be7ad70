"""The ledger's rules once more, as loops over dictionaries.

Slow, without arrays or running sums, and written from the rules alone: what the
ledger is compared with.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from kizashi.ledger.columns import created_labels
from kizashi.model.labels import Labels
from kizashi.sli._base import (
    CounterGrowth,
    EventSelector,
    GaugeSamples,
    Indicator,
    SampleTest,
    Side,
)

FIVE_MINUTES_MS = 300_000
TEN_MINUTES_MS = 600_000


@dataclass(frozen=True)
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

    @cached_property
    def numbers(self) -> Mapping[Labels, float]:
        """The counters that a page shows, those without a number left out."""
        return {k: v for k, v in (self.values or {}).items() if _is_number(v)}


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
    return brute_ledgers([indicator], targets, slice_ms)[0]


def brute_ledgers(
    indicators: Sequence[Indicator], targets: Sequence[TargetStory], slice_ms: int
) -> list[BruteLedger]:
    """Return the events of many objectives; what a series tells is told to all."""
    grown = [list(_told_by(target)) for target in targets]
    return [_ledger(each, targets, grown, slice_ms) for each in indicators]


def _ledger(
    indicator: Indicator,
    targets: Sequence[TargetStory],
    grown: "Sequence[Sequence[_Page]]",
    slice_ms: int,
) -> BruteLedger:
    ledger = BruteLedger(slice_ms)
    if isinstance(indicator.events, GaugeSamples):
        _add_samples(ledger, indicator.events, targets)
        return ledger
    for pages in grown:
        histograms: dict[Labels, _Histogram] = defaultdict(_Histogram)
        for scrape, told in pages:
            if _is_read_at_an_edge(indicator):
                _add_histograms(ledger, indicator, scrape, told, histograms)
            else:
                _add(ledger, indicator, scrape, told)
    return ledger


def _told_by(target: TargetStory) -> "Iterator[_Page]":
    """Yield what each series tells at each scrape that succeeded."""
    numbers: dict[Labels, tuple[int, float]] = {}
    stored: set[Labels] = set()
    previous: ScrapeStory | None = None
    ever_ok = False
    for scrape in target.scrapes:
        if scrape.values is not None:
            discovered = max(
                (f for f, _ in target.discovered if f <= scrape.ts_ms), default=None
            )
            told = _Told(scrape, previous, ever_ok, discovered, stored)
            yield (
                scrape,
                {
                    labels: told.growth(labels, value, numbers.get(labels))
                    for labels, value in scrape.numbers.items()
                },
            )
            for labels, value in scrape.numbers.items():
                numbers[labels] = (scrape.ts_ms, value)
            stored |= scrape.values.keys()
            ever_ok = True
        previous = scrape


def _is_number(value: float) -> bool:
    """Return whether a counter's sample is one: no NaN, and not beyond 2^100."""
    return not math.isnan(value) and -(2.0**100) <= value <= 2.0**100


def _is_no_nan(value: float) -> bool:
    return not math.isnan(value)


@dataclass(frozen=True, slots=True)
class _Grown:
    """Growth of one series at one scrape; not told where it is a baseline."""

    amount: float
    is_late: bool
    is_told: bool
    value: float
    last: tuple[int, float] | None

    @property
    def last_ms(self) -> int | None:
        """The time of the sample before."""
        return None if self.last is None else self.last[0]

    @property
    def has_fallen(self) -> bool:
        """Whether it is less than the sample before."""
        return self.last is not None and self.value < self.last[1]


#: A scrape that succeeded, and what each of its counters tells.
_Page: TypeAlias = tuple[ScrapeStory, Mapping[Labels, _Grown]]


@dataclass(frozen=True, slots=True)
class _Told:
    scrape: ScrapeStory
    previous: ScrapeStory | None
    ever_ok: bool
    discovered: int | None
    stored: AbstractSet[Labels]

    def growth(
        self, labels: Labels, value: float, last: tuple[int, float] | None
    ) -> "_Grown":
        """Return what one series tells at this scrape."""
        if last is not None:
            amount = value - last[1] if value >= last[1] else value
            since: int | None = self._followed(labels, last[0])
        else:
            since = None if labels in self.stored else self._born_since(labels)
            amount = 0.0 if since is None else value
        if since is None:
            return _Grown(0.0, is_late=False, is_told=False, value=value, last=last)
        is_late = self.scrape.ts_ms - since > FIVE_MINUTES_MS
        return _Grown(amount, is_late, is_told=True, value=value, last=last)

    def _followed(self, labels: Labels, last_ms: int) -> int:
        """Return after what a series that was stored has grown: its last sample.

        Or the previous scrape, if that one looked for the series and found none.
        """
        if self.previous is None or not self._can_compare_pages():
            return last_ms
        return last_ms if labels in self.previous.numbers else self.previous.ts_ms

    def _can_compare_pages(self) -> bool:
        """Return whether what the previous page lacks was not there then."""
        if self.previous is None or self.previous.values is None:
            return False
        same = self.previous.fingerprint == self.scrape.fingerprint
        return same and not self.scrape.honor_labels

    def _born_since(self, labels: Labels) -> int | None:
        """Return since when a series never stored counts from zero, if it does."""
        previous = self.previous if self.ever_ok else None
        origin = self.discovered if previous is None else previous.ts_ms
        created = self._ms(created_labels(labels))
        if created is not None and origin is not None:
            if origin < created <= self.scrape.ts_ms + TEN_MINUTES_MS:
                return int(created)
            if created <= origin - TEN_MINUTES_MS and (
                previous is None or self._is_its_own(created_labels(labels), created)
            ):
                return None
        if previous is not None:
            return previous.ts_ms if self._can_compare_pages() else None
        if self.scrape.honor_labels:
            return None
        own = {n: labels.get(n) for n in ("job", "instance")}
        start = self._ms(Labels.of(own, __name__="process_start_time_seconds"))
        if start is None or self.discovered is None or start <= self.discovered:
            return None
        return int(start)

    def _is_its_own(self, labels: Labels, created: float) -> bool:
        """Return whether a created time is not the one that the process gives to all.

        That is the oldest of its name on the page, among those that were there before.
        """
        others = [
            self._ms(one)
            for one in self.scrape.numbers
            if one.metric_name == labels.metric_name and one in self.stored
        ]
        given = [int(one) for one in others if one is not None]
        return bool(given) and int(created) != min(given)

    def _ms(self, labels: Labels) -> float | None:
        value = self.scrape.numbers.get(labels)
        return None if value is None else value * 1000


def _add(
    ledger: BruteLedger,
    indicator: Indicator,
    scrape: ScrapeStory,
    grown: Mapping[Labels, _Grown],
) -> None:
    number = -(-scrape.ts_ms // ledger.slice_ms)
    good, bad = _side(indicator, Side.GOOD), _side(indicator, Side.BAD)
    valid = indicator.events.valid
    for labels, told in grown.items():
        amount, late = told.amount, told.is_late
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


def _is_read_at_an_edge(indicator: Indicator) -> bool:
    good = _side(indicator, Side.GOOD)
    return good is not None and good.edge is not None


def _side(indicator: Indicator, side: Side) -> EventSelector | None:
    """Return what selects the events of one side, where counters count them."""
    match indicator.events:
        case CounterGrowth(side=counted, part=part) if counted is side:
            return part
        case _:
            return None


@dataclass(slots=True)
class _Histogram:
    """What is known of a histogram's threshold and total: 0 and 1.

    Attributes:
        last_ms: When each was there last.
        waits: Whose growth waits for the other's: which, since when, how much, and
            whether anybody knows that.
    """

    last_ms: list[int | None] = field(default_factory=lambda: [None, None])
    waits: tuple[int, int | None, float, bool] | None = None

    def together(self, ts_ms: int, both: tuple[_Grown, _Grown]) -> tuple[float, float]:
        """Return what threshold and total have grown by since both were there."""
        waits, self.waits, self.last_ms = self.waits, None, [ts_ms, ts_ms]
        fast, every = both
        if not (fast.is_told and every.is_told):
            return 0.0, 0.0
        if fast.last_ms == every.last_ms:
            if fast.has_fallen or every.has_fallen:
                return fast.value, every.value
            return fast.amount, every.amount
        if fast.amount == fast.value and every.amount == every.value:
            return fast.amount, every.amount
        return self._after_waiting(ts_ms, both, waits)

    @staticmethod
    def _after_waiting(
        ts_ms: int,
        both: tuple[_Grown, _Grown],
        waits: tuple[int, int | None, float, bool] | None,
    ) -> tuple[float, float]:
        """Return the growth of both where one of them was missing for a while."""
        last_ms = [told.last_ms for told in both]
        if waits is None or last_ms[0] is None or last_ms[1] is None:
            return 0.0, 0.0
        which, since_ms, amount, is_known = waits
        is_bridged = ts_ms - min(last_ms[0], last_ms[1]) <= FIVE_MINUTES_MS
        if not (is_known and is_bridged and since_ms == last_ms[1 - which]):
            return 0.0, 0.0
        more = [0.0, 0.0]
        more[which] = amount
        return both[0].amount + more[0], both[1].amount + more[1]

    def alone(self, ts_ms: int, which: int, told: _Grown) -> None:
        """Note that one of the two was there without the other."""
        is_known = told.is_told and not told.has_fallen
        if self.waits is None:
            is_known &= self.last_ms[0] is not None
            is_known &= self.last_ms[0] == self.last_ms[1]
            self.waits = (which, self.last_ms[which], 0.0, True)
        first, since_ms, amount, was_known = self.waits
        is_known &= was_known and first == which
        self.waits = (first, since_ms, amount + told.amount, is_known)
        self.last_ms[which] = ts_ms


def _add_histograms(
    ledger: BruteLedger,
    indicator: Indicator,
    scrape: ScrapeStory,
    grown: Mapping[Labels, _Grown],
    histograms: Mapping[Labels, _Histogram],
) -> None:
    """Add what histograms count whose threshold and total tell of the same time."""
    number = -(-scrape.ts_ms // ledger.slice_ms)
    sides: dict[Labels, list[_Grown | None]] = defaultdict(lambda: [None, None])
    for labels, told in grown.items():
        good = _side(indicator, Side.GOOD)
        if good is not None and good.matches(labels):
            sides[labels.without("le")][0] = told
        elif indicator.events.valid.matches(labels):
            sides[labels.without("le")][1] = told
    for labels, (fast, every) in sides.items():
        histogram = histograms[labels]
        if fast is not None and every is not None:
            good_events, events = histogram.together(scrape.ts_ms, (fast, every))
            late = fast.is_late or every.is_late
            (ledger.late_bad if late else ledger.bad)[number] += events - good_events
            (ledger.late_valid if late else ledger.valid)[number] += events
        elif fast is not None:
            histogram.alone(scrape.ts_ms, 0, fast)
        elif every is not None:
            histogram.alone(scrape.ts_ms, 1, every)


def _add_samples(
    ledger: BruteLedger, gauges: GaugeSamples, targets: Sequence[TargetStory]
) -> None:
    """Add an event for every sample of a gauge."""
    for target in targets:
        for scrape in target.scrapes:
            number = -(-scrape.ts_ms // ledger.slice_ms)
            for labels, value in _samples(target, scrape).items():
                if gauges.valid.matches(labels) and not math.isnan(value):
                    ledger.valid[number] += 1
                    ledger.bad[number] += not _is_good(gauges.test, value)


def _is_good(test: SampleTest, value: float) -> bool:
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
        valid = indicator.events.valid
        counts_scrapes = valid.selector.metric_name == "up"
        stored |= any(valid.matches(k) for s in counts for k in _samples(target, s))
        recent = [
            s
            for s in counts
            if (s.values is not None or counts_scrapes)
            and 2 * s.ts_ms > 2 * edge_ms - 5 * s.interval_ms
        ]
        seen += bool(recent) and is_known
        is_gauge = isinstance(indicator.events, GaugeSamples)
        is_sample = _is_no_nan if is_gauge else _is_number
        present |= any(
            valid.matches(k) and is_sample(v)
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
