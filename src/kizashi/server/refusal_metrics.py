"""What Kizashi measures of tokens that it refuses, for its /metrics."""

from prometheus_client import CollectorRegistry, Counter


class RefusalMetrics:
    """A counter of refused tokens."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._refused = Counter(
            "kizashi_tokens_refused",
            "Tokens that were brought and are unknown, expired or revoked.",
            registry=registry,
        )

    def refused(self) -> None:
        """Count one."""
        self._refused.inc()
