"""What pushing asks of a place that generated documents are put."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

#: A rule group, or a Kubernetes object.
Document = Mapping[str, object]


class Action(StrEnum):
    """What has to be done to one document over there."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what is generated and what is there.

    Attributes:
        action: What has to be done.
        name: What it is done to, for a reader; unique within a plan.
        before: What is there as YAML; empty where nothing is.
        after: What will be there as YAML; empty where nothing will.
        document: What is sent; empty where it is deleted.
    """

    action: Action
    name: str
    before: str = ""
    after: str = ""
    document: Document = field(default_factory=dict)


class Destination(Protocol):
    """A place that documents are pushed to. Belongs to one event loop."""

    async def plan(self, documents: Sequence[Document]) -> tuple[Change, ...]:
        """Return what has to change, creations and updates first; changes nothing.

        Raises:
            PushError: If the place cannot be asked.
        """
        ...

    async def carry_out(self, change: Change) -> None:
        """Make one change of a plan; made twice, it is as made once.

        Raises:
            PushError: If it could not be made.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
