"""Health and metrics: routes for machines, never counted as users' requests."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from service.metrics import Metrics


def health_routes(metrics: Metrics, not_ready: Callable[[], str | None]) -> APIRouter:
    """Return the routes.

    Args:
        metrics: What /metrics shows.
        not_ready: Why the service cannot answer users now; None if it can.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready(response: Response) -> dict[str, str]:
        reason = not_ready()
        if reason is not None:
            response.status_code = 503
        return {"status": reason or "ready"}

    @router.get("/metrics")
    async def exposition(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(
            encode(metrics.registry), headers={"Content-Type": content_type}
        )

    return router
