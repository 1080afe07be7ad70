"""How each kind of indicator is declared; a new kind adds a row to INDICATORS."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from kizashi.declarations.fields import Fields
from kizashi.errors import ObjectiveError
from kizashi.model.matchers import Selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator

#: Source: Prometheus data model, "Metric names and labels".
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_BUCKET = "_bucket"


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


INDICATORS: Mapping[str, Callable[[Fields], Indicator | None]] = MappingProxyType(
    {"ratio": _read_ratio, "latency": _read_latency}
)
