"""Templates read what their contexts have, and nothing of a context is in vain."""

from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import get_type_hints

import pytest
from jinja2 import nodes

import kizashi.ui
from harness.template_types import Returns, Scope, TemplateReader
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import Ask, Page
from kizashi.ui.parts.charts import Chart, ChartSeries
from kizashi.ui.parts.contexts import ErrorContext, PageContext
from kizashi.ui.parts.frame import Frame, RegionFrame
from kizashi.ui.parts.render import environment
from kizashi.ui.parts.words import Words

TEMPLATES = Path(kizashi.ui.__file__).parent / "templates"
LONGEST_LINE = 160
CONTEXTS: dict[str, type] = {
    **{
        row.template: get_type_hints(row.show)["return"]
        for row in PAGES
        if isinstance(row, Page)
    },
    "error.html": ErrorContext,
    "again.html": PageContext,
}
#: What pages are asked, how they are listed and what a chart shows is read by Python.
ELSEWHERE = {Ask, Page, Words, Chart, ChartSeries, RegionFrame}
#: What Python itself reads of what it hands over.
NOT_SHOWN = {
    "Column.from_top", "Sorting.columns", "ObjectiveLine.rate", "AlertRow.rank",
    "AccountLine.level", "DayCell.weekday",
}  # fmt: skip


def reader(extra: dict[str, str] | None = None) -> TemplateReader:
    """Return who reads templates, some of them given."""
    texts = extra or {}

    @cache
    def parse(name: str) -> nodes.Template:
        text = texts.get(name) or (TEMPLATES / name).read_text("utf-8")
        return environment().parse(text)

    values: Scope = {
        "ask": Ask, "frame": Frame, "w": Words, "t": Returns(str), "c": "components.html",
    }  # fmt: skip
    return TemplateReader(
        environment(), parse, values, {"frame": RegionFrame}, "components.html"
    )


@pytest.fixture(scope="module")
def read() -> TemplateReader:
    """Return who has read every template."""
    found = reader()
    for template, kind in CONTEXTS.items():
        found.page(template, kind)
    return found


def test_a_template_reads_nothing_that_its_context_has_not(read: TemplateReader):
    assert sorted(read.faults) == []


def test_every_template_is_a_pages_or_read_by_one():
    parts = {
        "layout.html", "charted.html", "components.html", "handbook_frame.html",
        "upstream_away.html",
    }  # fmt: skip
    assert {path.name for path in TEMPLATES.glob("*.html")} == {*CONTEXTS, *parts}


def test_no_page_is_handed_what_its_template_does_not_read(read: TemplateReader):
    names = {(kind.__name__, name) for kind, name in read.read}
    # The frame of a region is a part of the page's.
    names |= {("Frame", name) for kind, name in names if kind == "RegionFrame"}
    kinds = {kind for kind, _ in read.read} | {*CONTEXTS.values(), Frame}
    unread = {
        f"{kind.__name__}.{one.name}"
        for kind in kinds - ELSEWHERE
        if kind.__module__.startswith("kizashi.ui") and is_dataclass(kind)
        for one in fields(kind)
        if (kind.__name__, one.name) not in names
    }
    assert unread == NOT_SHOWN


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{{ page.row.titel }}", "AlertRow has no titel"),
        ("{% for one in page.notices %}{{ one.reciever }}{% endfor %}", "no reciever"),
        ("{% for one, usual in page.durations %}{{ usul }}{% endfor %}", "no usul"),
        ("{{ c.mark(page.row) }}", "AlertRow has no level"),
        ("{{ c.marc(page.row.badge) }}", "no component marc"),
        (
            "{% block live_x %}{{ frame.proof }}{% endblock %}",
            "RegionFrame has no proof",
        ),
        ("{{ frame.prof }}", "Frame has no prof"),
        ("{{ row }}", "there is no row"),
    ],
)
def test_what_is_not_there_is_told_with_its_line(line: str, told: str):
    wrong = reader({"wrong.html": f"\n{line}"})

    wrong.page("wrong.html", CONTEXTS["alert.html"])

    assert any(told in fault for fault in wrong.faults), wrong.faults
    assert all(":2: " in f for f in wrong.faults if f.startswith("wrong.html"))


def test_no_line_of_a_template_is_longer_than_a_screen():
    assert [
        f"{path.name}:{number}: {len(line)} characters"
        for path in sorted(TEMPLATES.glob("*.html"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ] == []
