"""The OpenAPI document, and a fuzzer that holds the server to it."""

import copy
from collections.abc import Iterator
from types import SimpleNamespace

import anyio
import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from harness.alert_service import PAGE_ID
from kizashi.api._base import READING, Access, ApiRoute
from kizashi.api.application import build
from kizashi.api.routes import ROUTES
from kizashi.api.silences import SilenceRequest
from kizashi.ports.alert_service import NewSilence
from kizashi.ports.alerts import SilenceMatcher
from kizashi.ports.tokens import Role

DOCUMENT = "/kizashi/v1/openapi.json"
HOST = {"Host": "127.0.0.1:9470"}


def test_every_route_is_in_the_document(client: TestClient):
    document = client.get(DOCUMENT).json()

    routes = [(m.upper(), p) for p, ms in document["paths"].items() for m in ms]
    assert sorted(routes) == sorted((route.method, route.path) for route in ROUTES)
    assert document["openapi"].startswith("3.1.")


def test_schemas_keep_the_names_that_clients_were_generated_with(client: TestClient):
    document = client.get(DOCUMENT).json()

    # Each is the name of a class here: renaming that is a breaking change.
    assert set(document["components"]["schemas"]) == {
        "AcknowledgedView",
        "Acknowledgement",
        "AlertDetailView",
        "AlertEventView",
        "AlertListView",
        "AlertView",
        "AttemptView",
        "BudgetView",
        "BurnRateView",
        "DamagedSilencesView",
        "DriftEntry",
        "DriftKind",
        "DriftView",
        "Error",
        "EvidencePairView",
        "EvidenceView",
        "EvidenceWindowView",
        "ExplainView",
        "LedgerPoint",
        "LedgerView",
        "Matcher",
        "NoteView",
        "NotificationView",
        "ObjectiveView",
        "PairView",
        "Resolution",
        "ServiceView",
        "SilenceListView",
        "SilenceRequest",
        "SilenceView",
        "SourceView",
        "TargetView",
    }


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
        ("/kizashi/v1/alerts", "AlertListView", "alerts"),
        (f"/kizashi/v1/alerts/{PAGE_ID}", "AlertDetailView", None),
        ("/kizashi/v1/silences", "SilenceListView", None),
    ],
)
def test_answers_hold_exactly_what_the_document_says(
    client: TestClient, house: SimpleNamespace, path: str, name: str, key: str | None
):
    add_silence(house)
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
            for choice in inner.get("anyOf", ()):
                if found is not None:
                    reference = choice.get("$ref", reference)
            if inner.get("type") == "array" and found:
                reference, found = inner["items"].get("$ref"), found[0]
            if reference:
                pairs.append((schemas[reference.rpartition("/")[2]], found))

    assert compared >= {"ObjectiveView": 7, "AlertDetailView": 8}.get(name, 1)


def add_silence(house: SimpleNamespace) -> None:
    """Add the silence that paths name."""
    matchers = (SilenceMatcher("service", "=", "other"),)
    new = NewSilence(matchers, house.alert_service.now + 60, "aya", "maintenance")
    anyio.run(house.alert_service.add_silence, new)


POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
KNOWN = {"service": "backend", "objective": "availability"}
SILENCE_ID = "0000000000000001"


def known_names(route: ApiRoute) -> dict[str, str]:
    """Return the names of what there is, for a route's path."""
    known = KNOWN | {"id": SILENCE_ID if "silences" in route.path else PAGE_ID}
    wanted = {p.name for p in route.parameters or () if p.where == "path"}
    return {name: value for name, value in known.items() if name in wanted}


def takes_more_than_names(route: ApiRoute) -> bool:
    """Return whether something of a request can be wrong: any name in a path is one."""
    return bool(route.body) or any(p.where != "path" for p in route.parameters or ())


@pytest.fixture(scope="module")
def served(shared_house: SimpleNamespace) -> SimpleNamespace:
    """A server that all examples share, and what it says of itself."""
    app = build(shared_house.services())
    schema = schemathesis.openapi.from_asgi(DOCUMENT, app, headers=HOST)
    return SimpleNamespace(house=shared_house, app=app, schema=schema)


@pytest.fixture(scope="module")
def inputs(served: SimpleNamespace) -> BaseSchema:
    """What a server says of itself but whom it lets in.

    To a fuzzer a token is an input: most of its bad requests were good ones without
    it, and those that had it had made-up headers beside it, among them those that
    browsers write. Who is let in is the subject of tests of its own.
    """
    document = copy.deepcopy(served.schema.raw_schema)
    for methods in document["paths"].values():
        for operation in methods.values():
            del operation["security"]
    inputs = schemathesis.openapi.from_dict(document)
    inputs.app = served.app
    return inputs


def attempts() -> Iterator[object]:
    """Yield what the fuzzer tries: a route, how, and which answers it may get."""
    for route in ROUTES:
        ways = [("good", POSITIVE, None, {404})]
        if names := known_names(route):
            ways.append(("good-known", POSITIVE, names, set()))
        if takes_more_than_names(route):
            # An empty list of a parameter's values is no parameter: 200 is right.
            ways.append(("bad", NEGATIVE, None, {400, 404}))
        for way, *rest in ways:
            yield pytest.param(route, *rest, id=f"{way}-{route.method} {route.path}")


@pytest.mark.parametrize(("route", "mode", "names", "allowed"), list(attempts()))
def test_a_fuzzer_finds_no_answer_that_the_document_does_not_allow(
    served: SimpleNamespace,
    inputs: BaseSchema,
    route: ApiRoute,
    mode: GenerationMode,
    names: dict[str, str] | None,
    allowed: set[int],
):
    house, good = served.house, route.reply.status
    operation = inputs[route.path][route.method]
    headers = HOST | house.bearer(Role.ADMIN)
    # JSON Schema cannot say that the start lies before the end.
    is_picky = route.path.endswith("/ledger") or route.body is SilenceRequest
    excluded = [positive_data_acceptance] if is_picky else []
    statuses = set()

    @settings(max_examples=settings.default.max_examples * 2 // 5)
    @given(operation.as_strategy(generation_mode=mode, path_parameters=names))
    def every_answer_is_allowed(case: schemathesis.Case) -> None:
        house.alert_service.__init__()
        add_silence(house)
        answer = case.call_and_validate(headers=headers, excluded_checks=excluded)
        statuses.add(answer.status_code)

    every_answer_is_allowed()
    assert statuses <= allowed | {good} | ({400, 404} if is_picky else set())
    assert not names or good in statuses
    assert mode is POSITIVE or statuses & {400, 404}


def test_a_query_over_the_limit_is_answered_as_the_document_says(client: TestClient):
    documented = client.get(DOCUMENT).json()["paths"]["/kizashi/v1/objectives"]["get"]

    answer = client.get("/kizashi/v1/objectives", params={"at": "a" * 8192})

    assert answer.status_code == 414
    assert "414" in documented["responses"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_who_is_refused_is_answered_as_the_document_says(
    served: SimpleNamespace, route: ApiRoute
):
    operation = served.schema[route.path][route.method]
    token = served.house.bearer(Role.VIEWER)
    wrong = {"Authorization": "Bearer kz_" + "a" * 43}
    is_writing = route.method not in READING
    asked = [({}, 401), (token, 403), (wrong, 401)] if is_writing else [(wrong, 401)]
    asked = [] if route.access is Access.PUBLIC else asked
    if is_writing:
        foreign = (
            {"Origin": "https://elsewhere.example"},
            {"Sec-Fetch-Site": "cross-site"},
        )
        asked += [(served.house.bearer(Role.ADMIN) | f, 403) for f in foreign]

    for headers, status in asked:
        case = operation.Case(path_parameters=known_names(route))
        answer = case.call(headers=HOST | headers)
        case.validate_response(
            answer,
            checks=[
                status_code_conformance,
                response_schema_conformance,
                content_type_conformance,
            ],
        )
        assert answer.status_code == status
