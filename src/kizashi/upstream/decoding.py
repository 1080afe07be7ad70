"""From the bytes of a Prometheus HTTP API to values. Whatever comes is foreign."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import numpy as np

from kizashi.errors import DurationError, TooMuchError, UpstreamError
from kizashi.model.durations import parse_duration
from kizashi.model.labels import Labels
from kizashi.model.upstream import (
    RunningAlert,
    RunningGroup,
    RunningRule,
    UpstreamSamples,
    UpstreamSeries,
)

#: Warnings that speak of the expression, not of stores that did not answer.
#: Source: Prometheus util/annotations, "PromQL warning" and "PromQL info".
_ANNOTATION = "PromQL "
_LONGEST_SAID = 300
_S = 1_000

#: Of the answer that lists all rules; 100,000 of them fit.
MOST_RULES_BYTES = 16 * 1024 * 1024
_LONGEST_MS = 2**63
#: Year 9999; a little later it is one that no calendar shows, in the east first.
_TOO_LATE_MS = 253_370_764_800_000
#: What reading raises where an answer is none of this API: it is no JSON, nested deeper
#: than anything is read, or holds a number that means nothing.
NOT_PROMETHEUS = (
    msgspec.DecodeError,
    ValueError,
    RecursionError,
    OverflowError,
    DurationError,
)


class Envelope(msgspec.Struct, rename={"error_type": "errorType"}):
    """What every answer is wrapped in.

    ``isPartial`` is VictoriaMetrics' word; Thanos tells it by a warning.
    """

    status: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str = ""
    error: str = ""
    warnings: list[str] | None = None
    isPartial: bool = False  # noqa: N815 - the wire's name

    @property
    def is_partial(self) -> bool:
        """Whether a part of the server's stores was not asked."""
        warnings = [w for w in self.warnings or () if not w.startswith(_ANNOTATION)]
        return self.isPartial or bool(warnings)


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None


class _Result(msgspec.Struct):
    result: list[msgspec.Raw]


class _Rule(msgspec.Struct):
    name: str
    type: str
    query: str
    labels: dict[str, str] | None = None
    duration: float = 0.0
    lastError: str = ""  # noqa: N815 - the wire's name
    annotations: dict[str, str] | None = None


class _Group(msgspec.Struct):
    name: str
    interval: float | str
    rules: list[msgspec.Raw] | None = None
    file: str = ""
    lastEvaluation: str = ""  # noqa: N815 - the wire's name


class _Groups(msgspec.Struct):
    groups: list[msgspec.Raw] | None = None


class _Target(msgspec.Struct):
    labels: dict[str, str] = {}
    scrapeInterval: str = ""  # noqa: N815 - the wire's name


class _Targets(msgspec.Struct):
    activeTargets: list[_Target] | None = None  # noqa: N815 - the wire's name


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    state: str
    activeAt: str = ""  # noqa: N815 - the wire's name
    annotations: dict[str, str] | None = None


class _Alerts(msgspec.Struct):
    alerts: list[msgspec.Raw] | None = None


def decode_envelope(body: bytes) -> Envelope:
    """Return the wrapping of an answer.

    Raises:
        UpstreamError: If it is not JSON, is cut off, or is no answer of this API.
    """
    try:
        return msgspec.json.decode(body, type=Envelope)
    except NOT_PROMETHEUS as error:
        raise not_prometheus(error) from error


def decode_samples(envelope: Envelope, start_ms: int, end_ms: int) -> UpstreamSamples:
    """Return the samples of a vector or a matrix in ``(start_ms, end_ms]``.

    Raises:
        UpstreamError: If the data has another form.
    """
    try:
        result = msgspec.json.decode(envelope.data, type=_Result)
        every = (msgspec.json.decode(one, type=_Series) for one in result.result)
        series = [_series(one, start_ms, end_ms) for one in every]
    except NOT_PROMETHEUS as error:
        raise not_prometheus(error) from error
    kept = tuple(one for one in series if len(one.ts_ms))
    return UpstreamSamples(kept, envelope.is_partial)


def decode_groups(envelope: Envelope) -> tuple[RunningGroup, ...]:
    """Return the groups of rules of an answer.

    They are decoded one by one: in a thread, the server's other work goes on between
    them, however many there are.

    Raises:
        UpstreamError: If the data has another form, or is larger than is read.
    """
    if len(memoryview(envelope.data)) > MOST_RULES_BYTES:
        limit = f"{MOST_RULES_BYTES >> 20} MiB"
        raise TooMuchError("upstream.too-large", limit=limit)
    try:
        answer = msgspec.json.decode(envelope.data, type=_Groups)
        groups = (msgspec.json.decode(g, type=_Group) for g in answer.groups or ())
        return tuple(map(_group, groups))
    except NOT_PROMETHEUS as error:
        raise not_prometheus(error) from error


def decode_intervals(data: bytes) -> list[tuple[str, int]]:
    """Return the job label and the scrape interval of each target of an answer.

    Targets of which the server tells no interval are left out.

    Raises:
        UpstreamError: If the data has another form.
    """
    try:
        targets = msgspec.json.decode(data, type=_Targets).activeTargets or []
        return [
            (target.labels.get("job", ""), parse_duration(target.scrapeInterval))
            for target in targets
            if target.scrapeInterval
        ]
    except NOT_PROMETHEUS as error:
        raise not_prometheus(error) from error


def decode_alerts(envelope: Envelope) -> tuple[RunningAlert, ...]:
    """Return the alerts of an answer; those of no known state are left out.

    They are decoded one by one, as groups are.

    Raises:
        UpstreamError: If the data has another form.
    """
    try:
        answer = msgspec.json.decode(envelope.data, type=_Alerts)
        alerts = (msgspec.json.decode(a, type=_Alert) for a in answer.alerts or ())
        return tuple(
            RunningAlert(
                Labels.of(one.labels),
                one.state == "firing",
                _time_ms(one.activeAt) or 0,
                _pairs(one.annotations),
            )
            for one in alerts
            if one.state in {"firing", "pending"}
        )
    except NOT_PROMETHEUS as error:
        raise not_prometheus(error) from error


def not_prometheus(why: object) -> UpstreamError:
    """Return the error of an answer that is none."""
    return UpstreamError("upstream.not-prometheus", why=said(str(why)))


def said(text: str) -> str:
    """Return a foreign text on one line, printable and of bounded length."""
    line = " ".join(text.split())[:_LONGEST_SAID]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _series(one: _Series, start_ms: int, end_ms: int) -> UpstreamSeries:
    pairs = one.values if one.value is None else [*one.values, one.value]
    times = np.rint(np.array([at for at, _ in pairs], np.float64) * _S)
    values = np.array([float(value) for _, value in pairs], np.float64)
    inside = (times > start_ms) & (times <= end_ms)
    # Two replicas behind one name may both have answered: of one instant one stays.
    ts_ms, first = np.unique(times[inside].astype(np.int64), return_index=True)
    return UpstreamSeries(Labels.of(one.metric), ts_ms, values[inside][first])


def _group(one: _Group) -> RunningGroup:
    interval = one.interval
    interval_ms = (
        parse_duration(interval) if isinstance(interval, str) else _ms(interval)
    )
    rules = tuple(
        RunningRule(
            rule.name,
            is_alert=rule.type == "alerting",
            expression=rule.query,
            labels=Labels.of(rule.labels or {}),
            for_ms=_ms(rule.duration),
            error=said(rule.lastError),
            annotations=_pairs(rule.annotations),
        )
        for rule in (msgspec.json.decode(r, type=_Rule) for r in one.rules or ())
    )
    evaluated_ms = _time_ms(one.lastEvaluation)
    return RunningGroup(one.name, one.file, interval_ms, rules, evaluated_ms)


def _ms(seconds: float) -> int:
    """Return a duration in milliseconds.

    Raises:
        ValueError: If it is below 0, or longer than any that is measured.
    """
    if not 0 <= seconds * _S < _LONGEST_MS:
        raise ValueError(f"{seconds} s is no duration")
    return round(seconds * _S)


def _time_ms(text: str) -> int | None:
    """Return an RFC 3339 time in milliseconds; None for none, and for none of today.

    Source: Go's zero time, in year 1, which stands for "not yet".
    """
    if not text:
        return None
    at_ms = int(datetime.fromisoformat(text).timestamp() * _S)
    return at_ms if 0 <= at_ms < _TOO_LATE_MS else None


def _pairs(found: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((found or {}).items()))
