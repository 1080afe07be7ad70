"""Modules for blackbox_exporter, judged by blackbox_exporter."""

import asyncio
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import yaml
from reading import configured

from kizashi.compiler._base import Compiled, CompileOptions
from kizashi.compiler.blackbox import MODULES, TARGET
from kizashi.compiler.probe_jobs import probe_job
from kizashi.model.scraping import RelabelRule
from kizashi.testing.receivers import ReceiverServer, status

CONFIGURATION = """\
scrape_configs:
  - job_name: plain
    static_configs: [{targets: ["127.0.0.1:1"]}]
  - job_name: web
    scrape_interval: 1m
    scrape_timeout: 25s
    metrics_path: /probe
    params: {module: [http_2xx]}
    static_configs: [{targets: ["https://shop.example/"]}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {source_labels: [__param_target], regex: "https://(.*)/", target_label: site}
      - {target_label: __address__, replacement: "blackbox:9115"}
  - job_name: odd
    metrics_path: /probe
    params: {module: [our_own]}
    static_configs: [{targets: ["127.0.0.1:9115"]}]
"""


def compiled(text: str = CONFIGURATION) -> Compiled:
    return TARGET.compile((), configured(text), CompileOptions())


def test_a_module_waits_as_long_as_the_scrape_that_asks_for_it():
    modules = yaml.safe_load(compiled().files[0].text)["modules"]

    assert modules["http_2xx"]["timeout"] == "25s"
    assert modules["tcp_connect"]["timeout"] == "10s"
    assert set(modules) == set(MODULES)


def test_a_module_that_nobody_knows_is_named():
    (note,) = compiled().notes

    assert note.code == "targets.blackbox.module"
    assert (note.params["job"], note.params["module"]) == ("odd", "our_own")


def test_how_a_job_probes_is_read_from_the_usual_relabelling():
    plain, web, odd = map(probe_job, configured(CONFIGURATION).scrape)

    assert plain is None
    assert web is not None
    assert (web.module, web.prober) == ("http_2xx", "blackbox:9115")
    assert web.rules == (
        RelabelRule(
            source_labels=("__param_target",),
            regex="https://(.*)/",
            target_label="site",
        ),
    )
    assert odd is not None
    assert odd.prober is None, "the targets are the probers"


@pytest.mark.peer("prometheus-blackbox-exporter")
def test_the_exporter_accepts_it(tmp_path: Path):
    path = tmp_path / "blackbox.yml"
    path.write_text(compiled().files[0].text)

    told = subprocess.run(
        [  # noqa: S607 - whatever PATH offers
            "prometheus-blackbox-exporter",
            "--config.check",
            f"--config.file={path}",
        ],
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, told.stderr


@contextmanager
def exporter(folder: Path) -> Iterator[str]:
    """Run the exporter with the compiled modules; yield its URL once it listens."""
    path = folder / "blackbox.yml"
    path.write_text(compiled().files[0].text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [  # noqa: S607 - whatever PATH offers
            "prometheus-blackbox-exporter",
            f"--config.file={path}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx2.get(f"{url}/-/healthy")
            except httpx2.TransportError:
                threading.Event().wait(0.05)
            else:
                break
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.mark.anyio
@pytest.mark.peer("prometheus-blackbox-exporter")
async def test_the_exporter_probes_as_the_modules_say(tmp_path: Path):
    async def succeeds(url: str, module: str, target: str) -> bool:
        asked = {"module": module, "target": target}
        # As a scraper says how long it waits; the module may take longer.
        patience = {"X-Prometheus-Scrape-Timeout-Seconds": "1.5"}
        page = await asyncio.to_thread(
            httpx2.get, f"{url}/probe", params=asked, headers=patience
        )
        return "\nprobe_success 1\n" in page.text

    web = await ReceiverServer().start()
    address = f"127.0.0.1:{web.port}"
    try:
        with exporter(tmp_path) as url:
            assert await succeeds(url, "http_2xx", web.url("/x"))
            assert web.received[-1].line.startswith("GET /x ")
            assert await succeeds(url, "http_post_2xx", web.url("/y"))
            assert web.received[-1].line.startswith("POST /y ")
            assert await succeeds(url, "tcp_connect", address)
            assert not await succeeds(url, "tls_connect", address)
            web.answer = status(500)
            assert not await succeeds(url, "http_2xx", web.url("/x"))
            assert not await succeeds(url, "tcp_connect", "127.0.0.1:1")
    finally:
        await web.close()
