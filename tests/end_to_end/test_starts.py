"""How long a server takes from a kill until it is ready again."""

import logging
import sys
from pathlib import Path

import pytest
from alarms import Parts
from serving import CLOCK, Kizashi

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

LOG = logging.getLogger(__name__)
JOBS, OBJECTIVES, KILLS = 10, 20, 40
READY_S = 3.0
CONFIGURATION = """\
declarations: [shop.yaml]
ledger: {slice: 5s}
global: {scrape_interval: 5s, scrape_timeout: 5s}
scrape_configs:
"""
JOB = """\
  - job_name: job%d
    static_configs: [{targets: ["%s"]}]
"""
SERVICE = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: service%d}
spec:
  job: job%d
  objectives:
"""
OBJECTIVE = """\
    - name: o%d
      target: 99%%
      window: 30d
      ratio:
        bad: hits_total{job="job%d",part="p%d",code="500"}
        valid: hits_total{job="job%d",part="p%d"}
"""


def declare(kizashi: Kizashi, address: str) -> None:
    """Write two hundred objectives of ten jobs."""
    jobs = "".join(JOB % (n, address) for n in range(JOBS))
    kizashi.config.write_text(CONFIGURATION + jobs)
    services = [
        (SERVICE % (n, n))
        + "".join(OBJECTIVE % (k, n, k, n, k) for k in range(OBJECTIVES))
        for n in range(JOBS)
    ]
    (kizashi.folder / "shop.yaml").write_text("---\n".join(services))


@pytest.mark.nightly
@pytest.mark.own_interpreter
async def test_two_hundred_objectives_are_ready_soon_after_a_kill(
    tmp_path: Path, servers: Servers
):
    parts = Parts(tuple(f"p{n}" for n in range(OBJECTIVES)))
    kizashi = Kizashi(tmp_path)
    declare(kizashi, f"127.0.0.1:{(await servers.start(parts)).port}")
    walls: list[float] = []
    works: list[float] = []
    try:
        for _ in range(KILLS + 1):
            began_s = CLOCK.monotonic()
            works.append(await kizashi.start())
            walls.append(CLOCK.monotonic() - began_s)
            await CLOCK.sleep(6)
            await kizashi.kill()
    finally:
        await kizashi.end()
    # The first start finds nothing.
    wall, work = sorted(walls[1:]), sorted(works[1:])
    most = KILLS * 95 // 100 - 1
    figures = (
        f"ready p50 {wall[KILLS // 2]:.2f} s, p95 {wall[most]:.2f} s; processor time"
        f" p50 {work[KILLS // 2]:.2f} s, p95 {work[most]:.2f} s"
    )
    LOG.info(figures)
    print(figures)  # noqa: T201 - figures for a run by hand
    assert wall[most] <= READY_S, figures
