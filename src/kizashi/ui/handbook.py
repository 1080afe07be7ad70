"""The handbook: its pages, and search in it. For everybody, signed in or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kizashi.docsite.search import LONGEST_QUERY, Hit
from kizashi.docsite.site import ROOT, DocPage, DocSite, NavigationGroup, doc_site
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import PageContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The handbook's contents, beside each of its pages.

    Attributes:
        root: The address that it begins at.
        path: The path of the page that is shown.
        first_title: The title of its first page.
        groups: The other pages, by section.
        query: What the reader searches for.
        longest_query: How many characters that may have.
    """

    root: str
    path: str
    first_title: str
    groups: Sequence[NavigationGroup]
    query: str
    longest_query: int


@dataclass(frozen=True, slots=True)
class HandbookSection:
    """A section of a page, and its place there."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandbookContext(PageContext):
    """What a page of the handbook shows.

    Attributes:
        contents: The contents beside it.
        doc: The page, and those before and after it.
        article: Its text.
        sections: Its sections.
    """

    contents: Contents
    doc: DocPage
    article: Markup
    sections: Sequence[HandbookSection]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandbookSearchContext(PageContext):
    """What a search in the handbook shows: the sections that fit."""

    contents: Contents
    hits: Sequence[Hit]


async def show(ask: Ask) -> HandbookContext:
    """Return a page of the handbook.

    Raises:
        NotFoundError: If there is no such page.
    """
    site, language = doc_site(ask.outside.path), ask.words.language
    path = "/".join(part for part in map(ask.named.get, ("path", "page")) if part)
    doc = site.page(language, path)
    return HandbookContext(
        contents=_contents(site, ask, path),
        doc=doc,
        article=Markup(doc.rendered.html),  # noqa: S704 - our own, and escaped
        sections=[
            HandbookSection(h.anchor, h.text)
            for h in doc.rendered.headings
            if h.level == 2  # noqa: PLR2004
        ],
    )


async def search(ask: Ask) -> HandbookSearchContext:
    """Return the sections that fit what is asked for."""
    site = doc_site(ask.outside.path)
    query = ask.query.get("q", "")[:LONGEST_QUERY].strip()
    return HandbookSearchContext(
        contents=_contents(site, ask, "search", query),
        hits=site.search(ask.words.language, query),
    )


def _contents(site: DocSite, ask: Ask, path: str, query: str = "") -> Contents:
    language = ask.words.language
    return Contents(
        root=ask.outside.path + ROOT,
        path=path,
        first_title=site.title(language),
        groups=site.navigation[language],
        query=query,
        longest_query=LONGEST_QUERY,
    )
