"""A service as a ``kizashi.dev/v1`` document; reading it gives the service again."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.indicators import THRESHOLDS
from kizashi.declarations.service_document import API_VERSION, KIND
from kizashi.model.durations import format_duration
from kizashi.sli._base import Indicator, format_bound, implied_job
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import (
    DEFAULT_MIN_BAD_EVENTS,
    LocalText,
    NoData,
    ObjectiveSpec,
    ServiceSpec,
)
from kizashi.slo.policy import DEFAULT_PRESET, CustomPolicy, Policy, PresetPolicy

_SPELT = {comparison: key for key, comparison in THRESHOLDS.items()}


def service_text(service: ServiceSpec, comment: Sequence[str] = ()) -> str:
    """Return a declaration of a service.

    What is the default is left out. A latency below no whole number of milliseconds is
    written as the ratio that it is.

    Args:
        service: The service.
        comment: Lines to stand in front of it.
    """
    metadata: dict[str, Yaml] = {"name": service.name}
    _set_title(metadata, service.display_name, service.name)
    if service.owner is not None:
        metadata["owner"] = service.owner
    if service.tier is not None:
        metadata["tier"] = service.tier
    labels = dict(service.labels)
    if labels:
        metadata["labels"] = labels
    spec: dict[str, Yaml] = {}
    if service.depends_on:
        spec["dependsOn"] = [
            {"service": each.service, "kind": each.kind} for each in service.depends_on
        ]
    if service.signals_preset is not None:
        spec["signals"] = {"preset": service.signals_preset}
    spec["objectives"] = [dict(_objective(each)) for each in service.objectives]
    if service.runbooks:
        spec["runbooks"] = [
            {"on": each.on, "ref": each.ref} for each in service.runbooks
        ]
    document: dict[str, Yaml] = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": metadata,
        "spec": spec,
    }
    return write_document(document, comment)


def _objective(objective: ObjectiveSpec) -> Iterator[tuple[str, Yaml]]:
    title: dict[str, Yaml] = {}
    _set_title(title, objective.display_name, objective.name)
    yield "name", objective.name
    yield from title.items()
    yield "target", f"{(100 * objective.target).normalize():f}%"
    yield "window", format_duration(objective.window_ms)
    indicator = objective.indicator
    implied = implied_job(
        indicator.good_selector, indicator.bad_selector, indicator.valid_selector
    )
    if objective.job is not None and implied != {objective.job}:
        yield "job", objective.job
    yield _indicator(indicator)
    alerting = dict(_alerting(objective))
    if alerting:
        yield "alerting", alerting


def _indicator(indicator: Indicator) -> tuple[str, Yaml]:
    match indicator:
        case LatencyIndicator() if _is_milliseconds(indicator.below_s):
            latency: dict[str, Yaml] = {"histogram": indicator.histogram}
            if indicator.match.matchers:
                latency["match"] = str(indicator.match)
            latency["below"] = format_duration(int(indicator.below_s * 1000))
            return indicator.kind, latency
        case BooleanIndicator():
            return indicator.kind, {"gauge": str(indicator.gauge)}
        case ThresholdIndicator():
            key = _SPELT[indicator.good.comparison]
            bound = Decimal(format_bound(indicator.good.bound))
            return indicator.kind, {"gauge": str(indicator.gauge), key: bound}
        case _:
            good, bad = indicator.good_selector, indicator.bad_selector
            side: dict[str, Yaml] = {"good": str(good)} if good else {"bad": str(bad)}
            return "ratio", {**side, "valid": str(indicator.valid_selector)}


def _alerting(objective: ObjectiveSpec) -> Iterator[tuple[str, Yaml]]:
    yield from _policy(objective.policy)
    if objective.for_ms:
        yield "for", format_duration(objective.for_ms)
    if objective.min_bad_events != DEFAULT_MIN_BAD_EVENTS:
        yield "minBadEvents", objective.min_bad_events
    if objective.no_data is not NoData.FREEZE:
        yield "noData", objective.no_data.value


def _policy(policy: Policy) -> Iterator[tuple[str, Yaml]]:
    match policy:
        case PresetPolicy(preset=name):
            if name != DEFAULT_PRESET:
                yield "preset", name
        case CustomPolicy(pairs=pairs):
            yield (
                "policies",
                [
                    {
                        "long": format_duration(pair.long_ms),
                        "short": format_duration(pair.short_ms),
                        "factor": pair.factor,
                        "severity": pair.severity.value,
                    }
                    for pair in pairs
                ],
            )


def _set_title(into: dict[str, Yaml], title: LocalText, name: str) -> None:
    if title.en != title.ja:
        into["displayName"] = {"en": title.en, "ja": title.ja}
    elif title.en and title.en != name:
        into["displayName"] = title.en


def _is_milliseconds(seconds: Decimal) -> bool:
    return seconds * 1000 == int(seconds * 1000)
