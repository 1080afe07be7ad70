"""What other tools declare, as Kizashi declarations; one file per dialect.

A new dialect is a file here and a row in DIALECTS.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import MappingProxyType

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import ProblemList
from kizashi.declarations.yaml_document import YamlMap, parse_documents
from kizashi.importers._base import Dialect

#: What ``--from`` takes, and the message id of what it reads. The dialect's code is
#: ``kizashi.importers.NAME`` with dashes as underscores, whose `DIALECT` it is.
DIALECTS: Mapping[str, str] = MappingProxyType(
    {
        "openslo": "import.dialect.openslo",
        "prometheus": "import.dialect.prometheus",
        "pyrra": "import.dialect.pyrra",
        "slo-generator": "import.dialect.slo-generator",
        "sloth": "import.dialect.sloth",
    }
)


def load_dialect(name: str) -> Dialect:
    """Return the dialect of a row of DIALECTS."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    dialect: Dialect = module.DIALECT
    return dialect


def recognise(
    sources: Iterable[SourceText], problems: ProblemList
) -> dict[str, list[str]]:
    """Return the files of each dialect that some document is of, by the dialect's name.

    Files that are of none are left out.

    Args:
        sources: The files.
        problems: Takes what is no YAML.
    """
    dialects = {name: load_dialect(name) for name in DIALECTS}
    found: dict[str, list[str]] = {}
    for source in sources:
        documents = [
            document
            for document in parse_documents(
                source.text, source.file, problems, is_foreign=True
            )
            if isinstance(document, YamlMap)
        ]
        for name, dialect in dialects.items():
            if any(map(dialect.is_own, documents)):
                found.setdefault(name, []).append(source.file)
    return found
