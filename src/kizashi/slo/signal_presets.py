"""Where the golden signals of a service are read; a new preset is a row in PRESETS.

Source: Site Reliability Engineering, chapter 6, "The Four Golden Signals".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Unit(StrEnum):
    """What a saturation is measured in."""

    NUMBER = "number"
    BYTES = "bytes"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Saturation:
    """How full something is, as dashboards draw it.

    Attributes:
        message_id: Of its title and meaning.
        unit: What its numbers are.
        template: PromQL; ``%(job)s`` stands for the matchers of the job, ``%(range)s``
            for the range of a rate.
    """

    message_id: str
    unit: Unit
    template: str

    def expr(self, job: str, range_: str) -> str:
        """Return the PromQL for the targets of a job."""
        return self.template % {"job": job, "range": range_}


#: What the Prometheus client libraries say of their process on Linux.
_PROCESS = (
    Saturation(
        "dashboards.golden.cpu",
        Unit.NUMBER,
        "rate(process_cpu_seconds_total{%(job)s}[%(range)s])",
    ),
    Saturation(
        "dashboards.golden.memory",
        Unit.BYTES,
        "process_resident_memory_bytes{%(job)s}",
    ),
    Saturation(
        "dashboards.golden.files",
        Unit.SHARE,
        "process_open_fds{%(job)s} / process_max_fds{%(job)s}",
    ),
)


@dataclass(frozen=True, slots=True)
class SignalPreset:
    """Where the signals are read: names of metrics, names of labels.

    Attributes:
        requests: Counter of requests answered.
        duration: Histogram of their seconds, without its suffix.
        in_flight: Gauges of requests under way; the first that is there counts.
        routes: Labels that name a route; the first that a series has counts.
        statuses: Labels that hold the HTTP status, likewise.
        cpu: Counter of CPU seconds.
        memory: Gauge of resident bytes.
        saturation: What dashboards draw of it.
    """

    requests: str = "http_requests_total"
    duration: str = "http_request_duration_seconds"
    in_flight: tuple[str, ...] = ("http_requests_in_flight", "http_requests_inprogress")
    routes: tuple[str, ...] = ("route", "handler", "path", "endpoint")
    statuses: tuple[str, ...] = ("status", "code", "status_code")
    cpu: str = "process_cpu_seconds_total"
    memory: str = "process_resident_memory_bytes"
    saturation: tuple[Saturation, ...] = _PROCESS

    @property
    def bucket(self) -> str:
        """The name of the histogram's buckets."""
        return f"{self.duration}_bucket"

    @property
    def metrics(self) -> frozenset[str]:
        """Every metric that pages read."""
        return frozenset(
            {self.requests, self.bucket, self.cpu, self.memory, "up", *self.in_flight}
        )


#: By the name that a declaration has in ``signals``.
PRESETS: Mapping[str, SignalPreset] = MappingProxyType(
    {
        "prometheus-client": SignalPreset(),
        # Its usual instrumentation calls them so; other names are found as well.
        "fastapi": SignalPreset(
            in_flight=("http_requests_inprogress", "http_requests_in_flight"),
            routes=("handler", "route", "path", "endpoint"),
        ),
    }
)
