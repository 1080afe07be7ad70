"""What clients themselves see: a service cannot count those who never reached it."""

from enum import StrEnum
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    ProcessCollector,
    start_http_server,
)

LOOPBACK = "127.0.0.1"


class Outcome(StrEnum):
    """How a request ended, as its client sees it."""

    ANSWERED = "answered"
    #: No connection, or one that was cut.
    REFUSED = "refused"
    #: The certificate was not accepted: expired, or of somebody unknown.
    UNTRUSTED = "untrusted"
    LATE = "late"


class ClientMetrics:
    """Counts requests by how they ended, over plain connections and over TLS.

    A failed answer is an answer: that one the service counts itself.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # Its start time tells a reader that a counter's first value is growth.
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "client_requests",
            "Requests by how they ended for the client that sent them.",
            ["outcome", "over"],
            registry=self.registry,
        )
        for outcome in Outcome:
            for over in ("http", "https"):
                self._requests.labels(outcome, over)

    def count(self, outcome: Outcome, *, is_secure: bool) -> None:
        """Count one request that ended."""
        self._requests.labels(outcome, "https" if is_secure else "http").inc()

    def show(self, port: int) -> WSGIServer:
        """Let the counts be scraped on 127.0.0.1; return the server."""
        server, _ = start_http_server(port, LOOPBACK, self.registry)
        return server
