"""``kizashi check``: every problem of every file, where it stands, and what to do."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from unicodedata import east_asian_width

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, UsageError, new_app
from kizashi.declarations.problems import Level, Problem
from kizashi.declarations.yaml_document import lines_of
from kizashi.messages import render
from kizashi.runtime.declaration_files import Loaded, load

_WIDEST_LINE = 100
#: A line that may hold a secret is not repeated on a screen or in a CI log.
_SECRET = re.compile(
    r"passw|credential|secret|token|bearer|://|\burl\b|api.?key", re.IGNORECASE
)


class Format(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "check", "cli.check.help", "cli.check.usage")

    def told(message_id: str) -> str:
        return render(language, message_id)

    @app.default
    def check(
        *paths: Annotated[Path, Parameter(help=told("cli.check.paths"))],
        config: Annotated[Path | None, Parameter(help=told("cli.check.config"))] = None,
        output: Annotated[
            Format,
            Parameter(
                name="--format",
                help=told("cli.check.format"),
                show_choices=False,
                show_default=False,
            ),
        ] = Format.TEXT,
        strict: Annotated[
            bool, Parameter(name="--strict", negative="", help=told("cli.check.strict"))
        ] = False,
    ) -> int:
        if not paths and config is None:
            raise UsageError(told("cli.check.no-path"))
        missing = [p for p in (*paths, *([config] if config else [])) if not p.exists()]
        if missing:
            names = ", ".join(map(str, missing))
            raise UsageError(render(language, "cli.check.missing", names=names))
        loaded = load(paths, config, is_strict=strict)
        print(_WRITERS[output](loaded, language))
        return Exit.OK if loaded.is_usable else Exit.PROBLEMS

    return app


def _as_text(loaded: Loaded, language: str) -> str:
    """Return problems for a person: place, line with a caret, what to do; a sum."""
    lines = []
    for problem in loaded.problems:
        what, fix = _message(problem, language)
        level = render(language, _LEVELS[problem.level])
        lines.append(f"{problem.position}: {level}: {what}")
        lines += _excerpt(problem, loaded.texts)
        if problem.level is not Level.NOTE:
            fix = render(language, "cli.check.fix", fix=fix)
        lines.append(f"    {fix}")
    lines.append(_sum(loaded, language))
    return "\n".join(lines)


def _as_json(loaded: Loaded, language: str) -> str:
    """Return problems for a program, in one document."""
    problems = []
    for problem in loaded.problems:
        what, fix = _message(problem, language)
        problems.append(
            {
                "file": problem.position.file,
                "line": problem.position.line,
                "col": problem.position.col,
                "severity": problem.level.value,
                "code": problem.code,
                "message": what,
                "fix": fix,
                "params": dict(problem.params),
            }
        )
    answer = {"problems": problems, **_counts(loaded)}
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _as_github(loaded: Loaded, language: str) -> str:
    """Return problems as annotations.

    Source: GitHub Actions, "Workflow commands", "Setting an error message".
    """
    lines = []
    for problem in loaded.problems:
        place = problem.position
        text = " – ".join(_message(problem, language))
        lines.append(
            f"::{_GITHUB_LEVELS[problem.level]} file={_property(place.file)},line={place.line},"
            f"col={place.col},title={_property(problem.code)}::{_data(text)}"
        )
    lines.append(_sum(loaded, language))
    return "\n".join(lines)


_WRITERS: Mapping[Format, Callable[[Loaded, str], str]] = {
    Format.TEXT: _as_text,
    Format.JSON: _as_json,
    Format.GITHUB: _as_github,
}
_LEVELS = {
    Level.ERROR: "cli.check.error",
    Level.WARNING: "cli.check.warning",
    Level.NOTE: "cli.check.note",
}
#: Source: GitHub Actions, "Workflow commands".
_GITHUB_LEVELS = {
    Level.ERROR: "error",
    Level.WARNING: "warning",
    Level.NOTE: "notice",
}


def _message(problem: Problem, language: str) -> tuple[str, str]:
    """Return what is wrong and what to do."""
    what, _, fix = render(language, problem.code, **problem.params).partition("\n")
    return what, fix


def _counts(loaded: Loaded) -> dict[str, int]:
    levels = [problem.level for problem in loaded.problems]
    return {
        "files": len(loaded.texts),
        "errors": levels.count(Level.ERROR),
        "warnings": levels.count(Level.WARNING),
        "notes": levels.count(Level.NOTE),
    }


def _sum(loaded: Loaded, language: str) -> str:
    counts = _counts(loaded)
    with_notes = "cli.check.sum-notes" if counts["notes"] else "cli.check.sum"
    return render(language, with_notes, **counts)


def _excerpt(problem: Problem, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the line that a problem stands on and a caret below its place."""
    place = problem.position
    lines = lines_of(texts.get(place.file, ""))
    if not 1 <= place.line <= len(lines):
        return
    line = lines[place.line - 1]
    if not line.strip() or _SECRET.search(line):
        return
    start = max(0, place.col - 1 - _WIDEST_LINE // 2)
    shown = "".join(c if c.isprintable() else " " for c in line)
    shown = shown[start : start + _WIDEST_LINE]
    before = shown[: place.col - 1 - start]
    yield f"    {shown}"
    yield f"    {' ' * sum(map(_columns, before))}^"


def _columns(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    return 2 if east_asian_width(character) in "WF" else 1


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
