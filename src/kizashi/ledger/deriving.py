"""The ledger, worked out from stored samples.

Starting, opening a generation and back-filling are the same thing: take the samples
after an edge, count them, close the slices. What a live scrape would have added, this
adds: both go through TargetTally.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.ledger.columns import ColumnPlan
from kizashi.ledger.counting import is_vast
from kizashi.ledger.matching import RuleIndex
from kizashi.ledger.scrapes import TargetHistory
from kizashi.ledger.sharing import Sharing
from kizashi.ledger.tally import Birth, EventCounts, NewSeries, Rows, TargetTally
from kizashi.ledger.tracked_target import TrackedTarget
from kizashi.ledger.unread import last_unread, unread
from kizashi.model.arrays import (
    BoolArray,
    FloatArray,
    Int64Array,
    UInt8Array,
    UInt16Array,
)
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import NEVER_MS
from kizashi.model.targets import TargetRecord
from kizashi.ports.samples import SampleReader
from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock, within
from kizashi.slo.slices import (
    BLOCK_SLICES,
    SeenSlices,
    SliceRange,
    first_slice,
    seen_of,
)
from kizashi.slo.windows import scrape_reach, slice_of

#: So many samples that count as none are stepped over: an hour of 15 seconds.
_MOST_VAST = 240


@dataclass(frozen=True, slots=True)
class DerivedSlices:
    """Consecutive closed slices of n objectives.

    Attributes:
        first: Number of the first slice.
        counts: Bad and valid events, shape (m, n, 2).
        seen: Seen shares, shape (m, n).
        state: State codes, shape (m, n).
        late: Late events by objective.
        births: Inferred births by objective.
    """

    first: int
    counts: FloatArray
    seen: UInt16Array
    state: UInt8Array
    late: Mapping[int, Sequence[LateEvents]]
    births: Mapping[int, Sequence[BirthNote]]

    def of(
        self, objective: int, start: int = 0, count: int | None = None
    ) -> SliceRange:
        """Return one objective's slices, from an offset on."""
        part = slice(start, None if count is None else start + count)
        return SliceRange(
            self.first + start,
            self.counts[part, objective, 0],
            self.counts[part, objective, 1],
            self.seen[part, objective],
            self.state[part, objective],
        )

    def block(self, objective: int, generation: int, number: int) -> SealedBlock:
        """Return one objective's block, with what belongs to its slices."""
        first = first_slice(number)
        part = self.of(objective, first - self.first, BLOCK_SLICES)
        return SealedBlock(
            generation,
            part,
            within(part.numbers, self.late.get(objective, ())),
            within(part.numbers, self.births.get(objective, ())),
        )


@dataclass(slots=True)
class Collected:
    """Late events and births by objective, filed under slices."""

    slice_ms: int
    late: defaultdict[int, list[LateEvents]] = field(
        default_factory=lambda: defaultdict(list)
    )
    births: defaultdict[int, list[BirthNote]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add_late(self, counts: EventCounts, row: int) -> None:
        """File the late events of one row."""
        if counts.late is None:
            return
        number = slice_of(int(counts.ts_ms[row]), self.slice_ms)
        by_objective: dict[int, list[float]] = {}
        events = counts.late[row].tolist()
        for out, amount in zip(counts.outs.tolist(), events, strict=True):
            if amount:
                by_objective.setdefault(out // 2, [0.0, 0.0])[out % 2] = amount
        for objective, (bad, valid) in by_objective.items():
            self.late[objective].append(LateEvents(number, bad, valid))

    def add_births(self, births: Iterable[Birth]) -> None:
        """File inferred births."""
        for birth in births:
            note = BirthNote(
                slice_of(birth.ts_ms, self.slice_ms),
                str(birth.labels),
                birth.amount,
                birth.reason,
            )
            self.births[birth.objective].append(note)


class Deriver:
    """Counts stored samples slice by slice for n objectives that share their jobs.

    Args:
        catalogue: What the store holds; only read.
        index: The objectives' rules.
        jobs: The jobs that coverage is measured on.
        slice_ms: Milliseconds of a slice.
        closed: The last slice that is closed already.

    Attributes:
        targets: The targets that count, by number.
        tail: Valid events of the newest closed slices, shape (b, n): set by what
            goes on from stored slices, so that a state does not depend on where the
            counting began.
    """

    def __init__(
        self,
        catalogue: TargetCatalogue,
        index: RuleIndex,
        *,
        jobs: Collection[str],
        slice_ms: int,
        closed: int,
    ) -> None:
        self._catalogue = catalogue
        self._samples = catalogue.samples
        self._index = index
        self._slice_ms = slice_ms
        self.closed = closed
        self._n = len(index.rules)
        self.targets: dict[int, TrackedTarget] = {}
        self.sharing = Sharing()
        for record in catalogue.targets:
            self._track(record, is_own=record.job_label in jobs)
        self.tail = np.zeros((self.longest_scrape_reach, self._n))

    @property
    def longest_scrape_reach(self) -> int:
        """How many slices 2.5 of the longest interval ever configured reach back."""
        return longest_scrape_reach(self._intervals_ms(), self._slice_ms)

    def _intervals_ms(self) -> set[int]:
        return {
            config.interval_ms
            for target in self.targets.values()
            for config in target.history.configs
        }

    def advance(self, last: int) -> DerivedSlices:
        """Close the slices after the newest up to one, and return them."""
        first, count = self.closed + 1, last - self.closed
        collected = Collected(self._slice_ms)
        counts = np.zeros((count, self._n, 2))
        start_ms, end_ms = self.closed * self._slice_ms + 1, last * self._slice_ms
        for told in self._counts(start_ms, end_ms):
            self._file(told, counts, collected)
        edges = np.arange(first, last + 1, dtype=np.int64) * self._slice_ms
        grew = self._grew(counts, collected, first)
        seen = see(self._index, self.targets.values(), edges, grew)
        shape = first, count, self._n
        damages = self._samples.damages()
        if damages:
            lost = unread(damages, self.targets, shape, self._slice_ms)
            seen.share[lost] = 0
        self.closed = last
        for target in self.targets.values():
            target.tally.forget_sightings(last * self._slice_ms)
        return DerivedSlices(
            first, counts, seen.share, seen.state, collected.late, collected.births
        )

    def rest(self, until_ms: int) -> list[EventCounts]:
        """Count what is stored of slices that are still open; they stay open."""
        return list(self._counts(self.closed * self._slice_ms + 1, until_ms))

    def _counts(self, start_ms: int, end_ms: int) -> Iterator[EventCounts]:
        """Yield what is stored of a span, counted.

        Target by target; those that expose the same series scrape by scrape, since
        each of its samples follows the newest one of any of them.
        """
        together: list[tuple[int, int, Rows]] = []
        for number, target in self.targets.items():
            if target.up is None:
                continue
            rows = self._read(number, target.up, start_ms, end_ms)
            if target.tally.has_shared:
                together += [(ts, number, row) for ts, row in _one_by_one(rows)]
            elif len(rows.ts_ms):
                yield target.tally.feed(rows)
        for _, number, rows in sorted(together, key=itemgetter(0, 1)):
            yield self.targets[number].tally.feed(rows)

    def _track(self, record: TargetRecord, *, is_own: bool) -> None:
        edge_ms = self.closed * self._slice_ms
        spans = list(self._catalogue.spans.get(record.id, ()))
        configs = list(self._catalogue.configs.get(record.id, ()))
        history = TargetHistory(configs, [from_ms for from_ms, _ in spans])
        tally = TargetTally(self._index, history, self.sharing)
        series = self._catalogue.series(record.id, self._index)
        added = extend_tally(tally, series, self._samples, edge_ms + 1)
        if not (is_own or added):
            return
        self.targets[record.id] = TrackedTarget(record, tally, spans, is_own)
        up = self._catalogue.up_series(record.id)
        if up is not None:
            self.targets[record.id].up = up
            self._resume(record.id, up, edge_ms)

    def _resume(self, target: int, up: int, edge_ms: int) -> None:
        """Tell a tally of the target's scrapes up to the edge."""
        tally = self.targets[target].tally
        last = self._samples.last_before(np.array([up], np.int64), edge_ms + 1).get(up)
        if last is None:
            return
        exposed = np.array(self._catalogue.exposed(target), np.int64)
        first_ms = self._samples.first_stored_ms(exposed)
        ever_ok = last[1] == 1 or bool((first_ms <= edge_ms).any())
        tally.resume(last[0], ok=last[1] == 1, ever_ok=ever_ok)
        since_ms = tally.history.seen_since_ms(edge_ms)
        lingering_ms = tally.reaches_back_ms()
        if lingering_ms is not None:
            since_ms = min(since_ms, lingering_ms)
        tally.recall(self._read(target, up, since_ms, edge_ms))

    def _read(self, target: int, up: int, start_ms: int, end_ms: int) -> Rows:
        wanted = self.targets[target].tally.wanted
        # An objective may count the scrapes themselves.
        series = wanted if up in wanted else np.append(wanted, up)
        ts, values = self._samples.read_matrix(target, series, start_ms, end_ms)
        at = int(np.flatnonzero(series == up)[0])
        # What is lost was not away: when it grew, nobody can tell within five minutes.
        for row in last_unread(self._samples.damages(), target, wanted, ts):
            values[row, at] = np.minimum(values[row, at], 0)
        if self._catalogue.running is not None:
            first_ms = self._catalogue.running.first_ms(target)
            has_landed = np.isnan(values[:, at]) | (ts < first_ms)
            ts, values = ts[has_landed], values[has_landed]
        return Rows(ts, values[:, at], values[:, : len(wanted)])

    def _file(
        self, told: EventCounts, counts: FloatArray, collected: Collected
    ) -> None:
        collected.add_births(told.births)
        first = self.closed + 1
        flat = counts.reshape(len(counts), -1)
        for row, when in enumerate(told.ts_ms.tolist()):
            flat[slice_of(when, self._slice_ms) - first, told.outs] += told.on_time[row]
            collected.add_late(told, row)

    def _grew(self, counts: FloatArray, collected: Collected, first: int) -> BoolArray:
        """Return where valid events of the slices up to each still make it live."""
        longest = self.longest_scrape_reach
        valid = counts[:, :, 1].copy()
        for objective, events in collected.late.items():
            for event in events:
                valid[event.slice - first, objective] += event.valid
        both = np.vstack([self.tail[max(0, len(self.tail) - longest + 1) :], valid])
        total = np.vstack([np.zeros((1, self._n)), np.cumsum(both, axis=0)])
        ends = np.arange(len(both) - len(valid), len(both)) + 1
        self.tail = both[max(0, len(both) - longest + 1) :]
        starts = np.maximum(ends - self._reaches_back(first, len(valid)), 0)
        grew: BoolArray = total[ends] - total[starts] > 0
        return grew

    def _reaches_back(self, first: int, count: int) -> Int64Array:
        """Return for each slice how many slices 2.5 intervals were then."""
        edges = np.arange(first, first + count, dtype=np.int64) * self._slice_ms
        if len(self._intervals_ms()) <= 1:
            return np.full(count, self.longest_scrape_reach, np.int64)
        slowest = np.zeros(count, np.int64)
        for target in self.targets.values():
            configs = target.history.configs
            if configs:
                began = np.array([c.from_ms for c in configs], np.int64)
                interval = np.array([c.interval_ms for c in configs], np.int64)
                then = np.searchsorted(began, edges, side="right") - 1
                slowest = np.maximum(slowest, interval[np.maximum(then, 0)])
        return scrape_reach(slowest, self._slice_ms)


def _one_by_one(rows: Rows) -> Iterator[tuple[int, Rows]]:
    """Yield each row by itself, with its time."""
    for row, ts_ms in enumerate(rows.ts_ms.tolist()):
        one = slice(row, row + 1)
        yield ts_ms, Rows(rows.ts_ms[one], rows.up[one], rows.values[one])


def see(
    index: RuleIndex,
    targets: Collection[TrackedTarget],
    edges_ms: Int64Array,
    grew: BoolArray,
) -> SeenSlices:
    """Return seen shares and states of slices that close.

    A target is seen where a scrape of it succeeded; by an objective that counts
    scrapes themselves, where one was made.

    Args:
        index: The objectives' rules.
        targets: The targets that count for n objectives.
        edges_ms: Closing edges, shape (m,).
        grew: Where valid events grew within 2.5 intervals, shape (m, n).

    Source: rules 11 and 12.
    """
    discovered, seen = np.zeros(len(edges_ms)), np.zeros(len(edges_ms))
    tried = np.zeros(len(edges_ms))
    present = np.zeros(grew.shape, np.bool_)
    first_ms = np.full(grew.shape[1], NEVER_MS, np.int64)
    for target in targets:
        first_ms = np.minimum(first_ms, target.tally.first_valid_ms())
        is_known = target.known(edges_ms)
        is_seen, holds = target.tally.sightings.at(edges_ms)
        present |= holds
        is_tried = is_seen
        if target.tally.attempts is not None:
            is_tried, holds = target.tally.attempts.at(edges_ms)
            present |= holds
        if target.counts_as_seen:
            discovered += is_known
            seen += is_seen * is_known
            tried += is_tried * is_known
    of_objectives = seen[:, None]
    if index.counts_scrapes is not None:
        of_objectives = np.where(index.counts_scrapes, tried[:, None], of_objectives)
    stored_before = edges_ms[:, None] >= first_ms[None, :]
    return seen_of(discovered, of_objectives, present, stored_before, grew)


def longest_scrape_reach(intervals_ms: Iterable[int], slice_ms: int) -> int:
    """Return how many slices 2.5 intervals of the slowest target cover, at least 1."""
    slowest = max(intervals_ms, default=slice_ms)
    return scrape_reach(slowest, slice_ms)


def extend_tally(
    tally: TargetTally,
    series: Iterable[tuple[int, Labels]],
    samples: SampleReader,
    before_ms: int,
    *,
    is_shown: bool = False,
) -> bool:
    """Make columns of a target's series that objectives count; return if there are any.

    Args:
        tally: The target's tally.
        series: The target's series, known ones among them.
        samples: Asked for the last sample of each that is new to the tally.
        before_ms: Time of the rows to come; samples before it are history.
        is_shown: Whether the series are on a page of that time, and stored with it,
            if only as NaN.
    """
    plan = tally.plan(series)
    if plan:
        ids = np.array([s.id for s in plan.counted], np.int64)
        created = np.array([number for number, _ in plan.created], np.int64)
        first_ms = samples.first_stored_ms(ids)
        created_ms = samples.first_stored_ms(created)
        last = _last_counted(plan, samples, ids[first_ms < before_ms], before_ms)
        if is_shown:
            first_ms = np.minimum(first_ms, before_ms)
            created_ms = np.minimum(created_ms, before_ms)
        new = [
            NewSeries(s.id, s.labels, first, last.get(s.id))
            for s, first in zip(plan.counted, first_ms.tolist(), strict=True)
        ]
        tally.extend(new, plan, created_ms.tolist())
    return bool(len(tally.wanted))


def _last_counted(
    plan: ColumnPlan, samples: SampleReader, ids: Int64Array, before_ms: int
) -> dict[int, tuple[int, float]]:
    """Return the last sample of each series that counts as one, before a time.

    A counter that is infinite, or too vast, has no sample there: what has
    counted without a break still knows the one before.
    """
    last = dict(samples.last_before(ids, before_ms))
    counters = {
        s.id for s in plan.counted if any(m.term.test is None for m in s.matches)
    }
    for _ in range(_MOST_VAST):
        vast = {n: last[n][0] for n in counters & last.keys() if is_vast(last[n][1])}
        if not vast:
            return last
        latest_ms = max(vast.values())
        these = np.array([n for n, at in vast.items() if at == latest_ms], np.int64)
        for number in these.tolist():
            del last[number]
        last.update(samples.last_before(these, latest_ms))
    return {n: f for n, f in last.items() if n not in counters or not is_vast(f[1])}
