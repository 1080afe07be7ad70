"""The demo: a service, its traffic, and Kizashi in front, on this machine only."""

import asyncio
import contextlib
import os
import shlex
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

import kizashi
from kizashi.errors import KizashiError
from kizashi.model.durations import format_duration
from kizashi.ports.clock import Clock
from kizashi.ports.tokens import Role
from kizashi.runtime.children import Child, Children
from kizashi.runtime.client import ServerError, fetch
from kizashi.runtime.tokens import create_token

HOST = "127.0.0.1"
API_PORT = 8080
KIZASHI_PORT = 9470
_READY_S = 60.0
_POLL_S = 0.2
_STATUS_EVERY_S = 10.0
_RESTART_S = 20.0
#: A scrape, its timeout, and the slice that closes after it; each lasts a second.
_SETTLE_S = 4.0


#: Steps in which the loading of the past is told.
_PAST_STEPS = 10
_PAST_ENDS = {"loaded": "demo.history.loaded", "failed": "demo.history.failed"}


class DemoError(KizashiError):
    """A part of the demo ended or did not become ready.

    Its name is in `part`, the last lines that it wrote are in `log`.

    Args:
        part: Which one.
    """

    def __init__(self, part: Child) -> None:
        super().__init__(f"{part.name} did not run; its log is {part.log}")
        self.part = part.name
        self.log = part.tail()


class Say(Protocol):
    """Tells the person at the terminal something, in their language."""

    def __call__(self, message_id: str, /, **params: object) -> None:
        """Show a message of the catalogue."""
        ...


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What to run.

    Attributes:
        checkout: The folder that holds ``reference-app``.
        folder: An empty folder for the configuration, the data and the logs.
        language: The reader's.
        duration_ms: When the traffic ends, and the demo after it.
        rate: Requests a second.
        api_port: Where the service listens.
        kizashi_port: Where Kizashi listens.
        shows_status: Whether to show the figures every ten seconds.
        history_days: How long the simulated past is; None where the server is to
            know nothing of a demo.
        serve: The command that serves, its options left out.
    """

    checkout: Path
    folder: Path
    language: str
    duration_ms: int
    rate: float
    api_port: int
    kizashi_port: int
    shows_status: bool
    history_days: int | None = None
    serve: tuple[str, ...] = (sys.executable, "-m", "kizashi", "serve")

    @property
    def api_url(self) -> str:
        """Where the service is."""
        return f"http://{HOST}:{self.api_port}"

    @property
    def kizashi_url(self) -> str:
        """Where Kizashi is."""
        return f"http://{HOST}:{self.kizashi_port}"


class _Tally(msgspec.Struct):
    """What the traffic counted by hand."""

    valid: int
    no_answer: int
    bad: dict[str, int]


class _Objective(msgspec.Struct):
    service: str
    objective: str
    at: float


class _Objectives(msgspec.Struct):
    objectives: tuple[_Objective, ...]


class _Point(msgspec.Struct):
    bad: int | float
    valid: int | float


class _Stretch(msgspec.Struct):
    points: tuple[_Point, ...]


class _Simulated(msgspec.Struct):
    state: str
    share: float
    until: float


class _Answer(msgspec.Struct):
    simulated: _Simulated


def find_checkout() -> Path | None:
    """Return the checkout that this code runs from, None where it was installed."""
    folder = Path(kizashi.__file__).resolve().parents[2]
    return folder if (folder / "reference-app" / "__main__.py").is_file() else None


def free_port(wanted: int) -> int:
    """Return the wanted port if nobody listens there, else one that is free now."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # As servers do: a port whose last connections linger is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
    raise OSError(f"no port is free on {HOST}")


async def run_demo(plan: DemoPlan, say: Say, clock: Clock) -> None:
    """Run until the traffic has ended or a signal comes; leave no process behind.

    DemoError comes out where a part did not become ready, or Kizashi ended.

    Args:
        plan: What to run.
        say: Tells the person how it goes.
        clock: Paces the waiting.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with Children(plan.folder) as children:
        story = asyncio.create_task(_Demo(plan, say, clock, children).tell())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({story, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not story.done():
            story.cancel()
            say("demo.stopping")
        with contextlib.suppress(asyncio.CancelledError):
            await story
    say("demo.ended")


class Parts:
    """Starts the parts that a demo is made of, and waits until they are ready."""

    def __init__(self, plan: DemoPlan, clock: Clock, children: Children) -> None:
        self._plan = plan
        self._clock = clock
        self._children = children

    async def start_api(self) -> Child:
        """Start the service, with its fault switch."""
        port = str(self._plan.api_port)
        return await self._start_app("api", "--port", port, "--demo")

    async def start_traffic(self) -> Child:
        """Start the traffic; it ends by itself."""
        duration = format_duration(self._plan.duration_ms)
        limits = ("--rate", str(self._plan.rate), "--duration", duration)
        return await self._start_app("traffic", "--url", self._plan.api_url, *limits)

    async def _start_app(self, part: str, *options: str) -> Child:
        app = str(self._plan.checkout / "reference-app")
        command = [sys.executable, app, part, *options]
        return await self._children.start(part, command)

    async def start_kizashi(self, config: Path) -> Child:
        """Start the server with a configuration."""
        command = [*self._plan.serve]
        command += ["--config", str(config)]
        command += ["--listen", f"{HOST}:{self._plan.kizashi_port}"]
        command += ["--data", str(self._plan.folder / "data")]
        if self._plan.history_days is not None:
            command += ["--demo", self._plan.api_url]
            command += ["--demo-days", str(self._plan.history_days)]
        return await self._children.start("kizashi", command)

    async def until_ready(self, child: Child, url: str, path: str) -> None:
        """Return when a part answers.

        Raises:
            DemoError: If it ended, or takes too long.
        """
        deadline = self._clock.monotonic() + _READY_S
        while not await self._answers(url, path):
            is_late = self._clock.monotonic() > deadline
            if is_late or child.process.returncode is not None:
                raise DemoError(child)
            await self._clock.sleep(_POLL_S)

    async def _answers(self, url: str, path: str) -> bool:
        try:
            await self.fetch(url, path)
        except ServerError:
            return False
        return True

    async def fetch(self, url: str, path: str) -> bytes:
        """Return what a part answers.

        Raises:
            ServerError: If it does not.
        """
        language = self._plan.language
        return await asyncio.to_thread(fetch, url, path, token=None, language=language)


class _Demo:
    """One run, told in order."""

    def __init__(
        self, plan: DemoPlan, say: Say, clock: Clock, children: Children
    ) -> None:
        self._plan = plan
        self._say = say
        self._clock = clock
        self._children = children
        self._parts = Parts(plan, clock, children)

    async def tell(self) -> None:
        """Start everything, show the page, wait for the traffic, compare counts."""
        self._say("demo.starting")
        api = await self._parts.start_api()
        server = await self._parts.start_kizashi(_write_configuration(self._plan))
        await self._parts.until_ready(api, self._plan.api_url, "/health/ready")
        await self._parts.until_ready(server, self._plan.kizashi_url, "/-/ready")
        await self._show_page()
        traffic = await self._parts.start_traffic()
        async with asyncio.TaskGroup() as beside:
            loops = [
                beside.create_task(self._revive(api)),
                beside.create_task(self._show_status()),
                beside.create_task(self._show_history()),
            ]
            ended = await _first_to_end(traffic, server)
            for endless in loops:
                endless.cancel()
        if ended is server or traffic.process.returncode:
            raise DemoError(ended)
        self._say("demo.settling")
        await self._clock.sleep(_SETTLE_S)
        await self._compare(traffic)

    async def _show_page(self) -> None:
        plan = self._plan
        issued = await asyncio.to_thread(
            create_token, plan.folder / "data", "demo", Role.OPERATOR
        )
        switch = f"curl -X PUT {plan.api_url}/demo/faults"
        switch += " -H 'Content-Type: application/json' -d"
        self._say(
            "demo.page",
            api=plan.api_url,
            kizashi=plan.kizashi_url,
            rate=f"{plan.rate:g}",
            duration=format_duration(plan.duration_ms),
            token=issued.plaintext,
            status=f"{_own_python()} -m kizashi status --server {plan.kizashi_url}",
            errors=f"{switch} '{{\"error_share\": 0.2}}'",
            slow=f'{switch} \'{{"latency_ms": 300, "latency_share": 0.5}}\'',
            outage=f"{switch} '{{\"outage\": true}}'",
            well=f"{switch} '{{}}'",
            kill=f"curl -X POST {plan.api_url}/demo/kill",
            restart_s=f"{_RESTART_S:g}",
        )

    async def _revive(self, api: Child) -> None:
        """Start the service again some time after it was killed, without end."""
        while True:
            code = await api.process.wait()
            self._say("demo.gone", code=code, seconds=f"{_RESTART_S:g}")
            await self._clock.sleep(_RESTART_S)
            api = await self._parts.start_api()
            self._say("demo.back")

    async def _show_status(self) -> None:
        """Show the figures every ten seconds, without end."""
        while self._plan.shows_status:
            await self._clock.sleep(_STATUS_EVERY_S)
            # The command itself: the person sees what they would get by hand.
            command = [sys.executable, "-m", "kizashi", "status"]
            command += ["--server", self._plan.kizashi_url]
            command += ["--language", self._plan.language]
            status = await self._children.start("status", command, is_shown=True)
            await status.process.wait()

    async def _show_history(self) -> None:
        """Show how the simulated past is coming, then wait without end."""
        told = -1
        while self._plan.history_days:
            past = await self._simulated()
            if past is not None and past.state in _PAST_ENDS:
                self._say(_PAST_ENDS[past.state])
                break
            if past is not None and int(past.share * _PAST_STEPS) > told:
                told = int(past.share * _PAST_STEPS)
                percent = told * 100 // _PAST_STEPS
                self._say("demo.history.loading", percent=percent)
            await self._clock.sleep(_POLL_S)
        await asyncio.Event().wait()

    async def _simulated(self) -> _Simulated | None:
        try:
            body = await self._parts.fetch(self._plan.kizashi_url, "/kizashi/v1/demo")
        except ServerError:
            return None
        return msgspec.json.decode(body, type=_Answer).simulated

    async def _compare(self, traffic: Child) -> None:
        """Show what the traffic counted by hand beside what the ledger holds."""
        tally = msgspec.json.decode(traffic.output.read_bytes(), type=_Tally)
        past = await self._simulated()
        if past is None:
            return
        body = await self._parts.fetch(self._plan.kizashi_url, "/kizashi/v1/objectives")
        for held in msgspec.json.decode(body, type=_Objectives).objectives:
            # What was simulated is not the traffic's.
            path = f"/kizashi/v1/objectives/{held.service}/{held.objective}/ledger"
            stretch = await self._parts.fetch(
                self._plan.kizashi_url,
                f"{path}?start={past.until:.3f}&end={held.at:.3f}&step=1m",
            )
            points = msgspec.json.decode(stretch, type=_Stretch).points
            self._say(
                "demo.count",
                objective=held.objective,
                bad=tally.bad.get(held.objective, 0),
                valid=tally.valid,
                ledger_bad=sum(point.bad for point in points),
                ledger_valid=sum(point.valid for point in points),
            )
        if tally.no_answer:
            self._say("demo.no_answer", count=tally.no_answer)


async def _first_to_end(*children: Child) -> Child:
    ends = {asyncio.create_task(one.process.wait()): one for one in children}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    return ends[done.pop()]


def _own_python() -> str:
    return shlex.quote(os.path.relpath(sys.executable))


def _write_configuration(plan: DemoPlan) -> Path:
    """Write the demo's configuration with this run's port, and return where it is."""
    folder = plan.checkout / "reference-app" / "kizashi"
    text = (folder / "demo" / "kizashi.yaml").read_text(encoding="utf-8")
    text = text.replace("../todo-api.yaml", str(folder / "todo-api.yaml"))
    text = text.replace(f"{HOST}:{API_PORT}", f"{HOST}:{plan.api_port}")
    path = plan.folder / "kizashi.yaml"
    path.write_text(text, encoding="utf-8")
    return path
