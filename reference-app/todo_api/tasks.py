"""Tasks and where they are kept."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

MAX_TASKS = 10_000


class TaskNotFoundError(Exception):
    """No task has that id."""


class TaskConflictError(Exception):
    """The task, or the list, is not in a state that allows the change."""


class Priority(StrEnum):
    """How much a task matters."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Status(StrEnum):
    """Which tasks a list shows."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class TaskText:
    """What a person writes about a task."""

    title: str
    note: str = ""
    due: date | None = None
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `version` grows by one with every change."""

    id: int
    version: int
    text: TaskText
    created_at: datetime
    completed_at: datetime | None = None


class TaskRepository:
    """Tasks in memory, by ascending id; gone when the process ends."""

    def __init__(self, max_tasks: int = MAX_TASKS) -> None:
        self._tasks: dict[int, Task] = {}
        self._next_id = 1
        self._max_tasks = max_tasks

    def get(self, task_id: int) -> Task:
        """Return the task.

        Raises:
            TaskNotFoundError: If no task has that id.
        """
        try:
            return self._tasks[task_id]
        except KeyError:
            raise TaskNotFoundError(f"there is no task {task_id}") from None

    def page(self, status: Status, *, after: int, limit: int) -> tuple[list[Task], int]:
        """Return up to `limit` tasks with an id above `after`, and where to go on.

        Returns:
            The tasks by id, and the id to pass as `after` next; 0 on the last page.
        """
        found: list[Task] = []
        # Ids only grow and a dict keeps insertion order, so this is sorted already.
        for task in self._tasks.values():
            if task.id <= after or not _shows(status, task):
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(task)
        return found, 0

    def create(self, text: TaskText, now: datetime) -> Task:
        """Add a task and return it.

        Raises:
            TaskConflictError: If the list is full.
        """
        if len(self._tasks) >= self._max_tasks:
            raise TaskConflictError(
                f"the list holds {self._max_tasks} tasks, as many as it may;"
                " delete one first"
            )
        task = Task(self._next_id, 1, text, created_at=now)
        self._tasks[task.id] = task
        self._next_id += 1
        return task

    def edit(self, task_id: int, text: TaskText, *, version: int) -> Task:
        """Replace what is written and return the task.

        Raises:
            TaskNotFoundError: If no task has that id.
            TaskConflictError: If someone changed it since that version was read.
        """
        task = self.get(task_id)
        if task.version != version:
            raise TaskConflictError(
                f"task {task_id} is at version {task.version}, not {version};"
                " read it again and repeat the edit"
            )
        return self._store(replace(task, text=text))

    def complete(self, task_id: int, now: datetime) -> Task:
        """Mark a task done and return it.

        Raises:
            TaskNotFoundError: If no task has that id.
            TaskConflictError: If it is done already.
        """
        task = self.get(task_id)
        if task.completed_at is not None:
            raise TaskConflictError(f"task {task_id} is done already")
        return self._store(replace(task, completed_at=now))

    def delete(self, task_id: int) -> None:
        """Remove a task.

        Raises:
            TaskNotFoundError: If no task has that id.
        """
        self.get(task_id)
        del self._tasks[task_id]

    def _store(self, changed: Task) -> Task:
        task = replace(changed, version=changed.version + 1)
        self._tasks[task.id] = task
        return task


def _shows(status: Status, task: Task) -> bool:
    is_done = task.completed_at is not None
    return status is Status.ALL or (status is Status.DONE) == is_done
