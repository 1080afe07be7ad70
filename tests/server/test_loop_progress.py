"""When the loops of the chain turned, as the heartbeat asks."""

from dataclasses import dataclass

import pytest

from kizashi.model.labels import Labels
from kizashi.model.scraping import ScrapeConfig
from kizashi.scrape.results import ScrapeHealth, TargetStatus
from kizashi.scrape.targets import DiscoveredTarget
from kizashi.server.loop_progress import LoopProgress
from kizashi.testing.clock import ManualClock

pytestmark = pytest.mark.anyio

CONFIG = ScrapeConfig("shop")


@dataclass
class IdleFeed:
    counting_since_s: float | None = None
    unstored_since_s: float | None = None


@dataclass
class World:
    clock: ManualClock
    loops: LoopProgress
    targets: list[TargetStatus]
    feed: IdleFeed

    def scraped(self, last_ms: int | None, number: int = 0) -> None:
        """Let a target have been scraped at a time last, or never."""
        labels = Labels.of(job="shop", instance=f"shop:{number}")
        url = f"http://shop:{number}/metrics"
        target = DiscoveredTarget(CONFIG, labels, url, 60_000, 10_000)
        status = TargetStatus(target, ScrapeHealth.UP, last_ms)
        self.targets[number:] = [status, *self.targets[number + 1 :]]


@pytest.fixture
def world() -> World:
    clock, targets, feed = ManualClock(), [], IdleFeed()
    loops = LoopProgress(clock, feed, lambda: targets, lambda: 7.5)
    return World(clock, loops, targets, feed)


def test_without_targets_there_is_nothing_to_scrape(world: World):
    assert world.loops.scraped() is None


async def test_a_scrape_holds_for_its_interval_and_its_timeout(world: World):
    world.scraped(world.clock.now_ms())
    await world.clock.advance(70)
    assert world.loops.scraped() == 70
    await world.clock.advance(30)
    assert world.loops.scraped() == 70


async def test_one_target_that_is_not_scraped_any_more_is_enough(world: World):
    world.scraped(world.clock.now_ms())
    await world.clock.advance(100)
    world.scraped(world.clock.now_ms(), number=1)
    assert world.loops.scraped() == 70


async def test_first_scrapes_have_an_interval_and_a_timeout(world: World):
    await world.clock.advance(500)
    assert world.loops.scraped() is None
    world.scraped(None)
    await world.clock.advance(100)
    assert world.loops.scraped() == 570


async def test_slices_that_do_not_close_stand_still(world: World):
    world.loops.stepped(has_closed=True, slice_ms=5_000, is_watching=True)
    await world.clock.advance(60)
    world.loops.stepped(has_closed=False, slice_ms=5_000, is_watching=True)
    assert world.loops.evaluated() == 5


async def test_a_slice_may_stay_open_for_a_scrape(world: World):
    world.scraped(world.clock.now_ms())
    world.loops.stepped(has_closed=True, slice_ms=5_000, is_watching=True)
    await world.clock.advance(60)
    world.loops.stepped(has_closed=False, slice_ms=5_000, is_watching=True)
    assert world.loops.evaluated() == 15


async def test_without_objectives_no_slice_has_to_close(world: World):
    await world.clock.advance(60)
    world.loops.stepped(has_closed=False, slice_ms=5_000, is_watching=False)
    await world.clock.advance(1)
    assert world.loops.evaluated() == 60


async def test_steps_that_end_stand_still(world: World):
    world.loops.stepped(has_closed=True, slice_ms=5_000, is_watching=True)
    await world.clock.advance(60)
    assert world.loops.evaluated() == 0


def test_every_loop_of_the_chain_is_asked(world: World):
    world.feed.counting_since_s, world.feed.unstored_since_s = 1.0, 2.0
    told = {name: at() for name, at in world.loops.all().items()}
    assert told == {
        "scrape": None,
        "count": 1.0,
        "store": 2.0,
        "evaluate": 0.0,
        "deliver": 7.5,
    }
