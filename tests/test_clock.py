"""The only clock."""

import asyncio

from kizashi.clock import SystemClock
from kizashi.ports.clock import Clock


def test_the_system_clock_is_a_clock_and_counts_in_its_units():
    clock: Clock = SystemClock()

    before = clock.monotonic()
    asyncio.run(clock.sleep(0))

    assert clock.monotonic() >= before
    # Milliseconds: between the years 2020 and 2100.
    assert 1_577_836_800_000 < clock.now_ms() < 4_102_444_800_000
