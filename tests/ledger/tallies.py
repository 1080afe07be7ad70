"""One target, page by page, for tests of what its samples add to objectives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from kizashi.ledger.matching import RuleIndex, count_rule
from kizashi.ledger.scrapes import TargetHistory
from kizashi.ledger.tally import EventCounts, NewSeries, Rows, TargetTally
from kizashi.model.labels import Labels
from kizashi.model.targets import TargetConfig
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator

T0 = 1_800_000_000_000
NAN = float("nan")
FAILED = Labels.of(__name__="requests_total", code="500")
OK = Labels.of(__name__="requests_total", code="200")
RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
GOOD_RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    good=parse_selector('requests_total{code="200"}'),
)
LATENCY = LatencyIndicator("d", Decimal("0.2"))
CONFIG = TargetConfig(0, T0 - 86_400_000, "a", honor_labels=False, interval_ms=15_000)
Page = Mapping[Labels, float]


def bucket(edge: str) -> Labels:
    return Labels.of(__name__="d_bucket", le=edge)


def tally_of(*indicators: Indicator) -> TargetTally:
    rules = [count_rule(indicator) for indicator in indicators]
    history = TargetHistory([replace(CONFIG)], [T0 - 60_000])
    return TargetTally(RuleIndex(rules), history)


@dataclass
class Told:
    """What one scrape adds: bad and valid events, on time and late, and births."""

    on_time: list[tuple[float, float]]
    late: list[tuple[float, float]] = field(default_factory=list)
    births: list[tuple[str, float]] = field(default_factory=list)


@dataclass
class Target:
    """A target whose pages are counted one by one, or many at once."""

    tally: TargetTally
    numbers: dict[Labels, int] = field(default_factory=dict)

    def scrape(self, at_s: float, page: Page | None) -> Told:
        """Count one page; None is a scrape that failed."""
        counts = self.feed([(at_s, page)])
        both = [_by_objective(self.tally, counts, rows) for rows in (
            counts.on_time, counts.late if counts.late is not None else None,
        )]  # fmt: skip
        births = [(str(b.labels), b.amount) for b in counts.births]
        return Told(both[0] or [], both[1] or [], births)

    def feed(self, pages: Sequence[tuple[float, Page | None]]) -> EventCounts:
        """Count pages at some seconds, lined up by time."""
        ts = np.array([T0 + round(at * 1_000) for at, _ in pages], np.int64)
        first_ms: dict[int, int] = {}
        for when, (_, page) in zip(ts.tolist(), pages, strict=True):
            for labels in sorted((page or {}).keys() - self.numbers.keys(), key=str):
                self.numbers[labels] = len(self.numbers)
                first_ms[self.numbers[labels]] = when
        self._extend(first_ms)
        by_number = {number: labels for labels, number in self.numbers.items()}
        wanted = [by_number[n] for n in self.tally.wanted.tolist()]
        values = [[(p or {}).get(labels, NAN) for labels in wanted] for _, p in pages]
        up = [0.0 if page is None else 1.0 for _, page in pages]
        shape = len(pages), len(wanted)
        return self.tally.feed(
            Rows(ts, np.array(up), np.array(values, np.float64).reshape(shape))
        )

    def _extend(self, first_ms: Mapping[int, int]) -> None:
        """Make columns of series, stored first at a time."""
        new = [(n, labels) for labels, n in self.numbers.items() if n in first_ms]
        plan = self.tally.plan(new)
        if not plan:
            return
        counted = [NewSeries(s.id, s.labels, first_ms[s.id]) for s in plan.counted]
        self.tally.extend(counted, plan, [first_ms[n] for n, _ in plan.created])


def _by_objective(
    tally: TargetTally, counts: EventCounts, rows: "np.ndarray | None"
) -> list[tuple[float, float]] | None:
    if rows is None:
        return None
    totals = np.zeros(2 * len(tally.index.rules))
    totals[counts.outs] = rows[0]
    return [(float(b), float(v)) for b, v in totals.reshape(-1, 2).tolist()]


def target(*indicators: Indicator) -> Target:
    return Target(tally_of(*indicators))
