"""Signing in through the front door, in Chromium, with Cognito emulated behind it."""

import base64
import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from edge_house import free_port
from emulator_calls import administer
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from conftest import Aws

pytestmark = pytest.mark.peer("chromium")
DIST = Path(__file__).parents[1] / "frontend" / "dist"
PATIENCE_MS = 30_000
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """The application without the AI service: of login it knows nothing."""

    origin: str
    aws: Aws
    state: Path

    @property
    def client_id(self) -> str:
        return self.aws.settings["sign_in"]["client_id"]

    @property
    def pool_id(self) -> str:
        return self.aws.settings["sign_in"]["issuer"].rpartition("/")[2]

    def administer(self, action: str, **body: Any) -> dict[str, Any]:
        return administer(self.aws.part.url, action, UserPoolId=self.pool_id, **body)

    def let_tokens_last(self, **seconds: int) -> None:
        """Set how long tokens are good: AccessToken, IdToken, RefreshToken."""
        found = self.administer("DescribeUserPoolClient", ClientId=self.client_id)
        kept = {
            name: value
            for name, value in found["UserPoolClient"].items()
            if name.startswith(("Allowed", "Callback", "Client", "Enable", "Explicit"))
            or name in {"LogoutURLs", "SupportedIdentityProviders"}
        }
        kept.pop("ClientId", None)
        lives = {f"{name}Validity": value for name, value in seconds.items()}
        units = {"TokenValidityUnits": dict.fromkeys(seconds, "seconds")}
        self.administer(
            "UpdateUserPoolClient", ClientId=self.client_id, **kept, **lives, **units
        )

    def renew(self, refresh: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        form["client_id"] = self.client_id
        return httpx2.post(f"{self.origin}/oauth2/token", data=form)


@pytest.fixture(scope="module")
def place(
    start_part: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    if not (DIST / "index.html").is_file():
        leave = pytest.fail if os.environ.get("KZ_REQUIRE") == "all" else pytest.skip
        leave(f"{DIST} is not there: ./kz app frontend build makes it")
    folder = tmp_path_factory.mktemp("login")
    origin = f"http://localhost:{free_port()}"
    aws = Aws(folder / "aws", "--origin", origin)
    try:
        told = ("--config", str(aws.config))
        api = start_part("api", "--port", "0", *told)
        pages = start_part(
            *("pages", "--port", "0", *told, "--origin", origin),
            *("--state", str(folder / "pages")),
        )
        start_part(
            *("edge", "--port", origin.rpartition(":")[2], *told, "--api", api.url),
            *("--pages", pages.url, "--state", str(folder / "edge")),
        )
        api.until_ready()
        yield Place(origin, aws, folder / "edge")
    finally:
        aws.part.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield launched
        launched.close()


@dataclass
class Visit:
    """One person's tab, and what it asked for."""

    page: Page
    place: Place
    asked: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def fill_in(self, name: str, password: str) -> None:
        self.page.fill("#username", name)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")

    def sign_in(self) -> dict[str, Any]:
        """Sign in as `demo`; return what the tab keeps."""
        self.press("Sign in")
        self.fill_in("demo", self.place.aws.password)
        self.is_in()
        return self.user()

    def is_in(self) -> None:
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def user(self) -> dict[str, Any]:
        """Return the tokens of the tab, as the library stores them."""
        return self.page.evaluate(
            "JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage)"
            ".find(key => key.startsWith('oidc.user:'))))"
        )

    def tokens_asked_for(self, grant: str) -> list[dict[str, list[str]]]:
        forms = [
            parse_qs(one.post_data or "")
            for one in self.asked
            if urlsplit(one.url).path == "/oauth2/token"
        ]
        return [form for form in forms if form["grant_type"] == [grant]]


def hear(visit: Visit, said: ConsoleMessage) -> None:
    if said.type == "error":
        visit.complaints.append(said.text)


@pytest.fixture
def visit(browser: Browser, place: Place) -> Iterator[Visit]:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    found = Visit(context.new_page(), place)
    # The driver marks what it calls: a method of a list's own cannot be marked.
    found.page.on("request", lambda request: found.asked.append(request))  # noqa: PLW0108
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("console", lambda said: hear(found, said))
    found.page.goto(place.origin)
    yield found
    context.close()


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def until(holds: Callable[[], bool], page: Page | None = None) -> None:
    for _ in range(300):
        if holds():
            return
        # The driver hears of what the page does only while it waits itself.
        page.wait_for_timeout(100) if page else threading.Event().wait(0.1)
    pytest.fail("not within 30 s")


def test_a_person_signs_in_by_code_and_pkce_on_one_origin(visit: Visit):
    page = visit.page
    visit.press("Sign in")
    visit.fill_in("demo", "wrong")
    expect(page.locator(".error")).to_have_text("Incorrect username or password.")
    visit.fill_in("demo", visit.place.aws.password)
    visit.is_in()
    assert page.url == f"{visit.place.origin}/"
    (login,) = [one for one in visit.asked if "/oauth2/authorize?" in one.url]
    query = parse_qs(urlsplit(login.url).query)
    assert query["code_challenge_method"] == ["S256"]
    (form,) = visit.tokens_asked_for("authorization_code")
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert query["code_challenge"] == [challenge]
    user = visit.user()
    assert claims_of(user["id_token"])["cognito:groups"] == ["admins"]
    assert user["refresh_token"]
    # Whatever was asked for was asked of the front door; keys that sign need https, or
    # the name localhost.
    assert {urlsplit(one.url).netloc for one in visit.asked} == {
        urlsplit(visit.place.origin).netloc
    }
    assert page.evaluate("isSecureContext")
    assert [text for text in visit.complaints if "favicon" not in text] == []


def test_a_session_renews_itself_and_keeps_groups_and_the_time_of_sign_in(
    visit: Visit,
):
    visit.place.let_tokens_last(AccessToken=15, IdToken=15)
    try:
        first = visit.sign_in()
        until(lambda: len(visit.tokens_asked_for("refresh_token")) >= 2, visit.page)
        until(lambda: visit.user()["id_token"] != first["id_token"], visit.page)
        renewed = visit.user()
        for name in ("id_token", "access_token"):
            before, after = claims_of(first[name]), claims_of(renewed[name])
            assert after["auth_time"] == before["auth_time"]
            assert after["cognito:groups"] == ["admins"]
            assert after["iat"] >= before["iat"]
        visit.is_in()
    finally:
        visit.place.let_tokens_last()


def test_signing_out_revokes_and_leaves_no_token_in_an_address_or_a_log(visit: Visit):
    user = visit.sign_in()
    visit.press("Sign out")
    expect(visit.page.get_by_text("You are signed out.")).to_be_visible()
    assert visit.page.url == f"{visit.place.origin}/"
    (revoked,) = [one for one in visit.asked if one.url.endswith("/oauth2/revoke")]
    assert parse_qs(revoked.post_data or "")["token"] == [user["refresh_token"]]
    refused = visit.place.renew(user["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    codes = [form["code"][0] for form in visit.tokens_asked_for("authorization_code")]
    tokens = [user[n] for n in ("id_token", "access_token", "refresh_token")]
    for one in visit.asked:
        assert not any(token in one.url for token in tokens)
        assert "id_token_hint" not in one.url
    for file in visit.place.state.rglob("*"):
        text = file.read_text(errors="replace") if file.is_file() else ""
        assert not any(secret in text for secret in (*tokens, *codes))
    assert (
        visit.page.evaluate(
            "Object.keys(sessionStorage).filter(k => k.startsWith('oidc.user:'))"
        )
        == []
    )


def test_a_temporary_password_is_exchanged_before_anything_else(visit: Visit):
    visit.place.administer(
        "AdminCreateUser",
        Username="newcomer",
        TemporaryPassword="Temporary-1",
        MessageAction="SUPPRESS",
    )
    visit.press("Sign in")
    visit.fill_in("newcomer", "Temporary-1")
    for new in ("weak", "Lasting-Passw0rd"):
        visit.page.fill("#new_password", new)
        visit.page.fill("#confirm_password", new)
        visit.page.click("button[type=submit]")
        if new == "weak":
            expect(visit.page.locator(".error")).to_be_visible()
    visit.is_in()
    visit.press("Sign out")
    expect(visit.page.get_by_text("You are signed out.")).to_be_visible()
    visit.press("Sign in")
    visit.fill_in("newcomer", "Lasting-Passw0rd")
    visit.is_in()


def test_a_session_that_was_ended_everywhere_says_so(visit: Visit):
    visit.place.let_tokens_last(AccessToken=15, IdToken=15)
    try:
        visit.sign_in()
        visit.place.administer("AdminUserGlobalSignOut", Username="demo")
        again = visit.page.get_by_role("button", name="Sign in again")
        expect(again).to_be_visible()
        expect(visit.page.get_by_text("ended elsewhere")).to_be_visible()
        again.click()
        visit.fill_in("demo", visit.place.aws.password)
        visit.is_in()
    finally:
        visit.place.let_tokens_last()


def test_a_session_that_is_too_old_ends_and_can_begin_anew(visit: Visit):
    visit.place.let_tokens_last(AccessToken=3, IdToken=3, RefreshToken=2)
    try:
        visit.sign_in()
        again = visit.page.get_by_role("button", name="Sign in again")
        expect(again).to_be_visible()
    finally:
        visit.place.let_tokens_last()
    again.click()
    visit.fill_in("demo", visit.place.aws.password)
    visit.is_in()


@pytest.mark.parametrize("query", ["code=a&state=b", "error=login_required&state=b"])
def test_an_old_callback_address_asks_to_sign_in_again(visit: Visit, query: str):
    visit.page.goto(f"{visit.place.origin}/callback?{query}")
    expect(visit.page.get_by_text("That login is no longer valid.")).to_be_visible()
    assert visit.page.url == f"{visit.place.origin}/"
    expect(visit.page.get_by_role("button", name="Sign in again")).to_be_visible()


def login_form(place: Place, **other: str) -> tuple[httpx2.Response, str]:
    """Ask for the login page by hand; return it and the verifier."""
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "client_id": place.client_id,
        "redirect_uri": f"{place.origin}/callback",
        "response_type": "code",
        "scope": "openid email profile",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **other,
    }
    page = httpx2.get(f"{place.origin}/oauth2/authorize", params=query)
    return page, verifier


def test_a_code_is_good_once_and_with_its_verifier_only(place: Place):
    page, verifier = login_form(place)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))

    def code() -> str:
        form = {**fields, "username": "demo", "password": place.aws.password}
        answer = httpx2.post(f"{place.origin}/login", data=form)
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def exchange(code: str, verifier: str) -> httpx2.Response:
        form = {"grant_type": "authorization_code", "code": code}
        form |= {"client_id": place.client_id, "code_verifier": verifier}
        form["redirect_uri"] = f"{place.origin}/callback"
        return httpx2.post(f"{place.origin}/oauth2/token", data=form)

    one = code()
    tokens = exchange(one, verifier).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert httpx2.get(f"{place.origin}/api/tasks", headers=bearer).status_code == 200
    assert exchange(one, verifier).status_code == 400
    assert exchange(code(), "w" * 64).status_code == 400
    assert exchange(code(), "").status_code == 400


@pytest.mark.parametrize(
    "other",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:8088/callback"},
        {"client_id": "another"},
        {"response_type": "token"},
        {"scope": "openid offline_access"},
        {"code_challenge_method": "plain"},
    ],
)
def test_a_login_that_is_not_the_clients_is_refused(
    place: Place, other: dict[str, str]
):
    answer, _ = login_form(place, **other)
    told = f"{answer.headers.get('location', '')} {answer.text}"
    assert answer.status_code in (302, 400)
    assert "username" not in answer.text
    assert "error" in told
    assert "evil.example" not in answer.headers.get("location", "")


def test_a_guest_needs_no_login(place: Place):
    token = httpx2.post(f"{place.origin}/api/guest").json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    listed = httpx2.get(f"{place.origin}/api/tasks", headers=bearer)
    assert (listed.status_code, listed.json()["items"]) == (200, [])
