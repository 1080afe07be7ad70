"""What the service counts, and under which names."""

import httpx2
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

pytestmark = pytest.mark.anyio


async def samples(api: httpx2.AsyncClient, name: str) -> dict[tuple, float]:
    """Return the value of each series of that name, by its sorted label values."""
    text = (await api.get("/metrics")).text
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in parse_text(text)
        for sample in family.samples
        if sample.name == name
    }


async def test_requests_are_counted_by_route_template(api: httpx2.AsyncClient):
    await api.post("/tasks", json={"title": "x"})
    await api.get("/tasks/1")
    await api.get("/tasks/2")
    await api.get("/tasks?limit=5")
    await api.patch("/tasks/1")
    assert await samples(api, "http_requests_total") == {
        ("full", "POST", "/tasks", "201"): 1,
        ("full", "GET", "/tasks/{task_id}", "200"): 1,
        ("full", "GET", "/tasks/{task_id}", "404"): 1,
        ("full", "GET", "/tasks", "200"): 1,
        ("full", "PATCH", "/tasks/{task_id}", "405"): 1,
    }


async def test_what_a_client_makes_up_never_becomes_a_label(api: httpx2.AsyncClient):
    await api.get("/wp-admin.php")
    await api.get("/tasks/1/../../etc/passwd")
    await api.request("BREW", "/coffee")
    assert await samples(api, "http_requests_total") == {
        ("full", "GET", "unmatched", "404"): 2,
        ("full", "OTHER", "unmatched", "404"): 1,
    }


async def test_probes_scrapes_and_switches_are_no_traffic(
    demo_api: httpx2.AsyncClient,
):
    for path in ("/health/live", "/health/ready", "/metrics", "/demo/faults"):
        await demo_api.get(path)
    assert await samples(demo_api, "http_requests_total") == {}
    assert await samples(demo_api, "http_request_duration_seconds_count") == {}


@pytest.mark.parametrize(
    ("latency_ms", "smallest_edge"),
    [(0, "0.005"), (5, "0.005"), (200, "0.2"), (200.001, "0.5"), (5000, "5.0")],
)
async def test_durations_fall_under_the_smallest_edge_that_holds_them(
    demo_api: httpx2.AsyncClient, latency_ms: float, smallest_edge: str
):
    await demo_api.put("/demo/faults", json={"latency_ms": latency_ms})
    answer = await demo_api.get("/tasks")
    buckets = await samples(demo_api, "http_request_duration_seconds_bucket")
    edges = [labels[0] for labels, value in buckets.items() if value == 1]
    assert edges[0] == smallest_edge
    assert answer.headers["server-timing"] == f"total;dur={latency_ms:.3f}"


async def test_the_edges_include_the_objective_of_200_ms(api: httpx2.AsyncClient):
    await api.get("/tasks")
    buckets = await samples(api, "http_request_duration_seconds_bucket")
    assert [float(labels[0]) for labels in buckets] == [
        *(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        float("inf"),
    ]


async def test_openmetrics_is_served_to_those_who_ask(api: httpx2.AsyncClient):
    await api.get("/tasks")
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    answer = await api.get("/metrics", headers=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {
        sample.name
        for family in parse_openmetrics(answer.text)
        for sample in family.samples
    }
    assert {"http_requests_total", "http_requests_created"} <= names
    plain = await api.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_no_request_is_in_flight_once_all_are_answered(
    api: httpx2.AsyncClient,
):
    await api.get("/tasks")
    assert await samples(api, "http_requests_in_flight") == {(): 0}


async def test_a_handler_that_raises_is_counted_as_500():
    from api.app import create_app

    app = create_app()

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError

    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as api:
        assert (await api.get("/broken")).status_code == 500
        assert await samples(api, "http_requests_total") == {
            ("full", "GET", "/broken", "500"): 1
        }
