"""What is wrong with a declaration or a configuration, and where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType

from kizashi.model.positions import Position
from kizashi.slo.faults import Fault

_NO_PARAMS: Mapping[str, str] = MappingProxyType({})
#: More than this and nobody reads them; a hostile file must not fill a terminal.
MOST_PROBLEMS_A_FILE = 500
_LONGEST_PARAM = 200


class ProblemLevel(StrEnum):
    """How bad a problem is: a file with an error is not used.

    A note is no fault of the file: it says what became of something that was read.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one place.

    Attributes:
        position: Where; shown as ``file:line:col``.
        level: Whether the file can be used all the same.
        code: Message id: its first line says what is wrong, its second what to do.
        params: The message's parameters; never a secret.
    """

    position: Position
    level: ProblemLevel
    code: str
    params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)

    @property
    def sort_key(self) -> tuple[Position, str, list[tuple[str, str]]]:
        """By file, line, column, then code and parameters."""
        return self.position, self.code, sorted(self.params.items())


class ProblemList:
    """Problems in the making, of any number of files."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def report(self, position: Position, code: str, /, **params: object) -> None:
        """Add an error."""
        self._add(position, ProblemLevel.ERROR, code, params)

    def advise(self, position: Position, code: str, /, **params: object) -> None:
        """Add a warning."""
        self._add(position, ProblemLevel.WARNING, code, params)

    def remark(self, position: Position, code: str, /, **params: object) -> None:
        """Add a note."""
        self._add(position, ProblemLevel.NOTE, code, params)

    def report_fault(self, position: Position, fault: Fault | None) -> None:
        """Add an error if there is a fault."""
        if fault is not None:
            self.report(position, fault.code, **fault.params)

    def advise_fault(self, position: Position, fault: Fault | None) -> None:
        """Add a warning if there is a fault."""
        if fault is not None:
            self.advise(position, fault.code, **fault.params)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        self._found.extend(problems)

    def _add(
        self,
        position: Position,
        level: ProblemLevel,
        code: str,
        params: Mapping[str, object],
    ) -> None:
        texts = {name: _short(str(value)) for name, value in params.items()}
        self._found.append(Problem(position, level, code, MappingProxyType(texts)))

    def __iter__(self) -> Iterator[Problem]:
        """Yield the problems by place, each once, the first of too many in a file."""
        seen: dict[str, int] = {}
        last = None
        for problem in sorted(self._found, key=lambda p: p.sort_key):
            key = (problem.sort_key, problem.level)
            count = seen.get(problem.position.file, 0)
            if key != last and count < MOST_PROBLEMS_A_FILE:
                seen[problem.position.file] = count + 1
                yield problem
            last = key

    def __len__(self) -> int:
        return len(self._found)

    @property
    def error_count(self) -> int:
        """How many errors there are by now; a reader compares before and after."""
        return sum(1 for p in self._found if p.level is ProblemLevel.ERROR)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Return whether any problem keeps its file from being used."""
    return any(problem.level is ProblemLevel.ERROR for problem in problems)


def did_you_mean(given: str, known: Iterable[str]) -> str | None:
    """Return the name that someone probably meant, None where none is near."""
    near = get_close_matches(given[:_LONGEST_PARAM], list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def _short(text: str) -> str:
    """Return a text that fits on a line of a terminal and controls none."""
    cut = text if len(text) <= _LONGEST_PARAM else f"{text[:_LONGEST_PARAM]}…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)
