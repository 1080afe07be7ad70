"""How long a server asks us to wait before the next request."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_ms(header: str, now_ms: int) -> int | None:
    """Return how long a Retry-After header asks us to wait; None where it does not.

    Source: RFC 9110, 10.2.3: seconds, or an HTTP date.
    """
    text = header.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * 1000
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        # It is not written down which errors the library raises for which nonsense.
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return max(0, int((when - now).total_seconds() * 1000))
