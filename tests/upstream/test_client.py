"""Reading a server that answers badly, slowly, or in part."""

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.targets import Servers, gzip_bomb, page
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.errors import TooMuchError, UpstreamBusyError, UpstreamError
from kizashi.messages import LANGUAGES, render
from kizashi.model.labels import Labels
from kizashi.model.scraping import Authorization, BasicAuth, TlsConfig
from kizashi.model.upstream import RunningAlert, RunningGroup, RunningRule
from kizashi.testing.clock import ManualClock
from kizashi.testing.receivers import (
    Answer,
    Received,
    ReceiverServer,
    endless,
    hang,
    reset,
    status,
)
from kizashi.upstream.client import HttpUpstream

pytestmark = pytest.mark.anyio

SECRET = "hunter2-hunter2"  # noqa: S105 - made up


@pytest.fixture
async def server() -> AsyncIterator[ReceiverServer]:
    running = await ReceiverServer().start()
    yield running
    await running.close()


@pytest.fixture
async def client(server: ReceiverServer) -> AsyncIterator[HttpUpstream]:
    upstream = HttpUpstream(config(server), ManualClock(), most_bytes=1 << 20)
    yield upstream
    await upstream.close()


def config(server: ReceiverServer, timeout_ms: int = 1_000) -> UpstreamConfig:
    url = server.url("/prometheus")
    return UpstreamConfig(url, url, timeout_ms=timeout_ms)


def success(data: object, **more: object) -> Answer:
    body = {"status": "success", "data": data, **more}
    return status(200, json.dumps(body).encode())


def matrix(*values: list[object], **more: object) -> Answer:
    result = [{"metric": {"__name__": "up"}, "values": list(values)}]
    return success({"resultType": "matrix", "result": result}, **more)


async def read(upstream: HttpUpstream) -> list[tuple[int, float]]:
    found = await upstream.samples("up", 0, 10_000)
    return [
        pair
        for one in found.series
        for pair in zip(one.ts_ms.tolist(), one.values.tolist(), strict=True)
    ]


async def test_a_request_says_who_we_are_and_whose_data_we_want(
    server: ReceiverServer, tmp_path: Path
):
    (tmp_path / "token").write_text(f"{SECRET}\n")
    upstream = HttpUpstream(
        replace(
            config(server),
            tenant="team-a",
            headers=(("X-Api-Key", "k"),),
            authorization=Authorization(credentials_file=str(tmp_path / "token")),
        ),
        ManualClock(),
    )
    server.answer = matrix()

    await upstream.samples("up", 1_000, 61_000)
    await upstream.close()

    (request,) = server.received
    assert request.line == "POST /prometheus/api/v1/query HTTP/1.1"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["x-scope-orgid"] == "team-a"
    assert request.headers["x-api-key"] == "k"
    assert request.body.startswith(b"query=up%5B60000ms%5D&time=61.000")
    assert b"partial_response=false" in request.body


async def test_a_password_is_sent_as_basic_authentication(server: ReceiverServer):
    upstream = HttpUpstream(
        replace(config(server), basic_auth=BasicAuth("u", "p")), ManualClock()
    )
    server.answer = matrix()

    await upstream.samples("up", 0, 1)
    await upstream.close()

    assert server.received[0].headers["authorization"] == "Basic dTpw"


async def test_values_and_times_are_read_as_prometheus_writes_them(
    server: ReceiverServer, client: HttpUpstream
):
    server.answer = matrix(
        [1.0015, "0.1"], [2, "1e+06"], [3.25, "+Inf"], [4, "-0"], [99, "5"]
    )

    assert await read(client) == [
        (1_002, 0.1),
        (2_000, 1e6),
        (3_250, float("inf")),
        (4_000, 0.0),
    ]


async def test_of_two_samples_at_one_time_one_stays(
    server: ReceiverServer, client: HttpUpstream
):
    server.answer = matrix([2, "2"], [1, "1"], [2, "3"])

    assert await read(client) == [(1_000, 1.0), (2_000, 2.0)]


async def test_a_packed_answer_is_unpacked(
    server: ReceiverServer, client: HttpUpstream
):
    body = gzip.compress(b'{"status":"success","data":{"result":[]}}')
    server.answer = status(200, body, {"Content-Encoding": "gzip"})

    assert await read(client) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, False),
        ({"warnings": []}, False),
        ({"warnings": ["PromQL warning: ignored histograms"]}, False),
        ({"infos": ["PromQL info: metric might not be a counter"]}, False),
        ({"warnings": ["No StoreAPIs matched for this query"]}, True),
        ({"warnings": ["receive series from Addr: x: EOF"]}, True),
        ({"isPartial": True}, True),
        ({"isPartial": False}, False),
    ],
)
async def test_an_answer_says_whether_it_is_only_a_part(
    server: ReceiverServer,
    client: HttpUpstream,
    more: dict[str, object],
    *,
    expected: bool,
):
    server.answer = matrix([1, "1"], **more)

    found = await client.samples("up", 0, 10_000)

    assert found.is_partial is expected


NESTED = b"[" * 100_000 + b"]" * 100_000
BROKEN: list[tuple[Answer, str]] = [
    (status(200, b'{"status":"success","data":{"result":[{"met'), "not-prometheus"),
    (status(200, b"<html>please sign in</html>"), "not-prometheus"),
    (status(200, b""), "not-prometheus"),
    (status(200, b"\xff\xfe"), "not-prometheus"),
    (status(200, b"[" * 100_000), "not-prometheus"),
    (status(200, b'{"status":"success","data":%b}' % NESTED), "not-prometheus"),
    (success({"result": [{"metric": {}, "values": [["x", 1]]}]}), "not-prometheus"),
    (matrix([1, "many"]), "not-prometheus"),
    (success({"resultType": "scalar", "result": [1, "1"]}), "not-prometheus"),
    (status(200, b'{"status":"error","error":"x"}'), "not-prometheus"),
    (
        status(200, gzip.compress(b"x" * 9_000)[:-9], {"Content-Encoding": "gzip"}),
        "closed",
    ),
    (status(200, b"plain", {"Content-Encoding": "gzip"}), "not-prometheus"),
    (status(404, b"nothing here"), "status"),
    (status(401), "status"),
    (status(302, b"", {"Location": "http://elsewhere/"}), "redirect"),
    (status(500, b'{"status":"error","errorType":"internal","error":"x"}'), "status"),
    (reset, "closed"),
    (hang, "timed-out"),
]


@pytest.mark.parametrize(("answer", "code"), BROKEN)
async def test_whatever_is_no_answer_is_an_error_that_can_be_shown(
    server: ReceiverServer, answer: Answer, code: str
):
    upstream = HttpUpstream(config(server, timeout_ms=200), ManualClock())
    server.answer = answer

    with pytest.raises(UpstreamError) as raised:
        await read(upstream)
    await upstream.close()

    assert raised.value.code == f"upstream.{code}"
    assert not isinstance(raised.value, TooMuchError | UpstreamBusyError)
    for language in LANGUAGES:
        text = render(language, raised.value.code, **raised.value.params)
        assert text != raised.value.code
        assert "{" not in text
        assert len(text) < 500


@pytest.mark.parametrize(
    "answer",
    [
        status(
            422,
            b'{"status":"error","errorType":"execution","error":"query processing'
            b' would load too many samples into memory in query execution"}',
        ),
        status(
            503,
            b'{"status":"error","errorType":"timeout","error":"query timed out"}',
        ),
        status(
            422,
            b'{"status":"error","errorType":"422","error":"cannot select more than'
            b' -search.maxSamplesPerQuery=1000000000 samples"}',
        ),
        status(
            422,
            b'{"status":"error","errorType":"execution","error":"the query exceeded'
            b' the maximum number of chunks"}',
        ),
        status(200, gzip_bomb(64), {"Content-Encoding": "gzip"}),
        endless(200),
    ],
)
async def test_a_query_that_asks_for_too_much_says_so(
    server: ReceiverServer, client: HttpUpstream, answer: Answer
):
    server.answer = answer

    with pytest.raises(TooMuchError):
        await read(client)


@pytest.mark.parametrize(
    ("code", "header", "expected"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (503, {"Retry-After": "99999"}, 300.0),
        (503, {}, 5.0),
        (429, {"Retry-After": "soon"}, 5.0),
    ],
)
async def test_a_busy_server_says_when_to_come_back(
    server: ReceiverServer,
    client: HttpUpstream,
    code: int,
    header: dict[str, str],
    expected: float,
):
    server.answer = status(code, b"slow down", header)

    with pytest.raises(UpstreamBusyError) as raised:
        await read(client)

    assert raised.value.retry_after_s == expected


async def test_nobody_there_is_an_error_and_the_next_request_works(
    server: ReceiverServer, client: HttpUpstream
):
    server.answer = matrix([1, "1"])
    await read(client)
    await server.close()

    with pytest.raises(UpstreamError) as raised:
        await read(client)
    again = await ReceiverServer(port=server.port, answer=matrix([2, "2"])).start()
    found = await read(client)
    await again.close()

    assert raised.value.code == "upstream.refused"
    assert found == [(2_000, 2.0)]


async def test_a_secret_file_that_is_gone_is_told(server: ReceiverServer):
    bearer = Authorization(credentials_file="/nowhere/token")
    upstream = HttpUpstream(
        replace(config(server), authorization=bearer), ManualClock()
    )

    with pytest.raises(UpstreamError) as raised:
        await read(upstream)
    await upstream.close()

    assert raised.value.code == "upstream.secret-file"
    assert raised.value.params["path"] == "/nowhere/token"


async def test_a_server_is_believed_only_with_a_certificate_that_fits(
    certificate: tuple[Path, Path],
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    servers = Servers()
    running = await servers.start(page(b'{"status":"success"}'), tls=context)
    url = running.url("", "https")
    own = TlsConfig(ca_file=str(certificate[0]))
    named = replace(own, server_name="localhost")

    found = [
        await _error(UpstreamConfig(url, url, timeout_ms=5_000, tls=tls))
        for tls in (None, own, TlsConfig(ca_file="/nowhere/ca.pem"), named)
    ]
    await servers.close()

    assert [error.code for error in found] == [
        "upstream.tls",
        "upstream.tls",
        "upstream.tls-file",
        "upstream.not-prometheus",
    ]


async def _error(upstream: UpstreamConfig) -> UpstreamError:
    client = HttpUpstream(upstream, ManualClock())
    with pytest.raises(UpstreamError) as raised:
        await read(client)
    await client.close()
    return raised.value


def rules(*, interval: float = 15, duration: float = 0) -> Answer:
    rule = {"name": "a", "type": "alerting", "query": "x", "duration": duration}
    group = {"name": "g", "interval": interval, "rules": [rule]}
    return success({"groups": [group]})


@pytest.mark.parametrize(
    "answer",
    [
        rules(duration=1e308),
        rules(duration=-1),
        rules(interval=1e308),
        rules(interval=1e17),
        status(200, b'{"status":"success","data":%b}' % NESTED),
        status(200, b'{"status":"success","data":{"groups":[%b]}}' % NESTED),
    ],
)
async def test_rules_that_nobody_could_run_are_an_error_that_can_be_shown(
    server: ReceiverServer, client: HttpUpstream, answer: Answer
):
    server.answer = answer

    with pytest.raises(UpstreamError) as raised:
        await client.groups()

    assert raised.value.code == "upstream.not-prometheus"


async def test_rules_and_alerts_are_read_as_prometheus_writes_them(
    server: ReceiverServer, client: HttpUpstream
):
    rule = {
        "name": "Burn",
        "type": "alerting",
        "query": "x == 1",
        "labels": {"severity": "page"},
        "duration": 60,
        "annotations": {"summary": "s"},
        "lastError": "many-to-many",
        "health": "err",
    }
    group = {
        "name": "g",
        "file": "/r.yaml",
        "interval": 15,
        "rules": [rule, {"name": "a:b", "type": "recording", "query": "sum(x)"}],
        "lastEvaluation": "2026-01-02T03:04:05.123456789Z",
    }
    server.answer = success({"groups": [group]})

    found = await client.groups()

    assert found == (
        RunningGroup(
            "g",
            "/r.yaml",
            15_000,
            (
                RunningRule(
                    "Burn",
                    is_alert=True,
                    expression="x == 1",
                    labels=Labels.of(severity="page"),
                    for_ms=60_000,
                    error="many-to-many",
                    annotations=(("summary", "s"),),
                ),
                RunningRule(
                    "a:b", is_alert=False, expression="sum(x)", labels=Labels()
                ),
            ),
            1_767_323_045_123,
        ),
    )
    assert server.received[0].line == "GET /prometheus/api/v1/rules HTTP/1.1"


async def test_alerts_are_read_with_the_time_since_when_they_hold(
    server: ReceiverServer, client: HttpUpstream
):
    alerts = [
        {"labels": {"alertname": "A"}, "state": state, "activeAt": at}
        for state, at in (
            ("firing", "2026-01-02T03:04:05Z"),
            ("pending", "2026-01-02T03:04:05.5+00:00"),
            ("inactive", ""),
        )
    ]
    server.answer = success({"alerts": alerts})

    labels = Labels.of(alertname="A")
    assert await client.alerts() == (
        RunningAlert(labels, is_firing=True, active_ms=1_767_323_045_000),
        RunningAlert(labels, is_firing=False, active_ms=1_767_323_045_500),
    )


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
    ],
)
async def test_a_time_that_cannot_be_is_none(
    server: ReceiverServer, client: HttpUpstream, at: str
):
    alert = {"labels": {"alertname": "A"}, "state": "firing", "activeAt": at}
    group = {"name": "g", "interval": 1, "lastEvaluation": at}
    server.answer = success({"alerts": [alert], "groups": [group]})

    (alert_read,) = await client.alerts()
    (group_read,) = await client.groups()

    assert alert_read.active_ms == 0
    assert group_read.evaluated_ms is None


async def test_a_client_that_was_closed_meanwhile_asks_nobody_again(
    server: ReceiverServer,
):
    hung = asyncio.Event()

    async def told(received: Received, writer: asyncio.StreamWriter) -> None:
        hung.set()
        await hang(received, writer)

    server.answer = told
    upstream = HttpUpstream(config(server), ManualClock())
    waiting = asyncio.create_task(upstream.groups())
    await hung.wait()
    await upstream.close()

    with pytest.raises(UpstreamError, match=r"upstream\.closed"):
        await waiting
    with pytest.raises(UpstreamError, match=r"upstream\.closed"):
        await upstream.alerts()
    assert len(server.received) == 1
