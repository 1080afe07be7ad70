"""The HTTP face over fakes, and clients that call it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from harness.alert_service import FakeAlertService
from harness.answers import FakeAnswers
from kizashi.api._base import ApiServices
from kizashi.api.application import build
from kizashi.app.answers import NoteView
from kizashi.app.drift import DriftEntry, DriftKind, DriftView
from kizashi.app.readiness import Ready, ReloadOutcome
from kizashi.model.outside import Outside
from kizashi.ports.tokens import Role
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_sessions import MemorySessionStore
from kizashi.testing.memory_tokens import MemoryTokenStore


class House(SimpleNamespace):
    """Everything behind the face; a test changes it and looks at it."""

    def __init__(self) -> None:
        super().__init__(
            answers=FakeAnswers(),
            alert_service=FakeAlertService(),
            drift=DriftView(
                "http://p:9090",
                1_700_000_000.0,
                False,
                NoteView("upstream.refused", {}),
                4,
                (
                    DriftEntry(
                        DriftKind.CHANGED,
                        "kizashi-s",
                        "kizashi:slice_bad:count",
                        {"service": "s", "objective": "a"},
                        "sum(x)",
                        "sum(y)",
                    ),
                ),
            ),
            tokens=MemoryTokenStore(),
            clock=ManualClock(1_700_000_020_000),
            ready=Ready(is_ready=True),
            is_healthy=True,
            outcome=ReloadOutcome(is_applied=True),
            reloads=0,
            refused=[],
        )

    async def reload(self) -> ReloadOutcome:
        self.reloads += 1
        return self.outcome

    def services(self) -> ApiServices:
        return ApiServices(
            answers=self.answers,
            tokens=self.tokens,
            sessions=MemorySessionStore(self.tokens),
            clock=self.clock,
            ready=lambda: self.ready,
            healthy=lambda: self.is_healthy,
            reload=self.reload,
            metrics=lambda: b"# TYPE up gauge\nup 1\n",
            listen_is_loopback=True,
            allowed_hosts=("kizashi.example",),
            alerts=self.alert_service,
            drift=lambda: self.drift,
            refused=self.refused.append,
        )

    def bearer(self, role: Role) -> dict[str, str]:
        """Return the header of a new token."""
        issued = self.tokens.create("test", role, now_ms=self.clock.now_ms())
        return {"Authorization": f"Bearer {issued.plaintext}"}


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def shared_house() -> House:
    """Return one for many examples, each of which puts back what it changed."""
    return House()


@pytest.fixture
def make_client(house: House) -> Iterator[Callable[..., TestClient]]:
    with ExitStack() as stack:

        def make(
            *,
            loopback: bool = True,
            headers: Mapping[str, str] | None = None,
            outside: Outside | None = None,
            peer: str = "127.0.0.1",
        ) -> TestClient:
            reached = outside or Outside()
            services = replace(
                house.services(),
                listen_is_loopback=loopback,
                outside=lambda: reached,
            )
            client = TestClient(
                build(services),
                base_url="http://127.0.0.1:9470",
                headers=headers,
                follow_redirects=False,
                client=(peer, 50_000),
            )
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """Return a client of a server on loopback, without a token."""
    return make_client()
