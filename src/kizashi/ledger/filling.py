"""What to read next of a server's past: what alerts ask first, and nothing twice."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from kizashi.ledger.followed import FollowedSource
from kizashi.ledger.recorded import Key
from kizashi.ledger.spans import Run, SliceSpans
from kizashi.model.scraping import DEFAULT_INTERVAL_MS
from kizashi.model.upstream import UpstreamSamples
from kizashi.slo.intervals import step_ms
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.slices import BLOCK_SLICES, block_of, first_slice

#: So many slices before the newest are read again, for recordings that came late.
LATE_SLICES = 4
#: Gaps no farther apart are read together: what lies between them costs less to read
#: than requests of their own.
_NEAR_SLICES = BLOCK_SLICES


@dataclass(frozen=True, slots=True)
class Survey:
    """Which blocks a server has recordings of, by objective.

    Attributes:
        blocks: Numbers of blocks with at least one sample.
        newest: The newest block that was looked at.
    """

    blocks: Mapping[Key, frozenset[int]] = field(default_factory=dict)
    newest: int = -1


@dataclass(frozen=True, slots=True)
class RecordedTask:
    """Recordings to read: slices of one block, and for whom they are open."""

    first: int
    last: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecordingGap:
    """Consecutive slices without a recording.

    Attributes:
        first: The first slice.
        last: The last slice.
        borders: Whether the slice after the last one was recorded.
        follows: Whether the slice before the first one was recorded.
    """

    first: int
    last: int
    borders: bool
    follows: bool

    def stands(self, recorded: SliceSpans) -> bool:
        """Return whether the gap, and what is on its sides, is still as it was."""
        return (
            not recorded.within(self.first, self.last)
            and (self.last + 1 in recorded) == self.borders
            and (self.first - 1 in recorded) == self.follows
        )


@dataclass(frozen=True, slots=True)
class RawTask:
    """Raw samples to count: gaps of one objective that one reading covers.

    Attributes:
        member: The objective's number in its shard.
        gaps: Which slices, oldest first; at least one gap.
    """

    member: int
    gaps: tuple[RecordingGap, ...]

    @property
    def first(self) -> int:
        """The first slice of all."""
        return self.gaps[0].first

    @property
    def last(self) -> int:
        """The last slice of all."""
        return self.gaps[-1].last


@dataclass(frozen=True, slots=True)
class RawPace:
    """How much to count from raw samples.

    Attributes:
        most: How many slices one reading covers at most.
        at_once: For how many objectives at a time.
        settled: The newest slice of which raw samples have landed.
    """

    most: int
    at_once: int
    settled: int


@dataclass(slots=True)
class MissedRecordings:
    """For which slices recordings were asked for, and not found; by generation."""

    _spans: dict[int, SliceSpans] = field(default_factory=dict)

    def of(self, generation: int) -> SliceSpans:
        """Return the slices of one generation."""
        return self._spans.setdefault(generation, SliceSpans())


def survey_of(samples: UpstreamSamples, slice_ms: int, newest: int) -> Survey:
    """Return which blocks have recordings, from presence at the edges of blocks."""
    block_ms = BLOCK_SLICES * slice_ms
    found: dict[Key, frozenset[int]] = {}
    for one in samples.series:
        key = one.labels.get("service"), one.labels.get("objective")
        found[key] = frozenset((one.ts_ms // block_ms - 1).tolist())
    return Survey(found, newest)


def window_of(source: FollowedSource, member: int) -> Run:
    """Return the slices that an objective's window needs now."""
    newest = source.shard.ledger.newest
    return source.shard.members[member].cut(newest).start, newest


def next_recorded(
    source: FollowedSource, survey: Survey, missing: MissedRecordings, most: int
) -> RecordedTask | None:
    """Return the newest recordings that nobody has read yet, None where all were.

    Args:
        source: The objectives.
        survey: Where there are recordings at all.
        missing: Where they were looked for in vain.
        most: How many slices to read at most.
    """
    ends = {
        member: last
        for member in range(len(source.shard.members))
        if (last := _newest_open(source, member, survey, missing)) is not None
    }
    if not ends:
        return None
    last = max(ends.values())
    first = max(first_slice(block_of(last)), last - most + 1)
    return RecordedTask(first, last, tuple(m for m, e in ends.items() if e >= first))


def _newest_open(
    source: FollowedSource, member: int, survey: Survey, missing: MissedRecordings
) -> int | None:
    """Return the newest slice that may have a recording nobody has read."""
    blocks = survey.blocks.get(source.shard.members[member].spec.key, frozenset())
    if not blocks:
        return None
    generation = source.shard.members[member].generation.id
    for first, last in _open(source, member, missing.of(generation)):
        for block in range(block_of(last), block_of(first) - 1, -1):
            if block in blocks or block > survey.newest:
                return min(last, first_slice(block + 1) - 1)
    return None


def _open(source: FollowedSource, member: int, less: SliceSpans) -> Iterator[Run]:
    """Yield the runs that came from nowhere yet and are not in a set, newest first."""
    for first, last in reversed(
        source.origins[member].open(*window_of(source, member))
    ):
        yield from reversed(less.missing(first, last))


def next_raw(
    source: FollowedSource,
    survey: Survey,
    missing: MissedRecordings,
    pace: RawPace,
) -> list[RawTask]:
    """Return what to count next from raw samples, none where there is nothing.

    That is what came before the recordings began, what evaluations missed that did
    not take place, and what came after the recordings have ended. Objectives with a
    gap in their windows of at most an hour come first, the oldest gap before the
    others, because alerts wait for it; then the newest gap comes first.

    Args:
        source: The objectives.
        survey: Where there are recordings at all.
        missing: Where they were looked for in vain.
        pace: How much to count, and up to when raw samples have landed.
    """
    tasks = [
        RawTask(member, gaps)
        for member in range(len(source.shard.members))
        if (gaps := _near(_gaps(source, member, survey, missing, pace), pace.most))
    ]
    return sorted(tasks, key=partial(_urgency, source))[: pace.at_once]


def _urgency(source: FollowedSource, task: RawTask) -> tuple[bool, int]:
    since = source.shard.ledger.newest - source.shard.members[task.member].hour_slices
    urgent = [gap.first for gap in task.gaps if gap.last > since]
    return (False, urgent[0]) if urgent else (True, -task.last)


def _near(gaps: Iterable[RecordingGap], most: int) -> tuple[RecordingGap, ...]:
    """Return the newest gap and the ones close before it, oldest first.

    Args:
        gaps: The gaps, newest first.
        most: How many slices one reading covers.
    """
    near: list[RecordingGap] = []
    for gap in gaps:
        is_near = not near or near[-1].first - gap.last <= _NEAR_SLICES
        if not is_near or (near and near[0].last - gap.first >= most):
            break
        near.append(gap)
    return tuple(reversed(near))


def _gaps(
    source: FollowedSource,
    member: int,
    survey: Survey,
    missing: MissedRecordings,
    pace: RawPace,
) -> Iterator[RecordingGap]:
    """Yield what is known to have no recording and is not counted, newest first."""
    settled = pace.settled
    tracked, origins = source.shard.members[member], source.origins[member]
    blocks = survey.blocks.get(tracked.spec.key, frozenset())
    begun, ended = origins.recorded.first, origins.recorded.last
    searched = missing.of(tracked.generation.id)
    for first, last in reversed(origins.open(*window_of(source, member))):
        end = min(last, settled)
        if begun is not None and ended is not None and begun < first:
            # It may still be recorded: between recordings for a moment, after the last
            # one of all for as long as samples may come late.
            wait = source.shard.lag if ended < first else LATE_SLICES
            if settled - (ended if ended < first else last) <= wait:
                continue
        while end >= first:
            if not _is_searched(end, blocks, searched, survey):
                end -= 1
                continue
            start, least = end, max(first, end - pace.most + 1)
            while start > least and _is_searched(start - 1, blocks, searched, survey):
                start -= 1
            yield RecordingGap(
                start,
                end,
                borders=end + 1 in origins.recorded,
                follows=start - 1 in origins.recorded,
            )
            end = start - 1


def _is_searched(
    number: int, blocks: Collection[int], searched: SliceSpans, survey: Survey
) -> bool:
    """Return whether it is known that a slice has no recording."""
    block = block_of(number)
    if number in searched:
        return True
    return block <= survey.newest and block not in blocks


def steps_of(
    source: FollowedSource, intervals_ms: Mapping[str, int]
) -> tuple[int, ...]:
    """Return between which times each objective's rules are evaluated, milliseconds."""
    specs = (member.spec for member in source.shard.members)
    return tuple(step_of(spec, source.shard.slice_ms, intervals_ms) for spec in specs)


def step_of(spec: ObjectiveSpec, slice_ms: int, intervals_ms: Mapping[str, int]) -> int:
    """Return between which times an objective's rules are evaluated, milliseconds."""
    return step_ms(slice_ms, intervals_ms.get(spec.job or "", DEFAULT_INTERVAL_MS))
