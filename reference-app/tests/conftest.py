"""The services in this process, with a clock of their own."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from anyio.lowlevel import checkpoint
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parents[1]))

from ai.analysis import Analyser
from ai.app import create_app

#: Saturday, half past one in the morning in Tokyo; Friday elsewhere.
NOW = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)


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
