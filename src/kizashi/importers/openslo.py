"""The dialect OpenSLO v1, read as Kizashi itself reads it."""

from collections.abc import Sequence

from kizashi.declarations.measuring import Source
from kizashi.declarations.service import parse_declarations
from kizashi.importers._base import Carrier, Dialect


def _read(sources: Sequence[Source], carrier: Carrier) -> None:
    declared = parse_declarations(sources)
    carrier.problems.extend(declared.problems)
    for service in declared.services:
        carrier.take(service, {})


DIALECT = Dialect("openslo", _read)
