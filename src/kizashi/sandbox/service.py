"""What readers bring, carried and linted in a process apart."""

from typing import cast

from kizashi.ports.importing import ImportRequest, ImportView
from kizashi.ports.linting import LintRequest, LintView
from kizashi.sandbox.pool import ParsePool
from kizashi.sandbox.worker import ImportTask, LintTask


class SandboxedImportService:
    """Carries texts in a worker of a pool."""

    def __init__(self, pool: ParsePool) -> None:
        self._pool = pool

    def carry(self, request: ImportRequest) -> ImportView:
        """Return what became of a text; see `kizashi.ports.importing.ImportService`."""
        return cast("ImportView", self._pool.run(ImportTask(request), ImportView))


def lint_sandboxed(pool: ParsePool, request: LintRequest) -> LintView:
    """Return what is found in texts, by a worker of a pool."""
    return cast("LintView", pool.run(LintTask(request), LintView))
