"""Latency objectives where a histogram's threshold and total do not tell alike."""

from decimal import Decimal

import pytest

from harness.ledger_world import LedgerWorld
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.sli.latency import LatencyIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
DAY = 86_400_000
NAN = float("nan")
Page = dict[Labels, float]


def at_edge(edge: str) -> Labels:
    return Labels.of(__name__="d_bucket", le=edge)


FAST, EVERY, OTHER = at_edge("0.2"), at_edge("+Inf"), at_edge("0.1")


def world_of() -> LedgerWorld:
    indicator = LatencyIndicator("d", Decimal("0.2"))
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.9"), RollingWindow(DAY), indicator, job="j"
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    plan = LedgerPlan((service,), {"j": SLICE}, SLICE)
    return LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)


def slices(world: LedgerWorld, count: int) -> list[tuple[float, float]]:
    """Return bad and valid events of the first slices."""
    [shard] = world.engine.built.shards
    first = T0 // SLICE + 1
    part = shard.past_slices(0, first, first + count - 1)
    return list(zip(part.bad.tolist(), part.valid.tolist(), strict=True))


def told(
    *pages: Page | None, restarts_after: int | None = None, gap: int = 0
) -> list[tuple[float, float]]:
    """Return what each scrape counts, a slice each; `gap` slices before the last."""
    world = world_of()
    target = world.discover("j", "x", T0)
    at = T0 + 7_000
    for number, page in enumerate(pages):
        if number == len(pages) - 1:
            at += gap * SLICE
        world.land(target, at, page)
        world.tick(at + 100)
        if restarts_after == number:
            world.restart(at + 200)
        at += SLICE
    world.tick(at + SLICE)
    lived = slices(world, len(pages) + gap)
    world.ledgers.unseal([g.id for g in world.ledgers.generations()], None)
    world.restart(at + SLICE)
    assert slices(world, len(pages) + gap) == lived
    return lived


@pytest.mark.parametrize("restarts_after", [None, 0, 1, 2])
@pytest.mark.parametrize("missing", [{}, {FAST: NAN}])
def test_rule_1_a_threshold_that_vanishes_for_a_scrape_loses_and_adds_nothing(
    missing: Page, restarts_after: int | None
) -> None:
    """Its growth belongs to the slice of its later sample, and the total's with it."""
    lived = told(
        {FAST: 10.0, EVERY: 20.0},
        {**missing, EVERY: 26.0},
        {FAST: 19.0, EVERY: 31.0},
        {FAST: 20.0, EVERY: 33.0},
        restarts_after=restarts_after,
    )
    assert lived == [(0, 0), (0, 0), (2, 11), (1, 2)]


@pytest.mark.parametrize("restarts_after", [None, 1, 2])
def test_rule_1_a_total_that_vanishes_for_two_scrapes_loses_and_adds_nothing(
    restarts_after: int | None,
) -> None:
    lived = told(
        {FAST: 10.0, EVERY: 20.0},
        {FAST: 12.0},
        {FAST: 15.0},
        {FAST: 19.0, EVERY: 31.0},
        restarts_after=restarts_after,
    )
    assert lived == [(0, 0), (0, 0), (0, 0), (2, 11)]


def test_a_threshold_that_was_gone_for_more_than_five_minutes_is_a_baseline() -> None:
    """Its edge may have been another for a while: what it missed nobody knows."""
    lived = told(
        {FAST: 10.0, EVERY: 20.0},
        {EVERY: 26.0},
        {FAST: 19.0, EVERY: 31.0},
        gap=20,
    )
    assert set(lived) == {(0, 0)}


def test_a_process_that_began_anew_without_the_threshold_makes_nothing_slow() -> None:
    """A deploy moves the edge, and is rolled back a minute later."""
    lived = told(
        {FAST: 100.0, EVERY: 200.0},
        {OTHER: 5.0, EVERY: 30.0},
        {OTHER: 9.0, EVERY: 60.0},
        {FAST: 8.0, EVERY: 10.0},
        {FAST: 9.0, EVERY: 13.0},
    )
    assert lived == [(0, 0), (0, 0), (0, 0), (2, 10), (2, 3)]


def test_rule_3_an_edge_that_is_new_on_a_process_that_goes_on_is_a_baseline() -> None:
    lived = told(
        {OTHER: 50.0, EVERY: 200.0},
        {OTHER: 52.0, EVERY: 210.0, FAST: 150.0},
        {OTHER: 52.0, EVERY: 220.0, FAST: 157.0},
    )
    assert lived == [(0, 0), (0, 0), (3, 10)]


def test_rule_6_an_edge_may_be_spelled_anew_at_every_start_of_the_process() -> None:
    """A client that is upgraded, and rolled back."""
    one, other = at_edge("0.2"), at_edge("0.20")
    lived = told(
        {one: 100.0, EVERY: 200.0},
        {other: 4.0, EVERY: 6.0},
        {other: 9.0, EVERY: 12.0},
        {one: 3.0, EVERY: 4.0},
        {one: 4.0, EVERY: 8.0},
    )
    assert lived == [(0, 0), (2, 6), (1, 6), (1, 4), (3, 4)]


def test_rule_2_where_one_of_the_two_has_restarted_both_have() -> None:
    """The total has grown past its old value within one scrape; nothing is negative."""
    lived = told(
        {FAST: 14.0, EVERY: 15.0},
        {FAST: 11.0, EVERY: 15.0},
        {FAST: 3.0, EVERY: 16.0},
        {FAST: 4.0, EVERY: 18.0},
    )
    assert lived == [(0, 0), (4, 15), (13, 16), (1, 2)]


def test_a_histogram_without_a_total_counts_nothing() -> None:
    lived = told({FAST: 1.0}, {FAST: 5.0}, {FAST: 9.0})
    assert lived == [(0, 0)] * 3


@pytest.mark.parametrize("restarts", [False, True])
def test_an_edge_spelled_anew_on_a_process_that_goes_on_explains_no_birth(
    *, restarts: bool
) -> None:
    """Only what was counted from zero is said to have been."""
    anew = at_edge("0.20")
    world = world_of()
    target = world.discover("j", "x", T0)
    for number, page in enumerate(
        (
            {FAST: 90.0, EVERY: 100.0},
            {FAST: 95.0, EVERY: 110.0},
            {anew: 600.0, EVERY: 700.0},
            {anew: 605.0, EVERY: 710.0},
        )
    ):
        world.land(target, T0 + 7_000 + number * SLICE, page)
    world.tick(T0 + 5 * SLICE)
    if restarts:
        world.ledgers.unseal([g.id for g in world.ledgers.generations()], None)
        world.restart(T0 + 5 * SLICE)
    [shard] = world.engine.built.shards

    first = T0 // SLICE + 1
    born = shard.births(0, first, first + 4)

    assert slices(world, 4) == [(0, 0), (5, 10), (0, 0), (5, 10)]
    assert born == []


def test_an_edge_that_was_counted_from_zero_is_explained_with_what_it_added() -> None:
    world = world_of()
    target = world.discover("j", "x", T0)
    get = Labels.of(__name__="d_bucket", le="0.2", method="GET")
    every = Labels.of(__name__="d_bucket", le="+Inf", method="GET")
    world.land(target, T0 + 7_000, {FAST: 9.0, EVERY: 10.0})
    world.land(target, T0 + 22_000, {FAST: 9.0, EVERY: 10.0, get: 3.0, every: 4.0})
    world.tick(T0 + 3 * SLICE)
    [shard] = world.engine.built.shards

    born = shard.births(0, T0 // SLICE + 1, T0 // SLICE + 3)

    assert slices(world, 2) == [(0, 0), (1, 4)]
    assert sorted(note.amount for note in born) == [3, 4]
