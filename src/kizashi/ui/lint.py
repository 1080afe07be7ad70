"""Lint: what will go wrong with the configured objectives, and with what one brings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool

from kizashi.ports.linting import FindingView, LintView
from kizashi.ui.parts.apart import read_apart
from kizashi.ui.parts.base import Ask, Choice
from kizashi.ui.parts.contexts import PageContext
from kizashi.ui.parts.findings import LEVELS, ShownFinding, shown_finding

_PASTED = "rules.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintContext(PageContext):
    """What the page of the lint shows.

    Attributes:
        findings: Those that are looked for, the worst first.
        kept_back: Those that a comment keeps back.
        expressions: How many expressions were read.
        files: In how many files.
        left_out: How many more findings there are.
        by_level: Which levels may be shown alone.
        by_rule: Which rules may be.
        text: What the reader brought; empty for nothing.
        name: What that is called.
        is_brought: Whether something was brought.
        may_bring: Whether the reader may.
    """

    findings: Sequence[ShownFinding]
    kept_back: Sequence[ShownFinding]
    expressions: int
    files: int
    left_out: int
    by_level: Sequence[Choice]
    by_rule: Sequence[Choice]
    text: str = ""
    name: str = ""
    is_brought: bool = False
    may_bring: bool


async def show(ask: Ask) -> LintContext:
    """Return what the page shows of the files in force."""
    language = ask.words.language
    view = await run_in_threadpool(ask.services.lint.configured, language)
    return _shown(ask, view)


async def look(ask: Ask, fields: Mapping[str, str]) -> LintContext:
    """Return what the page shows of a text that its reader brought."""
    text = fields.get("file") or fields.get("text", "")
    name = (fields.get("file") and fields.get("file_name")) or fields.get("name", "")
    name = name or _PASTED
    lint_service, language = ask.services.lint, ask.words.language
    view = await read_apart(lint_service.brought, {name: text}, language)
    return replace(_shown(ask, view), text=text, name=name, is_brought=True)


def _shown(ask: Ask, view: LintView) -> LintContext:
    level, rule = ask.query.get("level", ""), ask.query.get("rule", "")
    level = level if level in LEVELS else ""
    by_rule = Counter(one.rule for one in view.findings if one.rule)
    rule = rule if rule in by_rule else ""
    shown = [
        one
        for one in view.findings
        if (not level or one.level == level) and (not rule or one.rule == rule)
    ]
    order = list(LEVELS)
    shown.sort(key=lambda one: order.index(one.level))
    return LintContext(
        findings=[shown_finding(one, ask.words) for one in shown],
        kept_back=[shown_finding(one, ask.words) for one in view.kept_back],
        expressions=view.expressions,
        files=view.files,
        left_out=view.left_out,
        by_level=_level_choices(ask, view.findings, level),
        by_rule=_rule_choices(ask, by_rule, rule),
        may_bring=ask.may("editor"),
    )


def _level_choices(
    ask: Ask, findings: Sequence[FindingView], chosen: str
) -> list[Choice]:
    words, counts = ask.words, Counter(one.level for one in findings)
    every = f"{words.t('ui.filter.any')} {words.num(len(findings))}"
    return [
        Choice(every, ask.link(level=None), not chosen),
        *(
            Choice(
                f"{words.t(message)} {words.num(counts[level])}",
                ask.link(level=level),
                chosen == level,
            )
            for level, (message, _) in LEVELS.items()
        ),
    ]


def _rule_choices(ask: Ask, counts: Counter[str], chosen: str) -> list[Choice]:
    words = ask.words
    every = f"{words.t('ui.filter.any')} {words.num(counts.total())}"
    return [
        Choice(every, ask.link(rule=None), not chosen),
        *(
            Choice(f"{rule} {words.num(n)}", ask.link(rule=rule), chosen == rule)
            for rule, n in sorted(counts.items())
        ),
    ]
