"""When each loop of the chain last turned, for the heartbeat.

A loop with nothing to do says None. One that has promised to act later has turned
until then: a job scraped every five minutes does not stand still in between.
"""

from collections.abc import Callable, Mapping, Sequence

from kizashi.ports.clock import Clock
from kizashi.scrape.results import TargetStatus
from kizashi.server.feed import ScrapeFeed
from kizashi.server.heartbeat import LastProgress


class LoopProgress:
    """Notes of what turned; everything in monotonic seconds."""

    def __init__(
        self,
        clock: Clock,
        feed: ScrapeFeed,
        targets: Callable[[], Sequence[TargetStatus]],
        delivered: LastProgress,
    ) -> None:
        """Begin to look.

        Args:
            clock: The clock.
            feed: Who counts and stores scrapes.
            targets: Return how every scrape target stands.
            delivered: Return when deliveries last turned.
        """
        self._clock = clock
        self._feed = feed
        self._targets = targets
        self._delivered = delivered
        self._scraped_s = self._stepped_s = self._closed_s = clock.monotonic()

    def all(self) -> Mapping[str, LastProgress]:
        """Return when each loop last turned, by its name."""
        return {
            "scrape": self.scraped,
            "count": lambda: self._feed.counting_since_s,
            "store": lambda: self._feed.unstored_since_s,
            "evaluate": self.evaluated,
            "deliver": self._delivered,
        }

    def stepped(self, *, has_closed: bool, slice_ms: int, is_watching: bool) -> None:
        """Note that alerts were stepped and all that changed was stored.

        Args:
            has_closed: Whether slices had closed before.
            slice_ms: The length of a slice.
            is_watching: Whether there is any objective, whose slices have to close.
        """
        now_s = self._clock.monotonic()
        self._stepped_s = now_s
        if has_closed or not is_watching:
            timeouts = [status.target.timeout_ms for status in self._targets()]
            # A slice stays open for the scrapes that are under way in it.
            self._closed_s = now_s + (slice_ms + max(timeouts, default=0)) / 1000

    def evaluated(self) -> float:
        """Return until when slices closed and alerts were stepped as they should."""
        return min(self._stepped_s, self._closed_s)

    def scraped(self) -> float | None:
        """Return until when every target was scraped in time; None without targets.

        A scrape that failed is one: the target stands still then, and not we.
        """
        now_s, now_ms = self._clock.monotonic(), self._clock.now_ms()
        statuses = self._targets()
        if not statuses:
            self._scraped_s = now_s
            return None
        late_ms = [0]
        for status in statuses:
            target = status.target
            if status.last_scrape_ms is not None:
                due_ms = status.last_scrape_ms + target.interval_ms + target.timeout_ms
                late_ms.append(now_ms - due_ms)
        if any(status.last_scrape_ms is not None for status in statuses):
            self._scraped_s = now_s - max(late_ms) / 1000
            return self._scraped_s
        # None was scraped yet: the first scrapes are spread over an interval.
        first_ms = min(s.target.interval_ms + s.target.timeout_ms for s in statuses)
        return self._scraped_s + first_ms / 1000
