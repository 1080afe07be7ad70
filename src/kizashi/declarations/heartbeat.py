"""``heartbeat``: whom to tell, at a steady beat, that all of Kizashi still turns."""

from dataclasses import dataclass, field

from kizashi.declarations.addresses import is_http
from kizashi.declarations.fields import Fields
from kizashi.model.durations import format_duration

HEARTBEAT_KEYS = ("url", "interval")
DEFAULT_INTERVAL_MS = 60_000
#: Scrapes and slices have longer rounds than this; their silence would mean nothing.
SHORTEST_INTERVAL_MS = 10_000


@dataclass(frozen=True, slots=True)
class HeartbeatConfig:
    """A dead man's switch outside: it raises the alarm when beats no longer come.

    Attributes:
        url: Where beats go; anybody who knows it can fake them.
        interval_ms: Time between two beats.
    """

    url: str = field(repr=False)
    interval_ms: int = DEFAULT_INTERVAL_MS


def read_heartbeat(fields: Fields) -> HeartbeatConfig | None:
    """Return where beats go and how often, None where that is not said or wrong."""
    fields.require("url")
    url = fields.text("url")
    interval_ms = fields.duration_ms("interval") or DEFAULT_INTERVAL_MS
    if interval_ms < SHORTEST_INTERVAL_MS:
        fields.report(
            "interval",
            "heartbeat.interval",
            given=format_duration(interval_ms),
            least=format_duration(SHORTEST_INTERVAL_MS),
        )
    if url is None:
        return None
    if not is_http(url):
        # The address is left out of the problem: it may hold a secret.
        fields.report("url", "heartbeat.url")
        return None
    return HeartbeatConfig(url, interval_ms)
