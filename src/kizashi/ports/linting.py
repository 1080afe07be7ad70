"""What the lint finds, as pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kizashi.model.positions import Position


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding, in the reader's language.

    Attributes:
        rule: The rule's id; empty for a file that could not be read.
        level: ``error``, ``warning`` or ``note``.
        position: Where.
        line: The expression by its name, or the line that it stands on; empty where
            that may not be shown.
        what: What is there, and what was seen of it.
        will: What will happen because of it; empty where nobody can know.
        fix: What to do.
        seen: What was seen that proves it; empty where arithmetic does.
        correction: The expression that does what was meant; empty where only its
            author can know.
        reason: Why a comment keeps it back; empty where none does.
    """

    rule: str
    level: str
    position: Position
    line: str
    what: str
    will: str
    fix: str
    seen: str = ""
    correction: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LintRequest:
    """Texts that a reader brings, by name, and the reader's language."""

    texts: dict[str, str]
    language: str


@dataclass(frozen=True, slots=True)
class LintView:
    """What was found.

    Attributes:
        findings: By place; files that could not be read among them.
        kept_back: What a comment keeps back.
        files: How many texts were looked at.
        expressions: How many expressions they hold.
        left_out: How many findings there are beyond those that are listed.
    """

    findings: Sequence[FindingView] = ()
    kept_back: Sequence[FindingView] = ()
    files: int = 0
    expressions: int = 0
    left_out: int = 0


class LintService(Protocol):
    """Lints what is configured, and what a reader brings."""

    def configured(self, language: str) -> LintView:
        """Return what is found in the files in force; quick after the first time."""
        ...

    def brought(self, texts: Mapping[str, str], language: str) -> LintView:
        """Return what is found in texts, by name; nothing of them is kept.

        Raises:
            BusyError: If too many texts wait; the reader may come back.
            TooHeavyError: If they take too long, or too much memory.
        """
        ...


class NoLintService:
    """Finds nothing: what pages have where nobody lints."""

    def configured(self, language: str) -> LintView:
        """Return nothing."""
        del language
        return LintView()

    def brought(self, texts: Mapping[str, str], language: str) -> LintView:
        """Return nothing."""
        del texts, language
        return LintView()
