"""The fault switch: exact where it exists, absent where it must not."""

import subprocess
from collections.abc import Callable

import httpx2
import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/demo/faults"), ("PUT", "/demo/faults"), ("POST", "/demo/kill")],
)
async def test_without_demo_mode_there_is_no_switch(
    api: httpx2.AsyncClient, method: str, path: str
):
    answer = await api.request(method, path, json={"outage": True})
    assert answer.status_code == 404
    assert "/demo" not in (await api.get("/openapi.json")).text
    assert (await api.get("/tasks")).status_code == 200


async def test_an_outage_answers_503_on_every_route_but_the_metrics(
    demo_api: httpx2.AsyncClient,
):
    await demo_api.put("/demo/faults", json={"outage": True})
    assert (await demo_api.get("/tasks")).status_code == 503
    assert (await demo_api.post("/tasks", json={"title": "x"})).status_code == 503
    assert (await demo_api.delete("/tasks/1")).status_code == 503
    metrics = await demo_api.get("/metrics")
    assert metrics.status_code == 200
    assert 'route="/tasks",status="503"} 1.0' in metrics.text
    await demo_api.put("/demo/faults", json={})
    assert (await demo_api.get("/tasks")).status_code == 200


async def test_the_share_of_errors_is_the_share_asked_for_and_repeats(
    timer: Callable[[], float],
):
    from api.app import create_app

    runs = []
    for _ in range(2):
        app = create_app(demo=True, seed=7, timer=timer)
        transport = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://x") as api,
        ):
            await api.put("/demo/faults", json={"error_share": 0.25})
            runs.append([(await api.get("/tasks")).status_code for _ in range(400)])
    assert runs[0] == runs[1]
    # 100 are expected; five standard deviations (8.66 each) either side.
    assert 57 <= runs[0].count(500) <= 143
    assert set(runs[0]) == {200, 500}


async def test_latency_strikes_the_share_asked_for(
    demo_api: httpx2.AsyncClient, timer: Callable[[], float]
):
    faults = {"latency_ms": 1000, "latency_share": 0.5}
    await demo_api.put("/demo/faults", json=faults)
    for _ in range(100):
        await demo_api.get("/tasks")
    # One second each for about fifty; five standard deviations (5 each) either side.
    assert 25 <= timer() <= 75


@pytest.mark.parametrize(
    "faults",
    [{"error_share": 1.1}, {"error_share": -1}, {"latency_ms": 5001}, {"typo": 1}],
)
async def test_faults_out_of_bounds_are_refused(
    demo_api: httpx2.AsyncClient, faults: dict
):
    assert (await demo_api.put("/demo/faults", json=faults)).status_code == 422
    assert (await demo_api.get("/demo/faults")).json() == {
        "error_share": 0,
        "latency_ms": 0,
        "latency_share": 1,
        "outage": False,
        "only_release": None,
        "leak_kb": 0,
        "store_latency_ms": 0,
        "ai_down": False,
        "certificate_expired": False,
    }


def test_a_kill_ends_the_process_without_an_answer(
    start_api: Callable[..., tuple[subprocess.Popen[str], str]],
):
    process, url = start_api("--demo")
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(f"{url}/demo/kill")
    assert process.wait(timeout=10) == 137
