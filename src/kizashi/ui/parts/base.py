"""What every page shares: what it is asked, what it needs, and its row in the table."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from jinja2 import Template
from starlette.requests import Request
from starlette.responses import Response

from kizashi.api._base import (
    LATEST_S,
    Access,
    ApiServices,
    RequestError,
    bad_parameter,
    parse_time,
)
from kizashi.app.answering import EngineAnswers, ObjectiveSlices
from kizashi.app.answers import TargetView
from kizashi.app.carrying import DirectImportService
from kizashi.app.standings import EngineOverview
from kizashi.declarations.configuration import Configuration
from kizashi.errors import InputError
from kizashi.model.outside import Outside
from kizashi.model.upstream import RunningGroup
from kizashi.ports.effective import ConnectionsView, EffectiveView
from kizashi.ports.importing import ImportService
from kizashi.ports.linting import LintService, NoLintService
from kizashi.ports.tokens import Role, TokenRecord
from kizashi.ui.parts.contexts import Banner, PageContext
from kizashi.ui.parts.live import Live
from kizashi.ui.parts.rule_comparisons import RuleComparisons
from kizashi.ui.parts.signals import SignalReader
from kizashi.ui.parts.static import static_files
from kizashi.ui.parts.words import Words

T = TypeVar("T")


Banners = Callable[[Words], Sequence[Banner]]


def no_banners(_words: Words) -> Sequence[Banner]:
    """Return that nothing stands above every page."""
    return ()


@dataclass(frozen=True, slots=True)
class UiServices:
    """What the pages need from the rest of the house.

    Attributes:
        api: What the HTTP face needs too: answers, alerts, tokens, the clock.
        overview: How everything stands at a glance.
        live: Tells open pages of news.
        signals: The golden signals of services.
        ledger: The ledger, for charts.
        effective: What the server runs with, secrets masked.
        configuration: The configuration in force.
        running_rules: The rules of the server that is read instead of scraping; None
            where there is none, or it has not told them.
        upstream: That server as a target; nothing where there is none.
        lint: Lints what is configured, and what a reader brings.
        imports: Carries what a reader brings of another tool.
        connections: Connections from outside; None where nobody counts them.
        banners: What stands above every page.
        comparisons: Compares the rules of that server with the generated ones.
    """

    api: ApiServices
    overview: EngineOverview
    live: Live
    signals: SignalReader
    ledger: EngineAnswers
    effective: Callable[[], EffectiveView]
    configuration: Callable[[], Configuration] = Configuration
    running_rules: Callable[[], Sequence[RunningGroup] | None] = lambda: None
    upstream: Callable[[], Sequence[TargetView]] = lambda: ()
    lint: LintService = field(default_factory=NoLintService)
    imports: ImportService = field(default_factory=DirectImportService)
    connections: Callable[[], ConnectionsView | None] = lambda: None
    banners: Banners = no_banners
    comparisons: RuleComparisons = field(default_factory=RuleComparisons)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a page is asked.

    Attributes:
        services: What it may use.
        words: Writes for this reader.
        path: The path of the page, below that of ``external_url``.
        named: The parameters in the path.
        query: The parameters after it; of a repeated one the last.
        principal: Whose token it is; None for a reader without one.
        role: What the reader may do; None for a reader without a token.
        request: The request itself; None where a live page is drawn again.
    """

    services: UiServices
    words: Words
    path: str
    named: Mapping[str, str]
    query: Mapping[str, str]
    role: Role | None = None
    principal: TokenRecord | None = None
    request: Request | None = None

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.words.now

    @property
    def at(self) -> float | None:
        """The past time that the page is asked for; None for now."""
        return self.words.at

    def time(self, name: str) -> float | None:
        """Return a time of the address, in the reader's zone where it names none.

        Raises:
            RequestError: If it is none (400).
        """
        text = self.query.get(name)
        if not text:
            return None
        found = parse_time(text)
        if found is None:
            found = self.words.instant(text)
        if found is None or not 0 <= found <= LATEST_S:
            raise bad_parameter(name, text, "api.expected.time")
        return found

    def stretch(
        self, service: str, objective: str, *, start: float, end: float
    ) -> ObjectiveSlices:
        """Return a stretch of an objective's ledger that an address asks for.

        Raises:
            RequestError: If it has no length, or more slices than are read (400).
        """
        ledger = self.services.ledger
        try:
            return ledger.stretch(service, objective, start=start, end=end)
        except InputError as error:
            detail = {"reason": str(error)}
            raise RequestError(400, "api.error.bad_stretch", detail=detail) from None

    @property
    def outside(self) -> Outside:
        """How the server is reached from elsewhere."""
        return self.services.api.outside()

    @property
    def address(self) -> str:
        """This page's address, without what it is asked."""
        return self.outside.path + self.path

    def static(self, name: str) -> str:
        """Return the address of one of our own files."""
        return self.outside.path + static_files().url(name)

    def to(self, path: str) -> str:
        """Return another page's address, at the same time as this one."""
        at, path = self.query.get("at"), self.outside.path + path
        return path if self.at is None else f"{path}?{urlencode({'at': at or ''})}"

    def may(self, role: str) -> bool:
        """Return whether the reader has a role or a higher one."""
        return self.role is not None and self.role.covers(Role(role))

    def link(self, **changes: str | int | None) -> str:
        """Return this page's address with other parameters; None leaves one out."""
        query = {**self.query, **changes}
        kept = {k: str(v) for k, v in query.items() if v is not None and v != ""}
        kept.pop("lang", None)
        if "lang" in changes:
            kept["lang"] = str(changes["lang"])
        return f"{self.address}?{urlencode(kept)}" if kept else self.address


Show = Callable[[Ask], Awaitable[PageContext]]
#: Where to go next; a file to keep; or what the page at the same path shows, made of
#: what the form brought, of which nothing is kept.
Done = str | Response | PageContext
Do = Callable[[Ask, Mapping[str, str]], Awaitable[Done]]
Give = Callable[[Ask], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page for people.

    Blocks of its template whose names begin with ``live_`` are drawn again, and sent
    to those who have the page open, when there is news. They know no reader, only a
    language, a time zone and a role: what belongs to one reader, a form for
    example, stands outside of them.

    Attributes:
        path: With names in braces.
        title: The id of the message that names it.
        template: What draws it: the name of a file of ours, or a template.
        show: Returns what the template shows, as the class that it is annotated with.
        access: Who may look.
        key: The letter after ``g`` that leads there; empty for none.
        in_menu: Whether the menu lists it.
        is_dated: Whether it can show a time of the past: ``?at=``.
    """

    path: str
    title: str
    template: str | Template
    show: Show
    access: Access = Access.VIEWER
    key: str = ""
    in_menu: bool = False
    is_dated: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a form of a page does, and what it answers.

    Attributes:
        path: Where the form is sent, with names in braces.
        do: Does it, given the form's fields.
        access: Who may send it.
        fields: The names of the fields; others are refused.
        file: The field that may bring a file; empty for none. The file's name is the
            field of that name with ``_name`` behind it.
    """

    path: str
    do: Do
    access: Access
    fields: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """What a page fetches or offers: figures of a chart, a file to keep."""

    path: str
    give: Give
    access: Access = Access.VIEWER


Row = Page | Form | Data


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few links of which one holds, as in a range picker."""

    label: str
    href: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table whose rows can be sorted by address.

    `from_top` is for what is looked at from its highest value down.
    """

    key: str
    label: str
    is_number: bool = False
    sortable: bool = True
    from_top: bool = False


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a table is sorted: ``sort=left`` or, downwards, ``sort=-left``."""

    key: str
    is_down: bool = False
    columns: tuple[Column, ...] = field(default=())

    @classmethod
    def of(cls, given: str | None, columns: tuple[Column, ...]) -> "Sorting":
        """Return what an address asks for; the page's own order without that."""
        text = given or ""
        is_down = text.startswith("-")
        key = text.lstrip("-")
        known = {c.key for c in columns if c.sortable}
        return cls(key if key in known else "", is_down, columns)

    def next(self, key: str) -> str:
        """Return what a click on a column's heading asks for."""
        if key == self.key:
            return key if self.is_down else f"-{key}"
        from_top = any(c.from_top for c in self.columns if c.key == key)
        return f"-{key}" if from_top else key

    def arrange(
        self, rows: Iterable[T], keys: Mapping[str, Callable[[T], Any]]
    ) -> list[T]:
        """Return rows as an address asks for; in their own order without that.

        Args:
            rows: In the order in which equal ones stay.
            keys: What each column is sorted by; None stands last, either way.
        """
        if self.key not in keys:
            return list(rows)
        key = keys[self.key]
        known: list[T] = []
        unknown: list[T] = []
        for row in rows:
            (unknown if key(row) is None else known).append(row)
        return [*sorted(known, key=key, reverse=self.is_down), *unknown]

    def word(self, key: str) -> str:
        """Return how ARIA says a column is sorted."""
        if key != self.key:
            return "none"
        return "descending" if self.is_down else "ascending"
