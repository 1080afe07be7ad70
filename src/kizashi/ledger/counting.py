"""Growth of counters, sample by sample: rules 1 to 4 of the ledger.

Everything here works on a block: the samples of some series of one target, lined up
by time, NaN where a series has no sample. A live scrape is a block of one row; a
derivation from stored samples is a block of many. Both give the same growth.
"""

from dataclasses import dataclass

import numpy as np

from kizashi.ledger.created import CreatedTimes
from kizashi.model.arrays import BoolArray, FloatArray, Int64Array
from kizashi.slo.blocks import BirthReason
from kizashi.slo.intervals import LONGEST_BRIDGED_GAP_MS
from kizashi.slo.slices import LARGEST_COUNT

#: A series cannot have begun after its sample, but its clock may be ahead of ours, or
#: behind.
LARGEST_CLOCK_SKEW_MS = 600_000

#: Stands for "no such time" in arrays of times.
NO_TIME = -(2**62)


def is_vast(value: float) -> bool:
    """Return whether a value is no count of events: infinite, NaN or too large."""
    return not abs(value) <= LARGEST_COUNT


@dataclass(slots=True)
class CounterState:
    """What the next block needs to know of each series, shape (n,) throughout.

    Attributes:
        last_ms: Time of its last sample, NO_TIME where it has none.
        last_value: That sample's value; undefined without one.
        present: Whether it was in the target's previous scrape.
        first_ms: Time of its first sample ever stored; a time not before the block
            where it was never stored.
    """

    last_ms: Int64Array
    last_value: FloatArray
    present: BoolArray
    first_ms: Int64Array

    @classmethod
    def empty(cls) -> "CounterState":
        """Return the state of no series."""
        return cls(
            np.empty(0, np.int64),
            np.empty(0, np.float64),
            np.empty(0, np.bool_),
            np.empty(0, np.int64),
        )


@dataclass(frozen=True, slots=True)
class RowContext:
    """What is known of each row's scrape, shape (r,) throughout.

    Attributes:
        ts_ms: Time of the samples, strictly increasing.
        scrape: Whether the row is a scrape (and not explicit time stamps between).
        previous: Row of the target's scrape before this one; -1 where that lies
            before the block.
        birth_from_ms: A series that appears with a created time after this one counts
            from zero: the previous scrape's time, or the discovery of a target that
            was never scraped successfully.
        inferred_since_ms: Where a series that was never stored may be taken for born
            at zero: the time since when; else NO_TIME.
        away_since_ms: Where the previous scrape succeeded under the configuration of
            this one, so that what it did not show was away: its time; else NO_TIME.
    """

    ts_ms: Int64Array
    scrape: BoolArray
    previous: Int64Array
    birth_from_ms: Int64Array
    inferred_since_ms: Int64Array
    away_since_ms: Int64Array


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth of each series at each sample.

    Attributes:
        amount: Shape (r, n); 0 where there is no sample and at a baseline.
        told: Shape (r, n), where a sample tells growth: it is no baseline.
        late: Shape (r, n), where nobody can tell within 5 minutes when it grew; None
            when it nowhere did.
        births: Row and column of every birth that was inferred, shape (k, 2).
        reasons: Why it was, by birth.
        there: Shape (r, n), where there is a sample.
        before_ms: Shape (r, n), the time of the sample before; NO_TIME without one.
        fell: Shape (r, n), where the counter has restarted.
    """

    amount: FloatArray
    told: BoolArray
    late: BoolArray | None
    births: Int64Array
    reasons: tuple[BirthReason, ...]
    there: BoolArray
    before_ms: Int64Array
    fell: BoolArray


def growth(
    rows: RowContext,
    values: FloatArray,
    created: CreatedTimes | None,
    state: CounterState,
) -> tuple[Growth, CounterState]:
    """Return the growth in a block and the state after it.

    Args:
        rows: The rows' context, r of them.
        values: Shape (r, n), NaN where there is no sample. A NaN or infinity that was
            scraped, a staleness marker and what exceeds LARGEST_COUNT are no samples
            of a counter either.
        created: Created times; None when the target gives none.
        state: State before the block, n series.

    Returns:
        The growth, and the state after the block.

    Source: rules 1 (attribution), 2 (resets), 3 (births) and 4 (gaps).
    """
    # A sample not later than the series' last one is a repetition, not growth.
    there = np.abs(values) <= LARGEST_COUNT
    there &= rows.ts_ms[:, None] > state.last_ms
    before_ms, before_value = _sample_before(rows.ts_ms, values, there, state)
    known = there & (before_ms != NO_TIME)
    with np.errstate(invalid="ignore"):
        step = values - before_value
        fell = known & (step < 0)
        amount = np.where(known, np.where(fell, values, step), 0.0)
    since_ms = before_ms
    appears = there & ~_present_before(rows, there, state, before_ms)
    births = np.empty((0, 2), np.int64)
    reasons: tuple[BirthReason, ...] = ()
    if appears.any():
        row, column = np.nonzero(appears)
        own = None if created is None else created.of(row, column)
        none = np.full(len(row), np.nan)
        at = values[row, column], before_ms[row, column], none if own is None else own
        cells = _Cells(row, column, *at)
        told, inferred = _births(rows, cells, created, state)
        since_ms = before_ms.copy()
        since_ms[row, column] = _grown_since(rows, cells, told, inferred)
        born = inferred | told
        amount[row[born], column[born]] = cells.value[born]
        known[row[born], column[born]] = True
        births = np.column_stack([row[inferred], column[inferred]])
        reasons = _reasons(rows, cells, inferred)
    late = there & (since_ms != NO_TIME) & (amount != 0)
    late &= rows.ts_ms[:, None] - since_ms > LONGEST_BRIDGED_GAP_MS
    found = late if late.any() else None
    told_of = amount, known, found, births, reasons, there, before_ms, fell
    return Growth(*told_of), _state_after(rows, values, there, state)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Samples of series that appear, shape (k,) throughout."""

    row: Int64Array
    column: Int64Array
    value: FloatArray
    before_ms: Int64Array
    created_ms: FloatArray


def _sample_before(
    ts_ms: Int64Array, values: FloatArray, there: BoolArray, state: CounterState
) -> tuple[Int64Array, FloatArray]:
    """Return time and value of the sample before each cell, shape (r, n) both."""
    count = len(ts_ms)
    if count == 1:
        return state.last_ms[None, :], state.last_value[None, :]
    index = np.where(there, np.arange(count)[:, None], -1)
    index = np.maximum.accumulate(index, axis=0)
    index = np.vstack([np.full((1, values.shape[1]), -1), index[:-1]])
    in_block = index >= 0
    index = np.maximum(index, 0)
    ms = np.where(in_block, ts_ms[index], state.last_ms[None, :])
    value = np.where(
        in_block, np.take_along_axis(values, index, axis=0), state.last_value[None, :]
    )
    return ms, value


def _present_before(
    rows: RowContext, there: BoolArray, state: CounterState, before_ms: Int64Array
) -> BoolArray:
    """Return whether each cell's series was in the target's previous scrape.

    Samples with explicit time stamps lie between scrapes; for them it is enough that
    the series is known.
    """
    in_block = rows.previous >= 0
    present = np.where(
        in_block[:, None], there[np.maximum(rows.previous, 0)], state.present[None, :]
    )
    if not rows.scrape.all():
        between = ~rows.scrape
        present[between] = np.broadcast_to(before_ms, there.shape)[between] != NO_TIME
    return present


def _births(
    rows: RowContext,
    cells: _Cells,
    created: CreatedTimes | None,
    state: CounterState,
) -> tuple[BoolArray, BoolArray]:
    """Return which cells their created time proves born, and which may be taken for it.

    Neither is a series that was stored before: it goes on, whatever it says of itself.
    """
    is_first = state.first_ms[cells.column] >= rows.ts_ms[cells.row]
    is_new = is_first & (cells.before_ms == NO_TIME)
    if not is_new.any():
        return is_new, is_new
    latest = rows.ts_ms[cells.row] + LARGEST_CLOCK_SKEW_MS
    with np.errstate(invalid="ignore"):
        is_later = cells.created_ms > rows.birth_from_ms[cells.row]
        told: BoolArray = is_new & is_later & (cells.created_ms <= latest)
    allowed = rows.inferred_since_ms[cells.row] != NO_TIME
    inferred: BoolArray = is_new & allowed & ~told
    if created is not None and inferred.any():
        inferred[inferred] &= ~_is_older(rows, cells, created, inferred)
    return told, inferred


def _is_older(
    rows: RowContext, cells: _Cells, created: CreatedTimes, some: BoolArray
) -> BoolArray:
    """Return which of some cells were there before, by a created time of their own.

    One that others of the name had already is the start of the process and says
    nothing, but on a target's first page, where the process is known to be younger.
    """
    row, column = cells.row[some], cells.column[some]
    created_ms = cells.created_ms[some]
    earliest = rows.birth_from_ms[row] - LARGEST_CLOCK_SKEW_MS
    with np.errstate(invalid="ignore"):
        older: BoolArray = created_ms <= earliest
    if older.any():
        row, column, own = row[older], column[older], created_ms[older]
        oldest = created.oldest_before(rows.ts_ms, row, column)
        is_first_page = rows.away_since_ms[row] == NO_TIME
        is_own = ~np.isnan(oldest) & (np.floor(own) != np.floor(oldest))
        older[older] = is_own | is_first_page
    return older


def _reasons(
    rows: RowContext, cells: _Cells, inferred: BoolArray
) -> tuple[BirthReason, ...]:
    """Return why each of the cells that are inferred is a birth."""
    has_created = ~np.isnan(cells.created_ms[inferred])
    knows_page = rows.away_since_ms[cells.row[inferred]] != NO_TIME
    return tuple(
        (BirthReason.ANY_CREATED if created else BirthReason.NO_CREATED)
        if page
        else BirthReason.NEW_PROCESS
        for created, page in zip(has_created.tolist(), knows_page.tolist(), strict=True)
    )


def _grown_since(
    rows: RowContext, cells: _Cells, told: BoolArray, inferred: BoolArray
) -> Int64Array:
    """Return the time after which each cell has grown, NO_TIME at a baseline."""
    # What another target has shown since this one's page is newer.
    away_ms = np.maximum(cells.before_ms, rows.away_since_ms[cells.row])
    since: Int64Array = np.where(cells.before_ms == NO_TIME, NO_TIME, away_ms)
    since[inferred] = rows.inferred_since_ms[cells.row[inferred]]
    since[told] = cells.created_ms[told].astype(np.int64)
    return since


def _state_after(
    rows: RowContext, values: FloatArray, there: BoolArray, state: CounterState
) -> CounterState:
    count = len(rows.ts_ms)
    any_there = there.any(axis=0)
    first = rows.ts_ms[np.argmax(there, axis=0)]
    last = count - 1 - np.argmax(there[::-1], axis=0)
    columns = np.arange(values.shape[1])
    scrapes = np.flatnonzero(rows.scrape)
    return CounterState(
        last_ms=np.where(any_there, rows.ts_ms[last], state.last_ms),
        last_value=np.where(any_there, values[last, columns], state.last_value),
        present=there[scrapes[-1]] if len(scrapes) else state.present,
        first_ms=np.where(any_there, np.minimum(state.first_ms, first), state.first_ms),
    )
