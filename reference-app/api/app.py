"""Put the service together."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from service.access import LogRequests
from service.faults import FaultSwitch, fault_routes
from service.guards import LimitBodies, RequestIds, problem
from service.health import health_routes
from service.metrics import CountRequests, Metrics
from service.problems import answer_problems
from service.traces import TraceRequests
from starlette.responses import Response

from api.callers import Identify, IssuerError, NotAllowedError, everyone
from api.memory import MemoryTasks
from api.rates import RateLimits
from api.reading import unread
from api.routes import Read, Till, task_routes
from api.tasks import (
    Owner,
    Source,
    StoreBusyError,
    TaskConflictError,
    TaskNotFoundError,
    TaskStore,
    TaskText,
)
from api.watched import StoreTimes, WatchedTasks

# 0.2 is the objective's threshold: a latency objective needs it as an exact edge.
DURATION_EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
#: New guests from one address: a few at once, then one in ten seconds.
_GUEST_RATE = 0.1
_GUEST_BURST = 10


@dataclass(frozen=True, slots=True)
class Backends:
    """What the service stands on.

    Attributes:
        tasks: Keeps tasks.
        identify: Tells callers apart.
        read: Reads sentences.
        new_guest: Returns a guest's token and when it ends; None where all may call.
        public: What browsers are told.
    """

    tasks: TaskStore
    identify: Identify
    read: Read
    new_guest: Callable[[datetime], tuple[str, datetime]] | None
    public: dict[str, object]


#: Opens the backends while the service runs; their metrics go into the registry.
OpenBackends = Callable[[CollectorRegistry], AbstractAsyncContextManager[Backends]]


@asynccontextmanager
async def alone(_registry: CollectorRegistry) -> AsyncIterator[Backends]:
    """Stand on nothing: tasks in memory, no login, no AI service."""

    async def read(sentence: str, _timezone: str) -> TaskText:
        return unread(sentence, Source.DEGRADED)

    yield Backends(MemoryTasks(), everyone, read, None, {})


def create_app(
    *,
    backends: OpenBackends = alone,
    demo: bool | FaultSwitch = False,
    seed: int = 0,
    timer: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Return the service.

    Args:
        backends: What it stands on.
        demo: Whether the fault switch is on this port, or a switch that is turned
            elsewhere. Without it nobody can break the service.
        seed: Decides which requests a fault strikes.
        timer: Seconds from any origin; times requests.
        sleep: Waits so many seconds of that timer; delays requests.
        now: The time.
    """
    metrics = Metrics(DURATION_EDGES)
    service = _Service(backends, metrics, RateLimits(timer), now)
    app = FastAPI(
        title="To-do API",
        version="1",
        lifespan=service.lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.metrics = metrics
    switch = demo if isinstance(demo, FaultSwitch) else None
    if demo is True:
        switch = FaultSwitch(seed, sleep)
    service.switch = switch
    # A dependency, not a middleware: by then the route is known, so that a failed
    # request is counted under its own route.
    dependencies = [Depends(switch.suffer)] if switch else []
    router = APIRouter(dependencies=dependencies)
    till = Till(service.tasks, service.read, service.owner_of, now)
    app.include_router(task_routes(till, router))
    app.include_router(service.routes(dependencies))
    app.include_router(health_routes(metrics, lambda: service.not_ready))
    if demo is True and switch:
        app.include_router(fault_routes(switch))
    answer_problems(app)
    _answer_refusals(app)
    # The last one added is the first to see a request.
    app.add_middleware(LimitBodies)
    app.add_middleware(LogRequests)
    app.add_middleware(TraceRequests)
    app.add_middleware(CountRequests, metrics=metrics, timer=timer)
    app.add_middleware(RequestIds)
    return app


class Guest(BaseModel):
    """A guest's token: a list of their own, small and short-lived."""

    token: str
    expires_at: datetime


class _Service:
    """The backends while they are open, and who may use them."""

    def __init__(
        self,
        backends: OpenBackends,
        metrics: Metrics,
        limits: RateLimits,
        now: Callable[[], datetime],
    ) -> None:
        self._open = backends
        self._metrics = metrics
        self._times = StoreTimes(metrics.registry)
        self._limits = limits
        self._now = now
        self._backends: Backends | None = None
        self.not_ready: str | None = "starting"
        self.switch: FaultSwitch | None = None

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncGenerator[None]:
        """Keep the backends open while the service runs."""
        async with self._open(self._metrics.registry) as self._backends:
            self.not_ready = None
            yield
            self.not_ready = "stopping"

    @property
    def backends(self) -> Backends:
        """What the service stands on.

        Raises:
            HTTPException: 503 before it has started.
        """
        if self._backends is None:
            raise HTTPException(503, "not ready: starting", {"Retry-After": "1"})
        return self._backends

    def tasks(self) -> TaskStore:
        """Return the store: timed, and late where a fault says so."""
        wait = self.switch.slow_store if self.switch else None
        return WatchedTasks(self.backends.tasks, self._times, wait)

    async def read(self, sentence: str, timezone: str) -> TaskText:
        """Return what a sentence says."""
        return await self.backends.read(sentence, timezone)

    async def owner_of(self, request: Request) -> Owner:
        """Return whose tasks a request is about.

        Raises:
            HTTPException: 429 where they ask too often.
        """
        caller = await self.backends.identify(_bearer(request), self._now())
        self._take(caller.owner.id, caller.rate, caller.burst)
        return caller.owner

    def _take(self, key: str, rate: float, burst: int) -> None:
        wait_s = self._limits.take(key, rate=rate, burst=burst)
        if wait_s:
            raise HTTPException(
                429, "too many requests", {"Retry-After": str(int(wait_s) + 1)}
            )

    def routes(self, dependencies: list[object]) -> APIRouter:
        """Return the routes for browsers and guests."""
        router = APIRouter(dependencies=dependencies)

        @router.get("/config.json")
        async def config() -> dict[str, object]:
            """Return what a browser needs to sign people in."""
            return self.backends.public

        @router.post("/guest", status_code=201)
        async def become_guest(request: Request) -> Guest:
            """Return a token for a list of one's own that lasts a day."""
            new_guest = self.backends.new_guest
            if new_guest is None:
                raise HTTPException(404, "no login here: every request is served")
            host = request.client.host if request.client else ""
            self._take(f"address {host}", _GUEST_RATE, _GUEST_BURST)
            token, expires_at = new_guest(self._now())
            return Guest(token=token, expires_at=expires_at)

        return router


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _answer_refusals(app: FastAPI) -> None:
    @app.exception_handler(TaskNotFoundError)
    async def not_found(request: Request, error: TaskNotFoundError) -> Response:
        return problem(request, 404, str(error))

    @app.exception_handler(TaskConflictError)
    async def conflict(request: Request, error: TaskConflictError) -> Response:
        return problem(request, 409, str(error))

    @app.exception_handler(NotAllowedError)
    async def not_allowed(request: Request, error: NotAllowedError) -> Response:
        answer = problem(request, 401, str(error))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    @app.exception_handler(IssuerError)
    @app.exception_handler(StoreBusyError)
    async def busy(request: Request, error: Exception) -> Response:
        what = (
            "who you are cannot be checked now"
            if isinstance(error, IssuerError)
            else "the store does not answer; a change may have taken place: read again"
        )
        answer = problem(request, 503, what)
        answer.headers["Retry-After"] = "1"
        return answer
