"""What shows that a proxy has passed a request on, and what of it counts for nothing."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from kizashi.api._outside import FORWARDING, FORWARDING_FAMILIES
from kizashi.model.outside import Network, Outside
from kizashi.ports.tokens import Role

MakeClient = Callable[..., TestClient]

#: What proxies, balancers and delivery networks add to what they pass on.
FORWARDED = (
    "Forwarded", "Via", "Client-IP", "Forwarded-For", "CDN-Loop", "Front-End-Https",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
    "X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Ssl",
    "X-Forwarded-User", "X-Forwarded-Client-Cert", "X-Forwarded", "X-Forward-For",
    "X_Forwarded_For", "X-Original-Forwarded-For", "X-Original-Host", "X-Original-URL",
    "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-ProxyUser-IP", "X-Remote-IP",
    "X-Remote-Addr", "X-Scheme", "X-URL-Scheme", "X-Varnish", "True-Client-IP",
    "CF-Connecting-IP", "CF-Connecting-IPv6", "CF-Ray", "CF-Visitor", "CF-IPCountry",
    "Fastly-Client-IP", "X-Amz-Cf-Id", "X-Azure-ClientIP", "X-Azure-SocketIP",
    "X-Envoy-External-Address", "X-Envoy-Internal", "WL-Proxy-Client-IP",
    "Proxy-Client-IP", "X-Auth-Request-User", "Remote-User", "X-Remote-User",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "203.0.113.7") for name in FORWARDED),
        ("X-Forwarded-For", "127.0.0.1"), ("X-Client-IP", ""),
        ("Authorization", "Basic b3BzOnBhc3N3b3Jk"), ("Authorization", "Negotiate YII="),
        ("Authorization", 'Digest username="ops"'), ("Authorization", "Bearer ey.J.x"),
        ("Authorization", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("trusted", [(), (ip_network("127.0.0.1"),)], ids=len)
def test_behind_a_proxy_reading_is_not_open(
    make_client: MakeClient, name: str, value: str, trusted: tuple[Network, ...]
):
    client = make_client(outside=Outside(proxies=trusted))

    answer = client.get("/kizashi/v1/services", headers={name: value})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "name",
    [
        "Accept-Language", "Traceparent", "X-Request-Id", "X-Requested-With", "CFx",
        "User-Agent", "X-Prometheus-Scrape-Timeout-Seconds", "Referer", "Violet",
    ],
)  # fmt: skip
def test_what_programs_of_this_machine_send_closes_nothing(
    make_client: MakeClient, name: str
):
    answer = make_client().get("/kizashi/v1/services", headers={name: "10"})

    assert answer.status_code == 200


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_handbook_lists_every_header_that_counts_as_forwarding(language: str):
    page = Path(__file__).parents[2] / f"docs/{language}/howto/behind-a-proxy.md"
    text = page.read_text("utf-8").lower()

    listed = set(
        re.findall(r"`([a-z-]+\*?)`", text.partition("<!-- forwarding -->")[2])
    )

    assert listed >= FORWARDING | {f"{family}*" for family in FORWARDING_FAMILIES}


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic b3BzOng=",
        "Negotiate YQ==",
        'Digest username="o"',
        "Bearer ey.J.x",
        "",
        "x",
    ],
)
def test_credentials_of_a_proxy_count_as_none(
    house: SimpleNamespace, make_client: MakeClient, authorization: str
):
    client = make_client(loopback=False, headers={"Authorization": authorization})

    answer = client.get("/kizashi/v1/services")

    assert answer.json()["error"]["code"] == "token_missing"
    assert client.get("/-/ready").status_code == 200
    assert house.refused == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_wrong_token_of_ours_is_refused_and_noted(
    house: SimpleNamespace, client: TestClient, scheme: str
):
    answer = client.get(
        "/kizashi/v1/services", headers={"Authorization": f"{scheme} kz_{'a' * 43}"}
    )

    assert answer.json()["error"]["code"] == "token_unknown"
    assert house.refused == ["127.0.0.1"]


def test_what_comes_from_a_trusted_proxy_is_not_from_this_machine(
    make_client: MakeClient,
):
    behind = make_client(outside=Outside(proxies=(ip_network("127.0.0.1"),)))
    beside = make_client(outside=Outside(proxies=(ip_network("10.0.0.1"),)))

    assert behind.get("/kizashi/v1/services").status_code == 401
    assert beside.get("/kizashi/v1/services").status_code == 200


@pytest.mark.parametrize(
    "authorization", ["Basic b3BzOng=", "Bearer a-proxy-s-own", "Negotiate YQ==", None]
)
def test_a_header_of_our_own_leaves_authorization_to_a_proxy(
    house: SimpleNamespace, make_client: MakeClient, authorization: str | None
):
    client = make_client(loopback=False)
    token = house.bearer(Role.VIEWER)["Authorization"].removeprefix("Bearer ")
    rest = {} if authorization is None else {"Authorization": authorization}

    def status(own: str) -> int:
        headers = {"X-Kizashi-Token": own, **rest}
        return client.get("/kizashi/v1/services", headers=headers).status_code

    assert status(token) == 200
    assert status("kz_" + "a" * 43) == 401
    assert status("") == 401
