"""From scraper to store and ledger: in order, durable, and never closed too early."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from kizashi.app.answers import NoteView
from kizashi.errors import StoreError
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import Labels
from kizashi.model.scrape_rows import ScrapeRow, StoredLayout
from kizashi.model.scraping import ScrapeConfig
from kizashi.model.targets import DiscoverySpan, FoundTarget
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.scrape.fetch import ScrapeBody
from kizashi.scrape.page import PageReader
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.server.feed import ScrapeFeed
from kizashi.server.telemetry import Telemetry
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.window_sums import SEEN_ONE
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

pytestmark = pytest.mark.anyio

SECOND = 1_000
T0 = 1_800_000_000_000
JOB = ScrapeConfig("shop", interval_ms=SECOND, timeout_ms=SECOND)
HITS = Labels.of(__name__="hits_total", job="shop", instance="a")
MISSES = Labels.of(__name__="misses_total", job="shop", instance="a")
LABELS = (HITS,)


class FailingSamples(MemorySamples):
    """A store whose disk is full for so many calls."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = 0
        self.appended: list[ScrapeRow] = []
        self.together: list[int] = []

    def _try(self) -> None:
        if self.fails:
            self.fails -= 1
            raise StoreError("the disk is full")

    def target_id(self, job: str, labels: Labels) -> int:
        self._try()
        return super().target_id(job, labels)

    def record_found(self, found: Sequence[FoundTarget]) -> list[int]:
        self.together.append(len(found))
        return super().record_found(found)

    def layout(self, labels: Sequence[Labels]) -> StoredLayout:
        self._try()
        return super().layout(labels)

    def append(self, rows: Sequence[ScrapeRow]) -> None:
        self._try()
        super().append(rows)
        self.appended += rows


class World:
    """A feed, its stores and a clock."""

    def __init__(self, samples: FailingSamples | None = None, now_ms: int = T0) -> None:
        self.clock = ManualClock(now_ms)
        self.samples = samples or FailingSamples()
        indicator = RatioIndicator(
            valid=parse_selector("hits_total"),
            bad=parse_selector('hits_total{code="500"}'),
        )
        spec = ObjectiveSpec(
            "s", "o", Decimal("0.9"), RollingWindow(86_400_000), indicator, job="shop"
        )
        service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
        plan = LedgerPlan((service,), {"shop": SECOND}, SECOND)
        self.engine = Engine(self.samples, MemoryLedger())
        self.engine.take_over(self.engine.build(plan, now_ms))
        self.counted = 0
        self.feed = ScrapeFeed(
            self.samples,
            self.engine,
            self.clock,
            Telemetry(self.clock),
            on_counted=self._on_counted,
        )

    def _on_counted(self) -> None:
        self.counted += 1

    def tick(self) -> None:
        self.engine.tick(self.feed.counted_until_ms(self.clock.now_ms()))

    def seen(self, *seconds: int) -> list[float]:
        """Return seen shares of the slices that end so many seconds after T0."""
        shard, member = self.engine.built.place["s", "o"]
        first = T0 // SECOND
        part = shard.past_slices(member, first, first + max(seconds))
        return [float(part.seen[s]) / SEEN_ONE for s in seconds]

    def grown(self, count: int) -> list[float]:
        """Return valid events of the first slices after T0."""
        shard, member = self.engine.built.place["s", "o"]
        first = T0 // SECOND + 1
        grown: list[float] = shard.past_slices(
            member, first, first + count - 1
        ).valid.tolist()
        return grown

    @property
    def newest_ms(self) -> int:
        """The edge of the newest closed slice."""
        shard, _ = self.engine.built.place["s", "o"]
        return shard.ledger.newest * SECOND


@asynccontextmanager
async def running(
    samples: FailingSamples | None = None, now_ms: int = T0
) -> AsyncIterator[World]:
    """Run a feed's two loops."""
    world = World(samples, now_ms)
    loops = [
        asyncio.create_task(world.feed.count_forever()),
        asyncio.create_task(world.feed.store_forever()),
    ]
    yield world
    for task in loops:
        task.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


def target_of(instance: str = "a") -> DiscoveredTarget:
    return DiscoveredTarget(
        config=JOB,
        labels=Labels.of(job="shop", instance=instance),
        url=f"http://{instance}/metrics",
        interval_ms=SECOND,
        timeout_ms=SECOND,
    )


def result_of(target: DiscoveredTarget, ts_ms: int, value: float = 1.0) -> ScrapeResult:
    return ScrapeResult(
        target=target,
        ts_ms=ts_ms,
        ok=True,
        duration_s=0.01,
        labels=LABELS,
        values=np.array([value]),
    )


async def test_a_slice_waits_for_the_first_scrape_of_a_target_being_registered() -> (
    None
):
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0 + 100)
        world.feed.on_started(target, T0 + 900)
        await world.clock.advance(1.5)

        world.tick()
        assert world.newest_ms == T0
        world.feed.on_finished(result_of(target, T0 + 900))
        world.tick()
        assert world.newest_ms == T0
        await world.feed.flush()
        world.tick()

        assert world.newest_ms == T0 + SECOND
        assert world.seen(1) == [1.0]
        assert world.counted >= 1


async def test_a_slice_waits_for_a_target_that_was_discovered_before_its_edge() -> None:
    """Else what is worked out anew says that one of two targets was not seen."""
    async with running() as world:
        world.feed.on_discovered(target_of(), T0 + 100)
        world.feed.on_discovered(target_of("b"), T0 + 900)
        world.feed.on_gone(target_of("b"), T0 + 1_900)
        assert world.feed.counted_until_ms(T0 + 2_500) == T0 + 99
        await world.feed.flush()
        assert world.feed.counted_until_ms(T0 + 2_500) == T0 + 2_500


async def test_a_time_stamp_that_goes_back_repeats_the_newest_sample() -> None:
    """Stored at a time of its own it would be a restart for who counts once more."""
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)
        story = [(1_000, 5.0), (2_000, 8.0), (1_400, 11.0), (None, 12.0), (4_100, 13.0)]
        for second, (stamp, value) in enumerate(story, 1):
            result = replace(
                result_of(target, T0 + second * SECOND + 200, value),
                timestamps_ms=np.array([-1 if stamp is None else T0 + stamp]),
            )
            world.feed.on_finished(result)
            await world.feed.flush()
        await world.clock.advance(6)
        world.tick()
        assert world.grown(6) == [0, 3, 0, 0, 4, 0]
        anew = Engine(world.samples, MemoryLedger())
        anew.take_over(anew.build(world.engine.built.plan, T0 + 6_000))
        world.engine = anew
        assert world.grown(6) == [0, 3, 0, 0, 4, 0]


async def test_a_clock_behind_what_is_stored_restarts_no_counter() -> None:
    """A process stores five seconds; the next one starts three seconds before."""
    async with running() as first:
        target = target_of()
        first.feed.on_discovered(target, T0)
        for second in range(6):
            at_ms = T0 + second * SECOND + 200
            first.feed.on_finished(result_of(target, at_ms, 5_000.0 + second))
        await first.feed.flush()
    async with running(first.samples, T0 + 2_000) as world:
        world.feed.on_discovered(target, T0 + 2_000)
        for second in range(2, 8):
            at_ms = T0 + second * SECOND + 500
            world.feed.on_finished(result_of(target, at_ms, 5_004.0 + second))
            await world.feed.flush()
        # Two seconds after the start the newest sample is 3.2 seconds ahead.
        assert world.feed.troubles() == [NoteView("ready.clock", {"seconds": "4"})]
        await world.clock.advance(6)
        assert world.feed.troubles() == []
        world.tick()
        # In the sixth second 5,005 was stored, and 5,009 when the clock had passed it.
        assert world.grown(8) == [0, 1, 1, 1, 1, 5, 1, 1]
        anew = Engine(world.samples, MemoryLedger())
        anew.take_over(anew.build(world.engine.built.plan, T0 + 8_000))
        world.engine = anew
        assert world.grown(8) == [0, 1, 1, 1, 1, 5, 1, 1]


async def test_rule_12_a_series_that_is_no_number_is_stored_and_so_absent() -> None:
    """It is counted before it is stored; a derivation finds it in the store."""
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)
        for second, value in ((0, float("nan")), (1, 5.0)):
            at = T0 + second * SECOND + 200
            world.feed.on_finished(result_of(target, at, value))
            await world.feed.flush()
        await world.clock.advance(2)
        world.tick()
        assert world.seen(1, 2) == [0.0, 1.0]


async def test_rule_24_a_sample_far_ahead_is_refused_and_poisons_nothing() -> None:
    """Ten years ahead, it would shut out every later one as out of order."""
    async with running() as world:
        target = target_of()
        pages = PageReader(target)
        world.feed.on_discovered(target, T0)
        story = [(5.0, 0), (9.0, 315_360_000_000), (11.0, 600_001), (14.0, 0)]
        for second, (value, ahead_ms) in enumerate(story, 1):
            ts_ms = T0 + second * SECOND
            text = f"hits_total {value} {ts_ms + ahead_ms}\nother 1\n"
            page = pages.read(ScrapeBody(text.encode(), "text/plain"), ts_ms)
            assert page.future == (ahead_ms > 0)
            result = replace(
                result_of(target, ts_ms),
                labels=page.labels,
                values=page.values,
                timestamps_ms=page.timestamps_ms,
            )
            world.feed.on_finished(result)
            await world.feed.flush()
        await world.clock.advance(5)
        world.tick()
        assert world.grown(4) == [0, 0, 0, 9]
        newest = world.samples.last_before(np.array([1]), T0 + 10**12)
        assert max(at for at, _ in newest.values()) == T0 + 4 * SECOND


async def test_a_slice_waits_no_longer_than_a_scrape_may_take() -> None:
    async with running() as world:
        world.feed.on_started(target_of(), T0 + 900)
        await world.clock.advance(1.9)
        world.tick()
        assert world.newest_ms == T0 + SECOND


async def test_a_target_discovered_while_the_store_fails_counts_once_it_works() -> None:
    async with running() as world:
        target = target_of()
        world.samples.fails = 1
        world.feed.on_discovered(target, T0)
        await world.feed.flush()
        assert world.feed.store_error == "the disk is full"
        assert world.samples.targets() == []
        for n in (1, 2):
            world.feed.on_started(target, T0 + n * SECOND)
            world.feed.on_finished(result_of(target, T0 + n * SECOND, 5.0 * n))
        await world.feed.flush()
        await world.clock.advance(3)
        world.tick()

        assert world.samples.discoveries() == [DiscoverySpan(1, T0, None)]
        assert [c.interval_ms for c in world.samples.configs()] == [SECOND]
        assert world.seen(1, 2) == [1.0, 1.0]
        assert world.feed.store_error is None


async def test_rows_wait_while_the_store_fails_and_are_stored_in_order() -> None:
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)
        world.feed.on_finished(result_of(target, T0 + SECOND, 1.0))
        await world.feed.flush()
        world.samples.fails = 2
        for n in (2, 3):
            world.feed.on_finished(result_of(target, T0 + n * SECOND, float(n)))
            await world.feed.flush()
        assert world.feed.store_error == "the disk is full"
        await world.feed.flush()

        (found,) = world.samples.select(parse_selector("hits_total"), 0, 2**50)
        assert found.values.tolist() == [1.0, 2.0, 3.0]
        assert world.feed.store_error is None


async def test_what_an_earlier_process_knew_ends_when_it_is_not_found_again() -> None:
    async with running() as world:
        here, gone = target_of("a"), target_of("b")
        for number, target in enumerate((here, gone), 1):
            labels = target.labels
            assert world.samples.target_id("shop", labels) == number
            world.samples.record_discovery(number, T0 - 60 * SECOND)
        world.feed.on_discovered(here, T0)

        await world.feed.end_vanished(T0 + 5)

        assert world.samples.discoveries() == [
            DiscoverySpan(1, T0 - 60 * SECOND, None),
            DiscoverySpan(2, T0 - 60 * SECOND, T0 + 5),
        ]


async def test_a_target_found_again_at_once_is_scraped_on() -> None:
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)
        world.feed.on_gone(target, T0 + 10)
        world.feed.on_discovered(target, T0 + 20)
        world.feed.on_finished(result_of(target, T0 + SECOND))
        await world.feed.flush()
        await world.clock.advance(2)
        world.tick()

        assert world.samples.discoveries() == [
            DiscoverySpan(1, T0, T0 + 10),
            DiscoverySpan(1, T0 + 20, None),
        ]
        assert world.seen(1) == [1.0]


async def test_a_scrape_asks_for_a_tick_only_when_a_slice_may_close() -> None:
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0 + 100)
        await world.clock.advance(0.5)
        world.feed.on_finished(result_of(target, T0 + 400))
        await world.feed.flush()
        assert world.counted == 0

        await world.clock.advance(0.5)
        world.feed.on_finished(result_of(target, T0 + 900))
        await world.feed.flush()
        assert world.counted == 1


async def test_counting_stands_still_from_the_first_event_that_could_not_be() -> None:
    async with running() as world:
        target = target_of()
        world.samples.fails = 2
        world.feed.on_discovered(target, T0)
        await world.clock.advance(1)
        world.feed.on_finished(result_of(target, T0 + SECOND))
        await world.clock.advance(1)
        # Nothing is being read, and nothing waits to be stored: it was never counted.
        assert world.feed.counting_since_s == 0
        assert world.feed.unstored_since_s is None
        world.feed.on_finished(result_of(target, T0 + 2 * SECOND))
        await world.feed.flush()
        assert world.feed.counting_since_s is None


async def test_rows_are_unstored_since_the_first_that_waits() -> None:
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)
        world.feed.on_finished(result_of(target, T0 + SECOND))
        await world.feed.flush()
        assert world.feed.unstored_since_s is None
        world.samples.fails = 1_000
        for n in (2, 3):
            await world.clock.advance(1)
            world.feed.on_finished(result_of(target, T0 + n * SECOND))
            await world.feed.flush()
            assert world.feed.unstored_since_s == 1
        world.samples.fails = 0
        await world.feed.flush()
        assert world.feed.unstored_since_s is None


@pytest.mark.parametrize("own_stamp", [True, False])
async def test_a_failed_scrape_ends_series_unless_their_time_stamps_may_come_again(
    *, own_stamp: bool
) -> None:
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)
        stamp = np.array([T0 - 300 if own_stamp else -1], np.int64)
        shown = replace(result_of(target, T0 + 500), timestamps_ms=stamp)
        world.feed.on_finished(shown)
        world.feed.on_finished(
            ScrapeResult(target=target, ts_ms=T0 + 1_500, ok=False, duration_s=0.1)
        )
        await world.feed.flush()
        ended = [row.stale.size for row in world.samples.appended]
        world.feed.on_finished(
            replace(shown, ts_ms=T0 + 2_500, labels=(MISSES,), timestamps_ms=None)
        )
        await world.feed.flush()

    assert ended == [0, 0 if own_stamp else 1]
    # The page that comes next lacks the series, so that it has ended in any case.
    assert sum(row.stale.size for row in world.samples.appended) == 1


async def test_targets_that_are_discovered_together_are_registered_together() -> None:
    async with running() as world:
        targets = [target_of(f"i{n}") for n in range(2_500)]
        for target in targets:
            world.feed.on_discovered(target, T0)
        await world.feed.flush()
        # A thousand at a time; then one that came by itself, after another event.
        assert world.samples.together == [1_000, 1_000, 500]
        world.feed.on_discovered(target_of("x"), T0 + 1)
        world.feed.on_gone(targets[0], T0 + 2)
        world.feed.on_discovered(target_of("y"), T0 + 3)
        assert world.feed.counted_until_ms(T0 + 9) == T0
        await world.feed.flush()

        assert world.samples.together[3:] == [1, 1]
        assert world.feed.counted_until_ms(T0 + 9) == T0 + 9
        spans = {d.target: d.to_ms for d in world.samples.discoveries()}
        assert len(spans) == 2_502
        assert [at for at in spans.values() if at is not None] == [T0 + 2]


async def test_a_flush_does_not_wait_for_what_comes_later() -> None:
    async with running() as world:
        target = target_of()
        world.feed.on_discovered(target, T0)

        async def keep_landing() -> None:
            for n in range(1, 100_000):
                world.feed.on_finished(result_of(target, T0 + n))
                await world.clock.sleep(0)

        landing = asyncio.create_task(keep_landing())
        await asyncio.wait_for(world.feed.flush(), 5)
        assert not landing.done()
        landing.cancel()
