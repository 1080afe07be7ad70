"""What a Prometheus-compatible server says: samples, rules and alerts."""

from dataclasses import dataclass, field

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
class UpstreamSamples:
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
