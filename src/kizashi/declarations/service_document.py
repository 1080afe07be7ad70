"""``kizashi.dev/v1`` Service documents: services and what they promise."""

import re

from kizashi.declarations.fields import Fields, read_each
from kizashi.declarations.measuring import Measuring
from kizashi.declarations.naming import read_local_text, read_name
from kizashi.declarations.objective import OBJECTIVE_KEYS, Context, read_objective
from kizashi.declarations.problems import ProblemList, did_you_mean
from kizashi.declarations.yaml_document import YamlMap, YamlScalar
from kizashi.model.labels import Labels
from kizashi.model.positions import Position
from kizashi.slo.objective import Dependency, ObjectiveSpec, RunbookRef, ServiceSpec
from kizashi.slo.signal_presets import PRESETS

API_VERSION = "kizashi.dev/v1"
KIND = "Service"
DEPENDENCY_KINDS = ("hard", "soft")
_DOCUMENT_KEYS = ("apiVersion", "kind", "metadata", "spec")
_METADATA_KEYS = ("name", "displayName", "owner", "tier", "labels")
#: An alert has these of its own.
_OWN_LABELS = ("alertname", "job", "objective", "service", "severity")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SPEC_KEYS = ("job", "dependsOn", "signals", "objectives", "runbooks")


def open_service(node: YamlMap, problems: ProblemList) -> Fields | None:
    """Return a document of this dialect, None where it is of another kind."""
    keys = {entry.key: entry.value for entry in node.entries}
    kind = keys.get("kind")
    if kind is None:
        problems.report(node.position, "field.missing", key="kind")
        return None
    given = kind.text if isinstance(kind, YamlScalar) else ""
    if given != KIND:
        problems.report(kind.position, "document.kind", given=given, known=KIND)
        return None
    return Fields(node, "", _DOCUMENT_KEYS, problems)


def read_service(
    document: Fields, measuring: Measuring, names: dict[str, Position]
) -> ServiceSpec | None:
    """Return the service of a document, None where it has no name of its own.

    Args:
        document: The document.
        measuring: How samples will be taken.
        names: Where each service stands that was read before; takes this one's.
    """
    document.require("metadata", "spec")
    metadata = document.open("metadata", _METADATA_KEYS)
    name = read_name(metadata, "name") if metadata is not None else None
    spec = document.open("spec", _SPEC_KEYS)
    nothing = YamlMap(document.position)
    if spec is None:
        spec = Fields(nothing, "spec", _SPEC_KEYS, document.problems)
    if metadata is None:
        metadata = Fields(nothing, "metadata", _METADATA_KEYS, document.problems)
    context = Context(name or "", spec.text("job"), measuring)
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
    if name is None or not _is_first(metadata, name, names, "service.twice"):
        return None
    return service


def is_alert_label(name: str) -> bool:
    """Return whether every alert of a service may carry a label of this name."""
    return name not in _OWN_LABELS and _LABEL_NAME.fullmatch(name) is not None


def _read_labels(metadata: Fields) -> Labels:
    """Return the labels that every alert of the service carries."""
    pairs = metadata.text_map("labels")
    for name, _ in pairs:
        if not is_alert_label(name):
            metadata.problems.report(
                metadata.place("labels"),
                "service.label",
                name=name,
                own=", ".join(_OWN_LABELS),
            )
    return Labels(pairs)


def _read_objectives(
    spec: Fields, context: Context, names: dict[str, Position]
) -> tuple[ObjectiveSpec, ...]:
    found = []
    for fields in spec.open_items("objectives", OBJECTIVE_KEYS):
        objective = read_objective(fields, context)
        name = fields.text("name")
        is_first = name is None or _is_first(fields, name, names, "objective.twice")
        if objective is not None and is_first:
            found.append(objective)
    return tuple(found)


def _is_first(fields: Fields, name: str, names: dict[str, Position], code: str) -> bool:
    """Return whether a name is new; report it with its first place where it is not."""
    place = fields.place("name")
    first = names.setdefault(name, place)
    if first is not place:
        fields.problems.report(place, code, name=name, first=first)
    return first is place


def _read_dependency(fields: Fields, service: str | None) -> Dependency | None:
    fields.require("service")
    other = fields.text("service")
    kind = fields.choice("kind", DEPENDENCY_KINDS) or DEPENDENCY_KINDS[0]
    if other is not None and other == service:
        fields.problems.report(fields.place("service"), "service.depends-on-itself")
    return None if other is None else Dependency(other, kind)


def _read_runbooks(spec: Fields, names: dict[str, Position]) -> tuple[RunbookRef, ...]:
    found = []
    for fields in spec.open_items("runbooks", ("on", "ref")):
        fields.require("on", "ref")
        on, ref = fields.text("on"), fields.text("ref")
        if on is not None and on not in names:
            near = did_you_mean(on, names) or ", ".join(names) or "–"
            fields.problems.report(
                fields.place("on"), "runbook.no-objective", on=on, near=near
            )
        if on is not None and ref is not None:
            found.append(RunbookRef(on, ref))
    return tuple(found)
