"""A table of routes becomes an application."""

from collections.abc import Iterator
from types import SimpleNamespace

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from kizashi.api._base import Access, ApiRoute, ApiServices
from kizashi.api.application import build
from kizashi.api.guards import LONGEST_BODY_BYTES
from kizashi.errors import StoreError
from kizashi.ports.tokens import Role


async def echo(request: Request, _services: ApiServices) -> Response:
    return PlainTextResponse((await request.body()).decode())


async def whose(request: Request, _services: ApiServices) -> Response:
    principal = request.state.principal
    return PlainTextResponse(principal.name if principal else "nobody")


async def broken_store(_request: Request, _services: ApiServices) -> Response:
    raise StoreError("disk full")


TABLE = (
    ApiRoute("GET", "/x", Access.VIEWER, "api.route.showHealth", whose),
    ApiRoute("PUT", "/x", Access.EDITOR, "api.route.showHealth", echo,
          accepts=("application/json", "text/plain")),
    ApiRoute("GET", "/admin", Access.ADMIN, "api.route.showHealth", whose),
    ApiRoute("GET", "/store", Access.PUBLIC, "api.route.showHealth", broken_store),
)  # fmt: skip


@pytest.fixture
def client(house: SimpleNamespace) -> TestClient:
    return TestClient(build(house.services(), TABLE), base_url="http://127.0.0.1")


def test_methods_of_one_path_have_their_own_rules(
    client: TestClient, house: SimpleNamespace
):
    headers = house.bearer(Role.EDITOR) | {"Content-Type": "text/plain; charset=utf-8"}

    assert client.get("/x").text == "nobody"
    assert client.put("/x", content="hello").status_code == 401
    assert client.put("/x", content="hello", headers=headers).text == "hello"
    assert client.post("/x").headers["allow"] == "GET, HEAD, PUT"


def test_a_handler_knows_whose_token_it_is(client: TestClient, house: SimpleNamespace):
    assert client.get("/x", headers=house.bearer(Role.VIEWER)).text == "test"


def test_reading_that_needs_more_than_a_viewer_is_closed_on_loopback_too(
    client: TestClient, house: SimpleNamespace
):
    assert client.get("/admin").status_code == 401
    assert client.get("/admin", headers=house.bearer(Role.OPERATOR)).status_code == 403
    assert client.get("/admin", headers=house.bearer(Role.ADMIN)).status_code == 200


def test_a_store_that_fails_is_no_fault_of_ours_and_the_log_says_why(
    client: TestClient, caplog: pytest.LogCaptureFixture
):
    answer = client.get("/store")

    assert "disk full" in caplog.text

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "store_unavailable"
    assert "disk" not in answer.text


@pytest.mark.parametrize("over", [0, 1])
def test_a_body_in_chunks_has_the_same_limit(
    client: TestClient, house: SimpleNamespace, over: int
):
    def chunks() -> Iterator[bytes]:
        for _ in range(16):
            yield b"x" * (LONGEST_BODY_BYTES // 16)
        yield b"x" * over

    headers = house.bearer(Role.EDITOR) | {"Content-Type": "application/json"}

    answer = client.put("/x", content=chunks(), headers=headers)

    assert answer.status_code == (413 if over else 200)
    assert len(answer.content) < 1000 or not over


def test_a_websocket_is_closed(client: TestClient):
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/nowhere"),
    ):
        pass

    assert closed.value.code == 1000


def test_a_client_that_leaves_is_no_fault(
    house: SimpleNamespace, caplog: pytest.LogCaptureFixture
):
    app = build(house.services(), TABLE)
    token = house.bearer(Role.EDITOR)["Authorization"].encode()
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/x",
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"authorization", token),
            (b"content-type", b"text/plain"),
        ],
    }
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    anyio.run(app, scope, receive, send)

    assert sent == []
    assert "a request failed" not in caplog.text
