"""Import: what another tool declares, pasted or uploaded, as Kizashi declarations.

Nothing of it is kept: a page is drawn of what its reader sends, and the files that it
offers are made anew of the same text.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
class Told:
    """A problem in the reader's words."""

    level: str
    word: str
    place: str
    what: str
    fix: str


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows before anything was sent."""
    return _values(ask, {})


async def carry(ask: Ask, fields: Mapping[str, str]) -> Done:
    """Return the page with the account, or the declarations as a file.

    Raises:
        RequestError: If the text is too long (413).
    """
    text = fields.get("file") or fields.get("text", "")
    if len(text.encode()) > MOST_BYTES:
        raise RequestError(413, "api.error.body_too_long", limit=MOST_BYTES)
    name = (fields.get("file") and fields.get("file_name")) or fields.get("name", "")
    values = {**_values(ask, fields), "text": text, "name": name}
    request, trouble = _request(ask.words, fields, name or _PASTED, text)
    if trouble:
        return {**values, "trouble": trouble}
    imported = await read_apart(ask.services.imports.carry, request)
    account = [_told(ask.words, problem) for problem in imported.problems]
    account.sort(key=lambda one: one.level)
    dialect, trouble = _chosen(ask.words, request.name, imported.recognised)
    if not request.dialect:
        values["recognised"] = dialect
    if trouble:
        return {**values, "trouble": trouble, "account": account}
    match fields.get("as"):
        case "yaml" if imported.files:
            return _file("kizashi.yaml", "text/plain", _joined(imported).encode())
        case "zip" if imported.files:
            lines = list(_report(ask.words, imported, account))
            return _file("kizashi.zip", "application/zip", _packed(imported, lines))
    return {
        **values,
        "imported": imported,
        "dialect": dialect,
        "about": ask.words.t(DIALECTS[dialect]),
        "account": account,
        "files": await run_in_threadpool(_coloured, imported),
    }


def _coloured(imported: ImportView) -> list[tuple[str, Markup]]:
    """Return the files, coloured as far as a reader looks at them."""
    files, left = [], _LONGEST_SHOWN
    for file in imported.files:
        part = file.text[:left]
        left -= len(part)
        # Coloured text is escaped text.
        files.append((file.path, Markup(coloured(part, "yaml"))))  # noqa: S704
    return files


def _values(ask: Ask, fields: Mapping[str, str]) -> dict[str, object]:
    return {
        "fields": fields,
        "text": "",
        "name": "",
        "dialects": [(name, ask.words.t(about)) for name, about in DIALECTS.items()],
        "chosen": fields.get("dialect", ""),
        "imported": None,
        "levels": {level.value: badge for level, (_, badge) in LEVELS.items()},
        "trouble": "",
        "account": [],
        "recognised": "",
        "limit": MOST_BYTES,
    }


def _chosen(words: Words, file: str, found: Sequence[str]) -> tuple[str, str]:
    """Return the dialect that a text is of, or what to say where that is unclear."""
    if len(found) == 1:
        return found[0], ""
    if not found:
        return "", words.t("import.not-recognised", known=", ".join(DIALECTS))
    told = "; ".join(f"{name}: {file}" for name in found)
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


def _told(words: Words, problem: ImportProblem) -> Told:
    what, _, fix = words.t(problem.code, **problem.params).partition("\n")
    word = words.t(LEVELS[ProblemLevel(problem.level)][0])
    return Told(problem.level, word, str(problem.position), what, fix)


def _joined(imported: ImportView) -> str:
    return "---\n".join(file.text for file in imported.files)


def _report(
    words: Words, imported: ImportView, account: Sequence[Told]
) -> Iterator[str]:
    """Yield the account as lines of text, as the command prints it."""
    for each in imported.carried:
        yield words.t("import.carried", **each.account)
    for one in account:
        yield f"{one.place}: {one.word}: {one.what}"
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
