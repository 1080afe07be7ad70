"""What every indicator kind has: the series whose growth or samples are its events."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, Selector
from kizashi.model.scraping import REPORT_SERIES

if TYPE_CHECKING:
    # Who only checks declarations does not wait for NumPy to load.
    from kizashi.model.arrays import BoolArray, FloatArray

EDGE_LABEL = "le"

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[iI]nf")


@dataclass(frozen=True, slots=True)
class EventSelector:
    """The series whose growth counts one kind of event.

    Attributes:
        selector: What the labels must satisfy; the edge is not among its matchers.
        edge: Upper edge of a histogram bucket that ``le`` must equal as a number,
            in the histogram's own unit; None where the series are no buckets.
    """

    selector: Selector
    edge: float | None = None

    def matches(self, labels: Labels) -> bool:
        """Return whether a series counts events of this kind."""
        if not self.selector.matches(labels):
            return False
        return self.edge is None or parse_edge(labels.get(EDGE_LABEL)) == self.edge

    def __str__(self) -> str:
        """Return the selector as PromQL, the edge in its usual spelling."""
        if self.edge is None:
            return str(self.selector)
        text = str(self.selector)
        edge = f'{EDGE_LABEL}="{format_edge(self.edge)}"'
        return f"{text[:-1]},{edge}}}" if text.endswith("}") else f"{text}{{{edge}}}"


class Comparison(StrEnum):
    """How a sample compares with a bound; the values are PromQL's operators."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    DIFFERS = "!="


def holds(
    comparison: Comparison, values: "FloatArray", bound: "float | FloatArray"
) -> "BoolArray":
    """Return where a comparison holds, in the shape of the values; never for NaN."""
    held: BoolArray
    match comparison:
        case Comparison.BELOW:
            held = values < bound
        case Comparison.AT_MOST:
            held = values <= bound
        case Comparison.ABOVE:
            held = values > bound
        case Comparison.AT_LEAST:
            held = values >= bound
        case Comparison.DIFFERS:
            # Either order holds for numbers that differ, and neither for NaN.
            held = (values < bound) | (values > bound)
    return held


@dataclass(frozen=True, slots=True)
class SampleTest:
    """What makes a sample of a gauge good.

    Attributes:
        comparison: How a good sample compares with the bound.
        bound: In the gauge's own unit; compared as the float64 that samples are.
    """

    comparison: Comparison
    bound: Decimal

    def is_good(self, values: "FloatArray") -> "BoolArray":
        """Return which samples are good, same shape; NaN, which is no sample, is not."""
        return holds(self.comparison, values, float(self.bound))

    def __str__(self) -> str:
        """Return the test as PromQL spells it, such as ``< 100``."""
        return f"{self.comparison} {format_bound(self.bound)}"


class Indicator(Protocol):
    """How an objective tells good events from bad ones.

    Where sample_test is None, events are the growth of counters, and exactly one of
    good_selector and bad_selector is set: the other side is what is left of the valid
    events. Where it is set, every sample of the series that valid_selector selects is
    one event, good if it passes the test, and both others are None.
    """

    @property
    def kind(self) -> str:
        """The kind's name, as a declaration spells it."""
        ...

    @property
    def good_selector(self) -> EventSelector | None:
        """The series that count good events, where they are counted."""
        ...

    @property
    def bad_selector(self) -> EventSelector | None:
        """The series that count bad events, where they are counted."""
        ...

    @property
    def valid_selector(self) -> EventSelector:
        """The series that count all events."""
        ...

    @property
    def sample_test(self) -> SampleTest | None:
        """What makes a sample good where events are samples; None where they are not."""
        ...

    @property
    def fingerprint(self) -> str:
        """Canonical JSON that changes exactly when other series are counted."""
        ...

    def selector_text(self) -> str:
        """Return the selectors that are counted, for a reader."""
        ...


def counts_scrapes(indicator: Indicator) -> bool:
    """Return whether events are samples that the scraper itself writes of every scrape.

    Then a failed scrape is an event too, and is seen.
    """
    name = indicator.valid_selector.selector.metric_name
    return indicator.sample_test is not None and name in REPORT_SERIES


def parse_edge(text: str) -> float:
    """Return a bucket edge as a number; NaN, equal to nothing, where it is none.

    ``0.2``, ``0.20`` and ``2e-1`` are one edge, because Prometheus and its clients
    spell the same float differently. Edges are float64 in every client, so this
    compares as floats.
    """
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def format_edge(edge: float) -> str:
    """Return an edge as the text format's clients mostly spell it."""
    return "+Inf" if edge == math.inf else repr(edge)


def format_bound(bound: Decimal) -> str:
    """Return a bound in plain digits, the same for every spelling of one number."""
    return f"{bound.normalize() + 0:f}"


def implied_job(*selectors: EventSelector | None) -> frozenset[str]:
    """Return the jobs that equalities in the selectors fix; usually none or one."""
    return frozenset(
        job
        for side in selectors
        if side is not None and (job := side.selector.equalities().get("job"))
    )


def canonical_matchers(matchers: Iterable[LabelMatcher]) -> list[list[str]]:
    """Return matchers in an order of their own, each once, ready for JSON."""
    return [list(m) for m in sorted({(m.name, m.op.value, m.value) for m in matchers})]


def canonical_json(value: Mapping[str, object]) -> str:
    """Return JSON that is the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sides_text(
    good: EventSelector | None, bad: EventSelector | None, valid: EventSelector
) -> str:
    """Return ``bad: … / valid: …`` or ``good: … / valid: …``."""
    side = f"bad: {bad}" if bad is not None else f"good: {good}"
    return f"{side} / valid: {valid}"


def samples_text(gauge: EventSelector, test: SampleTest) -> str:
    """Return ``good: queue_length < 100 / valid: queue_length``."""
    return f"good: {gauge} {test} / valid: {gauge}"
