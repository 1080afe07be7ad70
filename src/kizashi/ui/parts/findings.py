"""Findings of the lint as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from kizashi.ports.linting import FindingView
from kizashi.slo.objective import ObjectiveSpec
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import Badge
from kizashi.ui.parts.words import Words

#: Findings by how bad they are, the worst first: the message id of each, and its badge.
LEVELS: Mapping[str, tuple[str, str]] = {
    "error": ("cli.check.error", "page"),
    "warning": ("cli.check.warning", "ticket"),
    "note": ("cli.check.note", "blind"),
}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding: `FindingView` as pages show it."""

    badge: Badge
    position: str
    rule: str
    line: str
    what: str
    will: str
    seen: str
    fix: str
    reason: str
    correction: str


def shown_finding(one: FindingView, words: Words) -> ShownFinding:
    """Return a finding as a reader sees it."""
    message_id, level = LEVELS[one.level]
    return ShownFinding(
        Badge(level, words.t(message_id)),
        str(one.position),
        one.rule,
        one.line,
        one.what,
        one.will,
        one.seen,
        one.fix,
        one.reason,
        one.correction,
    )


async def findings_of(ask: Ask, spec: ObjectiveSpec) -> Sequence[ShownFinding]:
    """Return what is found of one objective as it is declared now."""
    lint_service, language = ask.services.lint, ask.words.language
    view = await run_in_threadpool(lint_service.configured, language)
    return [
        shown_finding(one, ask.words)
        for one in view.findings
        if one.position == spec.position
    ]
