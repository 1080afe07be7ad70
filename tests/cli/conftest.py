"""A server for the commands that ask one."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import uvicorn

from harness.alert_service import FakeAlertService
from harness.answers import FakeAnswers
from kizashi.api._base import ApiServices
from kizashi.api.application import build
from kizashi.app.readiness import Ready, ReloadOutcome
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_sessions import MemorySessionStore
from kizashi.testing.memory_tokens import MemoryTokenStore


@pytest.fixture(params=["loopback"])
def running(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """Yield a server on a socket of this machine, and what is behind it."""
    answers, tokens, alert_service = (
        FakeAnswers(),
        MemoryTokenStore(),
        FakeAlertService(),
    )

    async def reload() -> ReloadOutcome:
        return ReloadOutcome(is_applied=True)

    services = ApiServices(
        answers=answers,
        tokens=tokens,
        sessions=MemorySessionStore(tokens),
        clock=ManualClock(1_700_000_020_000),
        ready=lambda: Ready(is_ready=True),
        healthy=lambda: True,
        reload=reload,
        metrics=lambda: b"",
        listen_is_loopback=request.param == "loopback",
        alerts=alert_service,
    )
    config = uvicorn.Config(
        build(services), http="httptools", log_config=None, server_header=False
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listening]))
    )
    thread.start()
    yield SimpleNamespace(
        url=f"http://127.0.0.1:{listening.getsockname()[1]}",
        answers=answers,
        tokens=tokens,
        alert_service=alert_service,
    )
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()
    assert not thread.is_alive()
