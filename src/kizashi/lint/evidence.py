"""What exporters or a server really have, as rules of the lint ask for it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property, lru_cache
from math import isnan

from kizashi.errors import SelectorError
from kizashi.lint.reading import Selected
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp

#: How like two names must be for one to be meant by the other. Source: difflib,
#: "get_close_matches", whose default this is.
ALIKE = 0.6
#: How like one word must be to be another, misspelt, and how many may be missing.
_SURE = 0.75
_WORDS_MORE = 2
_WORDS = re.compile(r"[_:.\-/]")
#: Labels of one meaning that exporters spell differently.
_SYNONYMS = (
    frozenset({"status", "status_code", "code", "http_status", "http_status_code"}),
    frozenset({"method", "verb", "http_method", "http_request_method"}),
    frozenset({"path", "route", "handler", "uri", "endpoint", "url", "http_route"}),
)
#: What every scrape writes of its own. Source: Prometheus, "Automatically generated
#: labels and time series", and "Alerting rules" for the last two.
OF_THE_SCRAPER = ("up", "scrape_", "ALERTS")


@dataclass(frozen=True, slots=True)
class SeenSeries:
    """One series.

    Attributes:
        labels: Its labels, the name among them.
        total: Its newest value; NaN where only its labels are known.
        growth: By how much it grew while evidence was gathered; NaN where unknown.
    """

    labels: Labels
    total: float
    growth: float


@dataclass(frozen=True)
class Evidence:
    """What was seen of where the rules run.

    Attributes:
        origin: Where, as people call it: addresses of targets, or of a server.
        of_server: Whether a server said so: labels are those that rules see. Targets
            do not know the labels that their scraper adds.
        names: Every metric.
        series: Series of the metrics that rules ask for; one in `names` that is
            missing here was not looked at.
        types: Metric or family to type, as far as known.
        jobs: Every job; None where nobody said.
        span_ms: How long evidence was gathered.
        is_whole: Whether everything answered that was asked. Nothing is called absent
            where it did not.
    """

    origin: str
    of_server: bool
    names: frozenset[str]
    series: Mapping[str, Sequence[SeenSeries]]
    types: Mapping[str, str] = field(default_factory=dict)
    jobs: frozenset[str] | None = None
    span_ms: int = 0
    is_whole: bool = True

    def of(self, selected: Selected) -> list[SeenSeries] | None:
        """Return what a selector selects here; None where that is not known.

        Matchers on labels that a scraper may add are not held against targets.
        """
        selection = selected.metric, selected.matchers
        if selection not in self._selected:
            self._selected[selection] = self._matching(selected)
        return self._selected[selection]

    def _matching(self, selected: Selected) -> list[SeenSeries] | None:
        held = self.series.get(selected.metric)
        if held is None:
            return None
        known = self.labels_of(selected.metric)
        wanted = [
            matcher
            for name, op, value in selected.matchers
            if self.of_server or name in known
            if (matcher := as_matcher(name, op, value)) is not None
        ]
        return [one for one in held if all(m.matches(one.labels) for m in wanted)]

    def labels_of(self, metric: str) -> Mapping[str, frozenset[str]]:
        """Return the labels of a metric with all of their values."""
        held = self._labels.get(metric)
        if held is None:
            held = self._labels[metric] = values_by_label(self.series.get(metric, ()))
        return held

    @cached_property
    def _selected(
        self,
    ) -> dict[tuple[str, frozenset[tuple[str, str, str]]], list[SeenSeries] | None]:
        return {}

    @cached_property
    def _labels(self) -> dict[str, dict[str, frozenset[str]]]:
        return {}

    def type_of(self, metric: str) -> str:
        """Return a metric's type, empty where nobody said."""
        for name in (metric, metric.removesuffix("_total")):
            if name in self.types:
                return self.types[name]
        return ""


def values_by_label(series: Iterable[SeenSeries]) -> dict[str, frozenset[str]]:
    """Return the labels of some series with all of their values."""
    found: dict[str, set[str]] = {}
    for one in series:
        for name, value in one.labels:
            found.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in found.items()}


def edges_of(series: Sequence[SeenSeries]) -> list[tuple[float, str]]:
    """Return the edges of a histogram's buckets, in order, with their spellings."""
    spelled = {one.labels.get("le") for one in series} - {""}
    found = []
    for text in spelled:
        try:
            found.append((float(text), text))
        except ValueError:
            continue
    return sorted(found)


@lru_cache(maxsize=4096)
def nearest(wanted: str, known: frozenset[str]) -> str:
    """Return the name that was probably meant; empty where none is like it."""
    lowered = {name.lower(): name for name in sorted(known)}
    if wanted.lower() in lowered:
        return lowered[wanted.lower()]
    found = get_close_matches(wanted.lower(), list(lowered), n=1, cutoff=ALIKE)
    return lowered[found[0]] if found else ""


def is_meant(wanted: str, near: str) -> bool:
    """Return whether a name is another one misspelt, or with a word more or less."""
    first, second = (_WORDS.split(name.lower()) for name in (wanted, near))
    if not near:
        return False
    if len(first) != len(second):
        short, long = sorted((first, second), key=len)
        ends = (long[: len(short)], long[-len(short) :])
        return short in ends and len(long) - len(short) <= _WORDS_MORE
    differ = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return not differ or (
        len(differ) == 1 and SequenceMatcher(None, *differ[0]).ratio() >= _SURE
    )


def nearest_label(wanted: str, known: frozenset[str]) -> str:
    """Return the label that was probably meant, other words for it included."""
    for words in _SYNONYMS:
        others = sorted(words & set(known))
        if wanted in words and others:
            return max(others, key=lambda o: SequenceMatcher(None, wanted, o).ratio())
    return nearest(wanted, known)


def is_of_the_scraper(metric: str) -> bool:
    """Return whether a series is written by the scraper, not by a target."""
    return metric.startswith(OF_THE_SCRAPER)


@lru_cache(maxsize=4096)
def as_matcher(name: str, op: str, value: str) -> LabelMatcher | None:
    """Return a matcher; None where its expression is none that RE2 takes."""
    try:
        return LabelMatcher(name, MatchOp(op), value)
    except SelectorError:
        return None


def shown_values(values: Sequence[str] | frozenset[str], most: int = 8) -> str:
    """Return values as a list for people, of bounded length."""
    given = sorted(values, key=_as_number)
    cut = [f'"{value[:60]}"' for value in given[:most]]
    return ", ".join(cut) + (", …" if len(given) > most else "")


def _as_number(value: str) -> tuple[float, str]:
    try:
        return float(value), value
    except ValueError:
        return float("inf"), value


def counted(evidence: Evidence, series: Sequence[SeenSeries]) -> float:
    """Return how many events series counted: lately on a server, ever on a target."""
    found = (one.growth if evidence.of_server else one.total for one in series)
    return sum(value for value in found if not isnan(value))
