"""Every page in Chromium: both languages, dark and light, wide and narrow."""

import re

import pytest
from playwright.sync_api import Browser, expect
from ui_house import House
from visiting import Visit, visiting

from harness.wordings import VISIBLE_TEXT_JS, english_in
from kizashi.ports.tokens import Role
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import Page

pytestmark = pytest.mark.peer("chromium")

#: The handbook's pages have tests of their own.
PATHS = [
    row.path
    for row in PAGES
    if isinstance(row, Page) and not row.path.startswith("/docs")
]
#: A desk and a phone: a page is loaded on one and then resized to the other. Each
#: language, each scheme of colours and each width is seen once; by night all with all.
WIDTHS = (1280, 390)
VIEWS = [
    ("en", 1280, "light"),
    ("ja", 390, "dark"),
    *(
        pytest.param(*view, marks=pytest.mark.nightly)
        for view in (
            ("en", 1280, "dark"),
            ("en", 390, "light"),
            ("en", 390, "dark"),
            ("ja", 1280, "light"),
            ("ja", 1280, "dark"),
            ("ja", 390, "light"),
        )
    ),
]
#: What stands in names of paths here. Names of services and people are no words.
NAMES = ("checkout", "search", "mail", "payments", "p50", "p95", "p99", "CPU")


def filled(house: House, path: str) -> str:
    alert = house.run(house.services.api.alerts.alerts())[0].id
    return path.format(
        service="checkout",
        objective="availability",
        id=alert,
    )


def open_details(visit: Visit) -> None:
    visit.page.evaluate(
        "document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )


def problems(visit: Visit, path: str, language: str, width: int) -> list[str]:
    """Return what is wrong with a page: nothing at all is expected."""
    found: list[str] = []
    visit.page.set_viewport_size({"width": width, "height": 844})
    if (status := visit.go(path)) != 200:
        found.append(f"status {status}")
    if visit.page.locator("[data-charts]").count():
        visit.page.wait_for_selector("[data-drawn]")
    found += too_wide(visit, width)
    found += visit.axe()
    found += [f"violation: {one}" for one in visit.violations()]
    if visit.page.get_attribute("html", "lang") != language:
        found.append("it is in another language")
    if language == "ja":
        open_details(visit)
        found += too_wide(visit, width)
        text = visit.page.evaluate(VISIBLE_TEXT_JS)
        found += [f"English: {one}" for one in english_in(text, allowed=NAMES)]
        if not re.search("[\u3040-\u30ff]", text):
            found.append("no Japanese")
    (other,) = (one for one in WIDTHS if one != width)
    visit.page.set_viewport_size({"width": other, "height": 844})
    return found + too_wide(visit, other)


def too_wide(visit: Visit, width: int) -> list[str]:
    over = visit.overflow()
    return [f"{over} px wider than {width}"] if over > 0 else []


# A reader of their own costs more than a page does, so that one sees them all.
@pytest.mark.parametrize(("language", "width", "theme"), VIEWS)
def test_pages_are_sound(
    house: House, browser: Browser, language: str, width: int, theme: str
):
    view = {"language": language, "width": width, "theme": theme}
    with visiting(browser, house, role=Role.OPERATOR, **view) as visit:
        found = {
            path: problems(visit, filled(house, path), language, width)
            for path in PATHS
        }

        assert {path: told for path, told in found.items() if told} == {}
        assert visit.complaints == []


def test_pages_read_without_a_script(house: House, browser: Browser):
    with visiting(browser, house, scripted=False, role=Role.OPERATOR) as visit:
        for path in PATHS:
            assert visit.go(filled(house, path)) == 200

            assert visit.page.locator("h1").inner_text().strip(), path
            for button in visit.page.locator("button:visible").all():
                assert button.get_attribute("type") == "submit", path


def test_the_service_that_burns_fastest_comes_first_and_says_why(
    house: House, browser: Browser
):
    with visiting(browser, house) as visit:
        visit.go("/")
        first = visit.page.locator("article.service").first

        # 10 % of the last half hour failed: 0.05 of the hour, of 0.001 allowed.
        assert first.locator("h2").inner_text() == "Checkout"
        assert (
            "Requests succeed burns at 50.0× the allowed pace over the last 1 h"
            in first.locator(".reason").inner_text()
        )
        assert "Page" in first.locator(".badge").first.inner_text()
        order = visit.page.locator("article.service h2").all_inner_texts()
        assert order == ["Checkout", "Archive", "Search", "Mail"]


def test_the_reason_is_in_the_readers_language(house: House, browser: Browser):
    with visiting(browser, house, language="ja") as visit:
        visit.go("/")
        first = visit.page.locator("article.service").first

        assert first.locator("h2").inner_text() == "注文"
        assert "許容の 50.0 倍の速さ" in first.locator(".reason").inner_text()


def test_the_address_holds_the_filters(house: House, browser: Browser):
    wanted = {
        "?q=sear": ["Search"],
        "?q=検索": ["Search"],
        "?owner=discovery": ["Archive", "Search"],
        "?tier=1": ["Checkout"],
        "?state=blind": ["Archive"],
        "?state=page&owner=growth": [],
        "?q=<script>alert(1)</script>": [],
    }
    found = {}
    with visiting(browser, house) as visit:
        for query, names in wanted.items():
            visit.go("/" + query)
            services = visit.page.locator("article.service h2")
            found[query] = services.all_inner_texts()
            if not names:
                expect(visit.page.get_by_text("No service matches")).to_be_visible()

    assert found == wanted


def test_keys_search_go_and_help(house: House, browser: Browser):
    with visiting(browser, house) as visit:
        visit.go("/alerts")
        visit.page.keyboard.press("/")
        assert visit.page.evaluate("document.activeElement.id") == "search"
        visit.page.keyboard.type("mail")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/?q=mail")
        visit.page.keyboard.press("?")
        expect(visit.page.locator("#help")).to_be_visible()
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator("#help")).to_be_hidden()
        visit.page.keyboard.press("g")
        visit.page.keyboard.press("a")
        visit.page.wait_for_url("**/alerts")
        visit.page.keyboard.press("g")
        visit.page.keyboard.press("o")
        visit.page.wait_for_url(house.url + "/")


def test_whatever_has_the_focus_shows_it(house: House, browser: Browser):
    with visiting(browser, house) as visit:
        visit.go("/")
        for _ in range(12):
            visit.page.keyboard.press("Tab")
            width = visit.page.evaluate(
                "getComputedStyle(document.activeElement).outlineWidth"
            )
            assert width == "3px"


def test_a_choice_of_theme_and_language_stays(house: House, browser: Browser):
    with visiting(browser, house, theme="light") as visit:
        visit.go("/")
        visit.page.get_by_role("link", name="Dark").click()
        visit.page.get_by_role("link", name="日本語").click()
        visit.go("/alerts")

        assert visit.page.get_attribute("html", "data-theme") == "dark"
        assert visit.page.get_attribute("html", "lang") == "ja"
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        # #0d1413, though the system asks for light.
        assert visit.page.evaluate(ground) == "rgb(13, 20, 19)"
        visit.page.emulate_media(media="print")
        assert visit.page.evaluate(ground) == "rgb(255, 255, 255)"


def test_charts_zoom_ask_again_and_are_kept_in_the_address(
    house: House, browser: Browser
):
    asked: list[str] = []
    with visiting(browser, house) as visit:
        visit.page.on(
            "request", lambda r: asked.append(r.url) if "chart.json" in r.url else None
        )
        visit.go("/objectives/checkout/availability?range=1h")
        visit.page.wait_for_selector("[data-drawn]")
        assert len(asked) == 1

        over = visit.page.locator("[data-draw=events] .u-over")
        over.scroll_into_view_if_needed()
        box = over.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        visit.page.mouse.move(box["x"] + box["width"] * 0.5, y)
        visit.page.mouse.down()
        visit.page.mouse.move(box["x"] + box["width"] * 0.75, y, steps=5)
        visit.page.mouse.up()
        visit.page.wait_for_url("**start=*")

        expect(visit.page.locator("[data-draw=events] [data-reset]")).to_be_visible()
        visit.page.wait_for_selector("[data-drawn='2']")
        assert len(asked) == 2
        # At 15 seconds a step each point holds one scrape: 200 requests.
        visit.page.mouse.move(box["x"] + box["width"] * 0.6, y)
        expect(visit.page.locator("[data-draw=events] .readout")).to_contain_text(
            "valid 200 · bad 20"
        )
        again = visit.page.url
        visit.page.goto(again)
        visit.page.wait_for_selector("[data-drawn]")
        assert "start=" in asked[-1]


def test_a_chart_is_a_picture_and_a_file_too(house: House, browser: Browser):
    with visiting(browser, house) as visit:
        visit.go("/objectives/checkout/availability?range=1h")
        visit.page.wait_for_selector("[data-drawn]")
        with visit.page.expect_download() as picture:
            visit.page.locator("[data-picture=burns] [data-png]").click()
        with visit.page.expect_download() as file:
            visit.page.locator(".picker [data-csv]").click()

        assert picture.value.path().read_bytes().startswith(b"\x89PNG")
        lines = file.value.path().read_text("utf-8").splitlines()
        assert lines[0].startswith("end,bad,valid,late,coverage,burn_5m")
        assert sum(int(line.split(",")[2]) for line in lines[1:]) == 48_000


def test_an_alert_is_acknowledged_silenced_and_resolved(house: House, browser: Browser):
    path = filled(house, "/alerts/{id}")
    with visiting(browser, house, role=Role.OPERATOR) as visit:
        page = visit.page
        visit.go(path)
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_role("status")).to_contain_text("Acknowledged")
        expect(page.locator("#live-head")).to_contain_text("taken by operator-1")

        page.locator("#silence-reason").fill("planned work")
        page.get_by_role("button", name="Silence").click()
        expect(page.get_by_role("status")).to_contain_text("Silenced")
        visit.go("/alerts?state=held")
        expect(page.locator("#live-alerts")).to_contain_text("silenced")
        expect(page.get_by_text("planned work")).to_be_visible()
        page.get_by_role("button", name="End it now").click()
        expect(page.get_by_role("status")).to_contain_text("The silence has ended")

        visit.go(path)
        page.locator("#resolve-reason").fill("rolled back")
        page.get_by_role("button", name="Resolve").click()
        expect(page.get_by_role("status")).to_contain_text("Resolved")
        expect(page.locator("#live-history")).to_contain_text("rolled back")
        assert visit.complaints == []
    house.alerts.evaluate()
    house.run(house.alerts.step(()))


def test_the_page_of_an_alert_leads_to_what_it_means(house: House, browser: Browser):
    with visiting(browser, house) as visit:
        visit.go(filled(house, "/alerts/{id}"))
        visit.page.get_by_role("link", name="What this alert means").click()

        heading = visit.page.get_by_role("heading", level=1)
        expect(heading).to_have_text("When a person is woken")
        assert visit.complaints == []


def test_a_reader_without_the_role_is_offered_to_sign_in(
    house: House, browser: Browser
):
    alert = house.run(house.services.api.alerts.alerts())[0].id
    with visiting(browser, house, role=Role.VIEWER) as visit:
        visit.go(f"/alerts/{alert}")

        assert visit.page.locator("main form").count() == 0
