"""A page of the handbook as HTML: anchors, links between pages, coloured code.

The pages are ours, yet nothing in them is passed on as it stands: text is escaped,
comments, which are for tests, are left out, and other HTML is refused.
"""

import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from kizashi.errors import KizashiError
from kizashi.messages import render

_COMMENT = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")


class PageError(KizashiError):
    """A page of the handbook holds what cannot be shown."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level from 1, its text, and the anchor that leads there."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between two headings, as plain text; for search."""

    heading: Heading
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as HTML.

    Attributes:
        title: The text of its only heading of level 1.
        html: The page without its title.
        headings: Those below the title.
        sections: Its text by heading, the title's first.
        links: Where its links lead, in their order, as written.
    """

    title: str
    html: str
    headings: tuple[Heading, ...]
    sections: tuple[Section, ...]
    links: tuple[str, ...]


def slug(text: str) -> str:
    """Return a heading's anchor as GitHub makes it: ``What it is`` is ``what-it-is``."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def render_page(text: str, path: str, language: str, root: str) -> Rendered:
    """Return a page as HTML.

    Args:
        text: Markdown.
        path: Of the page below `root`, without a suffix: ``howto/back-fill``.
        language: The reader's.
        root: Where the handbook is served, such as ``/docs``.

    Raises:
        PageError: If it has HTML that is no comment, an image, or not one title.
    """
    tokens = _parser().parse(text)
    tokens = [token for token in tokens if not _is_comment(token, path)]
    for number, token in enumerate(tokens):
        _join_lines(token.children or ())
        if token.type == "th_open" and not tokens[number + 1].content:
            # The empty corner of a table is no heading of anything.
            token.tag = tokens[number + 2].tag = "td"
    headings = tuple(_name_headings(tokens))
    if not tokens or tokens[0].tag != "h1" or [h.level for h in headings].count(1) > 1:
        raise PageError(f"{path}: expected one heading of level 1, at the top")
    links = tuple(_turn_links(tokens, path, root))
    sections = tuple(_sections(tokens, headings))
    html = _Writer(language).write(tokens[3:])
    return Rendered(headings[0].text, html, headings[1:], sections, links)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _is_comment(token: Token, path: str) -> bool:
    for inner in token.children or ():
        if inner.type == "image":
            raise PageError(f"{path}: images are not served: {inner.attrs.get('src')}")
        if inner.type == "html_inline":
            if not _COMMENT.fullmatch(inner.content):
                raise PageError(f"{path}: HTML is not shown: {inner.content[:80]!r}")
            inner.type, inner.content = "text", ""
    if token.type != "html_block":
        return False
    if not _COMMENT.fullmatch(token.content):
        raise PageError(f"{path}: HTML is not shown: {token.content[:80]!r}")
    return True


def _join_lines(inline: Sequence[Token]) -> None:
    """Let a line end within Japanese be nothing: there it would show as a space."""
    texts = [token.content for token in inline]
    for number, token in enumerate(inline):
        if token.type != "softbreak":
            continue
        before = next((text for text in reversed(texts[:number]) if text), "")
        after = next((text for text in texts[number + 1 :] if text), "")
        if _is_wide(before[-1:]) and _is_wide(after[:1]):
            token.type, token.content = "text", ""


def _is_wide(sign: str) -> bool:
    return bool(sign) and unicodedata.east_asian_width(sign) in {"W", "F"}


def _plain(token: Token) -> str:
    """Return the text of an inline token without its marks."""
    return "".join(
        " " if inner.type in {"softbreak", "hardbreak"} else inner.content
        for inner in token.children or ()
    )


def _name_headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    seen: dict[str, int] = {}
    for number, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = _plain(tokens[number + 1])
        anchor = slug(text)
        count = seen[anchor] = seen.get(anchor, -1) + 1
        anchor = f"{anchor}-{count}" if count else anchor
        token.attrSet("id", anchor)
        yield Heading(int(token.tag[1]), text, anchor)


def _turn_links(tokens: Sequence[Token], path: str, root: str) -> Iterator[str]:
    for token in tokens:
        for inner in token.children or ():
            if inner.type != "link_open":
                continue
            given = str(inner.attrs["href"])
            yield given
            if _SCHEME.match(given):
                inner.attrSet("rel", "noreferrer")
            else:
                inner.attrSet("href", address_of(given, path, root))


def address_of(link: str, path: str, root: str) -> str:
    """Return where a link between pages leads: ``../a.md#b`` to ``/docs/a#b``."""
    target, hash_sign, anchor = link.partition("#")
    if not target:
        return f"{hash_sign}{anchor}"
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    # The English decisions lie beside both languages: ../adr seen from a language.
    joined = joined.removeprefix("../").removesuffix(".md").removesuffix("index")
    return f"{root}/{joined.rstrip('/')}".rstrip("/") + hash_sign + anchor


def _sections(
    tokens: Sequence[Token], headings: Sequence[Heading]
) -> Iterator[Section]:
    sections: list[list[str]] = []
    in_heading = False
    for token in tokens:
        if token.type == "heading_open":
            sections.append([])
        in_heading = token.type == "heading_open" or (
            in_heading and token.type != "heading_close"
        )
        if token.type == "inline" and not in_heading:
            sections[-1].append(_plain(token))
        elif token.type in {"fence", "code_block"}:
            sections[-1].append(" ".join(token.content.split()))
    for heading, texts in zip(headings, sections, strict=True):
        yield Section(heading, " ".join(texts))


class _Writer:
    """Writes tokens as HTML for a reader of one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._parser = MarkdownIt("commonmark").enable("table")
        rules: dict[str, Callable[..., str]] = {
            "fence": self._fence,
            "code_block": self._fence,
            "table_open": self._table_open,
            "table_close": self._table_close,
            "heading_close": self._heading_close,
        }
        for name, rule in rules.items():
            self._parser.add_render_rule(name, _bound(rule))

    def write(self, tokens: Sequence[Token]) -> str:
        return str(self._parser.renderer.render(tokens, self._parser.options, {}))

    def _fence(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        code = coloured(token.content, token.info.strip())
        label = escape(render(self._language, "docs.code"))
        # Without a mouse, a long line is scrolled by the keyboard.
        return (
            f'<pre class="code" tabindex="0" role="group" aria-label="{label}">'
            f'<code translate="no">{code}</code></pre>\n'
        )

    def _table_open(self, tokens: Sequence[Token], index: int) -> str:
        del tokens, index
        label = escape(render(self._language, "docs.table"))
        return (
            f'<div class="wide" tabindex="0" role="group" aria-label="{label}"><table>'
        )

    def _table_close(self, tokens: Sequence[Token], index: int) -> str:
        del tokens, index
        return "</table></div>\n"

    def _heading_close(self, tokens: Sequence[Token], index: int) -> str:
        opened = tokens[index - 2]
        label = render(self._language, "docs.anchor", heading=_plain(tokens[index - 1]))
        anchor = escape(str(opened.attrs["id"]))
        return (
            f' <a class="anchor" href="#{anchor}" aria-label="{escape(label)}">#</a>'
            f"</{tokens[index].tag}>\n"
        )


def _bound(rule: Callable[[Sequence[Token], int], str]) -> Callable[..., str]:
    """Return a rule in the form in which the renderer takes it."""

    def taken(
        renderer: object, tokens: Sequence[Token], index: int, *rest: object
    ) -> str:
        del renderer, rest
        return rule(tokens, index)

    return taken


def coloured(code: str, language: str) -> str:
    """Return code as HTML whose parts carry a class for their kind, without a style."""
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return escape(code)
    formatter = HtmlFormatter(nowrap=True, classprefix="k-")
    return str(highlight(code, lexer, formatter)).rstrip("\n")
