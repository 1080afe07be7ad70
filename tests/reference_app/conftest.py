"""The reference application, in this process and as a process of its own."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "reference-app"))
sys.path.insert(0, str(Path(__file__).parent))

from api.app import create_app  # noqa: E402 - found through the path above


class Timer:
    """Stands still but for what requests sleep."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def timer() -> Timer:
    return Timer()


@asynccontextmanager
async def _client(*, demo: bool, timer: Timer) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(demo=demo, seed=7, timer=timer, sleep=timer.sleep)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://todo") as client,
    ):
        yield client


@pytest.fixture
async def api(timer: Timer) -> AsyncIterator[httpx2.AsyncClient]:
    """The service as it runs for users."""
    async with _client(demo=False, timer=timer) as client:
        yield client


@pytest.fixture
async def demo_api(timer: Timer) -> AsyncIterator[httpx2.AsyncClient]:
    """The service in demo mode, with its fault switch."""
    async with _client(demo=True, timer=timer) as client:
        yield client


@contextmanager
def _running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(ROOT / "reference-app"), "api", "--port", "0"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


@pytest.fixture
def start_api() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Start the service as a process; return it and its URL, once it listens."""
    with ExitStack() as running:
        yield lambda *options: running.enter_context(_running(*options))
