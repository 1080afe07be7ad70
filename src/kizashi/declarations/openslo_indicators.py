"""OpenSLO indicators as the indicators that a ledger counts."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kizashi.declarations.openslo_promql import (
    CountedQuery,
    Quotient,
    UnreadQuery,
    read_query,
)
from kizashi.declarations.openslo_reading import OpenSloReading, unresolved
from kizashi.declarations.openslo_sli import (
    QUERY_KEYS,
    DataSource,
    MetricSource,
    RatioMetric,
    Sli,
    ThresholdMetric,
)
from kizashi.declarations.openslo_slo import SloObjective
from kizashi.errors import ObjectiveError
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.sli._base import (
    EDGE_LABEL,
    Comparison,
    Indicator,
    SampleTest,
    parse_edge,
)
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator

#: Servers whose queries are PromQL, as a type names them once case and signs are gone.
PROMQL_TYPES = frozenset(
    (
        "prometheus",
        "mimir",
        "grafanamimir",
        "cortex",
        "thanos",
        "victoriametrics",
        "amp",
        "amazonprometheus",
        "amazonmanagedprometheus",
        "googlemanagedprometheus",
        "gmp",
        "kizashi",
    )
)
_COMPARISONS = MappingProxyType(
    {
        "lt": Comparison.BELOW,
        "lte": Comparison.AT_MOST,
        "gt": Comparison.ABOVE,
        "gte": Comparison.AT_LEAST,
    }
)
_BUCKET, _COUNT = "_bucket", "_count"
#: Histograms whose edges are no seconds. Source: units in Prometheus metric names.
_OTHER_UNIT = re.compile(
    r".*_(?:ms|milliseconds|us|microseconds|ns|nanoseconds|minutes|hours|bytes)"
)
#: Source: OpenMetrics 1.0, the suffixes of counters and histograms.
_COUNTERS = ("_total", _BUCKET, _COUNT, "_sum", "_created")


@dataclass(frozen=True, slots=True)
class IndicatorReader:
    """Makes indicators of metrics, and reports those that cannot be counted."""

    reading: OpenSloReading
    sources: Mapping[str, DataSource]

    def read(
        self, sli: Sli, objective: SloObjective, kind: str | None = None
    ) -> Indicator | None:
        """Return what an objective counts, None where that was reported.

        Args:
            sli: Its indicator.
            objective: The objective, which holds the value of a threshold.
            kind: The kind that an annotation says it is; None where none does.
        """
        match sli.metric:
            case ThresholdMetric(query=query):
                return self._threshold(query, objective, kind)
            case RatioMetric() as ratio:
                if objective.op is not None or objective.value is not None:
                    self.reading.lenient(objective.op_place, "openslo.op-with-ratio")
                return self._ratio(ratio, kind)
            case None:
                return None

    # Thresholds.

    def _threshold(
        self, query: MetricSource, objective: SloObjective, kind: str | None
    ) -> Indicator | None:
        reading = self.reading
        if objective.op is None or objective.value is None:
            reading.report(objective.place, "openslo.op-needed")
            return None
        found = self._query(query)
        if found is None:
            return None
        if isinstance(found, Quotient) or found.is_growth or found.is_sum:
            reading.report(query.text_place, "openslo.threshold-form")
            return None
        gauge, name = found.selector, found.selector.metric_name
        if name is None:
            reading.report(query.text_place, "gauge.no-metric")
            return None
        if name.endswith(_COUNTERS):
            reading.problems.advise(query.text_place, "gauge.counter", given=name)
        comparison = _COMPARISONS[objective.op]
        is_above_zero = comparison is Comparison.ABOVE and objective.value == 0
        if kind == BooleanIndicator.kind and is_above_zero:
            return BooleanIndicator(gauge)
        return ThresholdIndicator(gauge, SampleTest(comparison, objective.value))

    # Ratios.

    def _ratio(self, ratio: RatioMetric, kind: str | None) -> Indicator | None:
        found = self._query(ratio.part)
        if ratio.total is None:
            return self._raw(ratio, found, kind)
        total = self._query(ratio.total)
        for query, read in ((ratio.part, found), (ratio.total, total)):
            if isinstance(read, Quotient):
                self.reading.report(query.text_place, "openslo.quotient")
        if not (isinstance(found, CountedQuery) and isinstance(total, CountedQuery)):
            return None
        self._check_counter(ratio, ratio.part, found)
        self._check_counter(ratio, ratio.total, total)
        part, whole = found.selector, total.selector
        is_good = ratio.side == "good"
        latency = latency_of(part, whole, kind) if is_good else None
        return latency or self._sides(part, whole, ratio.part, is_good=is_good)

    def _raw(
        self,
        ratio: RatioMetric,
        found: CountedQuery | Quotient | None,
        kind: str | None,
    ) -> Indicator | None:
        if isinstance(found, CountedQuery):
            self.reading.report(ratio.part.text_place, "openslo.raw")
        if not isinstance(found, Quotient):
            return None
        part, total = found.part.selector, found.total.selector
        is_good = ratio.raw_type == "success"
        latency = latency_of(part, total, kind) if is_good else None
        return latency or self._sides(part, total, ratio.part, is_good=is_good)

    def _sides(
        self, part: Selector, total: Selector, query: MetricSource, *, is_good: bool
    ) -> RatioIndicator | None:
        try:
            if is_good:
                return RatioIndicator(valid=total, good=part)
            return RatioIndicator(valid=total, bad=part)
        except ObjectiveError:
            side = "good" if is_good else "bad"
            self.reading.report(query.text_place, "openslo.same-as-total", side=side)
            return None

    def _check_counter(
        self, ratio: RatioMetric, query: MetricSource, found: CountedQuery
    ) -> None:
        """Name a query that is not what ``counter`` says it is; its events are clear."""
        if ratio.counter and found.is_growth:
            self.reading.lenient(query.text_place, "openslo.counter-rate")
        elif not ratio.counter and not found.is_growth:
            self.reading.lenient(query.text_place, "openslo.counter-bare")

    # Queries.

    def _query(self, query: MetricSource) -> CountedQuery | Quotient | None:
        """Return what a query counts, None where that was reported."""
        if not self._is_promql(query):
            return None
        if query.text is None:
            self.reading.report(
                query.text_place, "openslo.no-query", keys=", ".join(QUERY_KEYS)
            )
            return None
        found = read_query(query.text.text)
        if isinstance(found, UnreadQuery):
            place = query.text.place_of(found.params)
            self.reading.report(place, found.code, **found.params)
            return None
        return found

    def _is_promql(self, query: MetricSource) -> bool:
        source = None
        if query.source is not None:
            source = self.sources.get(query.source.name)
            if source is None and query.type is None:
                unresolved(self.reading, query.source, "DataSource", self.sources)
                return False
            if source is None:
                self.reading.lenient(
                    query.source.place, "openslo.no-source", name=query.source.name
                )
        kind, place = query.type, query.type_place
        if kind is None and source is not None:
            kind, place = source.type, source.type_place
        plain = re.sub(r"[^a-z0-9]", "", (kind or "prometheus").lower())
        if plain in PROMQL_TYPES:
            return True
        self.reading.report(place, "openslo.source-type", given=kind)
        return False


def latency_of(
    good: Selector, total: Selector, kind: str | None = None
) -> LatencyIndicator | None:
    """Return the latency that a bucket and all events of its histogram make.

    None where they are no bucket and count of one histogram in seconds: then they are
    counters like any others.

    Args:
        good: What selects the good events.
        total: What selects all events.
        kind: The kind that the indicator is said to be, whatever its unit; or None.
    """
    name, whole = good.metric_name or "", total.metric_name or ""
    histogram = name.removesuffix(_BUCKET)
    is_other = kind not in {None, LatencyIndicator.kind} or (
        kind is None and _OTHER_UNIT.fullmatch(histogram) is not None
    )
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
    return LatencyIndicator(histogram, below_s, Selector(match))


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
