"""The dialect OpenSLO v1, read as Kizashi itself reads it."""

from collections.abc import Sequence

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.declarations.yaml_document import YamlMap
from kizashi.importers._base import Carrier, Dialect, texts_of


def _read(sources: Sequence[SourceText], carrier: Carrier) -> None:
    declared = parse_declarations(sources, is_strict=carrier.options.is_strict)
    carrier.problems.extend(declared.problems)
    for service in declared.services:
        carrier.take(service, {})


def _is_own(document: YamlMap) -> bool:
    return texts_of(document).get("apiVersion", "").startswith("openslo")


DIALECT = Dialect("openslo", _is_own, _read)
