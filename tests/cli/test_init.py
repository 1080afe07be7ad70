"""`kizashi init`: what it reads, proposes, writes, asks and refuses."""

import ast
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from kizashi.cli import run

PAGES = Path(__file__).parents[1] / "authoring" / "pages"
#: A body, its content type and its status; by path.
Site = dict[str, tuple[bytes, str, int]]
TEXT = "text/plain; version=0.0.4"
SLOTH = b"""\
version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
    alerting: {name: Shop, page_alert: {disable: true}, ticket_alert: {disable: true}}
"""


class Exporter:
    """A server of fixed answers on a free port, with the request heads that it got."""

    def __init__(self) -> None:
        self.site: Site = {}
        self.wants = ""
        self.seen: list[tuple[str, str]] = []
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = self.headers.get("Authorization", "")
                exporter.seen.append((self.path, token))
                body, kind, status = exporter.site.get(self.path, (b"", TEXT, 404))
                if exporter.wants and token != exporter.wants:
                    body, status = b"", 401
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def shows(self, name: str, path: str = "/metrics") -> str:
        """Show a page of `tests/authoring/pages`; return the server's address."""
        self.site[path] = (PAGES.joinpath(f"{name}.txt").read_bytes(), TEXT, 200)
        return self.address

    def end(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    server = Exporter()
    yield server
    server.end()


@pytest.fixture
def init(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str, language: str = "en") -> tuple[int, str, str]:
        out = () if "--out" in arguments else ("--out", str(tmp_path / "new"))
        code = run(["init", *arguments, *out, "--language", language])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


Init = Callable[..., tuple[int, str, str]]


def read(path: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(path.read_text("utf-8"))
    return found


def test_an_address_becomes_two_files_that_check_passes(
    exporter: Exporter, init: Init, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = exporter.shows("fastapi")
    code, told, _ = init(address, "--yes", "--service", "shop")

    new = tmp_path / "new"
    assert code == 0
    assert read(new / "kizashi.yaml") == {
        "declarations": ["shop.yaml"],
        "scrape_configs": [
            {
                "job_name": "shop",
                "scrape_interval": "15s",
                "static_configs": [{"targets": [address]}],
            }
        ],
    }
    assert f"kizashi check --config {new / 'kizashi.yaml'}" in told
    assert run(["check", "--config", str(new / "kizashi.yaml")]) == 0
    assert "Errors: 0. Warnings: 0." in capsys.readouterr().out


def test_a_probe_keeps_its_parameters(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    asked = "/probe?module=http_2xx&target=https://shop.example.com"
    exporter.shows("blackbox-probe", asked)

    code, _, _ = init(f"{exporter.address}{asked}", "--yes")

    (job,) = read(tmp_path / "new" / "kizashi.yaml")["scrape_configs"]  # type: ignore[misc]
    assert code == 0
    assert job["metrics_path"] == "/probe"
    assert job["params"] == {
        "module": ["http_2xx"],
        "target": ["https://shop.example.com"],
    }


def test_nothing_that_can_be_an_objective_writes_nothing_and_says_why(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    code, told, error = init(exporter.shows("node"), "--yes")

    assert code == 1
    assert "no counter has a label that tells whether a request failed" in told
    assert error == "Nothing was written: nothing here can be an objective yet.\n"
    assert not (tmp_path / "new").exists()


def test_what_is_there_is_never_overwritten(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    mine = tmp_path / "new" / "kizashi.yaml"
    mine.parent.mkdir()
    mine.write_text("declarations: []\n")

    code, _, error = init(exporter.shows("fastapi"), "--yes")

    assert code == 1
    assert str(mine) in error
    assert [each.name for each in mine.parent.iterdir()] == ["kizashi.yaml"]
    assert mine.read_text() == "declarations: []\n"


def test_a_target_that_a_person_wants_is_taken_and_its_cost_is_said(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    address = exporter.shows("fastapi")
    _, told, _ = init(address, "--yes", "--service", "shop", "--target", "99.9%")

    assert "target: '99.9%'" in (tmp_path / "new" / "shop.yaml").read_text()
    assert "the budget would be exhausted" in told


def test_without_a_terminal_nothing_is_written_before_yes(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    code, told, error = init(exporter.shows("fastapi"))

    assert code == 1
    assert "availability: 98% over 30d of http_requests_total" in told
    assert "Add --yes" in error
    assert not (tmp_path / "new").exists()


def test_on_a_terminal_each_objective_is_asked_for(
    exporter: Exporter, init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = exporter.shows("fastapi")
    answers = iter(["Shop!", "shop", "120%", "95%", "n"])
    asked = list[str]()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr(
        "builtins.input", lambda text: (asked.append(text), next(answers))[1]
    )

    code, told, _ = init(address)

    document = read(tmp_path / "new" / "shop.yaml")
    (objective,) = document["spec"]["objectives"]  # type: ignore[index]
    assert code == 0
    assert len(asked) == 5
    assert "Shop! is not a service's name" in told
    assert "120% is not a target" in told
    assert (objective["name"], objective["target"]) == ("availability", "95%")


def test_a_rule_file_becomes_declarations_and_its_server_is_named(
    init: Init, tmp_path: Path
) -> None:
    rules = tmp_path / "sloth.yaml"
    rules.write_bytes(SLOTH)

    code, told, _ = init(str(rules), "--yes", "--upstream", "prometheus:9090")

    assert code == 0
    assert "dialect sloth" in told
    assert read(tmp_path / "new" / "kizashi.yaml") == {
        "declarations": ["shop.yaml"],
        "upstream": {"url": "http://prometheus:9090"},
    }
    assert "bad: 'http_requests_total" in (tmp_path / "new" / "shop.yaml").read_text()


def test_a_rule_file_without_a_server_says_what_is_left_to_do(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    """Rules of a stranger are read in a process apart."""
    exporter.site["/rules/sloth.yaml"] = (SLOTH, "text/yaml", 200)

    code, told, _ = init(f"http://{exporter.address}/rules/sloth.yaml", "--yes")

    config = tmp_path / "new" / "kizashi.yaml"
    assert code == 0
    assert f"name the server in {config}" in told
    assert "# upstream: {url: 'http://prometheus:9090'}" in config.read_text()
    assert run(["check", "--config", str(config)]) == 0


def test_the_token_of_an_exporter_is_sent_and_only_its_file_is_written(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    exporter.wants = "Bearer s3cret"
    address = exporter.shows("fastapi")

    code, _, error = init(f"{address}/metrics", "--yes")
    assert (code, "--token-file" in error) == (1, True)

    code, _, _ = init(f"{address}/metrics", "--yes", "--token-file", str(token))

    written = (tmp_path / "new" / "kizashi.yaml").read_text()
    assert code == 0
    assert "s3cret" not in written
    assert str(token) in written


def test_a_running_kizashi_lends_its_targets_and_not_its_token(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret")
    exporter.shows("fastapi")
    targets = f'{{"targets":[{{"job":"web","url":"http://{exporter.address}/metrics"}},{{"job":"db","url":"http://{exporter.address}/gone"}}]}}'
    exporter.site["/kizashi/v1/targets"] = (targets.encode(), "application/json", 200)
    exporter.site["/kizashi/v1/services"] = (
        b'{"services":[]}',
        "application/json",
        200,
    )

    code, told, error = init(exporter.address, "--yes", "--token-file", str(token))

    assert code == 0
    assert "is a running Kizashi" in told
    assert "/gone could not be looked at: HTTP 404" in error
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["web.yaml"]
    assert dict(exporter.seen)["/kizashi/v1/targets"] == "Bearer s3cret"
    assert dict(exporter.seen)["/metrics"] == ""


def test_jobs_beyond_the_limit_are_named(exporter: Exporter, init: Init) -> None:
    exporter.shows("fastapi")
    url = f"http://{exporter.address}/metrics"
    # The first job has more targets than are read: the others are not lost by it.
    jobs = ["a", "a", "a", *(f"j{number:02}" for number in range(16))]
    targets = json.dumps({"targets": [{"job": each, "url": url} for each in jobs]})
    exporter.site["/kizashi/v1/targets"] = (targets.encode(), "application/json", 200)
    exporter.site["/kizashi/v1/services"] = (
        b'{"services":[]}',
        "application/json",
        200,
    )

    code, told, error = init(exporter.address, "--yes")

    assert code == 0
    assert "written: " in told
    assert "j14.yaml" in told
    assert error == (
        "j15 could not be looked at: too many at once; ask for one job alone with"
        " --job\n"
    )
    assert [path for path, _ in exporter.seen].count("/metrics") == 17


def test_a_service_that_runs_already_is_not_declared_twice(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    exporter.shows("fastapi")
    targets = (
        f'{{"targets":[{{"job":"web","url":"http://{exporter.address}/metrics"}}]}}'
    )
    services = b'{"services":[{"name":"web"}]}'
    exporter.site["/kizashi/v1/targets"] = (targets.encode(), "application/json", 200)
    exporter.site["/kizashi/v1/services"] = (services, "application/json", 200)

    code, told, _ = init(exporter.address, "--yes")
    assert code == 1
    assert "A service web is declared already" in told

    assert init(exporter.address, "--yes", "--service", "web-2")[0] == 0
    assert (tmp_path / "new" / "web-2.yaml").exists()


WRONG = {
    "html": (b"<!doctype html><p>hello", "text/html", 200),
    "html-unsaid": (b"\n<HTML>", "application/octet-stream", 200),
    "empty": (b"# nothing\n", TEXT, 200),
    "broken": (b"what is this\n", TEXT, 200),
    "gone": (b"", TEXT, 404),
    "failing": (b"", TEXT, 500),
    "login": (b"", TEXT, 403),
}
SAID = {
    "html": ("answers with a web page", "応答は Web ページで"),
    "html-unsaid": ("answers with a web page", "応答は Web ページで"),
    "empty": ("without a single sample", "サンプルが 1 つもありません"),
    "broken": (
        "is no page of metrics: line 1",
        "メトリクスのページではありません: line 1",
    ),
    "gone": ("HTTP 404", "HTTP 404"),
    "failing": ("HTTP 500", "HTTP 500"),
    "login": ("wants a login (HTTP 403)", "認証を要求しています (HTTP 403)"),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_page_of_metrics_is_said(
    exporter: Exporter, init: Init, what: str, language: str
) -> None:
    exporter.site["/x"] = WRONG[what]

    code, _, error = init(f"{exporter.address}/x", "--yes", language=language)

    assert code == 1
    assert f"{exporter.address}/x" in error
    assert SAID[what][language == "ja"] in error


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_cannot_be_reached_is_said(
    exporter: Exporter, init: Init, scheme: str
) -> None:
    if scheme == "http":
        exporter.end()

    code, _, error = init(f"{scheme}://{exporter.address}", "--yes")

    why = "connection refused" if scheme == "http" else "TLS failed"
    assert (code, why in error) == (1, True)
    assert f"{exporter.address} cannot be reached" in error
    assert "/kizashi/v1" not in error


def test_a_page_that_is_too_large_is_refused(exporter: Exporter, init: Init) -> None:
    exporter.site["/x"] = (b"# " + b"x" * (65 * 1024 * 1024), TEXT, 200)

    code, _, error = init(f"{exporter.address}/x", "--yes")

    assert (code, "body over 67108864 bytes" in error) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name an address or a rule file"),
        (["127.0.0.1:1", "--service", "Shop A"], "such as shop-a"),
        (["127.0.0.1:1", "--target", "100%"], "100% is not a target"),
        (["http://me:secret@host"], "--token-file"),
        (["ftp://host"], "is no address"),
        (["127.0.0.1:1", "--token-file", "/nowhere/t"], "/nowhere/t"),
        (["nowhere.yaml"], "no such file or folder: nowhere.yaml"),
        (["127.0.0.1:1", "--out", __file__], "Expected a folder"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    init: Init, arguments: list[str], said: str
) -> None:
    code, _, error = init(*arguments)

    assert code == 2
    assert said in error
    assert "secret" not in error


def test_a_folder_that_cannot_be_written_is_named(
    exporter: Exporter, init: Init
) -> None:
    code, _, error = init(exporter.shows("fastapi"), "--yes", "--out", "/proc/new")

    assert code == 1
    assert "/proc/new" in error
    assert "Choose another folder with --out." in error


def test_help_loads_neither_a_client_nor_numpy() -> None:
    script = (
        "import sys; from kizashi.cli import run; run(['init', '--help']);"
        "print([m for m in ('aiohttp', 'numpy', 'kizashi.authoring') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    last = told.stdout.strip().rpartition("\n")[2]
    assert ast.literal_eval(last) == []
    assert re.search(r"--token-file", told.stdout)


QUICK = """\
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.5"} 90
http_request_duration_seconds_bucket{le="1"} 99
http_request_duration_seconds_bucket{le="+Inf"} 100
http_request_duration_seconds_count 100
"""
COUNTED = """\
# TYPE http_requests_total counter
http_requests_total{code="200"} 990
http_requests_total{code="500"} 10
"""


def shows(exporter: Exporter, text: str) -> str:
    exporter.site["/metrics"] = (text.encode(), TEXT, 200)
    return exporter.address


@pytest.mark.parametrize(
    "text",
    [
        COUNTED.replace("990", "+Inf"),
        COUNTED.replace("990", "1e308").replace(" 10\n", " 1e308\n"),
        COUNTED.replace(" 10\n", " -10\n"),
        QUICK.replace(" 99\n", " +Inf\n"),
        QUICK.replace('"+Inf"} 100', '"+Inf"} +Inf'),
        QUICK.replace('http_request_duration_seconds_bucket{le="+Inf"} 100\n', ""),
        QUICK.replace(" 90\n", " 99\n").replace('"1"} 99', '"1"} 10'),
    ],
)
def test_what_counts_no_events_is_no_objective(
    exporter: Exporter, init: Init, tmp_path: Path, text: str
) -> None:
    code, _, complaint = init(shows(exporter, text), "--yes")

    assert code == 1
    assert "Traceback" not in complaint
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("start", ["NaN", "+Inf", "-Inf"])
def test_a_start_that_is_no_time_says_nothing_of_the_past(
    exporter: Exporter, init: Init, start: str
) -> None:
    text = f"{COUNTED}process_start_time_seconds {start}\n"
    code, told, _ = init(shows(exporter, text), "--yes")

    assert code == 0
    assert "availability: 97% over 30d" not in told


def test_an_edge_beyond_a_day_is_none_to_promise(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    text = QUICK.replace('le="0.5"', 'le="1e-320"').replace('le="1"', 'le="1e300"')
    code, _, _ = init(shows(exporter, text), "--yes")

    assert code == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("unit", "by"), [("seconds", 1), ("ms", 1000)])
def test_an_edge_that_is_spelled_twice_counts_once(
    exporter: Exporter, init: Init, tmp_path: Path, unit: str, by: int
) -> None:
    name = f"http_request_duration_{unit}_bucket"
    lines = [
        f'{name}{{h="{host}",le="{edge}"}} {count}\n'
        for host, edges in (
            ("a", (f"{by}", f"{2 * by}", "+Inf")),
            ("b", (f"{by}.0", f"{2 * by}.0", "Inf")),
            ("b", (f"{by}", f"{2 * by}", "+Inf")),
        )
        for edge, count in zip(edges, (985, 990, 1000), strict=True)
    ]
    code, told, _ = init(shows(exporter, "".join(lines)), "--yes", "--service", "shop")

    assert code == 0
    assert "edges 1s, 2s; events: 2,000" in told
    check = ["check", "--config", str(tmp_path / "new" / "kizashi.yaml")]
    assert run(check) == 0
    if unit == "ms":
        shop = (tmp_path / "new" / "shop.yaml").read_text("utf-8")
        assert 'le=~"2000|2000\\\\.0"' in shop
        assert 'le=~"\\\\+Inf|Inf"' in shop


def test_a_service_called_kizashi_stands_beside_the_configuration(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    code, _, _ = init(shows(exporter, COUNTED), "--yes", "--service", "kizashi")

    new = tmp_path / "new"
    assert code == 0
    assert read(new / "kizashi.yaml")["declarations"] == ["kizashi-service.yaml"]
    assert run(["check", "--config", str(new / "kizashi.yaml")]) == 0


def test_a_pipe_and_a_link_to_nowhere_stay(
    exporter: Exporter, init: Init, tmp_path: Path
) -> None:
    address = shows(exporter, COUNTED)
    new = tmp_path / "new"
    new.mkdir()
    os.mkfifo(new / "kizashi.yaml")
    (new / "shop.yaml").symlink_to(tmp_path / "nowhere")

    code, _, complaint = init(address, "--yes", "--service", "shop")

    assert code == 1
    assert "kizashi.yaml" in complaint
    assert "shop.yaml" in complaint
    assert (new / "shop.yaml").is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_a_name_that_no_file_can_have_is_told(exporter: Exporter, init: Init) -> None:
    address = shows(exporter, COUNTED)

    code, _, complaint = init(address, "--yes", "--out", "x" * 300)
    assert (code, "File name too long" in complaint) == (1, True)
    code, _, _ = init("127.0.0.1:1/" + "y" * 5000, "--yes")
    assert code == 1


def test_what_cannot_be_read_is_told_line_by_line(init: Init, tmp_path: Path) -> None:
    _, _, complaint = init(str(tmp_path), "--yes")

    assert "Is a directory" in complaint
    assert "\\n" not in complaint


def test_a_metric_cannot_add_a_line(exporter: Exporter, init: Init) -> None:
    text = COUNTED.replace("http_requests_total{", '{"evil\\nslo_total",')
    text = text.replace("# TYPE http_requests_total counter\n", "")
    _, told, _ = init(shows(exporter, text), "--yes")

    assert not any(line.startswith("slo_total") for line in told.splitlines())
