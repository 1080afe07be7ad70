"""The only clock: every other module is given one."""

import asyncio
import logging
import time
from collections.abc import Callable

#: A difference below this is the drift that time daemons correct; above, a jump.
LARGEST_DRIFT_MS = 5_000

_LOG = logging.getLogger(__name__)


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


class SteadyClock(SystemClock):
    """A clock whose time of day neither jumps nor goes back while it runs.

    Stamps and slices follow the time since the machine booted, time asleep included,
    from the time of day at the start. Small corrections of the machine's time are
    followed. A jump is not: the samples already stored would be in its future or its
    distant past, and slices would be closed that nobody saw. It is logged, and taken
    at the next start.
    """

    def __init__(
        self,
        wall_ms: Callable[[], int] | None = None,
        boot_ms: Callable[[], int] | None = None,
    ) -> None:
        """Start from the time of day.

        Args:
            wall_ms: Reads the time of day; the machine's when None.
            boot_ms: Reads the time since boot; the machine's when None.
        """
        self._wall_ms = wall_ms or super().now_ms
        self._boot_ms = boot_ms or _since_boot_ms
        self._offset_ms = self._wall_ms() - self._boot_ms()
        self._last_ms = 0
        self._is_off = False

    def now_ms(self) -> int:
        """Return the time of day as Unix milliseconds; it never goes back."""
        wall_ms = self._wall_ms()
        steady_ms = self._offset_ms + self._boot_ms()
        off_ms = wall_ms - steady_ms
        if abs(off_ms) <= LARGEST_DRIFT_MS:
            self._offset_ms += off_ms
            steady_ms = wall_ms
            self._is_off = False
        elif not self._is_off:
            self._is_off = True
            _LOG.error(
                "the machine's time of day jumped by %d s; going on as if it had not,"
                " until a restart",
                off_ms // 1000,
            )
        self._last_ms = max(self._last_ms, steady_ms)
        return self._last_ms

    @property
    def is_off(self) -> bool:
        """Whether the machine's time of day is another one than ours."""
        return self._is_off


def _since_boot_ms() -> int:
    # Unlike time.monotonic it goes on while the machine sleeps; Linux only.
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1_000_000
