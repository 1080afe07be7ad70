"""The demo over HTTP."""

from dataclasses import replace
from types import SimpleNamespace

from starlette.testclient import TestClient

from kizashi.api.application import build


def test_a_demo_tells_its_past_and_its_faults(
    house: SimpleNamespace, client: TestClient
):
    answer = client.get("/kizashi/v1/demo").json()

    assert answer["simulated"] == {
        "state": "loaded",
        "share": 1,
        "start": 1_697_400_000,
        "until": 1_700_000_000,
    }
    assert answer["faults"] == {
        "error_share": 0,
        "latency_ms": 0,
        "latency_share": 1,
        "outage": False,
        "store_latency_ms": 0,
        "ai_down": False,
        "certificate_expired": False,
        "leak_kb": 0,
    }
    house.demo.switched = None
    assert client.get("/kizashi/v1/demo").json()["faults"] is None


def test_a_server_that_is_no_demo_says_so(house: SimpleNamespace):
    services = replace(house.services(), demo=None)
    with TestClient(build(services), base_url="http://127.0.0.1:9470") as client:
        answer = client.get("/kizashi/v1/demo")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no_demo"
