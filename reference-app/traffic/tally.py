"""The hand count: what was sent and what came back."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# The service's own histogram edges, in seconds.
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

CREATED = 201
SERVER_ERROR = 500


@dataclass
class Tally:
    """Counts of one run. Every request sent is answered or not, never both.

    Attributes:
        sent: Requests sent.
        no_answer: Sent, but refused, cut off, out of time, or answered by the front
            door in the service's place. Whether the service counted these nobody
            outside can know.
        statuses: Answers by status.
        actions: Requests by what people were doing.
        failed: Answers that failed and were no fallback's.
        degraded: Answers that a fallback gave.
        said: Sentences that became a task, read or not.
        pages: Answers of the front door itself, by status; the service knows nothing
            of them.
        latencies: Answers by the smallest edge they fit under, by the service's own
            clock (the Server-Timing header): the very numbers in its histogram.
    """

    sent: int = 0
    no_answer: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    latencies: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    degraded: int = 0
    said: int = 0
    pages: Counter[int] = field(default_factory=Counter)

    def answer(
        self, status: int, duration_s: float, action: str, *, is_degraded: bool = False
    ) -> None:
        """Count one answer.

        Args:
            status: Its status.
            duration_s: What it took, by the service's own clock.
            action: What was asked for.
            is_degraded: Whether a fallback gave it: neither good nor bad for the
                objective of requests that succeed, bad for that of full answers.
        """
        self.statuses[status] += 1
        self.degraded += is_degraded
        self.failed += status >= SERVER_ERROR and not is_degraded
        self.said += action == "say" and status == CREATED
        edge = next((edge for edge in EDGES if duration_s <= edge), None)
        self.latencies["slower" if edge is None else f"{edge:g}"] += 1

    def summary(self) -> dict[str, Any]:
        """Return the counts for JSON; `bad` is what the objectives call bad."""
        order = [*(f"{edge:g}" for edge in EDGES), "slower"]
        answered = self.statuses.total()
        slow = order[order.index("0.2") + 1 :]
        return {
            "sent": self.sent,
            "answered": answered,
            "no_answer": self.no_answer,
            "by_status": {
                str(key): self.statuses[key] for key in sorted(self.statuses)
            },
            "pages_by_status": {
                str(key): self.pages[key] for key in sorted(self.pages)
            },
            "by_action": dict(sorted(self.actions.items())),
            "by_latency_s": {key: self.latencies[key] for key in order},
            "bad": {
                "availability": self.failed,
                "latency": sum(self.latencies[key] for key in slow),
                "full-answers": self.degraded,
            },
            "valid": {
                "availability": answered - self.degraded,
                "latency": answered,
                "full-answers": self.said,
            },
        }
