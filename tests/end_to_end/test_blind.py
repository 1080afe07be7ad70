"""Kizashi goes blind in every way there is: people hear of it, and nothing resolves."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alarms import Parts, People, eventually as until, hook, states, write
from serving import CLOCK, Kizashi

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

JOBS = ("killed", "renamed", "emptied", "hanging")
#: Of these no target answers any more, which has an alert of its own.
DOWN = ("killed", "hanging")
BURN, LOSS, TARGET_DOWN = "ErrorBudgetBurn", "DataLoss", "TargetDown"
#: A scrape counts for 2.5 intervals, half the short window goes unseen, and that lasts
#: as long as the window; target files are looked at every 5 s.
LOSS_S = 2.5 + 2.5 + 5 + 5
TARGET_DOWN_S = 60
LATE_S = 5.0
FOUND_IN_FILE = """\
  - job_name: emptied
    file_sd_configs: [{{files: ["{path}"], refresh_interval: 5s}}]
"""


@dataclass
class World:
    """Four jobs, each with a part whose alert fires and a part that is well."""

    file: Path
    jobs: dict[str, Parts] = field(default_factory=dict)
    servers: dict[str, Servers] = field(default_factory=dict)

    async def start(self, job: str) -> None:
        """Let a job's target answer, where it did before if it did."""
        parts = self.jobs[job]
        self.servers[job] = Servers()
        port = int(parts.address.rpartition(":")[2] or 0)
        server = await self.servers[job].start(parts, port=port)
        parts.address = f"127.0.0.1:{server.port}"

    def list_targets(self) -> None:
        address = self.jobs["emptied"].address
        self.file.write_text(f'[{{"targets": ["{address}"]}}]')

    async def go_blind(self) -> None:
        await self.servers["killed"].close()
        self.jobs["renamed"].metric = "requests_total"
        self.file.write_text("[]")
        self.jobs["hanging"].is_hanging = True

    async def see_again(self) -> None:
        await self.start("killed")
        self.jobs["renamed"].metric = "hits_total"
        self.list_targets()
        self.jobs["hanging"].is_hanging = False


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "targets.json")
    for job in JOBS:
        made.jobs[job] = Parts((f"{job}-ill", f"{job}-well"))
        await made.start(job)
    made.list_targets()
    yield made
    for servers in made.servers.values():
        await servers.close()


@pytest.fixture
async def people() -> AsyncIterator[People]:
    server = People()
    await server.start()
    yield server
    await server.close()


async def test_blindness_is_told_and_resolves_nothing(
    kizashi: Kizashi, world: World, people: People
):
    write(kizashi, world.jobs, [hook(people.url())])
    text = kizashi.config.read_text()
    static = f'    static_configs: [{{targets: ["{world.jobs["emptied"].address}"]}}]\n'
    found = FOUND_IN_FILE.format(path=world.file)
    kizashi.config.write_text(text.replace(f"  - job_name: emptied\n{static}", found))
    assert found in kizashi.config.read_text()
    await kizashi.start()
    for job, parts in world.jobs.items():
        parts.failing.add(f"{job}-ill")

    await until(lambda: told(people, BURN, "firing", "-ill"), 20, "four alerts fire")
    await world.go_blind()
    blind_s = CLOCK.monotonic()
    await until(
        lambda: told(people, LOSS, "firing", "-ill", "-well"),
        LOSS_S + LATE_S,
        "lost data is told of",
    )
    for notice in people.told(LOSS, "firing"):
        is_absent = notice.labels["service"] == "renamed"
        assert notice.labels["severity"] == ("ticket" if is_absent else "page")

    def are_down() -> bool:
        found = people.told(TARGET_DOWN, "firing")
        return {t.labels["job"] for t in found} == set(DOWN)

    await until(are_down, TARGET_DOWN_S + LATE_S, "targets that are down are told of")
    assert CLOCK.monotonic() - blind_s >= TARGET_DOWN_S - 1
    # Long after its windows emptied, what burnt before is held.
    held = await states(kizashi)
    for job in JOBS:
        assert held[BURN, f"{job}-ill"] == "frozen"
        assert (BURN, f"{job}-well") not in held
    assert not [t for t in people.taken if t.status == "resolved"]
    assert not people.told(TARGET_DOWN, "firing", severity="ticket")

    for parts in world.jobs.values():
        parts.failing.clear()
    await world.see_again()
    await until(
        lambda: (
            told(people, BURN, "resolved", "-ill")
            and told(people, LOSS, "resolved", "-ill", "-well")
            and len(people.told(TARGET_DOWN, "resolved")) == len(DOWN)
        ),
        20,
        "data end everything",
    )
    assert people.extra == 0
    assert len(people.told(BURN, "firing")) == len(JOBS)
    assert await kizashi.stop() == 0


def told(people: People, name: str, state: str, *whose: str) -> bool:
    """Return whether people were told of an alert of these parts of every job."""
    heard = {t.labels["objective"] for t in people.told(name, state)}
    return heard == {f"{job}{part}" for job in JOBS for part in whose}
