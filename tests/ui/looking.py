"""Pages in a real browser: what a reader meets, and what must never be there."""

import importlib.resources
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from harness.wordings import VISIBLE_TEXT_JS, english_in

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
#: Light on a desk, dark on a phone; both languages see both.
VIEWS = [("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390)]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser, ended afterwards."""
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=ARGUMENTS
        )
        yield browser
        browser.close()


@dataclass
class Look:
    """A page that is open, and what the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def problems(self, allowed: tuple[str, ...] = ()) -> list[str]:
        """Return whatever a reader should not meet: nothing at all is expected."""
        found = list(self.complaints)
        self.page.evaluate(axe())
        result = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"axe {one['id']}: {node['html'][:200]}"
            for one in result["violations"]
            for node in one["nodes"][:3]
        ]
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"the page is {wide} px wider than the window")
        if self.page.evaluate("document.documentElement.lang") == "ja":
            text = self.page.evaluate(VISIBLE_TEXT_JS)
            found += [f"English: {one}" for one in english_in(text, allowed)]
        return found


@contextmanager
def looking(
    browser: Browser,
    url: str,
    *,
    language: str = "en",
    theme: str = "light",
    width: int = 1280,
    script: bool = True,
    session: str | None = None,
) -> Iterator[Look]:
    """Yield a page as one reader sees it."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale=language,
        color_scheme=theme,  # type: ignore[arg-type]
        java_script_enabled=script,
    )
    if session is not None:
        context.add_cookies([{"name": "kizashi_session", "value": session, "url": url}])
    page = context.new_page()
    look = Look(page)
    page.on(
        "console",
        lambda m: (
            look.complaints.append(f"console {m.type}: {m.text}")
            if m.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda e: look.complaints.append(f"error: {e}"))
    # A live page is never idle: its stream of news stays open.
    page.goto(url, wait_until="load")
    yield look
    context.close()


@cache
def axe() -> str:
    """Return the accessibility checker."""
    files = importlib.resources.files("axe_playwright_python")
    return (files / "axe.min.js").read_text(encoding="utf-8")
