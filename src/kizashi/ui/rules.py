"""Rules: what compiling generates for a service, and whether a server runs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kizashi.compiler import TARGETS, load_target
from kizashi.compiler._base import Compiled, CompileOptions, jobs_of
from kizashi.docsite.markdown import coloured
from kizashi.errors import KizashiError, NotFoundError
from kizashi.slo.objective import ServiceSpec
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting
from kizashi.ui.parts.contexts import PageContext
from kizashi.ui.parts.rule_comparisons import Difference

_FIRST = "prometheus"
#: Targets whose files hold groups of rules that a Prometheus evaluates.
_RULES = frozenset({"prometheus"})
_LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
_LONGEST_SHOWN = 200_000


@dataclass(frozen=True, slots=True)
class GeneratedCode:
    """One generated file: its text coloured, as far as it is shown."""

    path: str
    code: Markup
    size: int
    is_cut: bool


COLUMNS = (
    Column("rule", "ui.rules.rule"),
    Column("state", "ui.filter.state"),
    Column("ours", "ui.rules.ours", sortable=False),
    Column("theirs", "ui.rules.theirs", sortable=False),
)
_KEYS: Mapping[str, Callable[[Difference], object]] = {
    "rule": lambda d: d.name,
    "state": lambda d: (d.state, d.name),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesContext(PageContext):
    """What the page of rules shows.

    Attributes:
        chosen: The service whose rules are shown; empty where none is declared.
        names: Every declared service.
        target: The compile target that is shown.
        targets: The compile targets to choose from.
        about: What the target makes.
        files: The generated files.
        notes: What else a reader should know of it.
        refused: Why nothing is generated; empty where something is.
        is_compared: Whether the rules that a server runs are known.
        is_unread: Whether they could be compared, and no server's rules are known.
        differences: Where the server's rules differ from the generated ones.
        columns: What is shown of each difference.
        sorting: The order the reader chose.
    """

    chosen: str
    names: Sequence[str]
    target: str
    targets: Sequence[Choice]
    about: str
    files: Sequence[GeneratedCode]
    notes: Sequence[str]
    refused: str
    is_compared: bool
    is_unread: bool
    differences: Sequence[Difference]
    columns: Sequence[Column]
    sorting: Sorting


async def show(ask: Ask) -> RulesContext:
    """Return what the page shows."""
    services = ask.services.overview.services()
    target = ask.query.get("target", "")
    target = target if target in TARGETS else _FIRST
    names = [s.name for s in services]
    chosen = ask.query.get("service", "")
    spec = next(
        (s for s in services if s.name == chosen), services[0] if services else None
    )
    compiled, refused = Compiled(()), ""
    if spec is not None:
        try:
            compiled = await _compiled(ask, spec, target)
        except KizashiError as error:
            refused = str(error)
    running = ask.services.running_rules() if target in _RULES else None
    differences: tuple[Difference, ...] = ()
    if running is not None:
        differences = await ask.services.comparisons.of(compiled, running)
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    return RulesContext(
        chosen=spec.name if spec else "",
        target=target,
        names=names,
        targets=[
            Choice(name, ask.link(target=name), is_chosen=name == target)
            for name in TARGETS
        ],
        about=ask.words.t(TARGETS[target]),
        files=[_shown(f.path, f.text) for f in compiled.files],
        notes=[ask.words.t(n.code, **n.params) for n in compiled.notes],
        refused=refused,
        is_compared=running is not None,
        is_unread=running is None and target in _RULES,
        differences=sorting.arrange(differences, _KEYS),
        columns=COLUMNS,
        sorting=sorting,
    )


async def file(ask: Ask) -> Response:
    """Return a generated file to keep.

    Raises:
        NotFoundError: If there is no such service, target or file.
    """
    target, path = ask.named["target"], ask.query.get("path", "")
    for spec in ask.services.overview.services():
        if spec.name == ask.named["service"] and target in TARGETS:
            for made in (await _compiled(ask, spec, target)).files:
                if made.path == path:
                    name = "".join(
                        c if c.isascii() and (c.isalnum() or c in "-._") else "_"
                        for c in path.rpartition("/")[2]
                    )
                    headers = {"content-disposition": f'attachment; filename="{name}"'}
                    return Response(made.text, 200, headers, "text/plain")
    raise NotFoundError(f"nothing is generated at {ask.path}")


async def _compiled(ask: Ask, spec: ServiceSpec, target: str) -> Compiled:
    configuration = ask.services.configuration()
    options = CompileOptions(
        language=ask.words.language,
        slice_ms=configuration.slice_ms,
        jobs=jobs_of(configuration),
        with_tests=False,
    )

    def compile_it() -> Compiled:
        return load_target(target).compile([spec], configuration, options)

    return await run_in_threadpool(compile_it)


def _shown(path: str, text: str) -> GeneratedCode:
    suffix = path[path.rfind(".") :] if "." in path else ""
    part = text[:_LONGEST_SHOWN]
    # Coloured text is escaped text.
    code = Markup(coloured(part, _LANGUAGES.get(suffix, "text")))  # noqa: S704
    return GeneratedCode(path, code, len(text.encode()), is_cut=len(part) < len(text))
