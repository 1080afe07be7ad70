"""What a proxy in front changes of a request, and what of it is believed."""

from collections.abc import Callable
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from kizashi.model.outside import Outside
from kizashi.ports.tokens import Role

MakeClient = Callable[..., TestClient]
SERVICES = "/kizashi/v1/services"
PROXIES = (ip_network("127.0.0.1"),)
AT_HOST = Outside("https://ops.example:8443", PROXIES, needs_token=True)


def below(path: str) -> Outside:
    return Outside(f"https://ops.example{path}", PROXIES, needs_token=True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://ops.example:8443"}, 200),
        # A proxy may hand on another host than the browser asked.
        ({"origin": "https://ops.example:8443", "host": "127.0.0.1:9470"}, 200),
        ({"origin": "https://OPS.example:8443"}, 200),
        ({"origin": "http://127.0.0.1:9470", "host": "127.0.0.1:9470"}, 200),
        ({"origin": "http://ops.example:8443"}, 403),
        ({"origin": "https://ops.example"}, 403),
        ({"origin": "https://ops.example:8443.evil.example"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://ops.example:8443", "sec-fetch-site": "same-site"}, 403),
    ],
)
def test_writes_are_taken_from_the_address_outside(
    house: SimpleNamespace,
    make_client: MakeClient,
    headers: dict[str, str],
    status: int,
):
    client = make_client(outside=AT_HOST)
    told = {"host": "ops.example:8443", **house.bearer(Role.OPERATOR), **headers}

    answer = client.post("/-/reload", headers=told)

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "foreign_origin"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("ops.example:8443", 200), ("ops.example", 200), ("127.0.0.1:9470", 200),
        ("evil.example", 403), ("ops.example.evil.example", 403), ("", 403),
    ],
)  # fmt: skip
def test_the_host_outside_is_let_in_on_loopback(
    make_client: MakeClient, host: str, status: int
):
    client = make_client(outside=AT_HOST)

    assert client.get("/-/healthy", headers={"host": host}).status_code == status


def test_without_an_address_outside_no_empty_host_is_let_in(client: TestClient):
    assert client.get("/-/healthy", headers={"host": ""}).status_code == 403


@pytest.mark.parametrize(
    ("prefix", "asked", "status"),
    [
        ("/kizashi", "/kizashi/kizashi/v1/services", 200),
        # The proxy has taken the path off, and our own begins with the same word.
        ("/kizashi", "/kizashi/v1/services", 200),
        ("/kizashi", "/kizashi/-/healthy", 200),
        ("/kizashi", "/-/healthy", 200),
        ("/kizashi", "/kizashi/kizashi/kizashi/v1/services", 404),
        ("/kizashi", "/kizashix/-/healthy", 404),
        ("/a/b", "/a/b/kizashi/v1/services", 200),
        ("/a/b", "/kizashi/v1/services", 200),
        ("/a/b", "/a/kizashi/v1/services", 404),
        ("/a/b", "/a/b", 308),
    ],
)
def test_a_path_outside_is_taken_off_whether_the_proxy_does_or_not(
    house: SimpleNamespace,
    make_client: MakeClient,
    prefix: str,
    asked: str,
    status: int,
):
    client = make_client(outside=below(prefix))

    answer = client.get(asked, headers=house.bearer(Role.VIEWER))

    assert answer.status_code == status


def test_the_path_itself_leads_to_its_first_page(make_client: MakeClient):
    client = make_client(outside=below("/kizashi"))

    answer = client.get("/kizashi?q=a%2Fb")

    assert (answer.status_code, answer.headers["location"]) == (
        308,
        "/kizashi/?q=a%2Fb",
    )


def test_a_slash_in_a_name_stays_one_below_a_path(
    house: SimpleNamespace, make_client: MakeClient
):
    client = make_client(outside=below("/kizashi"))

    answer = client.get(
        "/kizashi/kizashi/v1/objectives/backend/a%2Fb",
        headers=house.bearer(Role.VIEWER),
    )

    assert answer.json()["error"]["detail"] == {
        "service": "backend",
        "objective": "a/b",
    }


def test_no_path_takes_a_caller_past_its_role(
    house: SimpleNamespace, make_client: MakeClient
):
    client = make_client(outside=below("/-"))

    answer = client.post("/-/-/reload", headers=house.bearer(Role.VIEWER))

    assert answer.status_code == 403
    assert house.reloads == 0


@pytest.mark.parametrize(
    ("peer", "shown"), [("127.0.0.1", "203.0.113.9"), ("192.0.2.1", "192.0.2.1")]
)
def test_the_caller_is_the_one_that_a_trusted_proxy_names(
    house: SimpleNamespace, make_client: MakeClient, peer: str, shown: str
):
    client = make_client(loopback=False, outside=AT_HOST, peer=peer)
    headers = {
        "x-forwarded-for": "10.9.9.9, 203.0.113.9",
        "authorization": "Bearer kz_wrong",
    }

    assert client.get(SERVICES, headers=headers).status_code == 401

    assert house.refused == [shown]
