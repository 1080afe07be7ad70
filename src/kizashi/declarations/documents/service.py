"""``kizashi.dev/v1`` Service documents: services and what they promise."""

from kizashi.declarations.documents._base import DocumentKind, DocumentReading
from kizashi.declarations.fields import Fields, read_each
from kizashi.declarations.naming import (
    ALERT_OWN_LABELS,
    is_alert_label,
    is_first,
    read_local_text,
    read_name,
)
from kizashi.declarations.objective import OBJECTIVE_KEYS, Context, read_objective
from kizashi.declarations.problems import did_you_mean
from kizashi.declarations.yaml_document import YamlMap
from kizashi.model.labels import Labels
from kizashi.model.positions import Position
from kizashi.slo.objective import Dependency, ObjectiveSpec, RunbookRef, ServiceSpec
from kizashi.slo.signal_presets import PRESETS

NAME = "Service"
DEPENDENCY_KINDS = ("hard", "soft")
_METADATA_KEYS = ("name", "displayName", "owner", "tier", "labels")
_SPEC_KEYS = ("job", "dependsOn", "signals", "objectives", "runbooks")


def _read(document: Fields, reading: DocumentReading) -> ServiceSpec | None:
    """Return the service of a document, None where it has no name of its own."""
    document.require("metadata", "spec")
    metadata = document.open("metadata", _METADATA_KEYS)
    name = read_name(metadata, "name") if metadata is not None else None
    spec = document.open("spec", _SPEC_KEYS)
    nothing = YamlMap(document.position)
    if spec is None:
        spec = Fields(nothing, "spec", _SPEC_KEYS, document.problems)
    if metadata is None:
        metadata = Fields(nothing, "metadata", _METADATA_KEYS, document.problems)
    context = Context(name or "", spec.text("job"), reading.measuring)
    objective_names: dict[str, Position] = {}
    objectives = _read_objectives(spec, context, objective_names)
    signals = spec.open("signals", ("preset",))
    service = ServiceSpec(
        name=name or "",
        display_name=read_local_text(metadata, "displayName", name or ""),
        owner=metadata.text("owner"),
        tier=metadata.integer("tier", least=1),
        depends_on=read_each(
            spec.open_items("dependsOn", ("service", "kind")),
            lambda fields: _read_dependency(fields, name),
        ),
        job=context.job,
        signals_preset=None if signals is None else signals.choice("preset", PRESETS),
        objectives=objectives,
        runbooks=_read_runbooks(spec, objective_names),
        labels=_read_labels(metadata),
        position=metadata.place("name"),
    )
    if name is None or not is_first(
        metadata, name, reading.names(NAME), "service.twice"
    ):
        return None
    return service


def _read_labels(metadata: Fields) -> Labels:
    """Return the labels that every alert of the service carries."""
    pairs = metadata.text_map("labels")
    for name, _ in pairs:
        if not is_alert_label(name):
            metadata.report(
                "labels", "service.label", name=name, own=", ".join(ALERT_OWN_LABELS)
            )
    return Labels(pairs)


def _read_objectives(
    spec: Fields, context: Context, names: dict[str, Position]
) -> tuple[ObjectiveSpec, ...]:
    found = []
    for fields in spec.open_items("objectives", OBJECTIVE_KEYS):
        objective = read_objective(fields, context)
        name = fields.text("name")
        is_new = name is None or is_first(fields, name, names, "objective.twice")
        if objective is not None and is_new:
            found.append(objective)
    return tuple(found)


def _read_dependency(fields: Fields, service: str | None) -> Dependency | None:
    fields.require("service")
    other = fields.text("service")
    kind = fields.choice("kind", DEPENDENCY_KINDS) or DEPENDENCY_KINDS[0]
    if other is not None and other == service:
        fields.report("service", "service.depends-on-itself")
    return None if other is None else Dependency(other, kind)


def _read_runbooks(spec: Fields, names: dict[str, Position]) -> tuple[RunbookRef, ...]:
    found = []
    for fields in spec.open_items("runbooks", ("on", "ref")):
        fields.require("on", "ref")
        on, ref = fields.text("on"), fields.text("ref")
        if on is not None and on not in names:
            near = did_you_mean(on, names) or ", ".join(names) or "–"
            fields.report("on", "runbook.no-objective", on=on, near=near)
        if on is not None and ref is not None:
            found.append(RunbookRef(on, ref))
    return tuple(found)


KIND = DocumentKind(NAME, _read)
