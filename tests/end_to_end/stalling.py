"""A process of several Kizashis, each of which loses a loop when it is told to.

``python stalling.py FOLDER…`` serves each folder that holds ``kizashi.yaml``. The
folder is named after the loop that stalls once a file ``stall`` is in it.
"""

import asyncio
import sys
from pathlib import Path

from kizashi.clock import SteadyClock
from kizashi.server.composition import Server
from kizashi.server.settings import Settings


class StallingClock(SteadyClock):
    """A clock under which scrape loops may fall asleep for ever."""

    is_stalled = False

    async def sleep(self, seconds: float) -> None:
        task = asyncio.current_task()
        whose = getattr(task and task.get_coro(), "__qualname__", "")
        await super().sleep(seconds)
        if self.is_stalled and whose == "TargetLoop.run":
            await for_ever()


async def for_ever(*_: object, **__: object) -> None:
    await asyncio.Event().wait()


def stall(server: Server, clock: StallingClock, loop: str) -> None:
    """Let one loop of a server stand still from now on."""
    match loop:
        case "scrape":
            clock.is_stalled = True
        case "count":
            server._feed._take = for_ever
        case "store":
            server._feed._store = for_ever
        case "evaluate":
            server._alerts.step = for_ever
        case "deliver":
            server._alerts.delivery.flush_now = for_ever


async def serve(folder: Path) -> None:
    clock = StallingClock()
    server = Server(
        Settings(folder / "data", port=0, config=folder / "kizashi.yaml"), clock
    )
    serving = asyncio.create_task(
        server.run(lambda url: (folder / "url").write_text(url) and None)
    )
    while not (folder / "stall").exists():
        await clock.sleep(0.2)
    stall(server, clock, folder.name)
    await serving


async def main() -> None:
    await asyncio.gather(*(serve(Path(folder)) for folder in sys.argv[1:]))


if __name__ == "__main__":
    asyncio.run(main())
