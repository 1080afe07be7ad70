"""Who watches the watcher: beats that leave only while everything turns."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from kizashi.alert.retry import DeliveryResult
from kizashi.declarations.heartbeat import HeartbeatConfig
from kizashi.notify.heartbeat import HttpBeat
from kizashi.ports.clock import Clock
from kizashi.ports.notifier import Outcome
from kizashi.server.delivering import wait_for

#: A beat that does not arrive is sent again so many times, after so long each.
_TRIES = 3
_PAUSE_S = 2.0
#: A loop that has not turned for so many intervals stands still.
STILL_INTERVALS = 2

_LOG = logging.getLogger(__name__)

#: When a loop last turned, in monotonic seconds; None where it has nothing to do.
LastProgress = Callable[[], float | None]


class Beat(Protocol):
    """Sends beats to one address."""

    async def beat(self, now_ms: int) -> Outcome:
        """Return how a beat went."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Heartbeat:
    """Beats while every loop turns; the silence afterwards is what raises the alarm.

    A beat says that the whole chain works, not that the process exists: one loop that
    stands still for two intervals is enough to end it.
    """

    def __init__(
        self,
        clock: Clock,
        loops: Mapping[str, LastProgress],
        beats: Callable[[str], Beat] = HttpBeat,
    ) -> None:
        """Prepare to beat; there is no beat before `apply` says where to.

        Args:
            clock: The clock.
            loops: When each loop of the chain last turned, by its name.
            beats: Returns what sends beats to an address; tests pass their own.
        """
        self._clock = clock
        self._loops = loops
        self._beats = beats
        self._config: HeartbeatConfig | None = None
        self._beat: Beat | None = None
        self._retired: list[Beat] = []
        self._changed = asyncio.Event()
        self._complained: tuple[str, ...] = ()
        #: When the last beat arrived, monotonic; None before the first.
        self.arrived_s: float | None = None

    def apply(self, config: HeartbeatConfig | None) -> None:
        """Beat elsewhere, at another pace, or no more."""
        if config == self._config:
            return
        if self._beat is not None:
            self._retired.append(self._beat)
        self._config = config
        self._beat = None if config is None else self._beats(config.url)
        self._changed.set()

    def still(self) -> tuple[str, ...]:
        """Return the names of the loops that stand still."""
        if self._config is None:
            return ()
        most_s = STILL_INTERVALS * self._config.interval_ms / 1000
        now_s = self._clock.monotonic()
        progress = {name: at() for name, at in self._loops.items()}
        return tuple(
            sorted(
                n
                for n, at in progress.items()
                if at is not None and now_s - at > most_s
            )
        )

    async def run_forever(self) -> None:
        """Beat until cancelled."""
        try:
            while True:
                self._changed.clear()
                began_s = self._clock.monotonic()
                interval_s = 3_600.0
                if self._config is not None and self._beat is not None:
                    interval_s = self._config.interval_ms / 1000
                    await self._once(self._beat)
                await self._close_retired()
                left_s = interval_s - (self._clock.monotonic() - began_s)
                await wait_for(self._clock, self._changed, left_s)
        finally:
            if self._beat is not None:
                await self._beat.close()
            await self._close_retired()

    async def _once(self, beat: Beat) -> None:
        for number in range(_TRIES):
            still = self.still()
            if still != self._complained:
                self._complained = still
                if still:
                    _LOG.error("no heartbeat: these stand still: %s", ", ".join(still))
                else:
                    _LOG.info("everything turns again")
            if still:
                return
            outcome = await beat.beat(self._clock.now_ms())
            if outcome.verdict is DeliveryResult.DELIVERED:
                self.arrived_s = self._clock.monotonic()
                return
            _LOG.warning(
                "a heartbeat did not arrive",
                extra={"outcome": outcome.code, "answer": outcome.answer},
            )
            if number + 1 < _TRIES:
                await self._clock.sleep(_PAUSE_S)

    async def _close_retired(self) -> None:
        while self._retired:
            await self._retired.pop().close()
