"""A real Prometheus beside a test: the oracle for formats and relabelling."""

import http.client
import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.serving import ending

_POLL_S = 0.05
_POLLS = 600


class PrometheusServer:
    """A server and its HTTP API on 127.0.0.1.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        """Start it.

        Args:
            command: What runs.
            port: Where that listens.
            log: Where its output is appended.
        """
        self._command = command
        self.port = port
        self._log = log
        self._process = self._launch()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """Start it again on the same data, after `kill`."""
        self._process = self._launch()

    def end(self) -> None:
        """End it if it still runs: asked first, then made to."""
        with ending(self._process):
            pass

    def reload(self) -> None:
        """Let it read its configuration again; needs ``--web.enable-lifecycle``.

        Raises:
            ValueError: If it refuses.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/-/reload")
            answer = connection.getresponse()
            said = answer.read().decode()
            if answer.status != http.client.OK:
                raise ValueError(said)
        finally:
            connection.close()

    def get(self, path: str) -> Any:  # noqa: ANN401 - foreign JSON
        """Return the ``data`` of an API answer, for a path below ``/api/v1/``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/api/v1/{path}")
            return json.loads(connection.getresponse().read())["data"]
        finally:
            connection.close()

    def query(self, expression: str) -> list[tuple[dict[str, str], str]]:
        """Return an instant query's label sets and values, as written."""
        found = self.get(f"query?query={quote(expression)}")["result"]
        return [(sample["metric"], sample["value"][1]) for sample in found]

    def targets(self, is_done: Callable[[Any], bool]) -> Any:  # noqa: ANN401
        """Return ``/api/v1/targets`` as soon as it satisfies a condition.

        Raises:
            TimeoutError: If it does not within half a minute.
        """
        for _ in range(_POLLS):
            try:
                found = self.get("targets?state=any")
            except (OSError, ValueError, http.client.HTTPException):
                found = None  # Not up yet.
            if found is not None and is_done(found):
                return found
            threading.Event().wait(_POLL_S)
        raise TimeoutError("Prometheus did not come to what the test waits for")


@contextmanager
def running_prometheus(
    folder: Path, configuration: Mapping[str, object], arguments: Sequence[str] = ()
) -> Iterator[PrometheusServer]:
    """Run a Prometheus in an empty folder until the block ends.

    Args:
        folder: Where its configuration, data and log go.
        configuration: The configuration file's content.
        arguments: Further arguments of its command.
    """
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "prometheus",  # the peer is whatever PATH offers
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *arguments,
    ]
    server = PrometheusServer(command, port, folder / "prometheus.log")
    try:
        yield server
    finally:
        server.end()
