"""What stands before every route."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from kizashi.api.guards import LONGEST_BODY_BYTES, LONGEST_QUERY_BYTES
from kizashi.logs.logging import LogStyle, configure
from kizashi.ports.tokens import Role

SERVICES = "/kizashi/v1/services"
RELOAD = "/-/reload"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure(style=LogStyle.JSON, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", SERVICES, 200),
        ("GET", "/metrics", 200),
        ("GET", "/-/ready", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", SERVICES, 405),
        ("POST", RELOAD, 401),
        ("GET", f"{SERVICES}?x=1", 400),
        ("GET", "/kizashi/v1/targets/", 404),
    ],
)
def test_every_answer_carries_the_security_headers(
    client: TestClient, method: str, path: str, status: int
):
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_fault_is_answered_with_an_id_that_the_log_knows(
    client: TestClient, house: SimpleNamespace, log: io.StringIO
):
    house.answers.failure = RuntimeError("SELECT password FROM secret_place")

    answer = client.get(SERVICES)

    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["code"] == "fault"
    assert "secret_place" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    records = [json.loads(line) for line in log.getvalue().splitlines()]
    (record,) = [r for r in records if r["logger"] == "kizashi.api.guards"]
    assert record["fault"] == error["detail"]["fault"]
    assert record["path"] == SERVICES
    assert "RuntimeError: SELECT" in record["stack"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:9470", 200),
        ("LOCALHOST:1", 200),
        ("127.0.0.1", 200),
        ("127.0.0.1:9470", 200),
        ("[::1]", 200),
        ("[::1]:9470", 200),
        ("kizashi.example", 200),
        ("kizashi.example:443", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:9470", 403),
        ("evil.example:127.0.0.1", 403),
        ("localhost:9470:1", 403),
        ("user@localhost", 403),
        ("::1", 403),
        ("127.0.0.2", 403),
        ("", 403),
    ],
)
def test_on_loopback_only_our_own_names_are_answered(
    client: TestClient, host: str, status: int
):
    for path in (SERVICES, "/-/healthy", "/nowhere"):
        answer = client.get(path, headers={"Host": host})
        wanted = 404 if (status, path) == (200, "/nowhere") else status
        assert answer.status_code == wanted
        if status == 403:
            assert answer.json()["error"]["code"] == "host_not_allowed"


def test_elsewhere_any_name_may_be_ours(
    make_client: Callable[..., TestClient], house: SimpleNamespace
):
    client = make_client(loopback=False, headers=house.bearer(Role.VIEWER))

    answer = client.get(SERVICES, headers={"Host": "kizashi.internal"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1:9470.evil.example"},
        {"Origin": "file://127.0.0.1:9470"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:9470"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    client: TestClient, house: SimpleNamespace, headers: dict[str, str]
):
    answer = client.post(RELOAD, headers=house.bearer(Role.ADMIN) | headers)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_origin"
    assert house.reloads == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:9470"},
        {"Origin": "https://127.0.0.1:9470"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_page_and_programs_may_write(
    client: TestClient, house: SimpleNamespace, headers: dict[str, str]
):
    answer = client.post(RELOAD, headers=house.bearer(Role.ADMIN) | headers)

    assert answer.status_code == 200
    assert house.reloads == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/json", ""])
def test_a_body_that_nobody_asked_for_is_refused(
    client: TestClient, house: SimpleNamespace, kind: str
):
    headers = house.bearer(Role.ADMIN) | {"Content-Type": kind}

    answer = client.post(RELOAD, headers=headers, content=b"{}")

    assert answer.status_code == 415
    assert house.reloads == 0


def test_a_body_over_the_limit_is_refused_before_it_is_read(
    client: TestClient, house: SimpleNamespace
):
    headers = house.bearer(Role.ADMIN)
    content = b"x" * (LONGEST_BODY_BYTES + 1)

    assert client.post(RELOAD, headers=headers, content=content).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1.5", "0x10", "９", "9" * 40, ""])
def test_a_length_that_is_none_is_refused(
    client: TestClient, house: SimpleNamespace, length: str
):
    headers = house.bearer(Role.ADMIN) | {"Content-Length": length.encode()}

    answer = client.post(RELOAD, headers=headers)

    assert answer.status_code in {400, 413}
    assert house.reloads == 0


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{SERVICES}?{'a' * LONGEST_QUERY_BYTES}=1", "query_too_long"),
        (f"/{'a' * 3000}", "path_too_long"),
    ],
)
def test_an_address_over_the_limit_is_refused(client: TestClient, path: str, code: str):
    answer = client.get(path)

    assert answer.status_code == 414
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "path",
    [
        "/kizashi/v1/services/", "//kizashi/v1/services", "/kizashi/v1//services",
        "/kizashi/v1/services%00", "/kizashi/v1/Services", "/-/reload/",
        "/kizashi/v1/objectives/a/../../services/", "/static/../../etc/passwd", "/",
        "/kizashi/v1/objectives/a/b/c", "/kizashi/v1/objectives//b", "/%2e%2e/etc",
    ],
)  # fmt: skip
def test_a_path_that_is_not_in_the_table_is_not_found(client: TestClient, path: str):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] in {"no_such_path", "unknown_objective"}
