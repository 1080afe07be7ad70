"""A page of the handbook as HTML."""

import pytest
from hypothesis import given, strategies as st

from kizashi.docsite.markdown import (
    PageError,
    address_of,
    coloured,
    render_page,
    slug,
)

PAGE = """\
# A page

First, see [below](#part) and [another](../reference/cli.md#kizashi-serve).

## Part

<!-- run -->

```sh
kizashi serve --data "a & b"  # here
```

| a | b |
|---|---|
| 1 | `x` |

## Part

<!-- a comment
of two lines -->
See [outside](https://example.org/) <!-- inline --> and [first](../index.md).
"""


def shown(text: str, path: str = "howto/x", language: str = "en"):
    return render_page(text, path, language, "/docs")


def test_headings_get_the_anchors_that_github_gives_them():
    page = shown(PAGE)

    assert page.title == "A page"
    assert [(h.level, h.text, h.anchor) for h in page.headings] == [
        (2, "Part", "part"),
        (2, "Part", "part-1"),
    ]
    assert '<h2 id="part-1">Part <a class="anchor" href="#part-1"' in page.html
    assert "<h1" not in page.html
    assert slug("What it is, and why?") == "what-it-is-and-why"
    assert slug("1. 始める (例)") == "1-始める-例"


def test_links_lead_to_the_pages_as_they_are_served():
    page = shown(PAGE)

    assert page.links == (
        "#part",
        "../reference/cli.md#kizashi-serve",
        "https://example.org/",
        "../index.md",
    )
    assert 'href="/docs/reference/cli#kizashi-serve"' in page.html
    assert '<a href="https://example.org/" rel="noreferrer">' in page.html
    assert 'href="/docs"' in page.html


@pytest.mark.parametrize(
    ("link", "path", "address"),
    [
        ("a.md", "howto/x", "/docs/howto/a"),
        ("../glossary.md#b", "howto/x", "/docs/glossary#b"),
        ("howto/a.md", "index", "/docs/howto/a"),
        ("../adr/index.md", "index", "/docs/adr"),
        ("../../adr/0001-a.md", "explanation/x", "/docs/adr/0001-a"),
        ("0001-a.md", "adr/index", "/docs/adr/0001-a"),
        ("#here", "howto/x", "#here"),
    ],
)
def test_a_link_is_read_from_where_its_page_lies(link: str, path: str, address: str):
    assert address_of(link, path, "/docs") == address


def test_comments_are_for_tests_and_code_keeps_its_text():
    page = shown(PAGE)

    assert "run" not in page.html
    assert "comment" not in page.html
    assert "inline" not in page.html
    assert "a &amp; b" in page.html
    assert "style=" not in page.html
    assert '<span class="k-c1"># here</span>' in page.html
    # What is wider than the page scrolls, by the keyboard too.
    assert page.html.count('tabindex="0"') == 2
    assert 'aria-label="コード"' in shown(PAGE, language="ja").html


def test_what_is_searched_is_plain_text_by_heading():
    first, part, again = shown(PAGE).sections

    assert first.text == "First, see below and another."
    assert part.text == 'kizashi serve --data "a & b" # here a b 1 x'
    assert again.text == "See outside  and first."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# A\n\n<script>alert(1)</script>\n", "HTML is not shown"),
        ("# A\n\nb <b>c</b>\n", "HTML is not shown"),
        ("# A\n\n<!-- a --><b>c</b>\n", "HTML is not shown"),
        ("# A\n\n![x](y.png)\n", "images are not served"),
        ("# A\n\n# B\n", "one heading of level 1"),
        ("text\n\n# A\n\n## B", "one heading of level 1"),
        ("", "one heading of level 1"),
        ("## A\n", "one heading of level 1"),
    ],
)
def test_what_cannot_be_shown_is_refused(text: str, why: str):
    with pytest.raises(PageError, match=why):
        shown(text)


@given(st.text(), st.sampled_from(["python", "sh", "yaml", "promql", "nginx", "what"]))
def test_no_code_opens_an_element(code: str, language: str):
    """Whatever is written, only our own spans stand in the result."""
    html = coloured(code, language)

    rest = html.replace("</span>", "")
    assert rest.count("<") == rest.count('<span class="k-')


def test_a_line_end_within_japanese_is_no_space():
    page = shown(
        "# 題\n\n一行目、\n二行目と `code`\n三行目。[次](#題)\n終わり\nend\nline\n"
    )

    assert "一行目、二行目と <code>code</code>\n三行目。" in page.html
    assert "次</a>終わり\nend\nline" in page.html
    assert page.sections[0].text == "一行目、二行目と code 三行目。次終わり end line"


def test_an_empty_corner_of_a_table_is_no_heading():
    page = shown("# A\n\n| | x |\n|---|---|\n| 1 | 2 |\n")

    assert "<th></th>" not in page.html
    assert "<td></td>\n<th>x</th>" in page.html
