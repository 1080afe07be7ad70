"""Files of another tool carried over, and judged by `kizashi check`."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions, GeneratedFile
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.importers import load_dialect
from kizashi.importers._base import Imported, ImportOptions
from kizashi.messages import CATALOGUE
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec

# What these tests share lies beside them.
sys.path.insert(0, str(Path(__file__).parent))


class Result:
    """What an import made, read again as `kizashi check` reads it."""

    def __init__(self, imported: Imported) -> None:
        sources = [SourceText(file.path, file.text) for file in imported.files]
        declared = parse_declarations(sources)
        assert declared.is_usable, [*declared.problems]
        assert all(problem.code in CATALOGUE for problem in imported.problems)
        self.imported = imported
        self.services = {service.name: service for service in declared.services}

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.imported.problems]

    def service(self) -> ServiceSpec:
        (service,) = self.services.values()
        return service

    def objectives(self) -> dict[str, ObjectiveSpec]:
        return {o.name: o for s in self.services.values() for o in s.objectives}

    def objective(self) -> ObjectiveSpec:
        (objective,) = self.objectives().values()
        return objective

    def place(self, code: str) -> tuple[int, int]:
        (found,) = [p.position for p in self.imported.problems if p.code == code]
        return found.line, found.col

    def rules(self) -> tuple[GeneratedFile, ...]:
        services = list(self.services.values())
        target = load_target("prometheus")
        return target.compile(services, Configuration(), CompileOptions()).files


@pytest.fixture
def carry() -> Callable[..., Result]:
    def carry(dialect: str, *texts: str, **options: object) -> Result:
        sources = [SourceText(f"{n}.yaml", text) for n, text in enumerate(texts)]
        wanted = ImportOptions(**options)
        first = load_dialect(dialect).carry(sources, wanted)
        assert load_dialect(dialect).carry(sources, wanted) == first
        return Result(first)

    return carry
