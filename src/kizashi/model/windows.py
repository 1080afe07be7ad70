"""Time windows of objectives: over how long a team promises something.

Every objective's window rolls. One that follows the calendar has no length of its own:
whatever reads `length_ms` here is what such a window has to be taught. See ADR 0047.
"""

from dataclasses import dataclass

from kizashi.errors import DurationError
from kizashi.model.durations import format_duration, parse_duration


@dataclass(frozen=True, slots=True, order=True)
class RollingWindow:
    """The newest so much of time: at t it is ``(t - length, t]``. Source: rule 7.

    Attributes:
        length_ms: Its length in milliseconds, above 0.

    Raises:
        DurationError: If it has no length.
    """

    length_ms: int

    def __post_init__(self) -> None:
        if self.length_ms <= 0:
            raise DurationError(f"window is {self.length_ms} ms; expected above 0")

    @classmethod
    def parse(cls, text: str) -> "RollingWindow":
        """Return the window that a Prometheus duration says: ``30d``.

        Raises:
            DurationError: If the text is not a duration, or 0.
        """
        return cls(parse_duration(text))

    def __str__(self) -> str:
        """Return it as Prometheus writes a duration: ``30d``."""
        return format_duration(self.length_ms)


#: What an objective promises over.
Window = RollingWindow
