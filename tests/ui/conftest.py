"""One server for all tests of the pages, and one browser for those that look."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent))

from looking import chromium
from ui_house import House, running

FOLDER = Path(__file__).parent
#: The browser that runs, and what ends it.
RUNNING: list[tuple[Browser, ExitStack]] = []


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    with running(folder) as found:
        yield found


@pytest.fixture
def browser() -> Browser:
    if not RUNNING:
        stack = ExitStack()
        RUNNING.append((stack.enter_context(chromium()), stack))
    return RUNNING[0][0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that need the browser follow each other: one start is enough."""
    places = [n for n, item in enumerate(items) if FOLDER in item.path.parents]
    ours = sorted((items[n] for n in places), key=_needs_browser)
    for place, item in zip(places, ours, strict=True):
        items[place] = item


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the browser with the last test that needs it.

    Its driver keeps an event loop in this thread, in which no other may run.
    """
    if RUNNING and (nextitem is None or not _needs_browser(nextitem)):
        RUNNING.pop()[1].close()


def _needs_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())
