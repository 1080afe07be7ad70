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
from kizashi.declarations.measuring import Source
from kizashi.declarations.problems import Level, Problem, ProblemList
from kizashi.docsite.markdown import coloured
from kizashi.errors import DurationError
from kizashi.importers import DIALECTS, load_dialect, recognise
from kizashi.importers._base import Imported, ImportOptions
from kizashi.model.durations import parse_duration
from kizashi.ui._base import Ask, Done
from kizashi.ui._words import Words

#: A text this long holds about a thousand objectives.
MOST_BYTES = 250_000
#: Each level's message id and badge, the worst first.
LEVELS: Mapping[Level, tuple[str, str]] = {
    Level.ERROR: ("cli.check.error", "page"),
    Level.WARNING: ("cli.check.warning", "ticket"),
    Level.NOTE: ("cli.check.note", "blind"),
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
    source = Source(name or _PASTED, text)
    options, trouble = _options(ask.words, fields)
    dialect = fields.get("dialect", "")
    if not trouble and dialect not in DIALECTS:
        wrong = ProblemList()
        found = list(await run_in_threadpool(recognise, [source], wrong))
        dialect, trouble = _chosen(ask.words, source.file, found)
        if not found and wrong.error_count:
            values["account"] = [_told(ask.words, problem) for problem in wrong]
        values["recognised"] = dialect
    if trouble:
        return {**values, "trouble": trouble}
    imported = await run_in_threadpool(load_dialect(dialect).carry, [source], options)
    account = [_told(ask.words, problem) for problem in imported.problems]
    account.sort(key=lambda one: one.level)
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
        "files": [
            # Coloured text is escaped text.
            (file.path, Markup(coloured(file.text, "yaml")))  # noqa: S704
            for file in imported.files
        ],
    }


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


def _options(words: Words, fields: Mapping[str, str]) -> tuple[ImportOptions, str]:
    """Return the options of an import, or what is wrong with them."""
    window_ms, given = None, fields.get("window", "").strip()
    if given:
        try:
            window_ms = parse_duration(given)
        except DurationError:
            window_ms = 0
        if not window_ms:
            return ImportOptions(), words.t("compile.bad-offset", given=given)
    service, job = (fields.get(key, "").strip() or None for key in ("service", "job"))
    return ImportOptions(words.language, window_ms, service, job), ""


def _told(words: Words, problem: Problem) -> Told:
    what, _, fix = words.t(problem.code, **problem.params).partition("\n")
    word = words.t(LEVELS[problem.level][0])
    return Told(problem.level.value, word, str(problem.position), what, fix)


def _joined(imported: Imported) -> str:
    return "---\n".join(file.text for file in imported.files)


def _report(words: Words, imported: Imported, account: Sequence[Told]) -> Iterator[str]:
    """Yield the account as lines of text, as the command prints it."""
    for each in imported.carried:
        yield words.t("import.carried", **each.account)
    for one in account:
        yield f"{one.place}: {one.word}: {one.what}"
        yield f"    {one.fix}"


def _packed(imported: Imported, report: Sequence[str]) -> bytes:
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
