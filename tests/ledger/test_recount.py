"""The ledger worked out anew says what it said when it was lived through."""

from decimal import Decimal

from harness.ledger_world import Config, LedgerWorld
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import BLOCK_SLICES
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
BLOCK = BLOCK_SLICES * SLICE
T0 = 1_800_000_000_000 // BLOCK * BLOCK
HITS = Labels.of(__name__="hits_total")
RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)


def world_at(now_ms: int) -> LedgerWorld:
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(86_400_000), RATIO, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    plan = LedgerPlan((service,), {"j": SLICE}, SLICE)
    return LedgerWorld(MemorySamples(), MemoryLedger(), plan, now_ms)


def words(engine: Engine, first_ms: int, last_ms: int) -> list[str]:
    """Return the state of every slice."""
    shard, member = engine.built.place["s", "a"]
    part = shard.past_slices(member, first_ms // SLICE, last_ms // SLICE)
    return [State(int(state)).word for state in part.state]


def again(world: LedgerWorld, now_ms: int, from_block: int | None = None) -> Engine:
    """Return an engine that works the ledger out anew."""
    world.ledgers.unseal([g.id for g in world.ledgers.generations()], from_block)
    engine = Engine(world.samples, world.ledgers)
    engine.take_over(engine.build(world.plan, now_ms))
    return engine


def test_each_slice_is_live_or_idle_by_the_interval_of_its_time() -> None:
    """After growth, 2.5 minutes of a minute's interval are live, 37.5 s of 15 s."""
    world = world_at(T0)
    target = world.discover("j", "x", T0, Config(interval_ms=60_000))
    for minute in range(10):
        now = T0 + 60_000 * minute
        world.tick(now - 1)
        world.land(target, now, {HITS: float(minute >= 2)})
    fast_from = T0 + 600_000
    world.configure(target, Config(interval_ms=SLICE), fast_from)
    for scrape in range(40):
        now = fast_from + SLICE * scrape
        world.tick(now - 1)
        world.land(target, now, {HITS: 1.0 + (scrape >= 20)})
    world.tick(fast_from + 40 * SLICE)

    lived = words(world.engine, T0 + SLICE, fast_from + 39 * SLICE)

    # Growth in the slice that ends at 2 min: that one and the 9 that follow it.
    assert lived[:20] == ["idle"] * 7 + ["live"] * 10 + ["idle"] * 3
    # At 5 min after the change: that slice and the 2 that follow it.
    assert lived[-20:] == ["live"] * 3 + ["idle"] * 17
    anew = again(world, fast_from + 40 * SLICE)
    assert words(anew, T0 + SLICE, fast_from + 39 * SLICE) == lived


def test_late_growth_at_the_end_of_a_block_keeps_the_next_slices_live() -> None:
    world = world_at(T0)
    target = world.discover("j", "x", T0)
    edge = T0 + BLOCK
    world.land(target, T0 + SLICE, {HITS: 1.0})
    world.tick(edge - 1)
    # Six events since almost two hours: late, and filed under the block's last slice.
    world.land(target, edge, {HITS: 7.0})
    for scrape in range(1, 100):
        world.tick(edge + SLICE * scrape - 1)
        world.land(target, edge + SLICE * scrape, {HITS: 7.0})
    world.tick(edge + 100 * SLICE)

    lived = words(world.engine, edge, edge + 5 * SLICE)

    assert lived == ["live"] * 3 + ["idle"] * 3
    anew = again(world, edge + 100 * SLICE, from_block=T0 // BLOCK + 1)
    assert words(anew, edge, edge + 5 * SLICE) == lived


def test_what_targets_showed_before_their_interval_grew_is_told_alike() -> None:
    """A page of 15 seconds counts for 37.5, though the next one is of a minute."""
    world = world_at(T0)
    target = world.discover("j", "x", T0)
    for scrape in range(4):
        world.land(target, T0 + SLICE * scrape + 1_000, {HITS: 1.0})
        world.tick(T0 + SLICE * scrape + 1_100)
    world.configure(target, Config(interval_ms=60_000), T0 + 60_500)
    for at, page in ((61_000, {}), (121_000, {}), (181_000, {HITS: 2.0})):
        for edge in range(T0 + SLICE, T0 + at, SLICE):
            world.tick(edge + 20)
        world.land(target, T0 + at, page)
    world.tick(T0 + 16 * SLICE)

    lived = words(world.engine, T0 + SLICE, T0 + 16 * SLICE)

    assert lived == ["idle"] * 5 + ["absent"] * 7 + ["live"] * 4
    anew = again(world, T0 + 16 * SLICE)
    assert words(anew, T0 + SLICE, T0 + 16 * SLICE) == lived


def test_a_series_that_is_no_number_at_first_is_stored_all_the_same() -> None:
    world = world_at(T0)
    target = world.discover("j", "x", T0)
    for scrape, value in enumerate((float("nan"), float("nan"), 5.0, 6.0)):
        world.land(target, T0 + SLICE * scrape + 1_000, {HITS: value})
        world.tick(T0 + SLICE * (scrape + 1) + 20)

    def told(engine: Engine) -> tuple[list[str], list[int], list[float]]:
        shard, member = engine.built.place["s", "a"]
        part = shard.past_slices(member, T0 // SLICE + 1, T0 // SLICE + 4)
        states = words(engine, T0 + SLICE, T0 + 4 * SLICE)
        return states, part.seen.tolist(), part.valid.tolist()

    lived = told(world.engine)
    assert lived[0] == ["absent", "absent", "idle", "live"]
    assert lived[1:] == ([0, 0, SEEN_ONE, SEEN_ONE], [0, 0, 0, 1])
    assert told(again(world, T0 + 4 * SLICE)) == lived


def test_a_rebuild_that_was_given_up_leaves_the_ledger_counting() -> None:
    world = world_at(T0)
    target = world.discover("j", "x", T0)
    world.land(target, T0 + SLICE, {HITS: 1.0})
    with world.begin(T0 + SLICE) as rebuild:
        world.land(target, T0 + 2 * SLICE, {HITS: 3.0})

    world.land(target, T0 + 3 * SLICE, {HITS: 7.0})
    world.tick(T0 + 3 * SLICE)

    assert len(rebuild.missed) == 1
    shard, member = world.engine.built.place["s", "a"]
    part = shard.past_slices(member, T0 // SLICE + 1, T0 // SLICE + 3)
    assert part.valid.tolist() == [0.0, 2.0, 4.0]
