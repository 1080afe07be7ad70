"""Which columns of a target's samples add to which objectives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.ledger.created import CreatedTimes
from kizashi.ledger.gauges import GaugeEntry, Gauges
from kizashi.ledger.matching import EdgeMatch, RuleIndex, TermMatch
from kizashi.ledger.pairing import CounterPair, CounterPairs, PairKey, Together
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.sli._base import EDGE_LABEL
from kizashi.slo.starts import Starts

PROCESS_START = "process_start_time_seconds"

_NO_SAMPLE_EVER = 2**62

#: In the year 33658; what a target claims beyond it does not fit milliseconds.
_LAST_TIME_S = 1e12


@dataclass(frozen=True, slots=True)
class PlannedSeries:
    """A new series that some objective counts."""

    id: int
    labels: Labels
    matches: tuple[TermMatch, ...]


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """New series of a target, sorted by what they are good for.

    Attributes:
        counted: Series that objectives count.
        created: Series that hold created times, of the names of those of counted
            ones: id and labels.
        start: Number of the process' start time series, or None.
        edges: Buckets at other edges than a threshold, by histogram.
    """

    counted: tuple[PlannedSeries, ...]
    created: tuple[tuple[int, Labels], ...]
    start: int | None
    edges: tuple[tuple[EdgeMatch, Labels], ...]

    def __bool__(self) -> bool:
        return bool(self.counted or self.created or self.start is not None)


@dataclass(frozen=True, slots=True)
class Edges:
    """Of which objectives the histograms of a target have the threshold.

    Attributes:
        missing: The edges of a histogram that lacks it, by objective.
        there: The objectives of which some histogram has it.
    """

    missing: Mapping[int, tuple[float, ...]]
    there: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One column's part in one count."""

    out: int
    column: int
    weight: int
    pair: PairKey | None = None


class Columns:
    """The columns of one target. Counted series come first, then the helpers."""

    def __init__(self, index: RuleIndex) -> None:
        self._index = index
        self.labels: list[Labels] = []
        self._ids: list[int] = []
        self._matches: list[tuple[TermMatch, ...]] = []
        self._created_ids: list[int] = []
        self._created_first_ms: list[int] = []
        self._created_at: dict[Labels, int] = {}
        self._start: int | None = None
        self._edges: dict[tuple[int, Labels], set[float]] = {}
        self._known: set[int] = set()
        #: When the target's process began, scrape by scrape.
        self.starts = Starts()
        self._rebuild()

    @property
    def counted(self) -> int:
        """How many of the columns are counted; the others help."""
        return len(self._ids)

    def plan(self, series: Iterable[tuple[int, Labels]]) -> ColumnPlan:
        """Return what new series would become; changes nothing."""
        counted, created, edges = [], [], []
        start = None
        for number, labels in series:
            if number in self._known:
                continue
            matches, others = self._index.matches(labels)
            if matches:
                counted.append(PlannedSeries(number, labels, tuple(matches)))
            edges += [(other, _histogram(labels)) for other in others]
            name = labels.metric_name
            if name.endswith("_created"):
                created.append((number, labels))
            elif name == PROCESS_START and self._start is None:
                start = number
        wanted = {created_labels(s.labels).metric_name for s in counted}
        wanted |= self._created_names
        return ColumnPlan(
            tuple(counted),
            tuple(c for c in created if c[1].metric_name in wanted),
            start,
            tuple(edges),
        )

    def extend(self, plan: ColumnPlan, created_first_ms: Iterable[int]) -> None:
        """Make columns of what was planned.

        Args:
            plan: What.
            created_first_ms: When each of its created times was first stored.
        """
        for series in plan.counted:
            self._ids.append(series.id)
            self.labels.append(series.labels)
            self._matches.append(series.matches)
            self._known.add(series.id)
        self._created_first_ms += created_first_ms
        for number, labels in plan.created:
            self._created_at[labels] = len(self._created_ids)
            self._created_ids.append(number)
            self._known.add(number)
        if plan.start is not None:
            self._start = plan.start
            self._known.add(plan.start)
        for edge, histogram in plan.edges:
            self._edges.setdefault((edge.objective, histogram), set()).add(edge.edge)
        self._rebuild()

    def keep(self, columns: Int64Array) -> None:
        """Drop every counted column but those named."""
        kept = columns.tolist()
        self._known -= set(self._ids)
        self._ids = [self._ids[c] for c in kept]
        self._known |= set(self._ids)
        self.labels = [self.labels[c] for c in kept]
        self._matches = [self._matches[c] for c in kept]
        self._rebuild()

    def feeds(self, series: int | None) -> set[int]:
        """Return the objectives that a series counts for; None stands for any of them.

        What helps to count others is taken for all of these.
        """
        if series is not None and series not in self._known:
            return set()
        own = [m for n, m in zip(self._ids, self._matches, strict=True) if n == series]
        return {match.objective for some in own or self._matches for match in some}

    def objectives_of(self, column: int) -> Sequence[int]:
        """Return the objectives that count a column's growth, each once."""
        matches = self._matches[column]
        return sorted({m.objective for m in matches if m.term.test is None})

    def created(self, values: FloatArray) -> CreatedTimes | None:
        """Return the created times on some pages, None where there are none."""
        if not self._created_ids:
            return None
        given = values[:, self.counted : self.counted + len(self._created_ids)]
        return CreatedTimes(
            _seconds_ms(given),
            self._created_first,
            self._created_name,
            self._created_of,
        )

    def started_ms(self, values: FloatArray) -> FloatArray:
        """Return when the target's process started, shape (r,); NaN where unknown."""
        if self._start is None:
            return np.full(len(values), np.nan)
        return _seconds_ms(values[:, self.counted + len(self._created_ids)])

    def note_starts(self, ts_ms: Int64Array, values: FloatArray) -> None:
        """Take note of when the target's process started, as each row says."""
        if self._start is None:
            return
        told = values[:, self.counted + len(self._created_ids)]
        for at_ms, started_s in zip(ts_ms.tolist(), told.tolist(), strict=True):
            self.starts.note(at_ms, started_s)

    @property
    def objectives(self) -> frozenset[int]:
        """The objectives that the target counts for."""
        return frozenset((self.outs // 2).tolist())

    def sums(
        self,
        amount: FloatArray,
        late: BoolArray | None,
        together: Sequence[Together] = (),
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return the growth of each count in `outs` but the gauges', on time and late.

        Args:
            amount: Growth, shape (r, counted).
            late: Where it is late, same shape, or None.
            together: What pairs add instead.

        Returns:
            Events on time, shape (r, g), and late ones or None; g is len(outs) without
            those of the gauges, which come last.
        """
        if not len(self._starts):
            return np.zeros((len(amount), 0)), None
        part = amount[:, self._column] * self._weight
        is_late = None if late is None else late[:, self._column]
        for pair in together:
            for entry, column in self._paired[pair.key]:
                part[:, entry] = pair.amount[column] * self._weight[entry]
                if is_late is not None:
                    is_late[:, entry] = pair.late
        if is_late is None:
            return np.add.reduceat(part, self._starts, axis=1), None
        return (
            np.add.reduceat(np.where(is_late, 0.0, part), self._starts, axis=1),
            np.add.reduceat(np.where(is_late, part, 0.0), self._starts, axis=1),
        )

    def added(
        self,
        objective: int,
        cell: tuple[int, int],
        amount: FloatArray,
        together: Sequence[Together],
    ) -> float:
        """Return what a cell's growth adds to an objective, whatever its sign.

        Args:
            objective: One that counts the cell's column.
            cell: Row and column.
            amount: Growth, shape (r, counted).
            together: What pairs add instead.
        """
        row, column = cell
        if self._index.rules[objective].threshold is not None:
            key = objective, _histogram(self.labels[column])
            if key not in self._paired:
                return 0.0
            for pair in together:
                if pair.key == key:
                    return float(pair.amount[column][row])
        return float(amount[row, column])

    def present(self, there: BoolArray) -> BoolArray:
        """Return for which objectives each row holds valid series, shape (r, n)."""
        held = np.zeros((len(there), len(self._index.rules)), np.bool_)
        if len(self._valid_objectives):
            any_there = np.logical_or.reduceat(
                there[:, self._valid_column], self._valid_starts, axis=1
            )
            held[:, self._valid_objectives] = any_there
        return held

    def first_valid_ms(self, first_ms: Int64Array) -> Int64Array:
        """Return when each objective's valid series were first stored, shape (n,)."""
        first = np.full(len(self._index.rules), _NO_SAMPLE_EVER, np.int64)
        if len(self._valid_objectives):
            first[self._valid_objectives] = np.minimum.reduceat(
                first_ms[self._valid_column], self._valid_starts
            )
        return first

    def _rebuild(self) -> None:
        self.wanted = np.array(
            [
                *self._ids,
                *self._created_ids,
                *([] if self._start is None else [self._start]),
            ],
            np.int64,
        )
        created = [created_labels(labels) for labels in self.labels]
        self._created_names = {c.metric_name for c in created}
        none = len(self._created_ids)
        names = {c.metric_name: n for n, c in enumerate(self._created_at)}
        self._created_name = np.array(
            [names[c.metric_name] for c in self._created_at], np.int64
        )
        self._created_first = np.array(self._created_first_ms, np.int64)
        self._created_of = np.array(
            [self._created_at.get(c, none) for c in created], np.int64
        )
        entries, valid = self._entries()
        self._paired: dict[PairKey, list[tuple[int, int]]] = {}
        for number, entry in enumerate(entries):
            if entry.pair is not None:
                self._paired.setdefault(entry.pair, []).append((number, entry.column))
        outs, self._starts = _runs([e.out for e in entries])
        #: The columns whose samples are events; None where there are none.
        self.gauges = Gauges(gauges) if (gauges := self._gauge_entries()) else None
        self.outs = outs if self.gauges is None else np.append(outs, self.gauges.outs)
        self._column = np.array([e.column for e in entries], np.int64)
        self._weight = np.array([e.weight for e in entries], np.float64)
        self._valid_objectives, self._valid_starts = _runs([o for o, _ in valid])
        self._valid_column = np.array([c for _, c in valid], np.int64)

    def _entries(self) -> tuple[list[_Entry], list[tuple[int, int]]]:
        """Return each column's parts by count, and the valid columns by objective."""
        entries: list[_Entry] = []
        valid: list[tuple[int, int]] = []
        sides: dict[PairKey, tuple[list[int], list[int]]] = {}
        for column, matches in enumerate(self._matches):
            for match in matches:
                objective, term = match.objective, match.term
                if term.to_valid:
                    valid.append((objective, column))
                if term.test is not None:
                    continue
                if self._index.rules[objective].threshold is not None:
                    key = objective, _histogram(self.labels[column])
                    both = sides.setdefault(key, ([], []))
                    both[1 if term.to_valid else 0].append(column)
                    continue
                entries += _entries_of(match, column)
        pairs = [
            CounterPair(key, tuple(thresholds), tuple(totals))
            for key, (thresholds, totals) in sides.items()
            if thresholds and totals
        ]
        self.pairs = CounterPairs(pairs)
        missing = {
            key[0]: tuple(sorted(self._edges.get(key, set())))
            for key, (thresholds, _) in sides.items()
            if not thresholds
        }
        self.edges = Edges(missing, frozenset(pair.key[0] for pair in pairs))
        for pair in pairs:
            key = pair.key
            entries += [_Entry(2 * key[0], c, -1, key) for c in pair.thresholds]
            for c in pair.totals:
                entries += [_Entry(2 * key[0] + n, c, 1, key) for n in (0, 1)]
        return sorted(entries, key=lambda e: (e.out, e.column)), sorted(valid)

    def _gauge_entries(self) -> list[GaugeEntry]:
        return [
            GaugeEntry(match.objective, column, match.term.test)
            for column, matches in enumerate(self._matches)
            for match in matches
            if match.term.test is not None
        ]


def _entries_of(match: TermMatch, column: int) -> list[_Entry]:
    """Return what a column adds to bad and valid."""
    out, term = 2 * match.objective, match.term
    entries = [_Entry(out + 1, column, 1)] if term.to_valid else []
    if term.to_bad:
        entries.append(_Entry(out, column, term.to_bad))
    return entries


def created_labels(labels: Labels) -> Labels:
    """Return the labels of the OpenMetrics series that holds a series' created time.

    Source: OpenMetrics 1.0, "Created": the family's name with ``_created``, without
    the label that tells buckets or quantiles apart.
    """
    name = labels.metric_name
    for suffix in ("_total", "_bucket", "_count", "_sum"):
        if name.endswith(suffix):
            name = name.removesuffix(suffix)
            break
    kept = [p for p in labels.pairs if p[0] not in {EDGE_LABEL, "quantile"}]
    return Labels([*kept, (METRIC_NAME, f"{name}_created")])


def _seconds_ms(seconds: FloatArray) -> FloatArray:
    """Return seconds as milliseconds; what is no time becomes an ordinary NaN."""
    is_time = np.abs(seconds) <= _LAST_TIME_S
    quiet: FloatArray = np.where(is_time, seconds, np.nan) * 1000.0
    return quiet


def _histogram(labels: Labels) -> Labels:
    return labels.without(EDGE_LABEL)


def _runs(keys: Sequence[int]) -> tuple[Int64Array, Int64Array]:
    """Return the distinct keys of a sorted list and where each begins."""
    distinct, starts = np.unique(np.array(keys, np.int64), return_index=True)
    return distinct, starts.astype(np.int64)
