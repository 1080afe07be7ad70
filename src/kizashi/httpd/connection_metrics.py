"""What Kizashi measures of connections from outside, for its /metrics."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from kizashi.httpd.connections import ConnectionSlots, Evicted, Refused, TimedOut
from kizashi.httpd.head import RequestFault

R = TypeVar("R", bound=StrEnum)


class ConnectionMetrics(Collector):
    """Reads what slots have counted, each time that somebody looks.

    Every value of a label is there from the start, so that a first event is a step.
    """

    def __init__(
        self, registry: CollectorRegistry, slots: ConnectionSlots | None = None
    ) -> None:
        """Measure slots; where None, none that anybody has."""
        self._slots = slots or ConnectionSlots(0, 0, 0)
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        slots, counts = self._slots, self._slots.counts
        now = GaugeMetricFamily(
            "kizashi_connections",
            "Connections from outside that are open, by state.",
            labels=["state"],
        )
        now.add_metric(["waiting"], slots.waiting)
        now.add_metric(["working"], slots.working)
        now.add_metric(["probes"], slots.probing)
        yield now
        yield GaugeMetricFamily(
            "kizashi_connections_max",
            "Connections from outside that may be open, those for probes not counted.",
            slots.most,
        )
        yield CounterMetricFamily(
            "kizashi_connections_accepted",
            "Connections from outside that were let in.",
            counts.accepted,
        )
        yield _counter(
            "kizashi_connections_evicted",
            "Connections that were ended to make room for others, by reason.",
            Evicted,
            counts.evicted,
        )
        yield _counter(
            "kizashi_connections_refused",
            "Callers that were sent away because there was no room, by reason.",
            Refused,
            counts.refused,
        )
        yield _counter(
            "kizashi_connections_timed_out",
            "Connections that were ended because their client took too long, by reason.",
            TimedOut,
            counts.timed_out,
        )
        yield _counter(
            "kizashi_requests_refused",
            "Requests that were refused before anything else read them, by reason.",
            RequestFault,
            counts.requests,
        )


def _counter(
    name: str, text: str, reasons: type[R], counts: Counter[R]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=["reason"])
    for reason in reasons:
        family.add_metric([reason.value], counts[reason])
    return family
