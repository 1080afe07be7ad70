"""A beat to a dead man's switch: a request without content."""

from kizashi.alert.retry import DeliveryResult
from kizashi.notify._base import HttpCaller, HttpRequest
from kizashi.ports.notifier import Outcome

TIMEOUT_MS = 5_000
#: Some services take GET alone; they answer POST with one of these.
_NO_POST = ("HTTP 404", "HTTP 405", "HTTP 501")


class HttpBeat:
    """Sends beats to one address: POST, or GET from when POST was refused and GET not.

    Source: the ping addresses of healthchecks.io, Cronitor, Dead Man's Snitch and
    Uptime Kuma; each takes at least one of the two.
    """

    def __init__(self, url: str) -> None:
        self._request = HttpRequest(url)
        self._caller = HttpCaller(TIMEOUT_MS)
        self._method = "POST"

    async def beat(self, now_ms: int) -> Outcome:
        """Return how a beat went; whatever happens, it is an outcome."""
        outcome = await self._caller.call(self._request, now_ms, self._method)
        if self._method == "POST" and outcome.answer.startswith(_NO_POST):
            second = await self._caller.call(self._request, now_ms, "GET")
            if second.verdict is DeliveryResult.DELIVERED:
                self._method = "GET"
                return second
        return outcome

    async def close(self) -> None:
        """Close all connections."""
        await self._caller.close()
