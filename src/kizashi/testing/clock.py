"""A clock that only moves when a test says so."""

import asyncio
import heapq
from collections.abc import Generator

#: How often `settle` lets every ready task run: enough for a chain of awaits of this
#: length, and a small part of a millisecond.
_TURNS = 100
_NS = 1_000_000_000


class _Turn:
    """Awaiting this lets the event loop go round once; no clock is asked."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class ManualClock:
    """A Clock whose time stands still until `advance` or `jump` moves it.

    Sleepers wake in the order of their times, and for each the clock shows exactly
    the time it asked for. Work in threads and sockets is not waited for.
    """

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._wall_ms = now_ms
        self._elapsed_ns = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def now_ms(self) -> int:
        """Return the time of day as Unix milliseconds."""
        return self._wall_ms + self._elapsed_ns // 1_000_000

    def monotonic(self) -> float:
        """Return seconds since this clock was made; a jump does not show in it."""
        return self._elapsed_ns / _NS

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been advanced by so many seconds."""
        if seconds <= 0:
            await _Turn()
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        wake_ns = self._elapsed_ns + round(seconds * _NS)
        heapq.heappush(self._sleepers, (wake_ns, self._count, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on by so many seconds, waking sleepers in order on the way."""
        await self.settle()
        end_ns = self._elapsed_ns + round(seconds * _NS)
        while self._sleepers and self._sleepers[0][0] <= end_ns:
            wake_ns, _, woken = heapq.heappop(self._sleepers)
            self._elapsed_ns = max(self._elapsed_ns, wake_ns)
            if not woken.done():
                woken.set_result(None)
                await self.settle()
        self._elapsed_ns = end_ns

    def jump(self, milliseconds: int) -> None:
        """Move the time of day alone, as a person or NTP may; nobody wakes."""
        self._wall_ms += milliseconds

    async def settle(self) -> None:
        """Let every task run that can go on without time passing."""
        for _ in range(_TURNS):
            await _Turn()
