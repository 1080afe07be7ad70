"""``kizashi compile``: declarations to what other programs read."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import App, Parameter

from kizashi.cli._base import Exit, OutputFormat, UsageError, complain, new_app, option
from kizashi.clock import SystemClock
from kizashi.compiler import TARGETS, load_target
from kizashi.compiler._base import (
    DEFAULT_SECRETS_FOLDER,
    Compiled,
    CompileOptions,
    jobs_of,
)
from kizashi.declarations.problems import ProblemLevel
from kizashi.errors import ConfigurationError, DurationError, PushError
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.offline.generated_files import FilePlan, ForeignFilesError, plan_files
from kizashi.offline.pushing import (
    DEFAULT_SET,
    Pushed,
    PushSettings,
    difference,
    documents_of,
    push as push_documents,
)
from kizashi.ports.destination import Action, Change
from kizashi.settings.declaration_files import Loaded, load

_DID = {
    Action.CREATE: "push.create",
    Action.UPDATE: "push.update",
    Action.DELETE: "push.delete",
}
_WOULD = {
    Action.CREATE: "push.would-create",
    Action.UPDATE: "push.would-update",
    Action.DELETE: "push.would-delete",
}


def label_option(language: str) -> Parameter:
    """Return the option that may be given several times."""
    return Parameter(
        name="--label",
        help=render(language, "compile.option.label"),
        negative=(),
        show_default=False,
    )


def push_token_option(language: str) -> Parameter:
    """Return the option that gives the token of a server pushed to."""
    return Parameter(
        name="--push-token",
        help=render(language, "push.option.token"),
        env_var="KIZASHI_PUSH_TOKEN",
        show_default=False,
        show_env_var=False,
    )


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "compile", "compile.help", "compile.usage")

    def told(help_id: str, name: str | None = None) -> Parameter:
        return option(language, help_id, name)

    @app.default
    def compile_(  # noqa: PLR0913 - one for each option
        *paths: Annotated[Path, told("compile.option.paths")],
        to: Annotated[str, told("compile.option.to")],
        out: Annotated[Path | None, told("compile.option.out")] = None,
        config: Annotated[Path | None, told("compile.option.config")] = None,
        sloth_names: Annotated[
            bool, told("compile.option.sloth-names", "--sloth-names")
        ] = False,
        query_offset: Annotated[str | None, told("compile.option.query-offset")] = None,
        max_rules_per_group: Annotated[
            int | None, told("compile.option.max-rules", "--max-rules-per-group")
        ] = None,
        no_tests: Annotated[
            bool, told("compile.option.no-tests", "--no-tests")
        ] = False,
        secrets_folder: Annotated[
            str, told("compile.option.secrets-folder")
        ] = DEFAULT_SECRETS_FOLDER,
        namespace: Annotated[str | None, told("compile.option.namespace")] = None,
        label: Annotated[tuple[str, ...] | None, label_option(language)] = None,
        push: Annotated[str | None, told("push.option.push")] = None,
        set_: Annotated[str, told("push.option.set", "--set")] = DEFAULT_SET,
        tenant: Annotated[str | None, told("push.option.tenant")] = None,
        push_user: Annotated[
            str | None, told("push.option.user", "--push-user")
        ] = None,
        push_token: Annotated[str | None, push_token_option(language)] = None,
        force: Annotated[bool, told("push.option.force", "--force")] = False,
        check: Annotated[bool, told("compile.option.check", "--check")] = False,
        diff: Annotated[bool, told("compile.option.diff", "--diff")] = False,
        output: Annotated[
            OutputFormat, option(language, "status.option.format", "--format")
        ] = OutputFormat.TEXT,
    ) -> int:
        request = _Asked(language, to, out, check=check, diff=diff, output=output)
        wanted = CompileOptions(
            language=language,
            query_offset_ms=request.offset_ms(query_offset),
            sloth_names=sloth_names,
            most_rules=request.most_rules(max_rules_per_group),
            # Nobody pushes tests.
            with_tests=not no_tests and out is not None,
            secrets_folder=secrets_folder,
            namespace=namespace or "",
            object_labels=request.labels(label or ()),
        )
        place = PushSettings(
            push or "", set_, namespace, tenant, push_user, push_token, is_forced=force
        )
        return request.run(paths, config, wanted, place if push else None)

    return app


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and how it is answered."""

    language: str
    target: str
    out: Path | None
    check: bool
    diff: bool
    output: OutputFormat

    def run(
        self,
        paths: Sequence[Path],
        config: Path | None,
        wanted: CompileOptions,
        place: PushSettings | None,
    ) -> int:
        """Compile, and put what comes out where it was asked for."""
        self.refuse_nonsense(paths, config)
        self.refuse_place(place)
        loaded = load(paths, config)
        if not loaded.is_usable:
            self.complain_of(loaded)
            return Exit.PROBLEMS
        configuration = loaded.configuration
        upstream = configuration.upstream
        options = replace(
            wanted,
            slice_ms=configuration.slice_ms,
            jobs=jobs_of(configuration),
            most_rules=wanted.most_rules
            or (0 if upstream is None else upstream.max_rules_per_group),
        )
        target = load_target(self.target)
        compiled = target.compile(loaded.services, configuration, options)
        return self.carry_out(compiled, place)

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
        if self.out is not None and self.out.exists() and not self.out.is_dir():
            raise self._nonsense("compile.no-folder", out=self.out)

    def refuse_place(self, settings: PushSettings | None) -> None:
        """Raise UsageError where there is no place to put anything, or a wrong one."""
        if settings is None:
            if self.out is None:
                raise self._nonsense("push.no-place")
            return
        try:
            wanted = settings.target
        except PushError as error:
            raise self._nonsense(error.code, **error.params) from None
        if wanted != self.target:
            raise self._nonsense("push.other-target", url=settings.url, target=wanted)

    def offset_ms(self, text: str | None) -> int | None:
        """Return the query offset in milliseconds, None where none is given."""
        if text is None:
            return None
        try:
            return parse_duration(text)
        except DurationError:
            raise self._nonsense("compile.bad-offset", given=text) from None

    def most_rules(self, given: int | None) -> int:
        """Return how many rules a group may hold, 0 for any number."""
        if given is not None and given < 1:
            raise self._nonsense("compile.bad-max-rules", given=given)
        return given or 0

    def labels(self, given: Sequence[str]) -> dict[str, str]:
        """Return labels written as ``name=value``."""
        found = {}
        for text in given:
            name, equals, value = text.partition("=")
            if not (name and equals):
                raise self._nonsense("targets.bad-label", given=text)
            found[name] = value
        return found

    def complain_of(self, loaded: Loaded) -> None:
        """Say which problems keep the declarations from being used."""
        for problem in loaded.problems:
            if problem.level is ProblemLevel.ERROR:
                what, _, fix = self._say(problem.code, **problem.params).partition("\n")
                complain(f"{problem.position}: {what}")
                complain(f"    {self._say('cli.check.fix', fix=fix)}")
        complain(self._say("compile.problems"))

    def carry_out(self, compiled: Compiled, settings: PushSettings | None) -> int:
        """Bring folder and server up to date, or tell what that would do."""
        plan = pushed = None
        if self.out is not None:
            plan = self._to_folder(self.out, compiled)
            if plan is None:
                return Exit.PROBLEMS
        if settings is not None:
            pushed = self._to_server(settings, compiled)
            if pushed is None:
                return Exit.PROBLEMS
        if self.diff:
            sys.stdout.writelines(plan.diff() if plan else ())
            sys.stdout.writelines(difference(pushed.done) if pushed else ())
        elif self.output is OutputFormat.JSON:
            print(self._as_json(plan, pushed, compiled))
        else:
            self._tell(plan, pushed, compiled)
        would_change = (plan is not None and not plan.is_current) or (
            pushed is not None and bool(pushed.done)
        )
        if pushed is not None and pushed.failed:
            return Exit.PROBLEMS
        return Exit.PROBLEMS if self._only_looks and would_change else Exit.OK

    @property
    def _only_looks(self) -> bool:
        return self.check or self.diff

    def _to_folder(self, out: Path, compiled: Compiled) -> FilePlan | None:
        """Return what was done to a folder; None, and why, where nothing could be."""
        try:
            plan = plan_files(out, self.target, compiled.files)
            if not self._only_looks:
                plan.apply()
        except ForeignFilesError as error:
            complain(self._say("compile.foreign", paths=", ".join(error.paths)))
        except ConfigurationError as error:
            complain(self._say("compile.manifest", path=error))
        except OSError as error:
            why = error.strerror or str(error)
            complain(self._say("compile.disk", path=error.filename, why=why))
        else:
            return plan
        return None

    def _to_server(self, settings: PushSettings, compiled: Compiled) -> Pushed | None:
        """Return what was done to a server; None, and why, where nothing could be."""
        if settings.speaks_plainly:
            host = urlsplit(settings.url).hostname
            complain(printable(self._say("push.plain", host=host)))
        documents = documents_of(self.target, compiled.files)
        work = push_documents(
            settings, documents, SystemClock(), is_dry=self._only_looks
        )
        try:
            pushed = asyncio.run(work)
        except PushError as error:
            complain(printable(self._say(error.code, **error.params)))
            return None
        for _, why in pushed.failed:
            complain(printable(self._say(why.code, **why.params)))
        return pushed

    def _tell(
        self, plan: FilePlan | None, pushed: Pushed | None, compiled: Compiled
    ) -> None:
        if plan is not None:
            self._tell_files(plan)
        if pushed is not None:
            self._tell_pushed(pushed)
        for each in compiled.notes:
            print(self._say("compile.note", text=self._say(each.code, **each.params)))
        if plan is not None:
            changed, files = len(plan.changed), len(plan.files)
            print(self._say("compile.sum", changed=changed, unchanged=files - changed))

    def _tell_files(self, plan: FilePlan) -> None:
        written = "compile.would-written" if self.check else "compile.written"
        removed = "compile.would-removed" if self.check else "compile.removed"
        for path in plan.changed:
            print(self._say(written, path=plan.folder / path))
        for path in plan.removed:
            print(self._say(removed, path=plan.folder / path))
        for path in plan.kept:
            print(self._say("compile.kept", path=plan.folder / path))

    def _tell_pushed(self, pushed: Pushed) -> None:
        words = _WOULD if self.check else _DID
        for change in pushed.done:
            print(printable(self._say(words[change.action], name=change.name)))
        for change in pushed.skipped:
            print(printable(self._say("push.skipped", name=change.name)))
        done, failed = len(pushed.done), len(pushed.failed)
        print(self._say("push.sum", done=done, failed=failed))

    def _as_json(
        self, plan: FilePlan | None, pushed: Pushed | None, compiled: Compiled
    ) -> str:
        answer: dict[str, object] = {"target": self.target, "written": not self.check}
        if plan is not None:
            answer |= {
                "out": str(plan.folder),
                "changed": plan.changed,
                "unchanged": sorted(set(plan.files) - set(plan.changed)),
                "removed": plan.removed,
                "kept": plan.kept,
            }
        if pushed is not None:
            answer["pushed"] = {
                "done": [_brief(change) for change in pushed.done],
                "failed": [
                    {**_brief(change), "message": self._say(e.code, **e.params)}
                    for change, e in pushed.failed
                ],
                "skipped": [_brief(change) for change in pushed.skipped],
            }
        answer["notes"] = [
            {
                "code": each.code,
                "params": dict(each.params),
                "message": self._say(each.code, **each.params),
            }
            for each in compiled.notes
        ]
        return json.dumps(answer, ensure_ascii=False, indent=2)

    def _nonsense(self, message_id: str, **params: object) -> UsageError:
        return UsageError(self._say(message_id, **params))

    def _say(self, message_id: str, /, **params: object) -> str:
        return render(self.language, message_id, **params)


def _brief(change: Change) -> dict[str, str]:
    return {"action": change.action.value, "name": change.name}
