"""Pages: one that shows a greeting."""

from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio

import kizashi.ui
from kinds.sort import Sort
from kizashi.model.outside import Outside
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import Ask, Page
from kizashi.ui.parts.frame import RegionFrame
from kizashi.ui.parts.render import regions_html
from kizashi.ui.parts.words import Words

CODE = '''
"""Greeting: what a page says first."""

from dataclasses import dataclass

from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import PageContext


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingContext(PageContext):
    """What the page shows: whom it greets."""

    name: str


async def show(ask: Ask) -> GreetingContext:
    """Return what the page shows."""
    return GreetingContext(name=ask.query.get("name", ""))
'''
TEMPLATE = """{% extends "layout.html" %}
{% block main %}
<h1>{{ t('ui.NAME.title') }}</h1>
<div id="live-NAME">{% block live_NAME %}{{ t('ui.NAME.hello', name=page.name) }}{% endblock %}</div>
{% endblock %}
"""
TEXTS = '''
"""What the page says."""

TEXTS: dict[str, tuple[str, str]] = {
    "ui.NAME.title": ("Greeting", "挨拶"),
    "ui.NAME.hello": ("Hello, {name}", "{name} さん、こんにちは"),
}
'''
ROW = '    Page("/NAME", "ui.NAME.title", "NAME.html", NAME.show, in_menu=True),\n'


ROWS = [row for row in PAGES if isinstance(row, Page)]


def proof() -> None:
    """It is in the table, and draws what it is asked in the reader's language."""
    name = SORT.made_up
    (row,) = [one for one in ROWS if one.path == f"/{name}"]
    outside = SimpleNamespace(outside=lambda: Outside(""))
    services = cast("Any", SimpleNamespace(api=outside))
    words = Words("ja", UTC, 0.0)
    ask = Ask(services, words, row.path, {}, {"name": "<b>"})
    shown = anyio.run(row.show, ask)
    assert (Path(kizashi.ui.__file__).parent / "templates" / row.template).exists()
    assert regions_html(row.template, ask, RegionFrame(base=""), shown) == {
        f"live-{name}": "&lt;b&gt; さん、こんにちは"
    }


SORT = Sort(
    kinds=sorted({row.show.__module__.rpartition(".")[2] for row in ROWS}),
    made_up="greeting",
    new={
        "src/kizashi/ui/NAME.py": CODE,
        "src/kizashi/ui/templates/NAME.html": TEMPLATE,
        "src/kizashi/messages/ui_NAME.py": TEXTS,
    },
    edits={
        "src/kizashi/ui/pages.py": (
            ("    handbook,\n", "    NAME,\n"),
            ('    Page("/rules",', ROW),
        ),
        "src/kizashi/messages/__init__.py": (
            ('    "ui_rules",\n', '    "ui_NAME",\n'),
        ),
        "docs/en/howto/use-the-pages.md": (
            ("| Rules |", "| Greeting | who is greeted |\n"),
        ),
        "docs/ja/howto/use-the-pages.md": (("| ルール |", "| 挨拶 | 挨拶の相手 |\n"),),
    },
    proof=proof,
    modules="ui/NAME.py",
    asked=tuple(sorted({row.template for row in ROWS})),
    home=("ui/pages.py", "ui/application.py"),
)
