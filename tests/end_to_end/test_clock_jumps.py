"""The machine's time of day jumps while Kizashi runs: nobody is told of that."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alarms import Parts, People, eventually as until, hook, states, write
from serving import CLOCK, Kizashi

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="preloads a library"),
    pytest.mark.peer("faketime"),
]

BURN = "ErrorBudgetBurn"
HOUR_S = 3_600
#: Offsets from the true time that the time of day jumps to, one after the other.
JUMPS_S = (-2 * HOUR_S, 24 * HOUR_S, -24 * HOUR_S)
LIBRARIES = "/usr/lib"
LIBRARY = "*/faketime/libfaketimeMT.so.1"


class Faked(Kizashi):
    """A Kizashi whose machine's time of day a file decides."""

    def command(self) -> list[str]:
        (library,) = Path(LIBRARIES).glob(LIBRARY)
        settings = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "time"),
            "FAKETIME_NO_CACHE": "1",
            "NO_FAKE_STAT": "1",
            # A machine's time since boot does not jump; the library would let it.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        values = [f"{name}={value}" for name, value in settings.items()]
        return ["/usr/bin/env", *values, *super().command()]

    def jump_to(self, offset_s: int) -> None:
        """Let the time of day be so far from the true time from now on."""
        new = self.folder / "time.new"
        new.write_text(f"{offset_s:+d}\n")
        new.rename(self.folder / "time")


@pytest.fixture
async def faked(tmp_path: Path) -> AsyncIterator[Faked]:
    made = Faked(tmp_path)
    made.jump_to(0)
    yield made
    await made.end()


@pytest.fixture
async def people() -> AsyncIterator[People]:
    server = People()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def parts(servers: Servers) -> Parts:
    made = Parts(("first", "second", "third"))
    made.address = f"127.0.0.1:{(await servers.start(made)).port}"
    return made


async def counted_until_s(kizashi: Kizashi) -> float:
    """Return the edge of the newest slice that Kizashi answers for."""
    found = await kizashi.get("/kizashi/v1/objectives/mill/first")
    return float(str(found["at"]))


async def test_jumps_of_the_time_of_day_change_nothing_and_stop_nothing(
    faked: Faked, parts: Parts, people: People
):
    write(faked, {"mill": parts}, [hook(people.url())])
    await faked.start()
    parts.failing.add("first")
    await until(
        lambda: people.told(BURN, "firing", objective="first"), 20, "it is told"
    )
    for offset_s in JUMPS_S:
        faked.jump_to(offset_s)
        pages, edge_s = len(parts.served), await counted_until_s(faked)
        await CLOCK.sleep(5)
        assert len(parts.served) - pages >= 4
        assert 4 <= await counted_until_s(faked) - edge_s <= 7
        assert abs(await counted_until_s(faked) - CLOCK.now_ms() / 1000) < 4
        assert await states(faked) == {(BURN, "first"): "firing"}
        assert len(people.taken) == 1
    assert faked.log.read_text().count("time of day jumped") >= 1

    # A day in the past, what is new is still told at once, and so is an end.
    parts.failing = {"second"}
    await until(lambda: len(people.taken) == 3, 15, "both changes are told")
    (fired,) = people.told(BURN, "firing", objective="second")
    (ended,) = people.told(BURN, "resolved", objective="first")
    for notice in (fired, ended):
        assert abs(notice.since_s - CLOCK.now_ms() / 1000) < 15
    faked.jump_to(0)
    parts.failing.clear()
    await until(
        lambda: people.told(BURN, "resolved", objective="second"), 15, "all is over"
    )
    assert people.extra == 0
    assert len(people.taken) == 4
    assert await faked.stop() == 0
