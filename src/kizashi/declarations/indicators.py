"""How each kind of indicator is declared; a new kind adds a row to INDICATORS."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from kizashi.declarations.fields import Fields
from kizashi.errors import ObjectiveError
from kizashi.model.matchers import Selector
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator

#: Source: Prometheus data model, "Metric names and labels".
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_BUCKET = "_bucket"
#: Source: OpenMetrics 1.0, the suffixes of counters and histograms.
_COUNTERS = ("_total", "_bucket", "_count", "_sum", "_created")
#: Where a good sample lies, as a declaration spells it.
THRESHOLDS: Mapping[str, Comparison] = MappingProxyType(
    {
        "below": Comparison.BELOW,
        "atMost": Comparison.AT_MOST,
        "above": Comparison.ABOVE,
        "atLeast": Comparison.AT_LEAST,
    }
)


def _read_ratio(objective: Fields) -> RatioIndicator | None:
    fields = objective.open("ratio", ("good", "bad", "valid"))
    if fields is None:
        return None
    fields.require("valid")
    valid = fields.selector("valid")
    sides = [side for side in ("bad", "good") if fields.entry(side) is not None]
    selectors = {side: fields.selector(side) for side in sides}
    if len(sides) != 1:
        place = fields.place(sides[-1]) if sides else fields.position
        code = "ratio.both-sides" if sides else "ratio.no-side"
        fields.problems.report(place, code)
        return None
    side, selector = sides[0], selectors[sides[0]]
    if valid is None or selector is None:
        return None
    try:
        return RatioIndicator(valid=valid, **{side: selector})
    except ObjectiveError:
        fields.problems.report(fields.place(side), "ratio.same-as-valid", side=side)
        return None


def _read_latency(objective: Fields) -> LatencyIndicator | None:
    fields = objective.open("latency", ("histogram", "match", "below"))
    if fields is None:
        return None
    fields.require("histogram", "below")
    histogram = _read_histogram(fields)
    below_ms = fields.duration_ms("below")
    match = Selector(())
    if fields.entry("match") is not None:
        read = fields.selector("match")
        if read is None:
            return None
        match = read
    if histogram is None or below_ms is None:
        return None
    try:
        return LatencyIndicator(histogram, Decimal(below_ms) / 1000, match)
    except ObjectiveError:
        fields.problems.report(fields.place("match"), "latency.match")
        return None


def _read_histogram(fields: Fields) -> str | None:
    name = fields.text("histogram")
    if name is None:
        return None
    if not _METRIC.fullmatch(name):
        fields.problems.report(
            fields.place("histogram"), "latency.histogram", given=name
        )
        return None
    if name.endswith(_BUCKET):
        fields.problems.report(
            fields.place("histogram"),
            "latency.bucket",
            given=name,
            near=name.removesuffix(_BUCKET),
        )
        return None
    return name


def _read_boolean(objective: Fields) -> BooleanIndicator | None:
    fields = objective.open("boolean", ("gauge",))
    if fields is None:
        return None
    fields.require("gauge")
    gauge = _read_gauge(fields)
    return None if gauge is None else BooleanIndicator(gauge)


def _read_threshold(objective: Fields) -> ThresholdIndicator | None:
    fields = objective.open("threshold", ("gauge", *THRESHOLDS))
    if fields is None:
        return None
    fields.require("gauge")
    gauge = _read_gauge(fields)
    given = [key for key in THRESHOLDS if fields.entry(key) is not None]
    bounds = [fields.decimal(key) for key in given]
    if len(given) != 1:
        place = max(map(fields.place, given)) if given else fields.position
        code = "threshold.two-sides" if given else "threshold.no-side"
        fields.problems.report(place, code, choices=", ".join(THRESHOLDS))
        return None
    if gauge is None or bounds[0] is None:
        return None
    return ThresholdIndicator(gauge, SampleTest(THRESHOLDS[given[0]], bounds[0]))


def _read_gauge(fields: Fields) -> Selector | None:
    """Return the selector of a gauge; it names one metric, and no counter."""
    gauge = fields.selector("gauge")
    if gauge is None:
        return None
    name = gauge.metric_name
    if name is None:
        fields.problems.report(fields.place("gauge"), "gauge.no-metric")
        return None
    if name.endswith(_COUNTERS):
        fields.problems.advise(fields.place("gauge"), "gauge.counter", given=name)
    return gauge


INDICATORS: Mapping[str, Callable[[Fields], Indicator | None]] = MappingProxyType(
    {
        "ratio": _read_ratio,
        "latency": _read_latency,
        "boolean": _read_boolean,
        "threshold": _read_threshold,
    }
)
