"""The fault switch of the to-do service: what goes wrong in it on purpose."""

import asyncio
import contextlib
import http.client
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import msgspec

from kizashi.errors import InputError

_TIMEOUT_S = 5.0
_LONGEST_ANSWER_BYTES = 65_536
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on purpose in the service.

    Attributes:
        error_share: Share of requests that fail, 0 to 1.
        latency_ms: Added before the answer.
        latency_share: Share of requests that it is added to, 0 to 1.
        outage: Whether every request is refused.
        store_latency_ms: Added to each call of the service's store.
        ai_down: Whether the service's calls to the AI service fail.
        certificate_expired: Whether its secure port shows an expired certificate.
        leak_kb: Kept in memory by each request.
    """

    error_share: float = 0.0
    latency_ms: float = 0.0
    latency_share: float = 1.0
    outage: bool = False
    store_latency_ms: float = 0.0
    ai_down: bool = False
    certificate_expired: bool = False
    leak_kb: int = 0


class FaultSwitch:
    """The switch of a service on this machine.

    Args:
        url: The service's admin port.
        token: What opens it; empty where it is open.

    Raises:
        InputError: If the address is not one of this machine.
    """

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise InputError(f"{url} is no http address of this machine")
        self._host, self._port = parts.hostname, parts.port or 80
        self._token = token

    async def faults(self) -> Faults | None:
        """Return the faults in force, None while the service does not answer."""
        body = await asyncio.to_thread(self._ask, "GET", "/demo/faults", None)
        if body is None:
            return None
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(body, type=Faults)
        return None

    async def inject(self, faults: Faults) -> bool:
        """Put these faults in place of the others; return whether that went through."""
        content = msgspec.json.encode(asdict(faults))
        body = await asyncio.to_thread(self._ask, "PUT", "/demo/faults", content)
        return body is not None

    async def kill(self) -> bool:
        """Kill the service as if it had crashed; return whether it was there."""
        if await self.faults() is None:
            return False
        await asyncio.to_thread(self._ask, "POST", "/demo/kill", None)
        return True

    def _ask(self, method: str, path: str, content: bytes | None) -> bytes | None:
        """Return what the service answers, None where it does not or refuses."""
        connection = http.client.HTTPConnection(
            self._host, self._port, timeout=_TIMEOUT_S
        )
        headers = {} if content is None else {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            body = answer.read(_LONGEST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return body if answer.status in _GOOD else None
