"""What other tools declare, as Kizashi declarations; one file per dialect.

A new dialect is a file here and a row in DIALECTS.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

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
