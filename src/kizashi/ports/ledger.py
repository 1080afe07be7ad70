"""What the inside asks of a store for sealed parts of the ledger.

Calls are synchronous and may come from any thread. Blocks are those of
``kizashi.slo.slices``; slices of which nothing was written read as blank.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from kizashi.model.damage import Damage
from kizashi.slo.blocks import BirthNote, LateEvents, SealedBlock
from kizashi.slo.generations import Generation, NewGeneration, Version
from kizashi.slo.slices import SliceRange, SliceTable
from kizashi.slo.sources import SourceSpan


class LedgerStore(Protocol):
    """Sealed blocks, generations and versions. What returned is durable."""

    def generations(self, of: tuple[str, str] | None = None) -> list[Generation]:
        """Return all generations, by number in the store, or one objective's.

        Args:
            of: Its service and its name.
        """
        ...

    def open_generations(self, new: Sequence[NewGeneration]) -> list[Generation]:
        """Make the next generation of each objective, in one transaction."""
        ...

    def versions(self, of: tuple[str, str] | None = None) -> list[Version]:
        """Return all versions, by service, objective and time, or one objective's.

        Args:
            of: Its service and its name.
        """
        ...

    def record_versions(
        self, versions: Sequence[Version], ended: Iterable[tuple[str, str]], at_ms: int
    ) -> None:
        """Date changes of objectives, in one transaction.

        Args:
            versions: Added; the open version before each ends where it begins.
            ended: Service and objective of those whose open version ends.
            at_ms: When these end.
        """
        ...

    def write(
        self, blocks: Sequence[SealedBlock], sealed: Mapping[int, int] | None = None
    ) -> None:
        """Write blocks whole, in place of what was there, in one transaction.

        Args:
            blocks: The blocks; a blank one without events is removed.
            sealed: The newest sealed block by generation, noted with them.
        """
        ...

    def read(self, generation: int, first: int, last: int) -> SliceRange:
        """Return the slices `first` to `last`, both included."""
        ...

    def read_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> SliceTable:
        """Return the slices `first` to `last` of several generations, in their order.

        It takes 19 bytes a slice: to read much, ask for some at a time.
        """
        ...

    def totals(
        self, generations: Sequence[int], first_block: int, last_block: int
    ) -> Mapping[int, tuple[float, float, int]]:
        """Return bad, valid and seen of whole blocks added up, by generation.

        Generations without such a block are left out. Late events are not in it.
        """
        ...

    def damages(self) -> Sequence[Damage]:
        """Return what of the samples and the ledger is known to be lost."""
        ...

    def mend(self, damage: Damage, block: SealedBlock) -> None:
        """Write a block that was lost, as it was counted again from samples."""
        ...

    def late(self, generation: int, first: int, last: int) -> list[LateEvents]:
        """Return late events filed under the slices `first` to `last`, by slice."""
        ...

    def late_of_many(
        self, generations: Sequence[int], first: int, last: int
    ) -> Mapping[int, list[LateEvents]]:
        """Return the same of several generations; those without any are left out."""
        ...

    def births(self, generation: int, first: int, last: int) -> list[BirthNote]:
        """Return inferred births in the slices `first` to `last`, by slice."""
        ...

    def sources(self) -> list[SourceSpan]:
        """Return all spans, by generation, kind and first slice."""
        ...

    def record_sources(
        self, generations: Iterable[int], spans: Sequence[SourceSpan]
    ) -> None:
        """Write the spans of some generations in place of those that they had."""
        ...

    def unseal(self, generations: Iterable[int], from_block: int | None) -> None:
        """Take blocks from one on (None: all) as not sealed, to be derived again."""
        ...

    def expire(self, before_block: Mapping[int, int]) -> None:
        """Delete blocks older than one, by generation, in small transactions."""
        ...
