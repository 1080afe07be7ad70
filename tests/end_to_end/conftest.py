"""What the end-to-end tests share: a folder, a Kizashi in it, and targets."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from serving import Kizashi, Shop

from harness.targets import Servers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person who works on live parity wait less than a night does."""
    parser.addoption("--live-minutes", default="30", help="how long live parity runs")


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    """Starts servers, and ends them after the test."""
    started = Servers()
    yield started
    await started.close()


@pytest.fixture
async def shop(servers: Servers) -> Shop:
    """A shop that serves a new page at every scrape."""
    made = Shop()
    made.address = f"127.0.0.1:{(await servers.start(made)).port}"
    return made


@pytest.fixture
async def kizashi(tmp_path: Path, shop: Shop) -> AsyncIterator[Kizashi]:
    """A Kizashi that is configured to watch the shop, not started yet."""
    made = Kizashi(tmp_path)
    made.configure(shop.address)
    made.declare()
    yield made
    await made.end()
