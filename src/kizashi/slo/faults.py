"""Why something cannot be, or cannot be used: known without any sample.

Commands that only read declarations import it, and no arrays with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from kizashi.model.durations import format_duration
from kizashi.model.matchers import Selector
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.windows import Window
from kizashi.sli._base import CounterGrowth, GaugeSamples, Indicator

#: How faces spell the state of an objective whose figures are impossible. It is no
#: state of a slice: a single slice may well hold more bad events than valid ones.
INVALID: Final = "invalid"
#: By this label compiled rules tell apart what they remember of counters.
COUNTER_LABEL: Final = "kizashi_counter"
#: How the names of all series begin that compiled rules record.
_RECORDED: Final = "kizashi:"
#: Edges next to a threshold that are named, on each side.
_EDGES_NAMED = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something cannot be, or cannot be used.

    Attributes:
        code: Message id: its first line says what is wrong, its second what to do.
        params: The message's parameters.
    """

    code: str
    params: Mapping[str, str]

    @property
    def is_impossible(self) -> bool:
        """Whether figures cannot be, and are not only less than they should."""
        return self.code.startswith(INVALID)


def edge_fault(threshold: float, edges: Sequence[float]) -> Fault:
    """Return why nothing of a histogram is counted that lacks the threshold's edge."""
    below = [e for e in sorted(edges) if e < threshold][-_EDGES_NAMED:]
    above = [e for e in sorted(edges) if threshold < e < inf][:_EDGES_NAMED]
    named = ", ".join(format(e, "g") for e in (*below, *above))
    told = {"threshold": format(threshold, "g"), "edges": named or "–"}
    return Fault("invalid.no-edge", told)


def retention_fault(window: Window, retention_ms: int | None) -> Fault | None:
    """Return why a window cannot be filled from what is kept, None where it can."""
    if retention_ms is None or retention_ms >= window.length_ms:
        return None
    told = {"window": str(window), "retention": format_duration(retention_ms)}
    return Fault("invalid.retention", told)


def processes_fault(instance: str) -> Fault:
    """Return why counters of two processes behind one address count nothing sound."""
    return Fault("invalid.two-processes", {"instance": instance})


def gauge_fault(indicator: Indicator) -> Fault | None:
    """Return why an indicator's counters cannot be, None where they may well be.

    What a scraper writes of its own scrapes are gauges: their growth means nothing.
    """
    names = [selector.metric_name for selector in counter_selectors(indicator)]
    found = next((name for name in names if name in REPORT_SERIES), None)
    return None if found is None else Fault("invalid.gauge", {"metric": found})


def reserved_fault(indicator: Indicator) -> Fault | None:
    """Return why an indicator's counters would be mixed up with what rules record."""
    for selector in counter_selectors(indicator):
        name = selector.metric_name or ""
        if name.startswith(_RECORDED):
            return Fault("reserved.metric", {"metric": name})
        for matcher in selector.matchers:
            # Series without the label are welcome.
            if matcher.name == COUNTER_LABEL and not matcher.matches_value(""):
                return label_fault(str(selector))
    return None


def label_fault(selector: str) -> Fault:
    """Return why rules cannot tell apart counters that have a label of their own."""
    return Fault("reserved.label", {"label": COUNTER_LABEL, "selector": selector})


def counter_selectors(indicator: Indicator) -> list[Selector]:
    """Return the selectors of an indicator's counters; samples of gauges have none."""
    match indicator.events:
        case CounterGrowth(part=part, valid=valid):
            return [valid.selector, part.selector]
        case GaugeSamples():
            return []
