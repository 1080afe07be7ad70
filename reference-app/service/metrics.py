"""What a service says about itself, and the middleware that counts."""

from collections.abc import Callable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNMATCHED = "unmatched"
_CLIENT_ERROR = 400
# Probes, scrapes and fault switches are no user's requests.
NOT_TRAFFIC = ("/metrics", "/health/", "/demo/")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def method_of(scope: Scope) -> str:
    """Return the method, OTHER for one that a client made up."""
    return scope["method"] if scope["method"] in _METHODS else "OTHER"


def route_of(scope: Scope) -> str:
    """Return the template of the route that a request took, `UNMATCHED` if none."""
    return getattr(scope.get("route"), "path", UNMATCHED)


class Metrics:
    """The service's own registry and the three signals in it.

    Args:
        edges_s: The histogram's edges in seconds, 5 ms to 5 s; a latency objective
            needs its threshold among them.
    """

    def __init__(self, edges_s: Sequence[float]) -> None:
        self.registry = CollectorRegistry()
        # Its start time tells a reader that a counter's first value is growth.
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "http_requests",
            "Requests answered, by route template; a fallback's answer is degraded.",
            ["method", "route", "status", "answer"],
            registry=self.registry,
        )
        self.duration = Histogram(
            "http_request_duration_seconds",
            "Seconds from a request's first byte to the start of its answer.",
            ["method", "route"],
            buckets=edges_s,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "http_requests_in_flight",
            "Requests being answered now.",
            registry=self.registry,
        )

    def count(self, scope: Scope, status: int, duration_s: float) -> None:
        """Count one answered request; labels never hold what a client made up."""
        method, route = method_of(scope), route_of(scope)
        # A fallback that failed in the end is a failure like any other.
        is_degraded = scope.get("is_degraded") and status < _CLIENT_ERROR
        answer = "degraded" if is_degraded else "full"
        self.requests.labels(method, route, str(status), answer).inc()
        self.duration.labels(method, route).observe(duration_s)


class CountRequests:
    """Counts and times every user's request, just before its answer is complete.

    The same duration, in whole microseconds, goes into the histogram and to the
    client as Server-Timing, so that a client can add up the very numbers that were
    counted.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, timer: Callable[[], float]
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; count it unless it is no user's."""
        if scope["type"] != "http" or scope["path"].startswith(NOT_TRAFFIC):
            await self._app(scope, receive, send)
            return
        request = _Request(self._metrics, self._timer, scope)
        self._metrics.in_flight.inc()

        async def counting_send(message: Message) -> None:
            request.see(message)
            await send(message)

        try:
            await self._app(scope, receive, counting_send)
        finally:
            self._metrics.in_flight.dec()
            request.count()


class _Request:
    def __init__(
        self, metrics: Metrics, timer: Callable[[], float], scope: Scope
    ) -> None:
        self._metrics = metrics
        self._timer = timer
        self._scope = scope
        self._start = timer()
        self._status = 500  # what the server answers if the handler raises
        self._duration_s: float | None = None
        self._counted = False

    def see(self, message: Message) -> None:
        """Count before the last byte leaves: who has the answer sees it counted."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._duration_s = self._elapsed_s()
            timing = f"total;dur={self._duration_s * 1000:.3f}".encode()
            message["headers"] = [*message["headers"], (b"server-timing", timing)]
        elif not message.get("more_body", False):
            self.count()

    def count(self) -> None:
        """Count the request, once."""
        if self._counted:
            return
        self._counted = True
        taken_s = self._elapsed_s() if self._duration_s is None else self._duration_s
        self._metrics.count(self._scope, self._status, taken_s)

    def _elapsed_s(self) -> float:
        return round(self._timer() - self._start, 6)
