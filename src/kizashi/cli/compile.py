"""``kizashi compile``: declarations to what other programs read."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, Format, UsageError, complain, new_app, option
from kizashi.compiler import TARGETS, load_target
from kizashi.compiler._base import (
    DEFAULT_SECRETS_FOLDER,
    Compiled,
    CompileOptions,
    jobs_of,
)
from kizashi.declarations.problems import Level
from kizashi.errors import ConfigurationError, DurationError
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.runtime.declaration_files import Loaded, load
from kizashi.runtime.generated_files import FilePlan, ForeignFilesError, plan_files


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "compile", "compile.help", "compile.usage")

    def told(help_id: str, name: str | None = None) -> Parameter:
        return option(language, help_id, name)

    @app.default
    def compile_(  # noqa: PLR0913 - one for each option
        *paths: Annotated[Path, told("compile.option.paths")],
        to: Annotated[str, told("compile.option.to")],
        out: Annotated[Path, told("compile.option.out")],
        config: Annotated[Path | None, told("compile.option.config")] = None,
        sloth_names: Annotated[
            bool, told("compile.option.sloth-names", "--sloth-names")
        ] = False,
        query_offset: Annotated[str | None, told("compile.option.query-offset")] = None,
        no_tests: Annotated[
            bool, told("compile.option.no-tests", "--no-tests")
        ] = False,
        secrets_folder: Annotated[
            str, told("compile.option.secrets-folder")
        ] = DEFAULT_SECRETS_FOLDER,
        check: Annotated[bool, told("compile.option.check", "--check")] = False,
        diff: Annotated[bool, told("compile.option.diff", "--diff")] = False,
        output: Annotated[
            Format, option(language, "status.option.format", "--format")
        ] = Format.TEXT,
    ) -> int:
        asked = _Asked(language, to, out, check=check, diff=diff, output=output)
        asked.refuse_nonsense(paths, config)
        loaded = load(paths, config)
        if not loaded.is_usable:
            asked.complain_of(loaded)
            return Exit.PROBLEMS
        options = CompileOptions(
            language=language,
            slice_ms=loaded.configuration.slice_ms,
            jobs=jobs_of(loaded.configuration),
            query_offset_ms=asked.offset_ms(query_offset),
            sloth_names=sloth_names,
            with_tests=not no_tests,
            secrets_folder=secrets_folder,
        )
        compiled = load_target(to).compile(
            loaded.services, loaded.configuration, options
        )
        return asked.carry_out(compiled)

    return app


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and how it is answered."""

    language: str
    target: str
    out: Path
    check: bool
    diff: bool
    output: Format

    def refuse_nonsense(self, paths: Sequence[Path], config: Path | None) -> None:
        """Raise UsageError where the arguments make no sense."""
        if self.target not in TARGETS:
            raise self._nonsense(
                "compile.no-target", given=self.target, known=", ".join(TARGETS)
            )
        if not paths and config is None:
            raise self._nonsense("compile.no-path")
        missing = [p for p in (*paths, *([config] if config else [])) if not p.exists()]
        if missing:
            names = ", ".join(map(str, missing))
            raise self._nonsense("cli.check.missing", names=names)
        if self.out.exists() and not self.out.is_dir():
            raise self._nonsense("compile.no-folder", out=self.out)

    def offset_ms(self, text: str | None) -> int | None:
        """Return the query offset in milliseconds, None where none is given."""
        if text is None:
            return None
        try:
            return parse_duration(text)
        except DurationError:
            raise self._nonsense("compile.bad-offset", given=text) from None

    def complain_of(self, loaded: Loaded) -> None:
        """Say which problems keep the declarations from being used."""
        for problem in loaded.problems:
            if problem.level is Level.ERROR:
                what, _, fix = self._say(problem.code, **problem.params).partition("\n")
                complain(f"{problem.position}: {what}")
                complain(f"    {self._say('cli.check.fix', fix=fix)}")
        complain(self._say("compile.problems"))

    def carry_out(self, compiled: Compiled) -> int:
        """Bring the folder up to date, or tell what that would do."""
        try:
            plan = plan_files(self.out, self.target, compiled.files)
            if not (self.check or self.diff):
                plan.apply()
        except ForeignFilesError as error:
            complain(self._say("compile.foreign", paths=", ".join(error.paths)))
            return Exit.PROBLEMS
        except ConfigurationError as error:
            complain(self._say("compile.manifest", path=error))
            return Exit.PROBLEMS
        except OSError as error:
            why = error.strerror or str(error)
            complain(self._say("compile.disk", path=error.filename, why=why))
            return Exit.PROBLEMS
        if self.diff:
            sys.stdout.writelines(plan.diff())
        elif self.output is Format.JSON:
            print(self._as_json(plan, compiled))
        else:
            self._tell(plan, compiled)
        only_looking = self.check or self.diff
        return Exit.PROBLEMS if only_looking and not plan.is_current else Exit.OK

    def _tell(self, plan: FilePlan, compiled: Compiled) -> None:
        written = "compile.would-written" if self.check else "compile.written"
        removed = "compile.would-removed" if self.check else "compile.removed"
        for path in plan.changed:
            print(self._say(written, path=self.out / path))
        for path in plan.removed:
            print(self._say(removed, path=self.out / path))
        for path in plan.kept:
            print(self._say("compile.kept", path=self.out / path))
        for each in compiled.notes:
            print(self._say("compile.note", text=self._say(each.code, **each.params)))
        unchanged = len(plan.files) - len(plan.changed)
        print(self._say("compile.sum", changed=len(plan.changed), unchanged=unchanged))

    def _as_json(self, plan: FilePlan, compiled: Compiled) -> str:
        answer = {
            "target": self.target,
            "out": str(self.out),
            "written": not self.check,
            "changed": plan.changed,
            "unchanged": sorted(set(plan.files) - set(plan.changed)),
            "removed": plan.removed,
            "kept": plan.kept,
            "notes": [
                {
                    "code": each.code,
                    "params": dict(each.params),
                    "message": self._say(each.code, **each.params),
                }
                for each in compiled.notes
            ],
        }
        return json.dumps(answer, ensure_ascii=False, indent=2)

    def _nonsense(self, message_id: str, **params: object) -> UsageError:
        return UsageError(self._say(message_id, **params))

    def _say(self, message_id: str, /, **params: object) -> str:
        return render(self.language, message_id, **params)
