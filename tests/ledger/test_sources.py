"""Where slices come from: what a source leaves to another, and who takes over."""

from dataclasses import replace
from decimal import Decimal

from harness.ledger_world import LedgerWorld
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.sources import SourceKind
from kizashi.slo.windows import slice_of
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000
SLICE = 15_000
HITS = Labels.of(__name__="hits_total", code="200")
RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)
SPEC = ObjectiveSpec(
    "s", "a", Decimal("0.99"), RollingWindow(3_600_000), RATIO, job="j"
)
PLAN = LedgerPlan(
    (ServiceSpec("s", LocalText("s", "s"), objectives=(SPEC,)),), {"j": SLICE}, SLICE
)
FIRST = slice_of(T0 + 1, SLICE)


def scraped() -> tuple[LedgerWorld, int]:
    """Return a ledger of our own scrapes, with one event in its first slice but one."""
    world = LedgerWorld(MemorySamples(), MemoryLedger(), PLAN, T0)
    target = world.discover("j", "x", T0)
    for number in range(2):
        world.land(target, T0 + number * SLICE + 7_000, {HITS: 1.0 + number})
    world.tick(T0 + 2 * SLICE)
    return world, target


def test_a_scrape_that_lands_while_a_server_takes_over_counts_nothing_beside_it() -> (
    None
):
    world, target = scraped()

    with world.begin(T0 + 2 * SLICE) as rebuild:
        world.land(target, T0 + 2 * SLICE + 7_000, {HITS: 9.0})
        built = rebuild.build(replace(PLAN, follows=True), T0 + 2 * SLICE + 8_000)
        world.engine.take_over(built)
    (followed,) = world.engine.built.followed
    followed.shard.close_next()

    assert followed.shard.past_slices(0, FIRST, FIRST + 2).valid.tolist() == [0, 1, 0]
    assert followed.shard.targets == {}


def test_what_was_scraped_before_a_server_took_over_is_told_as_such() -> None:
    world, _ = scraped()

    with world.begin(T0 + 2 * SLICE) as rebuild:
        built = rebuild.build(replace(PLAN, follows=True), T0 + 2 * SLICE)
        world.engine.take_over(built)
    (shard,) = world.engine.built.shards

    assert shard.source.came_from(0, FIRST, FIRST + 1) == [
        (SourceKind.SCRAPED, FIRST, FIRST + 1)
    ]


def test_slices_of_our_own_scrapes_have_one_origin_and_nothing_to_tell_of_it() -> None:
    world, _ = scraped()

    (shard,) = world.engine.built.shards

    assert world.engine.built.followed == []
    assert shard.source.came_from(0, FIRST, FIRST + 1) == []
    assert not shard.source.is_read(0, 1)
