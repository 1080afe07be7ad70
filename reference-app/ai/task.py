"""What a sentence says about a task."""

from dataclasses import dataclass

from ai.mentions import Due
from ai.priorities import Level


@dataclass(frozen=True, slots=True)
class TaskText:
    """A task as read from one sentence.

    Attributes:
        title: The sentence without what the other fields say; never empty.
        due: Its date and time in the user's time zone.
        priority: How much it matters.
        people: Named people, without titles, each once, in the order of the text.
        places: Named places, likewise.
    """

    title: str
    due: Due
    priority: Level
    people: tuple[str, ...]
    places: tuple[str, ...]
