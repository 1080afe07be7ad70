"""Put the AI service together."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from service.access import LogRequests
from service.faults import FaultSwitch
from service.guards import LimitBodies, RequestIds
from service.health import health_routes
from service.metrics import CountRequests, Metrics
from service.problems import answer_problems, problem_responses
from service.traces import TraceRequests

from ai.analysis import Analyser, Language
from ai.priorities import Level
from ai.task import TaskText
from ai.texts import MAX_CHARACTERS, TextError, check_text

# 2 is the objective's threshold: a latency objective needs it as an exact edge.
DURATION_EDGES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5)
#: Requests that wait for the one thread that reads; beyond, the service says so at
#: once, as a caller's own time limit is short.
MAX_WAITING = 64
_ZONES = available_timezones() - {"localtime", "Factory"}
_YEARS = range(1970, 2200)
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


def _checked_text(text: str) -> str:
    try:
        check_text(text)
    except TextError as error:
        raise ValueError(str(error)) from None
    return text


def _checked_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("an IANA time zone, such as Asia/Tokyo, is expected")
    return name


def _checked_now(now: datetime) -> datetime:
    if now.year not in _YEARS:
        raise ValueError("a time from 1970 to 2199 is expected")
    return now


class AnalyzeRequest(BaseModel):
    """A sentence, and from where it is read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "text": "来週の金曜日の午後3時に歯医者",
                "timezone": "Asia/Tokyo",
                "now": "2026-11-27T09:15:00+09:00",
            }
        },
    )

    text: Annotated[str, Field(min_length=1), AfterValidator(_checked_text)] = Field(
        description=f"English or Japanese, up to {MAX_CHARACTERS} characters"
    )
    timezone: Annotated[str, AfterValidator(_checked_zone)] = Field(
        description="the user's time zone, an IANA name"
    )
    now: Annotated[AwareDatetime, AfterValidator(_checked_now)] | None = Field(
        None, description="when the sentence is read (ISO 8601); else the clock"
    )


class DueView(BaseModel):
    """When a task is due, in the user's time zone."""

    date: str | None = Field(description="YYYY-MM-DD")
    time: str | None = Field(description="HH:MM, on 24 hours")


class AnalyzeAnswer(BaseModel):
    """What a sentence says about a task."""

    title: str
    due: DueView
    priority: Level
    people: list[str]
    places: list[str]
    language: Language

    @classmethod
    def of(cls, language: Language, task: TaskText) -> "AnalyzeAnswer":
        """Return the view of a task."""
        day, hour = task.due.date, task.due.time
        return cls(
            title=task.title,
            due=DueView(
                date=day.isoformat() if day else None,
                time=hour.strftime("%H:%M") if hour else None,
            ),
            priority=task.priority,
            people=list(task.people),
            places=list(task.places),
            language=language,
        )


class Desk:
    """The one thread that reads, and how many wait for it.

    spaCy and Sudachi hold the interpreter while they work: a second thread would not
    make anything quicker, and neither promises to bear it.
    """

    def __init__(self, load: Callable[[], Analyser]) -> None:
        self._load = load
        self._analyser: Analyser | None = None
        self._thread = ThreadPoolExecutor(1, "reader")
        self._waiting = 0
        self.not_ready: str | None = "loading"

    async def open(self) -> None:
        """Load the models; the service is live meanwhile and not ready."""
        self._analyser = await self._run(self._load)
        self.not_ready = None

    def opened(self, opening: asyncio.Task[None]) -> None:
        """Say so if the models did not load; the service stays live and unready."""
        if not opening.cancelled() and (error := opening.exception()):
            _LOG.error("the models did not load", exc_info=error)
            self.not_ready = "the models did not load; the log says why"

    def close(self) -> None:
        """Take no more; what is being read is finished."""
        self.not_ready = "stopping"
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def read(self, text: str, now: datetime) -> tuple[Language, TaskText]:
        """Return what the text says.

        Raises:
            HTTPException: 503 before the models are loaded, and where too many wait.
        """
        analyser = self._analyser
        if analyser is None:
            raise HTTPException(
                503, f"not ready: {self.not_ready}", {"Retry-After": "2"}
            )
        if self._waiting >= MAX_WAITING:
            raise HTTPException(
                503, f"{MAX_WAITING} requests wait already", {"Retry-After": "1"}
            )
        self._waiting += 1
        try:
            return await self._run(lambda: analyser.analyse(text, now))
        finally:
            self._waiting -= 1

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def create_app(
    *,
    load: Callable[[], Analyser] = Analyser,
    timer: Callable[[], float] = time.perf_counter,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    switch: FaultSwitch | None = None,
) -> FastAPI:
    """Return the service.

    Args:
        load: Loads the readers, in the thread that uses them.
        timer: Seconds from any origin; times requests.
        clock: The time where a request gives none.
        switch: What goes wrong on purpose, in demo mode.
    """
    metrics = Metrics(DURATION_EDGES)
    desk = Desk(load)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        opening = asyncio.create_task(desk.open())
        opening.add_done_callback(desk.opened)
        yield
        await asyncio.wait({opening})
        desk.close()

    app = FastAPI(
        title="AI service",
        version="1",
        description="What a sentence in English or Japanese says about a task.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(_routes(desk, clock, switch))
    app.include_router(health_routes(metrics, lambda: desk.not_ready))
    answer_problems(app)
    # The last one added is the first to see a request.
    app.add_middleware(LimitBodies)
    app.add_middleware(LogRequests)
    app.add_middleware(TraceRequests)
    app.add_middleware(CountRequests, metrics=metrics, timer=timer)
    app.add_middleware(RequestIds)
    return app


def _routes(
    desk: Desk, clock: Callable[[], datetime], switch: FaultSwitch | None
) -> APIRouter:
    router = APIRouter(dependencies=[Depends(switch.suffer)] if switch else [])
    responses = problem_responses(
        _411="the body's length is not given",
        _413="the body is too long",
        _422="the text is hostile, too long or in another script; the zone is unknown",
        _500="the service failed",
        _503="the models are loading, or too many requests wait",
    )

    @router.post("/analyze", responses=responses)
    async def analyze(request: AnalyzeRequest) -> AnalyzeAnswer:
        """Read a task's title, due date and time, priority, people and places."""
        now = (request.now or clock()).astimezone(ZoneInfo(request.timezone))
        return AnalyzeAnswer.of(*await desk.read(request.text, now))

    return router
