"""A stretch of raw samples from a server, in the form that the ledger counts.

What counts is the same code as for our own scrapes: this only tells it who was scraped,
when, and what was known before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from kizashi.ledger.counting import is_vast
from kizashi.ledger.matching import CountRule
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.regexes import any_of
from kizashi.model.scrape_rows import NEVER_MS
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import DiscoverySpan, TargetConfig, TargetRecord
from kizashi.model.upstream import UpstreamSamples, UpstreamSeries
from kizashi.sli._base import EDGE_LABEL

#: How far before the counted stretch samples are read: growth across a longer gap is
#: late whatever its length (rule 4), and 2.5 intervals of seeing fit in it.
LEAD_MS = 310_000
#: How long a series that is away is remembered. Source: rule 18, ``[1d]``.
MEMORY_MS = 86_400_000
_UP, _, _READ, _KEPT, _ADDED = REPORT_SERIES
_SECOND_MS = 1_000


def selectors_of(rule: CountRule) -> list[str]:
    """Return what to ask a server for, so that everything a rule counts is there."""
    selectors: dict[str, None] = {}
    for term in rule.terms:
        selector = term.events.selector
        if term.events.edge is not None:
            edge = edge_pattern(term.events.edge)
            matcher = LabelMatcher(EDGE_LABEL, MatchOp.REGEX, edge)
            selector = Selector((*selector.matchers, matcher))
        selectors[str(selector)] = None
    return list(selectors)


def edge_pattern(edge: float) -> str:
    """Return an expression that every spelling of a bucket's edge matches.

    It may match more; readers of the series compare edges as numbers.
    """
    if edge == float("inf"):
        return r"\+?[iI]nf"
    whole, _, part = format(Decimal(repr(edge)), "f").partition(".")
    part = part.rstrip("0")
    plain = rf"{whole}\.{part}0*" if part else rf"{whole}(\.0*)?"
    return rf"{plain}|.*[eE].*"


def up_selector(rule: CountRule, job: str | None, jobs: Iterable[str]) -> str | None:
    """Return the selector of the targets whose scrapes say what was seen.

    Args:
        rule: What is counted.
        job: The job that the declaration names, or None.
        jobs: Those of the series that were found.

    Returns:
        None where nobody knows a job. Source: rule 11.
    """
    targets = _targets_of(rule, job, jobs)
    if not targets:
        return None
    return str(Selector((LabelMatcher("__name__", MatchOp.EQUAL, _UP), *targets)))


def report_selector(
    rule: CountRule, job: str | None, jobs: Iterable[str]
) -> str | None:
    """Return what tells how many samples of their scrapes were new to the server.

    Takes and returns what `up_selector` does.
    """
    targets = _targets_of(rule, job, jobs)
    if not targets:
        return None
    name = LabelMatcher("__name__", MatchOp.REGEX, f"{_READ}|{_KEPT}|{_ADDED}")
    return str(Selector((name, *targets)))


def _targets_of(
    rule: CountRule, job: str | None, jobs: Iterable[str]
) -> Sequence[LabelMatcher]:
    if job is not None:
        return [LabelMatcher("job", MatchOp.EQUAL, job)]
    valid = [t.events.selector for t in rule.terms if t.to_valid]
    on_job = [m for s in valid for m in s.matchers if m.name == "job"]
    names = sorted({name for name in jobs if name})
    if on_job or not names:
        return on_job
    return [LabelMatcher("job", MatchOp.REGEX, any_of(names))]


@dataclass(frozen=True, slots=True)
class RawStretch:
    """What a server said of one objective's series and its targets.

    Attributes:
        start_ms: From when on samples were read, not included.
        samples: The objective's series.
        ups: The ``up`` of its targets.
        known: The samples that each series had up to the start, within MEMORY_MS, or
            only the last one; a number, if it had one.
        interval_ms: How often the job is scraped, where that is configured; else None.
        reports: What `report_selector` selects, of the same time.
    """

    start_ms: int
    samples: UpstreamSamples
    ups: UpstreamSamples
    known: UpstreamSamples
    interval_ms: int | None = None
    reports: UpstreamSamples = field(default_factory=lambda: UpstreamSamples(()))


@dataclass(slots=True)
class _Target:
    """One target and its series: numbers, and samples by number."""

    record: TargetRecord
    series: dict[int, Labels] = field(default_factory=dict)
    times: dict[int, tuple[Int64Array, FloatArray]] = field(default_factory=dict)
    up: int | None = None


class RawSamples:
    """A SampleReader over one stretch; targets are told apart by job and instance."""

    def __init__(self, stretch: RawStretch) -> None:
        self._stretch = stretch
        self._found: dict[tuple[str, str], _Target] = {}
        self._first_ms: dict[int, int] = {}
        self._last: dict[int, tuple[int, float]] = {}
        before = {one.labels: _last_number(one) for one in stretch.known.series}
        self._reports = {
            (one.labels.metric_name, *_target_key(one.labels)): one
            for one in stretch.reports.series
        }
        numbers: dict[Labels, int] = {}
        for one in (*stretch.ups.series, *stretch.samples.series):
            if one.labels in numbers:
                continue  # An objective may count `up` itself.
            number = numbers[one.labels] = len(numbers)
            self._add(number, one.labels, one.ts_ms, one.values)
            is_known = one.labels in before
            first_ms = stretch.start_ms - MEMORY_MS if is_known else one.ts_ms[0]
            self._first_ms[number] = int(first_ms)
            if (last := before.get(one.labels)) is not None:
                self._last[number] = stretch.start_ms, last

    def _add(
        self, number: int, labels: Labels, ts_ms: Int64Array, values: FloatArray
    ) -> None:
        key = _target_key(labels)
        target = self._found.get(key)
        if target is None:
            own = Labels.of(job=key[0], instance=key[1])
            record = TargetRecord(len(self._found), key[0], own)
            target = self._found[key] = _Target(record)
        target.series[number] = labels
        target.times[number] = ts_ms, values
        if labels.metric_name == _UP and target.up is None:
            target.up = number

    @property
    def _targets(self) -> list[_Target]:
        return list(self._found.values())

    def targets(self) -> list[TargetRecord]:
        """Return every target, by number."""
        return [target.record for target in self._targets]

    def discoveries(self) -> list[DiscoverySpan]:
        """Return when each target was scraped, as its ``up`` tells.

        A series that has ended is known for the 2.5 intervals in which it counts.
        """
        spans = []
        for target in self._targets:
            if target.up is None:
                continue
            stamps, _ = target.times[target.up]
            reach_ms = self._interval_ms(target) * 5 // 2
            starts = np.flatnonzero(np.diff(stamps) >= reach_ms) + 1
            for run in np.split(stamps, starts):
                end_ms = int(run[-1]) + reach_ms
                spans.append(DiscoverySpan(target.record.id, int(run[0]), end_ms))
        return spans

    def configs(self) -> list[TargetConfig]:
        """Return how each target was scraped.

        Nobody tells us when its configuration changed. But the server then meets every
        series of the target anew, as after its own start.
        """
        spans = []
        for target in self._targets:
            interval_ms = self._interval_ms(target)
            number = target.record.id
            changes = [self._stretch.start_ms, *self._met_anew(target)]
            spans += [
                TargetConfig(
                    number, at, str(at), honor_labels=False, interval_ms=interval_ms
                )
                for at in changes
            ]
        return spans

    def _met_anew(self, target: _Target) -> list[int]:
        """Return the scrapes that left at most a tenth of the page before.

        What is new to the server was not on that page, or it forgot that it was. A
        page that has grown still has what it had.
        """
        read, kept, added = (self._report(n, target) for n in (_READ, _KEPT, _ADDED))
        if read is None or kept is None or added is None:
            return []
        times = np.intersect1d(np.intersect1d(read.ts_ms, kept.ts_ms), added.ts_ms)
        was_read, samples, new = (
            s.values[np.searchsorted(s.ts_ms, times)] for s in (read, kept, added)
        )
        anew = 10 * (samples - new)[1:] <= samples[:-1]
        anew &= was_read[:-1] > 0
        changed: list[int] = times[1:][anew].tolist()
        return changed

    def _report(self, name: str, target: _Target) -> UpstreamSeries | None:
        return self._reports.get((name, *_target_key(target.record.labels)))

    @property
    def tells_changes(self) -> bool:
        """Whether a scrape of a changed configuration shows, for every target."""
        return all(
            self._report(name, target) is not None
            for target in self._targets
            if target.up is not None
            for name in (_READ, _KEPT, _ADDED)
        )

    def _interval_ms(self, target: _Target) -> int:
        """Return the configured interval, or the usual distance of two scrapes."""
        if self._stretch.interval_ms is not None:
            return self._stretch.interval_ms
        if target.up is not None and len(target.times[target.up][0]) > 1:
            usual = float(np.median(np.diff(target.times[target.up][0])))
            return max(_SECOND_MS, round(usual / _SECOND_MS) * _SECOND_MS)
        return 15 * _SECOND_MS

    def series_of_target(self, target: int) -> list[tuple[int, Labels]]:
        """Return every series of a target, by number."""
        return list(self._targets[target].series.items())

    def first_stored_ms(self, series: Int64Array) -> Int64Array:
        """Return the time of each series' first sample that anybody remembers."""
        first = [self._first_ms.get(n, NEVER_MS) for n in series.tolist()]
        return np.array(first, np.int64)

    def read_matrix(
        self, target: int, series: Int64Array, start_ms: int, end_ms: int
    ) -> tuple[Int64Array, FloatArray]:
        """Return samples of some series of one target, lined up by time."""
        own = self._targets[target].times
        parts = []
        for column, number in enumerate(series.tolist()):
            stamps, values = own.get(number, (_NO_TIMES, _NO_VALUES))
            inside = (stamps >= start_ms) & (stamps <= end_ms)
            parts.append((column, stamps[inside], values[inside]))
        times = np.unique(np.concatenate([_NO_TIMES, *(p[1] for p in parts)]))
        matrix = np.full((len(times), len(series)), np.nan)
        for column, stamps, values in parts:
            matrix[np.searchsorted(times, stamps), column] = values
        return times, matrix

    def last_before(
        self, series: Int64Array, before_ms: int
    ) -> Mapping[int, tuple[int, float]]:
        """Return the last sample of each series strictly before a time."""
        newest: dict[int, tuple[int, float]] = {}
        for target in self._targets:
            for number in series.tolist():
                stamps, values = target.times.get(number, (_NO_TIMES, _NO_VALUES))
                at = int(np.searchsorted(stamps, before_ms))
                if at > 0:
                    newest[number] = int(stamps[at - 1]), float(values[at - 1])
                elif (
                    number in target.times
                    and number in self._last
                    and before_ms > self._stretch.start_ms
                ):
                    newest[number] = self._last[number]
        return newest

    def damages(self) -> Sequence[Damage]:
        """Return nothing: what a server answers is not stored here."""
        return ()

    def first_scrape_ms(self) -> int | None:
        """Return the time of the oldest sample, or None."""
        return min(self._first_ms.values(), default=None)


def _last_number(one: UpstreamSeries) -> float | None:
    """Return the newest sample that is a number; of a gauge any is."""
    found = [value for value in one.values.tolist() if not is_vast(value)]
    return found[-1] if found else None


def _target_key(labels: Labels) -> tuple[str, str]:
    return labels.get("job"), labels.get("instance")


_NO_TIMES: Int64Array = np.empty(0, np.int64)
_NO_VALUES: FloatArray = np.empty(0, np.float64)
