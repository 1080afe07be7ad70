"""Carries a text of another tool: what `/import` does, in whichever process."""

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import Problem, ProblemList
from kizashi.importers import load_dialect, recognise
from kizashi.importers._base import ImportOptions
from kizashi.ports.importing import (
    CarriedObjective,
    GeneratedText,
    ImportProblem,
    ImportRequest,
    ImportView,
)


class DirectImportService:
    """Carries in the process that asks."""

    def carry(self, request: ImportRequest) -> ImportView:
        """Return what became of a text."""
        return carry(request)


def carry(request: ImportRequest) -> ImportView:
    """Return what became of a text; nothing where its dialect is not clear."""
    source = SourceText(request.name, request.text)
    problems = ProblemList()
    dialects = [request.dialect]
    if not request.dialect:
        dialects = list(recognise([source], problems))
    if len(dialects) != 1:
        wrong = problems if not dialects and problems.error_count else ()
        return ImportView(dialects, problems=[*map(_problem, wrong)])
    options = ImportOptions(
        request.language, request.window, request.service, request.job
    )
    imported = load_dialect(dialects[0]).carry([source], options)
    return ImportView(
        dialects,
        [GeneratedText(file.path, file.text) for file in imported.files],
        [
            CarriedObjective(c.position, c.name, c.service, c.objective, c.path)
            for c in imported.carried
        ],
        [*map(_problem, imported.problems)],
    )


def _problem(problem: Problem) -> ImportProblem:
    return ImportProblem(
        problem.position, problem.level.value, problem.code, dict(problem.params)
    )
