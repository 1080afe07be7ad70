"""The routes that people use: list, create, read, edit, complete, delete."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Self
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from api.tasks import Owner, Priority, Source, Status, Task, TaskStore, TaskText

MAX_ID = 2**53 - 1  # the largest whole number that every JSON reader keeps
MAX_SENTENCE = 1000
_ZONES = available_timezones() - {"localtime", "Factory"}
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Note = Annotated[str, StringConstraints(max_length=2000)]
Names = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=100)]],
    Field(max_length=20),
]
TaskId = Annotated[int, Path(ge=1, le=MAX_ID)]
#: Reads a sentence: what the AI service makes of it, in a time zone.
Read = Callable[[str, str], Awaitable[TaskText]]


def _known_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("an IANA time zone, such as Asia/Tokyo, is expected")
    return name


class NewTask(BaseModel):
    """What creates a task."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    note: Note = ""
    due: date | None = None
    due_time: time | None = Field(None, description="HH:MM; needs a due date")
    priority: Priority = Priority.NORMAL
    people: Names = []
    places: Names = []

    @model_validator(mode="after")
    def _time_has_a_date(self) -> Self:
        if self.due_time is not None and self.due is None:
            raise ValueError("due_time needs a due date")
        return self

    def text(self) -> TaskText:
        """Return what is written, checked."""
        hour = self.due_time.replace(second=0, microsecond=0) if self.due_time else None
        return TaskText(
            self.title,
            self.note,
            self.due,
            hour,
            self.priority,
            tuple(self.people),
            tuple(self.places),
        )


class EditedTask(NewTask):
    """What replaces a task's text, and the version it was read at."""

    version: Annotated[int, Field(ge=1, le=MAX_ID)]


class Sentence(BaseModel):
    """A sentence that says what is to be done and when."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "text": "来週の金曜日の午後3時に歯医者",
                "timezone": "Asia/Tokyo",
            }
        },
    )

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SENTENCE),
    ]
    timezone: Annotated[str, AfterValidator(_known_zone)]


class TaskView(BaseModel):
    """A task as clients see it."""

    id: int
    version: int
    title: str
    note: str
    due: date | None
    due_time: str | None = Field(description="HH:MM")
    priority: Priority
    people: list[str]
    places: list[str]
    source: Source
    created_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, task: Task) -> Self:
        """Return the view of a task."""
        text = task.text
        return cls(
            id=task.id,
            version=task.version,
            title=text.title,
            note=text.note,
            due=text.due,
            due_time=text.due_time.strftime("%H:%M") if text.due_time else None,
            priority=text.priority,
            people=list(text.people),
            places=list(text.places),
            source=text.source,
            created_at=task.created_at,
            completed_at=task.completed_at,
        )


class TaskPage(BaseModel):
    """One page of tasks; `next` is what to pass as `after`, null on the last page."""

    items: list[TaskView]
    next: int | None


@dataclass(frozen=True, slots=True)
class Till:
    """What the routes are served from.

    Attributes:
        tasks: Gives the store, once the service has started.
        read: Reads a sentence.
        owner_of: A dependency: whose tasks a request is about.
        now: The time.
    """

    tasks: Callable[[], TaskStore]
    read: Read
    owner_of: Callable[..., Awaitable[Owner]]
    now: Callable[[], datetime]


def task_routes(till: Till, router: APIRouter) -> APIRouter:
    """Add the task routes to the router and return it."""
    _creating(till, router)
    tasks, now = till.tasks, till.now
    who = Annotated[Owner, Depends(till.owner_of)]

    @router.get("/tasks")
    async def list_tasks(
        owner: who,
        status: Status = Status.OPEN,
        after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> TaskPage:
        found, following = await tasks().page(
            owner, status, after=after, limit=limit, now=now()
        )
        return TaskPage(
            items=[TaskView.of(task) for task in found], next=following or None
        )

    @router.get("/tasks/{task_id}")
    async def read_task(owner: who, task_id: TaskId) -> TaskView:
        return TaskView.of(await tasks().get(owner, task_id, now()))

    @router.put("/tasks/{task_id}")
    async def edit_task(owner: who, task_id: TaskId, edited: EditedTask) -> TaskView:
        task = await tasks().edit(
            owner, task_id, edited.text(), version=edited.version, now=now()
        )
        return TaskView.of(task)

    @router.post("/tasks/{task_id}/complete")
    async def complete_task(owner: who, task_id: TaskId) -> TaskView:
        return TaskView.of(await tasks().complete(owner, task_id, now()))

    @router.delete("/tasks/{task_id}", status_code=204)
    async def delete_task(owner: who, task_id: TaskId) -> None:
        await tasks().delete(owner, task_id, now())

    return router


def _creating(till: Till, router: APIRouter) -> None:
    tasks, now = till.tasks, till.now
    who = Annotated[Owner, Depends(till.owner_of)]

    @router.post("/tasks", status_code=201)
    async def create_task(owner: who, new: NewTask, response: Response) -> TaskView:
        return await _created(await tasks().create(owner, new.text(), now()), response)

    @router.post("/tasks/from-text", status_code=201)
    async def create_from_text(
        owner: who, sentence: Sentence, request: Request, response: Response
    ) -> TaskView:
        """Create a task from a sentence in English or Japanese.

        `source` says how: `read` by the AI service; `unreadable` if it refuses such a
        text; `degraded` if it cannot be asked now. In both the sentence is the title.
        """
        text = await till.read(sentence.text, sentence.timezone)
        if text.source is Source.DEGRADED:
            # Counted as degraded, whatever the status: never as a good answer.
            request.scope["is_degraded"] = True
            response.headers["X-Degraded"] = "ai"
        return await _created(await tasks().create(owner, text, now()), response)


async def _created(task: Task, response: Response) -> TaskView:
    response.headers["Location"] = f"/tasks/{task.id}"
    return TaskView.of(task)
