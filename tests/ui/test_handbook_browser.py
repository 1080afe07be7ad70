"""The handbook in Chromium: both languages, dark and light, desk and phone."""

import re

import pytest
from looking import VIEWS, looking
from playwright.sync_api import Browser
from ui_house import House

from kizashi.docsite.site import doc_site

ONE_WORD = re.compile(r"English: \S+: \S+")
pytestmark = pytest.mark.peer("chromium")


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", *VIEWS[0]), ("ja", *VIEWS[1])]
)
def test_pages_are_sound(
    house: House, browser: Browser, language: str, theme: str, width: int
):
    view = {"language": language, "theme": theme, "width": width}
    paths = ("howto/choose-a-policy", "search?q=token", "adr")
    with looking(browser, f"{house.url}/docs", **view) as look:
        for path in paths:
            look.page.goto(f"{house.url}/docs/{path}", wait_until="load")
            assert look.problems() == [], path


@pytest.mark.nightly
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_is_sound(house: House, browser: Browser, language: str):
    for path in doc_site().paths(language):
        url = f"{house.url}/docs/{path}".rstrip("/")
        for theme, width in VIEWS:
            view = {"language": language, "theme": theme, "width": width}
            with looking(browser, url, **view) as look:
                # A value, a role, and the glossary's other column are one word.
                found = [p for p in look.problems() if not ONE_WORD.fullmatch(p)]
                assert found == [], (path, view)


def test_the_language_is_switched_and_the_page_kept(house: House, browser: Browser):
    with looking(browser, f"{house.url}/docs/howto/back-fill") as look:
        page = look.page
        assert page.inner_text("h1") == "Back-fill history"
        page.click("footer a[hreflang=ja]")
        page.wait_for_selector("html[lang=ja]")
        assert page.inner_text("h1") == "履歴を取り込む"
        assert "/docs/howto/back-fill" in page.url
        # The choice is remembered for the next page.
        page.click("a[rel=next]")
        page.wait_for_selector("html[lang=ja] >> text=トークンで守る")
        assert look.complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_reader_searches_and_lands_at_the_section(
    house: House, browser: Browser, script: bool
):
    with looking(browser, f"{house.url}/docs", language="ja", script=script) as look:
        page = look.page
        page.fill("#find", "凍結")
        page.press("#find", "Enter")
        page.wait_for_selector(".hits a")
        assert "凍結" in page.inner_text(".hits li:first-child")
        page.click(".hits li:first-child a")
        page.wait_for_selector("article")
        assert "#" in page.url
        assert look.complaints == []


def test_what_is_searched_for_is_text_and_never_markup(house: House, browser: Browser):
    attack = "<img src=x onerror=alert(1)>{{7*7}}"
    with looking(browser, f"{house.url}/docs/search?q={attack}") as look:
        assert look.page.input_value("#find") == attack
        assert look.page.query_selector("main img") is None
        assert "49" not in look.page.inner_text("main")
        assert look.problems() == []


def test_a_page_that_is_not_there_says_so(house: House, browser: Browser):
    with looking(browser, f"{house.url}/docs/howto/nothing", language="ja") as look:
        assert "/docs/howto/nothing には何もありません" in look.page.inner_text("main")


def test_on_paper_there_is_the_text_alone(house: House, browser: Browser):
    with looking(browser, f"{house.url}/docs/howto/back-fill") as look:
        look.page.emulate_media(media="print")

        assert look.page.is_visible("article h2")
        for gone in (".aside", ".turn", ".top nav", ".bottom"):
            assert not look.page.is_visible(gone), gone
