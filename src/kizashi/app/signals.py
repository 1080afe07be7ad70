"""The four golden signals of a service, counted from its stored samples.

Latency, traffic, errors and saturation over a stretch, cut into steps. Counters are
counted by the ledger's own arithmetic (`kizashi.ledger.counting`): growth belongs to the
step that holds the later sample, nothing is extrapolated, and growth across a long
gap is left out. So the steps of any cut add up to the same events.

Source: Site Reliability Engineering, chapter 6, "The Four Golden Signals".
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from kizashi.ledger.counting import NO_TIME, CounterState, RowContext, growth
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.model.targets import DiscoverySpan, TargetRecord
from kizashi.ports.samples import SampleStore
from kizashi.sli._base import EDGE_LABEL, parse_edge
from kizashi.slo.intervals import LONGEST_BRIDGED_GAP_MS
from kizashi.slo.quantiles import quantile
from kizashi.slo.signal_presets import SignalPreset
from kizashi.slo.slices import target_share
from kizashi.slo.window_sums import mean_coverage

K = TypeVar("K")

QUANTILES = (0.5, 0.95, 0.99)
#: More routes than this are told together.
_MOST_ROUTES = 8
OTHER = ""

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch cut into steps: ``(start, start + step], …, (end - step, end]``."""

    start_ms: int
    end_ms: int
    step_ms: int

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return max(1, -(-(self.end_ms - self.start_ms) // self.step_ms))

    def step_of(self, ts_ms: Int64Array) -> Int64Array:
        """Return the step that holds each time; outside of 0..steps for none."""
        held: Int64Array = -(-(ts_ms - self.start_ms) // self.step_ms) - 1
        return held


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of one service. Every tuple has one value for each step.

    Attributes:
        at: Right edges of the steps, Unix seconds.
        step_s: Seconds of a step.
        coverage: Share of steps and targets that were seen.
        seen: The same for each step.
        requests: Requests answered; None where nothing was seen.
        errors: Those with a status of 500 and above.
        by_route: Requests by route, the busiest first; `OTHER` for the rest.
        by_status: Requests by status.
        edges: Upper edges of the histogram's buckets, in seconds, the last infinite.
        heat: For each edge the requests between it and the one before.
        quantiles: Seconds, by quantile; between edges, as far as buckets can tell.
        cpu: CPU cores in use, all targets together.
        memory: Resident bytes, all targets together.
        in_flight: Requests under way, the most seen in the step.
    """

    at: tuple[float, ...]
    step_s: float
    coverage: float
    seen: tuple[float, ...]
    requests: Values
    errors: Values
    by_route: Mapping[str, Values]
    by_status: Mapping[str, Values]
    edges: tuple[float, ...]
    heat: tuple[Values, ...]
    quantiles: Mapping[float, Values]
    cpu: Values
    memory: Values
    in_flight: Values

    def newest(self, count: int) -> "Window":
        """Return the newest steps added up."""
        requests = [v for v in self.requests[-count:] if v is not None]
        errors = [v for v in self.errors[-count:] if v is not None]
        heat = [sum(v or 0.0 for v in row[-count:]) for row in self.heat]
        return Window(
            end=self.at[-1],
            seconds=count * self.step_s,
            heat=tuple(heat),
            coverage=mean_coverage(self.seen[-count:]),
            requests=sum(requests) if requests else None,
            errors=sum(errors) if requests else None,
            quantiles={q: quantile(self.edges, heat, q) for q in QUANTILES},
            cpu=_last(self.cpu),
            memory=_last(self.memory),
            in_flight=_last(self.in_flight),
        )


@dataclass(frozen=True, slots=True)
class Window:
    """Signals over one window; None where there is no data.

    Attributes:
        end: Its right edge, Unix seconds.
        seconds: Its length.
        heat: Requests of each bucket.
        coverage: Share of it that was seen.
        requests: Requests answered.
        errors: Those that failed.
        quantiles: Seconds, by quantile.
        cpu: CPU cores in use, newest.
        memory: Resident bytes, newest.
        in_flight: Requests under way, newest.
    """

    end: float
    seconds: float
    heat: tuple[float, ...]
    coverage: float
    requests: float | None
    errors: float | None
    quantiles: Mapping[float, float | None]
    cpu: float | None
    memory: float | None
    in_flight: float | None


def read_signals(
    samples: SampleStore, jobs: Iterable[str], names: SignalPreset, cut: Cut
) -> Signals:
    """Return the signals of the targets of some jobs.

    Raises:
        StoreError: If the store cannot be read.
    """
    wanted = frozenset(jobs)
    gathered = _Gathered(cut, names)
    spans: dict[int, list[DiscoverySpan]] = {}
    for discovered in samples.discoveries():
        spans.setdefault(discovered.target, []).append(discovered)
    for target in samples.targets():
        if target.job_label in wanted:
            gathered.known += _known(spans.get(target.id, ()), cut)
            _read_target(samples, target, gathered)
    return gathered.signals()


def _known(spans: Iterable[DiscoverySpan], cut: Cut) -> FloatArray:
    """Return 1 for each step in which a target was discovered, else 0."""
    begins = cut.start_ms + cut.step_ms * np.arange(cut.steps)
    known = np.zeros(cut.steps, np.bool_)
    for span in spans:
        is_begun = span.from_ms < begins + cut.step_ms
        known |= is_begun & (span.to_ms is None or np.array(span.to_ms) > begins)
    return known.astype(np.float64)


class _Gathered:
    """Sums over targets, step by step."""

    def __init__(self, cut: Cut, names: SignalPreset) -> None:
        self.cut = cut
        self.names = names
        #: How many targets were discovered, and how many of them seen.
        self.known = np.zeros(cut.steps)
        self.seen = np.zeros(cut.steps)
        self.requests = np.zeros(cut.steps)
        self.errors = np.zeros(cut.steps)
        self.by_route: dict[str, FloatArray] = {}
        self.by_status: dict[str, FloatArray] = {}
        #: Of the target being read, by histogram: a bucket's labels without its edge.
        self.by_edge: dict[Labels, dict[float, FloatArray]] = {}
        #: Events of each bucket, by its upper edge.
        self.heat: dict[float, FloatArray] = {}
        self.cpu = np.zeros(cut.steps)
        self.memory = np.full(cut.steps, np.nan)
        self.in_flight = np.full(cut.steps, np.nan)

    def add_growth(self, labels: Labels, grown: FloatArray) -> None:
        """Add a counter's growth, shape (steps,)."""
        names, name = self.names, labels.metric_name
        if name == names.requests:
            status = _first(labels, names.statuses)
            _add(self.by_route, _first(labels, names.routes), grown)
            _add(self.by_status, status, grown)
            self.requests += grown
            if status.startswith("5"):
                self.errors += grown
        elif name == names.bucket:
            edge = parse_edge(labels.get(EDGE_LABEL))
            if not math.isnan(edge):
                histogram = labels.merged({EDGE_LABEL: ""})
                _add(self.by_edge.setdefault(histogram, {}), edge, grown)
        elif name == names.cpu:
            self.cpu += grown

    def add_gauge(self, labels: Labels, values: FloatArray) -> None:
        """Add a gauge, shape (steps,), NaN where it has no sample."""
        if labels.metric_name == self.names.memory:
            self.memory = np.where(
                np.isnan(self.memory), values, self.memory + np.nan_to_num(values)
            )
        else:
            self.in_flight = np.where(
                np.isnan(self.in_flight), values, self.in_flight + np.nan_to_num(values)
            )

    def fold(self) -> None:
        """Add the histograms of a target that is read, each at its own edges.

        Taken up to an edge that it lacks, a histogram's events would all seem to lie
        beyond.
        """
        for by_edge in self.by_edge.values():
            below = np.zeros(self.cut.steps)
            for edge, upto in sorted(by_edge.items()):
                _add(self.heat, edge, np.maximum(0.0, upto - below))
                below = upto
        self.by_edge.clear()

    def signals(self) -> Signals:
        """Return what was gathered."""
        cut = self.cut
        share = target_share(self.seen, self.known)
        is_seen = share > 0
        edges = tuple(sorted(self.heat))
        heat = [self.heat[edge] for edge in edges]
        per_step = np.array(heat).T if heat else np.zeros((cut.steps, 0))
        step_s = cut.step_ms / 1000
        return Signals(
            at=tuple(
                min(cut.end_ms, cut.start_ms + (i + 1) * cut.step_ms) / 1000
                for i in range(cut.steps)
            ),
            step_s=step_s,
            coverage=float(share.mean()),
            seen=tuple(share.tolist()),
            requests=_told(self.requests, is_seen),
            errors=_told(self.errors, is_seen),
            by_route=_busiest(self.by_route, is_seen),
            by_status={
                k: _told(v, is_seen)
                for k, v in sorted(self.by_status.items())
                if v.any()
            },
            edges=edges,
            heat=tuple(_told(row, is_seen) for row in heat),
            quantiles={
                q: tuple(quantile(edges, row.tolist(), q) for row in per_step)
                for q in QUANTILES
            },
            cpu=_told(self.cpu / step_s, is_seen),
            memory=_told(self.memory, ~np.isnan(self.memory)),
            in_flight=_told(self.in_flight, ~np.isnan(self.in_flight)),
        )


def _read_target(
    samples: SampleStore, target: TargetRecord, gathered: _Gathered
) -> None:
    cut, names = gathered.cut, gathered.names
    numbered = [
        (number, labels)
        for number, labels in samples.series_of_target(target.id)
        if labels.metric_name in names.metrics
    ]
    if not numbered:
        return
    series = np.array([number for number, _ in numbered], np.int64)
    labels = [one for _, one in numbered]
    # What grows in the first step grew since the sample before it.
    start_ms = cut.start_ms - LONGEST_BRIDGED_GAP_MS
    ts_ms, values = samples.read_matrix(target.id, series, start_ms, cut.end_ms)
    if not len(ts_ms):
        return
    up = np.full(len(ts_ms), np.nan)
    for column, one in enumerate(labels):
        if one.metric_name == "up":
            up = values[:, column]
    step = cut.step_of(ts_ms)
    inside = (step >= 0) & (step < cut.steps)
    seen = np.zeros(cut.steps, np.bool_)
    seen[step[inside & (up == 1)]] = True
    gathered.seen += seen
    counters = {names.requests, names.bucket, names.cpu}
    is_counter = np.array([one.metric_name in counters for one in labels])
    columns = np.flatnonzero(is_counter)
    first_ms = samples.first_stored_ms(series[columns])
    grown = _grown(ts_ms, values[:, columns], up, first_ms)
    for place, column in enumerate(columns.tolist()):
        sums = np.zeros(cut.steps)
        np.add.at(sums, step[inside], grown[inside, place])
        gathered.add_growth(labels[column], sums)
    gathered.fold()
    gauges = {names.memory, _gauge_of(labels, names)}
    for column, one in enumerate(labels):
        if one.metric_name in gauges:
            gathered.add_gauge(one, _highest(values[:, column], step, inside, cut))


def _grown(
    ts_ms: Int64Array, values: FloatArray, up: FloatArray, first_ms: Int64Array
) -> FloatArray:
    """Return on-time growth at each sample, shape (r, n). Source: rules 1 to 4."""
    count = len(ts_ms)
    is_scrape = ~np.isnan(up)
    place = np.where(is_scrape, np.arange(count), -1)
    before = np.concatenate([[-1], np.maximum.accumulate(place)[:-1]])
    was_up = (before >= 0) & (up[np.maximum(before, 0)] == 1)
    since = np.where(was_up, ts_ms[np.maximum(before, 0)], NO_TIME)
    rows = RowContext(ts_ms, is_scrape, before, since, since, since)
    width = values.shape[1]
    state = CounterState(
        np.full(width, NO_TIME),
        np.zeros(width),
        np.zeros(width, np.bool_),
        first_ms,
    )
    grown, _ = growth(rows, values, None, state)
    on_time = grown.amount
    if grown.late is not None:
        on_time = np.where(grown.late, 0.0, on_time)
    return on_time


def _gauge_of(labels: Sequence[Labels], names: SignalPreset) -> str:
    there = {one.metric_name for one in labels}
    return next((name for name in names.in_flight if name in there), "")


def _highest(
    values: FloatArray, step: Int64Array, inside: BoolArray, cut: Cut
) -> FloatArray:
    """Return the highest sample of each step, NaN without one."""
    out = np.full(cut.steps, -np.inf)
    usable = inside & np.isfinite(values)
    np.maximum.at(out, step[usable], values[usable])
    return np.where(np.isinf(out), np.nan, out)


def _first(labels: Labels, names: Iterable[str]) -> str:
    return next((labels.get(name) for name in names if labels.get(name)), OTHER)


def _add(sums: dict[K, FloatArray], key: K, grown: FloatArray) -> None:
    sums[key] = sums[key] + grown if key in sums else grown


def _busiest(
    by_route: Mapping[str, FloatArray], is_seen: BoolArray
) -> dict[str, Values]:
    """Return the busiest routes, and the rest as one."""
    order = sorted(by_route, key=lambda r: (-float(by_route[r].sum()), r))
    order = [route for route in order if by_route[route].any()]
    out = {route: _told(by_route[route], is_seen) for route in order[:_MOST_ROUTES]}
    rest = order[_MOST_ROUTES:]
    if rest:
        total = np.sum([by_route[route] for route in rest], axis=0)
        out[OTHER] = _told(total, is_seen)
    return out


def _told(values: FloatArray, is_known: BoolArray) -> Values:
    pairs = zip(values.tolist(), is_known.tolist(), strict=True)
    return tuple(value if known else None for value, known in pairs)


def _last(values: Values) -> float | None:
    return next((v for v in reversed(values) if v is not None), None)
