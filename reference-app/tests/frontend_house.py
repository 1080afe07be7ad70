"""The whole application behind its front door, and a browser in front of it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import httpx2
import pytest
from edge_house import Stub, free_port, stub
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route

APP = Path(__file__).parents[1]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
ADMIN_TOKEN = "a-token-that-is-long-enough"  # noqa: S105 - of these tests
#: Loading waits for a machine that does much else.
PATIENCE_MS = 30_000


@dataclass(frozen=True, slots=True)
class House:
    """The application, running.

    Attributes:
        origin: What a person types.
        aws: DynamoDB and Cognito, emulated.
        api: The API's process.
        rum: Takes what browsers measure.
    """

    origin: str
    aws: Any
    api: Any
    rum: Stub
    _guests: dict[str, str] = field(default_factory=dict)

    def break_api(self, **faults: object) -> None:
        """Switch faults of the API on, and all others off."""
        url = f"{self.api.beside['admin']}/demo/faults"
        bearer = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        httpx2.put(url, json=faults, headers=bearer).raise_for_status()

    def guest_of(self, language: str) -> str:
        """Return the token of a guest, the same for a language, with an empty list.

        The API lets few new guests in from one address.
        """
        if language not in self._guests:
            answer = httpx2.post(f"{self.api.url}/guest")
            self._guests[language] = answer.raise_for_status().json()["token"]
        token = self._guests[language]
        bearer = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=self.api.url, headers=bearer) as asking:
            for task in asking.get("/tasks?status=all").json()["items"]:
                asking.delete(f"/tasks/{task['id']}").raise_for_status()
        return token

    def beacons(self) -> list[dict[str, Any]]:
        """Return what browsers have sent."""
        return [json.loads(asked["body"]) for asked in self.rum.asked]


@contextmanager
def house(
    folder: Path, start_part: Callable[..., Any], aws_of: Callable[..., Any]
) -> Iterator[House]:
    """Start everything behind one origin, and end what the fixtures do not."""
    dist = APP / "frontend" / "dist"
    if not (dist / "index.html").is_file():
        why = f"{dist} is not there: ./kz app frontend build makes it"
        leave = pytest.fail if os.environ.get("KZ_REQUIRE") == "all" else pytest.skip
        leave(why)
    # The login service has to know the origin before there is a front door.
    port = free_port()
    origin = f"http://localhost:{port}"
    aws = aws_of(folder / "aws", "--origin", origin)
    ai = start_part("ai", "--port", "0")
    token, config = folder / "token", folder / "config.json"
    token.write_text(ADMIN_TOKEN)
    token.chmod(0o600)
    config.write_text(json.dumps({**aws.settings, "ai_url": ai.url}))
    told = ("--config", str(config))
    admin = ("--admin-token-file", str(token), "--admin-port", "0")
    api = start_part("api", "--port", "0", *told, *admin)
    here = (*told, "--origin", origin)
    pages = start_part(
        "pages", "--port", "0", *here, "--rum", "--state", str(folder / "pages")
    )
    with stub() as rum:
        start_part(
            *("edge", "--port", str(port), *here, "--state", str(folder / "edge")),
            *("--pages", pages.url, "--api", api.url, "--rum", rum.url),
        )
        for part in (ai, api):
            part.until_ready()
        try:
            yield House(origin, aws, api, rum)
        finally:
            aws.part.kill()


def launch(driver: Playwright) -> Browser:
    """Return Debian's Chromium."""
    program = shutil.which("chromium")
    return driver.chromium.launch(executable_path=program, args=ARGUMENTS)


@dataclass
class Visit:
    """A page of one reader, and what the browser complained of."""

    page: Page
    house: House
    complaints: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        """The browser's context that the page is in."""
        return self.page.context

    def problems(self) -> list[str]:
        """Return what no reader should meet; nothing at all is expected.

        In both widths and both themes: light on a desk, dark on a phone.
        """
        self.page.evaluate(AXE)
        found = self.complaints[:]
        for width, theme in ((1280, "light"), (390, "dark")):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=theme)
            where = f"at {width} px, {theme}"
            ran = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                f"{where}: axe {one['id']}: {node['html'][:160]}"
                for one in ran["violations"]
                for node in one["nodes"][:3]
            ]
            wide = self.page.evaluate(
                "document.documentElement.scrollWidth - innerWidth"
            )
            if wide > 0:
                found.append(f"{where}: the page is {wide} px too wide")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.emulate_media(color_scheme="light")
        return found

    def spoil_tokens(self) -> None:
        """Let each token that is in use now be refused: the API finds it altered."""
        spoilt: set[str] = set()
        first: list[str] = []

        def send(route: Route) -> None:
            sent = route.request.headers.get("authorization", "")
            if not first:
                first.append(sent)
            if sent == first[0]:
                spoilt.add(sent)
                headers = {**route.request.headers, "authorization": f"{sent}x"}
                route.continue_(headers=headers)
            else:
                route.continue_()

        self.page.route("**/api/tasks**", send)


@contextmanager
def visiting(
    browser: Browser, house: House, language: str, *, allowed: tuple[str, ...] = ()
) -> Iterator[Visit]:
    """Yield the page as a reader of that language first sees it.

    Args:
        browser: The browser.
        house: The application.
        language: Their browser's.
        allowed: Parts of complaints that the journey itself is about.
    """
    context = browser.new_context(
        locale={"en": "en-GB", "ja": "ja-JP"}[language],
        timezone_id="Asia/Tokyo",
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(context.new_page(), house)

    def hear(text: str) -> None:
        if not any(part in text for part in allowed):
            visit.complaints.append(text)

    visit.page.on("pageerror", lambda error: hear(f"error: {error}"))
    visit.page.on(
        "console",
        lambda said: hear(said.text) if said.type in {"error", "warning"} else None,
    )
    visit.page.goto(house.origin)
    yield visit
    context.close()
