"""Reading a server's past, a piece at a time: its recordings, then its raw samples.

Pieces shrink where the server finds them too large and grow where they are quick, so
that neither of us is ever asked for much at once. What was read is stored before the
next piece is asked for, so that a restart goes on where it was.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from kizashi.errors import TooMuchError, UpstreamError
from kizashi.ledger.counting import is_vast
from kizashi.ledger.engine import Engine
from kizashi.ledger.filling import (
    MissedRecordings,
    RawPace,
    RawTask,
    RecordedTask,
    RecordingGap,
    Survey,
    next_raw,
    next_recorded,
    step_of,
    steps_of,
    survey_of,
    window_of,
)
from kizashi.ledger.followed import Fill, FollowedSource
from kizashi.ledger.matching import CountRule, count_rule
from kizashi.ledger.raw_counting import Counting, count_raw
from kizashi.ledger.raw_samples import (
    MEMORY_MS,
    RawStretch,
    report_selector,
    selectors_of,
    up_selector,
)
from kizashi.ledger.recorded import (
    RECORDED_SELECTOR,
    Grid,
    Recordings,
    read_recordings,
    recorded_selector,
)
from kizashi.ledger.spans import SliceSpans
from kizashi.model.upstream import UpstreamSamples
from kizashi.ports.clock import Clock
from kizashi.ports.upstream import Upstream
from kizashi.rules.series_names import IDENTITY
from kizashi.slo.slices import BLOCK_SLICES, block_of
from kizashi.slo.sources import SourceKind
from kizashi.slo.windows import last_closed

#: So often it is looked up again where there are recordings at all; sooner where the
#: first ones have just come.
_SURVEY_S = 600.0
_NEWS_S = 60.0
#: Slices of one objective that are counted at once, at the most: five days of 15 s.
_MOST_RAW = 60 * BLOCK_SLICES
_FIRST_RAW = 2 * BLOCK_SLICES
#: Objectives whose raw samples are read at a time: a fifth of the queries that a
#: Prometheus answers at once.
_RAW_AT_ONCE = 4
#: So far back a number is looked for where a series' last sample is none.
_NUMBERS_MS = 3_600_000
#: Amended together; the event loop waits for no more than these.
_FILLS_AT_ONCE = 16


@dataclass(slots=True)
class ReadSize:
    """How many slices to ask for at once."""

    slices: int
    most: int

    def grow(self) -> None:
        """Ask for more: that was no trouble."""
        self.slices = min(self.most, self.slices * 2)

    def shrink(self) -> bool:
        """Ask for less; return False where it is one slice already."""
        was, self.slices = self.slices, max(1, self.slices // 2)
        return was > 1


@dataclass(slots=True)
class _SourceState:
    """What is remembered of a shard while it lives."""

    asked: MissedRecordings = field(default_factory=MissedRecordings)
    survey: Survey = field(default_factory=Survey)
    surveyed_s: float = -_SURVEY_S


class Backfill:
    """Fills what is open of the objectives' windows. Belongs to one event loop.

    Args:
        engine: Whose shards are filled.
        clock: The clock.
        lock: Held while a shard is changed; a rebuild holds it, too.
    """

    def __init__(self, engine: Engine, clock: Clock, lock: asyncio.Lock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = lock
        self._states: dict[int, tuple[FollowedSource, _SourceState]] = {}
        self._recorded = ReadSize(BLOCK_SLICES, BLOCK_SLICES)
        self._raw = ReadSize(_FIRST_RAW, _MOST_RAW)

    async def step(self, upstream: Upstream, settle_ms: int, *, raw: bool) -> bool:
        """Read one piece of the past; return whether there was one.

        Args:
            upstream: The server.
            settle_ms: How long after an edge its samples have landed.
            raw: Whether raw samples are counted where there are no recordings.

        Raises:
            UpstreamError: If the server does not answer as it should.
            StoreError: If the store failed.
        """
        for source in self._engine.built.followed:
            state = self._state(source)
            await self._look(upstream, source, state)
            recorded = next_recorded(
                source, state.survey, state.asked, self._recorded.slices
            )
            if recorded is not None:
                await self._read(upstream, source, state, recorded)
                return True
        for source in self._engine.built.followed if raw else ():
            state = self._state(source)
            until_ms = self._clock.now_ms() - settle_ms
            settled = last_closed(until_ms, source.shard.slice_ms)
            pace = RawPace(self._raw.slices, _RAW_AT_ONCE, settled)
            tasks = next_raw(source, state.survey, state.asked, pace)
            if tasks:
                await self._count_all(upstream, source, tasks)
                return True
        return False

    def _state(self, source: FollowedSource) -> _SourceState:
        known = self._states.get(id(source))
        if known is None or known[0] is not source:
            alive = {id(s) for s in self._engine.built.followed}
            self._states = {k: v for k, v in self._states.items() if k in alive}
            known = self._states[id(source)] = source, _SourceState()
        return known[1]

    async def _look(
        self, upstream: Upstream, source: FollowedSource, state: _SourceState
    ) -> None:
        """Look up where there are recordings, once in a while."""
        now_s = self._clock.monotonic()
        has_news = any(
            origins.recorded and tracked.spec.key not in state.survey.blocks
            for origins, tracked in zip(
                source.origins, source.shard.members, strict=True
            )
        )
        if now_s - state.surveyed_s < (_NEWS_S if has_news else _SURVEY_S):
            return
        block_ms = BLOCK_SLICES * source.shard.slice_ms
        newest = block_of(source.shard.ledger.newest)
        oldest = min(
            block_of(window_of(source, m)[0]) for m in range(len(source.shard.members))
        )
        presence = await upstream.presence(
            RECORDED_SELECTOR,
            IDENTITY,
            (oldest + 1) * block_ms,
            (newest + 1) * block_ms,
            block_ms,
        )
        state.survey = survey_of(presence, source.shard.slice_ms, newest)
        state.surveyed_s = now_s

    async def _read(
        self,
        upstream: Upstream,
        source: FollowedSource,
        state: _SourceState,
        task: RecordedTask,
    ) -> None:
        """Read recordings of a piece of one block."""
        slice_ms = source.shard.slice_ms
        start_ms, end_ms = (task.first - 1) * slice_ms, task.last * slice_ms
        try:
            samples = await upstream.samples(RECORDED_SELECTOR, start_ms, end_ms)
        except TooMuchError:
            if not self._recorded.shrink():
                raise
            return
        self._recorded.grow()
        steps = steps_of(source, self._engine.built.intervals_ms)
        grid = Grid(
            task.first,
            task.last - task.first + 1,
            slice_ms,
            source.numbers,
            [slice_ms // step for step in steps],
        )
        read = await asyncio.to_thread(read_recordings, samples, grid)
        for start in range(0, len(task.members), _FILLS_AT_ONCE):
            some = task.members[start : start + _FILLS_AT_ONCE]
            async with self._lock:
                if source in self._engine.built.followed:
                    source.amend(read, some)
                    self._note(
                        source, state, read, some, is_whole=not samples.is_partial
                    )
            await self._clock.sleep(0)
        if samples.is_partial:
            # What is missing is asked for again, after a while.
            raise UpstreamError("upstream.partial")

    def _note(
        self,
        source: FollowedSource,
        state: _SourceState,
        read: Recordings,
        members: tuple[int, ...],
        *,
        is_whole: bool,
    ) -> None:
        """Note where a piece came from, and what it did not have."""
        first, last = read.first, read.first + len(read.counts) - 1
        for member in members:
            evaluated = read.evaluated[:, member]
            source.origins[member].note_recordings(first, evaluated)
            if is_whole:
                generation = source.shard.members[member].generation.id
                state.asked.of(generation).add(first, last)
        source.keep_sources(members)

    async def _count_all(
        self, upstream: Upstream, source: FollowedSource, tasks: Sequence[RawTask]
    ) -> None:
        """Count raw samples of several objectives; what failed is tried again."""
        counts = [self._count(upstream, source, task) for task in tasks]
        results = await asyncio.gather(*counts, return_exceptions=True)
        failures = [failure for failure in results if failure is not None]
        worst = next((f for f in failures if not isinstance(f, TooMuchError)), None)
        if worst is None and failures and not self._raw.shrink():
            worst = failures[0]
        if not failures:
            self._raw.grow()
        try:
            if worst is not None:
                raise worst
        finally:
            # This frame and what it raises would hold each other, and the answers read.
            del results, failures, worst

    async def _count(
        self, upstream: Upstream, source: FollowedSource, task: RawTask
    ) -> None:
        """Count raw samples of one objective."""
        fills = await self._counted(upstream, source, task)
        async with self._lock:
            if source not in self._engine.built.followed:
                return
            own = source.origins[task.member]
            # What was recorded while this was read is better; the rest comes again.
            gaps = [gap for gap in task.gaps if gap.stands(own.recorded)]
            starts = {gap.first for gap in gaps}
            fills = [fill for fill in fills if fill.slices.first in starts]
            source.fill(fills)
            told = {fill.slices.first: fill for fill in fills}
            for gap in gaps:
                fill = told.get(gap.first)
                began = gap.last + 1 if fill is None else _known_from(fill)
                kind = SourceKind.RAW if fill is None else fill.kind
                own.note(SourceKind.NOTHING, gap.first, began - 1)
                own.note(kind, began, gap.last)
            source.keep_sources([task.member])

    async def _counted(
        self, upstream: Upstream, source: FollowedSource, task: RawTask
    ) -> list[Fill]:
        """Return the slices of a task; none where the server has no samples of it."""
        tracked, slice_ms = source.shard.members[task.member], source.shard.slice_ms
        rule, spec = count_rule(tracked.spec.indicator), tracked.spec
        recorded_ms = await self._recorded_ms(upstream, source, task)
        step_ms = step_of(spec, slice_ms, self._engine.built.intervals_ms)
        countings = [
            _counting(task.member, rule, gap, recorded_ms, (slice_ms, step_ms))
            for gap in task.gaps
        ]
        start_ms, end_ms = countings[0].read_from_ms, task.last * slice_ms
        selectors = selectors_of(rule)
        samples = _joined(
            [await upstream.samples(s, start_ms, end_ms) for s in selectors]
        )
        jobs = {one.labels.get("job") for one in samples.series}
        ups, reports = [
            _joined([await upstream.samples(s, start_ms, end_ms)] if s else [])
            for s in (
                up_selector(rule, spec.job, jobs),
                report_selector(rule, spec.job, jobs),
            )
        ]
        if not (samples.series or ups.series):
            return []
        known = _joined(
            [await upstream.last_before(s, start_ms, MEMORY_MS) for s in selectors]
        )
        if any(is_vast(float(one.values[-1])) for one in known.series):
            from_ms = start_ms - _NUMBERS_MS
            found = [await upstream.samples(s, from_ms, start_ms) for s in selectors]
            known = _joined([known, *found])
        interval_ms = self._engine.built.intervals_ms.get(spec.job or "")
        stretch = RawStretch(start_ms, samples, ups, known, interval_ms, reports)
        return [
            await asyncio.to_thread(count_raw, counting, stretch)
            for counting in countings
        ]

    async def _recorded_ms(
        self, upstream: Upstream, source: FollowedSource, task: RawTask
    ) -> list[int]:
        """Return when an objective was recorded just before and after a task's gaps."""
        slice_ms, times = source.shard.slice_ms, set[int]()
        spec = source.shard.members[task.member].spec
        selector = recorded_selector(spec.service, spec.name)
        edges = {gap.first - 1 for gap in task.gaps if gap.follows}
        edges |= {gap.last + 1 for gap in task.gaps if gap.borders}
        for first, last in SliceSpans((n, n) for n in edges):
            samples = await upstream.samples(
                selector, (first - 1) * slice_ms, last * slice_ms
            )
            times |= {ms for one in samples.series for ms in one.ts_ms.tolist()}
        return sorted(times)


def _known_from(fill: Fill) -> int:
    """Return the first slice of which something is known; the one after without any."""
    known = fill.slices.state.nonzero()[0]
    return fill.slices.first + int(known[0] if len(known) else len(fill.slices.state))


def _counting(
    member: int,
    rule: CountRule,
    gap: RecordingGap,
    recorded_ms: Sequence[int],
    lengths_ms: tuple[int, int],
) -> Counting:
    """Return what to count of a gap, so that no recording holds the same samples.

    Args:
        member: The objective's number.
        rule: What is counted.
        gap: The slices.
        recorded_ms: When the objective was recorded around the gap, ascending.
        lengths_ms: Milliseconds of a slice, and between two evaluations.
    """
    slice_ms, step_ms = lengths_ms
    since_ms, until_ms = None, gap.last * slice_ms
    begin_ms = (gap.first - 1) * slice_ms
    before = [ms for ms in recorded_ms if begin_ms - slice_ms < ms <= begin_ms]
    if gap.follows and before:
        since_ms = before[-1]
    after = [ms for ms in recorded_ms if until_ms < ms <= until_ms + slice_ms]
    if gap.borders and after:
        until_ms = min(until_ms, after[0] - step_ms)
    return Counting(member, rule, gap.first, gap.last, slice_ms, until_ms, since_ms)


def _joined(parts: list[UpstreamSamples]) -> UpstreamSamples:
    """Return several answers as one; a part would count too little.

    Raises:
        UpstreamError: If one of them is only a part.
    """
    if any(part.is_partial for part in parts):
        raise UpstreamError("upstream.partial")
    return UpstreamSamples(tuple(one for part in parts for one in part.series))
