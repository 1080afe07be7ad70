"""The handbook: which pages there are, in which order, and what stands on each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from kizashi.docsite.markdown import Rendered, render_page
from kizashi.docsite.search import Hit, Index, SearchEntry
from kizashi.errors import NotFoundError
from kizashi.messages import DEFAULT_LANGUAGE, LANGUAGES

ROOT = "/docs"
#: Pages that exist in English only, for those who change Kizashi.
_ENGLISH_ONLY = "adr"
_ITEM = re.compile(r"^- \[([^\]]+)\]\(([^)#]+)\.md\)", re.MULTILINE)
_GROUP = re.compile(r"^## (.+)$", re.MULTILINE)
_MOST_CACHED = 512


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the navigation."""

    title: str
    path: str
    root: str = ROOT

    @property
    def href(self) -> str:
        """Where it is served."""
        return f"{self.root}/{self.path}" if self.path else self.root


@dataclass(frozen=True, slots=True)
class NavigationGroup:
    """A part of the navigation: Learn, Do, Understand, Look up."""

    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class DocPage:
    """A page for a reader.

    Attributes:
        path: Below `ROOT`, without a suffix; empty for the first page.
        language: Of its text, which may be English for a reader of Japanese.
        rendered: Its HTML.
        previous: The page before it in the navigation, None at the beginning.
        following: The page after it, None at the end.
    """

    path: str
    language: str
    rendered: Rendered
    previous: Link | None
    following: Link | None


class DocSite:
    """The handbook in every language, rendered when it is asked for and then kept.

    Args:
        folder: Holds a folder for each language and ``adr``.
        root: Where it is served.
    """

    def __init__(self, folder: Traversable, root: str = ROOT) -> None:
        self._root = root
        self._texts: Mapping[tuple[str, str], str] = {
            (language, path): text
            for language in LANGUAGES
            for path, text in _walk(folder / language, "")
        } | {
            (DEFAULT_LANGUAGE, path): text
            for path, text in _walk(folder / _ENGLISH_ONLY, f"{_ENGLISH_ONLY}/")
        }
        self.navigation = {one: self._groups(one) for one in LANGUAGES}
        self._rendered = lru_cache(_MOST_CACHED)(self._render)
        self._index = cache(self._make_index)

    def paths(self, language: str) -> tuple[str, ...]:
        """Return every page of a language."""
        return tuple(sorted(p for owner, p in self._texts if owner == language))

    def page(self, language: str, path: str) -> DocPage:
        """Return a page; in English where it exists in no other language.

        Raises:
            NotFoundError: If there is no such page.
        """
        shown_in = language if (language, path) in self._texts else DEFAULT_LANGUAGE
        if (shown_in, path) not in self._texts:
            raise NotFoundError(f"the handbook has no page {path!r}")
        order = [link for group in self.navigation[language] for link in group.links]
        order.insert(0, Link(self.title(language), "", self._root))
        places = [number for number, link in enumerate(order) if link.path == path]
        place = places[0] if places else None
        return DocPage(
            path,
            shown_in,
            self._rendered(language, shown_in, path),
            None if not place else order[place - 1],
            None if place is None or place + 1 == len(order) else order[place + 1],
        )

    def title(self, language: str) -> str:
        """Return the title of the first page."""
        return self._rendered(language, language, "").title

    def search(self, language: str, query: str, limit: int = 20) -> tuple[Hit, ...]:
        """Return the sections of a language's pages that fit a query, the best first."""
        return self._index(language).search(query, limit)

    def _render(self, language: str, owner: str, path: str) -> Rendered:
        text = self._texts[owner, path]
        # The first page of a folder sees its neighbours from within the folder.
        name = path if path and path != _ENGLISH_ONLY else f"{path}/index".strip("/")
        return render_page(text, name, language, self._root)

    def _groups(self, language: str) -> tuple[NavigationGroup, ...]:
        text = self._texts[language, ""]
        heads = [*_GROUP.finditer(text)]
        ends = [head.start() for head in heads[1:]] + [len(text)]
        return tuple(
            NavigationGroup(
                head[1],
                tuple(
                    self._link(title, target)
                    for title, target in _ITEM.findall(text[head.end() : end])
                ),
            )
            for head, end in zip(heads, ends, strict=True)
        )

    def _link(self, title: str, target: str) -> Link:
        path = target.removeprefix("../").removesuffix("/index")
        return Link(title, path, self._root)

    def _make_index(self, language: str) -> Index:
        return Index(self._entries(language))

    def _entries(self, language: str) -> Iterator[SearchEntry]:
        for path in self.paths(language):
            rendered = self._rendered(language, language, path)
            first, *rest = rendered.sections
            yield SearchEntry(path, rendered.title, "", "", first.text)
            for section in rest:
                heading = section.heading
                yield SearchEntry(
                    path, rendered.title, heading.text, heading.anchor, section.text
                )


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".md"):
            name = entry.name.removesuffix(".md")
            path = f"{prefix}{'' if name == 'index' else name}".rstrip("/")
            yield path, entry.read_text(encoding="utf-8")


@cache
def doc_site(base: str = "") -> DocSite:
    """Return the handbook of this installation, as it is served below a path.

    An installed package has it within; a checkout serves the pages that lie there.
    """
    packed = resources.files("kizashi.docsite") / "pages"
    if packed.is_dir():
        return DocSite(packed, base + ROOT)
    return DocSite(Path(__file__).resolve().parents[3] / "docs", base + ROOT)
