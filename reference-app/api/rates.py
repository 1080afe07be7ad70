"""How often a caller may ask: one token bucket each."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: Callers remembered; the one that asked longest ago is forgotten first.
MAX_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_s: float


class RateLimits:
    """Token buckets by caller.

    Args:
        timer: Seconds from any origin.
    """

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str, *, rate: float, burst: int) -> float:
        """Take one request; return 0, or the seconds until there is another one."""
        now = self._timer()
        bucket = self._buckets.setdefault(caller, _Bucket(burst, now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        if rate == float("inf"):
            return 0.0
        bucket.left = min(burst, bucket.left + (now - bucket.filled_s) * rate)
        bucket.filled_s = now
        if bucket.left < 1:
            return (1 - bucket.left) / rate
        bucket.left -= 1
        return 0.0
