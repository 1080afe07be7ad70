"""The handbook: its pages, and search in it. For everybody, signed in or not."""

from collections.abc import Mapping

from markupsafe import Markup

from kizashi.docsite.search import LONGEST_QUERY
from kizashi.docsite.site import ROOT, DocSite, doc_site
from kizashi.ui.parts.base import Ask


async def show(ask: Ask) -> Mapping[str, object]:
    """Return a page of the handbook.

    Raises:
        NotFoundError: If there is no such page.
    """
    site, language = doc_site(ask.outside.path), ask.words.language
    path = "/".join(part for part in map(ask.named.get, ("path", "page")) if part)
    page = site.page(language, path)
    return {
        **_frame(site, ask),
        "page": page,
        "article": Markup(page.rendered.html),  # noqa: S704 - our own, and escaped
        "headings": [h for h in page.rendered.headings if h.level == 2],  # noqa: PLR2004
        "path": path,
    }


async def search(ask: Ask) -> Mapping[str, object]:
    """Return the sections that fit what is asked for."""
    site = doc_site(ask.outside.path)
    query = ask.query.get("q", "")[:LONGEST_QUERY].strip()
    hits = site.search(ask.words.language, query)
    return {**_frame(site, ask), "query": query, "hits": hits, "path": "search"}


def _frame(site: DocSite, ask: Ask) -> dict[str, object]:
    language = ask.words.language
    return {
        "root": ask.outside.path + ROOT,
        "groups": site.navigation[language],
        "first_title": site.title(language),
        "longest_query": LONGEST_QUERY,
        "query": "",
    }
