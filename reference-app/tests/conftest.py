"""The services in this process, with a clock of their own."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.lowlevel import checkpoint
from fastapi import FastAPI

APP = Path(__file__).parents[1]
sys.path[:0] = [str(APP), str(Path(__file__).parent)]
sys.path.append(str(APP.parent / "tests"))

from ai.analysis import Analyser
from ai.app import create_app

from harness import forked

#: Saturday, half past one in the morning in Tokyo; Friday elsewhere.
NOW = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)


#: Debian package → the programs that tests call.
PEER_PROGRAMS = {"chromium": "chromium", "nginx": "nginx"}


def pytest_configure() -> None:
    """Fork what would import the same again."""
    forked.install()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a program that is not here; with KZ_REQUIRE=all that fails."""
    for marker in item.iter_markers("peer"):
        package = marker.args[0]
        if shutil.which(PEER_PROGRAMS[package]) is None:
            line = f"sudo apt-get install -y --no-install-recommends {package}"
            leave = (
                pytest.fail if os.environ.get("KZ_REQUIRE") == "all" else pytest.skip
            )
            leave(f"{package} not found: {line}")


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the services do."""
    return "asyncio"


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    """Both readers; they keep no state between sentences."""
    return Analyser()


@pytest.fixture
def ai_app(analyser: Analyser) -> FastAPI:
    return create_app(load=lambda: analyser, clock=lambda: NOW)


@pytest.fixture
async def ai(ai_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """The AI service once its models are loaded."""
    async with Serving(ai_app) as client:
        await until(client, "ready")
        yield client


async def until(client: httpx2.AsyncClient, status: str) -> None:
    """Return when the service's readiness is this."""
    while (await client.get("/health/ready")).json()["status"] != status:
        await checkpoint()


class Serving:
    """An application between its start and its end, and a client of it."""

    def __init__(self, app: FastAPI) -> None:
        self._lifespan = app.router.lifespan_context(app)
        # As a server does: a mistake of ours is answered, not raised at the client.
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://ai")

    async def __aenter__(self) -> httpx2.AsyncClient:
        await self._lifespan.__aenter__()
        return self._client

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()
        await self._lifespan.__aexit__(None, None, None)


@pytest.fixture
def serving() -> type[Serving]:
    """What serves an application for a while, and has a client of it."""
    return Serving


class Part:
    """A part of the system as a process of its own."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self.url = ""
        self.said: list[str] = []
        #: Ports beside the first, by what they are: admin, secure.
        self.beside: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(APP), *self._options]
        keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
        environment = {**os.environ, **keys}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.url = self._url()

    def _url(self) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            what, found, url = line.strip().partition(": listening on ")
            if found and " " not in what:
                return url
            if found:
                self.beside[what.split()[-1]] = url
        raise AssertionError(f"{self._options} did not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def until_ready(self) -> None:
        for _ in range(300):
            if httpx2.get(f"{self.url}/health/ready").status_code == 200:
                return
            threading.Event().wait(0.1)
        raise AssertionError(f"{self._options} was not ready within 30 s")


class Aws:
    """The emulator in a process, and where it keeps its things."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        # Not beside what it keeps: a config.json there is the emulator's own.
        self.config = folder / "told" / "config.json"
        self.part = Part(
            *("aws", "--port", "0", "--save-every", "0.2"),
            *("--state", str(folder), "--config", str(self.config), *options),
        )

    @property
    def settings(self) -> dict[str, Any]:
        return json.loads(self.config.read_text(encoding="utf-8"))

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text(encoding="ascii")


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """DynamoDB and Cognito, emulated: one process for all tests."""
    running = Aws(tmp_path_factory.mktemp("aws"))
    yield running
    running.part.kill()


@pytest.fixture(scope="session")
def start_part() -> Iterator[Callable[..., Part]]:
    """Start a part of the system; it ends with the tests."""
    started: list[Part] = []

    def start(*options: str) -> Part:
        started.append(Part(*options))
        return started[-1]

    yield start
    for part in started:
        part.kill()
