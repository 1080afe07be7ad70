"""One target's samples in, its objectives' event counts per slice out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kizashi.ledger.columns import ColumnPlan, Columns
from kizashi.ledger.counting import NO_TIME, CounterState, RowContext, growth
from kizashi.ledger.gauges import Gauges
from kizashi.ledger.lingering import Lingering
from kizashi.ledger.matching import RuleIndex
from kizashi.ledger.pairing import CounterSamples, PairKey, PendingGrowth
from kizashi.ledger.scrapes import LastScrape, TargetHistory
from kizashi.ledger.sharing import Sharing
from kizashi.ledger.sightings import Sightings
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.slo.blocks import BirthReason
from kizashi.slo.intervals import LONGEST_BRIDGED_GAP_MS
from kizashi.slo.slices import LARGEST_COUNT

#: Scrapes take no time stamps that are farther back.
_LONGEST_LINGERING_MS = 600_000


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series that a target shows for the first time in this process.

    Attributes:
        id: Its number in the store.
        labels: Its labels.
        first_ms: Time of its first sample ever stored.
        last: Time (Unix milliseconds) and value of its last sample before the rows to
            come, or None.
    """

    id: int
    labels: Labels
    first_ms: int
    last: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples of one target, lined up by time.

    Attributes:
        ts_ms: Strictly increasing, shape (r,).
        up: 1 for a scrape that succeeded, 0 for one that failed, NaN where the row
            holds explicit time stamps only; shape (r,).
        values: One column for each of `TargetTally.wanted`, shape (r, w); NaN where a
            series has no sample.
    """

    ts_ms: Int64Array
    up: FloatArray
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Birth:
    """A series taken for born at zero without a created time to prove it."""

    ts_ms: int
    objective: int
    labels: Labels
    amount: float
    reason: BirthReason


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Events of the objectives a target feeds.

    Attributes:
        ts_ms: Time of each row, shape (r,).
        outs: Which counts the columns are: 2i is objective i's bad, 2i + 1 its valid.
        on_time: Events that belong to the slice of the row, shape (r, len(outs)).
        late: Events whose slice nobody knows, same shape; None when there are none.
        births: Inferred births, in order.
    """

    ts_ms: Int64Array
    outs: Int64Array
    on_time: FloatArray
    late: FloatArray | None
    births: tuple[Birth, ...] = ()


@dataclass(slots=True)
class TargetTally:
    """Counts what the series of one target add to many objectives.

    Columns only ever grow, except in `forget`. The same rows in pieces of any size
    give the same counts.

    Attributes:
        index: The objectives' rules.
        history: How and since when the target is scraped.
        sharing: Who exposes which series, among the targets that count for the same
            objectives.
    """

    index: RuleIndex
    history: TargetHistory = field(default_factory=TargetHistory)
    sharing: Sharing = field(default_factory=Sharing)
    #: Columns of series that others expose as well, and their numbers, as of a version.
    _shared: list[tuple[int, int]] = field(init=False, default_factory=list)
    _shared_version: int = field(init=False, default=0)
    _columns: Columns = field(init=False)
    _state: CounterState = field(init=False, default_factory=CounterState.empty)
    _last: LastScrape = field(init=False, default_factory=LastScrape)
    _between: BoolArray = field(init=False)
    _lingering: Lingering = field(init=False)
    #: Growth of a histogram's threshold or total that waits for the other's.
    _waiting: dict[PairKey, PendingGrowth] = field(init=False, default_factory=dict)
    _first_valid_ms: Int64Array = field(init=False)
    #: Its successful scrapes.
    sightings: Sightings = field(init=False)
    #: All its scrapes, where some objective counts these; else None.
    attempts: Sightings | None = field(init=False, default=None)
    #: When all columns last had a sample together; NO_TIME when they had not.
    _even_ms: int = field(init=False, default=NO_TIME)
    #: For which objectives a row holds valid series that has all columns, shape (n,).
    _whole: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        self._columns = Columns(self.index)
        self.sightings = Sightings(len(self.index.rules))
        if self.index.counts_scrapes is not None:
            self.attempts = Sightings(len(self.index.rules))
        self._between = np.zeros(len(self.index.rules), np.bool_)
        self._lingering = Lingering()
        self._whole = self._between
        self._first_valid_ms = self._columns.first_valid_ms(np.empty(0, np.int64))

    @property
    def wanted(self) -> Int64Array:
        """Numbers of the series that `feed` takes values of, in column order."""
        return self._columns.wanted

    @property
    def previous_ms(self) -> int:
        """Time of the target's newest scrape, NO_TIME before the first."""
        return self._last.ts_ms

    def plan(self, series: Iterable[tuple[int, Labels]]) -> ColumnPlan:
        """Return which of a target's series would become columns; changes nothing."""
        return self._columns.plan(series)

    def extend(
        self,
        series: Sequence[NewSeries],
        plan: ColumnPlan,
        created_first_ms: Sequence[int],
    ) -> None:
        """Make columns of new series.

        Args:
            series: Those that the plan counts.
            plan: What they become.
            created_first_ms: When its created times were first stored, one by one.
        """
        self._columns.extend(plan, created_first_ms)
        self._even_ms = NO_TIME
        state = self._state
        self._state = CounterState(
            np.append(
                state.last_ms, [s.last[0] if s.last else NO_TIME for s in series]
            ),
            np.append(state.last_value, [s.last[1] if s.last else 0.0 for s in series]),
            # A series that the target showed at its scrape before this process began
            # continues; whether it did is decided by resume().
            np.append(state.present, np.zeros(len(series), np.bool_)),
            np.append(state.first_ms, [s.first_ms for s in series]),
        )
        self._lingering.extend(len(series))
        self.sharing.join(self, [s.id for s in series])

    @property
    def has_shared(self) -> bool:
        """Whether any of its series is exposed by another target too."""
        return bool(self._shared_columns())

    def newest(self, series: int) -> tuple[int, float]:
        """Return time and value of a series' last sample; NO_TIME without any."""
        column = int(np.flatnonzero(self._columns.wanted == series)[0])
        state = self._state
        return int(state.last_ms[column]), float(state.last_value[column])

    def resume(self, ts_ms: int, *, ok: bool, ever_ok: bool) -> None:
        """Go on after a scrape of an earlier process.

        Args:
            ts_ms: Time of the target's last scrape before the rows to come.
            ok: Whether it succeeded.
            ever_ok: Whether any scrape before succeeded.
        """
        config = self.history.config_at(ts_ms)
        self._last = LastScrape(ts_ms, ok, config.fingerprint, ever_ok)
        self._state.present = self._state.last_ms == ts_ms
        self._even_ms = NO_TIME

    def recall(self, rows: Rows) -> None:
        """Note what rows that were counted by an earlier process leave to be known."""
        counted = rows.values[:, : self._columns.counted]
        self._sight(rows, counted)
        self._await(rows, counted)

    def _await(self, rows: Rows, counted: FloatArray) -> None:
        """Note what of a histogram waits for its other counter after some rows."""
        count, none = len(rows.ts_ms), np.full(len(rows.ts_ms), NO_TIME)
        if not count:
            return
        last_ms = np.full(counted.shape[1], NO_TIME, np.int64)
        state = CounterState(
            last_ms, np.zeros(len(last_ms)), self._state.present, last_ms
        )
        context = RowContext(rows.ts_ms, ~np.isnan(rows.up), none, none, none, none)
        grown, _ = growth(context, counted, None, state)
        samples = CounterSamples(rows.ts_ms, counted, last_ms, grown)
        self._columns.pairs.count(samples, self._waiting)

    def reaches_back_ms(self) -> int | None:
        """Return when the oldest series that may still linger had its last sample.

        None where all that were there lately were there at the last scrape. Older ones
        cannot linger: their time stamps are out of bounds by now.
        """
        last_ms = self._state.last_ms
        oldest_ms = self._last.ts_ms - _LONGEST_LINGERING_MS
        doubtful = last_ms[~self._state.present & (last_ms >= oldest_ms)]
        return int(np.min(doubtful)) if len(doubtful) else None

    def feed(self, rows: Rows) -> EventCounts:
        """Count the rows, which are later than all rows before; note the sightings."""
        self._columns.note_starts(rows.ts_ms, rows.values)
        return self._feed_even(rows) or self._feed_any(rows)

    def _feed_even(self, rows: Rows) -> EventCounts | None:
        """Count a scrape that has all columns, like the one before it, or return None.

        Nearly every live scrape is one: nothing is born, nothing is late, and a third
        of the work is left.
        """
        if self._shared_columns():
            return None
        columns, state = self._columns, self._state
        ts, even_ms = int(rows.ts_ms[0]), self._even_ms
        is_even = even_ms < ts <= even_ms + LONGEST_BRIDGED_GAP_MS
        if not is_even or len(rows.ts_ms) != 1 or rows.up[0] != 1:
            return None
        values = rows.values[0, : columns.counted]
        is_whole = bool((np.abs(values) <= LARGEST_COUNT).all())
        if not is_whole or self._between.any():
            return None
        step = values - state.last_value
        if columns.pairs.restart(step):
            return None
        amount = np.where(step < 0, values, step)
        there = state.present[None, :]
        on_time, _ = columns.sums(amount[None, :], None)
        if columns.gauges is not None:
            told = columns.gauges.sums(values[None, :], there)
            on_time = np.hstack([on_time, told])
        state.last_ms = np.full(len(values), ts, np.int64)
        state.last_value = values
        config = self.history.config_at(ts)
        self._last = LastScrape(
            ts, ok=True, fingerprint=config.fingerprint, ever_ok=True
        )
        self._even_ms = ts
        self.sightings.record(ts, config.interval_ms, self._whole)
        if self.attempts is not None:
            self.attempts.record(ts, config.interval_ms, self._whole)
        return EventCounts(rows.ts_ms, columns.outs, on_time, None)

    def _feed_any(self, rows: Rows) -> EventCounts:
        columns = self._columns
        counted = rows.values[:, : columns.counted]
        self._follow_others()
        started = columns.started_ms(rows.values)
        context, self._last = self.history.context(
            rows.ts_ms, rows.up, started, self._last
        )
        before_ms = self._state.last_ms
        grown, self._state = growth(
            context, counted, columns.created(rows.values), self._state
        )
        samples = CounterSamples(rows.ts_ms, counted, before_ms, grown)
        together = columns.pairs.count(samples, self._waiting)
        on_time, late = columns.sums(grown.amount, grown.late, together)
        if columns.gauges is not None:
            told = self._gauge_events(columns.gauges, rows, before_ms)
            on_time = np.hstack([on_time, told])
            if late is not None:
                late = np.hstack([late, np.zeros_like(told)])
        self._sight(rows, counted)
        self._note_even(int(rows.ts_ms[-1]))
        births = tuple(
            Birth(int(rows.ts_ms[r]), o, columns.labels[c], amount, reason)
            for (r, c), reason in zip(grown.births.tolist(), grown.reasons, strict=True)
            for o in columns.objectives_of(c)
            if (amount := columns.added(o, (r, c), grown.amount, together))
        )
        return EventCounts(rows.ts_ms, columns.outs, on_time, late, births)

    def _shared_columns(self) -> list[tuple[int, int]]:
        if self._shared_version != self.sharing.version:
            self._shared_version = self.sharing.version
            numbers = enumerate(self._columns.wanted[: self._columns.counted].tolist())
            is_shared = self.sharing.is_shared
            self._shared = [(c, number) for c, number in numbers if is_shared(number)]
        return self._shared

    def _follow_others(self) -> None:
        """Let samples of shared series follow the newest one of any target."""
        if not self._shared_columns():
            return
        state = self._state
        state.last_ms, state.last_value = state.last_ms.copy(), state.last_value.copy()
        for column, number in self._shared:
            state.last_ms[column], state.last_value[column] = self.sharing.newest(
                number
            )

    def _gauge_events(
        self, gauges: Gauges, rows: Rows, before_ms: Int64Array
    ) -> FloatArray:
        """Return the events of the gauges, shape (r, len(gauges.outs)).

        A sample not later than the series' last one is a repetition. Infinities are
        samples of a gauge, though not of a counter.
        """
        values = rows.values[:, : self._columns.counted]
        there = ~np.isnan(values)
        there &= rows.ts_ms[:, None] > before_ms
        last_ms = np.where(there, rows.ts_ms[:, None], NO_TIME).max(axis=0)
        state, columns = self._state, gauges.columns
        state.last_ms = state.last_ms.copy()
        state.last_ms[columns] = np.maximum(state.last_ms, last_ms)[columns]
        return gauges.sums(values, there)

    def _present(self, counted: FloatArray) -> BoolArray:
        """Return for which objectives each row holds valid series, shape (r, n)."""
        there = np.abs(counted) <= LARGEST_COUNT
        if self._columns.gauges is not None:
            columns = self._columns.gauges.columns
            there[:, columns] = ~np.isnan(counted[:, columns])
        return self._columns.present(there)

    def _note_even(self, ts_ms: int) -> None:
        state = self._state
        is_even = len(state.last_ms) > 0 and bool(
            state.present.all() and (state.last_ms == ts_ms).all()
        )
        self._even_ms = ts_ms if is_even else NO_TIME
        if is_even:
            self._whole = self._columns.present(state.present[None, :])[0]

    def first_valid_ms(self) -> Int64Array:
        """Return when each objective's valid series were first stored, shape (n,)."""
        now = self._columns.first_valid_ms(self._state.first_ms)
        return np.minimum(self._first_valid_ms, now)

    @property
    def columns(self) -> Columns:
        """Its columns, to be looked at."""
        return self._columns

    def forget_sightings(self, edge_ms: int) -> None:
        """Drop what no slice that closes after an edge can need."""
        self.sightings.forget(edge_ms)
        if self.attempts is not None:
            self.attempts.forget(edge_ms)

    def forget(self, before_ms: int) -> None:
        """Drop columns of series gone since before a time; a return re-reads them."""
        gone = (self._state.last_ms < before_ms) & ~self._state.present
        if not gone.any():
            return
        self._first_valid_ms = self.first_valid_ms()
        keep = np.flatnonzero(~gone)
        self.sharing.leave(self, self._columns.wanted[np.flatnonzero(gone)].tolist())
        self._shared_version = -1
        self._columns.keep(keep)
        state = self._state
        self._state = CounterState(
            state.last_ms[keep],
            state.last_value[keep],
            state.present[keep],
            state.first_ms[keep],
        )
        self._lingering.keep(keep)

    def _sight(self, rows: Rows, counted: FloatArray) -> None:
        present, lingering = self._present(counted), self._lingering
        is_plain = not lingering.columns.any() and not np.isnan(rows.up).any()
        for row in range(len(rows.ts_ms)):
            ts, up = int(rows.ts_ms[row]), rows.up[row]
            if not is_plain:
                lingering.step(counted[row], is_scrape=not np.isnan(up))
            if np.isnan(up):
                # Explicit time stamps: they were read by the scrape that follows.
                self._between |= present[row]
                continue
            interval_ms = self.history.config_at(ts).interval_ms
            held = present[row] | self._between
            if self.attempts is not None:
                self.attempts.record(ts, interval_ms, held)
            if up == 1:
                if lingering.columns.any():
                    held |= self._columns.present(lingering.columns[None, :])[0]
                self.sightings.record(ts, interval_ms, held)
                self._between = np.zeros_like(self._between)
