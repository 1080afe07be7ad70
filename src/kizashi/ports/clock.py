"""Time, as the inside asks for it."""

from typing import Protocol


class Clock(Protocol):
    """The only source of time. Tests pass a ManualClock."""

    def now_ms(self) -> int:
        """Return the time of day as Unix milliseconds; it may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary origin; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of monotonic time."""
        ...
