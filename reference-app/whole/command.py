"""Run the whole back end: AWS emulated, AI, API, Kizashi in front, and traffic.

Everything listens on 127.0.0.1, keeps its things in a temporary folder, and ends with
this process.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shlex
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kizashi.runtime.children import Child, Children
from kizashi.runtime.client import ServerError, fetch
from kizashi.runtime.clock import SystemClock
from kizashi.runtime.demo import free_port
from whole.exercise import Exercise, Places
from whole.page import PAGES
from whole.people import sign_in

HERE = Path(__file__).parents[1]
HOST = "127.0.0.1"
PEOPLE = 10
_READY_S = 60.0
_RESTART_S = 10.0
_POLL_S = 0.1
_MOST_RATE = 100


class PartError(Exception):
    """A part ended or did not become ready."""

    def __init__(self, part: Child) -> None:
        super().__init__(f"{part.name} did not run; the end of its log:\n{part.tail()}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where.

    Attributes:
        folder: An empty folder, gone afterwards.
        python: The interpreter with the services' requirements.
        rate: Requests a second.
        duration: Of the traffic, as ``30m``.
        language: Of the page.
        ports: By part.
        is_exercise: Whether the story is told, in place of waiting for a person.
    """

    folder: Path
    python: str
    rate: float
    duration: str
    language: str
    ports: dict[str, int]
    is_exercise: bool = False

    @property
    def config(self) -> Path:
        """The services' settings, once the emulator has written them."""
        return self.folder / "config.json"

    @property
    def admin_token(self) -> Path:
        """Who has what is in this file may switch faults on."""
        return self.folder / "admin-token"

    def options(self, part: str) -> tuple[str, ...]:
        """Return a service's options but for its port."""
        if part == "aws":
            state = ("--state", str(self.folder / "aws"), "--people", str(PEOPLE))
            return (*state, "--config", str(self.config), "--ai-url", self.url("ai"))
        admin = ("--admin-token-file", str(self.admin_token), "--release", "v1")
        port = ("--admin-port", str(self.ports[f"{part}-admin"]))
        config = ("--config", str(self.config)) if part == "api" else ()
        return (*admin, *port, *config)

    def url(self, part: str) -> str:
        """Return where a part listens."""
        return f"http://{HOST}:{self.ports[part]}"


class System:
    """The parts, started in the order in which they need each other."""

    def __init__(self, plan: Plan, children: Children) -> None:
        self._plan = plan
        self._children = children
        self._clock = SystemClock()
        self._services: dict[str, Child] = {}

    async def run(self) -> bool:
        """Start everything, show the page, and wait for the traffic's end.

        A service that ends meanwhile is started again after a while, as a cluster
        would; until then it is missing, for everybody to see.

        Returns:
            Whether all went well; an exercise may not have.

        Raises:
            PartError: If a part does not run.
        """
        plan = self._plan
        kizashi, tokens = await self._come_up()
        print(_page(plan, tokens), flush=True)
        traffic = await self._start_traffic(tokens)
        story = asyncio.create_task(self._story(traffic, kizashi, tokens))
        reviving = [
            asyncio.create_task(self._revive(part)) for part in tuple(self._services)
        ]
        try:
            return await story
        finally:
            for task in (story, *reviving):
                task.cancel()

    async def _come_up(self) -> tuple[Child, Path]:
        """Start all but the traffic; return Kizashi and the people's tokens."""
        plan = self._plan
        _write_private(plan.admin_token, secrets.token_urlsafe(24))
        await self._start_service("aws")
        await self._start_service("ai")
        kizashi = await self._start_kizashi()
        await self._until(self._services["aws"], _exists(plan.config))
        await self._start_service("api")
        for part in ("api", "ai"):
            answers = _answers(plan.url(part), "/health/ready")
            await self._until(self._services[part], answers)
        await self._until(kizashi, _answers(plan.url("kizashi"), "/-/ready"))
        return kizashi, await self._sign_in(plan.config)

    async def _story(self, traffic: Child, kizashi: Child, tokens: Path) -> bool:
        if not self._plan.is_exercise:
            await self._watch(traffic, kizashi)
            return True
        first = (await asyncio.to_thread(tokens.read_text)).split()[0]
        places = Places(
            kizashi=self._plan.url("kizashi"),
            api=self._plan.url("api"),
            admin=self._plan.url("api-admin"),
            admin_token=await asyncio.to_thread(self._plan.admin_token.read_text),
            token=first,
        )
        return await Exercise(places, self._clock, self._plan.language).run()

    async def _revive(self, part: str) -> None:
        """Start a service again some time after it ended, without end."""
        while True:
            code = await self._services[part].process.wait()
            print(f"{part}: ended with {code}; again in {_RESTART_S:g} s", flush=True)
            await self._clock.sleep(_RESTART_S)
            await self._start_service(part)

    async def _start_service(self, part: str) -> None:
        self._services[part] = await self._start(part, *self._plan.options(part))

    async def _start(self, part: str, *options: str) -> Child:
        port = str(self._plan.ports[part])
        command = [self._plan.python, str(HERE), part, "--port", port, *options]
        return await self._children.start(part, command)

    async def _start_kizashi(self) -> Child:
        config = _write_configuration(self._plan)
        command = [sys.executable, "-m", "kizashi", "serve", "--config", str(config)]
        command += ["--listen", f"{HOST}:{self._plan.ports['kizashi']}"]
        command += ["--data", str(self._plan.folder / "data")]
        return await self._children.start("kizashi", command)

    async def _sign_in(self, config: Path) -> Path:
        settings = await asyncio.to_thread(_read, config)
        tokens = await sign_in(self._plan.folder / "aws", settings, PEOPLE)
        path = self._plan.folder / "tokens"
        _write_private(path, "\n".join(tokens) + "\n")
        return path

    async def _start_traffic(self, tokens: Path) -> Child:
        plan = self._plan
        command = [sys.executable, str(HERE), "traffic", "--url", plan.url("api")]
        command += ["--rate", str(plan.rate), "--duration", plan.duration]
        command += ["--day", plan.duration, "--tokens", str(tokens)]
        return await self._children.start("traffic", command)

    async def _until(self, child: Child, holds: Callable[[], Awaitable[bool]]) -> None:
        """Return when something holds that a part is needed for."""
        deadline = self._clock.monotonic() + _READY_S
        while not await holds():
            is_late = self._clock.monotonic() > deadline
            if is_late or child.process.returncode is not None:
                raise PartError(child)
            await self._clock.sleep(_POLL_S)

    async def _watch(self, traffic: Child, *parts: Child) -> None:
        ends = {asyncio.create_task(c.process.wait()): c for c in (traffic, *parts)}
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        ended = ends[done.pop()]
        if ended is not traffic or traffic.process.returncode:
            raise PartError(ended)


def _exists(path: Path) -> Callable[[], Awaitable[bool]]:
    async def exists() -> bool:
        return await asyncio.to_thread(path.is_file)

    return exists


def _answers(url: str, path: str) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        try:
            await asyncio.to_thread(fetch, url, path, token=None, language="en")
        except ServerError:
            return False
        return True

    return answers


def _read(path: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return settings


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")


def _write_configuration(plan: Plan) -> Path:
    """Write Kizashi's configuration for this run: its ports, and each second."""
    folder = HERE / "kizashi" / "system"
    text = (folder / "kizashi.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("[services.yaml]", f"[{_write_declarations(plan, folder)}]"),
        ("[ingress.json]", f"[{folder / 'ingress.json'}]"),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
        ("scrape_timeout: 10s", "scrape_timeout: 1s\nledger: {slice: 1s}"),
        ("127.0.0.1:8080", f"{HOST}:{plan.ports['api']}"),
        ("127.0.0.1:8081", f"{HOST}:{plan.ports['ai']}"),
        ("group_wait: 30s", "group_wait: 1s"),
    ):
        if old not in text:
            raise ValueError(f"{folder / 'kizashi.yaml'} no longer has {old!r}")
        text = text.replace(old, new)
    path = plan.folder / "kizashi.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _write_declarations(plan: Plan, folder: Path) -> Path:
    """Return the promises; an exercise's have a policy short enough to watch."""
    declared = folder / "services.yaml"
    if not plan.is_exercise:
        return declared
    text = declared.read_text(encoding="utf-8")
    quick = "policies: [{long: 20s, short: 5s, factor: 14.4, severity: page}]"
    path = plan.folder / "services.yaml"
    path.write_text(text.replace("preset: 2h-6h-24h", quick), encoding="utf-8")
    return path


def _page(plan: Plan, tokens: Path) -> str:
    kizashi = f"{shlex.quote(os.path.relpath(sys.executable))} -m kizashi"
    server = f"--server {plan.url('kizashi')}"
    return PAGES[plan.language].format(
        kizashi=plan.url("kizashi"),
        api=plan.url("api"),
        ai=plan.url("ai"),
        aws=plan.url("aws"),
        api_admin=plan.url("api-admin"),
        ai_admin=plan.url("ai-admin"),
        rate=f"{plan.rate:g}",
        people=PEOPLE,
        duration=plan.duration,
        tokens=tokens,
        admin_token=plan.admin_token,
        status=f"{kizashi} status {server}",
        explain=f"{kizashi} explain backend/availability {server}",
    )


async def _run(plan: Plan) -> bool:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with Children(plan.folder) as children:
        running = asyncio.create_task(System(plan, children).run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            return await running
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    return True


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C or the traffic's end; return 0, or 1 where a part fails."""
    options = _parse(arguments)
    if not 0 < options.rate <= _MOST_RATE:
        print(f"system: a rate in (0, {_MOST_RATE}] is expected", file=sys.stderr)
        return 2
    # The emulator's root user: worth nothing elsewhere.
    os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    wanted = {"api": 8080, "ai": 8081, "kizashi": 9470, "aws": 4566}
    ports = {part: free_port(port) for part, port in wanted.items()}
    ports |= {part: free_port(0) for part in ("api-admin", "ai-admin")}
    with tempfile.TemporaryDirectory(prefix="kizashi-system-") as folder:
        plan = Plan(
            Path(folder),
            options.python,
            options.rate,
            options.duration,
            options.language,
            ports,
            options.exercise,
        )
        try:
            return 0 if asyncio.run(_run(plan)) else 1
        except PartError as error:
            print(f"system: {error}", file=sys.stderr)
            return 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app system", description=__doc__)
    parser.add_argument("--python", required=True, help="with requirements/local.txt")
    parser.add_argument("--rate", type=float, default=10, help="requests a second")
    parser.add_argument("--duration", default="30m", help="of the traffic")
    parser.add_argument(
        "--exercise", action="store_true", help="tell the story, unattended"
    )
    language = "ja" if os.environ.get("LANG", "").startswith("ja") else "en"
    parser.add_argument("--language", choices=sorted(PAGES), default=language)
    return parser.parse_args(arguments)
