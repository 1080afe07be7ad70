"""The fault switch. Its routes exist in demo mode only."""

import os
from collections.abc import Awaitable, Callable

import numpy as np
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field


class Faults(BaseModel):
    """What goes wrong on purpose."""

    model_config = ConfigDict(extra="forbid")

    error_share: float = Field(0, ge=0, le=1, description="share answered with 500")
    latency_ms: float = Field(0, ge=0, le=5000, description="added before the answer")
    latency_share: float = Field(1, ge=0, le=1, description="share made slow")
    outage: bool = Field(False, description="every user's request is answered with 503")


class FaultSwitch:
    """Decides, by a seeded generator, which requests suffer."""

    def __init__(self, seed: int, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.faults = Faults()
        self._sleep = sleep
        self._generator = np.random.default_rng(seed)

    async def suffer(self) -> None:
        """Delay or fail the request at hand, as the faults say.

        Raises:
            HTTPException: 503 in an outage, 500 for the chosen share.
        """
        # Two draws for every request, needed or not: which requests fail depends
        # on the seed and their order alone, not on the other fault's setting.
        slow, failing = self._generator.random(2)
        faults = self.faults
        if faults.latency_ms and slow < faults.latency_share:
            await self._sleep(faults.latency_ms / 1000)
        if faults.outage:
            raise HTTPException(503, "outage: switched on by /demo/faults")
        if failing < faults.error_share:
            raise HTTPException(500, "error: switched on by /demo/faults")


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
