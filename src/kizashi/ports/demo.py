"""What a demo asks of the house: its simulated past, and its faults on purpose."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Loading(StrEnum):
    """How far the simulated past is."""

    WAITING = "waiting"
    STORING = "storing"
    COUNTING = "counting"
    LOADED = "loaded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SimulatedView:
    """The simulated past.

    Attributes:
        state: How far it is.
        share: Share of it that is stored, 0 to 1.
        start: Its first sample; Unix seconds.
        until: Its last one; what is newer is real.
    """

    state: Loading
    share: float
    start: float
    until: float


@dataclass(frozen=True, slots=True)
class FaultsView:
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


@dataclass(frozen=True, slots=True)
class DemoView:
    """A demo: its simulated past, and its faults; these are None while it is down."""

    simulated: SimulatedView
    faults: FaultsView | None


class DemoControl(Protocol):
    """Answers for a demo, and breaks its service."""

    def simulated(self) -> SimulatedView:
        """Return how far the simulated past is."""
        ...

    async def faults(self) -> FaultsView | None:
        """Return the faults in force, None while the service does not answer."""
        ...

    async def inject(self, faults: FaultsView) -> bool:
        """Put these faults in place of the others; return whether that went through."""
        ...

    async def kill(self) -> bool:
        """Kill the service as if it had crashed; return whether it was there."""
        ...
