"""What a target or a job has: counters that tell an outcome, histograms, gauges."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kizashi.authoring.outcomes import (
    OUTCOME_LABELS,
    FailureLabel,
    none_of,
    read_failures,
)
from kizashi.lint.evidence import SeenSeries, edges_of
from kizashi.lint.traffic import PATHS, machine_values
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher
from kizashi.sli._base import parse_edge
from kizashi.slo.signal_presets import PRESETS

#: What runtimes and exporters count of themselves, scrapes among it.
_OF_ITSELF = re.compile(
    r"(?:go|process|python|jvm|nodejs|promhttp|scrape|net_conntrack|kizashi_scrape)_.*"
)
#: Calls that a service makes are another service's to promise.
_OUTGOING = re.compile(r".*(?:_|^)(?:client|clients|upstream|dialer|outgoing)(?:_|$).*")
#: What people wait for.
_REQUESTS = re.compile(
    r".*(?:_|^)(?:requests?|rq|http|rpc|grpc|server|handling|responses?|latency)(?:_|$).*"
)
_SECONDS = re.compile(r".*(?:_|^)seconds(?:_|$).*")
_MILLISECONDS = re.compile(
    r".*_(?:ms|milliseconds)(?:_.*)?|envoy_.*_(?:rq_time|cx_length_ms)"
)
#: Values of labels beside paths that only those who run a service ask for.
_OWN_TRAFFIC = {"envoy_http_conn_manager_prefix": frozenset({"admin"})}
#: Calls that last for as long as somebody listens.
_OPEN = {"verb": frozenset({"WATCH", "WATCHLIST", "CONNECT"})}
#: No counter is exact beyond; what claims to be there counts no events.
_MOST_EVENTS = 2.0**53
#: By which share of all events buckets may differ that a server estimates.
_ESTIMATE = 0.01
_ByLabel = Mapping[str, frozenset[str]]
#: What an exporter says of the one thing that it looks at.
_YES_OR_NO = re.compile(r"probe_success|[a-zA-Z0-9]+_up")


@dataclass(frozen=True, slots=True)
class JobSeries:
    """Everything that was seen of one job.

    Attributes:
        job: Its name; selectors match it.
        series: The series, without labels of a scraper. Totals are what was counted in
            the span, newest values of gauges.
        types: Metric or family to type, as far as known.
        span_ms: Over how long was counted; None where nobody said.
    """

    job: str
    series: Sequence[SeenSeries]
    types: Mapping[str, str] = field(default_factory=dict)
    span_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FoundCounter:
    """A counter of what may fail.

    Attributes:
        name: The metric.
        outcome: How failures are told.
        seen: The values of its outcome label.
        people: What leaves scrapes and health checks out.
        series: Its series, those left out.
    """

    name: str
    outcome: FailureLabel
    seen: tuple[str, ...]
    people: tuple[LabelMatcher, ...]
    series: tuple[SeenSeries, ...]

    @property
    def events(self) -> float:
        """How much it counted."""
        return sum(one.total for one in self.series)


@dataclass(frozen=True, slots=True)
class FoundHistogram:
    """A classic histogram.

    Attributes:
        name: Without ``_bucket``.
        spellings: Its edges, ascending, infinity among them, as its buckets spell them.
        within: How many events were at most an edge; all at infinity.
        scale: How many of its unit are a second; None where its name does not say.
        people: What leaves scrapes, health checks and calls that stay open out.
    """

    name: str
    spellings: Mapping[float, tuple[str, ...]]
    within: Mapping[float, float]
    scale: int | None
    people: tuple[LabelMatcher, ...]

    @property
    def edges(self) -> tuple[float, ...]:
        """Its finite edges, ascending."""
        return tuple(edge for edge in self.spellings if math.isfinite(edge))

    @property
    def events(self) -> float:
        """How much it counted."""
        return self.within.get(math.inf, 0.0)

    @property
    def is_sound(self) -> bool:
        """Whether it counts all events, and no fewer at a higher edge.

        What a server adds up over a range is an estimate, so a little fewer may be.
        """
        counts = [self.within[edge] for edge in self.spellings]
        spare = _ESTIMATE * self.events
        return math.inf in self.within and all(
            lower <= higher + spare for lower, higher in pairwise(counts)
        )


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a job has, the most telling first.

    Attributes:
        job: The job.
        counters: Counters that tell an outcome.
        unclear: Counters with a label that may tell one, and what it says.
        histograms: Histograms of what people wait for.
        other_histograms: Names of the others.
        switches: Gauges that say yes or no.
        gauges: How many other gauges there are.
        presets: Presets of golden signals that fit, the best first.
    """

    job: JobSeries
    counters: tuple[FoundCounter, ...]
    unclear: tuple[tuple[str, str, tuple[str, ...]], ...]
    histograms: tuple[FoundHistogram, ...]
    other_histograms: tuple[str, ...]
    switches: tuple[str, ...]
    gauges: int
    presets: tuple[str, ...]


def may_matter(name: str) -> bool:
    """Return whether a metric may be of what people wait for."""
    return not (_OF_ITSELF.fullmatch(name) or _OUTGOING.fullmatch(name))


def take_inventory(job: JobSeries) -> Inventory:
    """Return what a job has."""
    by_name: dict[str, list[SeenSeries]] = {}
    for one in job.series:
        if math.isfinite(one.total):
            by_name.setdefault(one.labels.metric_name, []).append(one)
    own = {n: held for n, held in by_name.items() if not _OF_ITSELF.fullmatch(n)}
    # What one metric has seen of scrapes, another may still see.
    every = [one for held in own.values() for one in held]
    machines = {**machine_values(every, set()), **_OWN_TRAFFIC}
    counters, unclear = _counters(job, own, machines)
    histograms = _histograms(own, machines)
    asked = [e for e in histograms if _is_of_requests(e.name) and e.is_sound]
    gauges = [n for n in own if job.types.get(n) == "gauge"]
    switches = [n for n in own if _YES_OR_NO.fullmatch(n) and _is_yes_or_no(own[n])]
    return Inventory(
        job,
        tuple(sorted(counters, key=_counter_rank)),
        tuple(unclear),
        tuple(sorted(asked, key=_histogram_rank)),
        tuple(each.name for each in histograms if each not in asked),
        tuple(sorted(switches, key=lambda name: (name != "probe_success", name))),
        len(set(gauges) - set(switches)),
        _presets(own),
    )


def _counters(
    job: JobSeries, by_name: Mapping[str, list[SeenSeries]], machines: _ByLabel
) -> tuple[list[FoundCounter], list[tuple[str, str, tuple[str, ...]]]]:
    found, unclear = [], []
    for name, held in by_name.items():
        if not _is_counter(name, job.types) or _OUTGOING.fullmatch(name):
            continue
        if not _are_counts(held):
            continue
        values = _values(held)
        outcome = read_failures(values)
        if outcome is not None:
            people, series = _of_people(held, machines)
            seen = tuple(sorted(values[outcome.label] - {""}))
            found.append(FoundCounter(name, outcome, seen, people, series))
            continue
        label = next((label for label in OUTCOME_LABELS if label in values), None)
        if label is not None:
            unclear.append((name, label, tuple(sorted(values[label]))))
    return found, unclear


def _is_counter(name: str, types: Mapping[str, str]) -> bool:
    if types.get(name) == "counter" or name.endswith("_total"):
        return types.get(name) != "gauge"
    family = name.removesuffix("_count")
    return family != name and types.get(family, "summary") in {"histogram", "summary"}


def _histograms(
    by_name: Mapping[str, list[SeenSeries]], machines: _ByLabel
) -> list[FoundHistogram]:
    found = []
    for bucket, held in by_name.items():
        name = bucket.removesuffix("_bucket")
        spellings: dict[float, tuple[str, ...]] = {}
        for edge, text in edges_of(held):
            if edge > 0:
                spellings[edge] = (*spellings.get(edge, ()), text)
        if name != bucket and any(map(math.isfinite, spellings)) and _are_counts(held):
            people, series = _of_people(held, {**machines, **_OPEN})
            within = _within(series)
            scale = _scale(name)
            known = {edge: texts for edge, texts in spellings.items() if edge in within}
            found.append(FoundHistogram(name, known, within, scale, people))
    return found


def _within(series: Iterable[SeenSeries]) -> dict[float, float]:
    """Return events by edge; a bucket that is spelled twice counts once."""
    counted: dict[tuple[Labels, float], float] = {}
    for one in series:
        edge = parse_edge(one.labels.get("le"))
        if edge is not None:
            key = (one.labels.without("le"), edge)
            counted[key] = max(one.total, counted.get(key, 0.0))
    within: dict[float, float] = {}
    for (_, edge), total in counted.items():
        within[edge] = within.get(edge, 0.0) + total
    return within


def _are_counts(held: Iterable[SeenSeries]) -> bool:
    return all(0 <= one.total <= _MOST_EVENTS for one in held)


def _scale(name: str) -> int | None:
    if _SECONDS.fullmatch(name):
        return 1
    return 1000 if _MILLISECONDS.fullmatch(name) else None


def _of_people(
    held: list[SeenSeries], machines: _ByLabel
) -> tuple[tuple[LabelMatcher, ...], tuple[SeenSeries, ...]]:
    """Return matchers that leave out what people did not ask for, and what they leave."""
    values = _values(held)
    matchers = tuple(
        none_of(label, sorted(gone))
        for label, gone in sorted(machines.items())
        if label in values and (label in PATHS or gone & values[label])
    )
    kept = tuple(o for o in held if all(m.matches(o.labels) for m in matchers))
    return matchers, kept


def _values(held: Iterable[SeenSeries]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in held:
        for label, value in one.labels:
            found.setdefault(label, set()).add(value)
    return found


def _is_of_requests(name: str) -> bool:
    return (
        bool(_REQUESTS.fullmatch(name))
        and not _OUTGOING.fullmatch(name)
        and "bytes" not in name
    )


def _is_yes_or_no(held: Iterable[SeenSeries]) -> bool:
    return all(one.total in {0.0, 1.0} for one in held)


def _counter_rank(found: FoundCounter) -> tuple[bool, bool, bool, float, str]:
    """Return what sorts counters: known names, those that tell routes, the busiest."""
    is_known = any(found.name == preset.requests for preset in PRESETS.values())
    return (
        not is_known,
        not _REQUESTS.fullmatch(found.name),
        not found.people,
        -found.events,
        found.name,
    )


def _histogram_rank(found: FoundHistogram) -> tuple[bool, bool, bool, float, str]:
    is_known = any(found.name == preset.duration for preset in PRESETS.values())
    return (
        not is_known,
        found.scale is None,
        not found.people,
        -found.events,
        found.name,
    )


def _presets(by_name: Mapping[str, list[SeenSeries]]) -> tuple[str, ...]:
    """Return presets whose metrics are there; first those whose labels fit best."""
    fitting = []
    for name, preset in PRESETS.items():
        if {preset.requests, preset.bucket} <= by_name.keys():
            labels = _values(by_name[preset.requests])
            place = next((i for i, r in enumerate(preset.routes) if r in labels), 99)
            if set(preset.statuses) & labels.keys():
                fitting.append((place, name))
    return tuple(name for _, name in sorted(fitting))
