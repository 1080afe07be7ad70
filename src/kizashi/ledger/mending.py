"""Blocks of the ledger that are damaged, counted again from samples where these reach."""

from collections.abc import Iterable

from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.ledger.deriving import Deriver
from kizashi.ledger.matching import RuleIndex
from kizashi.ledger.shard import Shard
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleReader
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.slices import block_of, first_slice
from kizashi.slo.sources import SourceKind, SourceSpan
from kizashi.slo.windows import slice_of


def mend(shards: Iterable[Shard], samples: SampleReader, ledgers: LedgerStore) -> int:
    """Count lost blocks again and write them; return how many that were.

    Those whose samples are gone, or were never ours, stay as they are: unseen.

    Args:
        shards: What counts samples of ours; what a server counted is read from it again.
        samples: Where they are.
        ledgers: Where the blocks are.
    """
    counted = {
        tracked.generation.id: (shard, member)
        for shard in shards
        for member, tracked in enumerate(shard.members)
    }
    lost = [d for d in ledgers.damages() if d.generation in counted and not d.is_mended]
    oldest_ms = samples.first_scrape_ms() if lost else None
    if oldest_ms is None:
        return 0
    catalogue, spans = TargetCatalogue(samples), ledgers.sources()
    count = 0
    for damage in lost:
        generation = damage.generation or 0
        shard, member = counted[generation]
        number = block_of(slice_of(damage.first_ms, shard.slice_ms))
        is_scraped = not _is_read(spans, generation, number)
        if damage.first_ms >= oldest_ms and number <= shard.sealed and is_scraped:
            ledgers.mend(damage, derive_block(catalogue, shard, member, number))
            count += 1
    return count


def derive_block(
    catalogue: TargetCatalogue, shard: Shard, member: int, number: int
) -> SealedBlock:
    """Return one block of an objective as its samples say it."""
    closed = first_slice(number) - 1
    deriver = Deriver(
        catalogue,
        RuleIndex([shard.index.rules[member]]),
        jobs=shard.jobs,
        slice_ms=shard.slice_ms,
        closed=closed,
    )
    deriver.tail = shard.tail([member], closed, deriver.longest_scrape_reach)
    stretch = deriver.advance(first_slice(number + 1) - 1)
    return stretch.block(0, shard.members[member].generation.id, number)


def _is_read(spans: Iterable[SourceSpan], generation: int, number: int) -> bool:
    """Return whether slices of a block came from a server, not from our samples."""
    first, last = first_slice(number), first_slice(number + 1) - 1
    return any(
        span.generation == generation
        and span.kind is not SourceKind.SCRAPED
        and span.first <= last
        and span.last >= first
        for span in spans
    )
