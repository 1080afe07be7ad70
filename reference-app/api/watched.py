"""A store whose calls are timed, and late where a fault says so."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Histogram

from api.tasks import Owner, Status, Task, TaskStore, TaskText

_EDGES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class StoreTimes:
    """How long calls of the store take, by what is asked of it.

    Beside the time of the request it tells a slow store from a slow service.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.duration = Histogram(
            "task_store_duration_seconds",
            "Seconds from a call of the store to its end, whether it succeeded or not.",
            ["operation"],
            buckets=_EDGES_S,
            registry=registry,
        )


class WatchedTasks:
    """A `TaskStore` that times each call of another.

    Args:
        tasks: The store.
        times: Where the times go.
        wait: What is waited for before each call, as part of it; None for nothing.
    """

    def __init__(
        self,
        tasks: TaskStore,
        times: StoreTimes,
        wait: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._tasks = tasks
        self._times = times
        self._wait = wait

    async def get(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Return the task."""
        async with self._call("get"):
            return await self._tasks.get(owner, task_id, now)

    async def page(
        self, owner: Owner, status: Status, *, after: int, limit: int, now: datetime
    ) -> tuple[list[Task], int]:
        """Return a page."""
        async with self._call("page"):
            return await self._tasks.page(
                owner, status, after=after, limit=limit, now=now
            )

    async def create(self, owner: Owner, text: TaskText, now: datetime) -> Task:
        """Add a task."""
        async with self._call("create"):
            return await self._tasks.create(owner, text, now)

    async def edit(
        self, owner: Owner, task_id: int, text: TaskText, *, version: int, now: datetime
    ) -> Task:
        """Replace what is written."""
        async with self._call("edit"):
            return await self._tasks.edit(
                owner, task_id, text, version=version, now=now
            )

    async def complete(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Mark a task done."""
        async with self._call("complete"):
            return await self._tasks.complete(owner, task_id, now)

    async def delete(self, owner: Owner, task_id: int, now: datetime) -> None:
        """Remove a task."""
        async with self._call("delete"):
            await self._tasks.delete(owner, task_id, now)

    @asynccontextmanager
    async def _call(self, operation: str) -> AsyncIterator[None]:
        began = time.perf_counter()
        try:
            if self._wait is not None:
                await self._wait()
            yield
        finally:
            took_s = time.perf_counter() - began
            self._times.duration.labels(operation).observe(took_s)
