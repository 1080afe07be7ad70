"""Declarations of every dialect: services and what they promise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.openslo import OpenSloFiles, is_openslo
from kizashi.declarations.openslo_reading import API_VERSION as OPENSLO_VERSION
from kizashi.declarations.problems import Problem, ProblemList, has_errors
from kizashi.declarations.service_document import (
    API_VERSION,
    open_service,
    read_service,
)
from kizashi.declarations.yaml_document import (
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    parse_documents,
)
from kizashi.model.positions import Position
from kizashi.slo.faults import gauge_fault, reserved_fault, retention_fault
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a set of files declares.

    Attributes:
        services: The sound ones; use them only where `is_usable`.
        problems: Of all files, by place.
    """

    services: tuple[ServiceSpec, ...]
    problems: tuple[Problem, ...]

    @property
    def is_usable(self) -> bool:
        """Whether no problem is an error."""
        return not has_errors(self.problems)

    @property
    def objectives(self) -> tuple[ObjectiveSpec, ...]:
        """Every objective of every service."""
        return tuple(o for service in self.services for o in service.objectives)


def parse_declarations(
    sources: Iterable[SourceText],
    measuring: Measuring | None = None,
    *,
    is_strict: bool = False,
) -> Declarations:
    """Read the declarations in files, of either dialect, in any mixture.

    Args:
        sources: The files.
        measuring: Slice and scrape intervals; the defaults where None.
        is_strict: Whether the leniencies of OpenSLO documents are errors.

    Returns:
        What they declare, with the problems of all of them together.
    """
    problems = ProblemList()
    known = measuring or Measuring()
    names: dict[str, Position] = {}
    services = []
    openslo = OpenSloFiles.of(problems, is_strict=is_strict)
    for source in sources:
        faults = problems.error_count
        nodes = parse_documents(source.text, source.file, problems)
        if not nodes and problems.error_count == faults:
            problems.advise(Position(source.file), "file.empty")
        for node in _documents(nodes):
            version = _version(node, problems)
            if version is None or not isinstance(node, YamlMap):
                continue
            if version != API_VERSION:
                openslo.take(node)
                continue
            document = open_service(node, problems)
            if document is None:
                continue
            service = read_service(document, known, names)
            if service is not None:
                services.append(service)
    declared = tuple(openslo.finish(services, known))
    for objective in (o for service in declared for o in service.objectives):
        fault = gauge_fault(objective.indicator) or retention_fault(
            objective.window, known.retention_ms
        )
        problems.advise_fault(objective.position, fault)
        problems.report_fault(objective.position, reserved_fault(objective.indicator))
    return Declarations(declared, tuple(problems))


def _documents(nodes: Iterable[YamlNode]) -> Iterator[YamlNode]:
    """Yield documents; those of OpenSLO may stand in a list, as its SDK has it."""
    for node in nodes:
        if isinstance(node, YamlList) and any(
            isinstance(item, YamlMap) and is_openslo(_given_version(item))
            for item in node.items
        ):
            yield from node.items
        else:
            yield node


def _given_version(node: YamlMap) -> str:
    value = next((e.value for e in node.entries if e.key == "apiVersion"), None)
    return value.text if isinstance(value, YamlScalar) else ""


def _version(node: YamlNode, problems: ProblemList) -> str | None:
    """Return the version of a document; problems inside foreign ones are not ours."""
    if not isinstance(node, YamlMap):
        problems.report(node.position, "document.mapping")
        return None
    value = next((e.value for e in node.entries if e.key == "apiVersion"), None)
    if value is None:
        problems.report(node.position, "field.missing", key="apiVersion")
        return None
    given = _given_version(node)
    if given == API_VERSION or is_openslo(given):
        return given
    listed = f"{API_VERSION}, {OPENSLO_VERSION}"
    problems.report(value.position, "document.api-version", given=given, known=listed)
    return None
