"""The instrumentation that the handbook shows, run with each framework for real."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import yaml

from kizashi.clock import SystemClock

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "en" / "howto" / "instrument-a-service.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DRIVERS = {
    "fastapi": """
        from fastapi.testclient import TestClient

        @app.get("/tasks/{task_id}")
        def task(task_id: int):
            return {}

        @app.get("/broken")
        def broken():
            raise RuntimeError("broken on purpose")

        client = TestClient(app, raise_server_exceptions=False)
        for path in ("/tasks/1", "/tasks/2", "/broken", "/nowhere", "/metrics"):
            client.get(path)
        print(client.get("/metrics").text)
    """,
    "flask": """
        @app.get("/tasks/<int:task_id>")
        def task(task_id):
            return {}

        @app.get("/broken")
        def broken():
            raise RuntimeError("broken on purpose")

        client = app.test_client()
        for path in ("/tasks/1", "/tasks/2", "/broken", "/nowhere", "/metrics"):
            client.get(path)
        print(client.get("/metrics").text)
    """,
    "django": """
        import sys

        import django
        from django.conf import settings
        from django.http import JsonResponse
        from django.urls import path

        def task(request, task_id):
            return JsonResponse({})

        def broken(request):
            raise RuntimeError("broken on purpose")

        urlpatterns = [
            path("metrics", metrics),
            path("tasks/<int:task_id>", task),
            path("broken", broken),
        ]
        settings.configure(
            ROOT_URLCONF=sys.modules["__main__"],
            ALLOWED_HOSTS=["*"],
            MIDDLEWARE=["__main__.Measure"],
        )
        django.setup()
        from django.test import Client

        client = Client(raise_request_exception=False)
        for address in ("/tasks/1", "/tasks/2", "/broken", "/nowhere", "/metrics"):
            client.get(address)
        print(client.get("/metrics").content.decode())
    """,
}
ROUTES = {
    "fastapi": "/tasks/{task_id}",
    "flask": "/tasks/<int:task_id>",
    "django": "/tasks/<int:task_id>",
}
CLOCK = SystemClock()


def snippet(name: str) -> str:
    """Return the block after ``<!-- snippet: NAME -->``."""
    text = PAGE.read_text(encoding="utf-8").partition(f"<!-- snippet: {name} -->")[2]
    found = re.search(r"```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def samples(page: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in page.splitlines()
        if line and not line.startswith("#")
    }


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("framework", list(DRIVERS))
def test_requests_are_counted_by_route_and_status_and_failures_too(framework: str):
    page = run(snippet(framework) + textwrap.dedent(DRIVERS[framework]))
    found = samples(page)

    def requests(route: str, status: int) -> float:
        labels = f'method="GET",route="{route}",status="{status}"'
        return found.get(f"http_requests_total{{{labels}}}", 0)

    def seconds(route: str, edge: str) -> float:
        name = "http_request_duration_seconds_bucket"
        return found[f'{name}{{le="{edge}",method="GET",route="{route}"}}']

    assert requests(ROUTES[framework], 200) == 2
    assert requests("/broken", 500) == 1
    assert requests("unmatched", 404) == 1
    assert seconds(ROUTES[framework], "+Inf") == 2
    # The objective's threshold is an edge, so that it can be counted exactly.
    assert seconds(ROUTES[framework], "0.2") == 2
    assert not [name for name in found if "/metrics" in name]


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(*command: str, folder: Path) -> Iterator[None]:
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)


async def answer(url: str) -> str:
    """Return what a server says, once it is there."""
    for _ in range(100):
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.get(url).text
        await CLOCK.sleep(0.1)
    pytest.fail(f"{url} does not answer")


def write_configuration(tmp_path: Path, ported: Callable[[str], str]) -> None:
    (server,) = [text for language, text in blocks(PAGE) if language == "nginx"]
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text("hello")
    tmp_path.chmod(0o755)
    server = ported(server).replace("/usr/share/nginx/html", str(tmp_path / "html"))
    user = "user root;" if os.geteuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {tmp_path}/pid;"
        f" error_log {tmp_path}/error.log;"
        f" events {{}} http {{ {server} }}"
    )


@pytest.mark.anyio
@pytest.mark.peer("nginx")
async def test_a_real_nginx_tells_of_every_request(tmp_path: Path):
    told, shown, served = (
        free_port(socket.SOCK_DGRAM),
        free_port(socket.SOCK_STREAM),
        free_port(socket.SOCK_STREAM),
    )

    def ported(text: str) -> str:
        ports = {"9514": told, "9113": shown, "8080": served}
        return re.sub(r"\b(9514|9113|8080)\b", lambda m: str(ports[m[1]]), text)

    write_configuration(tmp_path, ported)
    (tmp_path / "exporter.py").write_text(ported(snippet("nginx")))
    with running(sys.executable, "exporter.py", folder=tmp_path):
        await answer(f"http://127.0.0.1:{shown}/metrics")
        nginx = ("nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))
        with running(*nginx, folder=tmp_path):
            url = f"http://127.0.0.1:{served}"
            await answer(f"{url}/health")
            for path in ("/", "/", "/missing", "/health"):
                httpx2.get(url + path)
            for _ in range(50):
                found = samples(await answer(f"http://127.0.0.1:{shown}/metrics"))
                if found.get('http_requests_total{method="GET",status="404"}') == 1:
                    break
                await CLOCK.sleep(0.1)

    assert found['http_requests_total{method="GET",status="200"}'] == 2
    assert found['http_requests_total{method="GET",status="404"}'] == 1
    assert (
        found['http_request_duration_seconds_bucket{le="0.2",method="GET"}']
        == found['http_request_duration_seconds_count{method="GET"}']
        == 3
    )
    assert not [name for name in found if "204" in name]


def test_the_threshold_that_is_declared_is_an_edge_of_every_example():
    declared = [text for language, text in blocks(PAGE) if language == "yaml"]
    objectives = yaml.safe_load(declared[-1])["spec"]["objectives"]
    below_s = float(objectives[1]["latency"]["below"].removesuffix("ms")) / 1_000

    edges = re.findall(r"buckets[=:] ?[(\[]([\d., ]+)[)\]]", PAGE.read_text("utf-8"))

    assert len(edges) == 5  # FastAPI, Flask, Django, Node, nginx
    for one in edges:
        assert below_s in [float(edge) for edge in one.split(",") if edge.strip()]
