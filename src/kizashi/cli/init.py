"""``kizashi init``: from an address to a first declaration that can be kept."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from cyclopts import App, Parameter

from kizashi.checking.gathering import AddressError, address
from kizashi.cli._base import Exit, UsageError, complain, new_app, option
from kizashi.declarations.objective import parse_share, target_fault
from kizashi.declarations.openslo_reading import slug
from kizashi.logs.logging import printable
from kizashi.messages import formats, render

if TYPE_CHECKING:
    from kizashi.authoring.candidates import Candidate, Proposal
    from kizashi.checking.discovering import Discovered, Place
    from kizashi.compiler._base import GeneratedFile
    from kizashi.declarations.upstream import UpstreamConfig
    from kizashi.ports.importing import ImportView

_RULES = (".yaml", ".yml")


@dataclass(frozen=True)
class _Wanted:
    """What a person wants of the declaration."""

    service: str | None = None
    target: str | None = None
    job: str = ""
    out: Path = Path()
    upstream: str = ""
    token_file: Path | None = None
    ca_file: Path | None = None


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "init", "init.help", "init.usage")

    def told(help_id: str) -> Parameter:
        return option(language, help_id, f"--{help_id.rpartition('.')[2]}")

    @dataclass(frozen=True)
    class Wanted(_Wanted):
        # The same once more, with help in the reader's language.
        service: Annotated[str | None, told("init.option.service")] = None
        target: Annotated[str | None, told("init.option.target")] = None
        job: Annotated[str, told("init.option.job")] = ""
        out: Annotated[Path, told("init.option.out")] = Path()
        upstream: Annotated[str, told("init.option.upstream")] = ""
        token_file: Annotated[Path | None, told("init.option.token-file")] = None
        ca_file: Annotated[Path | None, told("init.option.ca-file")] = None

    @app.default
    def init(
        url: Annotated[str | None, option(language, "init.option.place")] = None,
        /,
        *,
        yes: Annotated[bool, told("init.option.yes")] = False,
        wanted: Annotated[Wanted, Parameter(name="*")] = Wanted(),
    ) -> int:
        if url is None:
            raise UsageError(render(language, "init.no-place"))
        is_asking = not yes and sys.stdin.isatty() and sys.stdout.isatty()
        return _Init(language, wanted, yes or is_asking, is_asking).run(url)

    return app


class _StopError(Exception):
    """There is nothing to go on with; the text says why."""


@dataclass(frozen=True, slots=True)
class _Init:
    """One run.

    Attributes:
        language: The reader's.
        wanted: What was asked for.
        is_writing: Whether files are written in the end.
        is_asking: Whether there is somebody to ask.
    """

    language: str
    wanted: _Wanted
    is_writing: bool
    is_asking: bool

    def run(self, given: str) -> int:
        """Look, propose, write; return the exit code."""
        target, out = self._target(self.wanted.target), self.wanted.out
        self._refuse_nonsense(out)
        try:
            self._write(out, self._files(given, target))
        except _StopError as error:
            for line in str(error).split("\n"):
                complain(printable(line))
            return Exit.PROBLEMS
        return Exit.OK

    def _refuse_nonsense(self, out: Path) -> None:
        service = self.wanted.service
        if service is not None and slug(service) != service:
            near = slug(service) or "my-service"
            raise self._nonsense("init.bad-service", given=service, near=near)
        if _is_there(out) and not out.is_dir():
            raise self._nonsense("compile.no-folder", out=out)
        for file in (self.wanted.token_file, self.wanted.ca_file):
            if file is not None and not file.is_file():
                raise self._nonsense("cli.check.missing", names=file)

    def _target(self, given: str | None) -> Decimal | None:
        if given is None:
            return None
        share = parse_share(given)
        if share is None or target_fault(share, is_percent=given.endswith("%")):
            raise self._nonsense("init.bad-target", given=given)
        return share

    def _files(self, given: str, target: Decimal | None) -> "_Files":
        """Return what is to be written."""
        path = Path(given)
        if _is_there(path) or (given.endswith(_RULES) and "://" not in given):
            return self._of_file(path)
        found = self._discovered(self._place(given))
        if found.rules is not None:
            name = urlsplit(given).path.rpartition("/")[2]
            return self._of_rules(_carried(name, found.rules, self), given)
        self._print(self._say(found.code, origin=found.origin))
        for origin, why in found.unseen.items():
            told = render(self.language, why.code, **dict(why.params))
            complain(printable(self._say("init.unseen", origin=origin, why=told)))
        return self._of_jobs(found, target)

    # An address.

    def _place(self, given: str) -> "Place":
        from kizashi.checking.discovering import Place

        token, authority = self.wanted.token_file, self.wanted.ca_file
        return Place(
            self._address(given),
            str(token.resolve()) if token else "",
            str(authority.resolve()) if authority else "",
        )

    def _address(self, given: str) -> str:
        try:
            return address(given)
        except AddressError as error:
            code = error.code if error.given else "init.address-secret"
            raise self._nonsense(code, given=error.given) from error

    def _discovered(self, place: "Place") -> "Discovered":
        from kizashi.checking.discovering import DiscoveryError, discover
        from kizashi.clock import SystemClock

        try:
            return discover(place, self.wanted.job, SystemClock())
        except DiscoveryError as error:
            params = dict(error.params)
            if error.why is not None:
                why = dict(error.why.params)
                params["why"] = render(self.language, error.why.code, **why)
            raise _StopError(self._say(error.code, **params)) from error

    def _of_jobs(self, found: "Discovered", target: Decimal | None) -> "_Files":
        from kizashi.authoring.candidates import propose
        from kizashi.authoring.drafting import declaration, service_name, unlike
        from kizashi.authoring.inventory import take_inventory

        if not found.jobs:
            raise _StopError(self._say("init.no-job", url=found.origin))
        if self.wanted.service and len(found.jobs) > 1:
            jobs = ", ".join(each.job for each in found.jobs)
            raise self._nonsense("init.several", jobs=jobs)
        declared: list[GeneratedFile] = []
        taken, has_candidates = set(found.taken), False
        for each in found.jobs:
            inventory = take_inventory(each)
            host = urlsplit(f"//{found.origin}").hostname or ""
            own = taken - found.taken
            service = self._service(unlike(own, service_name(inventory, host)))
            named = replace(each, job=each.job or self.wanted.job or service)
            proposal = propose(replace(inventory, job=named), target)
            self._show(proposal, service)
            has_candidates |= bool(proposal.candidates)
            if service in taken:
                self._print("  " + self._say("init.missing.declared", service=service))
                continue
            chosen = self._chosen(proposal)
            if chosen:
                taken.add(service)
                origin, language = found.origin, self.language
                file = declaration(
                    service, proposal.inventory, chosen, origin, language
                )
                declared.append(file)
        if not declared:
            code = "init.none-chosen" if has_candidates else "init.nothing"
            raise _StopError(self._say(code))
        return self._with_configuration(found, declared)

    def _with_configuration(
        self, found: "Discovered", declared: "Sequence[GeneratedFile]"
    ) -> "_Files":
        from kizashi.authoring.drafting import configuration
        from kizashi.model.scraping import ScrapeConfig

        names = [file.path for file in declared]
        if found.reads is None:
            said = self._say("init.next.kizashi", names=", ".join(names))
            return _Files(declared, said)
        reads = found.reads
        if isinstance(reads, ScrapeConfig):
            name = self.wanted.job or names[0].removesuffix(".yaml")
            reads = replace(reads, job_name=name)
        config = configuration(names, reads, self.language)
        return _Files([config, *declared], self._next("init.next"))

    def _show(self, proposal: "Proposal", service: str) -> None:
        from kizashi.cli.text.found import inventory_lines, proposal_lines

        for line in inventory_lines(proposal.inventory, service, self.language):
            print(printable(line))
        for line in proposal_lines(proposal, service, self.language):
            print(printable(line))

    # Questions.

    def _service(self, proposed: str) -> str:
        if self.wanted.service is not None:
            return self.wanted.service
        if not self.is_asking:
            return proposed
        while True:
            given = self._ask("init.ask.service", service=proposed) or proposed
            if slug(given) == given:
                return given
            near = slug(given) or proposed
            self._print(self._say("init.bad-service", given=given, near=near))

    def _chosen(self, proposal: "Proposal") -> "Sequence[Candidate]":
        if not self.is_asking:
            return proposal.candidates
        chosen = (self._decided(each) for each in proposal.candidates)
        return [each for each in chosen if each is not None]

    def _decided(self, candidate: "Candidate") -> "Candidate | None":
        from kizashi.authoring.candidates import with_target

        target = formats.percent(candidate.choice.target)
        while True:
            said = self._ask("init.ask.objective", name=candidate.name, target=target)
            if said.lower() in {"", "y", "yes"}:
                return candidate
            if said.lower() in {"n", "no"}:
                return None
            try:
                given = self._target(said)
            except UsageError as error:
                self._print(str(error))
                continue
            if given is not None:
                return with_target(candidate, given)

    def _ask(self, message_id: str, **params: object) -> str:
        try:
            return input(f"{self._say(message_id, **params)} ").strip()
        except EOFError:
            raise _StopError(self._say("init.none-chosen")) from None

    # Rules.

    def _of_file(self, path: Path) -> "_Files":
        from kizashi.declarations.problems import ProblemList
        from kizashi.declarations.yaml_document import MOST_FOREIGN_BYTES
        from kizashi.settings.declaration_files import read_source

        if not _is_there(path):
            raise self._nonsense("cli.check.missing", names=path)
        source, unread = read_source(path, MOST_FOREIGN_BYTES)
        problems = ProblemList()
        problems.extend(unread)
        if source is None:
            told = [render(self.language, p.code, **p.params) for p in problems]
            raise _StopError(f"{path}: " + "\n".join(told))
        # The reader's own file, as `import` reads it: in this process.
        from kizashi.app.carrying import carry
        from kizashi.ports.importing import ImportRequest

        request = ImportRequest(
            source.file,
            source.text,
            language=self.language,
            service=self.wanted.service,
            job=self.wanted.job or None,
        )
        return self._of_rules(carry(request), str(path))

    def _of_rules(self, view: "ImportView", origin: str) -> "_Files":
        """Return the declarations of objectives that rules already have."""
        from kizashi.authoring.drafting import beside_configuration, configuration
        from kizashi.compiler._base import GeneratedFile

        for problem in view.problems:
            told = render(self.language, problem.code, **problem.params)
            what, _, fix = told.partition("\n")
            complain(printable(f"{problem.position}: {what}"))
            if fix:
                complain(printable(f"    {fix}"))
        if len(view.recognised) != 1:
            raise _StopError(self._say("init.no-rules", url=origin))
        dialect = view.recognised[0]
        self._print(self._say("init.is.rules", origin=origin, dialect=dialect))
        for each in view.carried:
            self._print("  " + self._say("import.carried", **each.account))
        if not view.files:
            raise _StopError(self._say("init.nothing"))
        declared = [
            GeneratedFile(beside_configuration(file.path), file.text)
            for file in view.files
        ]
        reads = self._upstream()
        names = [file.path for file in declared]
        config = configuration(names, reads, self.language)
        after = "init.next" if reads else "init.next.no-source"
        return _Files([config, *declared], self._next(after))

    def _upstream(self) -> "UpstreamConfig | None":
        from kizashi.declarations.upstream import UpstreamConfig

        if not self.wanted.upstream:
            return None
        url = self._address(self.wanted.upstream).rstrip("/").removesuffix("/api/v1")
        place = self._place(url)
        return UpstreamConfig(url, authorization=place.authorization, tls=place.tls)

    # The end.

    def _write(self, out: Path, files: "_Files") -> None:
        from kizashi.offline.generated_files import ForeignFilesError, write_new_files

        if not self.is_writing:
            raise _StopError(self._say("init.no-terminal"))
        try:
            written, same = write_new_files(out, files.files)
        except ForeignFilesError as error:
            paths = ", ".join(str(out / path) for path in error.paths)
            raise _StopError(self._say("import.foreign", paths=paths)) from error
        except OSError as error:
            why = error.strerror or str(error)
            said = self._say("init.disk", path=error.filename or out, why=why)
            raise _StopError(said) from error
        for path in (*written, *same):
            self._print(self._say("compile.written", path=out / path))
        self._print(files.after)

    def _next(self, message_id: str) -> str:
        from kizashi.authoring.drafting import CONFIGURATION

        return self._say(message_id, config=self.wanted.out / CONFIGURATION)

    def _print(self, text: str) -> None:
        print("\n".join(map(printable, text.split("\n"))))

    def _say(self, message_id: str, /, **params: object) -> str:
        return render(self.language, message_id, **params)

    def _nonsense(self, message_id: str, **params: object) -> UsageError:
        return UsageError(self._say(message_id, **params))


@dataclass(frozen=True, slots=True)
class _Files:
    """What is to be written, and what to do afterwards."""

    files: "Sequence[GeneratedFile]"
    after: str


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # no name that a file could have


def _carried(name: str, text: str, run: _Init) -> "ImportView":
    """Return what becomes of a stranger's rules, read in a process apart."""
    from kizashi.errors import BusyError, TooHeavyError
    from kizashi.ports.importing import ImportRequest
    from kizashi.sandbox.pool import ParsePool
    from kizashi.sandbox.service import SandboxedImportService

    pool = ParsePool()
    request = ImportRequest(
        name,
        text,
        language=run.language,
        service=run.wanted.service,
        job=run.wanted.job or None,
    )
    try:
        return SandboxedImportService(pool).carry(request)
    except (BusyError, TooHeavyError) as error:
        raise _StopError(run._say("init.too-heavy", url=name)) from error  # noqa: SLF001
    finally:
        pool.close()
