"""What the scraper's tests share: servers."""

from collections.abc import AsyncIterator

import pytest

from harness.targets import Servers


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    """Starts servers, and ends them after the test."""
    started = Servers()
    yield started
    await started.close()
