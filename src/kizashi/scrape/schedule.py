"""When a target is scraped, and which time stamp the scrape gets."""

import hashlib
import math

from kizashi.scrape.targets import DiscoveredTarget

_SMALLEST_TOLERANCE_MS = 2
_FEWEST_PLACES = 15
_TARGETS_A_PLACE = 4


def places(targets: int) -> int:
    """Return into how many moments the scrapes of a job's interval are gathered.

    A wake-up costs more than the counting of a small page, and so does a transaction:
    targets that share a moment share both. Four share one on average, so that a job of
    a thousand targets does not come in bursts.
    """
    return max(_FEWEST_PLACES, math.ceil(targets / _TARGETS_A_PLACE))


def phase_ms(target: DiscoveredTarget, places: int) -> int:
    """Return the target's offset inside its interval: the middle of one of its places.

    A function of URL, labels and the number of places alone: targets spread over the
    interval, and each keeps its phase across restarts. No phase is a whole interval,
    where a scrape that begins a little late would fall into the next slice.
    """
    what = f"{target.url}\n{target.labels}".encode()
    digest = hashlib.sha256(what).digest()
    place = int.from_bytes(digest[:8], "big") % places
    return (2 * place + 1) * target.interval_ms // (2 * places)


class Schedule:
    """When one target is scraped: planned on monotonic time, stamped with time of day.

    A jump of the time of day moves the stamps and nothing else: no scrape is skipped
    or doubled for it.
    """

    def __init__(
        self, interval_ms: int, phase: int, now_ms: int, mono_s: float
    ) -> None:
        self.interval_ms = interval_ms
        self.tolerance_ms = max(_SMALLEST_TOLERANCE_MS, interval_ms / 100)
        self._next_ms = now_ms + (phase - now_ms) % interval_ms
        self._origin_s = mono_s + (self._next_ms - now_ms) / 1000
        self._number = 0

    @property
    def next_s(self) -> float:
        """Monotonic time of the next scrape."""
        return self._origin_s + self._number * self.interval_ms / 1000

    def start(self, now_ms: int, mono_s: float) -> int:
        """Return the time stamp of the scrape that starts now: its planned time.

        Where the start is later than the tolerance (2 ms or one hundredth of the
        interval), the real time.
        """
        late_ms = (mono_s - self.next_s) * 1000
        if abs(now_ms - self._next_ms - late_ms) > self.tolerance_ms:
            # The time of day was moved; the plan follows it from here on.
            self._next_ms = now_ms - round(late_ms)
        return self._next_ms if late_ms <= self.tolerance_ms else now_ms

    def advance(self, mono_s: float) -> None:
        """Go on to the next scrape that is not missed yet."""
        late_s = mono_s - self.tolerance_ms / 1000 - self.next_s
        steps = max(1, math.ceil(late_s * 1000 / self.interval_ms))
        self._number += steps
        self._next_ms += steps * self.interval_ms
