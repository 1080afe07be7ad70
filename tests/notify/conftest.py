"""What the notifiers' tests share."""

from collections.abc import AsyncIterator

import pytest

from kizashi.testing.receivers import ReceiverServer


@pytest.fixture
async def receiver() -> AsyncIterator[ReceiverServer]:
    """A receiver that takes everything, until told otherwise."""
    server = await ReceiverServer().start()
    yield server
    await server.close()
