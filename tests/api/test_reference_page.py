"""The reference page lists the routes that there are, in both languages."""

import re
from pathlib import Path

import pytest

from kizashi.api.guards import LONGEST_BODY_BYTES, LONGEST_QUERY_BYTES
from kizashi.api.routes import ROUTES
from kizashi.httpd.head import LONGEST_HEAD_BYTES, MOST_HEADERS

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `(GET|POST|DELETE) (\S+)` \| (\w+) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_lists_every_route_with_its_role_and_parameters(language: str):
    page = (DOCS / language / "reference" / "http-api.md").read_text(encoding="utf-8")

    listed = [
        (method, path, role, re.findall(r"`(\w+)`", text))
        for method, path, role, text in ROW.findall(page)
    ]

    assert listed == [
        (
            route.method,
            route.path,
            route.access.value,
            [p.name for p in route.parameters or () if p.where == "query"],
        )
        for route in ROUTES
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_names_the_limits(language: str):
    page = (DOCS / language / "reference" / "http-api.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| 413")]

    assert [int(n) for n in re.findall(r"\d+", row)] == [
        413,
        414,
        431,
        LONGEST_BODY_BYTES // 1024**2,
        LONGEST_QUERY_BYTES // 1024,
        LONGEST_HEAD_BYTES // 1024,
        MOST_HEADERS,
    ]
