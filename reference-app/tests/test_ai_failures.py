"""A failure is a 5xx with a reason, in the answer and in the metrics."""

import asyncio
import threading

import httpx2
import pytest
from ai.app import MAX_WAITING, create_app
from anyio.lowlevel import checkpoint
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.anyio
BODY = {"text": "Buy milk", "timezone": "Asia/Tokyo"}


class Mistaken:
    """A reader with a mistake in it."""

    def analyse(self, *_: object) -> object:
        raise ZeroDivisionError


class Slow:
    """A reader that waits until it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def analyse(self, *_: object) -> object:
        self.go_on.wait(10)
        raise ZeroDivisionError


def fail_to_load() -> object:
    raise OSError("no model")


async def until_not(client: httpx2.AsyncClient, status: str) -> None:
    while (await client.get("/health/ready")).json()["status"] == status:
        await checkpoint()


async def test_a_mistake_is_500_and_says_nothing_of_the_inside(serving):
    async with serving(create_app(load=Mistaken)) as ai:
        await until_not(ai, "loading")
        answer = await ai.post("/analyze", json=BODY, headers={"X-Request-ID": "abc"})
        assert answer.status_code == 500
        assert answer.json()["request_id"] == "abc"
        assert "ZeroDivision" not in answer.text
        counted = (await ai.get("/metrics")).text
        assert (
            'http_requests_total{answer="full",method="POST",route="/analyze",status="500"} 1.0'
            in counted
        )


async def test_before_the_models_are_loaded_it_is_live_and_not_ready(serving):
    loading = threading.Event()
    async with serving(create_app(load=lambda: loading.wait(10))) as ai:
        assert (await ai.get("/health/live")).status_code == 200
        ready = await ai.get("/health/ready")
        assert (ready.status_code, ready.json()) == (503, {"status": "loading"})
        answer = await ai.post("/analyze", json=BODY)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        loading.set()


async def test_models_that_do_not_load_leave_it_unready_and_say_so(serving):
    async with serving(create_app(load=fail_to_load)) as ai:
        await until_not(ai, "loading")
        answer = await ai.post("/analyze", json=BODY)
        assert answer.status_code == 503
        assert "did not load" in answer.json()["detail"]


async def test_too_many_requests_are_told_at_once_to_come_back(serving):
    slow = Slow()
    async with serving(create_app(load=lambda: slow)) as ai:
        await until_not(ai, "loading")
        waiting = [
            asyncio.create_task(ai.post("/analyze", json=BODY))
            for _ in range(MAX_WAITING)
        ]
        await checkpoint()  # each of them takes its place
        answer = await ai.post("/analyze", json=BODY)
        assert "wait already" in answer.json()["detail"]
        assert answer.headers["retry-after"] == "1"
        slow.go_on.set()
        assert {a.status_code for a in await asyncio.gather(*waiting)} == {500}


async def test_the_objectives_threshold_is_an_edge_and_health_is_no_traffic(
    ai: httpx2.AsyncClient,
):
    await ai.post("/analyze", json=BODY)
    await ai.get("/health/live")
    families = list(text_string_to_metric_families((await ai.get("/metrics")).text))
    samples = [s for f in families for s in f.samples]
    edges = {s.labels["le"] for s in samples if s.name.endswith("seconds_bucket")}
    assert "2.0" in edges
    routes = {s.labels["route"] for s in samples if s.name == "http_requests_total"}
    assert routes == {"/analyze"}
