"""What stands around every page."""

from collections.abc import Sequence
from dataclasses import dataclass

from kizashi.ui.parts.base import Page, UiServices
from kizashi.ui.parts.contexts import Banner
from kizashi.ui.parts.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFrame:
    """What stands around a region that is drawn again: it knows no reader.

    Attributes:
        base: What every path of ours begins with.
        away: Why the server that is read instead of scraping does not answer; nothing
            where it does, or on pages for everybody, which show no address of a server.
    """

    base: str
    away: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame(RegionFrame):
    """What stands around every page.

    Attributes:
        title: The id of the message that names the page.
        menu: Pages in the menu.
        keys: Pages that a key leads to.
        theme: dark or light, where the reader chose one.
        is_dated: Whether the page can show a time of the past.
        live_url: Where its news comes from; empty for a page that is still.
        proof: What its forms carry.
        told: What was done a moment ago, a message id; empty for nothing.
        role: What the reader may do, a message id; empty for one without a token.
        banners: What stands above every page.
        refused: Why what was read last is not in force.
    """

    title: str
    menu: Sequence[Page]
    keys: Sequence[Page]
    theme: str
    is_dated: bool
    live_url: str
    proof: str
    told: str
    role: str
    banners: Sequence[Banner]
    refused: Sequence[str]


def away_texts(services: UiServices, words: Words) -> list[str]:
    """Return why the server that is read instead of scraping does not answer."""
    return [
        words.t(
            "ui.upstream.away_why",
            url=server.url,
            why=words.t(server.error.code, **server.error.params)
            if server.error
            else server.last_error or "",
        )
        for server in services.upstream()
        if server.health == "down"
    ]
