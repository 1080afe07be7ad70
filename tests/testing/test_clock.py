"""ManualClock moves only when told, and wakes sleepers at their own times."""

import asyncio

import pytest

from kizashi.testing.clock import ManualClock


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_sleepers_wake_in_the_order_of_their_times():
    clock, woken = ManualClock(now_ms=1_000), []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now_ms(), clock.monotonic()))

    tasks = [asyncio.create_task(sleep(s)) for s in (3, 1, 2)]
    await clock.advance(2.5)

    assert woken == [(1, 2_000, 1.0), (2, 3_000, 2.0)]
    assert clock.now_ms() == 3_500
    await clock.advance(0.5)
    assert woken[-1] == (3, 4_000, 3.0)
    await asyncio.gather(*tasks)


@pytest.mark.anyio
async def test_a_loop_of_short_sleeps_runs_as_often_as_time_allows():
    clock, ticks = ManualClock(), []

    async def tick() -> None:
        while True:
            await clock.sleep(0.1)
            ticks.append(clock.monotonic())

    task = asyncio.create_task(tick())
    await clock.advance(1)

    assert ticks == pytest.approx([0.1 * n for n in range(1, 11)])
    task.cancel()


@pytest.mark.anyio
async def test_a_jump_moves_the_time_of_day_alone():
    clock = ManualClock(now_ms=5_000)
    task = asyncio.create_task(clock.sleep(10))

    clock.jump(-3_000)
    await clock.settle()

    assert (clock.now_ms(), clock.monotonic()) == (2_000, 0.0)
    assert not task.done()
    task.cancel()


@pytest.mark.anyio
async def test_a_cancelled_sleeper_is_left_out():
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(1))
    await clock.settle()
    task.cancel()

    await clock.advance(2)

    assert task.cancelled()
    assert clock.monotonic() == 2.0


@pytest.mark.anyio
async def test_sleeping_no_time_returns_without_an_advance():
    await ManualClock().sleep(0)
