"""A LedgerStore in memory: small, and right at a glance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kizashi.model.damage import Damage
from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock
from kizashi.slo.generations import Generation, NewGeneration, Version
from kizashi.slo.slices import SliceRange, SliceTable, block_of, first_slice
from kizashi.slo.sources import SourceSpan


class MemoryLedger:
    """Keeps what it is given in dictionaries."""

    def __init__(self) -> None:
        self._generations: dict[int, Generation] = {}
        self._versions: list[Version] = []
        self._blocks: dict[tuple[int, int], SealedBlock] = {}
        self._sources: list[SourceSpan] = []

    def damages(self) -> Sequence[Damage]:
        """Return nothing: memory is not damaged."""
        return ()

    def mend(self, damage: Damage, block: SealedBlock) -> None:  # noqa: ARG002
        """Write a block that was lost."""
        self.write([block])

    def generations(self, of: tuple[str, str] | None = None) -> list[Generation]:
        """Return all generations, by number in the store, or one objective's."""
        found = [self._generations[k] for k in sorted(self._generations)]
        return [g for g in found if of in {None, (g.service, g.objective)}]

    def open_generations(self, new: Sequence[NewGeneration]) -> list[Generation]:
        """Make the next generation of each objective."""
        return [self._open(wanted) for wanted in new]

    def _open(self, new: NewGeneration) -> Generation:
        own = [
            g.number
            for g in self._generations.values()
            if (g.service, g.objective) == (new.service, new.objective)
        ]
        made = Generation(
            len(self._generations) + 1,
            new.service,
            new.objective,
            max(own, default=0) + 1,
            new.fingerprint,
            new.slice_ms,
            new.opened_ms,
            sealed_block=None,
        )
        self._generations[made.id] = made
        return made

    def versions(self, of: tuple[str, str] | None = None) -> list[Version]:
        """Return all versions, by service, objective and time, or one objective's."""
        found = [v for v in self._versions if of in {None, (v.service, v.objective)}]
        return sorted(found, key=lambda v: (v.service, v.objective, v.from_ms))

    def record_versions(
        self, versions: Sequence[Version], ended: Iterable[tuple[str, str]], at_ms: int
    ) -> None:
        """Date changes of objectives."""
        for service, objective in ended:
            self._end(service, objective, at_ms)
        for version in versions:
            self._end(version.service, version.objective, version.from_ms)
            self._versions.append(version)

    def _end(self, service: str, objective: str, to_ms: int) -> None:
        self._versions = [
            replace(v, to_ms=to_ms)
            if (v.service, v.objective, v.to_ms) == (service, objective, None)
            else v
            for v in self._versions
        ]

    def write(
        self, blocks: Sequence[SealedBlock], sealed: Mapping[int, int] | None = None
    ) -> None:
        """Write blocks whole, in place of what was there."""
        for block in blocks:
            self._blocks[block.generation, block_of(block.slices.first)] = block
        for generation, last in (sealed or {}).items():
            made = self._generations[generation]
            self._generations[generation] = replace(made, sealed_block=last)

    def read(self, generation: int, first: int, last: int) -> SliceRange:
        """Return the slices `first` to `last`, both included."""
        out = SliceRange.blank(first, last - first + 1)
        for (owner, _), block in self._blocks.items():
            if owner == generation:
                out.put(block.slices)
        return out

    def read_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> SliceTable:
        """Return the slices `first` to `last` of several generations."""
        table = SliceTable.blank(len(generations), first, last - first + 1)
        for row, generation in enumerate(generations):
            table.of(row).put(self.read(generation, first, last))
        return table

    def totals(
        self, generations: Sequence[int], first_block: int, last_block: int
    ) -> Mapping[int, tuple[float, float, int]]:
        """Return bad, valid and seen of whole blocks added up, by generation."""
        found: dict[int, tuple[float, float, int]] = {}
        for (owner, number), block in self._blocks.items():
            part = block.slices
            if owner not in generations or part.is_blank:
                continue
            if first_block <= number <= last_block:
                bad, valid, seen = found.get(owner, (0.0, 0.0, 0))
                found[owner] = (
                    bad + float(part.bad.sum()),
                    valid + float(part.valid.sum()),
                    seen + sum(part.seen.tolist()),
                )
        return found

    def late(self, generation: int, first: int, last: int) -> list[LateEvents]:
        """Return late events filed under the slices `first` to `last`, by slice."""
        return sorted(
            (
                e
                for (owner, _), block in self._blocks.items()
                if owner == generation
                for e in block.late
                if first <= e.slice <= last
            ),
            key=lambda e: e.slice,
        )

    def late_of_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> Mapping[int, list[LateEvents]]:
        """Return late events of several generations that have any."""
        found = {g: self.late(g, first, last) for g in generations}
        return {g: events for g, events in found.items() if events}

    def births(self, generation: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births in the slices `first` to `last`, by slice."""
        return sorted(
            (
                b
                for (owner, _), block in self._blocks.items()
                if owner == generation
                for b in block.births
                if first <= b.slice <= last
            ),
            key=lambda b: b.slice,
        )

    def sources(self) -> list[SourceSpan]:
        """Return all spans, by generation, kind and first slice."""
        return sorted(self._sources, key=lambda s: (s.generation, s.kind, s.first))

    def record_sources(
        self, generations: Iterable[int], spans: Sequence[SourceSpan]
    ) -> None:
        """Write the spans of some generations in place of those that they had."""
        gone = set(generations)
        self._sources = [s for s in self._sources if s.generation not in gone]
        self._sources += spans

    def unseal(self, generations: Iterable[int], from_block: int | None) -> None:
        """Take blocks from one on (None: all) as not sealed."""
        newest = None if from_block is None else from_block - 1
        for key in generations:
            made = self._generations[key]
            sealed = made.sealed_block
            if newest is None or (sealed is not None and sealed > newest):
                self._generations[key] = replace(made, sealed_block=newest)

    def expire(self, before_block: Mapping[int, int]) -> None:
        """Delete blocks older than one, by generation."""
        self._blocks = {
            (owner, number): block
            for (owner, number), block in self._blocks.items()
            if first_slice(number) >= first_slice(before_block.get(owner, number))
        }
