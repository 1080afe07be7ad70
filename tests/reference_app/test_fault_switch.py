"""The fault switch of a service: read, set, and none but this machine's."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from demo.faults import Faults, FaultSwitch

from kizashi.errors import InputError

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "url", ["http://example.org:8080", "https://127.0.0.1", "ftp://localhost", "x"]
)
def test_a_demo_breaks_nothing_but_its_own_service(url: str):
    with pytest.raises(InputError):
        FaultSwitch(url)


class Switch(BaseHTTPRequestHandler):
    """A service with a fault switch."""

    faults = b'{"error_share": 0.5}'
    killed = False
    callers: ClassVar[list[str | None]] = []

    def do_GET(self):
        self.callers.append(self.headers["Authorization"])
        self._say(type(self).faults)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).faults = body
        self._say(body)

    def do_POST(self):
        type(self).killed = True

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


async def test_faults_are_read_injected_and_the_service_is_killed():
    server = HTTPServer(("127.0.0.1", 0), Switch)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    switch = FaultSwitch(url, "open sesame")

    assert await switch.faults() == Faults(error_share=0.5)
    assert Switch.callers == ["Bearer open sesame"]
    assert await switch.inject(Faults(outage=True))
    assert json.loads(Switch.faults)["outage"] is True
    assert await switch.kill()
    assert Switch.killed

    server.shutdown()
    server.server_close()
    assert await switch.faults() is None
    assert not await switch.inject(Faults())
    assert not await switch.kill()
