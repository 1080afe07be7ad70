"""A store that answers late, where a fault says so."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from api.tasks import Owner, Status, Task, TaskStore, TaskText


class SlowedTasks:
    """A `TaskStore` that waits before each call of another.

    Args:
        tasks: The store.
        wait: What is waited for.
    """

    def __init__(self, tasks: TaskStore, wait: Callable[[], Awaitable[None]]) -> None:
        self._tasks = tasks
        self._wait = wait

    async def get(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Return the task, late."""
        await self._wait()
        return await self._tasks.get(owner, task_id, now)

    async def page(
        self, owner: Owner, status: Status, *, after: int, limit: int, now: datetime
    ) -> tuple[list[Task], int]:
        """Return a page, late."""
        await self._wait()
        return await self._tasks.page(owner, status, after=after, limit=limit, now=now)

    async def create(self, owner: Owner, text: TaskText, now: datetime) -> Task:
        """Add a task, late."""
        await self._wait()
        return await self._tasks.create(owner, text, now)

    async def edit(
        self, owner: Owner, task_id: int, text: TaskText, *, version: int, now: datetime
    ) -> Task:
        """Replace what is written, late."""
        await self._wait()
        return await self._tasks.edit(owner, task_id, text, version=version, now=now)

    async def complete(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Mark a task done, late."""
        await self._wait()
        return await self._tasks.complete(owner, task_id, now)

    async def delete(self, owner: Owner, task_id: int, now: datetime) -> None:
        """Remove a task, late."""
        await self._wait()
        await self._tasks.delete(owner, task_id, now)
