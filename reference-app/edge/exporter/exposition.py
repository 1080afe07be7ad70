"""The counts as Prometheus reads them."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from edge.exporter.counts import EDGES_MS, Count, Counts, Durations

_EDGES = (*(str(edge / 1_000) for edge in EDGES_MS), "+Inf")


class Exposition:
    """A collector over counts; they stand still while it is asked."""

    def __init__(self, counts: Counts, started_s: float) -> None:
        self._counts = counts
        self._started_s = started_s

    def describe(self) -> Iterator[Metric]:
        """Return nothing: names are known when there is something to count."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return every family."""
        counts = self._counts
        requests = CounterMetricFamily(
            "http_requests",
            "Requests of users through the front door; a fallback's answer is degraded.",
            labels=("method", "route", "status", "answer"),
        )
        for key, count in counts.requests.items():
            requests.add_metric(key, count.value, created=count.created_s)
        yield requests
        yield _durations(counts.durations)
        yield _family(
            "http_health_checks",
            "Health checks, ours among them.",
            "status",
            counts.health,
        )
        yield _family(
            "edge_checks", "Our checks of the front door.", "outcome", counts.checks
        )
        for name, text, value in (
            ("access_log_lines", "Lines of the access log.", counts.lines),
            ("access_log_bad_lines", "Lines that say nothing.", counts.bad_lines),
        ):
            family = CounterMetricFamily(name, text)
            family.add_metric((), value, created=self._started_s)
            yield family


def _family(
    name: str, text: str, label: str, counts: dict[str, Count]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count.value, created=count.created_s)
    return family


def _durations(found: dict[tuple[str, str], Durations]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        "http_request_duration_seconds",
        "Seconds from a request's first byte to the last of its answer.",
        labels=("route", "status_class"),
    )
    for (route, digit), durations in found.items():
        labels = (route, f"{digit}xx")
        total, buckets = 0, []
        for edge, count in zip(_EDGES, durations.buckets, strict=True):
            total += count
            buckets.append((edge, total))
        family.add_metric(labels, buckets, durations.sum_ms / 1_000)
        named = dict(zip(("route", "status_class"), labels, strict=True))
        family.add_sample(f"{family.name}_created", named, durations.created_s)
    return family
