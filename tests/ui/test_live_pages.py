"""A page that is open changes by itself, and leaves alone what its reader does."""

import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from ui_house import NOW_MS, SCRAPES, SERVICES, SLICE_MS, START_MS, Traffic, running
from visiting import visiting

pytestmark = pytest.mark.peer("chromium")


def test_an_open_page_shows_a_new_fault_by_itself(browser: Browser):
    traffic = {"mail": Traffic(200)}
    services = tuple(s for s in SERVICES if s.name == "mail")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), services, traffic) as house,
        visiting(browser, house) as visit,
    ):
        visit.go("/")
        page = visit.page
        page.wait_for_selector("[data-live=on]")
        expect(page.locator("article.service .badge").first).to_contain_text("Calm")
        page.locator("#search").fill("half a wo")
        page.locator("#search").focus()

        async def fail() -> None:
            target = house.world.samples.targets()[0].id
            broken = traffic["mail"]
            broken.fails = ((0, 1.0),)
            for number in range(SCRAPES, SCRAPES + 40):
                ts_ms = START_MS + number * SLICE_MS + 7_000
                house.world.land(target, ts_ms, broken.at(number))
                house.world.tick(ts_ms + 10_000)
            house.alerts.evaluate()
            await house.alerts.step(())
            house.live.announce()
            await house.clock.advance(40 * SLICE_MS / 1000)

        house.run(fail())

        expect(page.locator("article.service .badge").first).to_contain_text("Page")
        assert page.locator("#search").input_value() == "half a wo"
        assert page.evaluate("document.activeElement.id") == "search"
        assert visit.complaints == []
        assert NOW_MS > START_MS


def test_what_is_open_stays_open(browser: Browser):
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as house,
        visiting(browser, house) as visit,
    ):
        visit.go("/objectives/checkout/availability")
        page = visit.page
        page.wait_for_selector("[data-live=on]")
        page.locator("#live-head .explain summary").first.click()
        shown = page.locator("#live-head time").first.inner_text()

        async def wait() -> None:
            await house.clock.advance(90)
            house.live.announce()

        house.run(wait())

        expect(page.locator("#live-head time").first).not_to_have_text(shown)
        assert (
            page.locator("#live-head .explain").first.get_attribute("open") is not None
        )
