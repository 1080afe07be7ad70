"""The OpenAPI document, and a fuzzer that holds the server to it."""

from types import SimpleNamespace

import pytest
import schemathesis
from hypothesis import given
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from kizashi.api._base import Route
from kizashi.api.application import build
from kizashi.api.routes import ROUTES
from kizashi.ports.tokens import Role

DOCUMENT = "/kizashi/v1/openapi.json"
HOST = {"Host": "127.0.0.1:9470"}


def test_every_route_is_in_the_document(client: TestClient):
    document = client.get(DOCUMENT).json()

    assert {(m.upper(), p) for p, ms in document["paths"].items() for m in ms} == {
        ("GET", "/kizashi/v1/services"),
        ("GET", "/kizashi/v1/objectives"),
        ("GET", "/kizashi/v1/objectives/{service}/{objective}"),
        ("GET", "/kizashi/v1/objectives/{service}/{objective}/ledger"),
        ("GET", "/kizashi/v1/targets"),
        ("GET", "/kizashi/v1/openapi.json"),
        ("GET", "/metrics"),
        ("GET", "/-/healthy"),
        ("GET", "/-/ready"),
        ("POST", "/-/reload"),
    }
    assert document["openapi"].startswith("3.1.")


def test_the_document_speaks_the_readers_language(client: TestClient):
    english = client.get(DOCUMENT).json()
    answer = client.get(DOCUMENT, headers={"Accept-Language": "ja"})

    path = "/kizashi/v1/services"
    assert english["paths"][path]["get"]["summary"] == "The declared services."
    japanese = answer.json()["paths"][path]["get"]["summary"]
    assert japanese == "宣言されたサービス。"
    assert answer.headers["content-language"] == "ja"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("path", "name", "key"),
    [
        ("/kizashi/v1/objectives/backend/availability", "ObjectiveView", None),
        ("/kizashi/v1/objectives/backend/availability/ledger", "LedgerView", None),
        ("/kizashi/v1/services", "ServiceView", "services"),
        ("/kizashi/v1/targets", "TargetView", "targets"),
    ],
)
def test_answers_hold_exactly_what_the_document_says(
    client: TestClient, path: str, name: str, key: str | None
):
    schemas = client.get(DOCUMENT).json()["components"]["schemas"]
    answer = client.get(path).json()
    pairs = [(schemas[name], answer[key][0] if key else answer)]

    compared = 0
    while pairs:
        schema, value = pairs.pop()
        assert set(schema["properties"]) == set(value) == set(schema["required"])
        compared += 1
        for field, inner in schema["properties"].items():
            reference, found = inner.get("$ref"), value[field]
            if inner.get("type") == "array" and found:
                reference, found = inner["items"].get("$ref"), found[0]
            if reference:
                pairs.append((schemas[reference.rpartition("/")[2]], found))

    assert compared >= (7 if name == "ObjectiveView" else 1)


POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
KNOWN = {"service": "backend", "objective": "availability"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
@pytest.mark.parametrize(
    ("mode", "names", "allowed"),
    [
        (POSITIVE, None, {200, 404}),
        (POSITIVE, KNOWN, {200}),
        # An empty list of a parameter's values is no parameter: 200 is right.
        (NEGATIVE, None, {200, 400, 404}),
    ],
    ids=["good", "good-known", "bad"],
)
def test_a_fuzzer_finds_no_answer_that_the_document_does_not_allow(
    house: SimpleNamespace,
    route: Route,
    mode: GenerationMode,
    names: dict[str, str] | None,
    allowed: set[int],
):
    if not route.parameters and (mode, names) != (POSITIVE, None):
        return
    schema = schemathesis.openapi.from_asgi(
        DOCUMENT, build(house.services()), headers=HOST
    )
    operation = schema[route.path][route.method]
    headers = HOST | house.bearer(Role.ADMIN)
    # JSON Schema cannot say that the start lies before the end.
    is_ledger = route.path.endswith("/ledger")
    excluded = [positive_data_acceptance] if is_ledger else []
    statuses = set()

    @given(
        operation.as_strategy(
            generation_mode=mode, path_parameters=names if "{" in route.path else None
        )
    )
    def every_answer_is_allowed(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers=headers, excluded_checks=excluded)
        statuses.add(answer.status_code)

    every_answer_is_allowed()
    assert statuses <= allowed | ({400} if is_ledger else set())
    assert names is None or 200 in statuses
    assert mode is POSITIVE or 400 in statuses
