"""Beats leave while everything turns, and end when one loop stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from kizashi.alert.retry import DeliveryResult
from kizashi.declarations.heartbeat import HeartbeatConfig
from kizashi.ports.notifier import Outcome
from kizashi.server.heartbeat import Heartbeat
from kizashi.testing.clock import ManualClock

pytestmark = pytest.mark.anyio

LOOPS = ("scrape", "count", "evaluate", "deliver", "store")
CONFIG = HeartbeatConfig("http://beats/a", 30_000)


@dataclass
class FakeBeat:
    """Remembers when beats came; loses as many as it is told to."""

    clock: ManualClock
    at_s: list[float] = field(default_factory=list)
    to_lose: int = 0
    is_closed: bool = False

    async def beat(self, now_ms: int) -> Outcome:
        assert now_ms == self.clock.now_ms()
        if self.to_lose:
            self.to_lose -= 1
            return Outcome(DeliveryResult.RETRY, "notify.timeout", "5s")
        self.at_s.append(self.clock.monotonic())
        return Outcome(DeliveryResult.DELIVERED, "notify.delivered")

    async def close(self) -> None:
        self.is_closed = True


@dataclass
class World:
    clock: ManualClock = field(default_factory=ManualClock)
    beats: dict[str, FakeBeat] = field(default_factory=dict)
    stalled: dict[str, float] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.heartbeat = Heartbeat(
            self.clock,
            {name: lambda name=name: self.turned(name) for name in LOOPS},  # type: ignore[misc]
            lambda url: self.beats.setdefault(url, FakeBeat(self.clock)),
        )

    def turned(self, name: str) -> float | None:
        if name in self.idle:
            return None
        return self.stalled.get(name, self.clock.monotonic())


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    made.heartbeat.apply(CONFIG)
    task = asyncio.create_task(made.heartbeat.run_forever())
    await made.clock.settle()
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert all(beat.is_closed for beat in made.beats.values())


async def test_there_is_a_beat_at_the_start_and_at_every_interval(world: World):
    await world.clock.advance(3_600)

    assert world.beats["http://beats/a"].at_s == [30.0 * n for n in range(121)]


@pytest.mark.parametrize("name", LOOPS)
async def test_one_loop_that_stands_still_ends_the_beats(world: World, name: str):
    await world.clock.advance(100)
    world.stalled[name] = 100.0

    await world.clock.advance(600)

    # Two intervals after it last turned, at 160 s, there is none any more.
    assert world.beats["http://beats/a"].at_s[-1] == 150.0
    assert world.heartbeat.still() == (name,)
    del world.stalled[name]
    await world.clock.advance(30)
    assert world.beats["http://beats/a"].at_s[-1] > 700.0


async def test_a_loop_with_nothing_to_do_does_not_stand_still(world: World):
    world.idle.add("scrape")

    await world.clock.advance(300)

    assert len(world.beats["http://beats/a"].at_s) == 11


async def test_a_lost_beat_is_sent_again_within_the_interval(world: World):
    world.beats["http://beats/a"].to_lose = 2

    await world.clock.advance(61)

    assert world.beats["http://beats/a"].at_s == [0.0, 34.0, 60.0]
    assert world.heartbeat.arrived_s == 60.0


async def test_it_may_move_change_its_pace_and_stop(world: World):
    world.heartbeat.apply(HeartbeatConfig("http://beats/b", 10_000))
    await world.clock.advance(20)
    assert world.beats["http://beats/b"].at_s == [0.0, 10.0, 20.0]
    assert world.beats["http://beats/a"].is_closed

    world.heartbeat.apply(None)
    await world.clock.advance(600)

    assert world.beats["http://beats/b"].at_s == [0.0, 10.0, 20.0]
    assert world.heartbeat.still() == ()
