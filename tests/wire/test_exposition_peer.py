"""The real Prometheus scrapes tricky pages: which it takes, and what it reads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.prometheus import running_prometheus
from kizashi.errors import ExpositionError
from kizashi.wire.exposition import ExpositionParser

pytestmark = pytest.mark.peer("prometheus")

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
REPORT = ("up", "scrape_")

# fmt: off
LINES = [
    b"", b"a 1", b"a 1 ", b" a 1", b"a\t1", b"a  1\t 5 ", b"a-1", b"a+Inf", b"a.5",
    b'a{x="y"}1', b'a {x="y"} 1', b'a{x="y",} 1', b"a{,} 1", b"a{} 1",
    b'a{x="y",,z="w"} 1', b'a{x="y" z="w"} 1', b'a{x="1"z="w"} 1',
    b'a{ x = "y" , z = "w" , } 1', b'a{x="y"}{z="w"} 1', b'a{x="\\\\\\"\\n\\x"} 1',
    b'a{x="}"} 1', b'a{x="# 5"} 1', b'a{x="\xff"} 1', b'a{x="\xe3\x81\x82"} 1',
    b"\xe3\x81\x82 1", b'a{\xe3="1"} 1', b'a{x="\\"} 1', b'a{1x="y"} 1', b'a{x:y="y"} 1',
    b"a:b 1", b":a 1", b"1a 1", b'a{="y"} 1', b'a{""="y"} 1', b'{"a"} 1',
    b'{"a",x="y"} 1', b'{"a" x="y"} 1', b'{x="y","a"} 1', b'{"a","b"} 1', b'a{"b"} 1',
    b'{x="y"} 1', b"{} 1", b'{""} 1', b'{"a","x"="z"} 1', b'a{x="1",x="2"} 1',
    b'a{x="1",x="1"} 1', b'a{__name__="b"} 1', b'{__name__="b"} 1', b'a{x=""} 1',
    b"a{x=y} 1", b"a{x='y'} 1", b'a{x="y"  1', b"a{x} 1", b'a{"x"} 1', b'"a" 1',
    b"a NaN", b"a nAn", b"a +nan", b"a -NaN", b"a Inf", b"a +inf", b"a -INFINITY",
    b"a infin", b"a 1e5", b"a 1E+5", b"a 1e", b"a .5", b"a 5.", b"a .", b"a 1e309",
    b"a -1e309", b"a 1e-400", b"a 0x1p4", b"a 0x10", b"a 1_000", b"a -0", b"a 4.9e-324",
    b"a 2.2250738585072011e-308", b"a 9007199254740993", b"a 1,5", b"a 1f", b"a 1\r",
    b"a 1\v", b"a \xc2\xa01", b"a 1\x00", b"a ++1", b"a - 1", b"a 00012",
    b"a " + b"1" * 400, b"a 0." + b"1" * 400, b"a 1 1e3", b"a 1 -5", b"a 1 +5",
    b"a 1 5.0", b"a 1 9223372036854775807", b"a 1 9223372036854775808", b"a 1 5 6",
    b"a", b"a ", b'a{x="y"}', b"junk junk", b"   ", b"#", b"# x", b"  # x", b"# \xff",
    b"#\xff", b"#HELP a \xff", b"# HELP a b", b"# HELP a", b"# HELP", b"# HELP ",
    b"# HELP 1", b"# HELP a-b c", b"# HELP a \xff", b"# HELP  a b", b"# HELP a ",
    b"# HELP a \\n \\\\ \\x", b"# HELP a b\x00c", b"# TYPE a counter", b"# TYPE a  counter",
    b"# TYPE a\tcounter", b"# TYPE a counter ", b"# TYPE a unknown", b"# TYPE a untyped",
    b"# TYPE a info", b"# TYPE a stateset", b"# TYPE a gaugehistogram", b"# TYPE a",
    b"# TYPE a foo", b"# TYPE a-counter", b"# TYPE 5a counter", b"# TYPE a.b counter",
    b"# TYPEa counter", b"#TYPE a foo", b"#\tTYPE a foo", b"  # TYPE a counter",
    b'# TYPE "a.b" counter', b"# UNIT a seconds", b"# UNIT a_seconds seconds",
    b"# UNIT a ", b"# UNIT seconds seconds", b"# UNIT a_\xff \xff", b"# EOF", b"# EOFx",
    b"#EOF", b"# EOF ", b"a 1 1.5", b"a 1 NaN", b"a 1 +Inf", b"a 1 x", b"a 1 1_0",
    b"a 1 c5", b'a 1 # {x="y"} 1', b'a 1 1 # {x="y"} 1 1.5', b"a 1 # {} 1",
    b'a 1 # {x="y",} 1', b'a 1 # {x="y"}', b'a 1 # {x="y"} z', b'a 1 # {x="y"} 1 1 1',
    b'a 1 # {x="y"} NaN NaN', b'a 1 # {x="\xff"} 1', b'a 1 # {x="# {y"} 1',
    b'a 1 # {1x="2"} 1', b"a 1 # {, } 1", b'a 1 # {"x"} 1', b"a 1\na 2", b"a 1\na 1",
    b'a{x="1",y="2"} 1\na{y="2",x="1"} 2', b"a_total 1\na_created 5",
    b"# TYPE a counter\n# TYPE a gauge",
]
# fmt: on
#: Taken by us and not by this Prometheus, whose names are not UTF-8 yet and whose
#: exemplars know no quoted names; refused by us only: see text_format and openmetrics.
DELIBERATE = [
    (b'{"a.b"} 1\n', TEXT, True),
    (b'{"a","x.y"="z"} 1\n', TEXT, True),
    (b'{"a.b"} 1\n# EOF\n', OPENMETRICS, True),
    (b'a 1 # {"x"="2"} 1\n# EOF\n', OPENMETRICS, True),
    (b'a{x="\n"} 1\n', TEXT, False),
    (b'a{x="",x="1"} 1\n', TEXT, False),
    (b"a 1\n\x00b 2\n", TEXT, False),
    (b"a 1 -5\nok 1\n# EOF\n", OPENMETRICS, False),
    (b"a 1 9223372036854775807\nok 1\n# EOF\n", OPENMETRICS, False),
    (b"a 1 9223372036854775808\nok 1\n# EOF\n", OPENMETRICS, False),
]

PAGES = [(line + b"\nok 1\n", TEXT) for line in LINES]
PAGES += [(line + b"\nok 1\n# EOF\n", OPENMETRICS) for line in LINES]
PAGES = [page for page in PAGES if page not in [known[:2] for known in DELIBERATE]]
PAGES += [(page, TEXT) for page in (b"", b"\n", b"ok 1")]
PAGES += [
    (page, OPENMETRICS)
    for page in (
        b"",
        b"# EOF",
        b"ok 1\n",
        b"ok 1\n# EOF",
        b"ok 1\n# EOF\n\n",
        b"ok 1# EOF",
    )
]

Reading = dict[tuple[tuple[str, str], ...], str]


@contextmanager
def served(pages: list[tuple[bytes, str]]) -> Iterator[str]:
    """Serve page i at path /i; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, content_type = pages[int(self.path[1:])]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # It hangs up on what it refuses.
                super().handle()

    class Server(ThreadingHTTPServer):
        request_queue_size = len(pages)
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def were_read(answer: dict[str, list[dict[str, str]]], count: int) -> bool:
    """Return whether all targets were scraped, network troubles not counted."""
    targets = answer["activeTargets"]
    return len(targets) == count and all(
        target["health"] != "unknown" and not target["lastError"].startswith('Get "')
        for target in targets
    )


def read_by_prometheus(
    folder: Path, pages: list[tuple[bytes, str]]
) -> list[Reading | None]:
    """Return what Prometheus read on each page, None where it refused the page."""
    with served(pages) as address:
        groups = [
            {
                "targets": [address],
                "labels": {"page": str(i), "__metrics_path__": f"/{i}"},
            }
            for i in range(len(pages))
        ]
        job = {"job_name": "pages", "static_configs": groups, "scrape_interval": "1s"}
        with running_prometheus(folder, {"scrape_configs": [job]}) as peer:
            found = peer.targets(lambda answer: were_read(answer, len(pages)))
            # A later scrape that fails on a busy machine takes nothing back.
            series = peer.query('last_over_time({page!=""}[5m])')
    readings: list[Reading | None] = [None] * len(pages)
    for target in found["activeTargets"]:
        if target["health"] == "up":
            readings[int(target["labels"]["page"])] = {}
    for labels, value in series:
        reading = readings[int(labels.pop("page"))]
        if reading is not None and not labels["__name__"].startswith(REPORT):
            del labels["job"], labels["instance"]
            reading[tuple(sorted(labels.items()))] = repr(float(value))
    return readings


def read_by_us(body: bytes, content_type: str) -> Reading | None:
    """Return what we read on a page, stamped samples left out, None where refused."""
    parser = ExpositionParser(
        max_samples=99, max_labels=9, max_label_name_bytes=99, max_label_value_bytes=99
    )
    try:
        page = parser.parse(body, content_type)
    except ExpositionError:
        return None
    stamps = page.timestamps_ms
    return {
        labels.pairs: repr(value)
        for row, (labels, value) in enumerate(
            zip(page.layout.labels, page.values.tolist(), strict=True)
        )
        if stamps is None or stamps[row] < 0
    }


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> list[Reading | None]:
    pages = PAGES + [page[:2] for page in DELIBERATE]
    return read_by_prometheus(tmp_path_factory.mktemp("prometheus"), pages)


def test_prometheus_takes_the_same_pages_and_reads_the_same_values(
    theirs: list[Reading | None],
):
    ours = [read_by_us(*page) for page in PAGES]
    differing = [
        (page, our, their)
        for page, our, their in zip(PAGES, ours, theirs, strict=False)
        if our != their
    ]
    assert not differing, "\n".join(map(str, differing))
    # Neither side said the same to everything.
    assert sum(reading is None for reading in ours) > 100
    assert sum(reading is not None and len(reading) > 1 for reading in ours) > 50


def test_where_we_differ_from_prometheus_is_deliberate(theirs: list[Reading | None]):
    their_last = theirs[len(PAGES) :]
    for (body, content_type, is_taken), their in zip(
        DELIBERATE, their_last, strict=True
    ):
        assert (read_by_us(body, content_type) is not None) is is_taken, body
        assert (their is not None) is not is_taken, body
