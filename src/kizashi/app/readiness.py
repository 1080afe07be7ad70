"""What a server says of itself: whether it is ready, and how a reload went."""

from dataclasses import dataclass

from kizashi.app.answers import NoteView
from kizashi.ports.effective import EmptiedFile, RefusedFile


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether the server can do its work, if not why, and what its files lack."""

    is_ready: bool
    reasons: tuple[NoteView, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    emptied: tuple[EmptiedFile, ...] = ()

    def said(self, language: str) -> list[str]:
        """Return a sentence for each file that deserves one."""
        emptied = (each.said(language) for each in self.emptied)
        return [*(each.said(language) for each in self.refused), *emptied]


@dataclass(frozen=True, slots=True)
class ReloadProblem:
    """What is wrong with a file: `where` is file:line:column, `code` a message id."""

    where: str
    code: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """Whether the new configuration was taken, and its problems (or warnings)."""

    is_applied: bool
    problems: tuple[ReloadProblem, ...] = ()
