"""A receiver for notifications, in this process and on this machine only."""

import http.server
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

from kizashi.ports.clock import Clock

_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """One notification that arrived.

    Attributes:
        at_s: When, in the clock's monotonic seconds.
        key: Its idempotency key.
        body: Alertmanager's webhook payload.
    """

    at_s: float
    key: str
    body: Mapping[str, object]

    def alerts(self) -> list[tuple[str, str]]:
        """Return name and status of each alert in it."""
        listed = cast("list[Mapping[str, object]]", self.body["alerts"])
        return [
            (
                cast("Mapping[str, str]", alert["labels"])["alertname"],
                str(alert["status"]),
            )
            for alert in listed
        ]


class Sink:
    """Takes every POST with 200 and remembers it."""

    def __init__(self, clock: Clock) -> None:
        self.arrivals: list[Arrival] = []
        arrivals = self.arrivals

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = min(int(self.headers.get("Content-Length", "0")), _MOST_BYTES)
                body = json.loads(self.rfile.read(size))
                key = self.headers.get("Idempotency-Key", "")
                arrivals.append(Arrival(clock.monotonic(), key, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing: what arrived is told by those who asked for it."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Where notifications go."""
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
