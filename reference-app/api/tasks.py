"""Tasks, and what keeps them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Protocol

MAX_TASKS = 10_000


class TaskNotFoundError(Exception):
    """No task of that owner has that id."""


class TaskConflictError(Exception):
    """The task, or the list, is not in a state that allows the change."""


class StoreBusyError(Exception):
    """The store answers too slowly, refuses for now or cannot be reached.

    Whether a write took place is not known; reading the task again tells.
    """


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


class Source(StrEnum):
    """How a task's fields came to be.

    `GIVEN`: a person filled them in. `READ`: the AI service read them from a
    sentence. `DEGRADED`: it could not be asked, the sentence is the title.
    `UNREADABLE`: it was asked and refuses such a text.
    """

    GIVEN = "given"
    READ = "read"
    DEGRADED = "degraded"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class TaskText:
    """What is written about a task; a time of day never stands without its date."""

    title: str
    note: str = ""
    due: date | None = None
    due_time: time | None = None
    priority: Priority = Priority.NORMAL
    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    source: Source = Source.GIVEN


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `version` grows by one with every change."""

    id: int
    version: int
    text: TaskText
    created_at: datetime
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose tasks.

    Attributes:
        id: The subject of a token; no two people share one.
        max_tasks: How many tasks may exist at once.
        keeps_until: When everything of this owner goes, for guests.
    """

    id: str
    max_tasks: int = MAX_TASKS
    keeps_until: datetime | None = None


class TaskStore(Protocol):
    """Keeps tasks by owner and ascending id; what it acknowledged it has.

    Every method may raise StoreBusyError.
    """

    async def get(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Return the task, or raise TaskNotFoundError."""
        ...

    async def page(
        self, owner: Owner, status: Status, *, after: int, limit: int, now: datetime
    ) -> tuple[list[Task], int]:
        """Return up to `limit` tasks with an id above `after`, and where to go on.

        The second value is the id to pass as `after` next; 0 on the last page.
        """
        ...

    async def create(self, owner: Owner, text: TaskText, now: datetime) -> Task:
        """Add a task and return it, or raise TaskConflictError if the list is full."""
        ...

    async def edit(
        self, owner: Owner, task_id: int, text: TaskText, *, version: int, now: datetime
    ) -> Task:
        """Replace what is written and return the task.

        TaskNotFoundError comes out where there is none, TaskConflictError where
        someone changed it since that version was read.
        """
        ...

    async def complete(self, owner: Owner, task_id: int, now: datetime) -> Task:
        """Mark a task done and return it; TaskConflictError if it is done already."""
        ...

    async def delete(self, owner: Owner, task_id: int, now: datetime) -> None:
        """Remove a task, or raise TaskNotFoundError."""
        ...


def full_list(owner: Owner) -> TaskConflictError:
    """Return the error of a list with no room left."""
    return TaskConflictError(
        f"the list holds {owner.max_tasks} tasks, as many as it may; delete one first"
    )


def stale_edit(task_id: int, is_at: int, version: int) -> TaskConflictError:
    """Return the error of an edit whose version was overtaken."""
    return TaskConflictError(
        f"task {task_id} is at version {is_at}, not {version};"
        " read it again and repeat the edit"
    )


def shows(status: Status, task: Task) -> bool:
    """Return whether a list of that kind shows the task."""
    is_done = task.completed_at is not None
    return status is Status.ALL or (status is Status.DONE) == is_done
