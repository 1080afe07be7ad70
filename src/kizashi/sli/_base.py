"""What every indicator kind has: the series whose growth counts its events."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kizashi.model.labels import Labels
from kizashi.model.matchers import Matcher, Selector

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


class Indicator(Protocol):
    """How an objective tells good events from bad ones.

    Exactly one of good_selector and bad_selector is set: the other side is what is
    left of the valid events.
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
    def fingerprint(self) -> str:
        """Canonical JSON that changes exactly when other series are counted."""
        ...

    def selector_text(self) -> str:
        """Return the selectors that are counted, for a reader."""
        ...


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


def implied_job(*selectors: EventSelector | None) -> frozenset[str]:
    """Return the jobs that equalities in the selectors fix; usually none or one."""
    return frozenset(
        job
        for side in selectors
        if side is not None and (job := side.selector.equalities().get("job"))
    )


def canonical_matchers(matchers: Iterable[Matcher]) -> list[list[str]]:
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
