"""How a server stands that is followed: as the one target, and for its alert."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from kizashi.app.answers import NoteView, TargetView
from kizashi.app.followed_alerts import UPSTREAM_JOB
from kizashi.app.health import TargetHealth
from kizashi.logs.logging import masker
from kizashi.model.durations import format_duration


@dataclass(frozen=True, slots=True)
class UpstreamHealth:
    """How the server stands.

    Attributes:
        url: Its address.
        asked_ms: When its newest recordings were asked for last; None before.
        took_s: How long that took.
        samples: How many samples came.
        error: What went wrong then, as an English text; None where nothing did.
        note: The same as a message of the catalogue.
    """

    url: str
    asked_ms: int | None = None
    took_s: float | None = None
    samples: int | None = None
    error: str | None = None
    note: NoteView | None = None

    def as_target(self, interval_ms: int, timeout_ms: int) -> TargetView:
        """Return the server as the one target that there is."""
        is_known = self.asked_ms is not None
        return TargetView(
            job=UPSTREAM_JOB,
            instance=urlsplit(self.url).netloc.rpartition("@")[2],
            labels={"job": UPSTREAM_JOB},
            url=masker().mask(self.url),
            health=("down" if self.error else "up") if is_known else "unknown",
            last_scrape=None if self.asked_ms is None else self.asked_ms / 1000,
            last_duration_s=self.took_s,
            last_error=None if self.error is None else masker().mask(self.error),
            samples=self.samples,
            limit_hit=None,
            interval=format_duration(interval_ms),
            timeout=format_duration(timeout_ms),
            error=self.note,
        )

    def as_health(self, interval_ms: int) -> TargetHealth:
        """Return what the alert of a target that is down asks."""
        is_down = None if self.asked_ms is None else self.error is not None
        health = TargetHealth(UPSTREAM_JOB, is_down, interval_ms)
        if self.note is None:
            return health
        return replace(
            health,
            instance=urlsplit(self.url).netloc.rpartition("@")[2],
            error=self.note.code,
            params=tuple((name, str(v)) for name, v in self.note.params.items()),
        )
