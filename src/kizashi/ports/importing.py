"""Other tools' declarations, as a page brings them and shows what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kizashi.model.positions import Position
from kizashi.model.windows import Window


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A text of another tool.

    Attributes:
        name: What its file is called.
        text: The text.
        dialect: Whose it is; empty where that is to be found out.
        language: Of comments in what is written.
        window: The objectives' window where the text has none; or None.
        service: Their service where it names none; or None.
        job: Their job where it names none; or None.
    """

    name: str
    text: str
    dialect: str = ""
    language: str = "en"
    window: Window | None = None
    service: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What could not be carried, or only otherwise: a message and its place."""

    position: Position
    level: str
    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CarriedObjective:
    """An objective that was carried: what it was called, and what it is called now."""

    position: Position
    name: str
    service: str
    objective: str
    path: str

    @property
    def account(self) -> Mapping[str, object]:
        """What `import.carried` says of it."""
        names = ("name", "service", "objective", "path")
        return {"place": self.position, **{n: getattr(self, n) for n in names}}


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """A declaration as it was written."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """What became of a text.

    Attributes:
        recognised: The dialects that it may be of; nothing is carried but of one.
        files: The declarations.
        carried: What they hold.
        problems: What could not be carried, or only otherwise.
    """

    recognised: Sequence[str] = ()
    files: Sequence[GeneratedText] = ()
    carried: Sequence[CarriedObjective] = ()
    problems: Sequence[ImportProblem] = ()


class ImportService(Protocol):
    """Carries what a reader brings; nothing of it is kept."""

    def carry(self, request: ImportRequest) -> ImportView:
        """Return what became of a text.

        Raises:
            BusyError: If too many texts wait; the reader may come back.
            TooHeavyError: If it takes too long, or too much memory.
        """
        ...
