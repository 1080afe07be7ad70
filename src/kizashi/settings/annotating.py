"""Problems as people and programs read them, beside the lines they stand on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import east_asian_width

from kizashi.declarations.problems import Problem, ProblemLevel
from kizashi.declarations.yaml_document import lines_of
from kizashi.messages import render
from kizashi.model.positions import Position

_WIDEST_LINE = 100
#: A file may be one line, with a problem at every tenth character.
_LONGEST_LINE = 8192
_MOST_IN_SHORT = 20
#: A line that may hold a secret is not repeated on a screen or in a CI log.
_SECRET = re.compile(
    r"passw|credential|secret|token|bearer|://|\burl\b|api.?key", re.IGNORECASE
)
#: Source: GitHub Actions, "Workflow commands".
_GITHUB_LEVELS = {
    ProblemLevel.ERROR: "error",
    ProblemLevel.WARNING: "warning",
    ProblemLevel.NOTE: "notice",
}


def told(problem: Problem, language: str) -> tuple[str, str]:
    """Return what is wrong and what to do."""
    what, _, fix = render(language, problem.code, **problem.params).partition("\n")
    return what, fix


def errors_in_short(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield a line in English for each error, and one for what is too much for a log."""
    errors = [problem for problem in problems if problem.level is ProblemLevel.ERROR]
    for problem in errors[:_MOST_IN_SHORT]:
        what, fix = told(problem, "en")
        yield f"{problem.position}: {what}; {fix}"
    if len(errors) > _MOST_IN_SHORT:
        yield f"and {len(errors) - _MOST_IN_SHORT} more; kizashi check lists them"


def as_document(problem: Problem, language: str) -> dict[str, object]:
    """Return a problem for a program."""
    what, fix = told(problem, language)
    return {
        "file": problem.position.file,
        "line": problem.position.line,
        "col": problem.position.col,
        "severity": problem.level.value,
        "code": problem.code,
        "message": what,
        "fix": fix,
        "params": dict(problem.params),
    }


def excerpt(place: Position, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the line that a problem stands on and a caret below its place.

    Nothing of a line that is too long to be searched for secrets again and again.
    """
    lines = lines_of(texts.get(place.file, ""))
    if not 1 <= place.line <= len(lines):
        return
    line = lines[place.line - 1]
    if len(line) > _LONGEST_LINE or not line.strip() or _SECRET.search(line):
        return
    start = max(0, place.col - 1 - _WIDEST_LINE // 2)
    part = line[start : start + _WIDEST_LINE]
    shown = "".join(c if c.isprintable() else " " for c in part)
    before = shown[: place.col - 1 - start]
    yield f"    {shown}"
    yield f"    {' ' * sum(map(_columns, before))}^"


def annotation(place: Position, level: ProblemLevel, title: str, text: str) -> str:
    """Return a problem as an annotation of GitHub.

    Source: GitHub Actions, "Workflow commands", "Setting an error message".
    """
    return (
        f"::{_GITHUB_LEVELS[level]} file={_property(place.file)},line={place.line},"
        f"col={place.col},title={_property(title)}::{_data(text)}"
    )


def _columns(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    return 2 if east_asian_width(character) in "WF" else 1


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
