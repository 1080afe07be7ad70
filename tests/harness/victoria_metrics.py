"""A real VictoriaMetrics beside a test: an oracle that is no Prometheus."""

import http.client
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.serving import ending

_POLL_S = 0.05
_POLLS = 600
_OK = 200
_NO_CONTENT = 204


def _request(port: int, method: str, path: str, body: bytes = b"") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def load(port: int, text: str) -> None:
    """Store samples in the text format with time stamps, and make them visible.

    Raises:
        ValueError: If the server did not take them.
    """
    status = _request(port, "POST", "/api/v1/import/prometheus", text.encode())
    if status != _NO_CONTENT:
        raise ValueError(f"HTTP {status}")
    _request(port, "GET", "/internal/force_flush")


@contextmanager
def running_victoria_metrics(
    folder: Path, arguments: Sequence[str] = ()
) -> Iterator[int]:
    """Run a VictoriaMetrics in an empty folder until the block ends; yield its port.

    Args:
        folder: Where its data and log go.
        arguments: Further arguments of its command.

    Raises:
        TimeoutError: If it does not start within half a minute.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with (folder / "victoria-metrics.log").open("wb") as log:
        process = subprocess.Popen(
            [  # noqa: S607 - the peer is whatever PATH offers
                "victoria-metrics",
                f"-storageDataPath={folder / 'data'}",
                f"-httpListenAddr=127.0.0.1:{port}",
                "-retentionPeriod=100y",
                "-memory.allowedBytes=128MB",
                *arguments,
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    with ending(process):
        for _ in range(_POLLS):
            try:
                if _request(port, "GET", "/health") == _OK:
                    break
            except OSError:
                pass  # Not up yet.
            threading.Event().wait(_POLL_S)
        else:
            raise TimeoutError("VictoriaMetrics did not start")
        yield port
