"""Draws templates: whole pages, and the regions of a page that is open already."""

from functools import cache, partial
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from kizashi.slo.firing import is_little_seen
from kizashi.ui.parts import charts, drawings
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import PageContext
from kizashi.ui.parts.frame import Frame, RegionFrame
from kizashi.ui.parts.static import template_text
from kizashi.ui.parts.words import Words

_REGION = "live_"
_COMPONENTS = "components.html"


@cache
def environment() -> Environment:
    """Return the environment of all templates: everything is escaped."""
    env = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters["coded"] = coded
    # A part of a path: a slash in a name is no separator.
    env.filters["segment"] = partial(quote, safe="")
    env.globals.update(charts=charts, drawings=drawings, is_little_seen=is_little_seen)
    return env


def coded(text: str) -> Markup:
    """Return a message with what stands between backquotes as code."""
    parts = (escape(part) for part in text.split("`"))
    marked = [
        Markup("<code>{}</code>").format(part) if i % 2 else part
        for i, part in enumerate(parts)
    ]
    return Markup("").join(marked)


def page_html(
    template: str | Template, ask: Ask, frame: Frame, page: PageContext
) -> str:
    """Return a whole page."""
    values = {"page": page, "frame": frame, "ask": ask, **_common(ask.words)}
    return environment().get_template(template).render(values)


def regions_html(
    template: str | Template, ask: Ask, frame: RegionFrame, page: PageContext
) -> dict[str, str]:
    """Return the live regions of a page, by the id of the element that holds each."""
    found = environment().get_template(template)
    values = {"page": page, "frame": frame, "ask": ask, **_common(ask.words)}
    context = found.new_context(values)
    return {
        name.replace("_", "-"): "".join(found.blocks[name](context))
        for name in region_names(template)
    }


def region_names(template: str | Template) -> tuple[str, ...]:
    """Return the names of a template's live blocks; none for a page that is still."""
    page = environment().get_template(template)
    return tuple(sorted(name for name in page.blocks if name.startswith(_REGION)))


def _common(words: Words) -> dict[str, object]:
    """Return what every template may use: the reader's words, and the components."""
    own = {"w": words, "t": words.t}
    module = environment().get_template(_COMPONENTS).make_module(own)
    return {**own, "c": module}
