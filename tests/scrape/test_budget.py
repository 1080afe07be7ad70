"""Bodies share a budget of bytes; nobody waits for ever."""

import asyncio

import pytest

from kizashi.scrape.budget import UNCOUNTED_BYTES, ByteBudget

MIB = 1024 * 1024
TURNS = 20

pytestmark = pytest.mark.anyio


async def settle():
    for _ in range(TURNS):
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, None)
        await done


async def test_a_small_body_is_not_counted():
    budget = ByteBudget(MIB)
    with budget.claim(MIB) as claim:
        await claim.grow_to(UNCOUNTED_BYTES)
        assert budget.held_bytes == 0


async def test_a_growing_body_holds_little_more_than_it_needs():
    budget = ByteBudget(128 * MIB)
    with budget.claim(16 * MIB) as claim:
        await claim.grow_to(300_000)
        await claim.grow_to(300_001)
        assert budget.held_bytes == 600_000
    assert budget.held_bytes == 0


async def test_a_body_waits_until_another_is_let_go():
    budget = ByteBudget(4 * MIB)
    second = budget.claim(4 * MIB)
    with budget.claim(4 * MIB) as first:
        await first.grow_to(MIB)
        waiting = asyncio.create_task(second.grow_to(4 * MIB))
        await settle()
        assert not waiting.done()
    await waiting
    assert budget.held_bytes == 4 * MIB


async def test_no_two_bodies_wait_for_each_other():
    # Given room for three limits, thirty bodies grow step by step to the limit each.
    budget = ByteBudget(12 * MIB)
    finished = []

    async def body(number: int) -> None:
        with budget.claim(4 * MIB) as claim:
            for size in range(MIB // 2, 4 * MIB + 1, MIB // 2):
                await claim.grow_to(size)
                assert budget.held_bytes <= 12 * MIB
                await settle()
        finished.append(number)

    async with asyncio.timeout(5):
        await asyncio.gather(*(body(n) for n in range(30)))
    assert sorted(finished) == list(range(30))


async def test_a_body_whose_limit_is_above_the_budget_still_fits_alone():
    budget = ByteBudget(MIB)
    with budget.claim(2 * MIB) as claim:
        await claim.grow_to(2 * MIB)
        assert budget.held_bytes == 2 * MIB


async def test_one_that_gave_up_waiting_is_forgotten():
    budget = ByteBudget(MIB)
    with budget.claim(MIB) as first:
        await first.grow_to(MIB)
        waiting = asyncio.create_task(budget.claim(MIB).grow_to(MIB))
        await settle()
        waiting.cancel()
        await settle()
    assert budget.held_bytes == 0
