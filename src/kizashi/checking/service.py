"""The lint for pages: findings of the files in force, and of what a reader brings.

What is configured is held against what this server itself has stored; what is brought
may be meant for another one, and is held against arithmetic alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from kizashi.checking.linting import Linted, RuleEnvironment, lint_sources, read_texts
from kizashi.checking.report import proof, said, subject
from kizashi.checking.seen import Gather
from kizashi.declarations.problems import Problem
from kizashi.lint._base import Finding
from kizashi.lint.rules import LEVELS
from kizashi.ports.clock import Clock
from kizashi.ports.linting import FindingView, LintRequest, LintView
from kizashi.settings.annotating import excerpt, told
from kizashi.settings.declaration_files import Loaded

#: What was stored is looked at again after so long.
_FRESH_MS = 60_000
#: Of what a reader brings; nobody reads more at once.
_MOST_LISTED = 500


class ConfiguredLintService:
    """Lints without asking anybody: a page that is looked at sends nothing."""

    def __init__(
        self,
        loaded: Callable[[], Loaded],
        clock: Clock,
        gather: Gather | None = None,
        brought: Callable[[LintRequest], LintView] | None = None,
    ) -> None:
        self._loaded = loaded
        self._clock = clock
        self._where = RuleEnvironment(gather=gather)
        self._brought = brought or lint_brought
        # Of the files before a reload nobody asks again.
        self._of = lru_cache(maxsize=1)(self._lint_files)

    def configured(self, language: str) -> LintView:
        """Return what is found in the files in force; quick after the first time."""
        texts = tuple(self._loaded().texts.items())
        age = self._clock.now_ms() // _FRESH_MS
        return _view(self._of(texts, age), language)

    def brought(self, texts: Mapping[str, str], language: str) -> LintView:
        """Return what is found in texts, by name; nothing of them is kept."""
        return self._brought(LintRequest(dict(texts), language))

    def _lint_files(self, texts: tuple[tuple[str, str], ...], age: int) -> Linted:
        del age  # When it was looked at: another minute is another answer.
        return lint_sources(read_texts(dict(texts)), self._where)


def lint_brought(request: LintRequest) -> LintView:
    """Return what is found in texts, held against arithmetic alone."""
    view = _view(lint_sources(read_texts(request.texts)), request.language)
    found, kept = view.findings[:_MOST_LISTED], view.kept_back[:_MOST_LISTED]
    left_out = len(view.findings) - len(found)
    return replace(view, findings=found, kept_back=kept, left_out=left_out)


def _view(linted: Linted, language: str) -> LintView:
    unread = [_unread(problem, linted, language) for problem in linted.problems]
    findings = [_finding(f, linted, language) for f in linted.findings]
    kept = [_finding(f, linted, language, reason) for f, reason in linted.kept_back]
    ordered = sorted([*unread, *findings], key=lambda f: (f.position, f.rule))
    return LintView(ordered, kept, len(linted.texts), linted.expressions)


def _finding(
    finding: Finding, linted: Linted, language: str, reason: str = ""
) -> FindingView:
    what, will, fix = said(finding, language)
    return FindingView(
        finding.rule,
        LEVELS[finding.code].value,
        finding.position,
        next(iter(subject(finding, linted)), "").strip(),
        what,
        will,
        fix,
        proof(finding, language),
        finding.correction,
        reason,
    )


def _unread(problem: Problem, linted: Linted, language: str) -> FindingView:
    what, fix = told(problem, language)
    line = next(excerpt(problem.position, linted.texts), "").strip()
    level = problem.level.value
    return FindingView("", level, problem.position, line, what, "", fix)
