"""Faults by the admin port: only in demo mode, only with the token, each as it says."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.lowlevel import checkpoint
from api.app import create_app
from service.admin import Admin, AdminError, read_token
from service.faults import Faults, FaultSwitch

pytestmark = pytest.mark.anyio
TOKEN = "a-token-that-is-long-enough"  # noqa: S105 - of this test
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Waits:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def switch(waits: Waits) -> FaultSwitch:
    return FaultSwitch(7, waits, release="v2")


@pytest.fixture
async def admin(switch: FaultSwitch) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=Admin(0, TOKEN, switch).app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        yield client


@pytest.fixture
async def api(
    switch: FaultSwitch, serving: Callable[..., Any]
) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(create_app(demo=switch)) as client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": TOKEN},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer \u00e9"},
    ],
)
async def test_without_the_token_nothing_is_shown_or_changed(
    admin: httpx2.AsyncClient, switch: FaultSwitch, headers: dict[str, str]
):
    encoded = {name: value.encode("utf-8") for name, value in headers.items()}
    for method, path in (("GET", "/demo/faults"), ("PUT", "/demo/faults")):
        answer = await admin.request(
            method, path, json={"outage": True}, headers=encoded
        )
        assert answer.status_code == 401
    assert (await admin.post("/demo/kill", headers=encoded)).status_code == 401
    assert switch.faults == Faults()


async def test_the_users_port_has_no_switch(api: httpx2.AsyncClient):
    assert (await api.get("/demo/faults", headers=BEARER)).status_code == 404


async def test_a_fault_strikes_and_ends(
    admin: httpx2.AsyncClient, api: httpx2.AsyncClient
):
    await admin.put("/demo/faults", json={"outage": True}, headers=BEARER)
    assert (await api.get("/tasks")).status_code == 503
    await admin.put("/demo/faults", json={}, headers=BEARER)
    assert (await api.get("/tasks")).status_code == 200


@pytest.mark.parametrize(("release", "status"), [("v1", 200), ("v2", 500)])
async def test_a_bad_deploy_strikes_its_own_release_only(
    api: httpx2.AsyncClient, switch: FaultSwitch, release: str, status: int
):
    switch.faults = Faults(error_share=1, only_release=release)
    assert (await api.get("/tasks")).status_code == status


async def test_a_slow_store_delays_each_of_its_calls(
    api: httpx2.AsyncClient, switch: FaultSwitch, waits: Waits
):
    switch.faults = Faults(store_latency_ms=250)
    await api.post("/tasks", json={"title": "x"})
    await api.get("/tasks/1")
    await api.delete("/tasks/1")
    assert waits.seconds == [0.25, 0.25, 0.25]


async def test_a_leak_grows_to_its_bound_and_ends_with_the_fault(
    api: httpx2.AsyncClient, switch: FaultSwitch
):
    switch.faults = Faults(leak_kb=64)
    for _ in range(20):
        await api.get("/tasks")
    assert sum(map(len, switch._leaked)) == 20 * 64 * 1024
    switch.faults = Faults()
    assert switch._leaked == []


@pytest.mark.parametrize("text", [None, "short", "\u00e9" * 20])
def test_a_token_that_is_missing_or_weak_is_refused(tmp_path: Path, text: str | None):
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(AdminError, match="token"):
        read_token(path)


async def test_the_ai_service_has_the_switch_too(
    analyser: Any, serving: Callable[..., Any], switch: FaultSwitch
):
    from ai.app import create_app as create_ai

    async with serving(create_ai(load=lambda: analyser, switch=switch)) as ai:
        while (await ai.get("/health/ready")).status_code == 503:
            await checkpoint()
        switch.faults = Faults(error_share=1)
        body = {"text": "Buy milk", "timezone": "Asia/Tokyo"}
        assert (await ai.post("/analyze", json=body)).status_code == 500
        assert (await ai.get("/health/live")).status_code == 200
