"""Who may call what: the whole table, by every kind of caller."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import anyio
import pytest
from starlette.routing import Route as StarletteRoute
from starlette.testclient import TestClient

from harness.alert_service import PAGE_ID
from kizashi.api._base import Access, ApiRoute
from kizashi.api.application import build
from kizashi.api.routes import ROUTES
from kizashi.errors import StoreError
from kizashi.model.outside import Outside
from kizashi.ports.alert_service import NewSilence
from kizashi.ports.alerts import SilenceMatcher
from kizashi.ports.tokens import Role, TokenRecord

MakeClient = Callable[..., TestClient]
ROLES = [None, Role.VIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN]
#: What a role may call at most, spelt out so that the code's own order is tested.
MAY = {
    None: {"public"},
    Role.VIEWER: {"public", "viewer"},
    Role.EDITOR: {"public", "viewer", "editor"},
    Role.OPERATOR: {"public", "viewer", "editor", "operator"},
    Role.ADMIN: {"public", "viewer", "editor", "operator", "admin"},
}


#: A good body of every route that asks for one.
BODIES = {
    "resolveAlert": {"reason": "rolled back"},
    "addSilence": {"objective": "backend/availability", "reason": "x", "duration": 60},
}


def filled(route: ApiRoute) -> str:
    return route.path.format(
        service="backend",
        objective="availability",
        id=SILENCE_ID if "silences" in route.path else PAGE_ID,
    )


SILENCE_ID = "0000000000000001"


def body(route: ApiRoute) -> dict[str, object] | None:
    return BODIES.get(route.summary.rpartition(".")[2])


@pytest.fixture(autouse=True)
def silenced(house: SimpleNamespace) -> None:
    """Let there be a silence to end."""
    until = house.alert_service.now + 60
    matchers = (SilenceMatcher("service", "=", "other"),)
    anyio.run(house.alert_service.add_silence, NewSilence(matchers, until, "aya", "x"))


def expected_status(route: ApiRoute, role: Role | None, *, loopback: bool) -> int:
    if route.access.value in MAY[role]:
        return route.reply.status
    if role is not None:
        return 403
    is_open = loopback and route.method == "GET" and route.access is Access.VIEWER
    return 200 if is_open else 401


@pytest.mark.parametrize("place", ["loopback", "always", "other"])
@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_every_route_lets_in_exactly_whom_the_table_says(
    house: SimpleNamespace,
    make_client: MakeClient,
    route: ApiRoute,
    role: Role | None,
    place: str,
):
    always = Outside(needs_token=place == "always")
    client = make_client(loopback=place != "other", outside=always)
    headers = {} if role is None else house.bearer(role)

    answer = client.request(
        route.method, filled(route), headers=headers, json=body(route)
    )

    is_open = place == "loopback"
    assert answer.status_code == expected_status(route, role, loopback=is_open)
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer realm=")
        assert answer.json()["error"]["code"] == "token_missing"
    if answer.status_code == 403:
        assert answer.json()["error"]["code"] == "role_too_low"


@pytest.mark.parametrize("loopback", [True, False], ids=["loopback", "other"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
@pytest.mark.parametrize(
    "header",
    [
        "Bearer kz_" + "a" * 43, "Bearer ", "Bearer", "Basic YTpi", "kz_" + "a" * 43,
        "bearer null", "",
    ],
)  # fmt: skip
def test_a_wrong_token_is_refused_even_where_none_is_needed(
    make_client: MakeClient, route: ApiRoute, header: str, loopback: bool
):
    client = make_client(loopback=loopback)

    answer = client.request(
        route.method, filled(route), headers={"Authorization": header}
    )

    assert answer.status_code == (200 if route.access is Access.PUBLIC else 401)


def test_the_table_is_all_that_is_served(house: SimpleNamespace):
    app = build(house.services())

    served = {r.path for r in app.routes if isinstance(r, StarletteRoute)}

    assert len(served) == len(app.routes)
    assert served == {route.path for route in ROUTES}
    keys = [(route.method, route.path) for route in ROUTES]
    assert len(set(keys)) == len(keys)
    assert len({route.summary for route in ROUTES}) == len(ROUTES)


def test_whatever_writes_needs_more_than_a_viewer():
    for route in ROUTES:
        if route.method != "GET":
            assert route.access not in {Access.PUBLIC, Access.VIEWER}, route.path


def test_the_public_routes_are_a_written_list():
    public = {route.path for route in ROUTES if route.access is Access.PUBLIC}

    assert public == {"/-/healthy", "/-/ready"}


def test_a_role_covers_what_the_ones_below_it_may():
    for access in Access:
        if access.role is not None:
            covering = {r for r in Role if r.covers(access.role)}
            assert covering == {r for r in Role if access.value in MAY[r]}


def test_an_expired_and_a_revoked_token_are_refused(
    house: SimpleNamespace, client: TestClient
):
    now = house.clock.now_ms()
    short = house.tokens.create("s", Role.ADMIN, now_ms=now, expires_ms=now + 1000)
    other = house.tokens.create("o", Role.ADMIN, now_ms=now)

    def status(plaintext: str) -> int:
        headers = {"Authorization": f"Bearer {plaintext}"}
        return client.get("/kizashi/v1/services", headers=headers).status_code

    assert status(short.plaintext) == 200
    assert status(other.plaintext) == 200
    house.clock.jump(1000)
    house.tokens.revoke(other.record.id)
    assert status(short.plaintext) == 401
    assert status(other.plaintext) == 401


def test_two_authorization_headers_are_refused(
    house: SimpleNamespace, client: TestClient
):
    header = house.bearer(Role.ADMIN)["Authorization"]

    answer = client.get(
        "/kizashi/v1/services",
        headers=[("Authorization", header), ("Authorization", header)],
    )

    assert answer.status_code == 401


def test_a_refused_token_is_noted_and_a_missing_one_is_not(
    house: SimpleNamespace, make_client: MakeClient
):
    client = make_client(loopback=False)

    client.get("/kizashi/v1/services")
    client.get("/kizashi/v1/services", headers={"Authorization": "Bearer kz_x"})
    client.get("/kizashi/v1/services", headers=house.bearer(Role.VIEWER))

    assert house.refused == ["127.0.0.1"]


def test_two_headers_of_our_own_are_refused(house: SimpleNamespace, client: TestClient):
    token = house.bearer(Role.ADMIN)["Authorization"].removeprefix("Bearer ")

    answer = client.get(
        "/kizashi/v1/services", headers=[("X-Kizashi-Token", token)] * 2
    )

    assert answer.status_code == 401


def test_a_token_in_the_url_counts_for_nothing(
    house: SimpleNamespace, make_client: MakeClient
):
    plaintext = house.bearer(Role.ADMIN)["Authorization"].removeprefix("Bearer ")
    client = make_client(loopback=False)

    answer = client.get("/kizashi/v1/services", params={"token": plaintext})

    assert answer.status_code == 401


def test_a_store_that_fails_opens_nothing(house: SimpleNamespace, client: TestClient):
    def broken(_plaintext: str, *, now_ms: int) -> TokenRecord | None:
        raise StoreError(f"disk gone at {now_ms}")

    house.tokens.authenticate = broken
    headers = {"Authorization": "Bearer kz_x"}

    answer = client.get("/kizashi/v1/services", headers=headers)

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "store_unavailable"
    assert "disk" not in answer.text


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_another_method_is_refused_with_the_ones_that_work(
    client: TestClient, route: ApiRoute
):
    takes = {r.method for r in ROUTES if r.path == route.path}
    allowed = sorted({*takes, *(["HEAD"] if "GET" in takes else [])})
    methods = {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"}
    for method in sorted(methods - takes):
        answer = client.request(method, filled(route))
        assert answer.status_code == 405
        assert answer.json()["error"]["code"] == "method_not_allowed"
        assert answer.headers["allow"] == ", ".join(allowed)


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_head_is_get_without_the_content(
    house: SimpleNamespace, make_client: MakeClient, route: ApiRoute, role: Role | None
):
    client = make_client(loopback=False)
    headers = {} if role is None else house.bearer(role)

    head = client.head(filled(route), headers=headers)

    if route.method != "GET":
        is_read_too = any(r.method == "GET" and r.path == route.path for r in ROUTES)
        assert is_read_too or head.status_code == 405
        return
    get = client.get(filled(route), headers=headers)
    assert head.status_code == get.status_code
    if head.status_code == 200:
        assert head.content == b""
        assert head.headers["content-length"] == str(len(get.content))
        assert head.headers["content-type"] == get.headers["content-type"]


def test_every_path_parameter_is_in_the_table():
    for route in ROUTES:
        in_path = re.findall(r"\{(\w+)\}", route.path)
        declared = [p.name for p in route.parameters or () if p.where == "path"]
        assert in_path == declared, route.path
