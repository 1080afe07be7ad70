"""Events faster than a threshold, read at an edge of a classic histogram."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Self

from kizashi.errors import ObjectiveError
from kizashi.model.durations import format_duration
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import (
    EDGE_LABEL,
    CounterGrowth,
    Declaration,
    DeclaredFields,
    EventSelector,
    IndicatorEvents,
    Side,
    as_ratio,
    canonical_json,
    canonical_matchers,
    format_edge,
    parse_edge,
)

#: Source: Prometheus data model, "Metric names and labels".
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_BUCKET, _COUNT = "_bucket", "_count"
#: Histograms whose edges are no seconds. Source: units in Prometheus metric names.
_OTHER_UNIT = re.compile(
    r".*_(?:ms|milliseconds|us|microseconds|ns|nanoseconds|minutes|hours|bytes)"
)


@dataclass(frozen=True, slots=True)
class LatencyIndicator:
    """Events of a histogram in seconds, good when they took at most below_s.

    The threshold must be an edge of the histogram: between two edges nobody knows
    the count. A bucket holds what is less than or equal to its edge.

    Attributes:
        kind: ``latency``.
        keys: Of a declaration.
        histogram: Metric name without ``_bucket``.
        below_s: Threshold in seconds, above 0.
        match: Further matchers, neither ``le`` nor the metric's name among them.

    Raises:
        ObjectiveError: If below_s is not above 0, or match names what it must not.
    """

    kind: ClassVar[str] = "latency"
    keys: ClassVar[tuple[str, ...]] = ("histogram", "match", "below")

    histogram: str
    below_s: Decimal
    match: Selector = field(default=Selector(()))

    def __post_init__(self) -> None:
        if not (self.below_s.is_finite() and self.below_s > 0):
            raise ObjectiveError(f"below is {self.below_s} s; expected above 0")
        taken = {m.name for m in self.match.matchers} & {EDGE_LABEL, METRIC_NAME}
        if taken:
            raise ObjectiveError(
                f"match names {' and '.join(sorted(taken))}, which the histogram and"
                " the threshold decide"
            )

    @property
    def events(self) -> CounterGrowth:
        """The bucket at the threshold, and the one without an upper edge, which is all."""
        buckets = self._buckets
        good = EventSelector(buckets, float(self.below_s))
        return CounterGrowth(Side.GOOD, good, EventSelector(buckets, math.inf))

    @property
    def fingerprint(self) -> str:
        """Canonical JSON; the spelling of the threshold does not change it."""
        return canonical_json(
            {
                "kind": self.kind,
                "histogram": self.histogram,
                "match": canonical_matchers(self.match.matchers),
                "below_s": f"{self.below_s.normalize():f}",
            }
        )

    @classmethod
    def read(cls, fields: DeclaredFields) -> Self | None:
        """Return what a declaration has below ``latency``; None where it is wrong."""
        fields.require("histogram", "below")
        histogram = _read_histogram(fields)
        below_ms = fields.duration_ms("below")
        match: Selector | None = Selector(())
        if fields.entry("match") is not None:
            match = fields.selector("match")
        if match is None or histogram is None or below_ms is None:
            return None
        try:
            return cls(histogram, Decimal(below_ms) / 1000, match)
        except ObjectiveError:
            fields.problems.report(fields.place("match"), "latency.match")
            return None

    def declared(self) -> Declaration:
        """Return its keys, or a ratio where these cannot say it.

        A threshold is a whole number of milliseconds there. Matchers that all hold for
        a label that is absent are no selector without the histogram's name.
        """
        below_ms, matchers = int(self.below_s * 1000), self.match.matchers
        is_loose = bool(matchers) and all(m.matches_value("") for m in matchers)
        if is_loose or self.below_s * 1000 != below_ms:
            return as_ratio(self.events)
        match = {"match": str(self.match)} if matchers else {}
        below = format_duration(below_ms)
        return self.kind, {"histogram": self.histogram, **match, "below": below}

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> Self:
        """Return the indicator that was kept."""
        histogram = kept["histogram"]
        # With the name: matchers of absent labels alone are no selector.
        read = parse_selector(f"{histogram}{kept['match']}").matchers
        match = Selector(tuple(m for m in read if m.name != METRIC_NAME))
        return cls(histogram, Decimal(kept["below_s"]), match)

    def kept(self) -> Mapping[str, str]:
        """Return its histogram, further matchers and threshold."""
        return {
            "histogram": self.histogram,
            "match": str(self.match),
            "below_s": str(self.below_s),
        }

    @classmethod
    def recognise(cls, events: IndicatorEvents, *, is_named: bool) -> Self | None:
        """Return the latency that a bucket and all events of its histogram make.

        Args:
            events: The events, without edges.
            is_named: Whether it is said to be a latency: then its unit is not looked at.

        Returns:
            None where they are no bucket and count of one histogram in seconds: then
            they are counters like any others.
        """
        if not isinstance(events, CounterGrowth) or events.side is not Side.GOOD:
            return None
        good, total = events.part.selector, events.valid.selector
        name, whole = good.metric_name or "", total.metric_name or ""
        histogram = name.removesuffix(_BUCKET)
        is_other = not is_named and _OTHER_UNIT.fullmatch(histogram) is not None
        if not name.endswith(_BUCKET) or is_other:
            return None
        edge, match = _split_edge(good)
        all_edge, all_match = _split_edge(total)
        is_all = (whole == histogram + _COUNT and all_edge is None) or (
            whole == name and all_edge is not None and parse_edge(all_edge) == math.inf
        )
        if not is_all or edge is None or set(match) != set(all_match):
            return None
        below_s = Decimal(edge) if math.isfinite(parse_edge(edge)) else Decimal(0)
        if below_s <= 0 or any(m.name == EDGE_LABEL for m in match):
            return None
        return cls(histogram, below_s, Selector(match))

    @property
    def plain(self) -> CounterGrowth:
        """The bucket at the threshold, its edge a matcher, and the count of all events."""
        edge = format_edge(float(self.below_s))
        if Decimal(edge) != self.below_s:
            edge = f"{self.below_s:f}"
        at_edge = LabelMatcher(EDGE_LABEL, MatchOp.EQUAL, edge)
        count = LabelMatcher(METRIC_NAME, MatchOp.EQUAL, f"{self.histogram}{_COUNT}")
        good = Selector((*self._buckets.matchers, at_edge))
        total = Selector((count, *self.match.matchers))
        return CounterGrowth(Side.GOOD, EventSelector(good), EventSelector(total))

    @property
    def _buckets(self) -> Selector:
        name = LabelMatcher(METRIC_NAME, MatchOp.EQUAL, f"{self.histogram}{_BUCKET}")
        return Selector((name, *self.match.matchers))


def _read_histogram(fields: DeclaredFields) -> str | None:
    name = fields.text("histogram")
    if name is None:
        return None
    place = fields.place("histogram")
    if not _METRIC.fullmatch(name):
        fields.problems.report(place, "latency.histogram", given=name)
        return None
    if name.endswith(_BUCKET):
        near = name.removesuffix(_BUCKET)
        fields.problems.report(place, "latency.bucket", given=name, near=near)
        return None
    return name


def _split_edge(selector: Selector) -> tuple[str | None, tuple[LabelMatcher, ...]]:
    """Return the edge that a selector fixes, and its matchers but that and the name."""
    edges = [
        m.value
        for m in selector.matchers
        if m.name == EDGE_LABEL and m.op is MatchOp.EQUAL
    ]
    rest = tuple(
        m
        for m in selector.matchers
        if m.name != METRIC_NAME
        and not (m.name == EDGE_LABEL and m.op is MatchOp.EQUAL)
    )
    return (edges[0] if len(edges) == 1 else None), rest
