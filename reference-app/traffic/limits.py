"""What a run may do: where it may go, how fast, how long, how much."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from traffic.shape import send_time_s

MAX_RATE = 500.0
MAX_DURATION_S = 24 * 3600
MAX_REQUESTS = 1_000_000
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class LimitsError(Exception):
    """The run would go where it must not, or not end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A run that may go ahead.

    Attributes:
        url: Where to, without a final slash; always loopback.
        rate: Requests a second.
        duration_s: When to stop, in seconds from the start.
        max_requests: Stop earlier, after this many.
        day_s: How long a day lasts, over which the rate goes up and down; None keeps it
            even.
    """

    url: str
    rate: float
    duration_s: float
    max_requests: int
    day_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is out of bounds."""
        if not 0 < self.rate <= MAX_RATE:
            raise LimitsError(f"the rate must lie in (0, {MAX_RATE:g}] a second")
        if not 0 < self.duration_s <= MAX_DURATION_S:
            raise LimitsError("the duration must lie between 1s and 24h")
        if not 0 < self.max_requests <= MAX_REQUESTS:
            raise LimitsError(f"between 1 and {MAX_REQUESTS} requests may be sent")
        if self.day_s is not None and self.day_s <= 0:
            raise LimitsError("a day must last longer than nothing")

    @property
    def requests(self) -> int:
        """How many requests the run sends if nobody stops it."""
        return min(self.max_requests, int(self.rate * self.duration_s))

    def send_at_s(self, number: int) -> float:
        """Return when a request is due, counted from 0, in seconds from the start."""
        if self.day_s is None:
            return number / self.rate
        return send_time_s(number, self.rate, self.day_s)


def loopback_url(text: str, scheme: str = "http") -> str:
    """Return the URL if it leads to this machine.

    ``localhost`` becomes 127.0.0.1: a name is whatever a resolver says it is, and a
    load generator must not find out where.

    Raises:
        LimitsError: If its scheme is another one, or its host is no loopback address.
    """
    url = urlsplit(text)
    host = "127.0.0.1" if url.hostname == "localhost" else url.hostname or ""
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
        port = url.port or (443 if scheme == "https" else 80)
    except ValueError:
        is_loopback, port = False, 0
    if url.scheme != scheme or url.path.strip("/") or not is_loopback:
        raise LimitsError(
            f"{text!r} is no address on this machine; traffic goes to a loopback"
            f" address only, such as {scheme}://127.0.0.1:8080"
        )
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def duration_s(text: str) -> float:
    """Return ``90s``, ``5m`` or ``1h30m`` in seconds.

    Raises:
        LimitsError: If the text is no duration.
    """
    found = _DURATION.fullmatch(text)
    if found is None or not text:
        raise LimitsError(f"{text!r} is no duration; write 60s, 5m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
