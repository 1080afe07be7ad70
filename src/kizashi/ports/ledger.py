"""What the inside asks of a store for sealed parts of the ledger.

Calls are synchronous and may come from any thread. Blocks are those of
``kizashi.slo.slices``; slices of which nothing was written read as blank.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kizashi.ports.damage import Damage
from kizashi.slo.created import BirthReason
from kizashi.slo.slices import SliceRange, SliceTable


@dataclass(frozen=True, slots=True)
class Generation:
    """One way of counting an objective: rule 10.

    Attributes:
        id: Number in this store.
        service: The service's name.
        objective: The objective's name.
        number: 1 for the objective's first generation.
        fingerprint: What is counted, as canonical text.
        slice_ms: Length of its slices.
        opened_ms: When it began to answer.
        sealed_block: Its newest block that is written for good, or None.
    """

    id: int
    service: str
    objective: str
    number: int
    fingerprint: str
    slice_ms: int
    opened_ms: int
    sealed_block: int | None


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """A generation to open; its number is the next of its objective."""

    service: str
    objective: str
    fingerprint: str
    slice_ms: int
    opened_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """What an objective promised from a time on; target and policy apply by date.

    Attributes:
        service: The service's name.
        objective: The objective's name.
        from_ms: When it began to apply.
        to_ms: When it ceased to, or None.
        generation: Number of the generation that answers.
        spec: The objective as canonical JSON.
    """

    service: str
    objective: str
    from_ms: int
    to_ms: int | None
    generation: int
    spec: str


@dataclass(frozen=True, slots=True)
class LateEvents:
    """Events whose slice nobody knows, filed under the slice that ended the gap."""

    slice: int
    bad: float
    valid: float


@dataclass(frozen=True, slots=True)
class BirthNote:
    """A series that was taken for born at zero, as *explain* shows it."""

    slice: int
    series: str
    amount: float
    reason: BirthReason = BirthReason.UNKNOWN


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """One block of one generation, with what belongs to its slices.

    Attributes:
        generation: The generation's number in the store.
        slices: 480 slices, the first of a block first.
        late: Late events in these slices.
        births: Inferred births in these slices.
    """

    generation: int
    slices: SliceRange
    late: tuple[LateEvents, ...] = ()
    births: tuple[BirthNote, ...] = ()


class SourceKind(StrEnum):
    """Where slices came from, once a server is read instead of scraping."""

    #: Counted from our own scrapes, before a server was read instead.
    SCRAPED = "scraped"
    #: A server's recorded counts were read.
    RECORDED = "recorded"
    #: Counted here from the raw samples of a server.
    RAW = "raw"
    #: The same, of one that does not tell where a scrape configuration changed.
    RAW_UNREPORTED = "raw_unreported"
    #: The server was asked, and had neither.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """Consecutive slices of one generation that came from one source."""

    generation: int
    kind: SourceKind
    first: int
    last: int


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
