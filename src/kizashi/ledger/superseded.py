"""Generations that are derived again where history came in afterwards."""

from dataclasses import replace

from kizashi.ledger.building import Built, LedgerPlan, intervals_of
from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.ledger.job_names import jobs_of
from kizashi.ledger.scraped import ScrapedSource
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import spec_from_json, track
from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.slo.generations import Generation, Version
from kizashi.slo.slices import block_of
from kizashi.slo.windows import slice_of


def unseal(ledgers: LedgerStore, first_ms: int) -> list[Generation]:
    """Let every objective's newest generation be derived from a time on."""
    newest = {(g.service, g.objective): g for g in ledgers.generations()}
    for made in newest.values():
        ledgers.unseal([made.id], block_of(slice_of(max(first_ms, 1), made.slice_ms)))
    return list(newest.values())


def rederive_superseded(
    samples: SampleStore, ledgers: LedgerStore, plan: LedgerPlan, first_ms: int
) -> int:
    """Derive superseded generations from a time on; return how many there were.

    What they counted while they did is counted again to the same numbers; what was
    stored of the time before is added.

    Raises:
        StoreError: If a store failed.

    Source: rule 10: a generation reaches as far back as the stored samples.
    """
    ended = _ended(ledgers)
    catalogue = TargetCatalogue(samples)
    built = Built(plan, intervals_ms=intervals_of(plan, catalogue))
    for generation, version, to_ms in ended:
        spec = spec_from_json(version.service, version.objective, version.spec)
        jobs = jobs_of(spec, plan.intervals_ms, catalogue).names
        start = block_of(slice_of(max(first_ms, 1), generation.slice_ms))
        tracked = track(
            spec,
            replace(generation, sealed_block=start - 1),
            built.interval_ms(jobs),
        )
        source = ScrapedSource(catalogue)
        shard = Shard([tracked], jobs, source, ledgers=ledgers, now_ms=to_ms)
        ledgers.write(shard.unsealed())
    return len(ended)


def _ended(ledgers: LedgerStore) -> list[tuple[Generation, Version, int]]:
    """Return generations with a newer one, their last versions, and their ends."""
    generations = ledgers.generations()
    newest = {(g.service, g.objective): g.id for g in generations}
    last = {version.generation: version for version in ledgers.versions()}
    return [
        (generation, version, version.to_ms)
        for generation in generations
        if newest[generation.service, generation.objective] != generation.id
        and (version := last.get(generation.id)) is not None
        and version.to_ms is not None
    ]
