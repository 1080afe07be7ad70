"""Declarations to the files that other programs need, one file per target.

A new target is a file here and a row in TARGETS.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from kizashi.compiler._base import CompileTarget

#: What ``--to`` takes, and the message id of what it makes. The target's code is
#: ``kizashi.compiler.NAME`` with dashes as underscores, whose `TARGET` it is. It is
#: imported only when named, because some stand on libraries that are slow to load.
TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "alertmanager": "compile.target.alertmanager",
        "blackbox": "compile.target.blackbox",
        "grafana": "compile.target.grafana",
        "openslo": "compile.target.openslo",
        "prometheus": "compile.target.prometheus",
        "prometheus-operator": "compile.target.prometheus-operator",
        "vmalert": "compile.target.vmalert",
    }
)


def load_target(name: str) -> CompileTarget:
    """Return the target of a row of TARGETS."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    target: CompileTarget = module.TARGET
    return target
