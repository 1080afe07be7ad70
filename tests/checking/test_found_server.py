"""What a Prometheus-compatible server counted, asked for over its API."""

import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from harness.serving import served
from kizashi.checking.found_server import ServerSeries, series_of_server
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.errors import UpstreamError
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.promql.reader import parse
from kizashi.promql.selectors import parse_selector
from kizashi.testing.clock import ManualClock
from kizashi.upstream.client import HttpUpstream

pytestmark = pytest.mark.anyio

Handler = Callable[[web.Request], Awaitable[web.Response]]
NOW_MS = 1_800_000_000_000
COUNTED = [
    ({"job": "shop", "code": "200", "handler": "/orders"}, 990),
    ({"job": "shop", "code": "500", "handler": "/orders"}, 10),
    ({"code": "200"}, 5),
]
SWITCHED = [({"__name__": "probe_success", "job": "probe", "instance": "a"}, 1)]


class Api:
    """Answers as a server does; `asked` are the queries."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.too_many = ""
        self.counters = ["http_requests_total", "rest_client_requests_total"]

    async def answer(self, request: web.Request) -> web.Response:
        text = await request.text()
        form = parse_qs(text or urlsplit(str(request.url)).query)
        if "label" in request.path:
            return self._names(form["match[]"][0])
        if request.path.endswith("metadata"):
            return _data({"http_requests_total": [{"type": "counter"}]})
        query = form["query"][0]
        self.asked.append(query)
        if self.too_many and self.too_many in query:
            failed = {"status": "error", "error": "query has too many samples"}
            return web.json_response(failed, status=422)
        return self._vector(query)

    def _names(self, selector: str) -> web.Response:
        self.asked.append(selector)
        if "code!" in selector:
            return _data(self.counters)
        return _data(["probe_success"] if "probe_success" in selector else [])

    def _vector(self, query: str) -> web.Response:
        if "timestamp(up)" in query:
            began = NOW_MS / 1000 - 7_200
            return _result([({"job": "shop"}, began)])
        return _result(SWITCHED if query.startswith("probe_success") else COUNTED)


def _data(data: object) -> web.Response:
    return web.json_response({"status": "success", "data": data})


def _result(series: list[tuple[dict[str, str], float]]) -> web.Response:
    vector = [{"metric": m, "value": [NOW_MS / 1000, json.dumps(v)]} for m, v in series]
    return _data({"resultType": "vector", "result": vector})


async def test_each_job_has_what_it_counted_and_for_how_long() -> None:
    api = Api()
    shop, probe = reversed((await found_by(api.answer)).jobs)

    assert (shop.job, shop.span_ms) == ("shop", 7_200_000)
    assert {(str(o.labels), o.total) for o in shop.series} == {
        ('http_requests_total{code="200",handler="/orders"}', 990),
        ('http_requests_total{code="500",handler="/orders"}', 10),
    }
    assert shop.types == {"http_requests_total": "counter"}
    assert (probe.job, probe.span_ms) == ("probe", None)
    # Calls to others are not even asked for.
    assert not any("rest_client" in query for query in api.asked)


async def test_one_job_alone_is_asked_for() -> None:
    api = Api()
    await found_by(api.answer, "shop")

    counted = [query for query in api.asked if "timestamp" not in query]
    assert all('job="shop"' in query for query in counted)


async def test_a_job_is_asked_for_whatever_its_name_holds() -> None:
    api = Api()
    await found_by(api.answer, 'a"} or up{b="\\')

    selectors = [parse_selector(each) for each in api.asked if each.startswith("{")]
    assert selectors
    assert all(
        LabelMatcher("job", MatchOp.EQUAL, 'a"} or up{b="\\') in each.matchers
        for each in selectors
    )
    assert all(parse(query) for query in api.asked)


async def test_what_is_too_much_is_left_out_and_the_rest_is_kept() -> None:
    api = Api()
    api.too_many = "increase"

    found = await found_by(api.answer)

    assert [each.job for each in found.jobs] == ["probe"]
    assert found.too_many == ["http_requests_total"]


async def test_what_is_beyond_the_limit_is_named() -> None:
    api = Api()
    api.counters = [f"jobs_{number:02}_total" for number in range(41)]

    found = await found_by(api.answer)

    assert found.beyond == ["jobs_40_total"]


async def test_a_server_that_is_none_is_an_error() -> None:
    async def other(_request: web.Request) -> web.Response:
        return web.json_response({"hello": "world"})

    with pytest.raises(UpstreamError):
        await found_by(other)


async def found_by(answer: Handler, job: str = "") -> ServerSeries:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with served(app) as port:
        config = UpstreamConfig(f"http://127.0.0.1:{port}")
        upstream = HttpUpstream(config, ManualClock(NOW_MS))
        try:
            return await series_of_server(upstream, job, NOW_MS)
        finally:
            await upstream.close()
