"""What every indicator kind has: its events, and the ways in which it is written."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from kizashi.errors import ObjectiveError
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, Selector
from kizashi.model.positions import Position
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


class Side(StrEnum):
    """The events that are counted beside all of them; the others are what is left."""

    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CounterGrowth:
    """Events that counters grow by: all of them, and those of one side.

    Attributes:
        side: Which events the part counts.
        part: The series that count them.
        valid: The series that count all events.

    Raises:
        ObjectiveError: If buckets are to count bad events: a bucket holds what is at
            most its edge, and these are the good ones.
    """

    side: Side
    part: EventSelector
    valid: EventSelector
    #: No counter is what the scraper writes.
    are_scrapes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.side is Side.BAD and self.part.edge is not None:
            raise ObjectiveError(
                f"{self.part} counts what is at most its edge, the good events; expected"
                " counters of bad ones"
            )

    @property
    def selectors(self) -> tuple[EventSelector, ...]:
        """Everything that is counted."""
        return self.part, self.valid

    @property
    def complement(self) -> "CounterGrowth":
        """The same counters, good taken for bad."""
        side = Side.BAD if self.side is Side.GOOD else Side.GOOD
        return replace(self, side=side)

    def __str__(self) -> str:
        """Return ``bad: … / valid: …`` or ``good: … / valid: …``."""
        return f"{self.side}: {self.part} / valid: {self.valid}"


@dataclass(frozen=True, slots=True)
class GaugeSamples:
    """Events that are the samples of gauges, good where they pass a test.

    Attributes:
        valid: The gauges.
        test: What a good sample is.
    """

    valid: EventSelector
    test: SampleTest

    @property
    def selectors(self) -> tuple[EventSelector, ...]:
        """Everything that is counted."""
        return (self.valid,)

    @property
    def are_scrapes(self) -> bool:
        """Whether the scraper itself writes the samples, one of every scrape.

        Then a failed scrape is an event too, and is seen.
        """
        return self.valid.selector.metric_name in REPORT_SERIES

    def __str__(self) -> str:
        """Return ``good: queue_length < 100 / valid: queue_length``."""
        return f"good: {self.valid} {self.test} / valid: {self.valid}"


#: What an indicator counts. Who counts, compiles or plays events matches on it and never
#: asks for the kind.
IndicatorEvents = CounterGrowth | GaugeSamples

#: A kind, and the keys and values that a declaration has below it.
Declaration = tuple[str, Mapping[str, str | Decimal]]
#: The kind that any counters can be declared as.
RATIO = "ratio"


class DeclarationProblems(Protocol):
    """Takes what is wrong with a declaration, and what is unwise."""

    def report(self, position: Position, code: str, /, **params: object) -> None:
        """Take an error."""
        ...

    def advise(self, position: Position, code: str, /, **params: object) -> None:
        """Take a warning."""
        ...


class DeclaredFields(Protocol):
    """The mapping below a kind in a declaration; unknown keys are reported by then.

    What is missing or wrong reads as None, and has been reported where it is wrong.
    """

    @property
    def position(self) -> Position:
        """Where the mapping stands."""
        ...

    @property
    def problems(self) -> DeclarationProblems:
        """Takes what is wrong."""
        ...

    def entry(self, key: str) -> object | None:
        """Return what stands at a key; None where nothing does."""
        ...

    def place(self, key: str) -> Position:
        """Return where a value stands, the mapping's place if it is absent."""
        ...

    def require(self, *keys: str) -> bool:
        """Report the keys that are missing; return whether all are there."""
        ...

    def text(self, key: str) -> str | None:
        """Return a text."""
        ...

    def decimal(self, key: str) -> Decimal | None:
        """Return a number with its decimals exactly as written."""
        ...

    def duration_ms(self, key: str) -> int | None:
        """Return a duration in milliseconds."""
        ...

    def selector(self, key: str) -> Selector | None:
        """Return a PromQL vector selector."""
        ...


class Indicator(Protocol):
    """How an objective tells good events from bad ones; a kind is a class of them.

    A kind says what its events are, and everything else works with these. It also owns its
    four spellings: in a declaration, in what a ledger keeps, in documents that have no
    kinds, and for comparing.
    """

    #: The kind's name, as a declaration spells it.
    kind: ClassVar[str]
    #: The keys that a declaration may have below it.
    keys: ClassVar[tuple[str, ...]]

    @property
    def events(self) -> IndicatorEvents:
        """What is counted."""
        ...

    @property
    def fingerprint(self) -> str:
        """Canonical JSON that changes exactly when other series are counted."""
        ...

    @classmethod
    def read(cls, fields: DeclaredFields) -> Self | None:
        """Return the indicator that a declaration has; None where it is wrong."""
        ...

    def declared(self) -> Declaration:
        """Return the kind and what stands below it; `as_ratio` where keys cannot say it."""
        ...

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> Self:
        """Return the indicator that `kept` wrote, in this release or a former one."""
        ...

    def kept(self) -> Mapping[str, str]:
        """Return it as texts, for the generations of a ledger."""
        ...

    @classmethod
    def recognise(cls, events: IndicatorEvents, *, is_named: bool) -> Self | None:
        """Return what the selectors of a document without kinds are as this kind.

        Args:
            events: The events, without edges.
            is_named: Whether the document names this kind beside them.

        Returns:
            None where they are not of this kind.

        Raises:
            ObjectiveError: If they are, and make no sense.
        """
        ...

    @property
    def plain(self) -> IndicatorEvents:
        """The events as selectors alone, without edges, that `recognise` is given."""
        ...


def as_ratio(events: CounterGrowth) -> Declaration:
    """Return counters as a declaration has them, of whichever kind they are."""
    return RATIO, {events.side.value: str(events.part), "valid": str(events.valid)}


def threshold_edge(indicator: Indicator) -> float | None:
    """Return the edge that a histogram must have; None where no histogram is read."""
    match indicator.events:
        case CounterGrowth(part=part):
            return part.edge
        case GaugeSamples():
            return None


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


def implied_job(indicator: Indicator) -> frozenset[str]:
    """Return the jobs that equalities in the selectors fix; usually none or one."""
    return frozenset(
        job
        for events in indicator.events.selectors
        if (job := events.selector.equalities().get("job"))
    )


def canonical_matchers(matchers: Iterable[LabelMatcher]) -> list[list[str]]:
    """Return matchers in an order of their own, each once, ready for JSON."""
    return [list(m) for m in sorted({(m.name, m.op.value, m.value) for m in matchers})]


def canonical_json(value: Mapping[str, object]) -> str:
    """Return JSON that is the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


#: Source: OpenMetrics 1.0, the suffixes of counters and histograms.
_COUNTERS = ("_total", "_bucket", "_count", "_sum", "_created")


def check_gauge(
    gauge: Selector, place: Position, problems: DeclarationProblems
) -> bool:
    """Return whether a selector names one metric; advise where it looks like a counter."""
    name = gauge.metric_name
    if name is None:
        problems.report(place, "gauge.no-metric")
        return False
    if name.endswith(_COUNTERS):
        problems.advise(place, "gauge.counter", given=name)
    return True


def read_gauge(fields: DeclaredFields) -> Selector | None:
    """Return the selector below ``gauge``; it names one metric, and no counter."""
    fields.require("gauge")
    gauge = fields.selector("gauge")
    if gauge is None or not check_gauge(gauge, fields.place("gauge"), fields.problems):
        return None
    return gauge
