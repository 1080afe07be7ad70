"""Findings of the lint as pages show them."""

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool

from kizashi.ports.linting import FindingView
from kizashi.slo.objective import ObjectiveSpec
from kizashi.ui.parts.base import Ask

#: Findings by how bad they are, the worst first: the message id of each, and its badge.
LEVELS: Mapping[str, tuple[str, str]] = {
    "error": ("cli.check.error", "page"),
    "warning": ("cli.check.warning", "ticket"),
    "note": ("cli.check.note", "blind"),
}


async def findings_of(ask: Ask, spec: ObjectiveSpec) -> Sequence[FindingView]:
    """Return what is found of one objective as it is declared now."""
    desk, language = ask.services.lint, ask.words.language
    found = await run_in_threadpool(desk.configured, language)
    return [one for one in found.findings if one.position == spec.position]
