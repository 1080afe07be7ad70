"""One server for all tests of the pages, and a browser for each file of them."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from ui_house import House, running

CHROMIUM = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    with running(folder) as found:
        yield found


# Its driver keeps an event loop in this thread, in which no other may run: the browser
# ends with each file of tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "the marker peer(chromium) skips without it"
    with sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=program, headless=True, args=CHROMIUM
        )
        yield launched
        launched.close()
