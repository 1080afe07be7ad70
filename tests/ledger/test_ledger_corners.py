"""Corners of the ledger where a number went wrong once: hostile, rare or badly timed."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from harness.examples import examples
from harness.ledger_world import Config, LedgerWorld
from kizashi.app.alerting import AlertTracker
from kizashi.app.answering import EngineAnswers
from kizashi.app.answers import ObjectiveView
from kizashi.errors import InputError, StoreError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.live_scrapes import LiveScrape
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import ScrapeRow
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, block_of
from kizashi.slo.window_sums import State
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

SLICE = 15_000
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
DAY = 86_400_000
RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")


def plan(
    indicator: Indicator = RATIO,
    *,
    window_ms: int = DAY,
    job: str | None = "j",
    jobs: tuple[str, ...] = ("j",),
    slice_ms: int = SLICE,
) -> LedgerPlan:
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.99"), RollingWindow(window_ms), indicator, job=job
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    return LedgerPlan((service,), dict.fromkeys(jobs, slice_ms), slice_ms)


def world_of(story: LedgerPlan) -> LedgerWorld:
    return LedgerWorld(MemorySamples(), MemoryLedger(), story, T0)


def ask(world: LedgerWorld) -> ObjectiveView:
    return EngineAnswers(world.engine, world.ledgers, list).objective("s", "a")


def spent_and_valid(world: LedgerWorld) -> tuple[float, float]:
    view = ask(world)
    return view.budget.spent, view.valid


def test_counters_too_vast_to_count_neither_stop_the_ledger_nor_spend() -> None:
    """Two such series add up to infinity, on which the arithmetic of firing ends."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    vast = [FAILED.merged({"path": path}) for path in "ab"]
    world.land(target, T0 + 7_000, {OK: 0.0, **dict.fromkeys(vast, 0.0)})
    world.land(target, T0 + 22_000, {OK: 5.0, **dict.fromkeys(vast, 1.7e308)})
    world.tick(T0 + 60_000)
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, T0)

    assert alerting.evaluate() is not None
    assert spent_and_valid(world) == (0, 5)


@pytest.mark.parametrize("vast", [float("inf"), -float("inf"), 1e200])
def test_a_counter_that_was_no_number_goes_on_from_the_last_that_was(
    vast: float,
) -> None:
    """A restart finds that sample in the store, and must step over it."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    edge = T0 + BLOCK_SLICES * SLICE
    for number, value in enumerate((5.0, 8.0, vast, vast)):
        world.land(target, edge - 60_000 + number * SLICE, {OK: value})
    # The block is sealed, so that what follows goes on from its end.
    world.restart(edge + 1_200_000)
    world.land(target, edge + 1_207_000, {OK: 12.0})
    world.tick(edge + 1_215_000)
    assert spent_and_valid(world) == (0, 7)


START = Labels.of(__name__="process_start_time_seconds")
FAILED_SINCE = Labels.of(__name__="requests_created", code="500")


@pytest.mark.parametrize("start_s", [1e12, 1e305, 1.7e308, T0 / 1000 + 700])
def test_a_start_time_that_cannot_be_proves_no_birth(start_s: float) -> None:
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {OK: 40.0, START: start_s})
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (0, 0)


@pytest.mark.parametrize("created_s", [T0 / 1000 * 1000, 1e305, 1.7e308])
def test_a_created_time_far_ahead_of_its_sample_proves_no_birth(
    created_s: float,
) -> None:
    """A created time in milliseconds would count all again after a failed scrape."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {FAILED: 1_000.0, FAILED_SINCE: created_s})
    world.land(target, T0 + 22_000, None)
    world.land(target, T0 + 37_000, {FAILED: 1_002.0, FAILED_SINCE: created_s})
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (2, 2)


def test_a_spike_beyond_exact_floats_leaves_nothing_behind_in_running_sums() -> None:
    """An unsigned counter that fell below zero: its growth swallows all lesser ones."""
    world = world_of(plan(window_ms=40 * SLICE))
    target = world.discover("j", "x", T0)
    values = [5.0, 6.0, 7.0, 2.0**64, *(8.0 + i for i in range(60))]
    for number, value in enumerate(values):
        at = T0 + 7_000 + number * SLICE
        world.land(target, at, {OK: value, FAILED: 0.0})
        world.tick(at + 100)
    assert spent_and_valid(world) == (0, 40)


def test_a_window_little_longer_than_memory_is_exact_with_slices_of_a_second() -> None:
    """Events may arrive 600 of these slices late, so that blocks are sealed late."""
    world = world_of(plan(window_ms=1_500_000, slice_ms=1_000))
    target = world.discover("j", "x", T0, Config(interval_ms=1_000))
    for number in range(2_600):
        at = T0 + 500 + number * 1_000
        world.land(target, at, {OK: float(number), FAILED: 0.0})
        world.tick(at + 100, seal=number % 60 == 0)
    assert spent_and_valid(world) == (0, 1_500)


def test_slices_that_could_not_be_sealed_in_time_are_derived_when_they_can_be() -> None:
    world = world_of(plan(window_ms=4 * DAY))
    target = world.discover("j", "x", T0)
    most = 2_600
    for number in range(most):
        at = T0 + 7_000 + number * SLICE
        world.land(target, at, {OK: float(number), FAILED: 0.0})
        # More than ten hours in which no block can be written.
        world.engine.tick(at + 100)
    for _ in range(3):
        world.tick(T0 + most * SLICE)

    assert spent_and_valid(world) == (0, most - 1)
    stretch = EngineAnswers(world.engine, world.ledgers, list).ledger(
        "s", "a", start=T0 / 1000, end=(T0 + most * SLICE) / 1000, step_s=3_600
    )
    assert sum(p.valid for p in stretch.points) == most - 1


def test_a_threshold_bucket_at_its_baseline_makes_no_event_slow() -> None:
    """A deploy moves the edges; a scrape fails while the process starts anew."""
    world = world_of(plan(LatencyIndicator("d", Decimal("0.2"))))
    target = world.discover("j", "x", T0)
    old, new, every = (
        Labels.of(__name__="d_bucket", le=edge) for edge in ("0.25", "0.2", "+Inf")
    )
    world.land(target, T0 + 7_000, {old: 100.0, every: 100.0})
    world.land(target, T0 + 22_000, None)
    # After the restart 50 events; how many of them were fast nobody knows.
    world.land(target, T0 + 37_000, {new: 45.0, every: 50.0})
    world.land(target, T0 + 52_000, {new: 54.0, every: 60.0})
    world.tick(T0 + 90_000)
    assert spent_and_valid(world) == (1, 10)


def test_jobs_that_a_matcher_selects_are_found_when_their_targets_are() -> None:
    """Their job label comes from relabelling: no scrape job has such a name."""
    matched = RatioIndicator(
        valid=parse_selector('requests_total{job=~"web-.*"}'),
        bad=parse_selector('requests_total{job=~"web-.*",code="500"}'),
    )
    world = world_of(plan(matched, job=None, jobs=("pods",)))
    target = world.discover("web-1", "x", T0, None, "pods")
    for number in range(5):
        world.land(target, T0 + 7_000 + number * SLICE, {OK: float(number)})
        world.tick(T0 + 8_000 + number * SLICE)
    world.tick(T0 + 5 * SLICE)
    assert ask(world).state == "live"

    world.discover("web-2", "y", T0 + 5 * SLICE, None, "pods")
    world.discover("db", "z", T0 + 5 * SLICE, None, "pods")
    world.tick(T0 + 6 * SLICE)
    [shard] = world.engine.built.shards
    assert shard.jobs == {"web-1", "web-2"}
    assert not world.engine.is_stale


def test_windows_follow_the_interval_of_a_job_that_relabelling_named() -> None:
    """Scraped every minute: a short window of a preset has five scrapes, rule 17."""
    story = replace(plan(window_ms=3 * DAY, job="web"), intervals_ms={"pods": 60_000})
    world = world_of(story)
    world.discover("web", "x", T0, Config(interval_ms=60_000), "pods")
    world.tick(T0 + SLICE)
    assert ask(world).burn_rates[0].window == "5m"
    world.restart(T0 + SLICE)
    assert ask(world).burn_rates[0].window == "5m"


OTHER = Labels.of(__name__="other")


@pytest.mark.parametrize("restarts", [False, True])
def test_the_first_failure_on_a_target_of_another_job_is_one_event(
    *, restarts: bool
) -> None:
    """Coverage is measured on job j; what is counted comes from a balancer of job k."""
    world = world_of(plan(jobs=("j", "k")))
    world.discover("j", "x", T0)
    balancer = world.discover("k", "lb", T0)
    world.land(balancer, T0 + 7_000, {OTHER: 1.0})
    if restarts:
        world.restart(T0 + 8_000)
    world.land(balancer, T0 + 22_000, {OTHER: 1.0, FAILED: 1.0})
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (1, 1)


def test_the_first_failure_on_another_job_during_a_rebuild_is_one_event() -> None:
    world = world_of(plan(jobs=("j", "k")))
    balancer = world.discover("k", "lb", T0)
    world.land(balancer, T0 + 7_000, {OTHER: 1.0})
    rebuild = world.begin(T0 + 20_000)
    built = rebuild.build(world.plan, T0 + 20_000)
    world.land(balancer, T0 + 22_000, {OTHER: 1.0, FAILED: 1.0})
    world.engine.take_over(built)
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (1, 1)


def test_a_birth_on_a_target_of_another_job_needs_a_scrape_that_succeeded() -> None:
    world = world_of(plan(jobs=("j", "k")))
    balancer = world.discover("k", "lb", T0)
    world.land(balancer, T0 + 7_000, {OTHER: 1.0})
    world.land(balancer, T0 + 22_000, None)
    world.land(balancer, T0 + 37_000, {OTHER: 1.0, FAILED: 1.0})
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (0, 0)


def test_a_target_found_again_before_its_first_scrape_counts_from_that_discovery() -> (
    None
):
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, None)
    world.lose(target, T0 + 8_000)
    world.discover("j", "x", T0 + 30_000)
    page = {FAILED: 4.0, FAILED_SINCE: T0 / 1000 + 20}
    world.land(target, T0 + 37_000, page)
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (0, 0)
    world.restart(T0 + 60_000)
    assert spent_and_valid(world) == (0, 0)


def test_a_series_that_appears_while_a_rebuild_reads_the_store_is_born_once() -> None:
    class Racing(MemorySamples):
        def __init__(self) -> None:
            super().__init__()
            self.race: Callable[[], None] | None = None

        def read_matrix(
            self, target: int, series: Int64Array, start_ms: int, end_ms: int
        ) -> tuple[Int64Array, FloatArray]:
            race, self.race = self.race, None
            if race is not None:
                race()
            return super().read_matrix(target, series, start_ms, end_ms)

    samples = Racing()
    world = LedgerWorld(samples, MemoryLedger(), plan(), T0)
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 7_000, {OK: 1.0})
    world.land(target, T0 + 22_000, {OK: 1.0})
    world.tick(T0 + 30_000)
    rebuild = world.begin(T0 + 30_000)
    samples.race = lambda: world.land(target, T0 + 37_000, {OK: 2.0, FAILED: 1.0})
    built = rebuild.build(world.plan, T0 + 30_500)
    world.engine.take_over(built)
    world.tick(T0 + 60_000)
    assert spent_and_valid(world) == (1, 2)


def test_a_rebuild_that_takes_long_leaves_no_slice_unseen() -> None:
    """Its slices close when the scrapes have been counted that landed meanwhile."""
    world = world_of(plan(slice_ms=1_000))
    target = world.discover("j", "x", T0, Config(interval_ms=1_000))
    for number in range(10):
        world.land(target, T0 + 500 + number * 1_000, {OK: float(number)})
        world.tick(T0 + 600 + number * 1_000)
    rebuild = world.begin(T0 + 10_000)
    for number in range(10, 30):
        world.land(target, T0 + 500 + number * 1_000, {OK: float(number)})
    built = rebuild.build(world.plan, T0 + 30_000)
    world.engine.take_over(built)
    world.tick(T0 + 30_000)
    stretch = EngineAnswers(world.engine, world.ledgers, list).ledger(
        "s", "a", start=T0 / 1000, end=T0 / 1000 + 30
    )
    assert [(p.coverage, p.valid) for p in stretch.points] == [(1, 0), *[(1, 1)] * 29]


def test_rule_8_a_scrape_under_way_holds_its_slice_open_across_a_rebuild() -> None:
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    world.land(target, T0 + 2_000, {OK: 0.0, FAILED: 0.0})
    world.start(target, T0 + 14_000)
    world.rebuild(world.plan, T0 + 14_500)
    world.tick(T0 + 15_100)
    assert ask(world).at == T0 / 1000
    world.land(target, T0 + 14_000, {OK: 7.0, FAILED: 0.0})
    world.tick(T0 + 15_200)
    assert (ask(world).at, ask(world).valid) == (T0 / 1000 + 15, 7)


def test_running_sums_lose_what_retention_deletes_inside_their_window() -> None:
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    most = 4_400
    for number in range(most):
        at = T0 + 7_000 + number * SLICE
        world.land(target, at, {OK: float(number), FAILED: 0.0})
        world.tick(at + 100)
    [shard] = world.engine.built.shards
    world.engine.expired({shard.members[0].generation.id: block_of(T0 // SLICE) - 9})
    assert not world.engine.is_stale
    kept = {shard.members[0].generation.id: block_of(T0 // SLICE + 2_000)}
    world.ledgers.expire(kept)
    world.engine.expired(kept)
    world.tick(T0 + most * SLICE)

    # Slice 1 holds no growth, each later one an event; these begin block 4.
    left = most - 1 - (4 * BLOCK_SLICES - 1)
    assert ask(world).valid == left
    world.engine.expired(kept)
    assert not world.engine.is_stale
    world.restart(T0 + most * SLICE)
    world.tick(T0 + most * SLICE)
    assert ask(world).valid == left


def test_a_store_that_cannot_be_read_leaves_every_running_sum_right() -> None:
    """A window longer than memory asks the store for the slice that it loses."""

    class Failing(MemoryLedger):
        fails = False

        def read(self, generation: int, first: int, last: int) -> SliceRange:
            if self.fails:
                raise StoreError("the disk does not answer")
            return super().read(generation, first, last)

    ledgers = Failing()
    story = plan(window_ms=1_441 * SLICE)
    world = LedgerWorld(MemorySamples(), ledgers, story, T0)
    target = world.discover("j", "x", T0)
    failures = 0
    for number in range(2_500):
        at = T0 + 7_000 + number * SLICE
        world.land(target, at, {OK: float(number**2), FAILED: 0.0})
        # For longer than a block lasts: at its end the next one has not been read.
        ledgers.fails = 1_600 < number < 1_600 + 2 * BLOCK_SLICES
        try:
            world.engine.tick(at + 100)
        except StoreError:
            failures += 1
        if not ledgers.fails:
            world.tick(at + 100)
    ledgers.fails = False
    world.tick(T0 + 2_500 * SLICE)
    [shard] = world.engine.built.shards
    assert failures
    for window in shard.members[0].windows:
        anew = shard.past_window(0, shard.ledger.newest, window)
        assert shard.window(0, window).valid == anew.valid, window


def test_events_that_land_right_after_a_sleep_are_counted() -> None:
    """They belong to slices further ahead than the ledger holds before its tick."""
    start = T0 + 40 * SLICE
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan(), start)
    target = world.discover("j", "x", start)
    world.land(target, start + 7_000, {OK: 0.0, FAILED: 0.0})
    world.tick(start + 7_100)
    woken = start + 3_600_000
    born = {
        FAILED.merged({"path": "/"}): 4.0,
        FAILED_SINCE.merged({"path": "/"}): woken / 1000 - 10,
    }
    world.land(target, woken, {OK: 0.0, FAILED: 0.0, **born})
    world.tick(woken + 100)
    world.tick(woken + SLICE)
    assert spent_and_valid(world) == (4, 4)


def land_stamped(
    world: LedgerWorld,
    target: int,
    ts_ms: int,
    values: dict[Labels, float],
    stamp: int,
    *,
    instance: str = "x",
) -> None:
    """Let a scrape land whose samples have a time stamp of their own.

    They are those of job j and instance x, whichever instance hands them on.
    """
    own = Labels.of(job="j", instance="x")
    here = Labels.of(job="j", instance=instance)
    names = [here.merged({"__name__": name}) for name in REPORT_SERIES]
    names += [labels.merged(own) for labels in values]
    layout = world.samples.layout(names)
    row = np.array([1, 0.01, len(values), len(values), 0, *values.values()], float)
    stamps = np.array([ts_ms] * len(REPORT_SERIES) + [stamp] * len(values), np.int64)
    nothing = np.empty(0, np.int64)
    world.samples.append([ScrapeRow(target, ts_ms, layout.id, row, stamps, nothing)])
    world.engine.landed(
        LiveScrape(
            target, ts_ms, ok=True, layout=layout, values=row, sample_ts_ms=stamps
        )
    )
    world.tick(ts_ms + 100)


def test_rule_12_samples_that_repeat_their_time_stamp_stay_present() -> None:
    """An exporter that renews its samples every minute, scraped every 15 seconds."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    for number in range(24):
        ts = T0 + 7_000 + number * SLICE
        stamp = ts // 60_000 * 60_000 - 1_000
        page = {OK: float(stamp // 60_000), FAILED: 0.0}
        land_stamped(world, target, ts, page, stamp)
    world.tick(T0 + 24 * SLICE)
    [shard] = world.engine.built.shards
    lived = shard.past_slices(0, T0 // SLICE + 1, T0 // SLICE + 24)
    assert State.ABSENT not in lived.state.tolist()
    world.restart(T0 + 24 * SLICE)
    [shard] = world.engine.built.shards
    anew = shard.past_slices(0, T0 // SLICE + 1, T0 // SLICE + 24)
    assert anew.valid.tolist() == lived.valid.tolist()
    assert anew.state.tolist() == lived.state.tolist()


def test_rule_8_growth_that_amends_a_closed_slice_makes_it_live() -> None:
    """The page of an exporter whose samples are half a minute old."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    for number in range(24):
        ts = T0 + 7_000 + number * SLICE
        page = {OK: float(number >= 12), FAILED: 0.0}
        land_stamped(world, target, ts, page, ts - 30_500)
    world.tick(T0 + 24 * SLICE)
    span = T0 // SLICE + 1, T0 // SLICE + 24
    lived = world.engine.built.shards[0].past_slices(0, *span)
    # Growth in the slice that closes at 2:45, whose samples come at 3:07.
    assert lived.state.tolist()[8:14] == [
        *[State.IDLE] * 2,
        *[State.LIVE] * 3,
        State.IDLE,
    ]
    world.restart(T0 + 24 * SLICE)
    anew = world.engine.built.shards[0].past_slices(0, *span)
    assert anew.state.tolist() == lived.state.tolist()


def test_rule_3_a_stamped_series_returns_as_it_left_however_it_is_counted() -> None:
    """It is known, and so continues; a created time decides of those that are not."""
    world = world_of(plan())
    target = world.discover("j", "x", T0)
    gone = T0 + 7_000 + 22 * SLICE
    for number in range(23):
        ts = T0 + 7_000 + number * SLICE
        page = {OK: 9.0}
        if number in {0, 22}:
            page[FAILED] = 40.0 if number == 0 else 2.0
        if number == 22:
            page[FAILED_SINCE] = (gone - 10_000) / 1000
        land_stamped(world, target, ts, page, ts - 1_000)
    world.tick(gone + SLICE)
    lived = spent_and_valid(world), ask(world).late
    assert lived == ((2, 2), 2)
    world.ledgers.unseal([g.id for g in world.ledgers.generations()], None)
    world.restart(gone + SLICE)
    assert (spent_and_valid(world), ask(world).late) == lived


def test_rule_1_a_series_that_two_targets_expose_is_one_counter() -> None:
    """Two federating servers that hand on the same counter, job and instance kept."""
    world = world_of(plan())
    honest = Config(honor_labels=True)
    targets = [world.discover("j", name, T0, honest) for name in "xy"]
    for number in range(5):
        for place, target in enumerate(targets):
            ts = T0 + (place + 1) * 1_000 + number * SLICE
            land_stamped(
                world, target, ts, {OK: 10.0 * number}, ts, instance="xy"[place]
            )
    world.tick(T0 + 6 * SLICE)
    assert ask(world).valid == 40


@given(
    shows=st.lists(
        st.tuples(st.integers(1, 9_000), st.booleans(), st.integers(-1, 5)),
        min_size=2,
        max_size=40,
    )
)
@settings(max_examples=examples(25))
def test_rule_1_a_shared_counter_grows_as_its_merged_samples_do(
    shows: list[tuple[int, bool, int]],
) -> None:
    """Either of two targets shows it, whichever was scraped; -1 is a restart."""
    world = world_of(plan())
    honest = Config(honor_labels=True)
    targets = [world.discover("j", name, T0, honest) for name in "xy"]
    now, value = T0, 40.0
    before: float | None = None
    by_slice: dict[int, float] = defaultdict(float)
    for wait_ms, which, more in shows:
        now += wait_ms
        value = 1.0 if more < 0 else value + more
        page, name = {OK: value}, "xy"[which]
        land_stamped(world, targets[which], now, page, now, instance=name)
        if before is not None:
            grown = value if value < before else value - before
            by_slice[-(-now // SLICE)] += grown
        before = value
    last = now // SLICE + 2
    world.tick(last * SLICE)
    first = T0 // SLICE + 1
    expected = [by_slice[number] for number in range(first, last + 1)]
    [shard] = world.engine.built.shards
    assert shard.past_slices(0, first, last).valid.tolist() == expected
    world.restart(last * SLICE)
    [shard] = world.engine.built.shards
    assert shard.past_slices(0, first, last).valid.tolist() == expected


def test_rule_3_a_shared_counter_is_born_once() -> None:
    """Both targets tell when it began; the second one to show it adds nothing."""
    world = world_of(plan())
    honest = Config(honor_labels=True)
    targets = [world.discover("j", name, T0, honest) for name in "xy"]
    born = {FAILED: 3.0, FAILED_SINCE: (T0 + SLICE) / 1000}
    for number, page in enumerate([{OK: 0.0}, {OK: 0.0} | born, {OK: 0.0} | born]):
        for place, target in enumerate(targets):
            ts = T0 + (place + 1) * 1_000 + number * SLICE + 500
            land_stamped(world, target, ts, page, ts, instance="xy"[place])
    world.tick(T0 + 5 * SLICE)
    assert spent_and_valid(world) == (3, 3)
    world.restart(T0 + 5 * SLICE)
    assert spent_and_valid(world) == (3, 3)


def test_the_ledger_refuses_a_stretch_of_ages_however_long_its_steps() -> None:
    """Read whole it takes gigabytes, and every answer waits for it."""
    world = world_of(plan())
    world.tick(T0 + 60_000)
    answers = EngineAnswers(world.engine, world.ledgers, list)
    with pytest.raises(InputError, match="10000000 slices"):
        answers.ledger("s", "a", start=0, end=T0 / 1000, step_s=400 * 86_400)
    year = answers.ledger(
        "s", "a", start=T0 / 1000 - 365 * 86_400, end=T0 / 1000 + 60, step_s=86_400
    )
    assert len(year.points) == 366
