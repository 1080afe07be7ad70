"""OpenSLO indicators as the indicators that a ledger counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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
from kizashi.sli._base import (
    Comparison,
    CounterGrowth,
    EventSelector,
    GaugeSamples,
    Indicator,
    SampleTest,
    Side,
    check_gauge,
)
from kizashi.sli._kinds import recognised

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
        if not check_gauge(found.selector, query.text_place, reading.problems):
            return None
        test = SampleTest(_COMPARISONS[objective.op], objective.value)
        return recognised(GaugeSamples(EventSelector(found.selector), test), kind)

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
        side = Side.GOOD if ratio.side == "good" else Side.BAD
        return self._sides(side, (found, total), ratio.part, kind)

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
        side = Side.GOOD if ratio.raw_type == "success" else Side.BAD
        return self._sides(side, (found.part, found.total), ratio.part, kind)

    def _sides(
        self,
        side: Side,
        counted: tuple[CountedQuery, CountedQuery],
        query: MetricSource,
        kind: str | None,
    ) -> Indicator | None:
        part, total = (EventSelector(each.selector) for each in counted)
        try:
            return recognised(CounterGrowth(side, part, total), kind)
        except ObjectiveError:
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
