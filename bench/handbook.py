"""The handbook: each page drawn, in both languages, and the search in it."""

import argparse
import asyncio
import statistics
import time
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kizashi.docsite.site import doc_site
from kizashi.messages import LANGUAGES
from kizashi.model.outside import Outside
from kizashi.ui import handbook
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.frame import Frame
from kizashi.ui.parts.render import page_html
from kizashi.ui.parts.words import Words, zone_of

_QUERIES = {
    "en": ("burn rate", "token", "--data"),
    "ja": ("バーンレート", "台帳", "凍結"),
}
#: A page of the handbook asks for nothing but how the server is reached.
_SERVICES = SimpleNamespace(api=SimpleNamespace(outside=lambda: Outside("")))
_FRAME = Frame(
    base="",
    title="docs.title",
    menu=(),
    keys=(),
    theme="",
    is_dated=False,
    live_url="",
    proof="",
    told="",
    role="",
    banners=(),
    refused=(),
)


def main() -> None:
    """Draw every page once, then again, and search; print milliseconds."""
    argparse.ArgumentParser(prog="bench.handbook", description=__doc__).parse_args()
    began = time.perf_counter()
    site = doc_site()
    print(f"pages read: {1000 * (time.perf_counter() - began):.1f} ms")
    paths = [(one, path) for one in LANGUAGES for path in site.paths(one)]
    first = [asyncio.run(_timed(one, path)) for one, path in paths]
    again = [asyncio.run(_timed(one, path)) for _ in range(5) for one, path in paths]
    searches = []
    for one in LANGUAGES:
        site.search(one, "x")
        for query in _QUERIES[one] * 20:
            began = time.perf_counter()
            site.search(one, query)
            searches.append(1000 * (time.perf_counter() - began))
    for name, taken in (("first", first), ("again", again), ("search", searches)):
        middle, most = statistics.median(taken), max(taken)
        print(f"{name}: {middle:.2f} ms, most {most:.2f} ms, {len(taken)} times")
    served = asyncio.run(_served())
    print(
        f"over HTTP, again: {statistics.median(served):.2f} ms, most {max(served):.2f}"
    )


async def _timed(language: str, path: str) -> float:
    began = time.perf_counter()
    await _draw(language, path)
    return 1000 * (time.perf_counter() - began)


async def _draw(language: str, path: str) -> str:
    folder, _, page = path.rpartition("/")
    words = Words(language, zone_of(None), 0.0)
    named = {"path": folder, "page": page}
    ask = Ask(cast("Any", _SERVICES), words, f"/docs/{path}", named, {})
    return page_html("handbook.html", ask, _FRAME, await handbook.show(ask))


async def _served() -> list[float]:
    async def answer(request: Request) -> Response:
        path = request.path_params["path"]
        return Response(await _draw("ja", path), media_type="text/html")

    app = Starlette(routes=[Route("/docs/{path:path}", answer)])
    transport = httpx2.ASGITransport(app)
    taken = []
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        for path in doc_site().paths("ja")[1:] * 3:
            began = time.perf_counter()
            (await client.get(f"/docs/{path}")).raise_for_status()
            taken.append(1000 * (time.perf_counter() - began))
    return taken


if __name__ == "__main__":
    main()
