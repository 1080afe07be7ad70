"""The front door by nginx and by our own server: one contract for both."""

import gzip
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cramjam
import httpx2
import pytest
from edge_house import POOL, Stub, build, free_port, stub, write_settings

SERVERS = [pytest.param("nginx", marks=pytest.mark.peer("nginx")), "own"]


@dataclass
class Door:
    """A front door, the pages' server behind it, and stubs behind that."""

    server: str
    api: Stub
    aws: Stub
    edge: Any
    pages: Any
    state: Path

    @property
    def port(self) -> int:
        return int(self.edge.url.rpartition(":")[2])

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def ask(self, method: str, target: str, **options: Any) -> httpx2.Response:
        """Ask as a browser on the origin's name does."""
        headers = {"Host": f"localhost:{self.port}", **options.pop("headers", {})}
        headers = {"Accept-Encoding": "identity", **headers}
        url = f"{self.edge.url}{target}"
        return httpx2.request(method, url, headers=headers, timeout=30, **options)

    def get(self, target: str, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", target, headers=named)

    def lines(self, *answers: httpx2.Response) -> list[dict[str, str]]:
        """Return the access log's line of each answer, once all are there."""
        path = self.state / "logs" / "access.log"
        wanted = [answer.headers["x-request-id"] for answer in answers]
        found: dict[str, dict[str, str]] = {}
        for _ in range(200):
            whole = path.read_text().rpartition("\n")[0].splitlines()
            found = {line["id"]: line for line in map(json.loads, whole)}
            if found.keys() >= set(wanted):
                break
            threading.Event().wait(0.05)
        return [found[one] for one in wanted]


@pytest.fixture(scope="module", params=SERVERS)
def door(
    request: pytest.FixtureRequest,
    start_part: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("edge")
    dist = build(folder)
    with stub() as api, stub() as aws:
        origin_port = free_port()
        config = write_settings(folder / "config.json", aws.url)
        settings = ("--config", str(config), "--server", request.param)
        origin = f"http://localhost:{origin_port}"
        pages = start_part(
            *("pages", "--port", "0", "--dist", str(dist), *settings),
            *("--origin", origin, "--state", str(folder / "pages"), "--rum"),
        )
        edge = start_part(
            *("edge", "--port", str(origin_port), *settings, "--pages", pages.url),
            *("--api", api.url, "--state", str(folder / "edge"), "--api-timeout", "1"),
        )
        yield Door(request.param, api, aws, edge, pages, folder / "edge")


INDEX = "To-do"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PAGE_POLICY = {
    "default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    "form-action 'self'", "script-src 'self'", "style-src 'self'",
    "img-src 'self' data:", "font-src 'self'", "manifest-src 'self'",
    "connect-src 'self'",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/index.html", "/tasks/5", "/callback?code=a"])
def test_every_address_of_the_pages_is_the_page_and_asked_for_anew(
    door: Door, path: str
):
    answer = door.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert INDEX in answer.text
    again = door.get(path, If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


def test_hashed_files_are_kept_for_ever_and_missing_ones_not_at_all(door: Door):
    script = door.get("/assets/index-Ab12Cd34.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    for path in ("/assets/index-Old00000.js", "/missing.png", "/index.html.gz"):
        missing = door.get(path)
        assert missing.status_code == 404
        assert missing.headers["cache-control"] == "no-store"
        assert INDEX not in missing.text


def test_the_pages_are_told_where_everything_is_on_their_own_origin(door: Door):
    answer = door.get("/config.json")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == {
        "api": "/api",
        "authority": f"{door.origin}/{POOL}",
        "client_id": "client1",
        "domain": door.origin,
        "guest": True,
        "rum": {"site": "todo"},
    }


@pytest.mark.parametrize(
    "path", ["/", "/assets/index-Ab12Cd34.js", "/config.json", "/none.png"]
)
def test_pages_have_a_policy_that_lets_nothing_inside_them_run(door: Door, path: str):
    headers = door.get(path).headers
    assert HEADERS.items() <= dict(headers).items()
    assert set(headers["content-security-policy"].split("; ")) == PAGE_POLICY
    assert "unsafe" not in headers["content-security-policy"]
    assert "strict-transport-security" not in headers
    secure = door.get(path, X_Forwarded_Proto="https").headers
    assert secure["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize("path", ["/api/tasks", "/health/live", "/rum/v1/todo"])
def test_what_is_no_page_may_do_nothing_in_a_browser(door: Door, path: str):
    headers = door.get(path).headers
    assert HEADERS.items() <= dict(headers).items()
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def decoded(answer: httpx2.Response, raw: bytes) -> bytes:
    coding = answer.headers.get("content-encoding")
    if coding == "gzip":
        return gzip.decompress(raw)
    return bytes(cramjam.brotli.decompress(raw)) if coding == "br" else raw


def asked_raw(door: Door, path: str, coding: str) -> tuple[httpx2.Response, bytes]:
    headers = {"Host": f"localhost:{door.port}", "Accept-Encoding": coding}
    with httpx2.stream("GET", f"{door.edge.url}{path}", headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", ["/", "/assets/index-Ab12Cd34.js"])
def test_files_come_compressed_as_the_browser_takes_them(door: Door, path: str):
    plain, body = asked_raw(door, path, "identity")
    assert "content-encoding" not in plain.headers
    has_brotli = door.server == "own" or "with brotli" in "".join(door.edge.said)
    best = "br" if has_brotli else "gzip"
    for asked, wanted in (
        ("gzip", "gzip"),
        ("gzip, deflate, br", best),
        ("br;q=0, gzip", "gzip"),
    ):
        answer, raw = asked_raw(door, path, asked)
        assert answer.headers["content-encoding"] == wanted
        assert answer.headers["vary"].lower() == "accept-encoding"
        assert len(raw) < len(body) / 2
        assert decoded(answer, raw) == body


def test_answers_of_the_api_are_compressed_and_the_login_never(door: Door):
    answer, raw = asked_raw(door, "/api/big", "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(raw) < 500
    assert json.loads(gzip.decompress(raw))["at"] == "/big"
    answer, _ = asked_raw(door, "/oauth2/userInfo?big", "gzip, br")
    assert "content-encoding" not in answer.headers


def test_the_api_is_asked_without_the_prefix_and_with_all_that_was_said(door: Door):
    answer = door.ask(
        "POST",
        "/api/tasks/from-text?dry=1&x=%2F",
        content=b'{"text": "a"}',
        headers={
            "Authorization": "Bearer t",
            "X-Request-ID": "mine",
            "X-Forwarded-For": "203.0.113.9",
            "Forwarded": "for=203.0.113.9",
        },
    )
    asked = door.api.asked[-1]
    assert (asked["method"], asked["path"]) == ("POST", "/tasks/from-text?dry=1&x=%2F")
    assert asked["body"] == '{"text": "a"}'
    assert asked["headers"]["authorization"] == "Bearer t"
    assert asked["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert "forwarded" not in asked["headers"]
    assert "transfer-encoding" not in asked["headers"]
    # One id: the API's, the browser's, the log's; made here, whatever anybody says.
    made = answer.headers["x-request-id"]
    assert len(made) == 32
    assert asked["headers"]["x-request-id"] == made
    (line,) = door.lines(answer)
    assert (line["route"], line["status"], line["path"]) == (
        "api",
        "200",
        "/api/tasks/from-text",
    )


def test_what_is_behind_says_nothing_of_itself(door: Door):
    headers = door.get("/api/tasks").headers
    for name in ("access-control-allow-origin", "x-powered-by"):
        assert name not in headers
    assert "Python" not in headers.get("server", "")
    assert headers["x-request-id"] != "the stub's own"


def test_a_body_may_be_as_long_as_the_api_takes_and_no_longer(door: Door):
    assert door.ask("POST", "/api/tasks", content=b"x" * 65_536).status_code == 200
    before = len(door.api.asked)
    answer = door.ask("POST", "/api/tasks", content=b"x" * 65_537)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == 413
    assert len(door.api.asked) == before
    assert door.ask("POST", "/login", content=b"x" * 16_385).status_code == 413


def test_the_apis_own_errors_come_through_as_they_are(door: Door):
    answer = door.get("/api/busy")
    assert (answer.status_code, answer.json()["at"]) == (503, "/busy")


def test_what_the_api_says_is_its_place_is_found_under_the_prefix(door: Door):
    assert door.get("/api/created").headers["location"] == "/api/tasks/5"
    assert door.get("/login?created").headers["location"] == "/tasks/5"


def test_a_fallback_is_told_apart_in_the_log(door: Door):
    answers = [door.get("/api/tasks"), door.get("/api/degraded")]
    assert [line["answer"] for line in door.lines(*answers)] == ["full", "degraded"]


def test_too_late_an_answer_is_a_504_of_ours(door: Door):
    answer = door.get("/api/slow")
    assert answer.status_code == 504
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


OAUTH = [
    "/oauth2/authorize", "/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke",
    "/login", "/logout", f"/{POOL}/.well-known/jwks.json",
    f"/{POOL}/.well-known/openid-configuration",
]  # fmt: skip
NO_OAUTH = [
    "/oauth2/idpresponse", "/oauth2/", "/login/", "/logout2", "/_ministack/reset",
    "/_ministack/health", "/x/oauth2/token",
]  # fmt: skip


def test_the_logins_paths_and_no_others_reach_cognito(door: Door):
    for path in OAUTH:
        answer = door.get(f"{path}?a=1")
        asked = door.aws.asked[-1]
        assert asked["path"] == f"{path}?a=1"
        # Discovery makes its addresses of the name that it is asked under.
        assert asked["headers"]["host"] == f"localhost:{door.port}"
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "script-src" not in policy
        assert "form-action 'self'" in policy
    before = len(door.aws.asked)
    for path in NO_OAUTH:
        assert INDEX in door.get(path).text
    other = f"/{POOL.replace('-', 'x')}/.well-known/jwks.json"
    assert door.get(other).status_code == 404
    door.ask("POST", "/_ministack/reset")
    door.ask("POST", "/", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    assert len(door.aws.asked) == before


def test_measurements_are_thrown_away_where_nobody_takes_them(door: Door):
    before = len(door.api.asked)
    answer = door.ask("POST", "/rum/v1/todo", content=b"{}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(door.api.asked) == before


def test_no_query_gets_into_a_log(door: Door):
    """It holds codes and tokens, and so does the address a page came from."""
    secret = "S3CRET-code"  # noqa: S105 - it is none
    referrer = {"Referer": f"{door.origin}/callback?code={secret}"}
    paths = ["/callback", "/logout", "/oauth2/authorize", "/api/x", "/rum/v1/a"]
    query = f"code={secret}&id_token_hint={secret}"
    answers = [door.ask("GET", f"{p}?{query}", headers=referrer) for p in paths]
    assert [line["path"] for line in door.lines(*answers)] == paths
    for file in door.state.rglob("*"):
        assert not file.is_file() or secret not in file.read_text(errors="replace")


def test_foreign_names_are_refused_and_the_address_leads_to_the_name(door: Door):
    assert door.get("/", Host="evil.example").status_code == 421
    assert door.get("/api/tasks", Host="evil.example").status_code == 421
    answer = door.get("/tasks/5?a=b", Host=f"127.0.0.1:{door.port}")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{door.origin}/tasks/5?a=b"
    # Programs need no name.
    assert door.get("/api/tasks", Host=f"127.0.0.1:{door.port}").status_code == 200


def test_each_line_says_what_kind_of_request_it_was(door: Door):
    asked = {
        "/": "page",
        "/tasks/1": "page",
        "/assets/index-Ab12Cd34.js": "asset",
        "/icon.svg": "asset",
        "/config.json": "asset",
        "/api/tasks": "api",
        "/%61pi/tasks": "api",
        "/login": "auth",
        "/rum/v1/todo": "rum",
        "/health/live": "health",
    }
    lines = door.lines(*map(door.get, asked))
    assert [line["route"] for line in lines] == list(asked.values())
    assert {line["status"] for line in lines} <= {"200", "204"}
    assert all(float(line["seconds"]) < 30 for line in lines)
    fields = [set(line) for line in lines]
    assert fields == [fields[0]] * len(fields)


def test_nobody_reads_what_is_not_a_page(door: Door):
    for path in ("/../edge/nginx.conf", "/%2e%2e/config.json.gz", "/assets/../../x"):
        with socket.create_connection(("127.0.0.1", door.port)) as raw:
            raw.sendall(
                f"GET {path} HTTP/1.1\r\nHost: localhost:{door.port}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"nginx.conf" not in body
        assert int(head.split()[1]) in (200, 400, 404), head
        assert head.split()[1] != b"200" or INDEX.encode() in body


@pytest.fixture(params=SERVERS)
def lonely(
    request: pytest.FixtureRequest, start_part: Callable[..., Any], tmp_path: Path
) -> Door:
    """A front door with nothing behind it."""
    nobody = f"http://127.0.0.1:{free_port()}"
    config = write_settings(tmp_path / "config.json", nobody)
    edge = start_part(
        *("edge", "--port", "0", "--server", request.param, "--rum", nobody),
        *("--config", str(config), "--pages", nobody, "--api", nobody),
        *("--state", str(tmp_path / "edge")),
    )
    return Door(request.param, None, None, edge, None, tmp_path / "edge")  # type: ignore[arg-type]


def test_with_nothing_behind_it_people_read_why_and_programs_too(lonely: Door):
    answers = []
    for path in ("/", "/callback?code=S3CRET", "/logout?id_token_hint=S3CRET"):
        page = lonely.get(path)
        answers.append(page)
        assert page.status_code == 502
        assert page.headers["content-type"].startswith("text/html")
        assert "not reachable" in page.text
        assert "ご利用いただけません" in page.text
        assert page.headers["x-request-id"] in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "unsafe-inline" not in page.headers["content-security-policy"] or (
            "logout" in path
        )
    problem = lonely.get("/api/tasks")
    assert problem.status_code == 502
    assert problem.json()["request_id"] == problem.headers["x-request-id"]
    assert lonely.ask("POST", "/rum/v1/todo", content=b"{}").status_code == 204
    assert lonely.get("/health/live").text == "live\n"
    lines = lonely.lines(*answers, problem)
    assert [line["status"] for line in lines] == ["502"] * 4
    for file in lonely.state.rglob("*"):
        assert not file.is_file() or "S3CRET" not in file.read_text(errors="replace")


def test_a_log_that_was_renamed_is_begun_anew(lonely: Door):
    """As logrotate does it: rename, then USR1; lines of both are whole."""
    log = lonely.state / "logs" / "access.log"
    before = lonely.get("/health/live").headers["x-request-id"]
    # A line is written when its answer has been sent.
    for _ in range(200):
        if log.exists() and before in log.read_text():
            break
        threading.Event().wait(0.05)
    log.rename(log.with_name("access.log.1"))
    lonely.edge.process.send_signal(signal.SIGUSR1)
    after: list[str] = []
    for _ in range(200):
        after.append(lonely.get("/health/live").headers["x-request-id"])
        if log.exists() and after[-1] in log.read_text():
            break
        threading.Event().wait(0.05)
    old, new = log.with_name("access.log.1").read_text(), log.read_text()
    assert before in old
    assert after[-1] in new
    ids = [json.loads(line)["id"] for line in (old + new).splitlines()]
    assert sorted(ids) == sorted([before, *after])


def test_it_ends_when_asked_to(lonely: Door):
    lonely.edge.process.terminate()
    assert lonely.edge.process.wait(timeout=20) in (0, -15)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{lonely.edge.url}/health/live")


@pytest.mark.peer("nginx")
def test_what_nginx_refuses_is_told_before_anything_is_served(tmp_path: Path):
    from edge.nginx import NginxError, check, find_nginx

    found = find_nginx()
    assert found
    with pytest.raises(NginxError, match=r"unknown directive \"serve\""):
        check(found, "serve everything;", tmp_path)


def test_on_aws_the_login_has_an_origin_of_its_own(tmp_path: Path):
    from edge.places import browser_config, read_settings, sign_in_of
    from edge.rules import policy

    path = write_settings(tmp_path / "config.json", "https://todo.auth.example.com")
    settings = read_settings(path)
    sign_in, _, foreign = sign_in_of(settings)
    assert sign_in is None
    told = browser_config(settings, "https://todo.example.com", has_rum=False)
    assert told["domain"] == "https://todo.auth.example.com"
    assert "rum" not in told
    assert "connect-src 'self' https://todo.auth.example.com" in policy("page", foreign)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://127.0.0.1:99999", "x"])
def test_an_address_that_is_none_is_named(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    from edge.command import main

    with pytest.raises(SystemExit) as caught:
        main(["--port", "0", "--api", url, "--state", str(tmp_path)])
    assert caught.value.code == 2
    assert f"--api: {url}" in capsys.readouterr().err


def test_without_a_build_it_says_what_makes_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    from edge.command import pages

    code = pages(["--port", "0", "--dist", str(tmp_path), "--state", str(tmp_path)])
    assert code == 2
    assert "./kz app frontend build" in capsys.readouterr().err
