"""Tasks in memory: gone when the process ends."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from api.tasks import (
    Owner,
    Status,
    Task,
    TaskConflictError,
    TaskNotFoundError,
    TaskText,
    full_list,
    shows,
    stale_edit,
)


@dataclass
class _List:
    tasks: dict[int, Task] = field(default_factory=dict)
    next_id: int = 1


class MemoryTasks:
    """A `TaskStore` without a database."""

    def __init__(self) -> None:
        self._lists: dict[str, _List] = {}

    async def get(self, owner: Owner, task_id: int, _now: datetime) -> Task:
        """Return the task."""
        return self._get(owner, task_id)

    async def page(
        self, owner: Owner, status: Status, *, after: int, limit: int, now: datetime
    ) -> tuple[list[Task], int]:
        """Return up to `limit` tasks with an id above `after`, and where to go on."""
        del now
        found: list[Task] = []
        # Ids only grow and a dict keeps insertion order, so this is sorted already.
        for task in self._list(owner).tasks.values():
            if task.id <= after or not shows(status, task):
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(task)
        return found, 0

    async def create(self, owner: Owner, text: TaskText, now: datetime) -> Task:
        """Add a task and return it."""
        listed = self._list(owner)
        if len(listed.tasks) >= owner.max_tasks:
            raise full_list(owner)
        task = Task(listed.next_id, 1, text, created_at=now)
        listed.tasks[task.id] = task
        listed.next_id += 1
        return task

    async def edit(
        self, owner: Owner, task_id: int, text: TaskText, *, version: int, now: datetime
    ) -> Task:
        """Replace what is written and return the task."""
        del now
        task = self._get(owner, task_id)
        if task.version != version:
            raise stale_edit(task_id, task.version, version)
        return self._store(owner, replace(task, text=text))

    async def complete(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Mark a task done and return it."""
        task = self._get(owner, task_id)
        if task.completed_at is not None:
            raise TaskConflictError(f"task {task_id} is done already")
        return self._store(owner, replace(task, completed_at=now))

    async def delete(self, owner: Owner, task_id: int, _now: datetime) -> None:
        """Remove a task."""
        self._get(owner, task_id)
        del self._list(owner).tasks[task_id]

    def _list(self, owner: Owner) -> _List:
        return self._lists.setdefault(owner.id, _List())

    def _get(self, owner: Owner, task_id: int) -> Task:
        try:
            return self._list(owner).tasks[task_id]
        except KeyError:
            raise TaskNotFoundError(f"there is no task {task_id}") from None

    def _store(self, owner: Owner, changed: Task) -> Task:
        task = replace(changed, version=changed.version + 1)
        self._list(owner).tasks[task.id] = task
        return task
