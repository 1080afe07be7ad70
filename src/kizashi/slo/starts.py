"""When a process began, scrape by scrape: one whose start goes back is not one process."""

import math
from collections import deque

#: So long a start that went back is remembered, and what it is compared with.
REMEMBERED_MS = 600_000
#: Once may be a deployment that is rolled out behind a balancer; twice is its habit.
AGAIN = 2
#: Start times are whole seconds or hundredths of them, and some are worked out anew.
JITTER_S = 1.0
_LATEST_S = 1e12


class Starts:
    """Remembers when the start time of a target's process went back."""

    def __init__(self) -> None:
        self._last_s, self._last_ms = -math.inf, 0
        self._back_ms: deque[int] = deque(maxlen=AGAIN)

    def note(self, at_ms: int, started_s: float) -> None:
        """Take note of a scrape; they come in order. What is no time says nothing.

        Args:
            at_ms: Its time.
            started_s: The start time that its page tells, in seconds.
        """
        if not abs(started_s) <= _LATEST_S:
            return
        is_known = at_ms - self._last_ms < REMEMBERED_MS
        if is_known and started_s < self._last_s - JITTER_S:
            self._back_ms.append(at_ms)
        self._last_s, self._last_ms = started_s, at_ms

    def alternates(self, at_ms: int) -> bool:
        """Return whether two processes answer by turns behind one address."""
        recent = [ms for ms in self._back_ms if at_ms - REMEMBERED_MS < ms <= at_ms]
        return len(recent) >= AGAIN
