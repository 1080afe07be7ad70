"""Import: what another tool declares, pasted or uploaded, as Kizashi declarations.

Nothing of it is kept: a page is drawn of what its reader sends, and the files that it
offers are made anew of the same text.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kizashi.api._base import RequestError
from kizashi.declarations.problems import ProblemLevel
from kizashi.docsite.markdown import coloured
from kizashi.errors import DurationError
from kizashi.importers import DIALECTS
from kizashi.model.windows import RollingWindow
from kizashi.ports.importing import ImportProblem, ImportRequest, ImportView
from kizashi.ui.parts.apart import read_apart
from kizashi.ui.parts.base import Ask, Done
from kizashi.ui.parts.contexts import Badge, PageContext
from kizashi.ui.parts.words import Words

#: A text this long holds about a thousand objectives.
MOST_BYTES = 250_000
#: Each level's message id and badge, the worst first.
LEVELS: Mapping[ProblemLevel, tuple[str, str]] = {
    ProblemLevel.ERROR: ("cli.check.error", "page"),
    ProblemLevel.WARNING: ("cli.check.warning", "ticket"),
    ProblemLevel.NOTE: ("cli.check.note", "blind"),
}
FIELDS = (
    "text",
    "file",
    "file_name",
    "name",
    "dialect",
    "window",
    "service",
    "job",
    "as",
)
_PASTED = "pasted.yaml"
#: Characters of all files that are shown; what is kept holds every one.
_LONGEST_SHOWN = 200_000
_LONGEST_GIVEN = 100
_YAML, _ZIP = "yaml", "zip"
#: The same bytes for the same text: a zip holds no time but this one.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What is not carried, or not as it was: a problem in the reader's words."""

    level: str
    badge: Badge
    place: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class CarriedLine:
    """One objective that was carried: its name there, its name here, and where."""

    name: str
    objective: str
    position: str


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file of declarations, coloured as far as it is shown."""

    path: str
    code: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext(PageContext):
    """What the page of imports shows.

    Attributes:
        text: What the reader brought.
        name: What that is called; empty where nobody says.
        dialects: Dialects that are read, and what each is.
        chosen: The dialect that the reader says; empty to find it.
        window: The window that the reader says.
        service: The service.
        job: The job.
        limit: How many bytes a text has at most.
        may_bring: Whether the reader may bring one.
        trouble: What is wrong with what was sent; empty for nothing.
        is_carried: Whether it was read.
        recognised: What it was found to be; empty where the reader said it.
        carried: What was carried.
        account: What was not, or not as it was.
        files: The declarations.
    """

    text: str
    name: str
    dialects: Sequence[tuple[str, str]]
    chosen: str
    window: str
    service: str
    job: str
    limit: int
    may_bring: bool
    trouble: str = ""
    is_carried: bool = False
    recognised: str = ""
    carried: Sequence[CarriedLine] = ()
    account: Sequence[AccountLine] = ()
    files: Sequence[CarriedFile] = ()


async def show(ask: Ask) -> ImportContext:
    """Return what the page shows before anything was sent."""
    return _blank(ask, {})


async def carry(ask: Ask, fields: Mapping[str, str]) -> Done:
    """Return the page with the account, or the declarations as a file.

    Raises:
        RequestError: If the text is too long (413).
    """
    text = fields.get("file") or fields.get("text", "")
    if len(text.encode()) > MOST_BYTES:
        raise RequestError(413, "api.error.body_too_long", limit=MOST_BYTES)
    name = (fields.get("file") and fields.get("file_name")) or fields.get("name", "")
    page = replace(_blank(ask, fields), text=text, name=name)
    request, trouble = _request(ask.words, fields, name or _PASTED, text)
    if trouble:
        return replace(page, trouble=trouble)
    imported = await read_apart(ask.services.imports.carry, request)
    account = [_told(ask.words, problem) for problem in imported.problems]
    account.sort(key=lambda one: one.level)
    dialect, trouble = _chosen(ask.words, request.name, imported.recognised)
    page = replace(page, account=account)
    if trouble:
        return replace(page, trouble=trouble)
    match fields.get("as"):
        case "yaml" if imported.files:
            return _file("kizashi.yaml", "text/plain", _joined(imported).encode())
        case "zip" if imported.files:
            lines = list(_report(ask.words, imported, account))
            return _file("kizashi.zip", "application/zip", _packed(imported, lines))
    about = ask.words.t(DIALECTS[dialect])
    return replace(
        page,
        is_carried=True,
        recognised=""
        if request.dialect
        else ask.words.t("ui.import.recognised", dialect=dialect, what=about),
        carried=[
            CarriedLine(one.name, f"{one.service}/{one.objective}", str(one.position))
            for one in imported.carried
        ],
        files=await run_in_threadpool(_coloured, imported),
    )


def _coloured(imported: ImportView) -> list[CarriedFile]:
    """Return the files, coloured as far as a reader looks at them."""
    files, left = [], _LONGEST_SHOWN
    for file in imported.files:
        part = file.text[:left]
        left -= len(part)
        # Coloured text is escaped text.
        code = Markup(coloured(part, "yaml"))  # noqa: S704
        files.append(CarriedFile(file.path, code))
    return files


def _blank(ask: Ask, fields: Mapping[str, str]) -> ImportContext:
    return ImportContext(
        text="",
        name="",
        dialects=[(name, ask.words.t(about)) for name, about in DIALECTS.items()],
        chosen=fields.get("dialect", ""),
        window=fields.get("window", ""),
        service=fields.get("service", ""),
        job=fields.get("job", ""),
        limit=MOST_BYTES,
        may_bring=ask.may("editor"),
    )


def _chosen(words: Words, file: str, dialects: Sequence[str]) -> tuple[str, str]:
    """Return the dialect that a text is of, or what to say where that is unclear."""
    if len(dialects) == 1:
        return dialects[0], ""
    if not dialects:
        return "", words.t("import.not-recognised", known=", ".join(DIALECTS))
    told = "; ".join(f"{name}: {file}" for name in dialects)
    return "", words.t("import.several", told=told)


def _request(
    words: Words, fields: Mapping[str, str], name: str, text: str
) -> tuple[ImportRequest, str]:
    """Return what is to be carried, or what is wrong with its options."""
    window, given, trouble = None, fields.get("window", "").strip(), ""
    try:
        window = RollingWindow.parse(given) if given else None
    except DurationError:
        trouble = words.t("compile.bad-offset", given=given[:_LONGEST_GIVEN])
    dialect = fields.get("dialect", "")
    service, job = (fields.get(key, "").strip() or None for key in ("service", "job"))
    known = dialect if dialect in DIALECTS else ""
    request = ImportRequest(name, text, known, words.language, window, service, job)
    return request, trouble


def _told(words: Words, problem: ImportProblem) -> AccountLine:
    what, _, fix = words.t(problem.code, **problem.params).partition("\n")
    message_id, level = LEVELS[ProblemLevel(problem.level)]
    badge = Badge(level, words.t(message_id))
    return AccountLine(problem.level, badge, str(problem.position), what, fix)


def _joined(imported: ImportView) -> str:
    return "---\n".join(file.text for file in imported.files)


def _report(
    words: Words, imported: ImportView, account: Sequence[AccountLine]
) -> Iterator[str]:
    """Yield the account as lines of text, as the command prints it."""
    for each in imported.carried:
        yield words.t("import.carried", **each.account)
    for one in account:
        yield f"{one.place}: {one.badge.word}: {one.what}"
        yield f"    {one.fix}"


def _packed(imported: ImportView, report: Sequence[str]) -> bytes:
    """Return a zip of the files, and of the account of them."""
    out = io.BytesIO()
    files = [(file.path, file.text) for file in imported.files]
    files.append(("REPORT.txt", "".join(f"{line}\n" for line in report)))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files:
            archive.writestr(zipfile.ZipInfo(path, _DATE), text)
    return out.getvalue()


def _file(name: str, kind: str, body: bytes) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, 200, headers, kind)
