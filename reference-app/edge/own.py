"""The same front door without nginx: fewer requests a second, the same answers."""

import gzip
import json
import logging.handlers
import signal
import socket
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from yarl import URL

from edge import rules
from edge.places import API_PREFIX, Places
from edge.words import error_page, error_problem

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
#: Of one connection, not of the message (RFC 9110, section 7.6.1); the length is made anew.
_HOPS = frozenset({
    "connection", "content-length", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
#: What a client may not say of itself.
_OURS = frozenset({
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-request-id",
})  # fmt: skip
_TYPES = {
    ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon", ".js": "text/javascript; charset=utf-8",
    ".json": "application/json", ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8", ".png": "image/png",
    ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json", ".woff2": "font/woff2",
}  # fmt: skip
_CLIENT_LEFT, _UNAVAILABLE = 499, (502, 504)
Handler = Callable[[Request], Awaitable[Response]]


def serve(app: Starlette, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    # Tells nginx to begin its log anew; this server finds out by itself.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])


def pages(site: Path) -> Starlette:
    """Return the pages' server.

    Args:
        site: The built pages, with `.gz` and `.br` beside what is worth it.
    """
    files = {f"/{p.relative_to(site).as_posix()}": p for p in site.rglob("*")}
    files = {path: file for path, file in files.items() if file.is_file()}

    async def page(request: Request) -> Response:
        path = request.url.path
        found = rules.class_of(path, "")
        if path == rules.HEALTH_PATH:
            return _live()
        named = "/index.html" if found == rules.PAGE else path
        if named not in files or named.endswith((".gz", ".br")):
            return _kept(Response("not found\n", 404, media_type="text/plain"), found)
        return _kept(_file(request, named, files), found)

    return Starlette(routes=[Route("/{path:path}", page, methods=["GET"])])


def _live() -> Response:
    headers = {"Cache-Control": rules.NO_STORE}
    return Response("live\n", headers=headers, media_type="text/plain")


def _kept(answer: Response, found: str) -> Response:
    answer.headers["Cache-Control"] = rules.cache_control(found, answer.status_code)
    return answer


def _file(request: Request, named: str, files: dict[str, Path]) -> Response:
    """Return a file, compressed where it is so and the browser takes it."""
    kind = _TYPES.get(Path(named).suffix, "application/octet-stream")
    headers = {"Content-Type": kind}
    body = files[named]
    if f"{named}.gz" in files:
        headers["Vary"] = "Accept-Encoding"
        for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
            if f"{named}{suffix}" in files and _takes(request, coding):
                body = files[f"{named}{suffix}"]
                headers["Content-Encoding"] = coding
                break
    found = body.stat()
    headers["ETag"] = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body.read_bytes(), headers=headers)


def _takes(request: Request, coding: str) -> bool:
    """Return whether a browser takes a coding; `q=0` says that it does not."""
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = part.partition(";")
        if name.strip() == coding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def door(places: Places, log: Path) -> Starlette:
    """Return the front door; each request becomes a line of the log."""
    found = _Door(places, _Log(log))
    return Starlette(
        routes=[Route("/{path:path}", found.answer, methods=_METHODS)],
        lifespan=found.lifespan,
    )


class _Log:
    """The access log; a file that was renamed is left, and its name begun anew."""

    def __init__(self, path: Path) -> None:
        self._to = logging.handlers.WatchedFileHandler(path, encoding="utf-8")
        self._to.setFormatter(logging.Formatter("%(message)s"))

    def write(self, line: dict[str, str]) -> None:
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":"))
        self._to.emit(logging.LogRecord("access", 20, "", 0, text, None, None))


class _Door:
    def __init__(self, places: Places, log: _Log) -> None:
        self._places = places
        self._log = log
        self._pool_id = places.pool_id if places.sign_in else ""
        self._behind = {
            rules.API: places.api,
            rules.AUTH: places.sign_in,
            rules.RUM: places.rum,
        }
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Keep the connections to what is behind while the server runs."""
        connector = aiohttp.TCPConnector(keepalive_timeout=rules.IDLE_S, limit=256)
        async with aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as self._session:
            yield

    async def answer(self, request: Request) -> Response:
        """Answer a request with our headers, and log it once it is over."""
        told = _Told(request, rules.class_of(request.url.path, self._pool_id))
        answer = await self._dispatch(request, told)
        self._own_headers(request, answer, told)
        return _Logged(answer, told, self._log)

    async def _dispatch(self, request: Request, told: "_Told") -> Response:
        host = request.headers.get("host", "")
        if (host.rpartition(":")[0] or host) not in rules.hosts(self._places):
            return Response(status_code=421)
        if told.found == rules.HEALTH:
            is_known = request.url.path == rules.HEALTH_PATH
            return _live() if is_known else Response(status_code=404)
        if told.found == rules.RUM and self._places.rum is None:
            return Response(status_code=204)
        is_page = told.found in (rules.PAGE, rules.HASHED, rules.ASSET, rules.OTHER)
        if is_page and host != self._places.host:
            there = self._places.origin + _target(request)
            return Response(status_code=307, headers={"Location": there})
        limit = rules.MAX_BODY.get(told.found, rules.SMALL_BODY)
        body = await _body(request, limit)
        if body is None:
            return self._failed(413, told)
        return await self._ask(request, body, told)

    async def _ask(self, request: Request, body: bytes, told: "_Told") -> Response:
        """Pass a request on, and its answer back as it comes."""
        base = self._behind.get(told.found) or self._places.pages
        target = _target(request)
        if told.found == rules.API:
            target = target.removeprefix(API_PREFIX)
        is_slow = told.found in (rules.API, rules.AUTH)
        timeout = aiohttp.ClientTimeout(
            sock_connect=rules.CONNECT_S,
            sock_read=self._places.api_timeout_s if is_slow else rules.PAGE_READ_S,
        )
        session = self._session
        if session is None:
            raise RuntimeError("requests come after the start")
        began = time.perf_counter()
        try:
            behind = await session.request(
                request.method,
                URL(base + target, encoded=True),
                headers=self._passed_on(request, told),
                data=body or None,
                timeout=timeout,
                allow_redirects=False,
            )
        except TimeoutError:
            return self._failed(504, told)
        except aiohttp.ClientError:
            return self._failed(502, told)
        told.upstream_status = str(behind.status)
        told.upstream_seconds = f"{time.perf_counter() - began:.3f}"
        if told.found == rules.RUM and behind.status in (404, 413):
            behind.release()
            return Response(status_code=204)
        return await self._passed_back(request, behind, told)

    def _passed_on(self, request: Request, told: "_Told") -> list[tuple[str, str]]:
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if name not in _HOPS | _OURS and name != "accept-encoding"
        ]
        if told.found in (rules.PAGE, rules.HASHED, rules.ASSET):
            coding = request.headers.get("accept-encoding", "identity")
        else:
            coding = "identity"
        client = request.client.host if request.client else ""
        return [
            *headers,
            ("accept-encoding", coding),
            ("x-forwarded-for", client),
            ("x-forwarded-proto", "http"),
            ("x-request-id", told.id),
        ]

    async def _passed_back(
        self, request: Request, behind: aiohttp.ClientResponse, told: "_Told"
    ) -> Response:
        hidden = {name.lower() for name in rules.HIDDEN} | _HOPS
        headers = [
            (name, value)
            for name, value in behind.headers.items()
            if name.lower() not in hidden
        ]
        if told.found == rules.API:
            # It names its own paths.
            headers = [
                (name, API_PREFIX + value)
                if name.lower() == "location" and value.startswith("/")
                else (name, value)
                for name, value in headers
            ]
        told.is_degraded = "x-degraded" in behind.headers
        answer: Response
        if told.found == rules.API and _is_worth_it(behind) and _takes(request, "gzip"):
            body = gzip.compress(await behind.read(), 5)
            behind.release()
            answer = Response(body, behind.status)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        else:
            answer = StreamingResponse(_chunks(behind), behind.status)
            if length := behind.headers.get("content-length"):
                answer.headers["Content-Length"] = length
        for name, value in headers:
            answer.headers.append(name, value)
        return answer

    def _failed(self, status: int, told: "_Told") -> Response:
        if status in _UNAVAILABLE:
            told.upstream_status = str(status)
        if told.found == rules.RUM:
            return Response(status_code=204)
        if told.found == rules.API:
            text, kind = error_problem(status, told.id), "application/problem+json"
        elif status in _UNAVAILABLE:
            text, kind = error_page(status, told.id), "text/html"
        else:
            text, kind = "the body is too long\n", "text/plain"
        return Response(text, status, media_type=kind)

    def _own_headers(self, request: Request, answer: Response, told: "_Told") -> None:
        is_file = told.found in (rules.PAGE, rules.HASHED, rules.ASSET)
        if not (is_file and "cache-control" in answer.headers):
            answer.headers["Cache-Control"] = rules.NO_STORE
        answer.headers.update(rules.HEADERS)
        policy = rules.policy(told.found, self._places.foreign)
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["X-Request-ID"] = told.id
        if request.headers.get("x-forwarded-proto") == "https":
            answer.headers["Strict-Transport-Security"] = rules.HSTS


class _Told:
    """What the log will say of a request."""

    def __init__(self, request: Request, found: str) -> None:
        self.found = found
        self.id = uuid.uuid4().hex
        self.is_degraded = False
        self.upstream_status = self.upstream_seconds = ""
        self._request = request
        self._began = time.perf_counter()

    def line(self, status: int, size: int) -> dict[str, str]:
        """Return the line; the same fields as nginx writes."""
        return {
            "time": f"{time.time():.3f}",
            "id": self.id,
            "method": self._request.method,
            "path": self._request.url.path,
            "route": rules.route_of(self.found),
            "status": str(status),
            "answer": "degraded" if self.is_degraded else "full",
            # Whole milliseconds, rounded down as nginx does.
            "seconds": f"{int((time.perf_counter() - self._began) * 1000) / 1000:.3f}",
            "bytes": str(size),
            "upstream_status": self.upstream_status,
            "upstream_seconds": self.upstream_seconds,
            "protocol": f"HTTP/{self._request.scope['http_version']}",
        }


class _Logged(Response):
    """An answer that is logged when it has been sent, or its reader has left."""

    def __init__(self, answer: Response, told: _Told, log: _Log) -> None:
        self._answer = answer
        self._told = told
        self._log = log
        self.background = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        """Send it."""
        size, is_whole = 0, False

        async def counting_send(message: Any) -> None:  # noqa: ANN401 - of ASGI
            nonlocal size, is_whole
            size += len(message.get("body", b""))
            await send(message)
            if message["type"] == "http.response.body":
                is_whole = not message.get("more_body", False)

        try:
            await self._answer(scope, receive, counting_send)
        finally:
            status = self._answer.status_code if is_whole else _CLIENT_LEFT
            self._log.write(self._told.line(status, size))


def _target(request: Request) -> str:
    """Return path and query as the client wrote them."""
    raw = request.scope.get("raw_path") or quote(request.url.path).encode()
    query = request.scope["query_string"]
    target: bytes = raw.partition(b"?")[0] + (b"?" + query if query else b"")
    return target.decode("latin-1")


async def _body(request: Request, limit: int) -> bytes | None:
    """Return the body, None where it is longer than it may be."""
    said = request.headers.get("content-length", "0")
    if said.isdigit() and int(said) > limit:
        return None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def _is_worth_it(behind: aiohttp.ClientResponse) -> bool:
    kind = behind.headers.get("content-type", "").partition(";")[0]
    size = behind.headers.get("content-length", "0")
    return kind in rules.COMPRESSED and int(size) >= rules.LEAST_COMPRESSED


async def _chunks(behind: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with behind:
        async for chunk in behind.content.iter_any():
            yield chunk
