"""The handbook as Kizashi serves it: whole, linked, the same in both languages."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest

from kizashi.docsite.site import ROOT, DocSite, doc_site
from kizashi.errors import NotFoundError
from kizashi.messages import LANGUAGES

CHECKOUT = Path(__file__).parents[2]
SITE = doc_site()
PAGES = [(one, path) for one in LANGUAGES for path in SITE.paths(one)]
OURS = [path for path in SITE.paths("en") if not path.startswith("adr")]


def anchors(language: str, path: str) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', SITE.page(language, path).rendered.html))


@pytest.mark.parametrize(("language", "path"), PAGES)
def test_every_link_and_anchor_leads_somewhere(language: str, path: str):
    html = SITE.page(language, path).rendered.html
    broken = []
    for href in re.findall(r'<a [^>]*?href="([^"]+)"', html):
        target, _, anchor = unquote(href).partition("#")
        if not target:
            is_there = anchor in anchors(language, path)
        elif target.startswith(ROOT):
            name = target.removeprefix(ROOT).strip("/")
            try:
                is_there = not anchor or anchor in anchors(language, name)
                SITE.page(language, name)
            except NotFoundError:
                is_there = False
        else:
            is_there = target.startswith("https://")
        if not is_there:
            broken.append(href)

    assert broken == []


def test_both_languages_have_the_same_pages():
    assert list(SITE.paths("ja")) == OURS


@pytest.mark.parametrize("path", OURS)
def test_both_languages_have_the_same_headings(path: str):
    levels = [
        [heading.level for heading in SITE.page(one, path).rendered.headings]
        for one in LANGUAGES
    ]

    assert levels[0] == levels[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_navigation_leads_through_every_page(language: str):
    listed = [link for group in SITE.navigation[language] for link in group.links]
    paths = {path for path in SITE.paths(language) if not path.startswith("adr/")}

    assert {link.path for link in listed} | {""} == paths | {"adr"}
    walked, page = [""], SITE.page(language, "")
    while page.following:
        assert page.following.href == f"{ROOT}/{page.following.path}"
        walked.append(page.following.path)
        page = SITE.page(language, page.following.path)
    assert walked == ["", *(link.path for link in listed)]
    assert page.previous is not None
    assert page.previous.path == walked[-2]


def test_the_menu_calls_a_page_what_it_calls_itself_or_shorter():
    for language in LANGUAGES:
        for group in SITE.navigation[language]:
            assert group.title
            assert all(link.title for link in group.links)


def test_a_decision_is_english_for_every_reader():
    page = SITE.page("ja", "adr/0001-sqlite-as-the-file-format")

    assert page.language == "en"
    assert SITE.page("ja", "glossary").language == "ja"


@pytest.mark.parametrize("path", ["nothing", "../adr", "howto", "en/index", "adr/x"])
def test_a_page_that_is_not_there_is_not_found(path: str):
    with pytest.raises(NotFoundError):
        SITE.page("en", path)


@pytest.mark.parametrize(
    ("language", "query", "path"),
    [
        ("en", "back up", "howto/back-up-and-restore"),
        ("en", "minBadEvents", "howto/declare-objectives"),
        ("ja", "バックアップ", "howto/back-up-and-restore"),
        ("ja", "サイレンス", "howto/silence-and-acknowledge"),
    ],
)
def test_readers_find_what_they_look_for(language: str, query: str, path: str):
    assert path in [hit.entry.path for hit in SITE.search(language, query)[:5]]


def test_a_wheel_holds_the_handbook(tmp_path: Path):
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = DocSite(zipfile.Path(archive) / "kizashi" / "docsite" / "pages")

        assert packed.paths("ja") == SITE.paths("ja")
        assert packed.paths("en") == SITE.paths("en")
        assert packed.page("ja", "glossary") == SITE.page("ja", "glossary")
