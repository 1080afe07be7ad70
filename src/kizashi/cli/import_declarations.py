"""``kizashi import``: what another tool declares to Kizashi declarations."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import App, Parameter

from kizashi.cli._base import (
    Exit,
    OutputFormat,
    UsageError,
    complain,
    format_option,
    new_app,
    option,
)
from kizashi.cli.text.proof import ProofTeller
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import ProblemLevel, ProblemList
from kizashi.declarations.yaml_document import MOST_FOREIGN_BYTES
from kizashi.errors import DurationError
from kizashi.importers import DIALECTS, load_dialect, recognise
from kizashi.importers._base import Imported, ImportOptions
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.model.windows import RollingWindow, Window
from kizashi.offline.generated_files import ForeignFilesError, write_new_files
from kizashi.offline.promtool import is_installed
from kizashi.offline.proving import Proof, prove
from kizashi.proof.cases import CASES, story_of
from kizashi.settings.annotating import as_document, excerpt, told
from kizashi.settings.declaration_files import read_source, walk

_LEVELS = {
    ProblemLevel.ERROR: "cli.check.error",
    ProblemLevel.WARNING: "cli.check.warning",
    ProblemLevel.NOTE: "cli.check.note",
}


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "import", "import.help", "import.usage")

    def told(help_id: str, name: str | None = None) -> Parameter:
        return option(language, help_id, name)

    of_cases = Parameter(
        name="--case",
        negative=(),
        help=render(language, "import.option.case", known=", ".join(CASES)),
        show_choices=False,
        show_default=False,
    )

    @dataclass(frozen=True)
    class Names(_Names):
        # The same once more, with help in the reader's language.
        strict: Annotated[bool, told("import.option.strict", "--strict")] = False
        window: Annotated[str | None, told("import.option.window", "--window")] = None
        service: Annotated[str | None, told("import.option.service", "--service")] = (
            None
        )
        job: Annotated[str | None, told("import.option.job", "--job")] = None

    @dataclass(frozen=True)
    class Proving(_Proving):
        prove: Annotated[bool, told("import.option.prove", "--prove")] = False
        case: Annotated[list[str] | None, of_cases] = None

    @app.default
    def import_(
        *paths: Annotated[Path, told("import.option.paths")],
        from_: Annotated[str | None, told("import.option.from", "--from")] = None,
        out: Annotated[Path | None, told("import.option.out")] = None,
        names: Annotated[Names, Parameter(name="*")] = Names(),
        proving: Annotated[Proving, Parameter(name="*")] = Proving(),
        output: Annotated[OutputFormat, format_option(language)] = OutputFormat.TEXT,
    ) -> int:
        request = _Asked(language, from_, out, output, proving.cases)
        request.refuse_nonsense(paths)
        options = ImportOptions(
            language,
            request.window(names.window),
            names.service,
            names.job,
            names.strict,
        )
        return request.run(paths, options)

    return app


@dataclass(frozen=True)
class _Names:
    """How files are read, and what objectives get where these do not say."""

    strict: bool = False
    window: str | None = None
    service: str | None = None
    job: str | None = None


@dataclass(frozen=True)
class _Proving:
    """Whether, and in which cases, old and new rules are tried."""

    prove: bool = False
    case: list[str] | None = None

    @property
    def cases(self) -> Sequence[str] | None:
        """The cases; None where they are named and nothing is to be tried."""
        if self.prove:
            return self.case or list(CASES)
        return None if self.case else []


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and how it is answered."""

    language: str
    dialect: str | None
    out: Path | None
    output: OutputFormat
    cases: Sequence[str] | None

    def refuse_nonsense(self, paths: Sequence[Path]) -> None:
        """Raise UsageError where the arguments make no sense."""
        if self.dialect is not None and self.dialect not in DIALECTS:
            dialects = ", ".join(DIALECTS)
            raise self._nonsense(
                "import.no-dialect", given=self.dialect, known=dialects
            )
        if not paths:
            raise self._nonsense("import.no-path")
        missing = [path for path in paths if not path.exists()]
        if missing:
            names = ", ".join(map(str, missing))
            raise self._nonsense("cli.check.missing", names=names)
        if self.out is not None and self.out.exists() and not self.out.is_dir():
            raise self._nonsense("compile.no-folder", out=self.out)
        if self.cases is None:
            raise self._nonsense("prove.case-alone")
        for case in self.cases:
            if case not in CASES:
                dialects = ", ".join(CASES)
                raise self._nonsense("prove.no-case", given=case, known=dialects)
        if self.cases and not is_installed():
            raise self._nonsense("prove.no-prometheus")

    def window(self, text: str | None) -> Window | None:
        """Return the window, None where none is given."""
        try:
            return None if text is None else RollingWindow.parse(text)
        except DurationError:
            raise self._nonsense("compile.bad-offset", given=text) from None

    def run(self, paths: Sequence[Path], options: ImportOptions) -> int:
        """Read, carry, write, and give account of it."""
        problems, sources = ProblemList(), list[SourceText]()
        for path in walk(paths, problems):
            source, unread = read_source(path, MOST_FOREIGN_BYTES)
            problems.extend(unread)
            sources += [] if source is None else [source]
        dialect = self.dialect or self._recognise(sources, problems)
        if dialect:
            imported = load_dialect(dialect).carry(sources, options)
            problems.extend(imported.problems)
        else:
            imported = Imported((), (), ())
        imported = replace(imported, problems=tuple(problems))
        written: tuple[str, ...] = ()
        if self.out is not None:
            found = self._write(self.out, imported)
            if found is None:
                return Exit.PROBLEMS
            written = found
        teller = ProofTeller(self.language, dialect)
        proofs: list[Proof]
        if self.output is OutputFormat.JSON:
            proofs = list(self._prove(imported))
            told = [teller.document(proof) for proof in proofs]
            print(self._as_json(dialect, imported, written, told))
        else:
            self._tell(dialect, imported, written, {s.file: s.text for s in sources})
            proofs = self._tell_proofs(imported, teller)
        has_errors = any(p.level is ProblemLevel.ERROR for p in imported.problems)
        has_errors |= not all(proof.is_true for proof in proofs)
        return Exit.PROBLEMS if has_errors else Exit.OK

    def _recognise(self, sources: Sequence[SourceText], problems: ProblemList) -> str:
        """Return the dialect that the files are of; empty where they are no YAML."""
        wrong = ProblemList()
        found = recognise(sources, wrong)
        if len(found) == 1:
            return next(iter(found))
        dialects = ", ".join(DIALECTS)
        if not found:
            problems.extend(wrong)
            if problems.error_count:
                return ""
            raise self._nonsense("import.not-recognised", known=dialects)
        told = "; ".join(f"{name}: {', '.join(own)}" for name, own in found.items())
        raise self._nonsense("import.several", told=told)

    def _prove(self, imported: Imported) -> Iterator[Proof]:
        cases = [(case, story_of(case)) for case in self.cases or ()]
        return prove(imported.carried, cases)

    def _tell_proofs(self, imported: Imported, teller: ProofTeller) -> list[Proof]:
        """Print each proof as soon as there is one, and their sum."""
        account = self._account_stream()
        proofs = []
        for proof in self._prove(imported):
            proofs.append(proof)
            for line in teller.lines(proof):
                print(printable(line), file=account, flush=True)
        if self.cases:
            print(teller.sum(proofs), file=account)
        return proofs

    def _account_stream(self) -> TextIO:
        """Return where the account goes: declarations alone are for standard output."""
        return sys.stderr if self.out is None else sys.stdout

    def _write(self, out: Path, imported: Imported) -> tuple[str, ...] | None:
        """Return what was written; None, and why, where nothing could be."""
        try:
            return write_new_files(out, imported.files)[0]
        except ForeignFilesError as error:
            complain(self._say("import.foreign", paths=", ".join(error.paths)))
        except OSError as error:
            why = error.strerror or str(error)
            complain(self._say("compile.disk", path=error.filename, why=why))
        return None

    def _tell(
        self,
        dialect: str,
        imported: Imported,
        written: Sequence[str],
        texts: dict[str, str],
    ) -> None:
        """Print the account; where there is no folder, the declarations before it."""
        account = self._account_stream()
        if self.out is None:
            # The declarations alone, so that they can be sent to a file.
            print("---\n".join(file.text for file in imported.files), end="")
        if self.dialect is None and dialect:
            what = self._say(DIALECTS[dialect])
            line = self._say("import.recognised", dialect=dialect, what=what)
            print(line, file=account)
        for line in self._account(imported, texts):
            print(printable(line), file=account)
        for path in written:
            line = self._say("compile.written", path=(self.out or Path()) / path)
            print(line, file=account)
        print(self._say("import.sum", **_counts(imported)), file=account)

    def _account(self, imported: Imported, texts: dict[str, str]) -> Iterator[str]:
        for each in imported.carried:
            yield self._say("import.carried", **each.account)
        for problem in imported.problems:
            what, fix = told(problem, self.language)
            level = self._say(_LEVELS[problem.level])
            yield f"{problem.position}: {level}: {what}"
            yield from excerpt(problem.position, texts)
            yield f"    {fix}"

    def _as_json(
        self,
        dialect: str,
        imported: Imported,
        written: Sequence[str],
        proofs: Sequence[dict[str, object]],
    ) -> str:
        carried = [
            {
                "file": each.position.file,
                "line": each.position.line,
                "col": each.position.col,
                "name": each.name,
                "service": each.service,
                "objective": each.objective,
                "path": each.path,
            }
            for each in imported.carried
        ]
        answer = {
            "from": dialect or None,
            "out": None if self.out is None else str(self.out),
            "written": list(written),
            "files": {file.path: file.text for file in imported.files},
            "carried": carried,
            "problems": [as_document(p, self.language) for p in imported.problems],
        }
        if self.cases:
            answer["proofs"] = list(proofs)
        return json.dumps(answer, ensure_ascii=False, indent=2)

    def _nonsense(self, message_id: str, **params: object) -> UsageError:
        return UsageError(self._say(message_id, **params))

    def _say(self, message_id: str, /, **params: object) -> str:
        return render(self.language, message_id, **params)


def _counts(imported: Imported) -> dict[str, int]:
    levels = [problem.level for problem in imported.problems]
    return {
        "carried": len(imported.carried),
        "errors": levels.count(ProblemLevel.ERROR),
        "warnings": levels.count(ProblemLevel.WARNING),
        "notes": levels.count(ProblemLevel.NOTE),
    }
