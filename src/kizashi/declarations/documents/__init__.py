"""The documents of ``kizashi.dev/v1``, one file per ``kind:``.

A new kind is a file here and a row in DOCUMENT_KINDS.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kizashi.declarations.documents import service
from kizashi.declarations.documents._base import (
    DOCUMENT_KEYS,
    DocumentKind,
    DocumentReading,
)
from kizashi.declarations.fields import Fields
from kizashi.declarations.problems import ProblemList
from kizashi.declarations.yaml_document import YamlMap, text_in

DOCUMENT_KINDS: Mapping[str, DocumentKind] = MappingProxyType(
    {kind.name: kind for kind in (service.KIND,)}
)


def read_document(
    node: YamlMap, reading: DocumentReading, problems: ProblemList
) -> object | None:
    """Return what a document declares, None where that is nothing sound."""
    given = node.by_key.get("kind")
    if given is None:
        problems.report(node.position, "field.missing", key="kind")
        return None
    name = text_in(given)
    kind = DOCUMENT_KINDS.get(name)
    if kind is None:
        known = ", ".join(DOCUMENT_KINDS)
        problems.report(given.position, "document.kind", given=name, known=known)
        return None
    return kind.read(Fields(node, "", DOCUMENT_KEYS, problems), reading)
