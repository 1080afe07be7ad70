"""The kinds of indicators; a new kind is a file beside this one and a row in KINDS."""

from collections.abc import Mapping
from types import MappingProxyType

from kizashi.errors import ObjectiveError
from kizashi.sli._base import Indicator, IndicatorEvents
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator

#: By the name that a declaration has. One that takes fewer events of those that another
#: takes stands below it: a histogram's latency is a ratio of counters, too.
KINDS: Mapping[str, type[Indicator]] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (
            RatioIndicator,
            LatencyIndicator,
            BooleanIndicator,
            ThresholdIndicator,
        )
    }
)


def recognised(events: IndicatorEvents, named: str | None = None) -> Indicator:
    """Return the indicator that the selectors of a document without kinds make.

    Args:
        events: The events, without edges.
        named: The kind that the document names beside them. Where they are not of that
            kind, they are the most general one that they can be.

    Raises:
        ObjectiveError: If they make no sense.
    """
    kinds = tuple(KINDS.values())
    kinds = kinds[::-1] if named is None else (KINDS[named], *kinds)
    for kind in kinds:
        found = kind.recognise(events, is_named=kind.kind == named)
        if found is not None:
            return found
    raise ObjectiveError(f"no kind of indicator counts {events}")


def is_told_apart(indicator: Indicator) -> bool:
    """Return whether a document need not name the kind: its selectors tell it."""
    return recognised(indicator.plain).kind == indicator.kind
