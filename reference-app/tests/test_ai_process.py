"""The AI service as a process: it starts alone, and stops without losing a request."""

import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[1]
BODY = b'{"text": "call Bob tomorrow", "timezone": "Asia/Tokyo"}'


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(APP), "ai", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout
            url = running.stdout.readline().split()[-1]
            until_ready(url)
            yield running, url
        finally:
            running.kill()


def until_ready(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310
                return
        except urllib.error.HTTPError:
            threading.Event().wait(0.1)
    pytest.fail("not ready within 30 s")


def test_it_answers_alone_and_ends_as_asked(process):
    running, url = process
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/analyze", BODY, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert answer.status == 200
        assert b'"call Bob"' in answer.read()
    running.send_signal(signal.SIGTERM)
    _, log = running.communicate(timeout=15)
    assert running.returncode == 0
    assert '"route": "/analyze"' in log
    assert "Traceback" not in log
