"""Disks that fill up: what can go on goes on, and nothing that was taken is lost."""

import resource
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from alarms import Parts, People, eventually as until, hook, states, write
from serving import CLOCK, Kizashi, Opened

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="sets limits of a process"),
]

BURN, LOSS = "ErrorBudgetBurn", "DataLoss"
RESUMED_S = 10.0


@pytest.fixture
async def people() -> AsyncIterator[People]:
    server = People()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def parts(servers: Servers) -> Parts:
    """An exporter with long pages, so that samples fill more than alerts do."""
    made = Parts(("first", "second"), filler=3_000)
    made.address = f"127.0.0.1:{(await servers.start(made)).port}"
    return made


def limit(kizashi: Kizashi, most_bytes: int | None) -> None:
    """Let the process write no file beyond a size: the disk is full from there on."""
    assert kizashi.process is not None
    _, hard = resource.prlimit(kizashi.process.pid, resource.RLIMIT_FSIZE)
    soft = hard if most_bytes is None else most_bytes
    resource.prlimit(kizashi.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def readiness(kizashi: Kizashi) -> httpx2.Response:
    return await kizashi.client.get("/-/ready")


async def is_ready(kizashi: Kizashi) -> bool:
    return (await readiness(kizashi)).is_success


async def check_samples(kizashi: Kizashi, parts: Parts) -> None:
    """Every page that was served whole while it ran is stored."""
    opened = Opened(kizashi.data)
    (target,) = opened.samples.targets()
    rows = opened.rows(target.id)
    fillers = {
        round(value)
        for row in rows.values()
        for labels, value in row.items()
        if labels.metric_name == "filler"
    }
    opened.close()
    # The last page may have been on its way when it ended.
    assert fillers >= set(range(len(parts.served) - 1))


async def fill_up(kizashi: Kizashi, parts: Parts, *, are_series_known: bool) -> None:
    """Start it, and leave the samples no room once some are stored, or from the start.

    The first page makes more than half a megabyte of series; what the alerts write
    is less than that.
    """
    if not are_series_known:
        await kizashi.launch()
        limit(kizashi, 500_000)
        await until(lambda: len(parts.served) > 1, 40, "it scrapes")
        return
    await kizashi.start()
    samples = kizashi.data / "samples.db-wal"
    await until(
        lambda: len(parts.served) > 3 and size(samples) > 600_000, 40, "it stores"
    )
    limit(kizashi, size(samples))


@pytest.mark.parametrize("are_series_known", [True, False])
async def test_alerts_go_on_while_samples_cannot_be_stored(
    kizashi: Kizashi, parts: Parts, people: People, are_series_known: bool
):
    write(kizashi, {"mill": parts}, [hook(people.url())])
    await fill_up(kizashi, parts, are_series_known=are_series_known)

    async def is_full() -> bool:
        return not await is_ready(kizashi)

    await until(is_full, 10, "it is no longer ready")
    assert "samples.db" in (await readiness(kizashi)).text
    parts.failing.add("first")
    await until(
        lambda: people.told(BURN, "firing", objective="first"), 15, "it is told"
    )
    parts.failing.clear()
    await until(
        lambda: people.told(BURN, "resolved", objective="first"), 15, "so is its end"
    )
    assert not await is_ready(kizashi)
    assert (await kizashi.client.get("/-/healthy")).is_success
    limit(kizashi, None)
    await until(lambda: is_ready(kizashi), RESUMED_S, "it stores again")
    # Where that takes long, the store pages about itself, too.
    assert len([told for told in people.taken if told.name == BURN]) == 2
    assert await kizashi.stop() == 0
    await check_samples(kizashi, parts)


async def test_a_store_that_takes_nothing_delays_notices_and_loses_none(
    kizashi: Kizashi, parts: Parts, people: People
):
    write(kizashi, {"mill": parts}, [hook(people.url())])
    await kizashi.start()
    parts.failing.add("first")
    await until(
        lambda: people.told(BURN, "firing", objective="first"), 20, "it is told"
    )
    limit(kizashi, 0)
    parts.failing.add("second")

    async def is_owed() -> bool:
        is_firing = (await states(kizashi)).get((BURN, "second")) == "firing"
        return is_firing and not await is_ready(kizashi)

    await until(is_owed, 20, "an alert is owed")
    told = (await readiness(kizashi)).text
    assert "samples.db" in told
    assert "state.db" in told
    assert (await kizashi.client.get("/-/healthy")).is_success
    await CLOCK.sleep(5)
    # Nothing is seen to resolve, and nobody is told what is not stored.
    assert (await states(kizashi))[BURN, "first"] == "firing"
    assert len(people.taken) == 1

    limit(kizashi, None)
    await until(lambda: is_ready(kizashi), RESUMED_S, "it stores again")
    await until(
        lambda: people.told(BURN, "firing", objective="second"), RESUMED_S, "told now"
    )
    parts.failing.clear()
    await until(lambda: len(people.taken) == 4, 20, "both end")
    assert people.extra == 0
    assert not people.told(LOSS, "firing")
    assert await kizashi.stop() == 0
    await check_samples(kizashi, parts)
