"""Every hostile target at once, beside a good one, through the whole server."""

import json
import sys
from pathlib import Path

import pytest
from alarms import eventually
from serving import CLOCK, Kizashi, Shop

from harness.targets import Respond, Servers, gzip_bomb, page, until_closed

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.own_interpreter,  # how its memory grows is read
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

MEMORY_MIB = 256
OK = b"HTTP/1.1 200 OK\r\n\r\n"
MANY = b"".join(b'm{n="%d"} 1\n' % n for n in range(200_000))
HOSTILE: dict[str, tuple[Respond, str]] = {
    "endless": (until_closed(OK, b"a 1\n" * 16_384), "16777216 bytes"),
    "drip": (until_closed(OK, b"a", 0.05), "1s"),
    "many": (page(MANY), "50000 samples"),
    "bytes": (page(b'a{b="\xff\xfe"} 1\n'), "UTF-8"),
    "bomb": (
        page(gzip_bomb(), headers={"Content-Encoding": "gzip"}),
        "16777216 bytes",
    ),
    "line": (until_closed(OK + b"a", b"a" * 65_536), "16777216 bytes"),
    "down": (page(b"", "503 Service Unavailable"), "503"),
}
JOB = """\
  - job_name: {name}
    scrape_interval: {timeout}
    scrape_timeout: {timeout}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
#: A busy machine reads 16 MiB in more than a second.
PATIENCE = {"drip": "1s"}


def memory_mib(pid: int, name: str) -> float:
    """Return VmRSS or VmHWM of a process, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = [line for line in status if line.startswith(name)]
    return int(found[0].split()[1]) / 1024


async def test_hostile_targets_say_why_and_the_good_one_misses_no_scrape(
    kizashi: Kizashi, shop: Shop, servers: Servers
):
    jobs = []
    for name, (respond, _) in HOSTILE.items():
        port = (await servers.start(respond)).port
        timeout = PATIENCE.get(name, "5s")
        jobs.append(JOB.format(name=name, port=port, timeout=timeout))
    kizashi.configure(shop.address, interval="300ms")
    await kizashi.start()
    assert kizashi.process is not None
    before = memory_mib(kizashi.process.pid, "VmRSS")
    kizashi.configure(shop.address, interval="300ms", more="".join(jobs))
    kizashi.hang_up()
    served = len(shop.served)
    await kizashi.until("/kizashi/v1/targets", '"job":"bomb"')
    await CLOCK.sleep(4.5)
    good = len(shop.served) - served

    async def are_down() -> bool:
        health = str(await kizashi.get("/kizashi/v1/targets"))
        return health.count("'health': 'down'") == len(HOSTILE)

    await eventually(are_down, 30, "each was scraped")
    told = await kizashi.get("/kizashi/v1/targets")
    growth = memory_mib(kizashi.process.pid, "VmHWM") - before

    assert good >= 14
    assert growth <= MEMORY_MIB
    targets = {t["job"]: t for t in told["targets"]}  # type: ignore[attr-defined]
    assert targets.pop("shop")["health"] == "up"
    assert set(targets) == set(HOSTILE)
    for name, target in targets.items():
        assert target["health"] == "down", name
        assert HOSTILE[name][1] in json.dumps(target["last_error"]), target
    assert await kizashi.stop() == 0


#: Within every limit, and as large as that allows.
HEAVY = b"".join(b'm{n="%d",x="%s"} 1\n' % (n, b"y" * 280) for n in range(49_000))


@pytest.mark.nightly
async def test_hostile_targets_beside_the_largest_sound_one_stay_within_memory(
    kizashi: Kizashi, shop: Shop, servers: Servers
):
    heavy = (await servers.start(page(HEAVY))).port
    jobs = [JOB.format(name="heavy", port=heavy, timeout="1s")]
    for name, (respond, _) in HOSTILE.items():
        port = (await servers.start(respond)).port
        jobs.append(JOB.format(name=name, port=port, timeout="1s"))
    kizashi.configure(shop.address, interval="1s")
    await kizashi.start()
    assert kizashi.process is not None
    before = memory_mib(kizashi.process.pid, "VmRSS")
    # Two seconds, so that all of them reach their limits at a time.
    slower = "".join(jobs).replace("1s", "2s")
    kizashi.configure(shop.address, interval="1s", more=slower)
    kizashi.hang_up()
    heavy = '"job":"heavy"'
    await kizashi.until("/kizashi/v1/targets", heavy)
    await CLOCK.sleep(20)

    told = await kizashi.get("/kizashi/v1/targets")
    growth = memory_mib(kizashi.process.pid, "VmHWM") - before

    targets = {t["job"]: t["health"] for t in told["targets"]}  # type: ignore[attr-defined]
    assert targets.pop("shop") == targets.pop("heavy") == "up"
    assert set(targets.values()) == {"down"}
    assert growth <= MEMORY_MIB
    print(f"grown by {growth:.0f} MiB")  # noqa: T201 - a figure for a run by hand
