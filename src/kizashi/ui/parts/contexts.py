"""What templates read of a page: its own context, and what several of them hold.

A template sees `page` and `frame`, `ask`, what its reader asked, and `w` and `t`, the
reader's words. There is no other name: a test reads every template against the classes
of these.
"""

from dataclasses import dataclass

from kizashi.ui.parts.explained import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What a template shows of a page; each page has its own, frozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorContext(PageContext):
    """What the page of an error shows.

    Attributes:
        status: Its status.
        message: What is wrong, in the reader's language.
        needs_token: Whether to sign in would help.
        next_url: Where to go after that.
    """

    status: int
    message: str
    needs_token: bool
    next_url: str


@dataclass(frozen=True, slots=True)
class Badge:
    """How something stands: a level of the style sheet, and its word."""

    level: str
    word: str


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands above every page: what it is about, its text, and a link to more."""

    label: str
    text: str
    path: str
    link: str


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure beside its window, its unit and its coverage.

    Attributes:
        label: What it is.
        value: The figure as it is written.
        window: The window it is of; empty for none.
        coverage: How much of the window was seen; None where that says nothing.
        tone: How it is drawn.
        note: What stands beside it.
        why: How it came to be.
    """

    label: str
    value: str
    window: str = ""
    coverage: float | None = None
    tone: str = "plain"
    note: str = ""
    why: Rows = ()
