"""How versions of an objective keep its indicator; a new kind adds a row to KEPT."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import cast

from kizashi.errors import StoreError
from kizashi.model.matchers import Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator

Kept = Mapping[str, str]


def indicator_to_kept(indicator: Indicator) -> Kept:
    """Return an indicator as texts.

    Raises:
        StoreError: If nobody knows how to keep its kind.
    """
    try:
        return KEPT[indicator.kind][0](indicator)
    except KeyError as error:
        raise StoreError(
            f"an indicator of kind {indicator.kind!r} cannot be kept"
        ) from error


def indicator_from_kept(kept: Mapping[str, object]) -> Indicator:
    """Return the indicator among the facts of a version, filed under its kind.

    Raises:
        StoreError: If there is none of a kind that is known here.
    """
    for kind, (_, read) in KEPT.items():
        if kind in kept:
            return read(cast("Kept", kept[kind]))
    raise StoreError(
        "a version of an objective holds no kind of indicator that is known here:"
        f" {', '.join(sorted(kept))}"
    )


def _latency_to(indicator: Indicator) -> Kept:
    latency = cast("LatencyIndicator", indicator)
    return {
        "histogram": latency.histogram,
        "match": str(latency.match),
        "below_s": str(latency.below_s),
    }


def _latency_from(kept: Kept) -> Indicator:
    match = Selector(()) if kept["match"] == "{}" else parse_selector(kept["match"])
    return LatencyIndicator(kept["histogram"], Decimal(kept["below_s"]), match)


def _ratio_to(indicator: Indicator) -> Kept:
    ratio = cast("RatioIndicator", indicator)
    sides = {"good": ratio.good, "bad": ratio.bad, "valid": ratio.valid}
    return {k: str(v) for k, v in sides.items() if v is not None}


def _ratio_from(kept: Kept) -> Indicator:
    side = {k: parse_selector(v) for k, v in kept.items()}
    return RatioIndicator(side["valid"], side.get("good"), side.get("bad"))


def _boolean_to(indicator: Indicator) -> Kept:
    return {"gauge": str(cast("BooleanIndicator", indicator).gauge)}


def _boolean_from(kept: Kept) -> Indicator:
    return BooleanIndicator(parse_selector(kept["gauge"]))


def _threshold_to(indicator: Indicator) -> Kept:
    threshold = cast("ThresholdIndicator", indicator)
    return {
        "gauge": str(threshold.gauge),
        "comparison": threshold.good.comparison.value,
        "bound": str(threshold.good.bound),
    }


def _threshold_from(kept: Kept) -> Indicator:
    good = SampleTest(Comparison(kept["comparison"]), Decimal(kept["bound"]))
    return ThresholdIndicator(parse_selector(kept["gauge"]), good)


#: By kind: how its indicators become texts, and how they come back.
KEPT: Mapping[str, tuple[Callable[[Indicator], Kept], Callable[[Kept], Indicator]]] = (
    MappingProxyType(
        {
            "latency": (_latency_to, _latency_from),
            "ratio": (_ratio_to, _ratio_from),
            "boolean": (_boolean_to, _boolean_from),
            "threshold": (_threshold_to, _threshold_from),
        }
    )
)
