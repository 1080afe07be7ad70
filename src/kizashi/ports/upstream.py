"""What the inside asks of a Prometheus-compatible server that others run.

Methods are asynchronous and belong to one event loop. Times are Unix milliseconds.
Whatever goes wrong is an `UpstreamError`: a server that cannot be reached, is slow, or
says something that is no answer. An answer that is only a part says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import Labels


@dataclass(frozen=True, slots=True)
class UpstreamSeries:
    """Samples of one series, oldest first; staleness markers are not handed out.

    Attributes:
        labels: Its label set, the metric name included.
        ts_ms: Strictly increasing, shape (n,).
        values: Same shape.
    """

    labels: Labels
    ts_ms: Int64Array
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Samples:
    """What a server says about some series.

    Attributes:
        series: The series, each once.
        is_partial: Whether the server says that it could not ask all of its parts.
            Series that are there are right; others may be missing.
    """

    series: tuple[UpstreamSeries, ...]
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class RunningRule:
    """A rule that a server evaluates.

    Attributes:
        name: The recorded metric, or the alert.
        is_alert: Whether it is an alerting rule.
        expression: The expression, as the server writes it.
        labels: The labels that it adds.
        for_ms: How long an alert's condition must hold.
        error: Why its last evaluation failed; empty where it did not.
        annotations: The annotations of an alert.
    """

    name: str
    is_alert: bool
    expression: str
    labels: Labels
    for_ms: int = 0
    error: str = ""
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunningGroup:
    """A group of rules that a server evaluates together.

    Attributes:
        name: The group's name.
        file: Where the server has it from.
        interval_ms: How often it is evaluated.
        rules: In order of evaluation.
        evaluated_ms: When its last evaluation began; None before the first.
    """

    name: str
    file: str
    interval_ms: int
    rules: tuple[RunningRule, ...]
    evaluated_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RunningAlert:
    """An alert that a server holds pending or firing.

    Attributes:
        labels: All labels, ``alertname`` among them.
        is_firing: False while it is pending.
        active_ms: Since when its condition holds.
        annotations: Its annotations.
    """

    labels: Labels
    is_firing: bool
    active_ms: int
    annotations: tuple[tuple[str, str], ...] = field(default=())


class Upstream(Protocol):
    """A Prometheus, Mimir, Thanos or VictoriaMetrics that is read, never written."""

    async def samples(self, selector: str, start_ms: int, end_ms: int) -> Samples:
        """Return stored samples in ``(start_ms, end_ms]`` of the series that match.

        Raises:
            TooMuchError: If they are too many for one answer.
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def last_before(self, selector: str, at_ms: int, within_ms: int) -> Samples:
        """Return each matching series' last value at or before a time.

        A series without a sample in the time before is left out. The time of the
        sample is not told: each is stamped `at_ms`.

        Raises:
            TooMuchError: If they are too many for one answer.
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def presence(
        self, selector: str, by: Sequence[str], start_ms: int, end_ms: int, step_ms: int
    ) -> Samples:
        """Return after which steps of a grid series that match had a sample.

        Args:
            selector: Which series.
            by: The labels that tell groups of them apart.
            start_ms: The first time of the grid.
            end_ms: Its last time, at most 10,999 steps later.
            step_ms: The step.

        Returns:
            One series for each group, with `by` as its labels and a sample (its value
            means nothing) at every time of the grid that has one in the step before.

        Raises:
            TooMuchError: If they are too many for one answer.
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def groups(self) -> tuple[RunningGroup, ...]:
        """Return every group of rules that is evaluated.

        Raises:
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def alerts(self) -> tuple[RunningAlert, ...]:
        """Return every alert that is pending or firing.

        Raises:
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def intervals(self) -> Mapping[str, int]:
        """Return how often each job is scraped, by its job label, in milliseconds.

        Where targets of a job differ it is the slowest's. A server that does not scrape,
        or does not say, has none.

        Raises:
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
