"""Probes at the start: it answers before it counts, and says so."""

import sys

import httpx2
import pytest
from alarms import Parts, write
from serving import CLOCK, Kizashi

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's own"),
]


async def test_a_start_is_healthy_first_and_ready_once_everything_is_built(
    kizashi: Kizashi,
):
    # Many objectives, so that building them takes longer than a request.
    parts = Parts(tuple(f"p{n}" for n in range(300)), address="127.0.0.1:9")
    write(kizashi, {"mill": parts}, [])
    kizashi.config.write_text(
        kizashi.config.read_text().replace("    webhook_configs:\n\n", "")
    )
    await kizashi.launch()
    answers = []
    began_s = CLOCK.monotonic()
    while CLOCK.monotonic() - began_s < 20:
        try:
            healthy = await kizashi.client.get("/-/healthy")
            ready = await kizashi.client.get("/-/ready")
        except httpx2.TransportError:
            continue  # it does not listen yet
        assert healthy.is_success
        answers.append(ready)
        if ready.is_success:
            break
    *before, last = answers
    assert last.is_success
    assert before
    assert all(answer.status_code == 503 for answer in before)
    assert "ready.starting" in before[0].text
    assert await kizashi.stop() == 0
