"""The pages put together: the table of pages as routes behind the same guards."""

import gzip
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from jinja2 import Template
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from kizashi.api._base import (
    READING,
    Access,
    RequestError,
    bad_parameter,
    error_reply,
    language_of,
)
from kizashi.api._routing import SegmentRoute, address_of
from kizashi.api.admission import let_in, store_errors
from kizashi.api.application import build as build_api
from kizashi.errors import InputError, NotFoundError
from kizashi.messages import LANGUAGES, choose_language
from kizashi.ports.tokens import TokenRecord
from kizashi.ui.pages import PAGES, TOLD
from kizashi.ui.parts import session as _session
from kizashi.ui.parts.base import Ask, Data, Form, Page, Row, UiServices
from kizashi.ui.parts.contexts import ErrorContext, PageContext
from kizashi.ui.parts.forms import PROOF, read_form
from kizashi.ui.parts.frame import Frame, RegionFrame, away_texts
from kizashi.ui.parts.live import GZIP_HEAD, TooManyStreamsError
from kizashi.ui.parts.render import page_html, region_names, regions_html
from kizashi.ui.parts.session import carried
from kizashi.ui.parts.static import PREFIX, static_files
from kizashi.ui.parts.words import Words, zone_of

THEMES = ("dark", "light")
_ROLES = {
    "viewer": "ui.role.viewer",
    "editor": "ui.role.editor",
    "operator": "ui.role.operator",
    "admin": "ui.role.admin",
}
_LIVE = "/live"
_GZIP_LEVEL = 4


def build(services: UiServices, table: Sequence[Row] = PAGES) -> Starlette:
    """Return the application that serves the pages and the API on one port."""
    renderer = _Renderer(services, table)
    by_path: dict[str, list[Row]] = {}
    for row in (*table, Data(_LIVE, renderer.live)):
        by_path.setdefault(row.path, []).append(row)
    pages: list[BaseRoute] = [
        SegmentRoute(path, _Place(renderer, rows), methods=None)
        for path, rows in by_path.items()
    ]
    pages.append(SegmentRoute(PREFIX + "{name:path}", _static, methods=["GET"]))
    return build_api(services.api, pages=pages, nowhere=_Nowhere(renderer))


class _Renderer:
    """What every page is drawn with."""

    def __init__(self, services: UiServices, table: Sequence[Row]) -> None:
        self.services = services
        self.pages = [row for row in table if isinstance(row, Page)]
        self._dated = {page.template for page in self.pages if page.is_dated}
        self._routes = [
            (SegmentRoute(page.path, _static, methods=["GET"]), page)
            for page in self.pages
        ]

    def ask(self, request: Request, principal: TokenRecord | None) -> Ask:
        """Return what a request asks of a page."""
        return Ask(
            services=self.services,
            words=self.words(request),
            path=address_of(request.scope),
            named=dict(request.path_params),
            query=dict(request.query_params),
            role=None if principal is None else principal.role,
            principal=principal,
            request=request,
        )

    def words(self, request: Request) -> Words:
        """Return who writes for a request's reader."""
        chosen = request.query_params.get("lang", "")
        if chosen not in LANGUAGES:
            chosen = request.cookies.get(_session.LANGUAGE_COOKIE, "")
        accepted = request.headers.get("accept-language")
        return Words(
            choose_language(chosen, accepted, self.services.api.language),
            zone_of(request.cookies.get(_session.ZONE_COOKIE)),
            self.services.api.clock.now_ms() / 1000,
        )

    async def page(self, ask: Ask, page: Page) -> Response:
        """Return a page as HTML."""
        with store_errors():
            shown = await page.show(ask)
        return self.html(ask, page.template, page.title, shown)

    def html(
        self,
        ask: Ask,
        template: str | Template,
        title: str,
        page: PageContext,
        status: int = 200,
    ) -> Response:
        """Return a template as HTML, and let the browser keep its reader's choices."""
        text = page_html(template, ask, self._frame(ask, template, title), page)
        headers = {
            "content-language": ask.words.language,
            "vary": "Accept-Language, Cookie",
            # Without any referrer a browser would send our own forms as from nobody
            # (Origin: null), and they would be refused.
            "referrer-policy": "same-origin",
        }
        body = text.encode()
        if ask.request is not None and accepts_gzip(ask.request):
            # Forms carry a salted proof, and no other secret is in a page.
            body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
            headers["content-encoding"] = "gzip"
            headers["vary"] += ", Accept-Encoding"
        answer = Response(body, status, headers, "text/html")
        if ask.query.get("lang") in LANGUAGES:
            language = ask.query["lang"]
            _session.remember_choice(
                answer, _session.LANGUAGE_COOKIE, language, ask.outside
            )
        if ask.query.get("theme") in THEMES:
            theme = ask.query["theme"]
            _session.remember_choice(answer, _session.THEME_COOKIE, theme, ask.outside)
        return answer

    def _frame(self, ask: Ask, template: str | Template, title: str) -> Frame:
        """Return what the frame around every page shows."""
        request, services = ask.request, self.services
        cookies = {} if request is None else request.cookies
        theme = ask.query.get("theme", cookies.get(_session.THEME_COOKIE, ""))
        view = {k: v for k, v in ask.query.items() if k not in {"lang", "theme"}}
        address = f"{ask.path}?{urlencode(view)}" if view else ask.path
        base = ask.outside.path
        shown = None if request is None else carried(request, ask.outside)
        # What is past does not change.
        is_live = bool(region_names(template)) and ask.at is None
        is_public = self._is_public(template)
        query = urlencode({"view": address})
        return Frame(
            base=base,
            title=title,
            menu=[page for page in self.pages if page.in_menu],
            keys=[page for page in self.pages if page.key],
            theme=theme if theme in THEMES else "",
            is_dated=template in self._dated,
            live_url=f"{base}{_LIVE}?{query}" if is_live else "",
            proof=_session.form_proof(shown),
            told=TOLD.get(ask.query.get("told", ""), ""),
            role="" if ask.principal is None else _ROLES[ask.principal.role.value],
            banners=services.banners(ask.words),
            away=[] if is_public else away_texts(services, ask.words),
            refused=() if is_public else services.api.ready().said(ask.words.language),
        )

    def _is_public(self, template: str | Template) -> bool:
        """Return whether anybody may look: then no address of a server is shown."""
        own = [page for page in self.pages if page.template == template]
        return all(page.access is Access.PUBLIC for page in own)

    def error(self, request: Request, error: RequestError) -> Response:
        """Return an error as a page; one that asks to sign in where that would help."""
        ask = self.ask(request, None)
        page = ErrorContext(
            status=error.status,
            message=error_text(error, ask.words),
            needs_token=error.status in {401, 403},
            next_url=_own_address(request),
        )
        answer = self.html(
            ask, "error.html", "ui.error.title", page, status=error.status
        )
        answer.headers.update(error.headers)
        return answer

    async def live(self, ask: Ask) -> Response:
        """Return the stream of a page's news.

        Raises:
            RequestError: If no live page has that address (404), or there are too
                many streams (503).
        """
        view = urlsplit(ask.query.get("view", ""))
        query = dict(parse_qsl(view.query))
        if "at" in query:
            # What is past does not change.
            raise RequestError(404, "ui.error.not_live")
        page, named = self._find(view.path)
        key = (
            view.path,
            tuple(sorted(query.items())),
            ask.words.language,
            str(ask.words.zone),
            ask.role,
        )
        role, words, services = ask.role, ask.words, ask.services

        async def draw() -> Mapping[str, str]:
            now = services.api.clock.now_ms() / 1000
            now_words = Words(words.language, words.zone, now)
            fresh = Ask(services, now_words, view.path, named, query, role)
            return await _regions(page, fresh)

        shown = None if ask.request is None else carried(ask.request, ask.outside)
        holder = "" if ask.principal is None or shown is None else shown.digest
        stream = services.live.stream(key, draw, holder)
        try:
            first = await anext(stream)
        except (TooManyStreamsError, StopAsyncIteration):
            raise RequestError(503, "ui.error.too_many_streams") from None

        # A proxy that collects a stream before it hands it on would stop it.
        headers = {"x-accel-buffering": "no"}
        is_packed = ask.request is not None and accepts_gzip(ask.request)
        if is_packed:
            headers["content-encoding"] = "gzip"

        async def told() -> AsyncIterator[bytes]:
            if is_packed:
                yield GZIP_HEAD + first.packed
            else:
                yield first.plain
            async for piece in stream:
                yield piece.packed if is_packed else piece.plain

        return StreamingResponse(told(), 200, headers, "text/event-stream")

    def has_page(self, path: str) -> bool:
        """Return whether a path, as it is sent, is that of a page."""
        return any(True for _ in self._at(path))

    def _find(self, path: str) -> tuple[Page, dict[str, str]]:
        for page, named in self._at(path):
            if region_names(page.template):
                return page, named
        raise RequestError(404, "ui.error.not_live")

    def _at(self, path: str) -> Iterator[tuple[Page, dict[str, str]]]:
        """Yield the pages that a path leads to, with what it names."""
        scope: Scope = {"type": "http", "method": "GET", "headers": []}
        scope.update(path=unquote(path), raw_path=path.encode())
        for route, page in self._routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                yield page, dict(child["path_params"])


async def _regions(page: Page, ask: Ask) -> Mapping[str, str]:
    """Return what of a page is drawn again, by the id of its element."""
    frame = RegionFrame(base=ask.outside.path, away=away_texts(ask.services, ask.words))
    shown = await page.show(ask)
    return {
        **regions_html(page.template, ask, frame, shown),
        **regions_html("upstream_away.html", ask, frame, shown),
    }


class _Place:
    """One path of the table: lets the right readers in, and answers."""

    def __init__(self, renderer: _Renderer, rows: Sequence[Row]) -> None:
        self._renderer = renderer
        self._rows = {method: row for row in rows for method in _methods(row)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except NotFoundError:
            missing = RequestError(404, "ui.error.gone", path=request.url.path[:100])
            answer = self._renderer.error(request, missing)
        except RequestError as error:
            answer = self._refuse(request, error)
        await answer(scope, receive, send)

    def _refuse(self, request: Request, error: RequestError) -> Response:
        if isinstance(self._rows.get(request.method), Data):
            return error_reply(error, language_of(request.scope))
        is_foreign = request.headers.get("sec-fetch-site") == "cross-site"
        if error.status == 401 and is_foreign:  # noqa: PLR2004
            # A strict cookie stays at home when a link of another site, a message for
            # example, leads here. Asked once more from here, the browser brings it.
            ask = self._renderer.ask(request, None)
            return self._renderer.html(
                ask, "again.html", "ui.error.title", PageContext()
            )
        return self._renderer.error(request, error)

    async def _answer(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            RequestError: If it is refused.
        """
        row = self._rows.get(request.method)
        if row is None:
            allowed = {"allow": ", ".join(sorted(self._rows))}
            raise RequestError(405, "api.error.method_not_allowed", headers=allowed)
        principal = await self._admit(request, row)
        ask = self._renderer.ask(request, principal)
        if not isinstance(row, Page) or row.is_dated:
            ask = dated(ask)
        match row:
            case Page():
                return await self._renderer.page(ask, row)
            case Data():
                with store_errors():
                    return await row.give(ask)
            case Form():
                return await self._do(request, ask, row)

    async def _admit(self, request: Request, row: Row) -> TokenRecord | None:
        services = self._renderer.services.api
        shown = carried(request, services.outside())
        if row.access is Access.PUBLIC:
            # One who comes to sign in may bring an old token along.
            try:
                return await let_in(request, row.access, services, shown)
            except RequestError:
                return None
        return await let_in(request, row.access, services, shown)

    async def _do(self, request: Request, ask: Ask, form: Form) -> Response:
        fields = await read_form(request, form)
        shown = carried(request, ask.outside)
        if not _session.is_proof(fields.pop(PROOF, ""), shown):
            raise RequestError(403, "ui.error.old_form")
        try:
            with store_errors():
                goal = await form.do(ask, fields)
        except NotFoundError:
            raise
        except RequestError:
            raise
        except InputError as error:
            raise RequestError(400, "ui.error.refused", reason=str(error)) from error
        if isinstance(goal, Response):
            return goal
        if not isinstance(goal, str):
            page = self._rows["GET"]
            return self._renderer.html(ask, page.template, page.title, goal)  # type: ignore[union-attr]
        answer = RedirectResponse(ask.outside.path + goal, 303)
        session = getattr(request.state, "session", None)
        if session:
            _session.remember_session(request, answer, session, ask.outside)
        elif session == "":
            _session.forget_session(answer, ask.outside)
        return answer


class _Nowhere:
    """Answers for every path that nothing else has: a page, or JSON for programs."""

    def __init__(self, renderer: _Renderer) -> None:
        self._renderer = renderer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            RequestError: For a program, which is answered with JSON.
        """
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        request = Request(scope, receive)
        path, _, query = _own_address(request).partition("?")
        page = path.removesuffix("/")
        if page != path and request.method in READING and self._renderer.has_page(page):
            # Handbooks are mostly folders elsewhere, so people type the slash.
            base = self._renderer.services.api.outside().path
            goal = f"{base}{page}?{query}" if query else f"{base}{page}"
            await RedirectResponse(goal, 307)(scope, receive, send)
            return
        error = RequestError(404, "api.error.no_such_path", path=scope["path"][:100])
        if "text/html" not in request.headers.get("accept", ""):
            raise error
        await self._renderer.error(request, error)(scope, receive, send)


def dated(ask: Ask) -> Ask:
    """Return what is asked with the time that it is asked for.

    Raises:
        RequestError: If ``at`` is no time, or is not past (400).
    """
    at = ask.time("at")
    if at is None:
        return ask
    if at > ask.now:
        raise bad_parameter("at", ask.query["at"], "ui.expected.past")
    return replace(ask, words=replace(ask.words, at=at))


def accepts_gzip(request: Request) -> bool:
    """Return whether a browser takes what is compressed."""
    given = request.headers.get("accept-encoding", "").lower()
    names = {part.strip() for part in given.split(",")}
    return "gzip" in names


def error_text(error: RequestError, words: Words) -> str:
    """Return an error in the reader's language."""
    params = dict(error.params)
    expected = params.get("expected")
    if isinstance(expected, str):
        params["expected"] = words.t(expected)
    return words.t(error.message_id, **params)


def _methods(row: Row) -> frozenset[str]:
    if isinstance(row, Form):
        return frozenset({"POST"})
    return READING - {"OPTIONS"}


def _own_address(request: Request) -> str:
    path, query = address_of(request.scope), request.url.query
    return f"{path}?{query}" if query else path


async def _static(request: Request) -> Response:
    answer = static_files().answer(
        request.path_params["name"], packed=accepts_gzip(request)
    )
    if answer is None:
        raise RequestError(404, "api.error.no_such_path", path=request.url.path[:100])
    return answer
