"""Put the service together."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client.exposition import choose_encoder
from service.faults import FaultSwitch, fault_routes
from service.guards import LimitBodies, RequestIds, problem
from service.metrics import CountRequests, Metrics
from starlette.exceptions import HTTPException
from starlette.responses import Response

from todo_api.routes import task_routes
from todo_api.tasks import TaskConflictError, TaskNotFoundError, TaskRepository

# 0.2 is the objective's threshold: a latency objective needs it as an exact edge.
DURATION_EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


def create_app(
    *,
    demo: bool = False,
    seed: int = 0,
    timer: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> FastAPI:
    """Return the service.

    Args:
        demo: Whether the fault switch exists. Without it nobody can break the service
            through its own port.
        seed: Decides which requests a fault strikes.
        timer: Seconds from any origin; times requests.
        sleep: Waits so many seconds of that timer; delays requests.
    """
    metrics = Metrics(DURATION_EDGES)
    app = FastAPI(title="To-do API", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.metrics = metrics
    app.state.is_ready = False
    switch = FaultSwitch(seed, sleep) if demo else None
    # A dependency, not a middleware: by then the route is known, so that a failed
    # request is counted under its own route.
    dependencies = [Depends(switch.suffer)] if switch else []
    tasks = APIRouter(dependencies=dependencies)
    app.include_router(task_routes(TaskRepository(), _now, tasks))
    app.include_router(_health_routes(app, metrics))
    if switch:
        app.include_router(fault_routes(switch))
    _answer_problems(app)
    # The last one added is the first to see a request.
    app.add_middleware(LimitBodies)
    app.add_middleware(CountRequests, metrics=metrics, timer=timer)
    app.add_middleware(RequestIds)
    return app


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.is_ready = True
    yield
    app.state.is_ready = False


def _health_routes(app: FastAPI, metrics: Metrics) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready(response: Response) -> dict[str, str]:
        if not app.state.is_ready:
            response.status_code = 503
        return {"status": "ready" if app.state.is_ready else "stopping"}

    @router.get("/metrics")
    async def exposition(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(
            encode(metrics.registry), headers={"Content-Type": content_type}
        )

    return router


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(TaskNotFoundError)
    async def not_found(request: Request, error: TaskNotFoundError) -> Response:
        return problem(request, 404, str(error))

    @app.exception_handler(TaskConflictError)
    async def conflict(request: Request, error: TaskConflictError) -> Response:
        return problem(request, 409, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"field": ".".join(map(str, found["loc"])), "expected": found["msg"]}
            for found in error.errors()
        ]
        return problem(request, 422, "the request has problems; see errors", errors)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        answer = problem(request, error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer
