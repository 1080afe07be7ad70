"""What every kind of document has: its name, and what reads it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import Measuring
from kizashi.model.positions import Position

API_VERSION = "kizashi.dev/v1"
DOCUMENT_KEYS = ("apiVersion", "kind", "metadata", "spec")


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What reading documents depends on, and what was met so far.

    Attributes:
        measuring: How samples will be taken.
    """

    measuring: Measuring
    _names: dict[str, dict[str, Position]] = field(default_factory=dict)

    def names(self, kind: str) -> dict[str, Position]:
        """Return where each name of a kind stands; takes further ones."""
        return self._names.setdefault(kind, {})


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A row of the table of documents.

    Attributes:
        name: What ``kind:`` says.
        read: Returns what a document declares, a frozen dataclass; None where it
            declares nothing sound. Problems are on the document's list by then.
    """

    name: str
    read: Callable[[Fields, DocumentReading], object | None]
