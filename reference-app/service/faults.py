"""What can be made to go wrong on purpose. It exists in demo mode only."""

import os
from collections.abc import Awaitable, Callable

import numpy as np
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

_MAX_LEAK_KB = 512 * 1024


class Faults(BaseModel):
    """What goes wrong on purpose: the whole list."""

    model_config = ConfigDict(extra="forbid")

    error_share: float = Field(0, ge=0, le=1, description="share answered with 500")
    latency_ms: float = Field(0, ge=0, le=5000, description="added before the answer")
    latency_share: float = Field(1, ge=0, le=1, description="share made slow")
    outage: bool = Field(False, description="every user's request is answered with 503")
    only_release: str | None = Field(
        None, max_length=64, description="a bad deploy: only this release suffers"
    )
    leak_kb: int = Field(
        0, ge=0, le=1024, description="kept in memory by each request, 512 MB in all"
    )
    store_latency_ms: float = Field(
        0, ge=0, le=5000, description="the API only: added to each call of its store"
    )
    ai_down: bool = Field(
        False, description="the API only: its calls to the AI service fail"
    )
    certificate_expired: bool = Field(
        False, description="the API only: its secure port shows an expired certificate"
    )


class FaultSwitch:
    """Decides, by a seeded generator, which requests suffer.

    Args:
        seed: Decides which.
        sleep: Waits so many seconds.
        release: Which release this process is.
    """

    def __init__(
        self, seed: int, sleep: Callable[[float], Awaitable[None]], release: str = ""
    ) -> None:
        self._all = Faults()
        self._sleep = sleep
        self._release = release
        self._generator = np.random.default_rng(seed)
        self._leaked: list[bytes] = []
        self._watchers: list[Callable[[Faults], None]] = []

    def watch(self, told: Callable[[Faults], None]) -> None:
        """Let somebody know what strikes whenever that changes."""
        self._watchers.append(told)

    @property
    def faults(self) -> Faults:
        """What is set, whether or not it strikes this release."""
        return self._all

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._all = faults
        if not faults.leak_kb:
            self._leaked.clear()
        for told in self._watchers:
            told(self.striking)

    @property
    def striking(self) -> Faults:
        """What strikes this release now."""
        only = self._all.only_release
        return self._all if only is None or only == self._release else Faults()

    async def suffer(self) -> None:
        """Delay or fail the request at hand, as the faults say.

        Raises:
            HTTPException: 503 in an outage, 500 for the chosen share.
        """
        # Two draws for every request, needed or not: which requests fail depends
        # on the seed and their order alone, not on the other fault's setting.
        slow, failing = self._generator.random(2)
        faults = self.striking
        if faults.leak_kb and len(self._leaked) * faults.leak_kb < _MAX_LEAK_KB:
            # Written to, so that the memory is really taken.
            self._leaked.append(b"\1" * (faults.leak_kb * 1024))
        if faults.latency_ms and slow < faults.latency_share:
            await self._sleep(faults.latency_ms / 1000)
        if faults.outage:
            raise HTTPException(503, "outage: switched on by /demo/faults")
        if failing < faults.error_share:
            raise HTTPException(500, "error: switched on by /demo/faults")

    async def slow_store(self) -> None:
        """Delay a call of the store, as the faults say."""
        if self.striking.store_latency_ms:
            await self._sleep(self.striking.store_latency_ms / 1000)


def fault_routes(switch: FaultSwitch) -> APIRouter:
    """Return the routes that turn the switch."""
    router = APIRouter(prefix="/demo")

    @router.get("/faults")
    async def read_faults() -> Faults:
        return switch.faults

    @router.put("/faults")
    async def set_faults(faults: Faults) -> Faults:
        switch.faults = faults
        return faults

    @router.post("/kill")
    async def kill() -> None:
        # No shutdown, no flush, no answer: what a real kill looks like from outside.
        os._exit(137)

    return router
