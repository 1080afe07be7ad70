"""Requests that no browser sends: each is refused or answered, none is a fault."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient
from ui_house import House

from kizashi.errors import BusyError, TooHeavyError
from kizashi.ports.tokens import Role
from kizashi.ui.application import build

OBJECTIVE = "/objectives/mail/availability"
TIMES = (
    "0",
    "1e-9",
    "1",
    "1700000000",
    "1e999",
    "nan",
    "253402300799",
    "9" * 400,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59",
)
PAGES = (
    "/",
    "/alerts",
    "/notifications",
    "/services/mail",
    "/services/mail/signals.csv",
    OBJECTIVE,
    f"{OBJECTIVE}/chart.json",
    f"{OBJECTIVE}/chart.csv",
)


@pytest.fixture(scope="module")
def client(house: House) -> TestClient:
    session = house.sessions[Role.EDITOR]
    return TestClient(
        build(replace(house.services)),
        base_url="http://127.0.0.1:9470",
        headers={"accept": "text/html", "cookie": f"kizashi_session={session}"},
        raise_server_exceptions=False,
    )


@pytest.mark.parametrize("page", PAGES)
def test_no_time_in_an_address_is_a_fault(client: TestClient, page: str):
    charts = ("budget", "days") if page.endswith("csv") else ("",)
    asked = [{"at": each, "chart": chart} for each in TIMES for chart in charts]
    asked += [{"start": each, "end": "1e10"} for each in TIMES[:4]]
    asked += [{"start": "0", "end": each} for each in TIMES[:4]]

    answers = {str(q): client.get(page, params=q).status_code for q in asked}

    assert {q: status for q, status in answers.items() if status >= 500} == {}


SLASHES = {
    "/docs/": "/docs",
    "/docs/?lang=ja": "/docs?lang=ja",
    "/docs/howto/import/": "/docs/howto/import",
    "/alerts/": "/alerts",
    "/services/a%2Fb/": "/services/a%2Fb",
}


@pytest.mark.parametrize("given", SLASHES)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_page_is_found_with_a_slash_at_its_end(
    client: TestClient, given: str, accept: str
):
    answer = client.get(given, headers={"accept": accept}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, SLASHES[given])


@pytest.mark.parametrize("given", ["/nowhere/", "/docs//x/", "/a//"])
def test_no_other_address_leads_on_with_a_slash_at_its_end(
    client: TestClient, given: str
):
    answer = client.get(given, follow_redirects=False)

    assert (answer.status_code, answer.headers.get("location")) == (404, None)


def test_a_slash_at_the_end_leads_to_no_other_host(client: TestClient):
    given = "http://127.0.0.1:9470//example.org/"

    assert client.get(given, follow_redirects=False).status_code == 404


def test_a_form_is_not_sent_on_with_a_slash_at_its_end(client: TestClient):
    assert client.post("/import/", follow_redirects=False).status_code == 404


class Refusing:
    """Desks whose readers are all taken, or end."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def brought(self, _texts: object, _language: object) -> object:
        raise self._error

    carry = brought

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


@pytest.mark.parametrize("page", ["/lint", "/import"])
@pytest.mark.parametrize(
    ("error", "status"), [(BusyError("taken"), 503), (TooHeavyError("heavy"), 422)]
)
def test_a_text_that_cannot_be_read_now_or_at_all_is_said_so(
    house: House, page: str, error: Exception, status: int
):
    session = house.sessions[Role.EDITOR]
    desk: Any = Refusing(error)
    desk.carry = lambda request: desk.brought(request, None)
    client = TestClient(
        build(replace(house.services, lint=desk, imports=desk)),
        base_url="http://127.0.0.1:9470",
        headers={"accept": "text/html", "cookie": f"kizashi_session={session}"},
    )
    home = client.get("/rules").text
    proof = re.search(r'name="proof" value="([^"]+)"', home)
    assert proof is not None

    answer = client.post(
        page,
        data={"text": "groups: []", "proof": proof[1]},
        headers={"origin": "http://127.0.0.1:9470"},
    )

    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("5" if status == 503 else None)


def form(client: TestClient, body: bytes, boundary: str = "b") -> int:
    """Return the status of a form with a file at /import."""
    kind = f"multipart/form-data; boundary={boundary}"
    headers = {"content-type": kind, "origin": "http://127.0.0.1:9470"}
    began = time.perf_counter()
    answer = client.post("/import", content=body, headers=headers)
    assert time.perf_counter() - began < 5
    return answer.status_code


def part(content: bytes, head: bytes = b"") -> bytes:
    disposition = b'Content-Disposition: form-data; name="text"\r\n'
    return b"--b\r\n" + disposition + head + b"\r\n" + content + b"\r\n"


NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
    for n in range(10_000)
)
STRANGE_FORMS = {
    "nested": part(NESTED, b"Content-Type: multipart/mixed; boundary=b0\r\n")
    + b"--b--",
    "message": part(
        b"Content-Type: message/rfc822\r\n\r\n" * 10_000,
        b"Content-Type: message/rfc822\r\n",
    )
    + b"--b--",
    "many": part(b"x") * 20_000 + b"--b--",
    "boundaries": b"--b\r\n" * 100_000 + b"--b--",
    "no end": part(b"x"),
    "no name": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
    "no head": b"--b\r\nx\r\n--b--",
    "no text": part(b"\xff\xfe") + b"--b--",
    "long head": part(b"x", b"X: " + b"y" * 500_000 + b"\r\n") + b"--b--",
    "encoded": part(b"eA==", b"Content-Transfer-Encoding: base64\r\n") + b"--b--",
    "params": b'--b\r\nContent-Disposition: form-data; name="' + b'\\"' * 300_000,
    "nothing": b"",
}


@pytest.mark.parametrize("kind", STRANGE_FORMS)
def test_no_form_is_a_fault_or_takes_long(client: TestClient, kind: str):
    assert form(client, STRANGE_FORMS[kind]) in {400, 403, 413}


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; x=y",
    ],
)
def test_a_form_without_a_boundary_is_refused(client: TestClient, kind: str):
    headers = {"content-type": kind, "origin": "http://127.0.0.1:9470"}

    answer = client.post("/import", content=part(b"x") + b"--b--", headers=headers)

    assert answer.status_code == 400
