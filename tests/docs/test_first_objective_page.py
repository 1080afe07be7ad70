"""The guide to a first objective shows what the command prints, and it is true."""

import re
import shlex
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kizashi.cli import run

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "tests" / "authoring" / "pages" / "fastapi.txt"
THREE_HOURS_S = 3 * 3600 + 60


@pytest.fixture
def application() -> Iterator[str]:
    """Yield where the page of the guide is: a process of three hours."""
    began = time.clock_gettime(time.CLOCK_REALTIME) - THREE_HOURS_S
    body = re.sub(
        r"^process_start_time_seconds .*$",
        f"process_start_time_seconds {began}",
        PAGE.read_text("utf-8"),
        flags=re.MULTILINE,
    ).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == "/metrics"
            self.send_response(200 if is_there else 404)
            self.end_headers()
            self.wfile.write(body if is_there else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_guide_shows_what_the_commands_do(
    language: str,
    application: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / "docs" / language / "howto" / "first-objective.md").read_text(
        "utf-8"
    )
    first, second = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    check, serve = second.splitlines()
    monkeypatch.chdir(tmp_path)

    arguments = shlex.split(first.replace("127.0.0.1:8000", application))[1:]
    assert run([*arguments, "--yes", "--language", language]) == 0
    printed = capsys.readouterr().out.replace(application, "127.0.0.1:8000")

    assert printed == shown
    assert run([*shlex.split(check)[1:], "--language", language]) == 0
    assert serve in shown
