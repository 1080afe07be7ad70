"""A service as a ``kizashi.dev/v1`` document; reading it gives the service again."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from kizashi.compiler.yaml_text import Commented, Yaml, write_document
from kizashi.declarations.documents._base import API_VERSION
from kizashi.declarations.documents.service import NAME
from kizashi.model.durations import format_duration
from kizashi.sli._base import implied_job
from kizashi.slo.objective import (
    DEFAULT_MIN_BAD_EVENTS,
    LocalText,
    NoData,
    ObjectiveSpec,
    ServiceSpec,
)
from kizashi.slo.policy import DEFAULT_PRESET, CustomPolicy, Policy, PresetPolicy

_NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})


def service_text(
    service: ServiceSpec,
    comment: Sequence[str] = (),
    of_objectives: Mapping[str, Sequence[str]] = _NOTHING,
) -> str:
    """Return a declaration of a service.

    What is the default is left out. A latency below no whole number of milliseconds is
    written as the ratio that it is.

    Args:
        service: The service.
        comment: Lines to stand in front of it.
        of_objectives: Lines to stand above an objective, by its name.
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
    spec["objectives"] = [
        Commented(dict(_objective(each)), of_objectives.get(each.name, ()))
        for each in service.objectives
    ]
    if service.runbooks:
        spec["runbooks"] = [
            {"on": each.on, "ref": each.ref} for each in service.runbooks
        ]
    document: dict[str, Yaml] = {
        "apiVersion": API_VERSION,
        "kind": NAME,
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
    yield "window", str(objective.window)
    indicator = objective.indicator
    implied = implied_job(indicator)
    if objective.job is not None and implied != {objective.job}:
        yield "job", objective.job
    kind, values = indicator.declared()
    yield kind, dict(values)
    alerting = dict(_alerting(objective))
    if alerting:
        yield "alerting", alerting


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
