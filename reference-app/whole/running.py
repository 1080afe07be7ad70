"""Start the parts as they need each other, keep them running, and end with them."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from kizashi.ports.clock import Clock
from whole.children import Child, Children
from whole.parts import Part
from whole.people import sign_in
from whole.plan import GUESTS, HERE, HOST, Plan
from whole.words import Say

_READY_S = 90.0
_POLL_S = 0.1
_KIZASHI = "kizashi"


class PartError(Exception):
    """A part ended or did not become ready; `part` is its name, `log` its last words."""

    def __init__(self, part: Child) -> None:
        super().__init__(part.name)
        self.part = part.name
        self.log = part.tail()


class House:
    """The running parts.

    Args:
        plan: What to run.
        parts: The rows that run here.
        say: Tells the person how it goes.
        clock: Paces the waiting.
        children: Holds the processes.
    """

    def __init__(
        self,
        plan: Plan,
        parts: Sequence[Part],
        say: Say,
        clock: Clock,
        children: Children,
    ) -> None:
        self.plan = plan
        self.say = say
        self.clock = clock
        self._parts = {part.name: part for part in parts}
        self._children = children
        self._ready = {part.name: asyncio.Event() for part in parts}
        self.running: dict[str, Child] = {}

    async def keep(self) -> None:
        """Start every part and start it again whenever it ends, without end.

        PartError comes out where one does not become ready, or Kizashi ends.
        """
        async with asyncio.TaskGroup() as living:
            for part in self._parts.values():
                living.create_task(self._live(part))

    async def until_ready(self, *names: str) -> None:
        """Return when these parts do their work; who does not run here is not missed."""
        for name in names:
            if name in self._ready:
                await self._ready[name].wait()

    async def until_all_ready(self) -> None:
        """Return when every part does its work."""
        await self.until_ready(*self._parts)

    async def _live(self, part: Part) -> None:
        await self.until_ready(*self._needs(part))
        await self._start(part)
        while True:
            child = self.running[part.name]
            code = await child.process.wait()
            if part.name == _KIZASHI:
                raise PartError(child)
            title = part.title[self.plan.language]
            away_s = self.plan.restart_s
            self.say("gone", part=title, code=code, seconds=f"{away_s:g}")
            await self.clock.sleep(away_s)
            try:
                await self._start(part)
            except PartError:
                # It did run once: it is tried again, as a cluster would.
                stop(self.running[part.name])
            else:
                self.say("back", part=title)

    def _needs(self, part: Part) -> Sequence[str]:
        """Return the parts that must be ready before this one starts."""
        if not self.plan.is_exercise:
            return part.needs
        # Its windows are seconds long: what comes up late would page as lost. So
        # Kizashi is the last one there, and nobody waits for it.
        names = self._parts if part.name == _KIZASHI else part.needs
        return [name for name in names if name != _KIZASHI]

    async def _start(self, part: Part) -> None:
        """Start a part and return when it is ready.

        Raises:
            PartError: If it ends, or takes too long.
        """
        command = await asyncio.to_thread(part.command, self.plan)
        child = await self._children.start(part.name, command)
        self.running[part.name] = child
        deadline = self.clock.monotonic() + _READY_S
        while not await asyncio.to_thread(part.is_ready, self.plan):
            is_late = self.clock.monotonic() > deadline
            if is_late or child.process.returncode is not None:
                raise PartError(child)
            await self.clock.sleep(_POLL_S)
        self._ready[part.name].set()

    # The traffic is no part: it is what happens to the application.

    async def start_traffic(self) -> Child:
        """Sign people in and let them come; they leave after the plan's duration."""
        plan = self.plan
        await sign_in(plan)
        command = [sys.executable, str(HERE), "traffic", "--url", plan.url("api")]
        command += ["--secure-url", f"https://{HOST}:{plan.ports['api-tls']}"]
        command += ["--authority", str(plan.certificates / "ca.pem")]
        command += ["--rate", f"{plan.rate:g}", "--duration", plan.duration]
        command += ["--tokens", str(plan.tokens), "--guests", str(GUESTS)]
        command += ["--metrics-port", str(plan.ports["clients"])]
        if "edge" in plan.parts:
            command += ["--door", plan.url("edge")]
        if not plan.is_exercise:
            command += ["--day", plan.duration]
        return await self._children.start("traffic", command)

    async def run_kizashi(self, *arguments: str, is_shown: bool = False) -> str:
        """Run one command of Kizashi's; return what it printed, unless it is shown."""
        command = [sys.executable, "-m", "kizashi", *arguments]
        command += ["--server", self.plan.url(_KIZASHI)]
        command += ["--language", self.plan.language]
        child = await self._children.start("asked", command, is_shown=is_shown)
        await child.process.wait()
        if is_shown:
            return ""
        text = await asyncio.to_thread(_take, child.output)
        return text or child.tail()


def _take(path: Path) -> str:
    """Return what a file holds, and empty it."""
    text = path.read_text(encoding="utf-8")
    path.write_text("", encoding="utf-8")
    return text


def stop(child: Child) -> None:
    """Let a process that may still run end now."""
    if child.process.returncode is None:
        child.process.kill()


async def until_told(
    story: Awaitable[bool], stopping: Callable[[], None], *, otherwise: bool
) -> bool:
    """Return what a story ends with; `otherwise` where a signal ends it first."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    telling = asyncio.ensure_future(story)
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({telling, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if telling.done():
        return await telling
    stopping()
    telling.cancel()
    await asyncio.wait({telling})
    return otherwise
