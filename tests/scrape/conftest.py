"""Every test of the scraper runs on asyncio."""

import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"
