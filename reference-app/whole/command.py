"""Run the whole back end: AWS emulated, AI, API, Kizashi in front, and traffic.

Everything listens on 127.0.0.1, keeps its things in a temporary folder, and ends with
this process.
"""

import argparse
import asyncio
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
from whole.page import PAGES
from whole.people import sign_in

HERE = Path(__file__).parents[1]
HOST = "127.0.0.1"
PEOPLE = 10
_READY_S = 60.0
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
    """

    folder: Path
    python: str
    rate: float
    duration: str
    language: str
    ports: dict[str, int]

    def url(self, part: str) -> str:
        """Return where a part listens."""
        return f"http://{HOST}:{self.ports[part]}"


class System:
    """The parts, started in the order in which they need each other."""

    def __init__(self, plan: Plan, children: Children) -> None:
        self._plan = plan
        self._children = children
        self._clock = SystemClock()

    async def run(self) -> None:
        """Start everything, show the page, and wait for the traffic's end.

        Raises:
            PartError: If a part does not run.
        """
        plan = self._plan
        token = plan.folder / "admin-token"
        _write_private(token, secrets.token_urlsafe(24))
        admin = ("--admin-token-file", str(token), "--release", "v1")
        config = plan.folder / "config.json"
        aws = await self._start(
            "aws",
            *("--state", str(plan.folder / "aws"), "--config", str(config)),
            *("--people", str(PEOPLE), "--ai-url", plan.url("ai")),
        )
        ai = await self._start(
            "ai", "--admin-port", str(plan.ports["ai-admin"]), *admin
        )
        kizashi = await self._start_kizashi()
        await self._until(aws, _exists(config))
        api = await self._start(
            "api",
            *("--config", str(config), "--admin-port", str(plan.ports["api-admin"])),
            *admin,
        )
        for child, part, path in (
            (api, "api", "/health/ready"),
            (ai, "ai", "/health/ready"),
            (kizashi, "kizashi", "/-/ready"),
        ):
            await self._until(child, _answers(plan.url(part), path))
        tokens = await self._sign_in(config)
        print(_page(plan, tokens, token), flush=True)
        traffic = await self._start_traffic(tokens)
        await self._watch(traffic, aws, ai, api, kizashi)

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
        ("[services.yaml]", f"[{folder / 'services.yaml'}]"),
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


def _page(plan: Plan, tokens: Path, admin_token: Path) -> str:
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
        admin_token=admin_token,
        status=f"{kizashi} status {server}",
        explain=f"{kizashi} explain backend/availability {server}",
    )


async def _run(plan: Plan) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with Children(plan.folder) as children:
        running = asyncio.create_task(System(plan, children).run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            await running
        running.cancel()


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
        )
        try:
            asyncio.run(_run(plan))
        except PartError as error:
            print(f"system: {error}", file=sys.stderr)
            return 1
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app system", description=__doc__)
    parser.add_argument("--python", required=True, help="with requirements/local.txt")
    parser.add_argument("--rate", type=float, default=10, help="requests a second")
    parser.add_argument("--duration", default="30m", help="of the traffic")
    language = "ja" if os.environ.get("LANG", "").startswith("ja") else "en"
    parser.add_argument("--language", choices=sorted(PAGES), default=language)
    return parser.parse_args(arguments)
