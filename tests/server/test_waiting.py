"""Waiting ends with what comes first: an event, a failure, or the time."""

import asyncio

import pytest

from kizashi.server.waiting import first_of

pytestmark = pytest.mark.anyio


async def for_ever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise LookupError("broken")


async def test_an_event_ends_it():
    task, event = asyncio.create_task(for_ever()), asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    await asyncio.wait_for(first_of(task, event, 60), 5)
    task.cancel()


async def test_the_time_ends_it_and_the_task_goes_on():
    task = asyncio.create_task(for_ever())
    await asyncio.wait_for(first_of(task, asyncio.Event(), 0.01), 5)
    assert not task.done()
    task.cancel()


async def test_a_failure_ends_it_as_one():
    with pytest.raises(LookupError, match="broken"):
        await first_of(asyncio.create_task(fail()), asyncio.Event(), 60)
