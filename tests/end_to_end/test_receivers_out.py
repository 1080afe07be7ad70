"""Receivers that fail for a while: they hear of everything soon after, and once."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from alarms import (
    LONG_S,
    SHORT_S,
    Parts,
    People,
    eventually as until,
    hook,
    states,
    write,
)
from serving import CLOCK, Kizashi

from harness.targets import Servers
from kizashi.testing.receivers import Answer, hang, reset, status

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

LOG = logging.getLogger(__name__)
#: What goes wrong, by name; None is a port where nobody listens.
FAILURES: dict[str, Answer | None] = {
    "500": status(500, b"out of order"),
    "400": status(400, b"not for me"),
    "429": status(429, headers={"Retry-After": "3"}),
    "hang": hang,
    "reset": reset,
    "refused": None,
}
#: After recovery everything has arrived, and a healthy neighbour is never so late.
RECOVERED_S = 10.0
NEIGHBOUR_S = 5.0


@dataclass
class Town:
    """One receiver for each failure, and one that is always well."""

    well: People
    ill: dict[str, People] = field(default_factory=dict)

    async def fall_ill(self) -> None:
        """Let each fail in its own way."""
        for name, failure in FAILURES.items():
            if failure is None:
                await self.ill[name].close()
            else:
                self.ill[name].failure = failure

    async def recover(self) -> None:
        """Let all work again."""
        for name, failure in FAILURES.items():
            self.ill[name].failure = None
            if failure is None:
                await self.ill[name].start()

    def missing(self) -> list[str]:
        """Return who has not heard what the one who is well has heard."""
        heard = {(t.alert, t.status, t.since_s) for t in self.well.taken}
        return [
            name
            for name, people in self.ill.items()
            if {(t.alert, t.status, t.since_s) for t in people.taken} != heard
        ]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """Receivers that all listen."""
    async with AsyncExitStack() as stack:

        async def settle() -> People:
            people = People()
            await people.start()
            stack.push_async_callback(people.close)
            return people

        made = Town(await settle())
        for name in FAILURES:
            made.ill[name] = await settle()
        yield made


async def check_outage(
    kizashi: Kizashi, servers: Servers, town: Town, out_s: float
) -> None:
    parts = Parts(("first", "second"))
    parts.address = f"127.0.0.1:{(await servers.start(parts)).port}"
    addresses = [town.well.url(), *(p.url() for p in town.ill.values())]
    write(kizashi, {"mill": parts}, [hook(a) for a in addresses])
    await kizashi.start()
    await CLOCK.sleep(2)
    await town.fall_ill()
    began_s = CLOCK.monotonic()
    parts.failing.add("first")
    late_s = [await told_late_s(kizashi, town.well, "first", "firing")]
    parts.failing = {"second"}
    late_s += await asyncio.gather(
        told_late_s(kizashi, town.well, "second", "firing"),
        told_late_s(kizashi, town.well, "first", "resolved"),
    )
    assert not any(people.taken for people in town.ill.values())
    await CLOCK.sleep(max(0.0, out_s - (CLOCK.monotonic() - began_s)))
    await town.recover()
    recovered_s = await until(
        lambda: not town.missing(), RECOVERED_S, f"{town.missing()} heard"
    )
    parts.failing = set()
    late_s.append(await told_late_s(kizashi, town.well, "second", "resolved"))
    await until(lambda: not town.missing(), NEIGHBOUR_S, "all hear of the end")
    LOG.info(
        "out %.0f s, neighbour late by %.2f s, all told in %.2f s",
        out_s,
        max(late_s),
        recovered_s,
    )
    assert max(late_s) <= NEIGHBOUR_S
    for name, people in [("well", town.well), *town.ill.items()]:
        assert people.extra == 0, name
        pairs = [(t.alert, t.status, t.since_s) for t in people.taken]
        firsts = [pair for pair in pairs if pair[1] == "resolved"]
        assert len(firsts) == len(set(firsts)), name
    assert await kizashi.stop() == 0


async def told_late_s(kizashi: Kizashi, people: People, part: str, state: str) -> float:
    """Wait until people are told; return how long after the decision that was."""

    async def is_so() -> bool:
        return (await states(kizashi)).get(("ErrorBudgetBurn", part)) == state

    await until(is_so, LONG_S + SHORT_S, f"{part} is {state}")
    return await until(
        lambda: people.told("ErrorBudgetBurn", state, objective=part),
        60,
        f"people hear that {part} is {state}",
    )


async def test_receivers_that_fail_hear_of_everything_and_hold_up_nobody(
    kizashi: Kizashi, servers: Servers, town: Town
):
    await check_outage(kizashi, servers, town, 12)


@pytest.mark.nightly
async def test_receivers_that_fail_for_half_a_minute_hear_of_everything(
    kizashi: Kizashi, servers: Servers, town: Town
):
    await check_outage(kizashi, servers, town, 25)


@pytest.mark.nightly
async def test_receivers_that_fail_for_ten_minutes_hear_of_everything(
    kizashi: Kizashi, servers: Servers, town: Town
):
    await check_outage(kizashi, servers, town, 600)
