"""Waiting for whatever comes first."""

import asyncio


async def first_of(
    task: asyncio.Task[None], event: asyncio.Event, seconds: float
) -> None:
    """Return after so many seconds, or before, once an event or a failure came."""
    waiting = asyncio.create_task(event.wait())
    first = asyncio.FIRST_COMPLETED
    await asyncio.wait({waiting, task}, timeout=seconds, return_when=first)
    waiting.cancel()
    if task.done():
        task.result()
