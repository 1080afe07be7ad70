"""Which series an objective counts, and with which sign.

An objective is a few terms: a selector, and what the growth of a series that matches
adds to the objective's bad and valid counts. `bad / valid` is two terms; `good /
valid` counts valid - good as bad; a latency objective counts the histogram's +Inf
bucket as valid and what lies above the threshold's edge as bad. Where the samples of
a gauge are events, one term with a test counts them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.sli._base import (
    EDGE_LABEL,
    CounterGrowth,
    EventSelector,
    GaugeSamples,
    Indicator,
    SampleTest,
    Side,
    parse_edge,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One selector of an objective.

    Attributes:
        events: The series it counts.
        to_bad: What one event adds to bad: -1, 0 or 1.
        to_valid: What one event adds to valid: 0 or 1.
        test: None where events are growth; else every sample is an event, and adds to
            bad where it fails this test.
    """

    events: EventSelector
    to_bad: int
    to_valid: int
    test: SampleTest | None = None


@dataclass(frozen=True, slots=True)
class CountRule:
    """The terms of one objective.

    Attributes:
        terms: Two of them, or one with a test; the last alone has to_valid = 1.
        threshold: The edge a histogram must have for its events to count at all, else
            None. Without it every event would look slow.
        counts_scrapes: Whether the series are what the scraper itself writes of every
            scrape: then a failed scrape is an event too, and is seen.
    """

    terms: tuple[Term, ...]
    threshold: float | None = None
    counts_scrapes: bool = False

    @property
    def valid(self) -> EventSelector:
        """The series that count all events."""
        return self.terms[-1].events


def count_rule(indicator: Indicator) -> CountRule:
    """Return what an indicator's series add to bad and valid."""
    match indicator.events:
        case GaugeSamples(valid=gauge, test=test) as samples:
            term = Term(gauge, 1, 1, test)
            return CountRule((term,), counts_scrapes=samples.are_scrapes)
        case CounterGrowth(side=Side.BAD, part=bad, valid=valid):
            return CountRule((Term(bad, 1, 0), Term(valid, 0, 1)))
        case CounterGrowth(part=good, valid=valid):
            return CountRule((Term(good, -1, 0), Term(valid, 1, 1)), good.edge)


@dataclass(frozen=True, slots=True)
class TermMatch:
    """A term that a series matches: number of the objective, and the term."""

    objective: int
    term: Term


@dataclass(frozen=True, slots=True)
class EdgeMatch:
    """A bucket, of a histogram that an objective reads, at some other edge."""

    objective: int
    edge: float


class RuleIndex:
    """Finds the terms that a series matches, among those of many objectives.

    A term is filed under one of its equality matchers, the metric name where there is
    no other, so that a series meets only terms that may match it: ten thousand
    objectives on one metric cost a series no more than ten.
    """

    def __init__(self, rules: Sequence[CountRule]) -> None:
        self.rules = tuple(rules)
        reports = np.array([r.counts_scrapes for r in rules], np.bool_)
        #: Which objectives count scrapes themselves, shape (n,); None where none does.
        self.counts_scrapes = reports if reports.any() else None
        self._filed: dict[tuple[str, str, str], list[TermMatch]] = {}
        self._filing_labels: dict[str, set[str]] = {}
        self._unfiled: list[TermMatch] = []
        for objective, rule in enumerate(rules):
            for term in rule.terms:
                self._file(TermMatch(objective, term))
        #: The metric names that the terms fix; None where some term fixes none.
        self.metric_names: frozenset[str] | None = (
            None if self._unfiled else frozenset(self._filing_labels)
        )

    def _file(self, match: TermMatch) -> None:
        equal = match.term.events.selector.equalities()
        name = equal.pop(METRIC_NAME, None)
        if name is None:
            self._unfiled.append(match)
            return
        # The rarest label is the best file; the longest value is a cheap guess at it.
        label = max(equal, key=lambda n: (len(equal[n]), n), default=METRIC_NAME)
        value = equal.get(label, name)
        self._filing_labels.setdefault(name, set()).add(label)
        self._filed.setdefault((name, label, value), []).append(match)

    def matches(self, labels: Labels) -> tuple[list[TermMatch], list[EdgeMatch]]:
        """Return the terms a series matches, and the edges it adds beside them."""
        name = labels.metric_name
        candidates: Iterable[TermMatch] = self._unfiled
        if name in self._filing_labels:
            filed = [
                m
                for label in self._filing_labels[name]
                for m in self._filed.get((name, label, labels.get(label)), ())
            ]
            candidates = [*filed, *self._unfiled]
        edge: float | None = None
        matches: list[TermMatch] = []
        others: list[EdgeMatch] = []
        for candidate in candidates:
            events = candidate.term.events
            if not events.selector.matches(labels):
                continue
            if events.edge is None:
                matches.append(candidate)
                continue
            if edge is None:
                edge = parse_edge(labels.get(EDGE_LABEL))
            if edge == events.edge:
                matches.append(candidate)
            else:
                others.append(EdgeMatch(candidate.objective, edge))
        return matches, others
