"""Stories of one target, counted live, after a restart, by brute force and raw."""

import numpy as np

from harness.brute_force import brute_ledger
from harness.ledger_world import Config, LedgerWorld
from kizashi.ledger.followed import Fill
from kizashi.ledger.matching import count_rule
from kizashi.ledger.raw_counting import Counting, count_raw
from kizashi.ledger.raw_samples import (
    MEMORY_MS,
    RawStretch,
    report_selector,
    selectors_of,
    up_selector,
)
from kizashi.model.arrays import is_stale
from kizashi.model.labels import Labels
from kizashi.model.upstream import UpstreamSamples, UpstreamSeries
from kizashi.promql.selectors import parse_selector
from kizashi.slo.blocks import BirthReason

SLICE = 15_000


def stored(
    world: LedgerWorld, selector: str, start_ms: int, end_ms: int
) -> UpstreamSamples:
    """Return what a server would say: samples of ``(start_ms, end_ms]``, no markers."""
    found = []
    for one in world.samples.select(parse_selector(selector), start_ms + 1, end_ms):
        real = ~is_stale(one.values)
        if real.any():
            found.append(UpstreamSeries(one.labels, one.ts_ms[real], one.values[real]))
    return UpstreamSamples(tuple(found))


def counted_raw(
    world: LedgerWorld,
    first: int,
    last: int,
    until_ms: int = 2**60,
    since_ms: int | None = None,
    *,
    reports: bool = True,
) -> Fill:
    """Return slices as counted from what a server kept of a world's scrapes."""
    (spec,) = world.plan.objectives
    rule = count_rule(spec.indicator)
    counting = Counting(0, rule, first, last, SLICE, until_ms, since_ms)
    start, end = counting.read_from_ms, min(last * SLICE, until_ms)
    own = [stored(world, s, start, end) for s in selectors_of(rule)]
    before = [stored(world, s, start - MEMORY_MS, start) for s in selectors_of(rule)]
    up, report = (f(rule, spec.job, ()) for f in (up_selector, report_selector))
    assert up is not None
    assert report is not None
    return count_raw(
        counting,
        RawStretch(
            start,
            UpstreamSamples(tuple(one for part in own for one in part.series)),
            stored(world, up, start, last * SLICE),
            UpstreamSamples(tuple(one for part in before for one in part.series)),
            None,
            stored(world, report, start, end) if reports else UpstreamSamples(()),
        ),
    )


class Story:
    """One target of a world with one objective, scraped once a slice.

    Args:
        world: The world.
        start_ms: A slice's edge, when the target is discovered.
    """

    def __init__(self, world: LedgerWorld, start_ms: int) -> None:
        self.world = world
        self.first = start_ms // SLICE + 1
        self.target = world.discover("j", "x", start_ms)
        self.now_ms = start_ms + 1_000

    def scrape(self, *pages: dict[Labels, float] | None) -> None:
        """Land pages, one a slice; None is a scrape that fails."""
        for page in pages:
            self.world.land(self.target, self.now_ms, page)
            self.now_ms += SLICE
            self.world.tick(self.now_ms - 500)

    def configure(self, fingerprint: str) -> None:
        """Change what scrapes yield, from the next one on."""
        self.world.configure(self.target, Config(fingerprint), self.now_ms - 400)

    def kill(self, gap_ms: int) -> None:
        """Let the server be away: so long after the last scrape comes the next."""
        self.now_ms += gap_ms - SLICE
        self.world.restart(self.now_ms - 300)

    def births(self) -> list[tuple[BirthReason, float]]:
        """Return why failures were taken for births, and how many."""
        shard, member = self.world.engine.built.place["s", "a"]
        found = shard.births(member, self.first, self.now_ms // SLICE + 2)
        return [(b.reason, b.amount) for b in found if 'code="500"' in b.series]

    def check(
        self, bad: float, late: float = 0.0, *, raw: tuple[float, float] | None = None
    ) -> None:
        """Hold what four ways count, slice by slice, to what happened.

        Args:
            bad: Bad events on time.
            late: Late ones.
            raw: Both as raw samples tell them, where they may differ; None: alike.
        """
        world = self.world
        last = self.now_ms // SLICE + 1
        world.tick(last * SLICE + 20_000)
        lived = self._told(last)
        assert (sum(lived[0].values()), sum(lived[1].values())) == (bad, late)
        (spec,) = world.plan.objectives
        brute = brute_ledger(spec.indicator, world.all_stories(), SLICE)
        told = (brute.bad, brute.late_bad, brute.valid, brute.late_valid)
        assert lived == tuple({k: v for k, v in one.items() if v} for one in told)
        world.ledgers.unseal([g.id for g in world.ledgers.generations()], None)
        world.restart(last * SLICE + 20_000)
        assert self._told(last) == lived
        fill = counted_raw(world, self.first, last)
        found = fill.slices.bad.sum(), sum(e.bad for e in fill.late)
        assert found == ((bad, late) if raw is None else raw)

    def _told(self, last: int) -> tuple[dict[int, float], ...]:
        """Return bad, late bad, valid and late valid events by slice."""
        shard, member = self.world.engine.built.place["s", "a"]
        part = shard.past_slices(member, self.first, last)
        late = shard.late(member, self.first, last)
        sums: list[dict[int, float]] = [
            dict(enumerate(np.asarray(part.bad).tolist(), self.first)),
            {},
            dict(enumerate(np.asarray(part.valid).tolist(), self.first)),
            {},
        ]
        for event in late:
            for which, amount in ((1, event.bad), (3, event.valid)):
                before = sums[which].get(event.slice, 0.0)
                sums[which][event.slice] = before + amount
        return tuple({k: v for k, v in one.items() if v} for one in sums)
