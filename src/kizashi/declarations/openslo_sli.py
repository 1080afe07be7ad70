"""OpenSLO's kinds ``SLI``, ``DataSource`` and what they are made of."""

from dataclasses import dataclass
from types import MappingProxyType

from kizashi.declarations.fields import Fields
from kizashi.declarations.openslo_reading import Metadata, OpenSloReading, Ref, text_of
from kizashi.declarations.yaml_document import YamlScalar
from kizashi.model.positions import Position

#: Where a query stands in the free ``spec`` of a metric source; several are in use.
QUERY_KEYS = ("query", "promql", "expr")
_METRICS = ("thresholdMetric", "ratioMetric")
_RATIO_KEYS = ("counter", "good", "bad", "total", "raw", "rawType")
_RAW_TYPES = ("success", "failure")


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source: a type, and how to reach it, which Kizashi does not use."""

    metadata: Metadata
    type: str
    type_place: Position


@dataclass(frozen=True, slots=True)
class MetricSource:
    """A metric source.

    Attributes:
        place: Where it stands.
        source: The data source it names, or None.
        type: The type it gives itself, or None.
        type_place: Where that stands.
        text: The query; None where its spec holds none that is known here.
        text_place: Where the query stands, or its spec.
    """

    place: Position
    source: Ref | None
    type: str | None
    type_place: Position
    text: YamlScalar | None
    text_place: Position


@dataclass(frozen=True, slots=True)
class ThresholdMetric:
    """A metric whose values an objective compares with its own value."""

    query: MetricSource


@dataclass(frozen=True, slots=True)
class RatioMetric:
    """Good or bad events out of all, or the ratio itself.

    Attributes:
        counter: Whether the queries give counters that only grow.
        side: ``good`` or ``bad``; None where the ratio is raw.
        part: The query of that side, or of the raw ratio.
        total: The query of all events; None where the ratio is raw.
        raw_type: ``success`` or ``failure`` where the ratio is raw, else None.
    """

    counter: bool
    side: str | None
    part: MetricSource
    total: MetricSource | None
    raw_type: str | None = None


@dataclass(frozen=True, slots=True)
class Sli:
    """An indicator, of a document of its own or inside an SLO.

    Attributes:
        metadata: Its metadata.
        metric: What it measures; None where that is wrong.
        place: Where the metric stands.
    """

    metadata: Metadata
    metric: ThresholdMetric | RatioMetric | None
    place: Position


def read_data_source(
    spec: Fields, metadata: Metadata, reading: OpenSloReading
) -> DataSource | None:
    """Return a data source."""
    reading.description(spec)
    spec.require("type", "connectionDetails")
    kind = spec.text("type")
    spec.mapping("connectionDetails")
    if kind is None:
        return None
    reading.remark(metadata.place, "openslo.data-source", name=metadata.name)
    return DataSource(metadata, kind, spec.place("type"))


def read_sli(spec: Fields, metadata: Metadata, reading: OpenSloReading) -> Sli:
    """Return an indicator."""
    reading.description(spec)
    which = reading.one_of(spec, _METRICS)
    metric: ThresholdMetric | RatioMetric | None = None
    if which == "thresholdMetric":
        query = _read_metric(spec, "thresholdMetric", reading)
        metric = None if query is None else ThresholdMetric(query)
    elif which == "ratioMetric":
        fields = spec.open("ratioMetric", _RATIO_KEYS)
        metric = None if fields is None else _read_ratio(fields, reading)
    return Sli(metadata, metric, spec.place(which) if which else spec.position)


def _read_ratio(fields: Fields, reading: OpenSloReading) -> RatioMetric | None:
    counter = fields.boolean("counter", default=False)
    which = reading.one_of(fields, ("total", "raw"))
    queries = {
        key: _read_metric(fields, key, reading)
        for key in ("good", "bad", "total", "raw")
        if fields.entry(key) is not None
    }
    raw_type = reading.choice(fields, "rawType", _RAW_TYPES)
    if which == "raw":
        for side in ("good", "bad"):
            if side in queries:
                reading.report(fields.place(side), "openslo.raw-alone", key=side)
        if not fields.require("rawType") or raw_type is None:
            return None
        part = queries["raw"]
        return (
            None if part is None else RatioMetric(counter, None, part, None, raw_type)
        )
    if fields.entry("rawType") is not None:
        reading.report(fields.place("rawType"), "openslo.raw-type")
    if which is None:
        return None
    chosen = reading.one_of(fields, ("good", "bad"))
    part, total = queries.get(chosen or ""), queries["total"]
    if part is None or total is None:
        return None
    return RatioMetric(counter, chosen, part, total)


def _read_metric(
    parent: Fields, key: str, reading: OpenSloReading
) -> MetricSource | None:
    """Return the metric source of a metric."""
    metric = parent.open(key, ("metricSource",))
    if metric is None or not metric.require("metricSource"):
        return None
    fields = metric.open("metricSource", ("metricSourceRef", "type", "spec"))
    if fields is None:
        return None
    fields.require("spec")
    spec = reading.free_map(fields, "spec")
    found = text_of(spec, *QUERY_KEYS)
    return MetricSource(
        fields.position,
        reading.ref(fields, "metricSourceRef"),
        fields.text("type"),
        fields.place("type"),
        found,
        fields.place("spec") if found is None else found.position,
    )


SPEC_KEYS = MappingProxyType(
    {
        "DataSource": ("description", "type", "connectionDetails"),
        "SLI": ("description", *_METRICS),
    }
)
