"""``kizashi check``: every problem of every file, where it stands, and what to do."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import App, Parameter

from kizashi.checking.gathering import AddressError, seen_at_server, seen_at_targets
from kizashi.checking.linting import (
    RuleEnvironment as Known,
    lint_sources,
    read_baseline,
    read_files,
    write_baseline,
)
from kizashi.checking.report import WRITERS
from kizashi.checking.seen import Gather
from kizashi.cli._base import Exit, UsageError, new_app
from kizashi.declarations.problems import ProblemLevel
from kizashi.errors import DurationError
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.settings.annotating import annotation, as_document, excerpt, told
from kizashi.settings.declaration_files import Loaded, load


class ProblemFormat(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


@dataclass(frozen=True)
class _Where:
    """What the lint is told of where the rules run, and of what is known."""

    scrape_interval: str = ""
    retention: str = ""
    targets: list[str] | None = None
    upstream: str = ""
    over: str = ""
    links: bool = False
    baseline: Path | None = None
    write_baseline: bool = False


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "check", "cli.check.help", "cli.check.usage")

    def say(message_id: str) -> str:
        return render(language, message_id)

    def option(message_id: str) -> Parameter:
        name, text = message_id.rpartition(".")[2], say(message_id)
        return Parameter(name=f"--{name}", negative="", help=text, show_default=False)

    @dataclass(frozen=True)
    class Where(_Where):
        # The same once more, with help in the reader's language.
        scrape_interval: Annotated[str, option("lint.option.scrape-interval")] = ""
        retention: Annotated[str, option("lint.option.retention")] = ""
        targets: Annotated[list[str] | None, option("lint.option.targets")] = None
        upstream: Annotated[str, option("lint.option.upstream")] = ""
        over: Annotated[str, option("lint.option.over")] = ""
        links: Annotated[bool, option("lint.option.links")] = False
        baseline: Annotated[Path | None, option("lint.option.baseline")] = None
        write_baseline: Annotated[bool, option("lint.option.write-baseline")] = False

    @app.default
    def check(
        *paths: Annotated[Path, Parameter(help=say("cli.check.paths"))],
        config: Annotated[Path | None, Parameter(help=say("cli.check.config"))] = None,
        output: Annotated[
            ProblemFormat,
            Parameter(
                name="--format",
                help=say("cli.check.format"),
                show_choices=False,
                show_default=False,
            ),
        ] = ProblemFormat.TEXT,
        strict: Annotated[
            bool, Parameter(name="--strict", negative="", help=say("cli.check.strict"))
        ] = False,
        lint: Annotated[
            bool, Parameter(name="--lint", negative="", help=say("lint.option.lint"))
        ] = False,
        where: Annotated[Where, Parameter(name="*")] = Where(),
    ) -> int:
        if not lint and (where != Where() or output is ProblemFormat.SARIF):
            raise UsageError(say("cli.check.without-lint"))
        asked, paths = _with_targets(where, paths)
        if not paths and config is None:
            raise UsageError(say("cli.check.no-path"))
        missing = [p for p in (*paths, *([config] if config else [])) if not p.exists()]
        if missing:
            names = ", ".join(map(str, missing))
            raise UsageError(render(language, "cli.check.missing", names=names))
        if lint:
            return _lint(paths, config, asked, output, language)
        loaded = load(paths, config, is_strict=strict)
        print(_WRITERS[output](loaded, language))
        return Exit.OK if loaded.is_usable else Exit.PROBLEMS

    return app


def _with_targets(
    where: _Where, paths: tuple[Path, ...]
) -> tuple[_Where, tuple[Path, ...]]:
    """Return what was asked with every address among the targets.

    Addresses may follow the first one, as they do in other tools.
    """
    if where.targets is None:
        return where, paths
    given = [each for text in where.targets for each in text.split(",") if each]
    given += [str(p).replace(":/", "://", 1) for p in paths if _is_address(p)]
    left = tuple(path for path in paths if not _is_address(path))
    return replace(where, targets=given), left


def _is_address(path: Path) -> bool:
    # A path has lost one of the two slashes.
    return str(path).startswith(("http:/", "https:/")) and not path.exists()


def _lint(
    paths: tuple[Path, ...],
    config: Path | None,
    where: _Where,
    output: ProblemFormat,
    language: str,
) -> int:
    """Lint files, print what was found, and say whether that is nothing."""
    if where.write_baseline and where.baseline is None:
        raise UsageError(render(language, "cli.check.no-baseline"))
    baseline: list[str] = []
    if where.baseline is not None and not where.write_baseline:
        with _baseline(where.baseline, language):
            baseline = read_baseline(where.baseline)
    told = Known(
        _milliseconds(where.scrape_interval, language),
        _milliseconds(where.retention, language),
        _gatherer(where, config, language),
        where.links,
    )
    linted = lint_sources(read_files(paths), told, baseline)
    if where.baseline is not None and where.write_baseline:
        with _baseline(where.baseline, language):
            write_baseline(where.baseline, linted)
    print(WRITERS[output.value](linted, language))
    return Exit.OK if linted.is_clean or where.write_baseline else Exit.PROBLEMS


def _gatherer(where: _Where, config: Path | None, language: str) -> Gather | None:
    """Return what gathers the evidence that was asked for."""
    if where.targets and where.upstream:
        raise UsageError(render(language, "cli.check.one-evidence"))
    over_ms = _milliseconds(where.over, language)
    try:
        if where.targets:
            return seen_at_targets(where.targets, over_ms)
        if where.upstream:
            return seen_at_server(where.upstream, config, over_ms)
    except AddressError as error:
        raise UsageError(render(language, error.code, given=error.given)) from error
    return None


@contextmanager
def _baseline(path: Path, language: str) -> Iterator[None]:
    """Say what is wrong with a baseline, and with nothing else."""
    try:
        yield
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            render(language, "cli.check.bad-baseline", file=path, why=why)
        ) from error


def _milliseconds(given: str, language: str) -> int | None:
    if not given:
        return None
    try:
        return parse_duration(given) or _refuse(given, language)
    except DurationError:
        return _refuse(given, language)


def _refuse(given: str, language: str) -> NoReturn:
    raise UsageError(render(language, "cli.check.bad-duration", given=given))


def _as_text(loaded: Loaded, language: str) -> str:
    """Return problems for a person: place, line with a caret, what to do; a sum."""
    lines = []
    for problem in loaded.problems:
        what, fix = told(problem, language)
        level = render(language, _LEVELS[problem.level])
        lines.append(f"{problem.position}: {level}: {what}")
        lines += excerpt(problem.position, loaded.texts)
        if problem.level is not ProblemLevel.NOTE:
            fix = render(language, "cli.check.fix", fix=fix)
        lines.append(f"    {fix}")
    lines.append(_sum(loaded, language))
    return "\n".join(lines)


def _as_json(loaded: Loaded, language: str) -> str:
    """Return problems for a program, in one document."""
    problems = [as_document(problem, language) for problem in loaded.problems]
    answer = {"problems": problems, **_counts(loaded)}
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _as_github(loaded: Loaded, language: str) -> str:
    """Return problems as annotations of GitHub."""
    lines = [
        annotation(p.position, p.level, p.code, " – ".join(told(p, language)))
        for p in loaded.problems
    ]
    lines.append(_sum(loaded, language))
    return "\n".join(lines)


_WRITERS: Mapping[ProblemFormat, Callable[[Loaded, str], str]] = {
    ProblemFormat.TEXT: _as_text,
    ProblemFormat.JSON: _as_json,
    ProblemFormat.GITHUB: _as_github,
}
_LEVELS = {
    ProblemLevel.ERROR: "cli.check.error",
    ProblemLevel.WARNING: "cli.check.warning",
    ProblemLevel.NOTE: "cli.check.note",
}


def _counts(loaded: Loaded) -> dict[str, int]:
    levels = [problem.level for problem in loaded.problems]
    return {
        "files": len(loaded.texts),
        "errors": levels.count(ProblemLevel.ERROR),
        "warnings": levels.count(ProblemLevel.WARNING),
        "notes": levels.count(ProblemLevel.NOTE),
    }


def _sum(loaded: Loaded, language: str) -> str:
    counts = _counts(loaded)
    with_notes = "cli.check.sum-notes" if counts["notes"] else "cli.check.sum"
    return render(language, with_notes, **counts)
