"""Who may see and do what on the pages, and what guards every one of them."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
from starlette.testclient import TestClient
from ui_house import House

from kizashi.api._base import Access
from kizashi.ports.tokens import Role
from kizashi.ui.application import build
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import Form, Page, Row

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ROLES = [None, Role.VIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN]
ROWS = pytest.mark.parametrize(
    "row", PAGES, ids=lambda r: f"{type(r).__name__} {r.path}"
)


def filled(row: Row) -> str:
    return row.path.format(
        service="checkout",
        objective="availability",
        id="0",
        page="index",
        path="index",
        target="prometheus",
    )


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.url, headers={"accept": "text/html"}) as made:
        yield made


@pytest.fixture(scope="module")
def far(house: House) -> TestClient:
    """Return a client of the same house on an address that is not loopback."""
    api = replace(house.services.api, listen_is_loopback=False)
    return TestClient(
        build(replace(house.services, api=api)),
        base_url="http://kizashi.example",
        follow_redirects=False,
    )


def cookie(house: House, role: Role | None) -> dict[str, str]:
    return {} if role is None else {"cookie": f"kizashi_session={house.sessions[role]}"}


def is_allowed(row: Row, role: Role | None) -> bool:
    needed = row.access.role
    return needed is None or (role is not None and role.covers(needed))


@pytest.mark.parametrize("role", ROLES, ids=str)
@ROWS
def test_every_page_lets_in_exactly_whom_the_table_says(
    house: House, far: TestClient, row: Row, role: Role | None
):
    method = "POST" if isinstance(row, Form) else "GET"
    form = {"content-type": "application/x-www-form-urlencoded"}
    headers = {**cookie(house, role), **(form if isinstance(row, Form) else {})}

    answer = far.request(method, filled(row), headers=headers)

    if is_allowed(row, role):
        # A form without its proof gets no farther than the proof.
        old = (isinstance(row, Form), answer.status_code)
        assert old == (True, 403) or answer.status_code in {200, 404}
        if isinstance(row, Form):
            assert answer.status_code == 403
    else:
        assert answer.status_code == (401 if role is None else 403)


@ROWS
def test_every_answer_has_the_headers_that_guard_a_browser(
    client: httpx2.Client, row: Row
):
    answer = client.get(filled(row))

    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert answer.headers["cache-control"] == "no-store"


@ROWS
def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(
    client: httpx2.Client, row: Row
):
    if not isinstance(row, Page):
        return
    text = client.get(filled(row)).text

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)


@ROWS
def test_whatever_changes_something_is_a_form_of_more_than_a_viewer(row: Row):
    if isinstance(row, Form) and row.path not in {"/sign-in", "/sign-out"}:
        assert row.access not in {Access.PUBLIC, Access.VIEWER}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"content-type": "text/plain"},
        {"content-type": "application/json"},
        {},
    ],
    ids=str,
)
@ROWS
def test_no_form_of_another_site_is_taken(
    house: House, client: httpx2.Client, row: Row, headers: dict[str, str]
):
    if not isinstance(row, Form):
        return
    form = {"content-type": "application/x-www-form-urlencoded"}
    told = {**form, **headers, **cookie(house, Role.ADMIN)}

    answer = client.post(filled(row), headers=told, content="reason=x")

    assert answer.status_code in {400, 403, 415}


def proof(text: str) -> str:
    found = re.search(r'name="proof" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_a_token_signs_in_and_out(house: House):
    with httpx2.Client(base_url=house.url, headers={"accept": "text/html"}) as browser:
        page = browser.get("/sign-in?next=/%3Fq%3Dmail").text
        fields = {
            "proof": proof(page),
            "token": house.tokens[Role.OPERATOR],
            "next": "/?q=mail",
        }
        answer = browser.post("/sign-in", data=fields)

        assert answer.status_code == 303
        assert answer.headers["location"] == "/?q=mail"
        kept = answer.headers["set-cookie"]
        assert "HttpOnly" in kept
        assert "SameSite=strict" in kept
        assert "Secure" not in kept  # plain HTTP; a browser would not keep it
        signed_in = browser.get("/").text
        assert "operator-1" in signed_in
        out = browser.post("/sign-out", data={"proof": proof(signed_in)})
        assert out.status_code == 303
        assert "operator-1" not in browser.get("/").text


def signed_in(browser: httpx2.Client, token: str) -> str:
    """Return the secret of the session that a token began."""
    fields = {"proof": proof(browser.get("/sign-in").text), "token": token, "next": "/"}
    assert browser.post("/sign-in", data=fields).headers["location"] == "/"
    return str(browser.cookies["kizashi_session"])


def test_a_browser_never_holds_the_token(house: House):
    token = house.tokens[Role.OPERATOR]
    with httpx2.Client(base_url=house.url) as browser:
        browser.cookies.set("kizashi_token", token, domain="127.0.0.1")
        session = signed_in(browser, token)

        assert session != token
        assert "kizashi_token" not in browser.cookies
    # The session is no token for programs.
    headers = {"authorization": f"Bearer {session}"}
    answer = httpx2.get(f"{house.url}/kizashi/v1/services", headers=headers)
    assert answer.status_code == 401


def test_signing_out_ends_the_session_and_not_only_the_cookie(
    house: House, far: TestClient
):
    with httpx2.Client(base_url=house.url) as browser:
        session = signed_in(browser, house.tokens[Role.VIEWER])
        kept = {"cookie": f"kizashi_session={session}"}
        assert far.get("/", headers=kept).status_code == 200
        text = browser.get("/").text
        browser.post("/sign-out", data={"proof": proof(text)})

    answer = far.get("/", headers=kept)
    assert answer.status_code == 401
    assert "The session has ended" in answer.text


def test_signing_in_again_ends_the_session_before(house: House, far: TestClient):
    with httpx2.Client(base_url=house.url) as browser:
        first = signed_in(browser, house.tokens[Role.VIEWER])
        second = signed_in(browser, house.tokens[Role.ADMIN])

    codes = [
        far.get("/", headers={"cookie": f"kizashi_session={s}"}).status_code
        for s in (first, second)
    ]
    assert codes == [401, 200]


def test_a_planted_session_is_not_the_one_that_signs_in(house: House, far: TestClient):
    planted = {"cookie": f"kizashi_session=kz_s_{'a' * 43}"}
    page = far.get("/sign-in", headers=planted)
    fields = {"proof": proof(page.text), "token": house.tokens[Role.ADMIN]}

    answer = far.post("/sign-in", data=fields, headers=planted)

    far.cookies.clear()
    assert "kizashi_session=kz_s_" in answer.headers["set-cookie"]
    assert "a" * 43 not in answer.headers["set-cookie"]
    assert far.get("/", headers=planted).status_code == 401


def test_a_session_that_has_ended_reads_what_is_open_to_this_machine(
    client: httpx2.Client,
):
    answer = client.get("/", headers={"cookie": "kizashi_session=kz_s_gone"})

    assert answer.status_code == 200
    assert 'href="/sign-in"' in answer.text


@pytest.mark.parametrize(
    "authorization",
    ["Basic b3BzOng=", "Negotiate YQ==", 'Digest username="o"', "Bearer ey.J.x", ""],
)
def test_credentials_of_a_proxy_hide_no_session(
    house: House, far: TestClient, authorization: str
):
    told = {"authorization": authorization}
    kept = {**told, **cookie(house, Role.OPERATOR)}

    page = far.get("/sign-in", headers=told)
    fields = {"proof": proof(page.text), "token": house.tokens[Role.VIEWER]}
    answer = far.post("/sign-in", data=fields, headers=told)

    assert (page.status_code, answer.status_code) == (200, 303)
    far.cookies.clear()
    assert "operator-1" in far.get("/", headers=kept).text
    assert far.get("/", headers=told).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        [("authorization", "Bearer kz_" + "a" * 43)],
        [("authorization", "Bearer kz_a"), ("authorization", "Basic b3BzOng=")],
        [("x-kizashi-token", "")],
        [("x-kizashi-token", "kz_a"), ("x-kizashi-token", "kz_a")],
    ],
)
def test_a_wrong_token_of_ours_is_refused_beside_a_session(
    house: House, headers: list[tuple[str, str]]
):
    noted: list[str] = []
    api = replace(house.services.api, listen_is_loopback=False, refused=noted.append)
    browser = TestClient(
        build(replace(house.services, api=api)), base_url="http://kizashi.example"
    )
    kept = [*headers, *cookie(house, Role.ADMIN).items()]

    assert browser.get("/", headers=kept).status_code == 401
    assert noted == ["testclient"]
    # Who wants to sign in, or to read the handbook, is not kept from it.
    assert browser.get("/sign-in", headers=kept).status_code == 200


@pytest.mark.parametrize("way", ["revoked", "expired", "signed out", "by header"])
def test_a_live_page_ends_within_five_seconds_of_its_readers_right(
    house: House, way: str
):
    api = house.services.api
    now_ms = api.clock.now_ms()
    expires_ms = now_ms + 1 if way == "expired" else None
    issued = api.tokens.create(
        "gone", Role.VIEWER, now_ms=now_ms, expires_ms=expires_ms
    )
    session = api.sessions.begin(issued.record.id, now_ms=now_ms)
    shown = {"cookie": f"kizashi_session={session}"}
    if way == "by header":
        shown = {"authorization": f"Bearer {issued.plaintext}"}
    with httpx2.stream("GET", f"{house.url}/live?view=/", headers=shown) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("data: <hx-partial")
        if way == "signed out":
            api.sessions.end(session)
        elif way != "expired":
            api.tokens.revoke(issued.record.id)

        house.run(house.clock.advance(5))

        # Within the test's own time limit: what was told already, and then the end.
        assert all("gone" not in line for line in lines)


def test_behind_tls_the_cookie_is_secure(house: House):
    headers = {"origin": house.url.replace("http://", "https://")}
    with httpx2.Client(base_url=house.url) as browser:
        fields = {
            "proof": proof(browser.get("/sign-in").text),
            "token": house.tokens[Role.VIEWER],
            "next": "/",
        }
        answer = browser.post("/sign-in", data=fields, headers=headers)

    assert "Secure" in answer.headers["set-cookie"]


def test_a_wrong_token_signs_nobody_in_and_is_noted(house: House):
    noted: list[str] = []
    api = replace(house.services.api, refused=noted.append)
    with TestClient(
        build(replace(house.services, api=api)),
        base_url=house.url,
        follow_redirects=False,
    ) as browser:
        fields = {
            "proof": proof(browser.get("/sign-in").text),
            "token": "kz_" + "a" * 43,
            "next": "/",
        }
        answer = browser.post("/sign-in", data=fields)

    assert answer.headers["location"] == "/sign-in?failed=1"
    assert "set-cookie" not in answer.headers
    assert noted == ["testclient"]


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/a\nb",
        "javascript:x",
        "",
    ],
)
def test_signing_in_leads_to_no_other_site(house: House, goal: str):
    with httpx2.Client(base_url=house.url) as browser:
        fields = {
            "proof": proof(browser.get("/sign-in").text),
            "token": house.tokens[Role.VIEWER],
            "next": goal,
        }
        answer = browser.post("/sign-in", data=fields)

    assert answer.headers["location"] == "/"


def test_a_link_of_another_site_is_asked_once_more_from_here(far: TestClient):
    answer = far.get("/", headers={"sec-fetch-site": "cross-site"})

    assert 'http-equiv="refresh"' in answer.text
    again = far.get("/", headers={"sec-fetch-site": "same-origin"})
    assert again.status_code == 401
    assert 'action="/sign-in"' in again.text


@pytest.mark.parametrize(
    ("query", "headers", "chosen"),
    [
        ("", {}, "en"),
        ("", {"accept-language": "ja"}, "ja"),
        ("?lang=en", {"accept-language": "ja"}, "en"),
        ("", {"accept-language": "en", "cookie": "kizashi_language=ja"}, "ja"),
        ("?lang=xx", {"accept-language": "ja"}, "ja"),
    ],
)
def test_the_reader_chooses_the_language(
    house: House, query: str, headers: dict[str, str], chosen: str
):
    answer = httpx2.get(f"{house.url}/{query}", headers=headers)

    assert f'<html lang="{chosen}"' in answer.text
    assert answer.headers["content-language"] == chosen
    assert ("kizashi_language" in answer.headers.get("set-cookie", "")) == (
        query == "?lang=en"
    )


def test_static_files_stay_for_ever_under_a_name_with_their_hash(client: httpx2.Client):
    text = client.get("/").text

    urls = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert len(urls) >= 4
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.search(r"\.[0-9a-f]{16}\.", url)
    assert client.get("/static/kizashi.css").status_code == 404
    assert client.get("/static/../_base.py").status_code == 404


def test_a_path_that_is_nowhere_is_a_page_for_people_and_json_for_programs(
    client: httpx2.Client,
):
    page = client.get("/nowhere", headers={"accept": "text/html"})
    told = client.get("/nowhere", headers={"accept": "application/json"})

    assert page.status_code == told.status_code == 404
    assert "<h1>" in page.text
    assert told.json()["error"]["code"] == "no_such_path"
