"""What Kizashi measures of its own notifications, for its /metrics."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from kizashi.alert.retry import DeliveryResult
from kizashi.ports.alerts import NotificationRecord
from kizashi.ports.outbox import Address, Backlog

_LATENCY_EDGES_S = (0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0)


class DeliveryMetrics:
    """Counters of attempts and dead letters, by receiver and kind."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ["receiver", "kind"]
        counter = partial(Counter, registry=registry)
        self._attempts = counter(
            "kizashi_notification_attempts",
            "Attempts to deliver a notification, by what came of them.",
            [*labels, "outcome"],
        )
        self._dead = counter(
            "kizashi_notifications_dead",
            "Notifications that became dead letters.",
            labels,
        )
        self._muted = counter(
            "kizashi_notifications_muted",
            "Notifications that a silence kept back.",
            labels,
        )
        self._latency = Histogram(
            "kizashi_notification_latency_seconds",
            "Time from the decision to notify to the delivery.",
            labels,
            buckets=_LATENCY_EDGES_S,
            registry=registry,
        )
        self._pending = Gauge(
            "kizashi_notifications_pending",
            "Notifications that are not delivered yet.",
            registry=registry,
        )

    def attempted(self, address: Address, verdict: DeliveryResult) -> None:
        """Count an attempt."""
        self._attempts.labels(*_labels(address), verdict.value).inc()

    def delivered(self, address: Address, seconds: float) -> None:
        """Note how long a notification took that arrived."""
        self._latency.labels(*_labels(address)).observe(max(seconds, 0.0))

    def muted(self, address: Address) -> None:
        """Count a notification that a silence kept back."""
        self._muted.labels(*_labels(address)).inc()

    def dead(self, record: NotificationRecord) -> None:
        """Count a dead letter."""
        self._dead.labels(record.receiver, record.kind).inc()

    def backlog(self, backlog: Backlog) -> None:
        """Note how much is pending."""
        self._pending.set(backlog.count)


def _labels(address: Address) -> tuple[str, str]:
    return address.receiver, address.integration.kind
