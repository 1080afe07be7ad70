"""Declarations of every dialect: services and what they promise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from kizashi.declarations.configuration import (
    CONFIGURATION_KEYS,
    CONFIGURATION_UNSUPPORTED,
)
from kizashi.declarations.documents import read_document
from kizashi.declarations.documents._base import API_VERSION, DocumentReading
from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.openslo import OpenSloFiles, is_openslo
from kizashi.declarations.openslo_reading import API_VERSION as OPENSLO_VERSION
from kizashi.declarations.problems import Problem, ProblemList, has_errors
from kizashi.declarations.yaml_document import (
    YamlList,
    YamlMap,
    YamlNode,
    parse_documents,
    text_in,
)
from kizashi.model.positions import Position
from kizashi.slo.faults import gauge_fault, reserved_fault, retention_fault
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec

T = TypeVar("T")
_OF_CONFIGURATIONS = frozenset(CONFIGURATION_KEYS + CONFIGURATION_UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a set of files declares.

    Attributes:
        declared: What documents of every kind declare, as far as it is sound; use it
            only where `is_usable`.
        problems: Of all files, by place.
    """

    declared: tuple[object, ...]
    problems: tuple[Problem, ...]

    @property
    def is_usable(self) -> bool:
        """Whether no problem is an error."""
        return not has_errors(self.problems)

    def of(self, made: type[T]) -> tuple[T, ...]:
        """Return what documents of one kind declare."""
        return tuple(each for each in self.declared if isinstance(each, made))

    @property
    def services(self) -> tuple[ServiceSpec, ...]:
        """Every service, those of OpenSLO documents included."""
        return self.of(ServiceSpec)

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
    reading = DocumentReading(known)
    own: list[ServiceSpec] = []
    others: list[object] = []
    openslo = OpenSloFiles.of(problems, is_strict=is_strict)
    for source in sources:
        faults = problems.error_count
        nodes = parse_documents(source.text, source.file, problems)
        if not source.text.removeprefix("\ufeff").strip():
            # A disk that was full, or an editor that died, leaves such a file.
            problems.report(Position(source.file), "file.blank")
        elif not nodes and problems.error_count == faults:
            problems.advise(Position(source.file), "file.empty")
        for node in _documents(nodes):
            version = _version(node, problems)
            if version is None or not isinstance(node, YamlMap):
                continue
            if version != API_VERSION:
                openslo.take(node)
                continue
            found = read_document(node, reading, problems)
            if isinstance(found, ServiceSpec):
                own.append(found)
            elif found is not None:
                others.append(found)
    # OpenSLO documents add services, and objectives to those that there are.
    services = openslo.finish(own, known)
    for objective in (o for service in services for o in service.objectives):
        fault = gauge_fault(objective.indicator) or retention_fault(
            objective.window, known.retention_ms
        )
        problems.advise_fault(objective.position, fault)
        problems.report_fault(objective.position, reserved_fault(objective.indicator))
    return Declarations((*services, *others), tuple(problems))


def _documents(nodes: Iterable[YamlNode]) -> Iterator[YamlNode]:
    """Yield documents; those of OpenSLO may stand in a list, as its SDK has it."""
    for node in nodes:
        if isinstance(node, YamlList) and any(
            isinstance(item, YamlMap)
            and is_openslo(text_in(item.by_key.get("apiVersion")))
            for item in node.items
        ):
            yield from node.items
        else:
            yield node


def _version(node: YamlNode, problems: ProblemList) -> str | None:
    """Return the version of a document; problems inside foreign ones are not ours."""
    if not isinstance(node, YamlMap):
        problems.report(node.position, "document.mapping")
        return None
    value = node.by_key.get("apiVersion")
    if value is None:
        _report_no_version(node, problems)
        return None
    given = text_in(value)
    if given == API_VERSION or is_openslo(given):
        return given
    listed = f"{API_VERSION}, {OPENSLO_VERSION}"
    problems.report(value.position, "document.api-version", given=given, known=listed)
    return None


def _report_no_version(node: YamlMap, problems: ProblemList) -> None:
    """Say what is missing, or that a configuration is read as declarations."""
    places = {e.key: e.position for e in node.entries if e.key in _OF_CONFIGURATIONS}
    if not places:
        problems.report(node.position, "field.missing", key="apiVersion")
        return
    key, place = next(iter(places.items()))
    problems.report(place, "document.configuration", key=key)
