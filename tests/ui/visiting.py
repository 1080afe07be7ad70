"""Visits pages as people do, and notes whatever a browser complains of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, Page
from ui_house import House

from kizashi.ports.tokens import Role

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
LOCALES = {"en": "en-GB", "ja": "ja-JP"}
#: Told by a page before anything of ours runs.
WATCH = """
  window.violations = [];
  document.addEventListener('securitypolicyviolation',
    e => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""

#: Charts follow a window that was made narrower a moment later.
OVERFLOW = """
  () => new Promise(resolve => {
    const end = performance.now() + 5000;
    const look = () => {
      const over = document.documentElement.scrollWidth - innerWidth;
      if (over <= 0 || performance.now() > end) resolve(over);
      else setTimeout(look, 20);
    };
    look();
  })"""


@dataclass
class Visit:
    """An open page, and what went wrong on it."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> int:
        answer = self.page.goto(self.url + path, wait_until="load")
        assert answer is not None
        return answer.status

    def violations(self) -> list[str]:
        return list(self.page.evaluate("window.violations"))

    def axe(self) -> list[str]:
        """Return whatever axe finds on the page, by every rule it has."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE)
        # It tells every node of what passed too, unless it is asked not to.
        options = {"resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(options)", options)
        return [
            f"{v['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for v in found["violations"]
            for node in v["nodes"]
        ]

    def overflow(self) -> int:
        """Return by how many pixels the page stays wider than the window."""
        return int(self.page.evaluate(OVERFLOW))


@contextmanager
def visiting(
    browser: Browser,
    house: House,
    *,
    language: str = "en",
    theme: str = "light",
    width: int = 1280,
    role: Role | None = None,
    scripted: bool = True,
) -> Iterator[Visit]:
    """Open a browser of one reader."""
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if theme == "dark" else "light",
        locale=LOCALES[language],
        timezone_id="Asia/Tokyo",
        java_script_enabled=scripted,
    )
    known = {"kizashi_zone": "Asia/Tokyo"}
    if role is not None:
        known["kizashi_session"] = house.sessions[role]
    context.add_cookies(
        [{"name": n, "value": v, "url": house.url} for n, v in known.items()]
    )
    context.add_init_script(WATCH)
    visit = Visit(context.new_page(), house.url)
    visit.page.on(
        "console",
        lambda m: (
            visit.complaints.append(m.text) if m.type in {"error", "warning"} else None
        ),
    )
    visit.page.on("pageerror", lambda e: visit.complaints.append(str(e)))
    try:
        yield visit
    finally:
        context.close()
