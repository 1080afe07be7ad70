"""Objects of the Prometheus Operator: rules, what is scraped, who is told.

Source: Prometheus Operator API reference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kizashi.compiler._base import (
    Compiled,
    CompileNote,
    CompileOptions,
    CompileTarget,
    GeneratedFile,
    note,
)
from kizashi.compiler.monitors import (
    ALPHA,
    KubernetesObject,
    kubernetes_name,
    monitors_of,
)
from kizashi.compiler.receivers import (
    CarriedRouting,
    CarriedSettings,
    lists_of,
    routing_of,
)
from kizashi.compiler.rule_groups import (
    RuleGroup,
    groups_document,
    job_rules,
    service_parts,
    size_notes,
)
from kizashi.compiler.rule_notes import carried, rule_notes
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.configuration import Configuration
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ServiceSpec

#: Holds what is secret of receivers, a key for each.
RECEIVERS_SECRET = "kizashi-receivers"  # noqa: S105 - the name of one
#: The operator puts rules into ConfigMaps, and no more than this into one; a
#: PrometheusRule is never split. Source: Prometheus Operator, `MaxConfigMapDataSize`.
MOST_BYTES = 512 * 1024
MANAGED_BY = "app.kubernetes.io/managed-by"
#: What the operator names the offset of a group, and Prometheus does too.
_OFFSET = "query_offset"


class PrometheusOperatorTarget:
    """Writes one object a file."""

    name = "prometheus-operator"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return rules of services and jobs, monitors of jobs, and who is told."""
        notes = list(rule_notes(services, configuration))
        objects = list(_rules(carried(services), options, notes))
        for job in configuration.scrape:
            monitors = monitors_of(job)
            objects += monitors.objects
            notes += monitors.notes
        routing = routing_of(configuration)
        if routing is None:
            notes.append(note("targets.receivers.none"))
        else:
            objects.append(_told(routing))
            notes += _routing_notes(routing)
        if objects and not options.object_labels:
            notes.append(note("targets.operator.labels"))
        files = [_file(found, options) for found in _named_apart(objects)]
        return Compiled.of(files, notes)


TARGET: CompileTarget = PrometheusOperatorTarget()


def _rules(
    services: Sequence[ServiceSpec], options: CompileOptions, notes: list[CompileNote]
) -> Iterator[KubernetesObject]:
    """Yield the rules of each service, and of jobs; too large ones a group each."""
    for service in services:
        if service.objectives:
            parts = service_parts(service, options)
            notes += size_notes(parts, options)
            groups = [g for part in parts for g in (*part.quick, *part.slow)]
            whole = _rule(service.name, groups)
            if _bytes(whole) <= MOST_BYTES:
                yield whole
                continue
            for group in groups:
                part = _rule(group.name.removeprefix("kizashi-"), (group,))
                if _bytes(part) > MOST_BYTES:
                    notes.append(_too_large(part))
                yield part
    jobs = job_rules(services, options)
    if jobs:
        yield _rule("targets", jobs)


def _bytes(found: KubernetesObject) -> int:
    return len(write_document(found.spec).encode())


def _too_large(found: KubernetesObject) -> CompileNote:
    return note(
        "targets.operator.large",
        name=found.name,
        size=_bytes(found) // 1024,
        most=MOST_BYTES // 1024,
    )


def _rule(name: str, groups: Sequence[RuleGroup]) -> KubernetesObject:
    spec = groups_document(groups, _OFFSET)
    return KubernetesObject("PrometheusRule", kubernetes_name("kizashi", name), spec)


def _told(routing: CarriedRouting) -> KubernetesObject:
    route = routing.route
    spec: dict[str, Yaml] = {
        "route": {
            "receiver": route.receiver,
            "groupBy": list(route.group_by),
            "groupWait": format_duration(route.group_wait_ms),
            "groupInterval": format_duration(route.group_interval_ms),
            "repeatInterval": format_duration(route.repeat_interval_ms),
        },
        "receivers": [
            {"name": name, **lists_of(carried, "Configs", _integration)}
            for name, carried in routing.receivers
        ],
    }
    return KubernetesObject("AlertmanagerConfig", "kizashi", spec, ALPHA)


def _integration(carried: CarriedSettings) -> Yaml:
    secrets = {
        reference.secret.operator_key: {
            "name": RECEIVERS_SECRET,
            "key": reference.entry,
        }
        for reference in carried.references
    }
    return {**secrets, **carried.operator}


def _routing_notes(routing: CarriedRouting) -> Iterator[CompileNote]:
    for reference in routing.references:
        yield note(
            "targets.operator.receiver",
            receiver=reference.receiver,
            number=reference.number,
            kind=reference.kind,
            key=reference.secret.key,
            secret=RECEIVERS_SECRET,
            entry=reference.entry,
        )
    yield note("targets.operator.matcher")
    yield from routing.notes


def _named_apart(objects: Iterable[KubernetesObject]) -> Iterator[KubernetesObject]:
    """Yield the objects; one whose name is taken in its kind gets a number."""
    taken: set[tuple[str, str]] = set()
    for found in objects:
        name, number = found.name, 1
        while (found.kind, name) in taken:
            number += 1
            name = kubernetes_name(found.name, str(number))
        taken.add((found.kind, name))
        yield replace(found, name=name)


def _file(found: KubernetesObject, options: CompileOptions) -> GeneratedFile:
    metadata: dict[str, Yaml] = {"name": found.name}
    if options.namespace:
        metadata["namespace"] = options.namespace
    metadata["labels"] = {MANAGED_BY: "kizashi", **_sorted(options.object_labels)}
    document: Mapping[str, Yaml] = {
        "apiVersion": found.api_version,
        "kind": found.kind,
        "metadata": metadata,
        "spec": found.spec,
    }
    comment = render(options.language, "targets.comment").split("\n")
    path = f"{found.kind.lower()}-{found.name}.yaml"
    return GeneratedFile(path, write_document(document, comment))


def _sorted(labels: Mapping[str, str]) -> dict[str, Yaml]:
    return dict(sorted(labels.items()))
