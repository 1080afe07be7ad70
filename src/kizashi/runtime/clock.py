"""The only clock: every other module is given one."""

import asyncio
import time


class SystemClock:
    """The machine's time, as `kizashi.ports.clock.Clock` describes it."""

    def now_ms(self) -> int:
        """Return the time of day as Unix milliseconds; it may jump."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds from an arbitrary origin; never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of monotonic time."""
        await asyncio.sleep(seconds)
