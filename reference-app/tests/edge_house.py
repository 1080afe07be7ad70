"""A front door with stubs behind it, and what they were asked."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

POOL = "ap-northeast-1_Pool01"
ISSUER = f"https://cognito-idp.ap-northeast-1.amazonaws.com/{POOL}"
BIG = "x" * 4000


def free_port() -> int:
    """Return a port that is free now: the login has to know it before the front door."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def build(folder: Path) -> Path:
    """Make pages as the build does: an index, a hashed script, an icon."""
    assets = folder / "dist" / "assets"
    assets.mkdir(parents=True)
    script = "document.title = 'ready';\n" * 60
    (assets / "index-Ab12Cd34.js").write_text(script)
    (folder / "dist" / "icon.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'/>"
    )
    (folder / "dist" / "index.html").write_text(
        "<!doctype html><title>To-do</title>"
        '<script type="module" src="/assets/index-Ab12Cd34.js"></script>'
        + "<p>page</p>"
        * 100
    )
    return folder / "dist"


class Stub(http.server.ThreadingHTTPServer):
    """Answers by path, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[dict[str, Any]] = []
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length).decode("utf-8", "replace")
        asked = {"method": self.command, "path": self.path, "body": body}
        asked["headers"] = {name.lower(): v for name, v in self.headers.items()}
        self.server.asked.append(asked)
        if "slow" in self.path:
            self.server.go_on.wait(30)
        status = 503 if "busy" in self.path else 200
        document = json.dumps(
            {"at": self.path, "big": BIG if "big" in self.path else ""}
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(document)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Powered-By", "a stub")
        self.send_header("X-Request-ID", "the stub's own")
        if "created" in self.path:
            self.send_header("Location", "/tasks/5")
        if "degraded" in self.path:
            self.send_header("X-Degraded", "ai")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(document.encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def stub() -> Iterator[Stub]:
    with Stub() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            found.go_on.set()
            found.shutdown()


def write_settings(path: Path, aws: str) -> Path:
    """Write the services' settings, with an emulated Cognito at a URL."""
    sign_in = {
        "issuer": ISSUER,
        "client_id": "client1",
        "jwks_url": f"{aws}/{POOL}/.well-known/jwks.json",
        "authority": f"{aws}/{POOL}",
        "domain": aws,
    }
    document = {
        "region": "ap-northeast-1",
        "table": "todo",
        "ai_url": "http://127.0.0.1:9",
        "sign_in": sign_in,
    }
    path.write_text(json.dumps(document))
    return path
