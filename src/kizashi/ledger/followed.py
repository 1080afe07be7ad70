"""Objectives whose slices are read from a server that counts them.

Slices close a little after their edge, when the server has had time to record them,
and unseen where it cannot be asked. What is read later amends them (rule 8), however
old they are: a server keeps what it recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.ledger.origins import Origins, runs_of
from kizashi.ledger.recorded import Recordings, grown, states
from kizashi.ledger.shard import Shard, SliceSource
from kizashi.model.arrays import BoolArray
from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock, within, without
from kizashi.slo.slices import SliceRange, block_of, first_slice
from kizashi.slo.sources import SourceKind, SourceSpan
from kizashi.slo.windows import known_ending_with, last_closed, scrape_reach

#: How long a slice waits for a server that does not answer before it closes unseen.
PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Fill:
    """Closed slices of one objective that were read, or counted, after the fact.

    Attributes:
        member: The objective's number in its shard.
        slices: The slices.
        late: Late events in them.
        births: Inferred births in them.
        kind: Where they come from.
    """

    member: int
    slices: SliceRange
    late: tuple[LateEvents, ...] = ()
    births: tuple[BirthNote, ...] = ()
    kind: SourceKind = SourceKind.RAW


class FollowedSource(SliceSource):
    """Takes what a server counts. It scrapes for itself, so that no target is ours.

    Attributes:
        shard: The shard that it serves.
        origins: Where each objective's slices came from.
    """

    shard: Shard
    origins: list[Origins]

    def __init__(self, catalogue: TargetCatalogue, interval_ms: int) -> None:
        """Serve a shard later.

        Args:
            catalogue: Without a target: what was scraped here is in the ledger.
            interval_ms: How often the server scrapes.
        """
        super().__init__()
        self._catalogue = catalogue
        self._interval_ms = interval_ms
        #: Slices that were read before they closed: where they stand.
        self._arrived: dict[int, tuple[Recordings, int]] = {}

    def begin(self, shard: Shard) -> None:
        """Take everything before as sealed; what is missing there is filled in."""
        self.shard = shard
        shard.ledgers.write([], dict.fromkeys(shard.generations, shard.sealed))

    def go_on(self, newest: int) -> None:
        """Load what is stored; what came after it is open until it is read."""
        shard = self.shard
        shard.derive(self._catalogue, newest)
        self._back = scrape_reach(self._interval_ms, shard.slice_ms)
        self._read_to = shard.ledger.newest
        kept: dict[int, list[SourceSpan]] = {}
        for span in shard.ledgers.sources():
            kept.setdefault(span.generation, []).append(span)
        self.origins = [Origins.of(kept.get(g, ())) for g in shard.generations]
        self._load_unsealed()
        for member, own in enumerate(self.origins):
            if not kept.get(shard.generations[member]):
                self._note_scraped(member, own)

    def _note_scraped(self, member: int, own: Origins) -> None:
        """Note which slices were counted here before a server was read at all."""
        newest = self.shard.ledger.newest
        first = self.shard.members[member].cut(newest).start
        generation = self.shard.generations[member]
        blocks = block_of(first), block_of(newest)
        if not self.shard.ledgers.totals([generation], *blocks):
            return
        state = self.shard.past_slices(member, first, newest).state
        for start, end in runs_of(state > 0):
            own.note(SourceKind.SCRAPED, first + start, first + end - 1)

    def _load_unsealed(self) -> None:
        """Go on with slices that an earlier ledger stored before it had sealed them."""
        first, last = first_slice(self.shard.sealed + 1), self.shard.ledger.newest
        for member, generation in enumerate(self.shard.generations):
            part = self.shard.ledgers.read(generation, first, last)
            if last >= first and not part.is_blank:
                blank = SliceRange.blank(first, last - first + 1)
                self.shard.ledger.amend(member, blank, part)
                self.shard.collected.late[member] += self.shard.ledgers.late(
                    generation, first, last
                )

    @property
    def numbers(self) -> Mapping[tuple[str, str], int]:
        """The number of each objective, by service and name."""
        return {member.spec.key: n for n, member in enumerate(self.shard.members)}

    # What is read.

    def is_read(self, member: int, slices: int) -> bool:
        """Return whether it is known where the newest slices of one came from."""
        newest = known_ending_with(self.shard.ledger.newest, slices)
        return not self.origins[member].open(newest.start, newest.stop - 1)

    def take(self, recordings: Recordings, last: int) -> None:
        """Take what a server recorded of the newest slices.

        Args:
            recordings: The recordings.
            last: The newest slice that the server has had time to record.
        """
        for offset in range(len(recordings.counts)):
            number = recordings.first + offset
            if self.shard.ledger.newest < number <= last:
                self._arrived[number] = recordings, offset
        self.amend(recordings, tuple(recordings.first_ms))
        for member in recordings.first_ms:
            read = recordings.evaluated[: last - recordings.first + 1, member]
            self.origins[member].note_recordings(recordings.first, read)
        self._read_to = max(self._read_to, last)

    def amend(self, recordings: Recordings, members: Iterable[int]) -> None:
        """Amend closed slices of some objectives by what a server recorded.

        Raises:
            StoreError: If the store failed; nothing has changed then.
        """
        closed = min(
            self.shard.ledger.newest - recordings.first + 1, len(recordings.counts)
        )
        if closed <= 0:
            return
        chosen = self._differing(recordings, closed) & set(members)
        fills = [self._amended(recordings, member, closed) for member in sorted(chosen)]
        self.fill([fill for fill in fills if fill is not None])

    def _differing(self, recordings: Recordings, closed: int) -> set[int]:
        """Return whose closed slices are not as they were recorded.

        Nearly always nobody's, and that is told for all of them at once.
        """
        kept = self.shard.ledger.part(recordings.first, closed)
        if kept is None:
            return set(range(len(self.shard.members)))
        differs = (kept[0] != recordings.counts[:closed]).any(axis=2)
        differs |= kept[1] != recordings.seen[:closed]
        differs &= recordings.evaluated[:closed]
        return set(np.flatnonzero(differs.any(axis=0)).tolist())

    def _amended(self, recordings: Recordings, member: int, closed: int) -> Fill | None:
        """Return the slices between the first and the last recording, if they differ.

        Where there is none in between they stay as they are.
        """
        rows = np.flatnonzero(recordings.evaluated[:closed, member])
        if not len(rows):
            return None
        start, end = int(rows[0]), int(rows[-1]) + 1
        first, last = recordings.first + start, recordings.first + end - 1
        before = self.shard.past_slices(
            member, recordings.first - self._back, recordings.first - 1
        )
        valid = np.concatenate([before.valid, recordings.counts[:, member, 1]])
        grew = grown(valid, self._back)[self._back :]
        old = self.shard.past_slices(member, first, last)
        is_read = recordings.evaluated[start:end, member]
        new = _chosen(is_read, recordings.part(member, start, end, grew), old)
        return None if _same(new, old) else Fill(member, new)

    def fill(self, fills: Sequence[Fill]) -> None:
        """Put closed slices in place of what they were, in memory and in the store.

        Raises:
            StoreError: If the store failed; nothing has changed then.
        """
        olds = [
            self.shard.past_slices(f.member, f.slices.first, f.slices.numbers[-1])
            for f in fills
        ]
        blocks: dict[tuple[int, int], SealedBlock] = {}
        for each in fills:
            first, last = (block_of(each.slices.numbers[n]) for n in (0, -1))
            for number in range(first, min(last, self.shard.sealed) + 1):
                key = each.member, number
                blocks[key] = self._rewritten(each, number, blocks.get(key))
        if blocks:
            self.shard.ledgers.write(list(blocks.values()))
            self.shard.history.forget({number for _, number in blocks})
        for each, old in zip(fills, olds, strict=True):
            self.shard.ledger.amend(each.member, old, each.slices)
            self._file(each)

    def _rewritten(
        self, fill: Fill, number: int, begun: SealedBlock | None
    ) -> SealedBlock:
        """Return a stored block with the part that a fill covers put in."""
        generation = self.shard.generations[fill.member]
        first, last = first_slice(number), first_slice(number + 1) - 1
        part = self.shard.ledgers.read(generation, first, last)
        late = tuple(self.shard.ledgers.late(generation, first, last))
        births = tuple(self.shard.ledgers.births(generation, first, last))
        if begun is not None:
            part, late, births = begun.slices, begun.late, begun.births
        part.put(fill.slices)
        covered, inside = fill.slices.numbers, part.numbers
        return SealedBlock(
            generation,
            part,
            without(covered, late) + within(inside, fill.late),
            without(covered, births) + within(inside, fill.births),
        )

    def _file(self, fill: Fill) -> None:
        """File late events and births where the windows look for them."""
        closed = first_slice(self.shard.sealed + 1) - 1
        covered = fill.slices.numbers
        since = self.shard.members[fill.member].cut(self.shard.ledger.newest).start
        sealed = self.shard.sealed_late[fill.member]
        live, births = (
            self.shard.collected.late[fill.member],
            self.shard.collected.births[fill.member],
        )
        sealed[:] = without(covered, sealed)
        sealed += within(range(since, closed + 1), fill.late)
        live[:] = without(covered, live)
        live += [e for e in fill.late if e.slice > closed]
        births[:] = without(covered, births)
        births += [b for b in fill.births if b.slice > closed]

    # Where it came from.

    def came_from(
        self, member: int, first: int, last: int
    ) -> list[tuple[SourceKind | None, int, int]]:
        """Return where slices came from, oldest first; None: not read yet."""
        return self.origins[member].within(first, last)

    def keep_sources(self, members: Iterable[int]) -> None:
        """Store where slices came from, as far as these are stored themselves.

        Raises:
            StoreError: If the store failed.
        """
        closed = first_slice(self.shard.sealed + 1) - 1
        chosen = {self.shard.generations[m]: self.origins[m] for m in members}
        spans = [
            SourceSpan(generation, kind, first, last)
            for generation, own in chosen.items()
            for kind in SourceKind
            for first, last in own.spans(kind).within(0, closed)
        ]
        self.shard.ledgers.record_sources(list(chosen), spans)

    def has_sealed(self) -> None:
        """Take note that blocks of the shard are stored."""
        self.keep_sources(range(len(self.shard.members)))

    # What happens to slices.

    def count_due(self, now_ms: int) -> int:
        """Return how many slices were read, or have waited too long for it."""
        edge = last_closed(now_ms, self.shard.slice_ms)
        waited = last_closed(now_ms - PATIENCE_MS, self.shard.slice_ms)
        return max(0, min(edge, max(self._read_to, waited)) - self.shard.ledger.newest)

    def close_next(self) -> None:
        """Close the slice after the newest, with what was read of it."""
        number = self.shard.ledger.newest + 1
        arrival = self._arrived.pop(number, None)
        n = len(self.shard.members)
        if arrival is None:
            self.shard.close(np.zeros(n, np.uint16), np.zeros(n, np.uint8))
            return
        read, at = arrival
        self.shard.ledger.add(number, np.arange(2 * n), read.counts[at].reshape(-1))
        grew = self.shard.ledger.grew(self._back) > 0
        state = states(
            read.evaluated[at], read.seen[at], read.has_valid[at], grew, read.absent[at]
        )
        self.shard.close(read.seen[at], state)


def _chosen(first: BoolArray, one: SliceRange, other: SliceRange) -> SliceRange:
    """Return slices of one range where a mask holds, else of the other."""
    return SliceRange(
        one.first,
        np.where(first, one.bad, other.bad),
        np.where(first, one.valid, other.valid),
        np.where(first, one.seen, other.seen),
        np.where(first, one.state, other.state),
    )


def _same(one: SliceRange, other: SliceRange) -> bool:
    return (
        np.array_equal(one.bad, other.bad)
        and np.array_equal(one.valid, other.valid)
        and np.array_equal(one.seen, other.seen)
        and np.array_equal(one.state, other.state)
    )
