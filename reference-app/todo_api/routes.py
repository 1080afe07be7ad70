"""The routes that people use: list, create, read, edit, complete, delete."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from todo_api.tasks import Priority, Status, Task, TaskRepository, TaskText

MAX_ID = 2**53 - 1  # the largest whole number that every JSON reader keeps
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Note = Annotated[str, StringConstraints(max_length=2000)]
TaskId = Annotated[int, Path(ge=1, le=MAX_ID)]


class NewTask(BaseModel):
    """What creates a task."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    note: Note = ""
    due: date | None = None
    priority: Priority = Priority.NORMAL

    def text(self) -> TaskText:
        """Return what is written, checked."""
        return TaskText(self.title, self.note, self.due, self.priority)


class EditedTask(NewTask):
    """What replaces a task's text, and the version it was read at."""

    version: Annotated[int, Field(ge=1, le=MAX_ID)]


class TaskView(BaseModel):
    """A task as clients see it."""

    id: int
    version: int
    title: str
    note: str
    due: date | None
    priority: Priority
    created_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, task: Task) -> Self:
        """Return the view of a task."""
        return cls(
            id=task.id,
            version=task.version,
            title=task.text.title,
            note=task.text.note,
            due=task.text.due,
            priority=task.text.priority,
            created_at=task.created_at,
            completed_at=task.completed_at,
        )


class TaskPage(BaseModel):
    """One page of tasks; `next` is what to pass as `after`, null on the last page."""

    items: list[TaskView]
    next: int | None


def task_routes(
    tasks: TaskRepository, now: Callable[[], datetime], router: APIRouter
) -> APIRouter:
    """Add the task routes to the router and return it."""

    @router.get("/tasks")
    async def list_tasks(
        status: Status = Status.OPEN,
        after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> TaskPage:
        found, following = tasks.page(status, after=after, limit=limit)
        return TaskPage(
            items=[TaskView.of(task) for task in found], next=following or None
        )

    @router.post("/tasks", status_code=201)
    async def create_task(new: NewTask, response: Response) -> TaskView:
        task = tasks.create(new.text(), now())
        response.headers["Location"] = f"/tasks/{task.id}"
        return TaskView.of(task)

    @router.get("/tasks/{task_id}")
    async def read_task(task_id: TaskId) -> TaskView:
        return TaskView.of(tasks.get(task_id))

    @router.put("/tasks/{task_id}")
    async def edit_task(task_id: TaskId, edited: EditedTask) -> TaskView:
        return TaskView.of(tasks.edit(task_id, edited.text(), version=edited.version))

    @router.post("/tasks/{task_id}/complete")
    async def complete_task(task_id: TaskId) -> TaskView:
        return TaskView.of(tasks.complete(task_id, now()))

    @router.delete("/tasks/{task_id}", status_code=204)
    async def delete_task(task_id: TaskId) -> None:
        tasks.delete(task_id)

    return router
